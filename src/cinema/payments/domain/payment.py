"""A payment, its table of moves, and what each piece of news makes of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, OrderId, PaymentId, UserId
from cinema.contracts.payments import PaymentRequest, ReceiptData
from cinema.contracts.views.payments import PaymentView
from cinema.kit.errors import Invalid
from cinema.kit.money import Money
from cinema.kit.states import Machine
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.port import (
    ActionRequired,
    Canceled,
    Declined,
    Held,
    Pending,
    Rejected,
    State,
    Succeeded,
    Unknown,
)

LEASE = timedelta(seconds=55)
"""How long a worker may hold what it claimed; longer than a call may take."""

CALL_TIMEOUT_S = 45.0
"""How long one call to a provider may take in all; a provider answers within 30 s."""

PAUSE_FIRST = timedelta(seconds=5)
PAUSE_MAX = timedelta(minutes=10)

ABSENCE_BELIEVED_AFTER = timedelta(minutes=10)
"""A look-up that finds nothing is believed when the last send is older: the provider has long finished or undone it."""

SECOND_LOOKS = (timedelta(hours=1), timedelta(days=1))
"""How long after its end we look again for a payment that we gave up on although it may have reached the provider."""

LOOKED_FOR_WITHIN = timedelta(days=7)
"""How long a provider that does not answer is asked for what we gave up on."""

RECEIPT_LINES_MAX = 80

_S = PaymentStatus

PAYMENTS: Machine[PaymentStatus] = Machine(
    name="payment",
    table="payments.payments",
    states=PaymentStatus,
    starts=frozenset({_S.CREATED}),
    moves={
        (_S.CREATED, _S.SENT): "claimed",
        (_S.CREATED, _S.DECLINED): "method was removed",
        (_S.CREATED, _S.CANCELED): "given up or expired",
        (_S.CREATED, _S.PENDING): "turned up after all",
        (_S.CREATED, _S.WAITING_FOR_CAPTURE): "turned up after all",
        (_S.CREATED, _S.SUCCEEDED): "turned up after all",
        (_S.SENT, _S.CREATED): "nothing happened",
        (_S.SENT, _S.UNKNOWN): "answer lost",
        (_S.SENT, _S.PENDING): "accepted",
        (_S.SENT, _S.WAITING_FOR_CAPTURE): "held",
        (_S.SENT, _S.SUCCEEDED): "paid",
        (_S.SENT, _S.DECLINED): "refused",
        (_S.SENT, _S.CANCELED): "rejected or canceled",
        (_S.UNKNOWN, _S.CREATED): "nothing happened",
        (_S.UNKNOWN, _S.PENDING): "found pending",
        (_S.UNKNOWN, _S.WAITING_FOR_CAPTURE): "found held",
        (_S.UNKNOWN, _S.SUCCEEDED): "found paid",
        (_S.UNKNOWN, _S.DECLINED): "found refused",
        (_S.UNKNOWN, _S.CANCELED): "found canceled",
        (_S.PENDING, _S.WAITING_FOR_CAPTURE): "held",
        (_S.PENDING, _S.SUCCEEDED): "paid",
        (_S.PENDING, _S.DECLINED): "refused",
        (_S.PENDING, _S.CANCELED): "canceled",
        (_S.WAITING_FOR_CAPTURE, _S.SUCCEEDED): "captured",
        (_S.WAITING_FOR_CAPTURE, _S.DECLINED): "refused",
        (_S.WAITING_FOR_CAPTURE, _S.CANCELED): "hold released",
        (_S.DECLINED, _S.SUCCEEDED): "paid late",
        (_S.CANCELED, _S.SUCCEEDED): "paid late",
    },
)
"""Every move of a payment. What was refused or canceled is at rest, not at its end: money may come late."""

AT_REST = frozenset({_S.SUCCEEDED, _S.DECLINED, _S.CANCELED})
"""Nothing is left for us to do about these."""


class RequestInvalid(Invalid):
    """This payment or refund cannot be right: its receipt does not add up, or nobody could pay it."""

    code = "payment-request-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment as we keep it. ``reason`` is a `DeclineReason` or a `CancelReason`; ``tries`` counts in this status.

    ``wanted_method_id`` is the saved method that is to be charged, ``method_id`` the one that paid. Once the payment
    is over, ``updated_at`` is when it ended, and ``next_attempt_at`` when it is looked for again.
    """

    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    wanted_method_id: MethodId | None
    save_method: bool
    expires_at: datetime
    provider: str
    status: PaymentStatus
    provider_payment_id: str | None
    reason: str | None
    confirmation_url: str | None
    fee: Money | None
    method_id: MethodId | None
    method_title: str | None
    given_up: bool
    tries: int
    next_attempt_at: datetime | None
    captured_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for us to do; money that comes late counts all the same."""
        return self.status in AT_REST

    @property
    def is_unpaid(self) -> bool:
        """Whether it is over without money, as far as we know."""
        return self.is_over and self.status is not PaymentStatus.SUCCEEDED

    def view(self) -> PaymentView:
        """What others may see of it."""
        return PaymentView(
            id=self.payment_id,
            order_id=self.order_id,
            status=self.status,
            amount=self.amount,
            confirmation_url=self.confirmation_url,
            decline_reason=self.reason if self.status is PaymentStatus.DECLINED else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """The provider was not reached or did not let us: certainly nothing has happened.

    ``keeps_key``: the next try goes out under the same key; a refusal may be remembered with its key.
    """

    detail: str
    keeps_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The provider has no such payment, and will have none."""


