"""Starting, keeping alive and stopping playbacks over HTTP."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.enums import BlockReason, GrantKind
from cinema.contracts.playback import PlaybackStarted
from cinema.contracts.views.billing import AccessBlock
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.events import decode
from cinema.kit.ids import uuid7
from cinema.kit.jobs import drain
from cinema.kit.worker import jobs_of
from cinema.playback.jobs import KEPT
from cinema.playback.settings import PlaybackSettings
from playback.house import House, bearer, open_house

MONTH = {
    "goods": "plan_period",
    "title": {"ru": "Месяц", "en": "A month"},
    "price": {"minor": 29900, "currency": "RUB"},
    "plan": "month",
    "interval": "1 month",
    "hours": None,
}


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def told(house: House) -> list[PlaybackStarted]:
    async with house.db.read() as tx:
        rows = await tx.all("SELECT payload FROM kit.outbox WHERE name = 'playback.PlaybackStarted' ORDER BY position")
    return [decode(PlaybackStarted, row["payload"]) for row in rows]


async def access(house: House, film: UUID, *, by: str | None = None) -> Any:
    answer = await house.client.get(f"/v1/films/{film}/access", headers=bearer(by) if by else {})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    return answer.json()


async def test_nobody_is_told_to_sign_in_and_what_is_for_sale(house: House) -> None:
    paid = await access(house, house.film)
    free = await access(house, house.free_film)

    no_rights = {"allowed": False, "reasons": ["sign-in"], "grants": [], "blocks": []}
    assert paid == {"film_id": str(house.film), **no_rights, "offers": [MONTH]}
    assert free == {"film_id": str(house.free_film), **no_rights, "offers": []}
    assert house.book.asked == 0


async def test_a_viewer_without_a_right_is_told_what_is_for_sale(house: House) -> None:
    house.door.let_in("guest")

    paid = await access(house, house.film, by="guest")
    free = await access(house, house.free_film, by="guest")

    assert (paid["allowed"], paid["reasons"], paid["offers"]) == (False, ["no-right"], [MONTH])
    assert (free["allowed"], free["reasons"], free["offers"]) == (True, ["free"], [])


async def test_a_viewer_with_a_right_is_told_on_what_it_rests(house: House) -> None:
    paid = await access(house, house.film, by="viewer")
    house.book.grant(house.viewer, kind=GrantKind.GRACE, lasts=timedelta(days=7))
    grace = await access(house, house.film, by="viewer")

    assert (paid["allowed"], paid["reasons"], paid["offers"]) == (True, ["paid"], [])
    assert grace["reasons"] == ["grace"]
    assert [(one["kind"], one["ends_at"]) for one in grace["grants"]] == [("grace", "2026-01-22T09:00:00Z")]


async def test_a_block_stands_against_a_right(house: House) -> None:
    house.book.blocks[house.viewer] = AccessBlock(reason=BlockReason.DUNNING, ends_at=None)

    view = await access(house, house.film, by="viewer")
    refused = await house.start()

    assert (view["allowed"], view["reasons"], view["offers"]) == (False, ["blocked"], [])
    assert view["blocks"] == refused.json()["blocks"] == [{"reason": "dunning", "ends_at": None}]
    assert code(refused) == (403, "access-denied")
    assert await house.rows() == []


async def test_a_viewer_with_a_right_starts_a_playback(house: House) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

    answer = await house.start(headers={"User-Agent": agent})

    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    assert UUID(body["id"]).version == 7
    assert body["manifest_url"].startswith("/media/")
    assert body["manifest_url"].endswith("/master.m3u8")
    assert {name: body[name] for name in ("film_id", "started_at", "expires_at", "heartbeat_every_s")} == {
        "film_id": str(house.film),
        "started_at": "2026-01-15T09:00:00Z",
        "expires_at": "2026-01-15T09:02:00Z",
        "heartbeat_every_s": 15,
    }
    assert await house.rows() == [(body["id"], None)]
    assert [(str(one.playback_id), one.user_id, one.film_id) for one in await told(house)] == [
        (body["id"], house.viewer, house.film)
    ]
    async with house.db.read() as tx:
        assert await tx.value("SELECT device FROM playback.playbacks") == "Firefox, Linux"


async def test_a_playback_is_read_where_its_answer_says_until_it_is_over(house: House) -> None:
    house.door.let_in("telephone", like="viewer")
    house.door.let_in("other")
    answer = await house.start()
    address = answer.headers["location"]

    seen = await house.client.get(address, headers=bearer("telephone"))
    by_another = await house.client.get(address, headers=bearer("other"))
    await house.stop(answer.json()["id"])
    over = await house.client.get(address, headers=bearer("viewer"))

    assert (seen.status_code, seen.headers["cache-control"]) == (200, "private, no-store")
    assert seen.json() == answer.json()
    assert code(by_another) == (404, "playback-not-found")
    assert code(over) == (410, "playback-ended")


async def test_a_free_film_needs_no_right(house: House) -> None:
    house.door.let_in("guest")

    await house.started(by="guest", film=house.free_film)

    assert house.book.asked == 0


async def test_without_a_right_nothing_starts_and_the_offers_are_told(house: House) -> None:
    house.door.let_in("guest")

    refused = await house.start(by="guest")

    assert code(refused) == (403, "access-denied")
    body = refused.json()
    assert (body["film_id"], body["reasons"], body["blocks"], body["offers"]) == (
        str(house.film),
        ["no-right"],
        [],
        [MONTH],
    )
    assert (await house.rows(), await told(house)) == ([], [])


@pytest.mark.parametrize(
    ("method", "path", "by", "expected"),
    [
        ("POST", "/v1/films/{film}/playback", None, (401, "unauthenticated")),
        ("POST", "/v1/films/{free_film}/playback", None, (401, "unauthenticated")),
        ("POST", "/v1/films/{film}/playback", "stranger", (401, "unauthenticated")),
        ("GET", "/v1/films/{film}/access", "stranger", (401, "unauthenticated")),
        ("GET", "/v1/films/{other}/access", "viewer", (404, "film-not-found")),
        ("GET", "/v1/films/metropolis/access", "viewer", (422, "input-invalid")),
        ("POST", "/v1/films/{other}/playback", "viewer", (404, "film-not-found")),
        ("POST", "/v1/films/1/playback", "viewer", (422, "input-invalid")),
        ("POST", "/v1/playback/{other}/heartbeat", None, (401, "unauthenticated")),
        ("POST", "/v1/playback/{other}/heartbeat", "viewer", (404, "playback-not-found")),
        ("POST", "/v1/playback/1/heartbeat", "viewer", (422, "input-invalid")),
        ("DELETE", "/v1/playback/{other}", None, (401, "unauthenticated")),
        ("DELETE", "/v1/playback/{other}", "viewer", (404, "playback-not-found")),
    ],
)
async def test_what_cannot_be_right_is_refused_and_nothing_starts(
    house: House, method: str, path: str, by: str | None, expected: tuple[int, str]
) -> None:
    path = path.format(film=house.film, free_film=house.free_film, other=uuid7(house.clock.now()))

    answer = await house.client.request(method, path, headers=bearer(by) if by else {})

    assert code(answer) == expected
    assert await house.rows() == []


async def test_the_same_intent_starts_one_playback(house: House) -> None:
    key = {"Idempotency-Key": "one-click"}

    answers = await asyncio.gather(*(house.start(headers=key) for _ in range(5)))
    house.clock.advance(timedelta(seconds=30))
    late = await house.start(headers=key)
    other_film = await house.start(film=house.free_film, headers=key)

    bodies = [answer.json() for answer in (*answers, late)]
    assert [answer.status_code for answer in answers] == [201] * 5
    assert all(body == bodies[0] for body in bodies)
    assert sorted(answer.headers.get("idempotent-replayed", "") for answer in answers) == ["", *["true"] * 4]
    assert code(other_film) == (422, "idempotency-key-reused")
    assert len(await house.rows()) == 1
    async with house.db.read() as tx:
        stored = await tx.value("SELECT body::text FROM kit.idempotency")
    assert "/media/" not in stored


async def test_parallel_starts_never_exceed_the_limit(house: House) -> None:
    answers = await asyncio.gather(*(house.start() for _ in range(20)))

    started = [answer.json() for answer in answers if answer.status_code == 201]
    refused = [answer for answer in answers if answer.status_code != 201]
    assert (len(started), len(refused)) == (3, 17)
    assert {code(answer) for answer in refused} == {(409, "stream-limit")}
    assert len(await house.rows()) == len(await told(house)) == 3
    body = refused[0].json()
    assert body["streams_max"] == 3
    assert {stream["playback_id"] for stream in body["streams"]} == {one["id"] for one in started}
    assert set(body["streams"][0]) == {"playback_id", "film_id", "device", "started_at", "seen_at"}


async def test_a_late_heartbeat_does_not_revive_a_stream_whose_place_is_taken(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(streams_max=1))
    old = await house.started()
    clock.advance(timedelta(seconds=119))

    async def rival() -> None:
        clock.advance(timedelta(seconds=1))
        await house.started()

    house.book.meanwhile.append(rival)

    late = await house.heartbeat(old["id"])

    assert (code(late), late.json()["reason"]) == ((410, "playback-ended"), "expired")
    endings = dict(await house.rows())
    assert endings.pop(old["id"]) == "expired"
    assert list(endings.values()) == [None]


async def test_the_limit_counts_each_viewer_alone(house: House) -> None:
    house.book.grant(house.door.let_in("other"))

    answers = await asyncio.gather(*(house.start(by=name) for name in ("viewer", "other") for _ in range(3)))

    assert [answer.status_code for answer in answers] == [201] * 6


async def test_a_stream_that_is_stopped_on_another_device_gives_up_its_place(house: House) -> None:
    house.door.let_in("telephone", like="viewer")
    first, *_ = [await house.started() for _ in range(3)]
    before = await house.start(by="telephone")

    stopped = await house.stop(first["id"], by="telephone")
    again = await house.stop(first["id"], by="telephone")
    after = await house.start(by="telephone")

    assert code(before) == (409, "stream-limit")
    assert (stopped.status_code, stopped.content, again.status_code) == (204, b"", 204)
    assert after.status_code == 201
    endings = dict(await house.rows())
    assert endings.pop(first["id"]) == "stopped"
    assert list(endings.values()) == [None, None, None]
    assert code(await house.heartbeat(first["id"])) == (410, "playback-ended")


async def test_a_silent_stream_gives_up_its_place_only_when_it_is_needed(house: House) -> None:
    silent, *_ = [await house.started() for _ in range(3)]
    loud = [id_ for id_, _ in await house.rows() if id_ != silent["id"]]
    house.clock.advance(timedelta(seconds=59))
    for playback_id in loud:
        assert (await house.heartbeat(playback_id)).status_code == 200
    too_early = await house.start()
    house.clock.advance(timedelta(seconds=1))

    in_time = await house.start()
    one_more = await house.start()

    assert code(too_early) == (409, "stream-limit")
    assert in_time.status_code == 201
    assert code(one_more) == (409, "stream-limit")
    endings = dict(await house.rows())
    assert endings.pop(silent["id"]) == "lapsed"
    assert list(endings.values()) == [None, None, None]
    gone = await house.heartbeat(silent["id"])
    assert (code(gone), gone.json()["reason"]) == ((410, "playback-ended"), "lapsed")


async def test_a_silent_stream_goes_on_where_nobody_needs_its_place(house: House) -> None:
    started = await house.started()
    house.clock.advance(timedelta(seconds=119))

    answer = await house.heartbeat(started["id"])

    assert answer.json()["expires_at"] == "2026-01-15T09:03:59Z"


async def test_without_heartbeats_a_playback_expires(house: House) -> None:
    started = await house.started()
    house.clock.advance(timedelta(seconds=120))

    answer = await house.heartbeat(started["id"])

    assert (code(answer), answer.json()["reason"]) == ((410, "playback-ended"), "expired")


async def test_heartbeats_carry_a_playback_through_a_long_film(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(address_s=3_600))
    started = await house.started()
    answers = []

    for _ in range(45):
        house.clock.advance(timedelta(seconds=100))
        answers.append(await house.heartbeat(started["id"]))

    fresh = await house.client.get(answers[-1].json()["manifest_url"])
    stale = await house.client.get(started["manifest_url"])
    assert {answer.status_code for answer in answers} == {200}
    assert fresh.status_code == 200
    assert code(stale) == (410, "playback-ended")


async def test_a_heartbeat_without_the_right_ends_the_playback(house: House) -> None:
    started = await house.started()
    house.book.revoke(house.viewer)

    first = await house.heartbeat(started["id"])
    second = await house.heartbeat(started["id"])

    assert (code(first), first.json()["offers"]) == ((403, "access-denied"), [MONTH])
    assert (code(second), second.json()["reason"]) == ((410, "playback-ended"), "revoked")
    assert await house.rows() == [(started["id"], "revoked")]


async def test_a_right_that_runs_out_ends_the_playback(house: House) -> None:
    house.book.grant(house.viewer, lasts=timedelta(seconds=30))
    started = await house.started()
    house.clock.advance(timedelta(seconds=30))

    answer = await house.heartbeat(started["id"])

    assert code(answer) == (403, "access-denied")


async def test_the_playback_of_another_viewer_is_not_there(house: House) -> None:
    house.book.grant(house.door.let_in("other"))
    started = await house.started()

    heartbeat = await house.heartbeat(started["id"], by="other")
    stop = await house.stop(started["id"], by="other")

    assert (code(heartbeat), code(stop)) == ((404, "playback-not-found"), (404, "playback-not-found"))
    assert await house.rows() == [(started["id"], None)]


async def test_the_operator_sets_the_number_of_streams(
    db: Database, clock: ManualClock, houses: AsyncExitStack
) -> None:
    house = await open_house(houses, db=db, clock=clock, settings=PlaybackSettings(streams_max=1))

    answers = [await house.start(), await house.start()]

    assert [answer.status_code for answer in answers] == [201, 409]


async def test_what_expired_is_closed_and_what_ended_long_ago_is_forgotten(house: House) -> None:
    await house.started()
    jobs = jobs_of([house.context.module], db=house.db, clock=house.clock)
    await drain(jobs)
    while_open = await house.rows()

    house.clock.advance(timedelta(seconds=120))
    await drain(jobs)
    closed = await house.rows()
    async with house.db.read() as tx:
        ended_at = await tx.value("SELECT ended_at FROM playback.playbacks")
    house.clock.advance(KEPT)
    await drain(jobs)
    kept = await house.rows()
    house.clock.advance(timedelta(seconds=1))
    await drain(jobs)

    assert [ending for _, ending in while_open] == [None]
    assert [ending for _, ending in closed] == ["expired"]
    assert ended_at.isoformat() == "2026-01-15T09:02:00+00:00"
    assert kept == closed
    assert await house.rows() == []
