"""Corners of billing: news that contradicts, refunds that fail or travel, repeated and long reading."""

from datetime import timedelta
from uuid import UUID

import pytest

from billing.corners import HOUR, charging, give_all_back, ledger, may_watch, post, staff_refund
from billing.stage import Stage
from cinema.contracts.ids import PaymentId
from cinema.contracts.payments import PaymentRequest

# News that contradicts.


async def test_money_counts_even_when_the_charge_was_said_to_have_failed(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()

    await stage.payments.succeed(renewal)
    await stage.drain()

    assert (await stage.subscription(user))["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


@pytest.mark.parametrize("news", ["success", "refusal"])
async def test_news_of_a_payment_that_is_not_ours_is_kept_for_a_person(stage: Stage, news: str) -> None:
    request = await stage.subscribed(stage.new_user())
    stranger = PaymentRequest(**{name: getattr(request, name) for name in request.__slots__})
    object.__setattr__(stranger, "payment_id", PaymentId(UUID(int=1)))

    await (stage.payments.succeed(stranger) if news == "success" else stage.payments.decline(stranger))
    await stage.drain()

    async with stage.db.read() as tx:
        error = await tx.value("SELECT last_error FROM kit.inbox WHERE group_name = 'billing' AND status = 'postponed'")
    assert "is not ours" in error


# Refunds.


async def test_money_that_could_not_go_back_is_found_until_a_person_sends_it(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await post(stage, user, f"/v1/orders/{request.order_id}/cancellation")
    await stage.payments.succeed(request)
    await stage.drain()
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    found = await stage.violations()
    answer = await staff_refund(stage, request, effect="keep")
    second = list(stage.payments.refunds.values())[-1]
    await stage.payments.give_back(second)
    await stage.drain()

    assert len(found) == 1
    assert "gave neither a right nor a refund" in found[0]
    assert answer.status_code == 201
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_taking_back_an_old_period_leaves_the_running_one(stage: Stage) -> None:
    user, first, renewal = await charging(stage)
    await stage.payments.succeed(renewal)
    await stage.drain()

    await staff_refund(stage, first, effect="revoke")
    meanwhile = await stage.subscription(user)
    await give_all_back(stage)
    await stage.pass_time(timedelta(hours=2))

    subscription = await stage.subscription(user)
    assert meanwhile["renewal"] == "on"
    assert (subscription["status"], subscription["renewal"]) == ("active", "on")
    assert subscription["renews_at"] is not None
    assert await may_watch(stage, user) is True
    assert await stage.violations() == []


async def test_taking_back_the_next_period_leaves_the_hour_that_is_paid(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.succeed(renewal)
    await stage.drain()

    answer = await post(stage, user, f"/v1/orders/{renewal.order_id}/refunds", {"reason": "too late"})
    await give_all_back(stage)
    access_now = await may_watch(stage, user)
    await stage.pass_time(HOUR, step=HOUR)

    assert answer.status_code == 201
    assert access_now is True
    assert await may_watch(stage, user) is False
    assert (await stage.subscription(user))["ended_reason"] == "refunded"
    assert await stage.violations() == []


async def test_what_staff_left_of_an_order_the_viewer_takes_back(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await staff_refund(stage, request, effect="keep", minor=9900)
    await give_all_back(stage)

    answer = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "no"})
    await give_all_back(stage)

    async with stage.client(user) as client:
        order = (await client.get(f"/v1/orders/{request.order_id}")).json()["order"]
    assert answer.json()["amount"]["minor"] == 30000
    assert (order["status"], order["refunded"]["minor"]) == ("refunded", 39900)
    assert (await stage.subscription(user))["ended_reason"] == "refunded"
    assert await ledger(stage) == {}
    assert await stage.violations() == []


@pytest.mark.parametrize("is_refused", [True, False])
async def test_a_refund_that_travels_past_the_end_is_booked_as_it_ends(stage: Stage, *, is_refused: bool) -> None:
    request = await stage.subscribed(stage.new_user(), plan="day")
    await staff_refund(stage, request, effect="keep", minor=900)
    await stage.pass_time(timedelta(days=1, hours=3), step=HOUR)
    while_it_travels = await ledger(stage)

    (refund,) = stage.payments.refunds.values()
    await (stage.payments.refuse_refund(refund) if is_refused else stage.payments.give_back(refund))
    await stage.pass_time(timedelta(hours=2), step=HOUR)
    await stage.payments.cancel(stage.request_for(request.user_id))

    income = -4900 if is_refused else -4000
    assert "income:subscriptions" not in while_it_travels
    assert await ledger(stage) == {"assets:provider:played": -income, "income:subscriptions": income}
    assert await stage.violations() == []


async def test_a_refund_of_what_is_earned_is_an_expense(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user(), plan="day")
    del stage.payments.saved[request.user_id]
    await stage.pass_time(timedelta(days=2), step=HOUR)

    await staff_refund(stage, request, effect="keep", minor=900)
    await stage.payments.refuse_refund(next(iter(stage.payments.refunds.values())))
    await stage.drain()
    after_refusal = await ledger(stage)
    await staff_refund(stage, request, effect="revoke", key="again")
    await stage.payments.give_back(list(stage.payments.refunds.values())[-1])
    await stage.drain()

    assert after_refusal == {"assets:provider:played": 4900, "income:subscriptions": -4900}
    assert await ledger(stage) == {"expenses:refunds-of-earned-revenue": 4900, "income:subscriptions": -4900}
    assert await stage.violations() == []


async def test_a_refund_that_failed_after_the_money_was_back_is_kept_for_a_person(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user())
    await staff_refund(stage, request, effect="keep", minor=900)
    (refund,) = stage.payments.refunds.values()

    await stage.payments.give_back(refund)
    await stage.drain()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    async with stage.db.read() as tx:
        waiting = await tx.all("SELECT attempts FROM kit.inbox WHERE group_name = 'billing' AND status = 'postponed'")
    assert [row["attempts"] for row in waiting] == [1]
    assert await stage.violations() == []


# Repeating and reading.


async def test_a_replayed_cancellation_does_not_cancel_again(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    path = f"/v1/subscriptions/{(await stage.subscription(user))['id']}"
    first = await post(stage, user, f"{path}/cancellation", key="first")
    await post(stage, user, f"{path}/resumption", key="second")

    again = await post(stage, user, f"{path}/cancellation", key="first")

    assert again.json() == first.json()
    assert (await stage.subscription(user))["renewal"] == "on"


async def test_pages_stay_in_place_while_orders_are_added(stage: Stage) -> None:
    user = stage.new_user()
    for number in range(5):
        await stage.subscribe(user, key=f"key-{number}")
        await post(stage, user, f"/v1/orders/{stage.request_for(user).order_id}/cancellation", key=f"end-{number}")
    other = await stage.subscribed(stage.new_user())

    async with stage.client(user) as client:
        first = (await client.get("/v1/orders?limit=2")).json()
        await stage.subscribe(user, key="in between")
        second = (await client.get(f"/v1/orders?limit=2&cursor={first['next_cursor']}")).json()
        third = (await client.get(f"/v1/orders?limit=2&cursor={second['next_cursor']}")).json()

    ids = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert len(set(ids)) == len(ids) == 5
    assert str(other.order_id) not in ids
    assert third["next_cursor"] is None


@pytest.mark.parametrize(
    "sql",
    [
        "FROM billing.subscriptions WHERE status <> 'ended' AND next_attempt_at <= $1 ORDER BY next_attempt_at",
        "FROM billing.subscriptions WHERE remind_at <= $1 ORDER BY remind_at",
        "FROM billing.orders WHERE recognize_at <= $1 ORDER BY recognize_at",
        "FROM billing.orders WHERE status = 'open' AND kind = 'checkout' AND expires_at <= $1",
        "FROM billing.subscriptions WHERE created_at < $1 ORDER BY created_at DESC, id DESC LIMIT 50",
        "FROM billing.orders WHERE created_at < $1 ORDER BY created_at DESC, id DESC LIMIT 50",
        "FROM billing.orders WHERE user_id = $2 AND created_at < $1 ORDER BY created_at DESC, id DESC",
        "FROM billing.subscriptions WHERE user_id = $2 AND created_at < $1 ORDER BY created_at DESC, id DESC",
        "FROM billing.entitlements WHERE user_id = $2 AND starts_at < $1 ORDER BY starts_at DESC, id DESC",
        "FROM billing.entitlements WHERE user_id = $2 AND revoked_at IS NULL AND ends_at > $1",
        "FROM billing.entitlements WHERE order_id = $2 AND kind = 'paid' AND ends_at > $1",
        "FROM billing.entitlements WHERE subscription_id = $2 AND kind = 'grace' AND revoked_at IS NULL",
        "FROM billing.orders WHERE subscription_id = $2 AND created_at < $1",
        "FROM billing.charges WHERE order_id = $2 AND requested_at < $1",
        "FROM billing.refunds WHERE order_id = $2 AND created_at < $1",
        "FROM billing.receipts WHERE order_id = $2 AND issued_at < $1",
    ],
)
async def test_what_is_asked_often_is_found_by_an_index(stage: Stage, sql: str) -> None:
    async with stage.db.write() as tx:
        await tx.execute("SET LOCAL enable_seqscan = off")
        literal = sql.replace("$1", "'2026-01-01'::timestamptz").replace("$2", f"'{UUID(int=1)}'::uuid")
        plan = "\n".join(row[0] for row in await tx.all(f"EXPLAIN SELECT * {literal}"))

    assert "Seq Scan" not in plan, plan
