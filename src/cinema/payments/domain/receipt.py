"""A fiscal receipt that goes to the cash register by itself (54-FZ), and what each piece of news makes of it.

One goes out when what was paid ahead has been given. It moves no money, but it is filed
with the tax office, so it is sent once: under one key as long as the provider knows the
key, and afterwards only if the provider's list has none.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from cinema.contracts.enums import ReceiptFailure, ReceiptStatus
from cinema.contracts.payments import ReceiptRequest
from cinema.kit.states import Machine
from cinema.payments.domain.attempt import CLOCK_MARGIN, KEY_MARGIN
from cinema.payments.domain.payment import LEASE, PAUSE_FIRST, Absent, NotDone
from cinema.payments.domain.port import Rejected, Sealed, SeenReceipt, Unknown

PAUSE_MAX = timedelta(hours=6)

TRIED_FOR = timedelta(days=30)
"""How long a receipt is tried that nobody takes, or that is not filed."""

_S = ReceiptStatus

RECEIPTS: Machine[ReceiptStatus] = Machine(
    name="receipt",
    table="payments.receipts",
    states=ReceiptStatus,
    starts=frozenset({_S.CREATED}),
    moves={
        (_S.CREATED, _S.SENT): "claimed",
        (_S.SENT, _S.CREATED): "nothing happened",
        (_S.SENT, _S.PENDING): "accepted",
        (_S.SENT, _S.SUCCEEDED): "filed",
        (_S.SENT, _S.FAILED): "refused, or tried for too long",
        (_S.PENDING, _S.SUCCEEDED): "filed",
        (_S.PENDING, _S.FAILED): "not filed",
    },
)
"""Every move of a receipt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt as we keep it. ``sealed`` is what went out since ``first_sent_at``; None: nothing is on its way.

    ``next_attempt_at`` is when it is due; while a worker holds it, the end of its lease.
    """

    request: ReceiptRequest
    provider: str
    provider_payment_id: str
    sealed: Sealed | None
    first_sent_at: datetime | None
    status: ReceiptStatus
    provider_receipt_id: str | None
    reason: ReceiptFailure | None
    tries: int
    next_attempt_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def receipt_id(self) -> UUID:
        return self.request.receipt_id

    @property
    def is_over(self) -> bool:
        """Whether nothing is left for us to do."""
        return self.status in {ReceiptStatus.SUCCEEDED, ReceiptStatus.FAILED}

    def may_repeat(self, *, key_lifetime: timedelta, now: datetime) -> bool:
        """Whether the provider still knows the key, so that a repeat cannot become a second receipt."""
        return self.first_sent_at is not None and now < self.first_sent_at + key_lifetime - KEY_MARGIN

    def created_between(self, *, now: datetime) -> tuple[datetime, datetime]:
        """When the provider can have created it: ``[since, until)`` in our time, with a margin."""
        return (self.first_sent_at or self.created_at) - CLOCK_MARGIN, now + CLOCK_MARGIN


ReceiptNews: TypeAlias = SeenReceipt | Rejected | Unknown | NotDone | Absent
"""What can be learned of a receipt that was sent."""


def new_receipt(request: ReceiptRequest, *, provider: str, provider_payment_id: str, now: datetime) -> Receipt:
    """A receipt that is due at once."""
    return Receipt(
        request=request,
        provider=provider,
        provider_payment_id=provider_payment_id,
        sealed=None,
        first_sent_at=None,
        status=ReceiptStatus.CREATED,
        provider_receipt_id=None,
        reason=None,
        tries=0,
        next_attempt_at=now,
        created_at=now,
        updated_at=now,
    )


def claimed(receipt: Receipt, sealed: Sealed, *, now: datetime) -> Receipt:
    """The receipt in a worker's hands: it may be sent now."""
    return replace(_moved(receipt, _S.SENT, next_attempt_at=now + LEASE, now=now), sealed=sealed, first_sent_at=now)


def leased(receipt: Receipt, *, now: datetime) -> Receipt:
    """The receipt in a worker's hands: it is sent again, looked for or asked about."""
    return replace(receipt, next_attempt_at=now + LEASE, updated_at=now)


def receipt_differences(seen: SeenReceipt, *, receipt: Receipt) -> tuple[str, ...]:
    """The names of the fields in which ``seen`` is not ``receipt``; empty when it is believed."""
    pairs = {
        "provider_receipt_id": (seen.provider_receipt_id, receipt.provider_receipt_id or seen.provider_receipt_id),
        "provider_payment_id": (seen.provider_payment_id, receipt.provider_payment_id),
        "amount": (seen.amount.minor, receipt.request.amount.minor),
        "currency": (seen.amount.currency, receipt.request.amount.currency),
        "is_closing": (seen.is_closing, True),
    }
    return tuple(name for name, (theirs, ours) in pairs.items() if theirs != ours)


def after(receipt: Receipt, news: ReceiptNews, *, now: datetime) -> Receipt:
    """What ``news``, believed, makes of a receipt that was sent and is not over."""
    match news:
        case SeenReceipt(status=ReceiptStatus.PENDING) if receipt.status is _S.PENDING:
            return _postponed(receipt, ReceiptFailure.NOT_REGISTERED, now=now)
        case SeenReceipt():
            return _seen(receipt, news, now=now)
        case Rejected() if receipt.status is _S.SENT:
            return _failed(receipt, ReceiptFailure.REQUEST_REJECTED, now=now)
        case Absent():
            unsent = _moved(receipt, _S.CREATED, next_attempt_at=now, now=now)
            return replace(unsent, sealed=None, first_sent_at=None)
        case _:
            return _postponed(receipt, ReceiptFailure.PROVIDER_UNAVAILABLE, now=now)


def _seen(receipt: Receipt, seen: SeenReceipt, *, now: datetime) -> Receipt:
    known = replace(receipt, provider_receipt_id=seen.provider_receipt_id)
    if seen.status is ReceiptStatus.FAILED:
        return _failed(known, ReceiptFailure.NOT_REGISTERED, now=now)
    due = now + PAUSE_FIRST if seen.status is ReceiptStatus.PENDING else None
    return replace(_moved(known, seen.status, next_attempt_at=due, now=now), tries=0)


def _postponed(receipt: Receipt, reason: ReceiptFailure, *, now: datetime) -> Receipt:
    """The same, due again after a pause that grows; at its end by ``reason`` when it was tried for long."""
    if now >= receipt.created_at + TRIED_FOR:
        return _failed(receipt, reason, now=now)
    wait = min(PAUSE_FIRST * (1 << min(receipt.tries, 14)), PAUSE_MAX)
    return replace(receipt, tries=receipt.tries + 1, next_attempt_at=now + wait, updated_at=now)


def _failed(receipt: Receipt, reason: ReceiptFailure, *, now: datetime) -> Receipt:
    return replace(_moved(receipt, _S.FAILED, next_attempt_at=None, now=now), reason=reason)


def _moved(receipt: Receipt, status: ReceiptStatus, *, next_attempt_at: datetime | None, now: datetime) -> Receipt:
    RECEIPTS.event(receipt.status, status)
    return replace(receipt, status=status, next_attempt_at=next_attempt_at, updated_at=now)
