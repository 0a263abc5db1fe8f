"""A refund, its table of moves, and what each piece of news makes of it."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from cinema.contracts.enums import RefundFailure, RefundOrigin, RefundStatus
from cinema.contracts.ids import RefundId
from cinema.contracts.payments import PaymentRequest, ReceiptData, RefundRequest
from cinema.kit.money import Money
from cinema.kit.states import Machine
from cinema.payments.domain.decline import PASSING
from cinema.payments.domain.payment import LEASE, PAUSE_FIRST, Absent, NotDone, pause
from cinema.payments.domain.port import Rejected, SeenRefund, Unknown

REFUSAL_PAUSE_FIRST = timedelta(hours=1)
REFUSAL_PAUSE_MAX = timedelta(hours=12)
"""How long what was refused for a passing reason rests: longer than a look-up reaches back, which must not find it."""

_S = RefundStatus

REFUNDS: Machine[RefundStatus] = Machine(
    name="refund",
    table="payments.refunds",
    states=RefundStatus,
    starts=frozenset({_S.CREATED, _S.SUCCEEDED}),
    moves={
        (_S.CREATED, _S.SENT): "claimed",
        (_S.CREATED, _S.FAILED): "not refundable, never sent, or refused for too long",
        (_S.CREATED, _S.SUCCEEDED): "returned late",
        (_S.SENT, _S.CREATED): "nothing happened, or refused for now",
        (_S.SENT, _S.UNKNOWN): "answer lost",
        (_S.SENT, _S.PENDING): "accepted",
        (_S.SENT, _S.SUCCEEDED): "returned",
        (_S.SENT, _S.FAILED): "refused",
        (_S.UNKNOWN, _S.CREATED): "nothing happened, or refused for now",
        (_S.UNKNOWN, _S.PENDING): "found pending",
        (_S.UNKNOWN, _S.SUCCEEDED): "found returned",
        (_S.UNKNOWN, _S.FAILED): "found refused",
        (_S.PENDING, _S.CREATED): "refused for now",
        (_S.PENDING, _S.SUCCEEDED): "returned",
        (_S.PENDING, _S.FAILED): "refused",
        (_S.FAILED, _S.SUCCEEDED): "returned late",
    },
)
"""Every move of a refund. One that somebody made at the provider starts as succeeded."""

AT_REST = frozenset({_S.SUCCEEDED, _S.FAILED})
"""Nothing is left for us to do about these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund as we keep it. ``reason`` is a `RefundFailure`; ``tries`` counts in this status.

    ``refusals`` counts how often the provider refused it for a passing reason,
    ``refused_since`` the first time; meanwhile ``reason`` is the last one.
    """

    request: RefundRequest
    provider: str
    status: RefundStatus
    provider_refund_id: str | None
    reason: str | None
    tries: int
    next_attempt_at: datetime | None
    created_at: datetime
    updated_at: datetime
    origin: RefundOrigin = RefundOrigin.OURS
    refusals: int = 0
    refused_since: datetime | None = None

    @property
    def refund_id(self) -> RefundId:
        return self.request.refund_id

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for us to do; money that went back after all counts all the same."""
        return self.status in AT_REST


RefundNews: TypeAlias = SeenRefund | Rejected | Unknown | NotDone | Absent
"""What can be learned of a refund that was sent."""


def new_refund(request: RefundRequest, *, provider: str, now: datetime) -> Refund:
    """A refund that is due at once."""
    return Refund(
        request=request,
        provider=provider,
        status=RefundStatus.CREATED,
        provider_refund_id=None,
        reason=None,
        tries=0,
        next_attempt_at=now,
        created_at=now,
        updated_at=now,
    )


def adopted(seen: SeenRefund, *, paid: PaymentRequest, provider: str, refund_id: RefundId, now: datetime) -> Refund:
    """A refund that somebody made at the provider, as one of ours: done, with a share of the payment's receipt."""
    request = RefundRequest(
        refund_id=refund_id,
        payment_id=paid.payment_id,
        order_id=paid.order_id,
        user_id=paid.user_id,
        amount=seen.amount,
        description=paid.description,
        receipt=_share(paid.receipt, seen.amount, whole=paid.amount),
    )
    return Refund(
        request=request,
        provider=provider,
        status=RefundStatus.SUCCEEDED,
        provider_refund_id=seen.provider_refund_id,
        reason=None,
        tries=0,
        next_attempt_at=None,
        created_at=now,
        updated_at=now,
        origin=RefundOrigin.PROVIDER,
    )


def claimed(refund: Refund, *, now: datetime) -> Refund:
    """The refund in a worker's hands: it may be sent now."""
    return _moved(refund, RefundStatus.SENT, next_attempt_at=now + LEASE, now=now)