News: TypeAlias = State | Rejected | Unknown | NotDone | Absent
"""What can be learned of a payment that was sent."""


def new_payment(request: PaymentRequest, *, provider: str, now: datetime) -> Payment:
    """A payment that is due at once. Raises `RequestInvalid`."""
    check_receipt(request.receipt, amount=request.amount)
    if (request.method_id is None) == (request.return_url is None):
        raise RequestInvalid("A payment needs either a saved method or an address to return to.")
    return Payment(
        payment_id=request.payment_id,
        order_id=request.order_id,
        user_id=request.user_id,
        amount=request.amount,
        wanted_method_id=request.method_id,
        save_method=request.save_method,
        expires_at=request.expires_at,
        provider=provider,
        status=PaymentStatus.CREATED,
        provider_payment_id=None,
        reason=None,
        confirmation_url=None,
        fee=None,
        method_id=None,
        method_title=None,
        given_up=False,
        tries=0,
        next_attempt_at=now,
        captured_at=None,
        created_at=now,
        updated_at=now,
    )


def check_receipt(receipt: ReceiptData, *, amount: Money) -> None:
    """Raises `RequestInvalid` unless the amount is positive and the lines of the receipt are its sum."""
    lines = receipt.lines
    if amount.minor <= 0 or not 1 <= len(lines) <= RECEIPT_LINES_MAX:
        raise RequestInvalid
    if any(line.unit.currency != amount.currency or line.quantity < 1 for line in lines):
        raise RequestInvalid
    if sum(line.unit.minor * line.quantity for line in lines) != amount.minor:
        raise RequestInvalid


def claimed(payment: Payment, *, now: datetime) -> Payment:
    """The payment in a worker's hands: it may be charged now."""
    return _moved(payment, PaymentStatus.SENT, next_attempt_at=now + LEASE, now=now)


def leased(payment: Payment, *, now: datetime) -> Payment:
    """The payment in a worker's hands: its state will be asked for. An expired claim is unknown."""
    if payment.is_over:
        return replace(payment, next_attempt_at=now + LEASE)
    if payment.status is PaymentStatus.SENT:
        return _moved(payment, PaymentStatus.UNKNOWN, next_attempt_at=now + LEASE, now=now)
    return replace(payment, next_attempt_at=now + LEASE, updated_at=now)


def unsendable(payment: Payment, *, method_is_active: bool, now: datetime) -> Payment | None:
    """The payment at its end if it may not be sent any more, else None. Only for a created one.

    One that was tried in vain may be on its way all the same: it is looked for again later.
    """
    assert payment.status is PaymentStatus.CREATED
    if payment.given_up:
        over = _ended(payment, PaymentStatus.CANCELED, reason=CancelReason.GIVEN_UP, now=now)
    elif now >= payment.expires_at:
        reason = CancelReason.PROVIDER_UNAVAILABLE if payment.tries else CancelReason.EXPIRED
        over = _ended(payment, PaymentStatus.CANCELED, reason=reason, now=now)
    elif not method_is_active:
        over = _ended(payment, PaymentStatus.DECLINED, reason=DeclineReason.METHOD_REMOVED, now=now)
    else:
        return None
    return replace(over, next_attempt_at=now + SECOND_LOOKS[0]) if over and payment.tries else over


