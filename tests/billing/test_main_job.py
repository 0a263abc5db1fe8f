"""The life of a subscription: bought, renewed, canceled, taken back, lost."""

from datetime import timedelta
from typing import Any

import pytest

from billing.stage import Stage
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, DeclineClass
from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.text import Text
from cinema.kit.ids import uuid7


async def may_watch(stage: Stage, user_id: UserId) -> bool:
    now = stage.clock.now()
    film = FilmFacts(
        film_id=FilmId(uuid7(now)), slug="x", title=Text(ru="x", en="x"), access=Access.SUBSCRIPTION, age=0
    )
    return (await stage.billing.facades.entitlements.check(user_id=user_id, film=film, now=now)).is_allowed


async def ledger(stage: Stage) -> dict[str, int]:
    async with stage.client(stage.new_user(), role="finance") as client:
        answer = await client.get("/v1/admin/ledger")
    return {one["account"]: one["balance"]["minor"] for one in answer.json()["items"] if one["balance"]["minor"]}


async def events(stage: Stage) -> list[str]:
    async with stage.db.read() as tx:
        rows = await tx.all("SELECT name FROM kit.outbox WHERE name LIKE 'billing.%' ORDER BY position")
    return [row["name"].removeprefix("billing.") for row in rows]


async def post(stage: Stage, user_id: UserId, path: str, json: Any = None, *, key: str = "k") -> Any:
    async with stage.client(user_id) as client:
        answer = await client.post(path, json=json, headers={"Idempotency-Key": key})
    assert answer.status_code < 300, answer.text
    return answer.json()


async def test_a_paid_order_gives_access_at_once(stage: Stage) -> None:
    user = stage.new_user()

    before = await may_watch(stage, user)
    await stage.subscribed(user)

    assert before is False
    assert await may_watch(stage, user) is True
    assert (await stage.subscription(user))["status"] == "active"
    assert await ledger(stage) == {"assets:provider:played": 39900, "liabilities:deferred-revenue": -39900}
    assert await events(stage) == ["PaymentRequested", "EntitlementGranted", "SubscriptionActivated", "AgreementBound"]
    assert await stage.violations() == []


async def test_a_subscription_is_announced_charged_and_extended(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))
    request = stage.request_for(user)
    await stage.payments.succeed(request)
    await stage.drain()
    await stage.pass_time(timedelta(hours=1))

    assert request.method_id is not None
    assert request.return_url is None
    assert (await stage.subscription(user))["period_end"] == "2026-03-15T09:00:00Z"
    assert await may_watch(stage, user) is True
    assert await events(stage) == [
        "PaymentRequested",
        "EntitlementGranted",
        "SubscriptionActivated",
        "AgreementBound",
        "RenewalUpcoming",
        "PaymentRequested",
        "EntitlementGranted",
        "SubscriptionRenewed",
    ]
    assert await ledger(stage) == {
        "assets:provider:played": 79800,
        "income:subscriptions": -39900,
        "liabilities:deferred-revenue": -39900,
    }
    assert await stage.violations() == []


async def test_a_canceled_subscription_keeps_access_until_the_period_ends(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    subscription = await stage.subscription(user)

    answer = await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")
    await stage.pass_time(timedelta(days=30, hours=23))
    access_before_the_end = await may_watch(stage, user)
    await stage.pass_time(timedelta(hours=2))

    assert (answer["renewal"], answer["renewal_reason"]) == ("off", "canceled")
    assert answer["renews_at"] is None
    assert access_before_the_end is True
    assert await may_watch(stage, user) is False
    assert (await stage.subscription(user))["ended_reason"] == "canceled"
    assert len(stage.payments.requests) == 1
    assert await stage.violations() == []


async def test_a_cancellation_can_be_undone_while_the_period_runs(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    subscription = await stage.subscription(user)

    await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")
    answer = await post(stage, user, f"/v1/subscriptions/{subscription['id']}/resumption")
    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))

    assert answer["renews_at"] == "2026-02-15T08:00:00Z"
    assert len(stage.payments.requests) == 2
    assert (await events(stage)).count("RenewalUpcoming") == 1


async def test_a_refund_ends_access_when_it_is_asked_for(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    answer = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "not for me"})
    access_while_it_travels = await may_watch(stage, user)
    (refund,) = stage.payments.refunds.values()
    await stage.payments.give_back(refund)
    await stage.drain()

    assert answer["amount"] == {"minor": 39900, "currency": "RUB"}
    assert answer["access_effect"] == "revoke"
    assert access_while_it_travels is False
    assert await may_watch(stage, user) is False
    assert (await stage.subscription(user))["ended_reason"] == "refunded"
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_a_failed_refund_leaves_everything_as_it_was(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "not for me"})
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    assert await may_watch(stage, user) is True
    assert await ledger(stage) == {"assets:provider:played": 39900, "liabilities:deferred-revenue": -39900}
    assert await stage.violations() == []


async def test_an_unpaid_renewal_is_tried_by_schedule_and_access_ends_with_the_grace(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))
    tries = []
    for _ in range(4 * 9):
        request = stage.request_for(user)
        if request.payment_id not in tries:
            tries.append(request.payment_id)
            await stage.payments.decline(request)
        await stage.pass_time(timedelta(hours=6))

    assert len(tries) == 4
    assert await may_watch(stage, user) is False
    assert (await stage.subscription(user))["ended_reason"] == "payment_failed"
    assert (await events(stage)).count("RenewalFailed") == 4
    assert "SubscriptionRenewed" not in await events(stage)
    assert await stage.violations() == []


