"""What was paid ahead is closed at the cash register when it has been given: once, whatever gets lost (54-FZ)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cinema.contracts.billing import ReceiptRequested
from cinema.contracts.enums import ReceiptStatus
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, PaymentRequest, ReceiptRequest
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.payments.domain.payment import LEASE, RequestInvalid
from cinema.payments.domain.receipt import TRIED_FOR
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.receipts import Receipts
from payments.stage import PRICE, Stage, make_receipt

DAY = timedelta(days=1)


def closing(stage: Stage, paid: PaymentRequest) -> ReceiptRequest:
    return ReceiptRequest(
        receipt_id=uuid7(stage.clock.now()),
        payment_id=paid.payment_id,
        order_id=paid.order_id,
        amount=paid.amount,
        receipt=make_receipt(paid.amount),
    )


async def ask(stage: Stage, *requests: ReceiptRequest) -> None:
    """What billing does: says so, in its own commit."""
    async with stage.db.write() as tx:
        for request in requests:
            await publish(tx, ReceiptRequested(order_id=request.order_id, request=request), now=tx.now)
    await stage.drain()


async def standing(stage: Stage) -> list[dict[str, Any]]:
    return await stage.rows("SELECT status, reason, next_attempt_at IS NULL AS is_over FROM payments.receipts")


DONE = {"status": "succeeded", "reason": None, "is_over": True}


async def test_a_receipt_is_filed_once_however_often_it_is_asked_for(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    request = closing(stage, paid)

    await ask(stage, request, request, closing(stage, paid))

    (filed,) = fake.receipts.values()
    assert (filed.amount, filed.is_closing) == (PRICE, True)
    assert filed.provider_payment_id == await stage.provider_id(paid.payment_id)
    assert (await standing(stage), fake.calls["send_receipt"]) == ([DONE], 1)
    assert await stage.violations() == []


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.TOO_BUSY, Fault.NOT_ALLOWED, Fault.LOST_BEFORE])
async def test_what_did_not_arrive_goes_out_again_under_its_key(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    fake.fail("send_receipt", fault, times=3)
    await ask(stage, closing(stage, await stage.pay(fake)))

    await stage.pass_time(timedelta(minutes=5))

    assert (len(fake.receipts), fake.calls["send_receipt"], await standing(stage)) == (1, 4, [DONE])
    assert len(fake.sent) == 2  # the charge's key, and one of the receipt
    assert await stage.violations() == []


async def test_a_lost_answer_makes_no_second_receipt(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("send_receipt", Fault.LOST_AFTER, times=2)
    await ask(stage, closing(stage, await stage.pay(fake)))

    await stage.pass_time(timedelta(minutes=5))

    assert (len(fake.receipts), fake.calls["send_receipt"], await standing(stage)) == (1, 3, [DONE])


async def test_a_lost_answer_is_looked_up_when_the_key_is_forgotten(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("send_receipt", Fault.LOST_AFTER, times=1000)
    await ask(stage, closing(stage, await stage.pay(fake)))

    await stage.pass_time(2 * DAY)

    assert (len(fake.receipts), await standing(stage)) == (1, [DONE])
    assert fake.calls["look_up_receipt"] == 1


async def test_what_is_not_in_the_list_is_sent_anew_under_another_key(stage: Stage, fake: FakeProvider) -> None:
    fake.fail("send_receipt", Fault.LOST_BEFORE, times=1000)
    await ask(stage, closing(stage, await stage.pay(fake)))
    await stage.pass_time(DAY - timedelta(hours=2))
    calls = fake.calls["look_up_receipt"]

    fake.heal()
    stage.clock.advance(timedelta(hours=7))
    await stage.drain()

    assert (calls, fake.calls["look_up_receipt"]) == (0, 1)
    assert (len(fake.receipts), await standing(stage)) == (1, [DONE])


async def test_a_pending_receipt_is_asked_about(stage: Stage, fake: FakeProvider) -> None:
    fake.next_receipts = [ReceiptStatus.PENDING]
    await ask(stage, closing(stage, await stage.pay(fake)))
    before = await standing(stage)
    ((its_id, filed),) = fake.receipts.items()

    await stage.pass_time(timedelta(minutes=1))
    fake.receipts[its_id] = replace(filed, status=ReceiptStatus.SUCCEEDED)
    await stage.pass_time(timedelta(hours=1))

    assert before == [{"status": "pending", "reason": None, "is_over": False}]
    assert (await standing(stage), fake.calls["send_receipt"]) == ([DONE], 1)


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [(Fault.REJECTED, None, "request_rejected"), (None, ReceiptStatus.FAILED, "not_registered")],
)
async def test_what_comes_to_nothing_says_why(
    stage: Stage, fake: FakeProvider, fault: Fault | None, status: ReceiptStatus | None, reason: str
) -> None:
    if fault:
        fake.fail("send_receipt", fault)
    fake.next_receipts = [status] if status else []

    await ask(stage, closing(stage, await stage.pay(fake)))

    assert await standing(stage) == [{"status": "failed", "reason": reason, "is_over": True}]


async def test_a_receipt_that_nobody_takes_is_given_up_after_weeks(stage: Stage, fake: FakeProvider) -> None:
    for operation in ("send_receipt", "look_up_receipt"):
        fake.fail(operation, Fault.NOT_ALLOWED, times=1000)
    await ask(stage, closing(stage, await stage.pay(fake)))

    await stage.pass_time(TRIED_FOR + DAY)

    assert await standing(stage) == [{"status": "failed", "reason": "provider_unavailable", "is_over": True}]
    assert fake.calls["send_receipt"] + fake.calls["look_up_receipt"] < 200


async def test_one_worker_at_a_time_holds_a_receipt_and_not_for_long(stage: Stage, fake: FakeProvider) -> None:
    receipts = Receipts(db=stage.db.bound("payments"), clock=stage.clock, providers={fake.name: fake})
    request = closing(stage, await stage.pay(fake))
    async with stage.db.bound("payments").write() as tx:
        await receipts.accept(tx, request)

    [held] = await receipts.claim_due(10)
    nothing = await receipts.claim_due(10)
    stage.clock.advance(LEASE)
    [held_next] = await receipts.claim_due(10)
    too_late = await receipts.carry_out(held)
    done = await receipts.carry_out(held_next)

    assert (nothing, too_late) == ([], None)
    assert done is not None
    assert (done.status, held_next.sealed) == (ReceiptStatus.SUCCEEDED, held.sealed)
    assert fake.calls["send_receipt"] == 1


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"payment_id": uuid7}, PaymentNotFound),
        ({"amount": replace(PRICE, minor=PRICE.minor + 1)}, PaymentConflict),
        ({"amount": replace(PRICE, currency="USD")}, PaymentConflict),
        ({"amount": replace(PRICE, minor=1)}, RequestInvalid),
    ],
)
async def test_what_cannot_be_is_not_stored(
    stage: Stage, fake: FakeProvider, change: dict[str, Any], error: type[Exception]
) -> None:
    receipts = Receipts(db=stage.db.bound("payments"), clock=stage.clock, providers={fake.name: fake})
    usual = closing(stage, await stage.pay(fake))
    values = {name: value(stage.clock.now()) if callable(value) else value for name, value in change.items()}

    with pytest.raises(error):
        async with stage.db.bound("payments").write() as tx:
            await receipts.accept(tx, replace(usual, **values))

    assert await standing(stage) == []


async def test_a_payment_that_is_not_paid_is_not_closed(stage: Stage, fake: FakeProvider) -> None:
    receipts = Receipts(db=stage.db.bound("payments"), clock=stage.clock, providers={fake.name: fake})
    request = stage.make_request()
    await stage.payments.request(request)

    with pytest.raises(PaymentConflict):
        async with stage.db.bound("payments").write() as tx:
            await receipts.accept(tx, closing(stage, request))

    assert await standing(stage) == []


async def test_where_the_provider_sends_no_receipts_nothing_is_kept(stage: Stage, fake: FakeProvider) -> None:
    fake.capabilities = replace(fake.capabilities, sends_receipts=False)

    await ask(stage, closing(stage, await stage.pay(fake)))

    assert (await standing(stage), fake.calls["send_receipt"]) == ([], 0)


async def test_the_address_of_a_receipt_is_forgotten_with_what_was_sent(stage: Stage, fake: FakeProvider) -> None:
    await ask(stage, closing(stage, await stage.pay(fake)))
    forget = {job.name: job.run for job in stage.jobs}["payments.forget_attempts"]
    rows = "SELECT request #>> '{receipt,email}' AS email, body IS NULL AS is_gone FROM payments.receipts"

    stage.clock.advance(399 * DAY)
    await forget()
    kept = await stage.rows(rows)
    stage.clock.advance(2 * DAY)
    await forget()

    assert kept == [{"email": "viewer@cinema.test", "is_gone": False}]
    assert await stage.rows(rows) == [{"email": "", "is_gone": True}]


async def test_a_receipt_that_is_stuck_is_found(stage: Stage, fake: FakeProvider) -> None:
    fake.next_receipts = [ReceiptStatus.PENDING]
    await ask(stage, closing(stage, await stage.pay(fake)))

    stage.clock.advance(DAY)

    (violation,) = await stage.violations()
    assert violation.startswith("I10: Receipt ")
