"""Renewals in batches: few statements for many, one sick item harms nobody, and charges are spread."""

from datetime import timedelta

import pytest

from billing.corners import job
from billing.stage import Stage, set_stage
from cinema.billing.domain.durations import Durations, charge_at
from cinema.billing.domain.period import Period
from cinema.billing.settings import BillingSettings
from cinema.contracts.ids import SubscriptionId, UserId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, DatabaseBusy, Pools
from cinema.kit.ids import uuid7
from cinema.kit.jobs import SomeFailed
from cinema.kit.settings import load
from statements import counted

DAY = timedelta(days=1)
TO_THE_CHARGE = timedelta(days=30, hours=23)


async def many_due(stage: Stage, number: int) -> list[UserId]:
    """Viewers whose subscriptions are told and due."""
    users = [stage.new_user() for _ in range(number)]
    for user in users:
        await stage.subscribe(user)
        await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    await stage.pass_time(timedelta(days=28, hours=1))
    stage.clock.advance(TO_THE_CHARGE - timedelta(days=28, hours=1))
    return users


async def renew(stage: Stage) -> int:
    return await job(stage, "billing.renew").run()


@pytest.mark.parametrize("number", [1, 100])
async def test_renewing_costs_as_many_statements_for_a_hundred_as_for_one(stage: Stage, number: int) -> None:
    await many_due(stage, number)

    async with counted(stage.db) as ordering:
        count = await renew(stage)
    asked = [one for one in stage.payments.requests.values() if one.method_id]
    await stage.drain()
    asked = [one for one in stage.payments.requests.values() if one.method_id]
    for request in asked:
        await stage.payments.succeed(request)
    inbox = next(one for one in stage.jobs() if one.name == "inbox.billing")
    async with counted(stage.db) as settling:
        settled = await inbox.run()

    assert (count, len(asked), settled) == (number, number, number)
    assert (ordering.total, ordering.commits) == (ORDERING, 2), ordering.texts
    assert (settling.total, settling.commits) == (SETTLING, 1), settling.texts


ORDERING = 11
"""Claim; lock the subscriptions, look at what is open; orders, lines, charges, subscriptions, notes, events."""

SETTLING = 22
"""What failed before, the turn, the letters; eight reads; nine tables, the events; the mark."""


async def test_one_sick_item_is_left_behind_by_its_batch(stage: Stage) -> None:
    users = await many_due(stage, 5)
    stage.people.broken.add(users[2])

    with pytest.raises(SomeFailed) as caught:
        await renew(stage)

    asked = {one.user_id for one in stage.payments.requests.values() if one.method_id}
    async with stage.db.read() as tx:
        ordered = {row["user_id"] for row in await tx.all("SELECT user_id FROM billing.orders WHERE period_no = 1")}
    assert (caught.value.done, len(caught.value.exceptions)) == (4, 1)
    assert ordered == {*users} - {users[2]}
    assert asked <= ordered


async def test_one_that_others_hold_is_left_behind_by_its_batch(db: Database, clock: ManualClock) -> None:
    pools = Pools(db.pools.dsn, lock_timeout_ms=100)
    await pools.open()
    stage = await set_stage(Database(pools, owner="test", clock=clock), clock)
    users = await many_due(stage, 3)
    operator = await pools.connect()
    holding = operator.transaction()

    async def hold() -> None:
        await holding.start()
        await operator.execute("SELECT FROM billing.subscriptions WHERE user_id = $1 FOR UPDATE", users[1])

    stage.payments.rival = hold
    with pytest.raises(SomeFailed) as caught:
        await renew(stage)
    await holding.rollback()
    await operator.close()
    await pools.close()

    async with db.read() as tx:
        ordered = {row["user_id"] for row in await tx.all("SELECT user_id FROM billing.orders WHERE period_no = 1")}
    assert [type(error) for error in caught.value.exceptions] == [DatabaseBusy]
    assert ordered == {users[0], users[2]}


def test_charges_are_spread_evenly_over_a_part_of_the_lead(clock: ManualClock) -> None:
    now = clock.now()
    period = Period(start=now, end=now + timedelta(days=30))
    durations = Durations(lead=timedelta(minutes=60), notice=DAY, spread=timedelta(minutes=45), grace=DAY, retries=())

    times = sorted(charge_at(SubscriptionId(uuid7(now)), period, durations) for _ in range(4_000))

    first, last = period.end - timedelta(minutes=60), period.end - timedelta(minutes=15)
    quarters = [
        sum(first + n * (last - first) / 4 <= at < first + (n + 1) * (last - first) / 4 for at in times)
        for n in range(4)
    ]
    assert first <= times[0] < times[-1] < last
    assert all(800 < number < 1_200 for number in quarters)


def test_the_spread_leaves_a_quarter_of_a_short_period_s_lead(clock: ManualClock) -> None:
    now = clock.now()
    period = Period(start=now, end=now + timedelta(hours=1))
    durations = Durations(lead=timedelta(minutes=60), notice=DAY, spread=timedelta(minutes=60), grace=DAY, retries=())

    times = [charge_at(SubscriptionId(uuid7(now)), period, durations) for _ in range(1_000)]

    assert min(times) >= period.end - timedelta(minutes=15)
    assert max(times) < period.end - timedelta(minutes=3, seconds=45)


async def test_with_the_usual_spread_everybody_renews_before_the_period_ends(db: Database, clock: ManualClock) -> None:
    stage = await set_stage(db, clock, load(BillingSettings, env_file=None))
    users = [stage.new_user() for _ in range(12)]
    for user in users:
        await stage.subscribed(user)
    await stage.pass_time(timedelta(days=28, hours=2))
    await stage.pass_time(TO_THE_CHARGE - timedelta(days=28, hours=2))
    at_first = len([one for one in stage.payments.requests.values() if one.method_id])

    await stage.pass_time(timedelta(minutes=45), step=timedelta(minutes=5))

    asked = {one.user_id for one in stage.payments.requests.values() if one.method_id}
    assert at_first < 12
    assert asked == set(users)
