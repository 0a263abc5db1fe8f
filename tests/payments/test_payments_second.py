"""A second payment of an order beside one that is paid late: both count, and what waits is never sent (I1)."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.payments import PaymentRequest
from cinema.payments.invariants import OVERDUE_MAX
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import Stage
from payments.test_payments_late import (
    HOUR,
    canceled_by_provider,
    dead_or_waiting,
    declined_by_provider,
    paid_late,
    told_paid,
)


async def second_under_way(stage: Stage, fake: FakeProvider) -> tuple[PaymentRequest, PaymentRequest]:
    """An order whose first payment was declined and whose second is on the provider's page."""
    first = await declined_by_provider(stage, fake)
    second = stage.make_request(order_id=first.order_id)
    await stage.payments.request(second)
    return first, second


@pytest.mark.parametrize("by", ["webhook", "reconcile"])
@pytest.mark.parametrize("late_comes", ["first", "second"])
async def test_two_payments_of_an_order_that_succeed_are_both_recorded_and_found_until_one_is_returned(
    stage: Stage, fake: FakeProvider, by: str, late_comes: str
) -> None:
    first, second = await second_under_way(stage, fake)
    late_id = await paid_late(stage, fake, first)
    second_id = await stage.provider_id(second.payment_id)

    if late_comes == "first":
        await told_paid(stage, fake, late_id)
    fake.confirm(second_id)
    if by == "webhook":
        await told_paid(stage, fake, second_id)
    else:
        await stage.pass_time(timedelta(minutes=1))
    if late_comes == "second":
        await told_paid(stage, fake, late_id)
    at_once = await stage.violations()
    stage.clock.advance(OVERDUE_MAX)
    found = await stage.violations()
    await stage.payments.refund(stage.make_refund(second))

    both = [(await stage.view(one)).status for one in (first, second)]
    assert both == [PaymentStatus.SUCCEEDED, PaymentStatus.SUCCEEDED]
    told = Counter(one["payment_id"] for one in await stage.events("PaymentSucceeded"))
    assert told == {str(first.payment_id): 1, str(second.payment_id): 1}
    assert (at_once, found) == ([], [f"I1: Order {first.order_id} is paid 2 times."])
    assert await stage.violations() == []
    assert await dead_or_waiting(stage) == []


async def test_a_payment_that_waits_to_be_sent_never_leaves_once_its_order_is_paid(
    stage: Stage, fake: FakeProvider
) -> None:
    first = await declined_by_provider(stage, fake)
    second = stage.make_request(order_id=first.order_id)
    fake.fail("charge", Fault.NOT_SENT)
    waiting = await stage.payments.request(second)
    sent = fake.calls["charge"]

    await told_paid(stage, fake, await paid_late(stage, fake, first))
    await stage.pass_time(HOUR)

    assert waiting.status is PaymentStatus.CREATED
    assert [(one["payment_id"], one["reason"]) for one in await stage.events("PaymentCanceled")] == [
        (str(second.payment_id), "given_up")
    ]
    assert fake.calls["charge"] == sent
    assert await stage.violations() == []


async def test_a_payment_whose_answer_was_lost_is_not_sent_again_once_its_order_is_paid(
    stage: Stage, fake: FakeProvider
) -> None:
    first = await declined_by_provider(stage, fake)
    second = stage.make_request(order_id=first.order_id)
    fake.fail("charge", Fault.LOST_BEFORE)
    lost = await stage.payments.request(second)
    sent = fake.calls["charge"]
    provider_id = await paid_late(stage, fake, first)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    await {job.name: job.run for job in stage.jobs}["payments.handle_webhooks"]()

    await stage.pass_time(HOUR)

    assert lost.status is PaymentStatus.UNKNOWN
    assert (await stage.view(second)).status is PaymentStatus.CANCELED
    assert fake.calls["charge"] == sent
    assert fake.created[str(second.payment_id)] == 0
    assert await stage.violations() == []


async def test_money_that_is_held_for_an_order_that_is_paid_is_let_go(stage: Stage, fake: FakeProvider) -> None:
    first, second = await second_under_way(stage, fake)
    await told_paid(stage, fake, await paid_late(stage, fake, first))
    fake.capture_by_hand = True

    fake.confirm(await stage.provider_id(second.payment_id))
    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(second)).status is PaymentStatus.CANCELED
    assert fake.charges == {str(first.payment_id): 1}
    assert await stage.violations() == []


async def test_what_an_event_asks_for_after_the_order_was_paid_ends_unsent(stage: Stage, fake: FakeProvider) -> None:
    first = await stage.pay(fake)
    second = stage.make_request(order_id=first.order_id)
    sent = fake.calls["charge"]

    await stage.ask_for(second)
    await stage.drain()
    await stage.withdraw(second)

    assert [(one["payment_id"], one["reason"]) for one in await stage.events("PaymentCanceled")] == [
        (str(second.payment_id), "given_up")
    ]
    assert fake.calls["charge"] == sent
    assert await dead_or_waiting(stage) == []
    assert await stage.violations() == []


async def test_late_money_saves_its_method_if_the_payer_agreed(stage: Stage, fake: FakeProvider) -> None:
    request = await canceled_by_provider(stage, fake)

    await told_paid(stage, fake, await paid_late(stage, fake, request))

    method = await stage.default_method(request.user_id)
    assert method is not None
    assert [one["method_id"] for one in await stage.events("PaymentSucceeded")] == [str(method.id)]
    assert await stage.names() == ["PaymentCanceled", "PaymentSucceeded", "MethodSaved"]


async def test_two_charges_of_one_payment_that_both_took_money_are_told_to_a_person(
    stage: Stage, fake: FakeProvider
) -> None:
    paid = await stage.pay(fake)
    known = await stage.provider_id(paid.payment_id)
    fake.payments["twin"] = replace(fake.payments[known], provider_payment_id="twin")
    before = await stage.snapshot()

    await told_paid(stage, fake, "twin")

    assert await stage.verdicts() == [("refused", "provider_payment_id")]
    assert await stage.snapshot() == before
