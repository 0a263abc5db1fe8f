"""Money that went back without our asking: booked, receipted, and with its effect on access (I3, I4, I8)."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from billing.corners import (
    HOUR,
    charging,
    give_all_back,
    give_back_by_hand,
    ledger,
    may_watch,
    post,
    staff_refund,
    told,
)
from billing.stage import Stage
from cinema.contracts.ids import RefundId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.ids import uuid7


async def order_of(stage: Stage, request: PaymentRequest) -> dict[str, Any]:
    async with stage.client(request.user_id) as client:
        found: dict[str, Any] = (await client.get(f"/v1/orders/{request.order_id}")).json()
    return found


async def dead_or_waiting(stage: Stage) -> list[str]:
    async with stage.db.read() as tx:
        return [row["last_error"] for row in await tx.all("SELECT last_error FROM kit.inbox WHERE status <> 'done'")]


async def states(stage: Stage) -> Counter[tuple[str, int]]:
    async with stage.db.read() as tx:
        rows = await tx.all("SELECT status, amount_minor FROM billing.refunds")
    return Counter((row["status"], row["amount_minor"]) for row in rows)


@pytest.mark.parametrize("twins", [1, 50])
async def test_a_full_refund_by_hand_takes_back_the_right_and_ends_the_subscription(stage: Stage, twins: int) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    refund_id = RefundId(uuid7(stage.clock.now()))

    for _ in range(twins):
        await give_back_by_hand(stage, request, minor=39900, refund_id=refund_id)
    await stage.drain()

    found = await order_of(stage, request)
    assert (found["order"]["status"], found["order"]["refunded"]["minor"]) == ("refunded", 39900)
    assert [(one["id"], one["status"], one["access_effect"]) for one in found["refunds"]] == [
        (str(refund_id), "succeeded", "revoke")
    ]
    assert await may_watch(stage, user) is False
    assert (await stage.subscription(user))["ended_reason"] == "refunded"
    assert await ledger(stage) == {}
    assert len(found["receipt_ids"]) == 2
    assert len(await told(stage, "OrderRefunded")) == 1
    assert stage.payments.refunds == {}, "nobody is asked to return it again"
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_who_made_it_stands_in_the_history(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user())
    refund_id = RefundId(uuid7(stage.clock.now()))
    await give_back_by_hand(stage, request, minor=39900, refund_id=refund_id)
    await stage.drain()

    async with stage.client(UserId(refund_id), role="finance") as client:
        (note,) = (await client.get(f"/v1/admin/history/{refund_id}")).json()["items"]

    assert (note["actor"], note["action"], note["reason"]) == ("provider", "made", "made at the provider")
    assert note["after"] == {"order_id": str(request.order_id), "amount": "399.00 RUB", "access_effect": "revoke"}


async def test_a_part_by_hand_keeps_the_right_and_what_is_left_can_be_returned(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    await give_back_by_hand(stage, request, minor=9900)
    await stage.drain()
    after_part = await order_of(stage, request)
    could_watch = await may_watch(stage, user)
    answer = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "no"})
    await give_all_back(stage)

    assert (after_part["order"]["status"], after_part["order"]["refunded"]["minor"]) == ("partially_refunded", 9900)
    assert after_part["refunds"][0]["access_effect"] == "keep"
    assert could_watch is True
    assert answer.json()["amount"]["minor"] == 30000
    assert (await order_of(stage, request))["order"]["status"] == "refunded"
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_the_last_part_by_hand_takes_back_the_right(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await staff_refund(stage, request, effect="keep", minor=9900)
    await give_all_back(stage)

    await give_back_by_hand(stage, request, minor=30000)
    await stage.drain()

    assert (await order_of(stage, request))["order"]["status"] == "refunded"
    assert await may_watch(stage, user) is False
    assert await stage.violations() == []


async def test_an_old_period_returned_by_hand_leaves_the_running_one(stage: Stage) -> None:
    user, first, renewal = await charging(stage)
    await stage.payments.succeed(renewal)
    await stage.drain()
    await stage.pass_time(timedelta(days=2), step=HOUR)

    await give_back_by_hand(stage, first, minor=39900)
    await stage.drain()

    assert (await stage.subscription(user))["status"] == "active"
    assert await may_watch(stage, user) is True
    assert (await ledger(stage))["expenses:refunds-of-earned-revenue"] == 39900
    assert await stage.violations() == []


async def test_a_surplus_returned_by_hand_leaves_the_order_alone(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    late = stage.request_for(user)
    await stage.payments.decline(late)
    await stage.drain()
    await post(stage, user, f"/v1/orders/{late.order_id}/payment")
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    await stage.payments.succeed(late)
    await stage.drain()
    await stage.payments.refuse_refund(next(iter(stage.payments.refunds.values())))
    await stage.drain()

    await give_back_by_hand(stage, late, minor=39900)
    await stage.drain()

    found = await order_of(stage, late)
    assert (found["order"]["status"], found["order"]["refunded"]["minor"]) == ("paid", 0)
    assert sorted((one["status"], one["access_effect"]) for one in found["refunds"]) == [
        ("failed", "keep"),
        ("succeeded", "keep"),
    ]
    assert await may_watch(stage, user) is True
    assert await ledger(stage) == {"assets:provider:played": 39900, "liabilities:deferred-revenue": -39900}
    assert await stage.violations() == []


async def surplus_on_its_way(stage: Stage) -> PaymentRequest:
    """A payment that came for a canceled order and is being returned."""
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await post(stage, user, f"/v1/orders/{request.order_id}/cancellation")
    await stage.payments.succeed(request)
    await stage.drain()
    return request


@pytest.mark.parametrize("failure_comes", ["first", "last"])
async def test_of_a_surplus_that_went_back_in_part_by_hand_the_rest_follows(stage: Stage, failure_comes: str) -> None:
    """The provider refuses to return the whole, because a part is back already."""
    request = await surplus_on_its_way(stage)
    (whole,) = stage.payments.refunds.values()

    if failure_comes == "first":
        await stage.payments.refuse_refund(whole)
        await stage.drain()
    await give_back_by_hand(stage, request, minor=13300)
    await stage.drain()
    if failure_comes == "last":
        await stage.payments.refuse_refund(whole)
        await stage.drain()
    (rest,) = [one for one in stage.payments.refunds.values() if one.refund_id != whole.refund_id]
    await stage.payments.give_back(rest)
    await stage.drain()

    assert rest.amount.minor == 26600
    assert await states(stage) == {("failed", 39900): 1, ("succeeded", 13300): 1, ("succeeded", 26600): 1}
    assert await ledger(stage) == {}
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_the_same_sum_of_a_surplus_is_not_sent_again_by_itself(stage: Stage) -> None:
    request = await surplus_on_its_way(stage)
    await give_back_by_hand(stage, request, minor=13300)
    await stage.drain()

    for refund in list(stage.payments.refunds.values()):
        await stage.payments.refuse_refund(refund)
        await stage.drain()
    rest = list(stage.payments.refunds.values())[-1]
    await stage.payments.refuse_refund(rest)
    await stage.drain()

    assert [one.amount.minor for one in stage.payments.refunds.values()] == [39900, 26600]
    assert ["gave neither" in one for one in await stage.violations()] == [True]


async def test_news_of_a_refund_waits_for_the_news_that_it_was_paid(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    other = await stage.subscribed(stage.new_user())

    await give_back_by_hand(stage, request, minor=39900)
    await stage.drain()
    errors = await dead_or_waiting(stage)

    assert ["is not known to be paid" in one for one in errors] == [True]
    assert (await order_of(stage, request))["order"]["status"] == "open"
    assert await states(stage) == {}
    assert other.order_id != request.order_id


# Beside refunds that are only asked for.


@pytest.mark.parametrize("by_hand", [39900, 20000])
async def test_what_was_asked_for_gives_way_to_what_went_back(stage: Stage, by_hand: int) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await staff_refund(stage, request, effect="keep")
    (asked,) = stage.payments.refunds.values()

    await give_back_by_hand(stage, request, minor=by_hand)
    await stage.drain()
    at_once = await stage.violations()
    await stage.payments.refuse_refund(asked)
    await stage.drain()

    found = await order_of(stage, request)
    assert found["order"]["refunded"]["minor"] == by_hand
    assert await states(stage) == {("failed", 39900): 1, ("succeeded", by_hand): 1}
    assert await may_watch(stage, user) is (by_hand < 39900)
    (failure,) = await told(stage, "OrderRefundFailed")
    assert (failure["refund_id"], failure["reason"]) == (str(asked.refund_id), "returned_otherwise")
    assert at_once == []
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_the_wrong_one_that_gave_way_is_counted_again_when_it_went_back(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user())
    await staff_refund(stage, request, effect="keep", minor=30000, key="large")
    stage.clock.advance(timedelta(seconds=1))
    await staff_refund(stage, request, effect="keep", minor=5000, key="small")
    large, small = stage.payments.refunds.values()

    await give_back_by_hand(stage, request, minor=9900)
    await stage.drain()
    guessed = await states(stage)
    await stage.payments.refuse_refund(large)
    await stage.payments.give_back(small)
    await stage.drain()

    assert guessed == {("requested", 30000): 1, ("failed", 5000): 1, ("succeeded", 9900): 1}
    assert await states(stage) == {("failed", 30000): 1, ("succeeded", 5000): 1, ("succeeded", 9900): 1}
    assert (await order_of(stage, request))["order"]["refunded"]["minor"] == 14900
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


# Ours that went through after all.


@pytest.mark.parametrize("effect", ["keep", "revoke"])
async def test_a_refund_that_failed_and_went_back_after_all_counts(stage: Stage, effect: str) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await staff_refund(stage, request, effect=effect)
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()
    after_failure = (await order_of(stage, request))["order"]

    for _ in range(3):
        await stage.payments.give_back(refund)
    await stage.drain()

    found = (await order_of(stage, request))["order"]
    assert (after_failure["status"], after_failure["refunded"]["minor"]) == ("paid", 0)
    assert (found["status"], found["refunded"]["minor"]) == ("refunded", 39900)
    assert await may_watch(stage, user) is (effect == "keep")
    assert await ledger(stage) == {}
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_a_surplus_whose_return_failed_and_arrived_after_all_has_its_effect(stage: Stage) -> None:
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

    await stage.payments.give_back(refund)
    await stage.drain()

    assert len(found) == 1
    assert await ledger(stage) == {}
    assert await stage.violations() == []
