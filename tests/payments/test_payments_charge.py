"""Charging: claim, call, record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.billing import PaymentRequested
from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import PaymentConflict, PaymentNotFound, PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.guard import TransactionOpen
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.kit.outbox import publish
from cinema.payments.domain.decline import DECLINE_CLASSES, METHOD_ENDING, DeclineReason
from cinema.payments.domain.payment import RequestInvalid
from cinema.payments.domain.port import Declined, Held, Instrument, Pending, Seen, Succeeded
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import STRANGER, VIEWER, Stage, make_receipt, make_settings


async def test_a_payer_is_sent_to_the_page_and_pays(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(save_method=True)

    view = await stage.payments.request(request)
    provider_id = await stage.provider_id(request.payment_id)
    fake.confirm(provider_id)
    await stage.pass_time(timedelta(seconds=30))
    paid = await stage.view(request)

    assert (view.status, view.confirmation_url) == (PaymentStatus.PENDING, f"https://pay.example/{provider_id}")
    assert (paid.status, paid.confirmation_url) == (PaymentStatus.SUCCEEDED, None)
    assert fake.charges == {str(request.payment_id): 1}
    succeeded, saved = await stage.events()
    method = await stage.default_method(VIEWER)
    assert method is not None
    assert (method.title, method.kind, method.is_default) == ("Bank card *4444", "bank_card", True)
    assert succeeded["name"] == "PaymentSucceeded"
    assert succeeded["amount"] == {"minor": 39900, "currency": "RUB"}
    assert succeeded["fee"] == {"minor": 1396, "currency": "RUB"}
    assert succeeded["method_id"] == str(method.id)
    assert saved["name"] == "MethodSaved"
    assert await stage.violations() == []


async def test_a_saved_method_is_charged_at_once(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)

    view = await stage.payments.request(request)

    assert view.status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    last = (await stage.events("PaymentSucceeded"))[-1]
    assert (last["method_id"], last["method_title"]) == (str(method_id), "Bank card *4444")
    assert await stage.names() == ["PaymentSucceeded", "MethodSaved", "PaymentSucceeded"]


@pytest.mark.parametrize(("is_wanted", "is_saved"), [(False, True), (True, False), (False, False)])
async def test_a_method_is_stored_only_if_the_payer_agreed_and_the_provider_saved_it(
    stage: Stage, fake: FakeProvider, *, is_wanted: bool, is_saved: bool
) -> None:
    request = stage.make_request(save_method=is_wanted)
    await stage.payments.request(request)
    provider_id = await stage.provider_id(request.payment_id)
    instrument = Instrument(token=provider_id, kind="bank_card", title="Bank card *1111", is_saved=is_saved)
    fake.settle(provider_id, Succeeded(captured_at=stage.clock.now(), fee=None, instrument=instrument))

    await stage.pass_time(timedelta(minutes=1))

    assert await stage.default_method(VIEWER) is None
    assert await stage.rows("SELECT id FROM payments.methods") == []
    told = await stage.events()
    assert [(one["name"], one["method_id"], one["method_title"]) for one in told] == [
        ("PaymentSucceeded", None, "Bank card *1111")
    ]


async def test_the_event_and_the_call_lead_to_the_same_payment(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    by_call, by_event = stage.make_request(method_id=method_id), stage.make_request(method_id=method_id)

    await stage.payments.request(by_call)
    await stage.ask_for(by_call)
    await stage.ask_for(by_event)
    await stage.ask_for(by_event)
    await stage.drain()
    await stage.payments.request(by_event)

    assert [(await stage.view(one)).status for one in (by_call, by_event)] == [PaymentStatus.SUCCEEDED] * 2
    assert (fake.charges[str(by_call.payment_id)], fake.charges[str(by_event.payment_id)]) == (1, 1)
    rows = await stage.rows("SELECT request - 'payment_id' - 'order_id' AS request FROM payments.payments ORDER BY id")
    assert rows[-1] == rows[-2]


async def test_a_decline_is_a_value_with_our_own_word_and_class(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    fake.next_states = [Declined(reason=DeclineReason.INSUFFICIENT_FUNDS)]
    request = stage.make_request(method_id=method_id)

    view = await stage.payments.request(request)

    assert (view.status, view.decline_reason) == (PaymentStatus.DECLINED, "insufficient_funds")
    event = (await stage.events("PaymentDeclined"))[0]
    assert (event["reason"], event["decline_class"], event["method_id"]) == (
        "insufficient_funds",
        "soft",
        str(method_id),
    )
    assert (await stage.default_method(VIEWER)) is not None


@pytest.mark.parametrize("reason", sorted(METHOD_ENDING))
async def test_a_method_that_is_worth_nothing_any_more_is_ended(
    stage: Stage, fake: FakeProvider, reason: DeclineReason
) -> None:
    method_id = await stage.save_method(fake)
    fake.next_states = [Declined(reason=reason)]

    await stage.payments.request(stage.make_request(method_id=method_id))
    again = await stage.payments.request(stage.make_request(method_id=method_id))

    assert again.decline_reason == "method_removed"
    assert fake.calls["charge"] == 2
    removed = await stage.events("MethodRemoved")
    assert [(event["method_id"], event["reason"]) for event in removed] == [(str(method_id), "revoked")]
    assert await stage.default_method(VIEWER) is None


def test_every_decline_reason_has_a_class() -> None:
    assert set(DECLINE_CLASSES) == set(DeclineReason)


async def test_a_removed_method_is_never_charged_not_even_for_what_was_in_line(
    stage: Stage, fake: FakeProvider
) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    fake.fail("charge", Fault.NOT_SENT)
    waiting = await stage.payments.request(request)

    async with stage.browser("viewer") as browser:
        answer = await browser.delete(f"/v1/payment-methods/{method_id}")
    await stage.pass_time(timedelta(minutes=5))

    assert waiting.status is PaymentStatus.CREATED
    assert answer.status_code == 200
    assert (await stage.view(request)).decline_reason == "method_removed"
    assert fake.charges[str(request.payment_id)] == 0
    assert fake.calls["charge"] == 2
    assert await stage.violations() == []


async def test_a_method_of_another_user_is_never_charged(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake, user_id=STRANGER)
    request = stage.make_request(method_id=method_id)

    view = await stage.payments.request(request)

    assert view.decline_reason == "method_removed"
    assert fake.calls["charge"] == 1


async def test_an_unknown_method_is_declined_without_sending(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(method_id=MethodId(uuid7(stage.clock.now())))

    view = await stage.payments.request(request)

    assert (view.status, view.decline_reason) == (PaymentStatus.DECLINED, "method_removed")
    assert fake.calls["charge"] == 0


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.TOO_BUSY, Fault.NOT_ALLOWED])
async def test_a_provider_that_is_away_is_tried_again(stage: Stage, fake: FakeProvider, fault: Fault) -> None:
    request = stage.make_request()
    fake.fail("charge", fault, times=2)

    first = await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=3))

    assert (first.status, first.confirmation_url) == (PaymentStatus.CREATED, None)
    assert (await stage.view(request)).status is PaymentStatus.PENDING
    assert fake.calls["charge"] == 3
    assert fake.created == {str(request.payment_id): 1}
    assert await stage.violations() == []


async def test_what_was_never_sent_in_its_time_is_canceled(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(lives=timedelta(hours=1))
    fake.fail("charge", Fault.NOT_SENT, times=1000)

    await stage.payments.request(request)
    await stage.pass_time(timedelta(hours=1, minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    canceled = await stage.events()
    assert [(one["name"], one["reason"]) for one in canceled] == [("PaymentCanceled", "provider_unavailable")]
    assert fake.created == {}
    assert await stage.violations() == []


async def test_a_request_that_comes_too_late_is_canceled_unsent(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(lives=timedelta(minutes=1))
    await stage.ask_for(request)
    stage.clock.advance(timedelta(minutes=1))

    await stage.drain()

    assert [(one["name"], one["reason"]) for one in await stage.events()] == [("PaymentCanceled", "expired")]
    assert fake.calls["charge"] == 0


async def test_a_request_that_the_provider_calls_wrong_is_canceled_for_a_person_to_see(
    stage: Stage, fake: FakeProvider
) -> None:
    fake.fail("charge", Fault.REJECTED)

    view = await stage.payments.request(stage.make_request())
    await stage.pass_time(timedelta(minutes=10))

    assert view.status is PaymentStatus.CANCELED
    assert [(one["name"], one["reason"]) for one in await stage.events()] == [("PaymentCanceled", "request_rejected")]
    assert fake.calls["charge"] == 1


async def test_an_order_has_one_payment_that_is_under_way_or_paid(stage: Stage, fake: FakeProvider) -> None:
    first = await stage.pay(fake)
    before = await stage.snapshot()

    with pytest.raises(PaymentConflict, match="another payment"):
        await stage.payments.request(stage.make_request(order_id=first.order_id))

    assert await stage.snapshot() == before


async def test_an_order_may_be_paid_after_a_decline(stage: Stage, fake: FakeProvider) -> None:
    first = stage.make_request()
    await stage.payments.request(first)
    fake.confirm(await stage.provider_id(first.payment_id), decline=DeclineReason.WRONG_SECURITY_CODE)
    await stage.pass_time(timedelta(minutes=1))

    second = await stage.payments.request(stage.make_request(order_id=first.order_id))

    assert (await stage.view(first)).decline_reason == "wrong_security_code"
    assert second.status is PaymentStatus.PENDING


async def test_an_id_stands_for_one_request(stage: Stage) -> None:
    request = stage.make_request()
    await stage.payments.request(request)
    before = await stage.snapshot()
    other = stage.make_request(payment_id=request.payment_id, amount=Money(minor=1, currency="RUB"))

    with pytest.raises(PaymentConflict):
        await stage.payments.request(other)

    assert await stage.snapshot() == before


async def test_a_request_that_cannot_be_right_is_refused(stage: Stage) -> None:
    right = stage.make_request()
    wrong = [
        stage.make_request(amount=Money(minor=0, currency="RUB")),
        replace(right, amount=Money(minor=39800, currency="RUB")),
        replace(right, amount=Money(minor=39900, currency="USD")),
        replace(right, return_url=None),
        replace(right, method_id=MethodId(uuid7(stage.clock.now()))),
        replace(right, receipt=make_receipt(Money(minor=1, currency="RUB"))),
    ]

    for request in wrong:
        with pytest.raises(RequestInvalid):
            await stage.payments.request(request)

    assert await stage.snapshot() == []


async def test_an_unknown_payment_is_not_found(stage: Stage) -> None:
    nobody = PaymentId(uuid7(stage.clock.now()))

    with pytest.raises(PaymentNotFound):
        await stage.payments.payment(nobody)


async def test_a_payment_that_was_not_sent_can_be_given_up(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    fake.fail("charge", Fault.NOT_SENT)
    await stage.payments.request(request)

    await stage.withdraw(request)
    view = await stage.view(request)
    await stage.withdraw(request)
    await stage.pass_time(timedelta(minutes=10))

    assert view.status is (await stage.view(request)).status is PaymentStatus.CANCELED
    assert [(one["name"], one["reason"]) for one in await stage.events()] == [("PaymentCanceled", "given_up")]
    assert fake.created == {}


async def test_a_payment_on_the_page_is_not_given_up_because_it_may_still_be_paid(
    stage: Stage, fake: FakeProvider
) -> None:
    request = stage.make_request()
    await stage.payments.request(request)

    await stage.withdraw(request)
    view = await stage.view(request)
    fake.confirm(await stage.provider_id(request.payment_id))
    await stage.pass_time(timedelta(minutes=1))

    assert view.status is PaymentStatus.PENDING
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED


async def test_money_that_is_held_is_captured(stage: Stage, fake: FakeProvider) -> None:
    fake.capture_by_hand = True
    request = stage.make_request()
    await stage.payments.request(request)
    fake.fail("capture", Fault.LOST_AFTER)

    fake.confirm(await stage.provider_id(request.payment_id))
    await stage.pass_time(timedelta(minutes=3))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges == {str(request.payment_id): 1}
    assert await stage.names() == ["PaymentSucceeded"]


async def test_money_that_is_held_is_let_go_when_nobody_wants_it(stage: Stage, fake: FakeProvider) -> None:
    fake.capture_by_hand = True
    request = stage.make_request()
    await stage.payments.request(request)
    await stage.withdraw(request)

    fake.confirm(await stage.provider_id(request.payment_id))
    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    assert [(one["name"], one["reason"]) for one in await stage.events()] == [("PaymentCanceled", "given_up")]
    assert fake.charges == {}


async def test_a_pending_charge_is_asked_about_with_pauses_that_grow(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    fake.next_states = [Pending()]
    before = fake.calls["read"]

    view = await stage.payments.request(stage.make_request(method_id=method_id))
    await stage.pass_time(timedelta(hours=1))

    assert view.status is PaymentStatus.PENDING
    assert fake.calls["read"] - before == 12
    assert await stage.violations() == []


async def test_a_rejected_method_tells_about_the_method(stage: Stage, fake: FakeProvider, db: Database) -> None:
    method_id = await stage.save_method(fake)
    async with db.write() as tx:
        await tx.execute("UPDATE payments.methods SET token = 'not a token'")

    view = await stage.payments.request(stage.make_request(method_id=method_id))

    assert view.decline_reason == "method_unknown"
    assert await stage.default_method(VIEWER) is None


async def test_no_charge_is_asked_for_inside_a_transaction(stage: Stage, db: Database) -> None:
    async with db.write():
        with pytest.raises(TransactionOpen):
            await stage.payments.request(stage.make_request())


async def test_what_belongs_to_a_provider_that_is_gone_waits_and_holds_up_nobody(
    stage: Stage, fake: FakeProvider, db: Database, clock: ManualClock
) -> None:
    paid = await stage.pay(fake)
    stranded, refund = stage.make_request(), stage.make_refund(paid)
    await stage.payments.request(stranded)
    fake.fail("refund", Fault.NOT_SENT)
    await stage.payments.refund(refund)
    await stage.notify(fake.notification("payment.succeeded", await stage.provider_id(paid.payment_id)))
    other = FakeProvider(clock=clock, name="other")
    later = await Stage(db=db, clock=clock, provider=other).open()
    request = later.make_request()
    await later.ask_for(request)

    await later.pass_time(timedelta(hours=1))

    assert (await later.view(stranded)).status is PaymentStatus.PENDING
    assert (await later.view(request)).status is PaymentStatus.PENDING
    assert other.created == {str(request.payment_id): 1}
    assert [one.split()[1] for one in await later.violations()] == ["Payment", "Refund", "Webhook"]


async def test_a_payment_that_turns_up_unsent_is_believed_and_asked_about(stage: Stage, fake: FakeProvider) -> None:
    """Made at the provider under our id by another hand, before we had sent it."""
    request = stage.make_request()
    fake.fail("charge", Fault.NOT_SENT, times=100)
    async with stage.db.write() as tx:
        await publish(tx, PaymentRequested(order_id=request.order_id, request=request), now=stage.clock.now())
    jobs = {job.name: job.run for job in stage.jobs}
    await jobs["inbox.payments"]()
    made = replace(_seen(request, fake, stage), state=Held())
    fake.payments[made.provider_payment_id] = made

    await stage.notify(fake.notification("payment.waiting_for_capture", made.provider_payment_id))
    await jobs["payments.handle_webhooks"]()
    turned_up = await stage.view(request)
    fake.payments.pop(made.provider_payment_id)
    await stage.pass_time(timedelta(minutes=5))

    assert turned_up.status is PaymentStatus.WAITING_FOR_CAPTURE
    assert (await stage.view(request)).status is PaymentStatus.WAITING_FOR_CAPTURE
    assert await stage.verdicts() == [("applied", None)]
    assert fake.calls["charge"] == 0


def _seen(request: PaymentRequest, fake: FakeProvider, stage: Stage) -> Seen:
    return Seen(
        provider_payment_id="by-another-hand",
        payment_id=str(request.payment_id),
        amount=request.amount,
        account=fake.account,
        is_test=fake.is_test,
        created_at=stage.clock.now(),
        state=Pending(),
    )


async def test_the_provider_of_new_payments_has_to_be_there(db: Database, clock: ManualClock) -> None:
    fake = FakeProvider(clock=clock)

    with pytest.raises(ValueError, match="'other'"):
        Stage(db=db, clock=clock, provider=fake, settings=make_settings(provider="other"))