async def test_a_renewal_paid_in_the_grace_keeps_its_anchor(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()
    await stage.pass_time(timedelta(days=1, hours=1))
    access_in_grace = await may_watch(stage, user)
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    subscription = await stage.subscription(user)
    assert access_in_grace is True
    assert subscription["status"] == "active"
    assert subscription["period_start"] == "2026-02-15T09:00:00Z"
    assert subscription["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


async def test_a_hard_decline_is_not_tried_again(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))
    await stage.payments.decline(stage.request_for(user), reason="card_expired", how=DeclineClass.HARD)
    await stage.drain()
    await stage.pass_time(timedelta(days=6))

    assert len(stage.payments.requests) == 2
    assert (await stage.subscription(user))["status"] == "past_due"


async def test_without_a_saved_method_it_ends_with_its_period(stage: Stage) -> None:
    user = stage.new_user()
    answer = await stage.subscribe(user)
    request = stage.request_for(user)
    await stage.payments.succeed(request, is_saved=False)
    await stage.drain()

    await stage.pass_time(timedelta(days=31, hours=1))

    assert answer.status_code == 201
    assert (await stage.subscription(user))["ended_reason"] == "no_method"
    assert await may_watch(stage, user) is False


async def test_money_for_a_canceled_order_goes_back_by_itself(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await post(stage, user, f"/v1/orders/{request.order_id}/cancellation")

    await stage.payments.succeed(request)
    await stage.drain()
    (refund,) = stage.payments.refunds.values()
    await stage.payments.give_back(refund)
    await stage.drain()

    assert stage.payments.given_up == [request.payment_id]
    assert await may_watch(stage, user) is False
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_a_viewer_who_cancels_while_being_charged_gets_the_money_back(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    subscription = await stage.subscription(user)
    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))

    await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    (refund,) = stage.payments.refunds.values()
    assert refund.order_id == stage.request_for(user).order_id
    assert (await stage.subscription(user))["period_end"] == subscription["period_end"]
    assert "SubscriptionRenewed" not in await events(stage)
    assert await stage.violations() == []


async def test_the_same_news_twice_changes_nothing(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    before = (await events(stage), await ledger(stage))

    await stage.payments.succeed(request)
    await stage.payments.decline(request)
    await stage.payments.cancel(request)
    await stage.drain()

    assert (await events(stage), await ledger(stage)) == before
    assert await stage.violations() == []


async def test_an_abandoned_checkout_is_given_up_and_a_new_one_possible(stage: Stage) -> None:
    user = stage.new_user()
    first = await stage.subscribe(user)
    await stage.payments.cancel(stage.request_for(user))
    await stage.drain()

    second = await stage.subscribe(user, key="key-2")

    assert first.json()["order"]["id"] != second.json()["order"]["id"]
    assert (await events(stage)).count("PaymentRequested") == 2
    assert await stage.violations() == []


async def test_a_declined_checkout_can_be_paid_again(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await stage.payments.decline(request)
    await stage.drain()

    await post(stage, user, f"/v1/orders/{request.order_id}/payment")
    again = stage.request_for(user)
    await stage.payments.succeed(again)
    await stage.drain()

    assert again.payment_id != request.payment_id
    assert again.order_id == request.order_id
    assert await may_watch(stage, user) is True
    assert (await events(stage)).count("CheckoutFailed") == 1


@pytest.mark.parametrize("key", ["key-1", "key-2"])
async def test_a_second_click_finds_the_first_ones_order(stage: Stage, key: str) -> None:
    user = stage.new_user()
    first = await stage.subscribe(user, key="key-1")

    second = await stage.subscribe(user, key=key)

    assert second.json() == first.json()
    assert second.headers.get("Idempotent-Replayed") == ("true" if key == "key-1" else None)
    assert len(stage.payments.requests) == 1


async def test_after_a_standstill_only_the_running_period_is_charged(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    stage.clock.advance(timedelta(days=75))
    await stage.drain()
    asked_without_notice = len(stage.payments.requests) - 1
    await stage.pass_time(timedelta(days=2), step=timedelta(hours=6))
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    subscription = await stage.subscription(user)
    assert asked_without_notice == 0
    assert len(stage.payments.requests) == 2
    assert subscription["period_start"] == "2026-03-15T09:00:00Z"
    assert subscription["period_end"] == "2026-04-15T09:00:00Z"
    assert await may_watch(stage, user) is True
    assert await stage.violations() == []


async def test_nobody_resumes_while_the_dropped_charge_has_no_result(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    subscription = await stage.subscription(user)
    await stage.pass_time(timedelta(days=30, hours=23, minutes=30))
    path = f"/v1/subscriptions/{subscription['id']}"
    await post(stage, user, f"{path}/cancellation")

    async with stage.client(user) as client:
        refused = await client.post(f"{path}/resumption")
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()
    await post(stage, user, f"{path}/resumption", key="later")
    await stage.pass_time(timedelta(days=2), step=timedelta(hours=6))

    assert (refused.status_code, refused.json()["code"]) == (409, "charge-under-way")
    assert len(stage.payments.requests) == 3
    assert (await stage.subscription(user))["status"] == "active"
    assert await stage.violations() == []
