"""The tables of moves, pauses and belief: pure, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID, uuid4

import pytest

from cinema.contracts.enums import PaymentStatus, RefundFailure, RefundStatus
from cinema.contracts.ids import MethodId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import PaymentRequest, ReceiptData, ReceiptLine, RefundRequest
from cinema.contracts.text import Language
from cinema.kit.money import Money
from cinema.kit.states import IllegalMove, Machine
from cinema.payments.domain import payment as payments
from cinema.payments.domain import refund as refunds
from cinema.payments.domain.attempt import Attempt
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.payment import (
    AT_REST,
    CALL_TIMEOUT_S,
    LEASE,
    PAYMENTS,
    Absent,
    News,
    NotDone,
    Payment,
    pause,
)
from cinema.payments.domain.port import (
    ActionRequired,
    Canceled,
    Declined,
    Held,
    Pending,
    Rejected,
    Sealed,
    SeenRefund,
    Succeeded,
    Unknown,
)
from cinema.payments.domain.refund import REFUNDS, Refund, RefundNews
from cinema.payments.service.reconcile import Action, choose

NOW = datetime(2026, 1, 15, 9, tzinfo=UTC)
PRICE = Money(minor=39900, currency="RUB")
LINE = ReceiptLine(description="d", quantity=1, unit=PRICE, vat_code=1, subject="service", mode="full_payment")
REQUEST = PaymentRequest(
    payment_id=PaymentId(uuid4()),
    order_id=OrderId(uuid4()),
    user_id=UserId(uuid4()),
    amount=PRICE,
    description="d",
    language=Language.RU,
    receipt=ReceiptData(email="viewer@cinema.test", lines=(LINE,)),
    method_id=MethodId(UUID(int=1)),
    save_method=False,
    return_url=None,
    expires_at=NOW + timedelta(days=1),
)
REFUND = RefundRequest(
    refund_id=RefundId(uuid4()),
    payment_id=REQUEST.payment_id,
    order_id=REQUEST.order_id,
    user_id=REQUEST.user_id,
    amount=PRICE,
    description="d",
    receipt=REQUEST.receipt,
)
NEWS: tuple[News, ...] = (
    Succeeded(captured_at=NOW, fee=None, instrument=None),
    Declined(reason=DeclineReason.GENERAL_DECLINE),
    Canceled(reason=CancelReason.NOT_CONFIRMED),
    Held(),
    ActionRequired(url="https://pay.example"),
    Pending(),
    Rejected(code="x"),
    Rejected(code="x", decline=DeclineReason.METHOD_UNKNOWN),
    Unknown(detail="x"),
    NotDone(detail="x", keeps_key=True),
    Absent(),
)


def make_payment(status: PaymentStatus) -> Payment:
    return replace(payments.new_payment(REQUEST, provider="fake", now=NOW), status=status)


def make_seen(status: RefundStatus) -> SeenRefund:
    return SeenRefund(
        provider_refund_id="r",
        refund_id=str(REFUND.refund_id),
        provider_payment_id="p",
        amount=PRICE,
        created_at=NOW,
        status=status,
        failure=RefundFailure.GENERAL_FAILURE if status is RefundStatus.FAILED else None,
    )


def make_refund(status: RefundStatus) -> Refund:
    return replace(refunds.new_refund(REFUND, provider="fake", now=NOW), status=status)


@pytest.mark.parametrize(
    ("machine", "ends"),
    [(PAYMENTS, {"succeeded"}), (REFUNDS, {"succeeded"})],
    ids=["payment", "refund"],
)
def test_every_state_is_in_the_table_and_has_a_way_to_an_end(machine: Machine[PaymentStatus], ends: set[str]) -> None:
    named = {state for move in machine.moves for state in move}
    reached = set(machine.ends())
    while True:
        more = {before for before, after in machine.moves if after in reached} - reached
        if not more:
            break
        reached |= more

    assert named == set(machine.states)
    assert machine.ends() == ends
    assert reached == set(machine.states)


@pytest.mark.parametrize(("status", "news"), list(product(PaymentStatus, NEWS)))
def test_no_news_breaks_the_table_of_payments(status: PaymentStatus, news: News) -> None:
    before = make_payment(status)

    fresh = payments.after(before, news, now=NOW + timedelta(minutes=1))

    if fresh is None:
        return
    assert fresh.status is status or PAYMENTS.allows(status, fresh.status)
    assert fresh.is_over == (fresh.next_attempt_at is None)
    assert (fresh.reason is not None) == (fresh.status in {PaymentStatus.DECLINED, PaymentStatus.CANCELED})


@pytest.mark.parametrize(("status", "news"), list(product(sorted(AT_REST), NEWS)))
def test_what_is_over_stays_but_for_money_that_comes_late(status: PaymentStatus, news: News) -> None:
    fresh = payments.after(make_payment(status), news, now=NOW)

    comes_late = isinstance(news, Succeeded) and status is not PaymentStatus.SUCCEEDED
    assert (fresh is not None and fresh.status is PaymentStatus.SUCCEEDED) if comes_late else fresh is None


def test_only_a_look_up_or_a_certain_refusal_leads_back_to_a_charge() -> None:
    """The one way to a second charge: nothing happened the first time."""
    back = {
        (status, type(news).__name__)
        for status, news in product(PaymentStatus, NEWS)
        if status is not PaymentStatus.CREATED
        and (fresh := payments.after(make_payment(status), news, now=NOW)) is not None
        and fresh.status is PaymentStatus.CREATED
    }

    assert back == {(PaymentStatus.SENT, "NotDone"), (PaymentStatus.UNKNOWN, "Absent")}


REFUND_NEWS: tuple[RefundNews, ...] = (
    make_seen(RefundStatus.PENDING),
    make_seen(RefundStatus.SUCCEEDED),
    make_seen(RefundStatus.FAILED),
    Rejected(code="x"),
    Unknown(detail="x"),
    NotDone(detail="x", keeps_key=True),
    Absent(),
)


@pytest.mark.parametrize(("status", "news"), list(product(RefundStatus, REFUND_NEWS)))
def test_no_news_breaks_the_table_of_refunds(status: RefundStatus, news: RefundNews) -> None:
    before = make_refund(status)

    fresh = refunds.after(before, news, tried_for=timedelta(days=7), now=NOW + timedelta(minutes=1))

    if fresh is None:
        assert before.is_over or status is RefundStatus.CREATED
        return
    assert not before.is_over or (status, fresh.status) == (RefundStatus.FAILED, RefundStatus.SUCCEEDED)
    assert status is not RefundStatus.CREATED or fresh.status is RefundStatus.SUCCEEDED
    assert fresh.status is status or REFUNDS.allows(status, fresh.status)
    assert fresh.is_over == (fresh.next_attempt_at is None)
    assert (fresh.reason is not None) == (fresh.status is RefundStatus.FAILED)


def test_an_undeclared_move_is_a_bug() -> None:
    with pytest.raises(IllegalMove):
        payments.claimed(make_payment(PaymentStatus.UNKNOWN), now=NOW)


def test_pauses_grow_to_ten_minutes() -> None:
    seconds = [int(pause(tries).total_seconds()) for tries in (0, 1, 2, 3, 4, 5, 6, 7, 8, 1000)]

    assert seconds == [5, 10, 20, 40, 80, 160, 320, 600, 600, 600]


def test_a_call_ends_before_its_lease_and_a_lost_claim_is_retaken_within_a_minute() -> None:
    assert timedelta(seconds=CALL_TIMEOUT_S) < LEASE < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("status", "is_active", "given_up", "age", "action"),
    [
        (PaymentStatus.UNKNOWN, True, False, timedelta(0), Action.REPEAT),
        (PaymentStatus.UNKNOWN, True, False, timedelta(hours=22, minutes=59), Action.REPEAT),
        (PaymentStatus.UNKNOWN, True, False, timedelta(hours=23), Action.LOOK_UP),
        (PaymentStatus.UNKNOWN, False, False, timedelta(0), Action.LOOK_UP),
        (PaymentStatus.UNKNOWN, True, True, timedelta(0), Action.LOOK_UP),
        (PaymentStatus.UNKNOWN, True, False, timedelta(days=1), Action.LOOK_UP),
        (PaymentStatus.PENDING, True, False, timedelta(0), Action.READ),
        (PaymentStatus.WAITING_FOR_CAPTURE, True, False, timedelta(0), Action.CAPTURE),
        (PaymentStatus.WAITING_FOR_CAPTURE, True, True, timedelta(0), Action.RELEASE),
        (PaymentStatus.CANCELED, True, False, timedelta(hours=1), Action.LOOK_AGAIN),
        (PaymentStatus.DECLINED, True, True, timedelta(days=1), Action.LOOK_AGAIN),
    ],
)
def test_what_is_asked_about_a_payment(
    status: PaymentStatus,
    is_active: bool,  # noqa: FBT001 - as above
    given_up: bool,  # noqa: FBT001 - as above
    age: timedelta,
    action: Action,
) -> None:
    attempt = Attempt(
        attempt_id=uuid4(),
        payment_id=REQUEST.payment_id,
        refund_id=None,
        sealed=Sealed(key="k", body=b""),
        sends=1,
        first_sent_at=NOW,
        last_sent_at=NOW,
    )

    chosen = choose(
        replace(make_payment(status), given_up=given_up),
        attempt,
        method_is_active=is_active,
        key_lifetime=timedelta(hours=24),
        now=NOW + age,
    )

    assert chosen is action
