"""The suite that every payment provider passes."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.contracts.ids import PaymentId, RefundId
from cinema.contracts.payments import RefundLimits
from cinema.kit.client import NoAnswer, NotSent
from cinema.kit.guard import TransactionOpen, held
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import (
    ActionRequired,
    Declined,
    Instrument,
    NotificationInvalid,
    Rejected,
    Sealed,
    Seen,
    SeenBinding,
    SeenRefund,
    Succeeded,
    TooBusy,
)
from providers.rigs import PRICE, Rig, around, make_binding, make_order, make_refund, seal

NOWHERE = "0190a000-0000-7000-8000-00000000ffff"
PARTIAL = Money(minor=10000, currency="RUB")


async def paid(rig: Rig, *, save_method: bool = False) -> Seen:
    charge = await rig.provider.charge(
        seal(rig, rig.provider.write_charge(make_order(rig.clock, save_method=save_method)))
    )
    assert isinstance(charge, Seen)
    await rig.pay(charge.provider_payment_id)
    seen = await rig.provider.read(charge.provider_payment_id)
    assert isinstance(seen, Seen)
    return seen


async def saved(rig: Rig) -> Instrument:
    seen = await paid(rig, save_method=True)
    assert isinstance(seen.state, Succeeded)
    assert seen.state.instrument is not None
    return seen.state.instrument


def refund_limits(rig: Rig, seen: Seen) -> RefundLimits:
    assert isinstance(seen.state, Succeeded)
    assert seen.state.instrument is not None
    return rig.provider.capabilities.refund_limits(
        currency=seen.amount.currency, method_title=seen.state.instrument.title, made_at=seen.created_at
    )


async def test_a_payer_is_sent_to_a_page(rig: Rig) -> None:
    order = make_order(rig.clock)

    seen = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert isinstance(seen, Seen)
    assert isinstance(seen.state, ActionRequired)
    assert (seen.payment_id, seen.amount) == (str(order.payment_id), PRICE)
    assert (seen.account, seen.is_test) == (rig.provider.account, rig.provider.is_test)
    assert await rig.provider.read(seen.provider_payment_id) == seen
    assert await rig.taken(order.payment_id) == 0


async def test_a_paid_payment_tells_its_fee_and_its_instrument(rig: Rig) -> None:
    seen = await paid(rig)

    assert isinstance(seen.state, Succeeded)
    assert seen.state.fee is not None
    assert 0 < seen.state.fee.minor < PRICE.minor
    assert seen.state.captured_at == rig.clock.now()
    assert seen.state.instrument is not None
    assert not seen.state.instrument.is_saved
    assert await rig.taken(PaymentId(UUID(seen.payment_id))) == 1


async def test_a_method_is_saved_when_asked_for(rig: Rig) -> None:
    instrument = await saved(rig)

    assert instrument.is_saved
    assert instrument.kind == "bank_card"
    assert instrument.title.startswith("Bank card *")
    assert instrument.card_last4 is not None
    assert instrument.card_expiry is not None


async def test_a_saved_method_is_charged_at_once(rig: Rig) -> None:
    instrument = await saved(rig)
    order = make_order(rig.clock, method_token=instrument.token)

    seen = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert isinstance(seen, Seen)
    assert isinstance(seen.state, Succeeded)
    assert seen.state.instrument is not None
    assert (seen.state.instrument.token, seen.state.instrument.is_saved) == (instrument.token, True)
    assert await rig.taken(order.payment_id) == 1


async def test_a_charge_without_money_is_declined(rig: Rig) -> None:
    instrument = await saved(rig)
    await rig.decline_next_charge()
    order = make_order(rig.clock, method_token=instrument.token)

    seen = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert isinstance(seen, Seen)
    assert seen.state == Declined(reason=DeclineReason.INSUFFICIENT_FUNDS)
    assert await rig.taken(order.payment_id) == 0


async def test_a_card_without_money_ends_the_payment(rig: Rig) -> None:
    charge = await rig.provider.charge(seal(rig, rig.provider.write_charge(make_order(rig.clock))))
    assert isinstance(charge, Seen)

    await rig.decline(charge.provider_payment_id)
    seen = await rig.provider.read(charge.provider_payment_id)

    assert isinstance(seen, Seen)
    assert seen.state == Declined(reason=DeclineReason.INSUFFICIENT_FUNDS)


async def test_a_revoked_method_is_declined_for_good(rig: Rig) -> None:
    instrument = await saved(rig)
    await rig.revoke(instrument.token)

    seen = await rig.provider.charge(
        seal(rig, rig.provider.write_charge(make_order(rig.clock, method_token=instrument.token)))
    )

    assert isinstance(seen, Seen)
    assert seen.state == Declined(reason=DeclineReason.PERMISSION_REVOKED)


async def test_a_method_that_was_never_saved_is_rejected_as_unknown(rig: Rig) -> None:
    order = make_order(rig.clock, method_token=NOWHERE)

    answer = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert isinstance(answer, Rejected)
    assert answer.decline is DeclineReason.METHOD_UNKNOWN


async def test_the_same_key_leads_to_the_same_payment(rig: Rig) -> None:
    instrument = await saved(rig)
    order = make_order(rig.clock, method_token=instrument.token)
    sealed = seal(rig, rig.provider.write_charge(order))

    first = await rig.provider.charge(sealed)
    second = await rig.provider.charge(sealed)

    assert first == second
    assert await rig.taken(order.payment_id) == 1


async def test_the_same_key_with_another_body_is_rejected(rig: Rig) -> None:
    sealed = seal(rig, rig.provider.write_charge(make_order(rig.clock)))
    await rig.provider.charge(sealed)
    other = make_order(rig.clock)

    answer = await rig.provider.charge(Sealed(key=sealed.key, body=rig.provider.write_charge(other)))

    assert isinstance(answer, Rejected)
    assert answer.decline is None
    assert await rig.provider.look_up(payment_id=other.payment_id, **around(rig)) is None


@pytest.mark.parametrize("after", [False, True])
async def test_a_lost_answer_is_found_out_with_the_same_key(rig: Rig, *, after: bool) -> None:
    instrument = await saved(rig)
    order = make_order(rig.clock, method_token=instrument.token)
    sealed = seal(rig, rig.provider.write_charge(order))
    await rig.lose("charge", after=after)

    with pytest.raises(NoAnswer):
        await rig.provider.charge(sealed)
    taken_meanwhile = await rig.taken(order.payment_id)
    seen = await rig.provider.charge(sealed)

    assert isinstance(seen, Seen)
    assert isinstance(seen.state, Succeeded)
    assert taken_meanwhile == int(after)
    assert await rig.taken(order.payment_id) == 1


@pytest.mark.parametrize("after", [False, True])
async def test_a_lost_answer_is_found_out_by_looking(rig: Rig, *, after: bool) -> None:
    instrument = await saved(rig)
    order = make_order(rig.clock, method_token=instrument.token)
    await rig.lose("charge", after=after)
    with pytest.raises(NoAnswer):
        await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))
    now = rig.clock.now()

    found = await rig.provider.look_up(payment_id=order.payment_id, **around(rig))
    too_late = await rig.provider.look_up(
        payment_id=order.payment_id, since=now + timedelta(minutes=1), until=now + timedelta(minutes=5)
    )

    assert isinstance(found, Seen) is after
    assert too_late is None


async def test_a_provider_that_cannot_be_reached_says_so(rig: Rig) -> None:
    there = rig.elsewhere()

    with pytest.raises(NotSent):
        await there.charge(seal(rig, there.write_charge(make_order(rig.clock))))
    await there.close()


async def test_a_provider_that_is_busy_says_so(rig: Rig) -> None:
    order = make_order(rig.clock)
    await rig.refuse("charge")

    with pytest.raises(TooBusy):
        await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert await rig.provider.look_up(payment_id=order.payment_id, **around(rig)) is None


async def test_a_payment_that_is_not_there_is_rejected(rig: Rig) -> None:
    assert isinstance(await rig.provider.read(NOWHERE), Rejected)
    assert isinstance(await rig.provider.read_refund(NOWHERE), Rejected)


async def test_what_is_not_held_is_neither_captured_nor_let_go(rig: Rig) -> None:
    seen = await paid(rig)

    captured = await rig.provider.capture(provider_payment_id=seen.provider_payment_id, key="a-capture")
    released = await rig.provider.cancel(provider_payment_id=seen.provider_payment_id, key="a-cancel")

    assert isinstance(captured, Rejected)
    assert isinstance(released, Rejected)
    assert await rig.provider.read(seen.provider_payment_id) == seen


async def test_payments_are_listed_newest_first(rig: Rig) -> None:
    ids = []
    for _ in range(3):
        seen = await rig.provider.charge(seal(rig, rig.provider.write_charge(make_order(rig.clock))))
        assert isinstance(seen, Seen)
        ids.append(seen.provider_payment_id)
        rig.clock.advance(timedelta(minutes=1))
    start = rig.clock.now() - timedelta(minutes=3)

    listed = await rig.provider.list_payments(since=start, until=start + timedelta(minutes=2))

    assert [one.provider_payment_id for one in listed] == [ids[1], ids[0]]


async def test_money_goes_back_whole(rig: Rig) -> None:
    seen = await paid(rig)
    order = make_refund(rig.clock, seen.provider_payment_id)
    sealed = seal(rig, rig.provider.write_refund(order))

    first = await rig.provider.refund(sealed)
    second = await rig.provider.refund(sealed)

    assert isinstance(first, SeenRefund)
    assert first == second == await rig.provider.read_refund(first.provider_refund_id)
    assert (first.status, first.failure, first.amount) == (RefundStatus.SUCCEEDED, None, PRICE)
    assert (first.refund_id, first.provider_payment_id) == (str(order.refund_id), seen.provider_payment_id)


async def test_money_goes_back_in_parts_and_never_exceeds_the_payment(rig: Rig) -> None:
    seen = await paid(rig)
    orders = [make_refund(rig.clock, seen.provider_payment_id, amount=PARTIAL) for _ in range(4)]

    answers = [await rig.provider.refund(seal(rig, rig.provider.write_refund(order))) for order in orders]

    assert [isinstance(answer, SeenRefund) for answer in answers] == [True, True, True, False]
    assert isinstance(answers[3], Rejected)


@pytest.mark.parametrize(("beyond", "is_taken"), [(0, True), (1, False)])
@pytest.mark.parametrize("end", ["minimum", "maximum"])
async def test_payments_are_taken_within_the_limits_that_are_promised(
    rig: Rig, end: str, beyond: int, *, is_taken: bool
) -> None:
    limits = rig.provider.capabilities.charge_limits("RUB")
    assert limits is not None
    minor = limits.minimum.minor - beyond if end == "minimum" else limits.maximum.minor + beyond
    order = make_order(rig.clock, amount=Money(minor=minor, currency="RUB"))

    answer = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))

    assert isinstance(answer, Seen if is_taken else Rejected)


async def test_a_currency_that_is_not_taken_has_no_limits(rig: Rig) -> None:
    known = rig.provider.capabilities.currencies

    assert {currency: rig.provider.capabilities.charge_limits(currency) for currency in ("XAU", "", "rub")} == {
        "XAU": None,
        "": None,
        "rub": None,
    }
    assert "RUB" in known


@pytest.mark.parametrize(
    ("part", "below", "is_taken"),
    [("minimum", 0, True), ("minimum", 1, False), ("rest", 0, True), ("rest", 1, False), ("all", 0, True)],
)
async def test_money_goes_back_within_the_limits_that_are_promised(
    rig: Rig, part: str, below: int, *, is_taken: bool
) -> None:
    seen = await paid(rig)
    limits = refund_limits(rig, seen)
    minor = {"minimum": limits.minimum.minor - below, "rest": PRICE.minor - limits.rest_minimum.minor + below}
    amount = Money(minor=minor.get(part, PRICE.minor), currency="RUB")

    answer = await rig.provider.refund(
        seal(rig, rig.provider.write_refund(make_refund(rig.clock, seen.provider_payment_id, amount=amount)))
    )

    assert limits.is_partial
    assert isinstance(answer, SeenRefund if is_taken else Rejected)


@pytest.mark.parametrize("is_late", [False, True])
async def test_money_goes_back_as_late_as_is_promised(rig: Rig, *, is_late: bool) -> None:
    seen = await paid(rig)
    rig.clock.advance(refund_limits(rig, seen).until + timedelta(days=is_late) - rig.clock.now())

    answer = await rig.provider.refund(
        seal(rig, rig.provider.write_refund(make_refund(rig.clock, seen.provider_payment_id)))
    )

    has_gone_back = isinstance(answer, SeenRefund) and answer.status is RefundStatus.SUCCEEDED
    assert has_gone_back is not is_late


async def test_what_is_saved_is_of_a_kind_that_is_promised(rig: Rig) -> None:
    instrument = await saved(rig)

    assert instrument.kind in rig.provider.capabilities.saved_kinds


@pytest.mark.parametrize("fails", [False, True])
async def test_a_pending_refund_ends_later(rig: Rig, *, fails: bool) -> None:
    seen = await paid(rig)
    await rig.hold_next_refund()
    sealed = seal(rig, rig.provider.write_refund(make_refund(rig.clock, seen.provider_payment_id)))

    pending = await rig.provider.refund(sealed)
    assert isinstance(pending, SeenRefund)
    await rig.settle_refund(pending.provider_refund_id, fails=fails)
    end = await rig.provider.read_refund(pending.provider_refund_id)

    assert pending.status is RefundStatus.PENDING
    assert isinstance(end, SeenRefund)
    assert end.status is (RefundStatus.FAILED if fails else RefundStatus.SUCCEEDED)
    assert end.failure is (RefundFailure.SHOP_BALANCE_TOO_LOW if fails else None)


async def test_a_lost_refund_is_found(rig: Rig) -> None:
    seen = await paid(rig)
    order = make_refund(rig.clock, seen.provider_payment_id)
    sealed = seal(rig, rig.provider.write_refund(order))
    await rig.lose("refund", after=True)

    with pytest.raises(NoAnswer):
        await rig.provider.refund(sealed)
    found = await rig.provider.look_up_refund(
        refund_id=order.refund_id, provider_payment_id=seen.provider_payment_id, **around(rig)
    )
    other = await rig.provider.look_up_refund(
        refund_id=RefundId(uuid7(rig.clock.now())), provider_payment_id=seen.provider_payment_id, **around(rig)
    )
    repeated = await rig.provider.refund(sealed)

    assert isinstance(found, SeenRefund)
    assert found == repeated
    assert other is None


async def test_a_notification_claims_what_the_provider_says(rig: Rig) -> None:
    seen = await paid(rig)

    body = await rig.notification("payment.succeeded", seen.provider_payment_id)
    told = rig.provider.parse_notification(body=body, headers={})

    assert (told.event, told.object_id) == ("payment.succeeded", seen.provider_payment_id)
    assert told.claim == seen


async def test_a_notification_of_a_refund_claims_what_the_provider_says(rig: Rig) -> None:
    seen = await paid(rig)
    refund = await rig.provider.refund(
        seal(rig, rig.provider.write_refund(make_refund(rig.clock, seen.provider_payment_id)))
    )
    assert isinstance(refund, SeenRefund)

    body = await rig.notification("refund.succeeded", refund.provider_refund_id)
    told = rig.provider.parse_notification(body=body, headers={})

    assert (told.event, told.object_id, told.claim) == ("refund.succeeded", refund.provider_refund_id, refund)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"event": 1}', b"[" * 50_000, b"payment"])
async def test_what_is_no_notification_is_refused(rig: Rig, body: bytes) -> None:
    with pytest.raises(NotificationInvalid):
        rig.provider.parse_notification(body=body, headers={})


async def test_only_its_own_senders_are_admitted(rig: Rig) -> None:
    admitted = [one for one in ("127.0.0.1", "::1", "203.0.113.7", "2001:db8::1", "", "x") if rig.provider.admits(one)]

    assert admitted == ["127.0.0.1", "::1"]


async def test_nothing_is_asked_of_a_provider_inside_a_transaction(rig: Rig) -> None:
    sealed = seal(rig, rig.provider.write_charge(make_order(rig.clock)))

    with held("somebody"), pytest.raises(TransactionOpen):
        await rig.provider.charge(sealed)


async def test_the_bytes_of_an_order_depend_on_the_order_alone(rig: Rig) -> None:
    order = make_order(rig.clock)

    first = rig.provider.write_charge(order)
    rig.clock.advance(timedelta(days=1))

    assert rig.provider.write_charge(replace(order)) == first


async def bound(rig: Rig) -> SeenBinding:
    """A binding whose owner has to act."""
    seen = await rig.provider.bind(seal(rig, rig.provider.write_binding(make_binding(rig.clock))))
    assert isinstance(seen, SeenBinding)
    return seen
