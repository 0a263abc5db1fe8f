"""Rivals: the viewer, the jobs and the news from payments meet in every order; money has one effect."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from billing.stage import Stage
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import OrderId, PaymentId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.ids import uuid7
from cinema.kit.jobs import Job
from make import count

TO_THE_CHARGE = timedelta(hours=23)
"""From the start of a day's subscription to the charge of the next day."""

SOMEBODY_WAITS = """
SELECT EXISTS (
  SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND datname = current_database())
"""

NEWS = ("succeed", "decline", "refuse", "cancel")


async def change(stage: Stage, user: UserId, what: str) -> int:
    """The viewer cancels or resumes; returns the status of the answer."""
    path = f"/v1/subscriptions/{(await stage.subscription(user))['id']}/{what}"
    async with stage.client(user) as client:
        return (await client.post(path)).status_code


async def take_back(stage: Stage, user: UserId, order_id: OrderId) -> int:
    async with stage.client(user) as client:
        answer = await client.post(
            f"/v1/orders/{order_id}/refunds", json={"reason": "no"}, headers={"Idempotency-Key": f"back-{order_id}"}
        )
    return answer.status_code


async def tell(stage: Stage, news: str, request: PaymentRequest) -> None:
    match news:
        case "succeed":
            await stage.payments.succeed(request)
        case "decline":
            await stage.payments.decline(request)
        case "refuse":
            await stage.payments.decline(request, reason="card_expired", how=DeclineClass.HARD)
        case _:
            await stage.payments.cancel(request)


async def under_way(stage: Stage, *, viewers: int) -> list[tuple[UserId, PaymentRequest, PaymentRequest]]:
    """Viewers whose first renewal was just sent to be charged, with the first payment and this one."""
    started = []
    for _ in range(viewers):
        user = stage.new_user()
        await stage.subscribe(user, plan="day")
        started.append((user, stage.request_for(user)))
        await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    stage.clock.advance(timedelta(hours=18))
    await stage.drain()
    stage.clock.advance(TO_THE_CHARGE - timedelta(hours=18))
    await stage.drain()
    return [(user, first, stage.request_for(user)) for user, first in started]


async def settle(stage: Stage, answered: set[PaymentId]) -> None:
    """Everything that is still open is paid or given back, until nothing more is asked."""
    returned: set[UUID] = set()
    for _ in range(5):
        asked = [one for one in stage.payments.requests.values() if one.payment_id not in answered]
        for request in asked:
            answered.add(request.payment_id)
            await stage.payments.succeed(request)
        owed = [one for one in stage.payments.refunds.values() if one.refund_id not in returned]
        for refund in owed:
            returned.add(refund.refund_id)
            await stage.payments.give_back(refund)
        if not asked and not owed:
            return
        await stage.drain()


async def paid_for_each_period(stage: Stage) -> Counter[tuple[UUID, int]]:
    """How often a period of a subscription was paid, without what went back whole."""
    async with stage.db.read() as tx:
        rows = await tx.all(
            """SELECT o.subscription_id, o.period_no
               FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
               WHERE c.status = 'succeeded' AND NOT c.is_surplus AND o.refunded_minor < o.total_minor"""
        )
    return Counter((row["subscription_id"], row["period_no"]) for row in rows)


@pytest.mark.parametrize("news", NEWS)
@pytest.mark.parametrize("in_between", [True, False])
async def test_cancel_resume_refund_and_news_in_every_order_charge_a_period_once(
    stage: Stage, news: str, *, in_between: bool
) -> None:
    orders = [*permutations(("cancellation", "resumption", "refund", "news"))]
    orders += [*permutations(("cancellation", "resumption", "news", "nothing"))]
    orders = orders[:: count(reduced=2, full=1)]
    viewers = await under_way(stage, viewers=len(orders))
    answered = {request.payment_id for _, first, renewal in viewers for request in (first, renewal)}

    for step in range(4):
        for (user, first, renewal), actions in zip(viewers, orders, strict=True):
            if actions[step] == "news":
                await tell(stage, news, renewal)
            elif actions[step] == "refund":
                await take_back(stage, user, first.order_id)
            elif actions[step] != "nothing":
                await change(stage, user, actions[step])
        if in_between:
            await stage.drain()
    await stage.drain()
    found_at_once = await stage.violations()
    for _ in range(8):
        await settle(stage, answered)
        stage.clock.advance(timedelta(hours=1))
        await stage.drain()
    await settle(stage, answered)

    assert found_at_once == []
    assert max((await paid_for_each_period(stage)).values()) == 1
    assert await stage.violations() == []


async def test_a_charge_of_a_canceled_subscription_is_withdrawn_and_who_resumes_is_told_anew(stage: Stage) -> None:
    ((user, _, renewal),) = await under_way(stage, viewers=1)

    await change(stage, user, "cancellation")
    await stage.drain()
    withdrawn = list(stage.payments.given_up)
    refused = await change(stage, user, "resumption")
    await stage.payments.cancel(renewal, reason="given_up")
    await stage.drain()
    resumed = await change(stage, user, "resumption")
    await stage.pass_time(timedelta(hours=6), step=timedelta(minutes=30))

    async with stage.db.read() as tx:
        order = await tx.value("SELECT status FROM billing.orders WHERE id = $1", renewal.order_id)
        failures = await tx.value("SELECT count(*) FROM kit.outbox WHERE name = 'billing.RenewalFailed'")
        notices = await tx.value("SELECT count(*) FROM kit.outbox WHERE name = 'billing.RenewalUpcoming'")
    assert withdrawn == [renewal.payment_id]
    assert (refused, resumed) == (409, 200)
    assert order == "canceled"
    assert (failures, notices) == (0, 2)
    assert len(stage.payments.requests) == 3
    assert await stage.violations() == []