def looked_for(payment: Payment, *, is_sure: bool, now: datetime) -> Payment:
    """The payment after a look that found no money; ``is_sure``: the provider was there and did not show it paid."""
    assert payment.is_unpaid
    if not is_sure and now < payment.updated_at + LOOKED_FOR_WITHIN:
        return replace(payment, next_attempt_at=now + PAUSE_MAX)
    later = [payment.updated_at + look for look in SECOND_LOOKS if payment.updated_at + look > now]
    return replace(payment, next_attempt_at=later[0] if later else None)


def after(payment: Payment, news: News, *, now: datetime) -> Payment | None:  # noqa: C901, PLR0911 - a table in the form of a match
    """What ``news`` makes of the payment; None when it is stale and changes nothing."""
    match news:
        case Succeeded():
            return _ended(payment, _S.SUCCEEDED, reason=None, now=now, captured_at=news.captured_at, fee=news.fee)
        case Declined():
            return _ended(payment, _S.DECLINED, reason=news.reason, now=now)
        case Canceled():
            return _ended(payment, _S.CANCELED, reason=news.reason, now=now)
        case Held():
            return _open(payment, _S.WAITING_FOR_CAPTURE, url=None, now=now)
        case ActionRequired():
            return _open(payment, _S.PENDING, url=news.url, now=now)
        case Pending():
            return _open(payment, _S.PENDING, url=None, now=now)
        case Rejected() if payment.status is _S.SENT:
            if news.decline is not None:
                return _ended(payment, _S.DECLINED, reason=news.decline, now=now)
            return _ended(payment, _S.CANCELED, reason=CancelReason.REQUEST_REJECTED, now=now)
        case NotDone() if payment.status is _S.SENT:
            again_at = now + pause(payment.tries)
            before_end = min(again_at, max(payment.expires_at, now))
            return _moved(payment, _S.CREATED, next_attempt_at=before_end, now=now, tries=payment.tries + 1)
        case Absent() if payment.status is _S.UNKNOWN:
            return _moved(payment, _S.CREATED, next_attempt_at=now, now=now, tries=payment.tries + 1)
        case Unknown() if payment.status is _S.SENT:
            return _moved(payment, _S.UNKNOWN, next_attempt_at=now + PAUSE_FIRST, now=now)
        case Rejected() | NotDone() | Absent() | Unknown():
            return None if payment.is_over or payment.status is _S.CREATED else postponed(payment, now=now)


def with_wish_to_give_up(payment: Payment, *, now: datetime) -> Payment:
    """The open payment with the note that nobody wants it any more; money that is held is due to be let go."""
    is_held = payment.status is PaymentStatus.WAITING_FOR_CAPTURE
    return replace(payment, given_up=True, next_attempt_at=now if is_held else payment.next_attempt_at, updated_at=now)


def postponed(payment: Payment, *, now: datetime) -> Payment:
    """The same, due again after a pause that grows."""
    return replace(payment, tries=payment.tries + 1, next_attempt_at=now + pause(payment.tries), updated_at=now)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries: 5, 10, 20 … seconds, ten minutes at most."""
    return min(PAUSE_FIRST * (1 << min(tries, 10)), PAUSE_MAX)


def _open(payment: Payment, status: PaymentStatus, *, url: str | None, now: datetime) -> Payment | None:
    if payment.status is status:
        return replace(postponed(payment, now=now), confirmation_url=url)
    if not PAYMENTS.allows(payment.status, status):
        return None
    due = now if status is PaymentStatus.WAITING_FOR_CAPTURE else now + PAUSE_FIRST
    return _moved(payment, status, next_attempt_at=due, now=now, confirmation_url=url)


def _ended(
    payment: Payment,
    status: PaymentStatus,
    *,
    reason: str | None,
    now: datetime,
    captured_at: datetime | None = None,
    fee: Money | None = None,
) -> Payment | None:
    if not PAYMENTS.allows(payment.status, status):
        return None
    return _moved(
        payment,
        status,
        next_attempt_at=None,
        now=now,
        reason=reason,
        captured_at=captured_at,
        fee=fee,
        confirmation_url=None,
    )


def _moved(
    payment: Payment,
    status: PaymentStatus,
    *,
    next_attempt_at: datetime | None,
    now: datetime,
    tries: int | None = None,
    **more: Any,
) -> Payment:
    """The payment in another status, in one go: copying a payment is what costs most here."""
    PAYMENTS.event(payment.status, status)
    kept = payment.tries if status in {PaymentStatus.SENT, PaymentStatus.CREATED} else 0
    return replace(
        payment,
        status=status,
        next_attempt_at=next_attempt_at,
        tries=kept if tries is None else tries,
        updated_at=now,
        **more,
    )
