"""An attempt: one order to a provider under one key, sent once or repeated, with one result."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from cinema.contracts.ids import PaymentId, RefundId
from cinema.payments.domain.payment import ABSENCE_BELIEVED_AFTER, Absent, NotDone
from cinema.payments.domain.port import Rejected, Sealed, Seen, SeenRefund, Unknown

CLOCK_MARGIN = timedelta(minutes=5)
"""How far the provider's clock may differ from ours when a lost payment is looked up."""

KEY_MARGIN = timedelta(hours=1)
"""A key is not trusted in its last hour."""


class Result(StrEnum):
    """How an attempt ended."""

    ACCEPTED = "accepted"
    """The provider has an object for it, paid or not."""

    REFUSED = "refused"
    """The provider's object came to nothing for a passing reason; the next attempt makes another one."""

    REJECTED = "rejected"
    """The provider refused the request; nothing was created."""

    ABSENT = "absent"
    """Nothing came of it: it never arrived, or its fate was open and a look-up found nothing."""


def attempt_result(
    learned: Seen | SeenRefund | Rejected | Unknown | NotDone | Absent, *, was_sent: bool, refused: str | None
) -> Result | None:
    """How the open attempt ends by what was learned, None while it stays open.

    ``was_sent``: it had just been sent, so that a refusal is about itself; ``refused``: what in the answer is not
    believed.
    """
    match learned:
        case Seen() | SeenRefund():
            return Result.ACCEPTED if refused is None else None
        case Rejected():
            return Result.REJECTED if was_sent else None
        case NotDone():
            return Result.REJECTED if was_sent and not learned.keeps_key else None
        case Absent():
            return Result.ABSENT
        case Unknown():
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt to charge, or to refund when ``refund_id`` is set. Times of sending are those of the claims."""

    attempt_id: UUID
    payment_id: PaymentId
    refund_id: RefundId | None
    sealed: Sealed
    sends: int
    first_sent_at: datetime
    last_sent_at: datetime
    is_open: bool = True

    def may_repeat(self, *, key_lifetime: timedelta, now: datetime) -> bool:
        """Whether the provider still knows the key, so that a repeat cannot become a second charge."""
        return now < self.first_sent_at + key_lifetime - KEY_MARGIN

    def absence_is_certain(self, *, now: datetime) -> bool:
        """Whether a payment that cannot be found now will not appear later."""
        return now >= self.last_sent_at + ABSENCE_BELIEVED_AFTER

    def created_between(self) -> tuple[datetime, datetime]:
        """When the provider can have created it: ``[since, until)`` in our time, with a margin."""
        return self.first_sent_at - CLOCK_MARGIN, self.last_sent_at + ABSENCE_BELIEVED_AFTER
