"""Refunds: never more than was taken, never sent twice, never silently lost (I4, B19, F8)."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.contracts.ids import PaymentId
from cinema.contracts.payments import PaymentConflict, PaymentNotFound
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.domain.payment import RequestInvalid
from cinema.payments.domain.port import SeenRefund
from cinema.payments.providers.fake import FakeProvider, Fault
from make import count
from payments.stage import Stage

PARTIAL = Money(minor=10000, currency="RUB")


async def test_money_goes_back_whole(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))

    status = await stage.payments.refund(refund)

    assert status is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    event = (await stage.events("RefundSucceeded"))[0]
    assert (event["refund_id"], event["amount"]) == (str(refund.refund_id), {"minor": 39900, "currency": "RUB"})
    assert await stage.violations() == []


async def test_the_event_and_the_call_lead_to_the_same_refund(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    by_event, by_call = stage.make_refund(paid, amount=PARTIAL), stage.make_refund(paid, amount=PARTIAL)

    await stage.ask_back(by_event)
    await stage.ask_back(by_event)
    await stage.payments.refund(by_call)
    await stage.ask_back(by_call)
    await stage.drain()
    again = await stage.payments.refund(by_event)

    assert again is RefundStatus.SUCCEEDED
    assert fake.returned == {str(by_event.refund_id): 1, str(by_call.refund_id): 1}
    assert (await stage.names()).count("RefundSucceeded") == 2


async def test_refunds_never_exceed_the_payment(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    refunds = [stage.make_refund(paid, amount=PARTIAL) for _ in range(5)]

    statuses = [await stage.payments.refund(refund) for refund in refunds]

    assert statuses == [RefundStatus.SUCCEEDED] * 3 + [RefundStatus.FAILED] * 2
    assert [one["reason"] for one in await stage.events("RefundFailed")] == ["exceeds_payment"] * 2
    assert fake.calls["refund"] == 3
    assert await stage.violations() == []


async def test_refunds_at_once_never_exceed_the_payment(stage: Stage, fake: FakeProvider) -> None:
    for _ in range(count(reduced=3, full=200)):
        paid = await stage.pay(fake)
        refunds = [stage.make_refund(paid, amount=PARTIAL) for _ in range(10)]

        statuses = Counter(await asyncio.gather(*(stage.payments.refund(refund) for refund in refunds)))

        assert statuses == {RefundStatus.SUCCEEDED: 3, RefundStatus.FAILED: 7}
        assert sum(fake.returned[str(refund.refund_id)] for refund in refunds) == 3
    assert await stage.violations() == []


async def test_what_is_not_paid_is_not_refunded(stage: Stage, fake: FakeProvider) -> None:
    pending = stage.make_request()
    await stage.payments.request(pending)

    status = await stage.payments.refund(stage.make_refund(pending))

    assert status is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events()] == ["not_refundable"]
    assert fake.calls["refund"] == 0
    assert await stage.violations() == []


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.ERROR_AFTER])
async def test_a_lost_answer_is_found_out_with_the_same_key(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.fail("refund", fault, times=3)

    status = await stage.payments.refund(refund)
    await stage.pass_time(timedelta(minutes=10))

    assert status is RefundStatus.UNKNOWN
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    assert await stage.violations() == []


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
async def test_after_the_keys_life_a_lost_refund_is_looked_up(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.fail("refund", fault)
    await stage.payments.refund(refund)
    stage.clock.advance(timedelta(days=2))

    await stage.pass_time(timedelta(minutes=1))

    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    assert fake.calls["look_up_refund"] == 1


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.TOO_BUSY, Fault.NOT_ALLOWED])
async def test_a_provider_that_is_away_is_tried_again(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.fail("refund", fault, times=2)

    status = await stage.payments.refund(refund)
    await stage.pass_time(timedelta(minutes=3))

    assert status is RefundStatus.CREATED
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}


async def test_a_refund_that_was_never_sent_reads_failed_in_the_end(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.fail("refund", Fault.NOT_SENT, times=5_000)

    await stage.payments.refund(refund)
    stage.clock.advance(timedelta(days=6, hours=23))
    await stage.drain()
    late = await stage.refund_status(refund)
    stage.clock.advance(timedelta(hours=2))
    await stage.drain()

    assert late is RefundStatus.CREATED
    assert await stage.refund_status(refund) is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events("RefundFailed")] == ["provider_unavailable"]
    assert fake.returned == {}
    assert await stage.violations() == []


async def test_a_pending_refund_is_asked_about_because_nobody_tells_of_its_failure(
    stage: Stage, fake: FakeProvider
) -> None:
    refund = stage.make_refund(paid := await stage.pay(fake))
    fake.next_refunds = [RefundStatus.PENDING]
    status = await stage.payments.refund(refund)

    fake.settle_refund(next(iter(fake.refunds)), failure=RefundFailure.REJECTED_BY_PAYEE)
    await stage.pass_time(timedelta(minutes=1))
    again = await stage.payments.refund(stage.make_refund(paid))

    assert status is RefundStatus.PENDING
    assert await stage.refund_status(refund) is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events("RefundFailed")] == ["rejected_by_payee"]
    assert again is RefundStatus.SUCCEEDED
    assert await stage.violations() == []


async def test_a_rejected_refund_has_failed(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.fail("refund", Fault.REJECTED)

    status = await stage.payments.refund(refund)

    assert status is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events("RefundFailed")] == ["request_rejected"]


LIES: dict[str, Callable[[SeenRefund], SeenRefund]] = {
    "amount": lambda seen: replace(seen, amount=Money(minor=1, currency="RUB")),
    "currency": lambda seen: replace(seen, amount=Money(minor=39900, currency="USD")),
    "refund_id": lambda seen: replace(seen, refund_id="another"),
    "no refund_id": lambda seen: replace(seen, refund_id=None),
    "provider_payment_id": lambda seen: replace(seen, provider_payment_id="another"),
}


@pytest.mark.parametrize("field", LIES)
async def test_a_provider_that_lies_about_a_refund_is_not_believed(
    stage: Stage, fake: FakeProvider, field: str
) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.twist_refund = LIES[field]

    status = await stage.payments.refund(refund)
    await stage.pass_time(timedelta(minutes=5))
    while_lying = await stage.refund_status(refund)
    fake.twist_refund = None
    await stage.pass_time(timedelta(minutes=10))

    assert status is while_lying is RefundStatus.UNKNOWN
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}


async def test_a_pending_refund_whose_id_was_a_lie_is_found_by_ours(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [RefundStatus.PENDING]
    fake.twist_refund = lambda seen: replace(seen, provider_refund_id="another")
    await stage.payments.refund(refund)
    fake.twist_refund = None
    fake.settle_refund(next(iter(fake.refunds)))

    await stage.pass_time(timedelta(minutes=1))

    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED


async def test_a_refund_that_cannot_be_right_is_refused(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    refund = stage.make_refund(paid)
    await stage.payments.refund(refund)
    before = await stage.snapshot()

    with pytest.raises(PaymentConflict):
        await stage.payments.refund(stage.make_refund(paid, amount=PARTIAL, refund_id=refund.refund_id))
    with pytest.raises(RequestInvalid):
        await stage.payments.refund(replace(stage.make_refund(paid), amount=PARTIAL))
    with pytest.raises(PaymentNotFound):
        await stage.payments.refund(replace(stage.make_refund(paid), payment_id=PaymentId(uuid7(stage.clock.now()))))

    assert await stage.snapshot() == before