@pytest.mark.parametrize("rival", ["cancellation", "refund"])
async def test_a_change_between_the_claim_and_the_renewal_wins(stage: Stage, rival: str) -> None:
    user = stage.new_user()
    first = await stage.subscribed(user, plan="day")
    stage.clock.advance(timedelta(hours=18))
    await stage.drain()
    stage.clock.advance(TO_THE_CHARGE - timedelta(hours=18))

    async def change_mind() -> None:
        if rival == "refund":
            assert await take_back(stage, user, first.order_id) == 201
        else:
            assert await change(stage, user, "cancellation") == 200

    stage.payments.rival = change_mind
    await job(stage, "billing.renew").run()
    await stage.drain()

    assert len(stage.payments.requests) == 1
    assert await stage.violations() == []


async def test_two_workers_renew_each_subscription_once(stage: Stage) -> None:
    users = [stage.new_user() for _ in range(12)]
    for user in users:
        await stage.subscribed(user, plan="day")
    stage.clock.advance(timedelta(hours=18))
    await stage.drain()
    stage.clock.advance(TO_THE_CHARGE - timedelta(hours=18))
    renew = job(stage, "billing.renew")

    counts = await asyncio.gather(*(renew.run() for _ in range(6)))
    await stage.drain()

    assert sum(counts) == len(users)
    assert len(stage.payments.requests) == 2 * len(users)


async def test_a_worker_that_slept_past_its_lease_leaves_the_work_to_its_successor(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user, plan="day")
    stage.clock.advance(timedelta(hours=18))
    await stage.drain()
    stage.clock.advance(TO_THE_CHARGE - timedelta(hours=18))
    renew = job(stage, "billing.renew")

    async def sleep_and_be_succeeded() -> None:
        stage.clock.advance(timedelta(seconds=61))
        await renew.run()

    stage.payments.rival = sleep_and_be_succeeded
    await renew.run()
    await stage.drain()

    assert len(stage.payments.requests) == 2


@pytest.mark.parametrize("names", [("billing.recognize",), ("billing.seal",), ("billing.recognize", "billing.seal")])
async def test_two_workers_keep_the_books_once(stage: Stage, names: tuple[str, ...]) -> None:
    for _ in range(5):
        await stage.subscribed(stage.new_user(), plan="day")
    stage.clock.advance(timedelta(days=2))

    await asyncio.gather(*(job(stage, name).run() for name in names for _ in range(4)))
    await stage.drain()

    async with stage.db.read() as tx:
        kinds = await tx.all("SELECT kind, count(*) AS entries FROM billing.ledger_entries GROUP BY kind")
        sealed = await tx.value("SELECT count(*) FROM billing.ledger_sealed")
    assert {row["kind"]: row["entries"] for row in kinds} == {"payment": 5, "recognition": 5}
    assert sealed == 10
    assert await stage.violations() == []


async def test_an_entry_that_commits_late_is_sealed_later(stage: Stage) -> None:
    await stage.subscribed(stage.new_user())
    soon, late = stage.new_user(), stage.new_user()
    for user in (soon, late):
        await stage.subscribe(user)
    release, is_written = asyncio.Event(), asyncio.Event()

    async def dawdle() -> None:
        async with stage.db.write() as tx:
            entry = uuid7(stage.clock.now())
            await tx.execute(
                """INSERT INTO billing.ledger_entries (id, kind, source_id, order_id, posted_at)
                   VALUES ($1, 'recognition', $2, $2, $3)""",
                entry,
                stage.request_for(late).order_id,
                stage.clock.now(),
            )
            for number, minor in ((1, 5), (2, -5)):
                await tx.execute(
                    """INSERT INTO billing.ledger_postings (entry_id, number, account, minor, currency)
                       VALUES ($1, $2, 'assets:x', $3, 'RUB')""",
                    entry,
                    number,
                    minor,
                )
            is_written.set()
            await release.wait()

    slow = asyncio.create_task(dawdle())
    await is_written.wait()
    await stage.payments.succeed(stage.request_for(soon))
    await stage.drain()
    async with stage.db.read() as tx:
        before = await tx.value("SELECT count(*) FROM billing.ledger_sealed")
    release.set()
    await slow
    await stage.drain()

    async with stage.db.read() as tx:
        after = await tx.value("SELECT count(*) FROM billing.ledger_sealed")
        waiting = await tx.value("SELECT count(*) FROM billing.ledger_unsealed")
    assert (before, after, waiting) == (2, 3, 0)
    assert [one for one in await stage.violations() if "chain" in one or "balances" in one] == []


async def test_a_checkout_that_is_paid_again_while_it_expires_stays_open(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await stage.payments.decline(request)
    await stage.drain()
    stage.clock.advance(timedelta(hours=25))

    may_start = asyncio.Event()

    async def expire() -> None:
        await may_start.wait()
        await job(stage, "billing.expire").run()

    expiry = asyncio.create_task(expire())
    async with stage.db.write() as tx:
        await tx.execute("SELECT FROM billing.subscriptions FOR UPDATE")
        may_start.set()
        while not await tx.value(SOMEBODY_WAITS):  # noqa: ASYNC110 - the database does not tell
            await asyncio.sleep(0)
        await tx.execute(
            """INSERT INTO billing.charges (payment_id, order_id, attempt, status, requested_at)
               VALUES (gen_random_uuid(), $1, 2, 'open', $2)""",
            request.order_id,
            stage.clock.now(),
        )
    await expiry

    async with stage.client(user) as client:
        order = (await client.get(f"/v1/orders/{request.order_id}")).json()["order"]
    assert order["status"] == "open"


def job(stage: Stage, name: str) -> Job:
    return next(one for one in stage.billing.module.jobs if one.name == name)
