"""The steps between which a process may die, by name, so that a test can let it die at each of them."""

from collections.abc import Callable
from enum import StrEnum
from typing import TypeAlias


class Step(StrEnum):
    """A place that execution passes, in the order of one charge or refund."""

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


Steps: TypeAlias = Callable[[Step], None]
"""Called at each step; what it raises is what happens there."""


def no_steps(_step: Step) -> None:
    """In production nothing happens between the steps."""
