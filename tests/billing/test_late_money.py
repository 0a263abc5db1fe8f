"""Money that comes late or twice: the first that succeeds pays, what bought nothing goes back (I1, I2, I3, I4)."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from billing.corners import HOUR, charging, give_all_back, ledger, may_watch, post, staff_refund
from billing.stage import Stage
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import PaymentId, UserId
from cinema.contracts.payments import PaymentRequest


async def order_of(stage: Stage, request: PaymentRequest) -> dict[str, Any]:
    async with stage.client(request.user_id) as client:
        found: dict[str, Any] = (await client.get(f"/v1/orders/{request.order_id}")).json()
    return found


async def charges_of(stage: Stage, request: PaymentRequest) -> dict[UUID, tuple[str, bool]]:
    async with stage.db.read() as tx:
        rows = await tx.all(
            "SELECT payment_id, status, is_surplus FROM billing.charges WHERE order_id = $1", request.order_id
        )
    return {row["payment_id"]: (row["status"], row["is_surplus"]) for row in rows}


async def receipts_of(stage: Stage, request: PaymentRequest) -> Counter[str]:
    async with stage.db.read() as tx:
        rows = await tx.all("SELECT kind FROM billing.receipts WHERE order_id = $1", request.order_id)
    return Counter(row["kind"] for row in rows)


async def returned(stage: Stage) -> list[PaymentId]:
    """The payments whose money is on its way back, oldest first."""
    return [one.payment_id for one in stage.payments.refunds.values()]


async def dead_or_waiting(stage: Stage) -> list[str]:
    async with stage.db.read() as tx:
        return [row["last_error"] for row in await tx.all("SELECT last_error FROM kit.inbox WHERE status <> 'done'")]


async def refused_checkout(stage: Stage) -> tuple[UserId, PaymentRequest]:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await stage.payments.decline(request)
    await stage.drain()
    return user, request


async def tried_again(stage: Stage) -> tuple[UserId, PaymentRequest, PaymentRequest]:
    """A checkout whose first try was refused, and whose second is under way."""
    user, first = await refused_checkout(stage)
    answer = await post(stage, user, f"/v1/orders/{first.order_id}/payment")
    await stage.drain()
    return user, first, stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]


# The order is open: it is paid.


async def test_money_that_comes_late_for_an_open_order_pays_it(stage: Stage) -> None:
    user, request = await refused_checkout(stage)

    await stage.payments.succeed(request)
    await stage.drain()

    assert (await order_of(stage, request))["order"]["status"] == "paid"
    assert await may_watch(stage, user) is True
    assert await returned(stage) == []
    assert await stage.violations() == []


@pytest.mark.parametrize("late_is", ["first", "second"])
async def test_of_two_charges_the_first_to_succeed_pays_and_the_other_goes_back(stage: Stage, late_is: str) -> None:
    user, late, newer = await tried_again(stage)
    one, two = (late, newer) if late_is == "first" else (newer, late)

    await stage.payments.succeed(one)
    await stage.drain()
    withdrawn = list(stage.payments.given_up)
    await stage.payments.succeed(two)
    await stage.drain()
    while_it_travels = await stage.violations()
    await give_all_back(stage)

    found = await order_of(stage, late)
    assert withdrawn == ([newer.payment_id] if late_is == "first" else [])
    assert await charges_of(stage, late) == {one.payment_id: ("succeeded", False), two.payment_id: ("succeeded", True)}
    assert await returned(stage) == [two.payment_id]
    assert (found["order"]["status"], found["order"]["refunded"]["minor"]) == ("paid", 0)
    assert [(refund["status"], refund["access_effect"]) for refund in found["refunds"]] == [("succeeded", "keep")]
    assert await receipts_of(stage, late) == {"payment": 2, "refund": 1}
    assert await ledger(stage) == {"assets:provider:played": 39900, "liabilities:deferred-revenue": -39900}
    assert await may_watch(stage, user) is True
    assert while_it_travels == []
    assert await stage.violations() == []


@pytest.mark.parametrize("end", ["decline", "cancel"])
async def test_a_charge_that_was_withdrawn_and_ends_unpaid_changes_nothing(stage: Stage, end: str) -> None:
    user, late, newer = await tried_again(stage)
    await stage.payments.succeed(late)
    await stage.drain()

    await (stage.payments.decline(newer) if end == "decline" else stage.payments.cancel(newer, reason="given_up"))
    await stage.drain()

    assert await charges_of(stage, late) == {
        late.payment_id: ("succeeded", False),
        newer.payment_id: ("failed", False),
    }
    assert (await stage.subscription(user))["status"] == "active"
    assert await returned(stage) == []
    assert await stage.violations() == []


async def test_news_of_two_charges_in_every_order_gives_one_period_and_returns_the_rest(stage: Stage) -> None:
    orders = list(permutations(("late", "newer", "newer fails", "again")))
    viewers = [await tried_again(stage) for _ in orders]

    for step in range(4):
        for (_, late, newer), news in zip(viewers, orders, strict=True):
            if news[step] == "newer fails":
                await stage.payments.decline(newer, how=DeclineClass.HARD)
            else:
                await stage.payments.succeed(newer if news[step] == "newer" else late)
        await stage.drain()
    await give_all_back(stage)

    for user, late, _ in viewers:
        ends = Counter((await charges_of(stage, late)).values())
        assert ends == {("succeeded", False): 1, ("succeeded", True): 1}
        assert await may_watch(stage, user) is True
    assert len(stage.payments.refunds) == len(viewers) == 24
    assert await ledger(stage) == {"assets:provider:played": 24 * 39900, "liabilities:deferred-revenue": -24 * 39900}
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_workers_that_hear_of_both_at_once_pay_with_one_and_return_the_other(stage: Stage) -> None:
    viewers = [await tried_again(stage) for _ in range(12)]
    for _, late, newer in viewers:
        await stage.payments.succeed(late)
        await stage.payments.succeed(newer)

    await asyncio.gather(*(stage.drain() for _ in range(4)))
    await give_all_back(stage)

    for _, late, _ in viewers:
        ends = Counter((await charges_of(stage, late)).values())
        assert ends == {("succeeded", False): 1, ("succeeded", True): 1}
        assert await receipts_of(stage, late) == {"payment": 2, "refund": 1}
    assert len(stage.payments.refunds) == 12
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


# The order is no longer open: the money goes back.


async def is_canceled(stage: Stage) -> PaymentRequest:
    user, request = await refused_checkout(stage)
    await post(stage, user, f"/v1/orders/{request.order_id}/cancellation")
    return request


async def is_expired(stage: Stage) -> PaymentRequest:
    _, request = await refused_checkout(stage)
    await stage.pass_time(timedelta(hours=25))
    return request


async def is_given_up_by_payments(stage: Stage) -> PaymentRequest:
    user = stage.new_user()
    await stage.subscribe(user)
    request = stage.request_for(user)
    await stage.payments.cancel(request, reason="not_confirmed")
    await stage.drain()
    return request


async def is_paid(stage: Stage) -> PaymentRequest:
    _, first, second = await tried_again(stage)
    await stage.payments.succeed(second)
    await stage.drain()
    return first


async def is_refunded(stage: Stage) -> PaymentRequest:
    first = await is_paid(stage)
    await staff_refund(stage, first, effect="revoke")
    await give_all_back(stage)
    return first


async def is_partly_refunded(stage: Stage) -> PaymentRequest:
    first = await is_paid(stage)
    await staff_refund(stage, first, effect="keep", minor=9900)
    await give_all_back(stage)
    return first


async def is_being_refunded(stage: Stage) -> PaymentRequest:
    first = await is_paid(stage)
    await staff_refund(stage, first, effect="keep", minor=39900)
    await stage.drain()
    return first


CLOSED = {
    "canceled": (is_canceled, "canceled", 0, False),
    "expired": (is_expired, "canceled", 0, False),
    "given up": (is_given_up_by_payments, "canceled", 0, False),
    "paid": (is_paid, "paid", 0, True),
    "refunded": (is_refunded, "refunded", 39900, False),
    "partly refunded": (is_partly_refunded, "partially_refunded", 9900, True),
    "being refunded": (is_being_refunded, "refunded", 39900, True),
}


@pytest.mark.parametrize("state", CLOSED)
@pytest.mark.parametrize("twins", [1, 50])
async def test_money_that_comes_for_an_order_that_is_over_goes_back_once(stage: Stage, state: str, twins: int) -> None:
    close, status, refunded, has_access = CLOSED[state]
    late = await close(stage)

    for _ in range(twins):
        await stage.payments.succeed(late, is_saved=False)
    await stage.drain()
    while_it_travels = await stage.violations()
    await give_all_back(stage)

    found = await order_of(stage, late)
    assert (await returned(stage)).count(late.payment_id) == 1
    assert (await charges_of(stage, late))[late.payment_id] == ("succeeded", True)
    assert (found["order"]["status"], found["order"]["refunded"]["minor"]) == (status, refunded)
    left = 39900 - refunded if status in {"paid", "partially_refunded"} else 0
    assert (await ledger(stage)).get("assets:provider:played", 0) == left
    assert await may_watch(stage, late.user_id) is has_access
    receipts = await receipts_of(stage, late)
    assert (receipts["payment"], receipts["refund"]) == (
        len([one for one in (await charges_of(stage, late)).values() if one[0] == "succeeded"]),
        len(stage.payments.refunds),
    )
    assert while_it_travels == []
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_two_late_payments_of_a_canceled_order_both_go_back(stage: Stage) -> None:
    user, first, second = await tried_again(stage)
    await stage.payments.decline(second)
    await post(stage, user, f"/v1/orders/{first.order_id}/cancellation", key="enough")
    await stage.drain()

    for request in (first, second):
        await stage.payments.succeed(request)
    await stage.drain()
    await give_all_back(stage)

    assert sorted(await returned(stage)) == sorted([first.payment_id, second.payment_id])
    assert await ledger(stage) == {}
    assert await receipts_of(stage, first) == {"payment": 2, "refund": 2}
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


# Renewals.


async def in_dunning(stage: Stage) -> tuple[UserId, PaymentRequest, PaymentRequest]:
    """A renewal whose first charge was refused and whose second is under way."""
    user, _, first = await charging(stage)
    await stage.payments.decline(first)
    await stage.drain()
    await stage.pass_time(timedelta(days=1, hours=1), step=HOUR)
    return user, first, stage.request_for(user)


@pytest.mark.parametrize("second_ends", ["paid", "refused", "canceled"])
async def test_late_money_ends_the_dunning_and_withdraws_the_charge_under_way(stage: Stage, second_ends: str) -> None:
    user, first, second = await in_dunning(stage)
    before = await stage.subscription(user)

    await stage.payments.succeed(first)
    await stage.drain()
    after = await stage.subscription(user)
    withdrawn = list(stage.payments.given_up)
    if second_ends == "paid":
        await stage.payments.succeed(second)
    elif second_ends == "refused":
        await stage.payments.decline(second, reason="card_expired", how=DeclineClass.HARD)
    else:
        await stage.payments.cancel(second, reason="given_up")
    await stage.drain()
    await give_all_back(stage)
    await stage.pass_time(timedelta(days=26), step=timedelta(hours=12))
    await stage.pass_time(timedelta(days=1), step=HOUR)

    subscription = await stage.subscription(user)
    assert first.order_id == second.order_id
    assert (before["status"], after["status"]) == ("past_due", "active")
    assert after["period_end"] == subscription["period_end"] == "2026-03-15T09:00:00Z"
    assert withdrawn == [second.payment_id]
    assert await returned(stage) == ([second.payment_id] if second_ends == "paid" else [])
    assert stage.request_for(user).order_id != first.order_id, "the next period is charged as ever"
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_late_money_for_a_subscription_that_has_ended_goes_back(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal, reason="card_expired", how=DeclineClass.HARD)
    await stage.drain()
    await stage.pass_time(timedelta(days=9), step=timedelta(hours=12))
    ended = await stage.subscription(user)

    await stage.payments.succeed(renewal)
    await stage.drain()
    await give_all_back(stage)

    assert (ended["status"], ended["ended_reason"]) == ("ended", "payment_failed")
    assert (await stage.subscription(user))["status"] == "ended"
    assert await returned(stage) == [renewal.payment_id]
    assert await may_watch(stage, user) is False
    assert await receipts_of(stage, renewal) == {"payment": 1, "refund": 1}
    assert await stage.violations() == []


async def test_late_money_for_a_renewal_that_the_viewer_canceled_goes_back(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()
    subscription = await stage.subscription(user)
    await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")

    await stage.payments.succeed(renewal)
    await stage.drain()

    assert await returned(stage) == [renewal.payment_id]
    assert (await stage.subscription(user))["renewal"] == "off"
    assert await stage.violations() == []


# What could not be returned by itself.


async def test_a_surplus_that_did_not_arrive_is_found_and_goes_first_when_staff_returns_it(stage: Stage) -> None:
    late = await is_paid(stage)
    await stage.payments.succeed(late)
    await stage.drain()
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    found = await stage.violations()
    answer = await staff_refund(stage, late, effect="keep")
    await stage.payments.give_back(list(stage.payments.refunds.values())[-1])
    await stage.drain()

    assert len(found) == 1
    assert f"payment {late.payment_id}" in found[0]
    assert "gave neither a right nor a refund" in found[0]
    assert answer.status_code == 201
    assert await returned(stage) == [late.payment_id, late.payment_id]
    assert (await order_of(stage, late))["order"]["status"] == "paid"
    assert await may_watch(stage, late.user_id) is True
    assert await stage.violations() == []


async def test_a_surplus_that_did_not_arrive_leaves_the_viewers_own_refund_alone(stage: Stage) -> None:
    late = await is_paid(stage)
    await stage.payments.succeed(late)
    await stage.drain()
    await stage.payments.refuse_refund(next(iter(stage.payments.refunds.values())))
    await stage.drain()

    answer = await post(stage, late.user_id, f"/v1/orders/{late.order_id}/refunds", {"reason": "no"}, key="mine")
    own = list(stage.payments.refunds.values())[-1]
    await stage.payments.give_back(own)
    await stage.drain()
    again = await post(stage, late.user_id, f"/v1/orders/{late.order_id}/refunds", {"reason": "no"}, key="rest")
    rest = list(stage.payments.refunds.values())[-1]
    await stage.payments.give_back(rest)
    await stage.drain()
    nothing = await post(stage, late.user_id, f"/v1/orders/{late.order_id}/refunds", {"reason": "no"}, key="more")

    assert (answer.json()["access_effect"], again.json()["access_effect"]) == ("revoke", "keep")
    assert own.payment_id != late.payment_id == rest.payment_id
    assert nothing.json()["code"] == "nothing-to-refund"
    assert (await order_of(stage, late))["order"]["status"] == "refunded"
    assert await may_watch(stage, late.user_id) is False
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_a_part_of_a_surplus_is_not_enough(stage: Stage) -> None:
    late = await is_canceled(stage)
    await stage.payments.succeed(late)
    await stage.drain()
    await stage.payments.refuse_refund(next(iter(stage.payments.refunds.values())))
    await stage.drain()

    await staff_refund(stage, late, effect="keep", minor=39800)
    too_much = await staff_refund(stage, late, effect="keep", minor=101, key="more")
    found = await stage.violations()
    await staff_refund(stage, late, effect="revoke", minor=100, key="rest")
    for refund in list(stage.payments.refunds.values())[1:]:
        await stage.payments.give_back(refund)
    await stage.drain()

    assert too_much.json()["code"] == "refund-too-large"
    assert (len(found), "gave neither" in found[0]) == (1, True)
    assert (await order_of(stage, late))["order"]["status"] == "canceled"
    assert await ledger(stage) == {}
    assert await stage.violations() == []


async def test_a_surplus_that_comes_after_the_order_is_earned_is_no_expense(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user, plan="day")
    late = stage.request_for(user)
    await stage.payments.decline(late)
    await stage.drain()
    answer = await post(stage, user, f"/v1/orders/{late.order_id}/payment")
    await stage.payments.succeed(stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))], is_saved=False)
    await stage.drain()
    await stage.pass_time(timedelta(days=2), step=HOUR)

    await stage.payments.succeed(late)
    await stage.drain()
    await give_all_back(stage)

    assert await ledger(stage) == {"assets:provider:played": 4900, "income:subscriptions": -4900}
    assert await returned(stage) == [late.payment_id]
    assert await stage.violations() == []
