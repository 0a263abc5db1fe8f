"""The points where a process may die, by name, so that a test can let it die at each of them."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class CrashPoint(StrEnum):
    """A place that is passed, in the order of one charge, refund or binding; in a batch, by each item in its turn."""

    CHARGE_STORED = "charge.stored"
    """The request is written, not committed."""
    CHARGE_CLAIMED = "charge.claimed"
    """The claim with its key and body is written, not committed."""
    CHARGE_SENDING = "charge.sending"
    """The claim is committed, nothing has been sent."""
    CHARGE_ANSWERED = "charge.answered"
    """The provider has answered, nothing has been written."""
    RECORD_CHANGED = "record.changed"
    """The new state is written, its event is not, nothing is committed."""
    RECORD_PUBLISHED = "record.published"
    """State and event are written, not committed."""
    RECORD_COMMITTED = "record.committed"
    """State and event are committed."""
    RECONCILE_CLAIMED = "reconcile.claimed"
    """An open payment is leased, nothing has been asked."""
    RECONCILE_ANSWERED = "reconcile.answered"
    """The provider has answered what was asked, nothing has been written."""
    REFUND_CLAIMED = "refund.claimed"
    REFUND_SENDING = "refund.sending"
    REFUND_ANSWERED = "refund.answered"
    REFUND_CHANGED = "refund.changed"
    REFUND_COMMITTED = "refund.committed"
    BINDING_STORED = "binding.stored"
    """The key and the body are written, not committed."""
    BINDING_SENDING = "binding.sending"
    BINDING_ANSWERED = "binding.answered"
    BINDING_CHANGED = "binding.changed"
    BINDING_COMMITTED = "binding.committed"


Passes: TypeAlias = Callable[[CrashPoint], None]
"""Called at each point; what it raises is what happens there."""


def no_crash(_point: CrashPoint) -> None:
    """In production nothing happens there."""
