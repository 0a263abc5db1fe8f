"""Whoever gives rights hears which of them are used: at the start, and when a playback goes on by another one."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import pytest

from cinema.contracts.ids import EntitlementId, SubscriptionId
from cinema.contracts.playback import RightUsed
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.events import decode
from cinema.kit.ids import uuid7
from cinema.playback.settings import PlaybackSettings
from notifications.statements import counting
from playback.house import House, bearer, open_house


async def used(house: House) -> list[RightUsed]:
    async with house.db.read() as tx:
        rows = await tx.all("SELECT payload FROM kit.outbox WHERE name = 'playback.RightUsed' ORDER BY position")
    return [decode(RightUsed, row["payload"]) for row in rows]


async def rights_used(house: House) -> list[EntitlementId]:
    return [one.entitlement_id for one in await used(house)]


async def file(house: House, started: Any) -> int:
    return (await house.client.get(started["manifest_url"])).status_code


def paid_twice(house: House) -> tuple[EntitlementId, EntitlementId]:
    """Rights of two periods: one that ends in a minute, and the next one's."""
    house.book.revoke(house.viewer)
    house.book.grants[house.viewer] = []
    subscription_id = SubscriptionId(uuid7(house.clock.now()))
    first = house.book.add(house.viewer, subscription_id=subscription_id, lasts=timedelta(minutes=1))
    return first, house.book.add(house.viewer, subscription_id=subscription_id)


async def test_a_playback_begins_by_a_right(house: House) -> None:
    [right] = house.book.grants[house.viewer]

    started = await house.started()

    [told] = await used(house)
    assert (str(told.playback_id), told.user_id, told.film_id) == (started["id"], house.viewer, house.film)
    assert (told.entitlement_id, told.used_at) == (right.entitlement_id, house.clock.now())


async def test_a_free_film_uses_no_right(house: House) -> None:
    started = await house.started(film=house.free_film)
    house.clock.advance(timedelta(seconds=15))
    await house.heartbeat(started["id"])
    served = await file(house, started)

    assert served == 200
    assert await used(house) == []


async def test_the_films_own_right_is_used_before_a_subscriptions(house: House) -> None:
    [own] = house.book.grants[house.viewer]
    house.book.add(house.viewer, subscription_id=SubscriptionId(uuid7(house.clock.now())), lasts=timedelta(hours=1))

    await house.started()

    assert await rights_used(house) == [own.entitlement_id]


async def test_going_on_by_the_same_right_is_told_once(house: House) -> None:
    started = await house.started()
    for _ in range(5):
        house.clock.advance(timedelta(seconds=15))
        await house.heartbeat(started["id"])
        await file(house, started)

    assert len(await used(house)) == 1


async def test_each_playback_tells_its_own_use(house: House) -> None:
    first, second = await house.started(), await house.started()

    assert [str(one.playback_id) for one in await used(house)] == [first["id"], second["id"]]


