"""Dunning: what happens after a renewal was not paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.contracts.enums import DeclineClass


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """The next step. ``retry_at`` None: this method is not tried again. ``look_at``: when there is something to do."""

    retry_at: datetime | None
    look_at: datetime


def after_failure(
    retries: Sequence[timedelta],
    *,
    attempt: int,
    decline_class: DeclineClass,
    first_failed_at: datetime,
    pay_until: datetime,
    now: datetime,
) -> Dunning:
    """The step after failed attempt number ``attempt`` (from 1); ``retries`` are counted from the first failure.

    A hard decline stops tries on this method at once (card networks fine merchants who
    go on), but the viewer may choose another; any other decline follows the schedule as
    long as the order may be paid.
    """
    left = retries[attempt - 1 :]
    if not left or decline_class is DeclineClass.HARD:
        return Dunning(retry_at=None, look_at=pay_until)
    retry_at = max(first_failed_at + left[0], now + timedelta(minutes=1))
    if retry_at >= pay_until:
        return Dunning(retry_at=None, look_at=pay_until)
    return Dunning(retry_at=retry_at, look_at=retry_at)