def leased(refund: Refund, *, now: datetime) -> Refund:
    """The refund in a worker's hands: its state will be asked for. An expired claim is unknown."""
    if refund.status is RefundStatus.SENT:
        return _moved(refund, RefundStatus.UNKNOWN, next_attempt_at=now + LEASE, now=now)
    return replace(refund, next_attempt_at=now + LEASE, updated_at=now)


def unsendable(refund: Refund, *, tried_for: timedelta, now: datetime) -> Refund | None:
    """The refund as failed if it was tried for as long as we try, else None. Only for a created one."""
    assert refund.status is RefundStatus.CREATED
    if now < (refund.refused_since or refund.created_at) + tried_for:
        return None
    return failed(refund, RefundFailure(refund.reason or RefundFailure.PROVIDER_UNAVAILABLE), now=now)


def failed(refund: Refund, reason: RefundFailure, *, now: datetime) -> Refund:
    """The refund at its end, without the money."""
    return replace(_moved(refund, RefundStatus.FAILED, next_attempt_at=None, now=now), reason=reason)


def after(refund: Refund, news: RefundNews, *, tried_for: timedelta, now: datetime) -> Refund | None:
    """What ``news`` makes of the refund; None when it is stale and changes nothing.

    What is refused for a passing reason is sent anew until it was tried for ``tried_for``.
    """
    match news:
        case SeenRefund():
            return _seen(refund, news, tried_for=tried_for, now=now)
        case Rejected() if refund.status is _S.SENT:
            return failed(refund, RefundFailure.REQUEST_REJECTED, now=now)
        case NotDone() if refund.status is _S.SENT:
            again_at = now + pause(refund.tries)
            return _moved(refund, _S.CREATED, next_attempt_at=again_at, now=now, tries=refund.tries + 1)
        case Absent() if refund.status is _S.UNKNOWN:
            return _moved(refund, _S.CREATED, next_attempt_at=now, now=now, tries=refund.tries + 1)
        case Unknown() if refund.status is _S.SENT:
            return _moved(refund, _S.UNKNOWN, next_attempt_at=now + PAUSE_FIRST, now=now)
        case _:
            return None if refund.is_over or refund.status is _S.CREATED else postponed(refund, now=now)


def id_to_keep(refund: Refund, seen: SeenRefund) -> str | None:
    """The provider's id for the refund as it is now: none while it waits to be made anew."""
    return None if refund.status is _S.CREATED else seen.provider_refund_id


def postponed(refund: Refund, *, now: datetime) -> Refund:
    """The same, due again after a pause that grows."""
    return replace(refund, tries=refund.tries + 1, next_attempt_at=now + pause(refund.tries), updated_at=now)


def _share(receipt: ReceiptData, amount: Money, *, whole: Money) -> ReceiptData:
    """The receipt of a part of what was paid: shares of its lines that add up to it."""
    if amount == whole:
        return receipt
    shares = amount.share([line.unit.minor * line.quantity for line in receipt.lines])
    lines = [
        replace(line, quantity=1, unit=share) for line, share in zip(receipt.lines, shares, strict=True) if share.minor
    ]
    return replace(receipt, lines=tuple(lines))


def _seen(refund: Refund, seen: SeenRefund, *, tried_for: timedelta, now: datetime) -> Refund | None:
    if refund.status is seen.status and not refund.is_over:
        return postponed(refund, now=now)
    if not REFUNDS.allows(refund.status, seen.status) or (refund.status is _S.CREATED and seen.failure is not None):
        return None
    if seen.failure in PASSING:
        return _refused(refund, seen.failure, tried_for=tried_for, now=now)
    due = None if seen.status in AT_REST else now + PAUSE_FIRST
    moved = _moved(refund, seen.status, next_attempt_at=due, now=now)
    return replace(moved, reason=seen.failure)


def _refused(refund: Refund, failure: RefundFailure, *, tried_for: timedelta, now: datetime) -> Refund:
    """The refund that waits to be sent anew, or has failed when the next try would come too late."""
    since = refund.refused_since or now
    again_at = now + min(REFUSAL_PAUSE_FIRST * (1 << min(refund.refusals, 10)), REFUSAL_PAUSE_MAX)
    if again_at >= since + tried_for:
        return failed(refund, failure, now=now)
    waiting = _moved(refund, _S.CREATED, next_attempt_at=again_at, now=now, tries=0)
    return replace(waiting, reason=failure, refusals=refund.refusals + 1, refused_since=since)


def _moved(
    refund: Refund, status: RefundStatus, *, next_attempt_at: datetime | None, now: datetime, tries: int | None = None
) -> Refund:
    REFUNDS.event(refund.status, status)
    kept = refund.tries if status in {RefundStatus.SENT, RefundStatus.CREATED} else 0
    return replace(
        refund,
        status=status,
        next_attempt_at=next_attempt_at,
        tries=kept if tries is None else tries,
        updated_at=now,
    )