async def test_a_start_that_is_repeated_tells_its_use_once(house: House) -> None:
    headers = {"Idempotency-Key": "one"}
    answers = [await house.start(headers=headers) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert len(await used(house)) == 1


async def test_a_start_without_a_place_uses_nothing(house: House) -> None:
    for _ in range(3):
        await house.started()

    refused = await house.start()

    assert refused.status_code == 409
    assert len(await used(house)) == 3


async def test_a_heartbeat_tells_the_next_periods_right(house: House) -> None:
    first, second = paid_twice(house)
    started = await house.started()
    house.clock.advance(timedelta(seconds=59))
    await house.heartbeat(started["id"])
    before = await rights_used(house)
    house.clock.advance(timedelta(seconds=1))
    at = house.clock.now()
    await house.heartbeat(started["id"])

    told = await used(house)
    assert before == [first]
    assert [(one.entitlement_id, one.used_at) for one in told[1:]] == [(second, at)]


@pytest.mark.parametrize("recheck_s", [0, 1, 60])
async def test_a_file_tells_it_too_from_the_instant_at_which_the_first_right_ends(
    db: Database, clock: ManualClock, houses: AsyncExitStack, recheck_s: int
) -> None:
    settings = PlaybackSettings(recheck_s=recheck_s, grant_s=86_400)
    house = await open_house(houses, db=db, clock=clock, settings=settings)
    first, second = paid_twice(house)
    started = await house.started()
    clock.advance(timedelta(seconds=59.999))
    served = [await file(house, started)]
    before = await rights_used(house)
    clock.advance(timedelta(seconds=0.001))
    served += [await file(house, started), await file(house, started)]

    assert served == [200, 200, 200]
    assert before == [first]
    assert await rights_used(house) == [first, second]


async def test_of_many_requests_at_once_one_tells_the_change(house: House) -> None:
    first, second = paid_twice(house)
    started = await house.started()
    house.clock.advance(timedelta(minutes=1))
    requests: list[Awaitable[Any]] = [house.heartbeat(started["id"]) for _ in range(3)]
    requests += [file(house, started) for _ in range(3)]

    await asyncio.gather(*requests)

    assert await rights_used(house) == [first, second]


async def test_a_playback_of_a_release_before_this_one_tells_its_right_when_it_goes_on(house: House) -> None:
    [right] = house.book.grants[house.viewer]
    started = await house.started()
    async with house.db.write() as tx:
        await tx.execute("UPDATE playback.playbacks SET entitlement_id = NULL")

    await house.heartbeat(started["id"])

    assert await rights_used(house) == [right.entitlement_id] * 2


async def test_what_is_over_uses_nothing_more(house: House) -> None:
    first, _ = paid_twice(house)
    started = await house.started()
    await house.stop(started["id"])
    house.clock.advance(timedelta(minutes=1))

    answers = [(await house.heartbeat(started["id"])).status_code, await file(house, started)]

    assert answers == [410, 410]
    assert await rights_used(house) == [first]


# A right that is taken back, and given back


async def may_play(house: House) -> bool:
    answer = await house.client.get(f"/v1/films/{house.film}/access", headers=bearer("viewer"))
    return bool(answer.json()["allowed"])


async def test_a_right_that_is_taken_back_and_given_back_is_followed_at_once(house: House) -> None:
    started = await house.started()
    rights = house.book.revoke(house.viewer)
    while_gone = (await may_play(house), (await house.start()).status_code)
    kept_alive = (await house.heartbeat(started["id"])).status_code
    house.book.grants[house.viewer] = rights
    once_back = await may_play(house)
    again = await house.started()

    assert while_gone == (False, 403)
    assert kept_alive == 403
    assert once_back
    assert await file(house, again) == 200
    assert dict(await house.rows()) == {started["id"]: "revoked", again["id"]: None}
    assert await rights_used(house) == [rights[0].entitlement_id] * 2


async def test_what_another_right_still_opens_goes_on_by_it(house: House) -> None:
    started = await house.started()
    [own] = house.book.revoke(house.viewer)
    house.book.grants[house.viewer] = []
    subscriptions = house.book.add(house.viewer, subscription_id=SubscriptionId(uuid7(house.clock.now())))
    house.clock.advance(timedelta(seconds=1))
    served = await file(house, started)
    house.book.grants[house.viewer].append(own)
    house.clock.advance(timedelta(seconds=1))
    served_again = await file(house, started)

    assert (served, served_again) == (200, 200)
    assert await rights_used(house) == [own.entitlement_id, subscriptions, own.entitlement_id]


# What billing is told before a file is handed out


async def test_billing_knows_of_the_use_before_the_first_file_and_is_told_once(house: House) -> None:
    [right] = house.book.grants[house.viewer]
    started = await house.started()
    before = list(house.book.used)

    served = []
    for _ in range(3):
        served.append(await file(house, started))
        house.clock.advance(timedelta(seconds=1))

    assert served == [200, 200, 200]
    assert (before, house.book.used) == ([], [right.entitlement_id])


async def test_a_right_that_is_taken_back_before_its_use_is_noted_gives_no_file(house: House) -> None:
    started = await house.started()

    async def refunded() -> None:
        house.book.revoke(house.viewer)

    house.book.before_use.append(refunded)

    assert await file(house, started) == 410
    assert house.book.used == []
    assert await house.rows() == [(started["id"], "revoked")]


async def test_another_right_is_used_where_the_first_is_taken_back_before_its_use_is_noted(house: House) -> None:
    first, second = paid_twice(house)
    started = await house.started()

    async def refunded() -> None:
        house.book.grants[house.viewer] = [
            one for one in house.book.grants[house.viewer] if one.entitlement_id != first
        ]

    house.book.before_use.append(refunded)

    assert await file(house, started) == 200
    assert house.book.used == [second]


async def test_a_file_of_a_free_film_uses_nothing(house: House) -> None:
    started = await house.started(film=house.free_film)

    assert await file(house, started) == 200
    assert house.book.used == []


# What it costs


async def test_a_heartbeat_by_the_same_right_costs_no_more_statements(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    async with counting(db) as (counted, asked):
        house = await open_house(houses, db=counted, clock=clock, settings=PlaybackSettings())
        _, second = paid_twice(house)
        started = await house.started()
        costs = []
        for at in (timedelta(seconds=30), timedelta(seconds=30), timedelta(seconds=30)):
            clock.advance(at)
            asked.clear()
            await house.heartbeat(started["id"])
            costs.append(len([one for one in asked if "playback.playbacks" in one or "kit.outbox" in one]))
        told = await rights_used(house)

    assert costs == [2, 4, 2]
    assert told[-1] == second
