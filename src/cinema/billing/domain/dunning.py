"""Dunning: what happens after a renewal was not paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.contracts.payments import DeclineClass


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningPolicy:
    """``retries`` are counted from the first failure; access lasts ``grace`` past the paid period."""

    retries: tuple[timedelta, ...]
    grace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """The next step. ``retry_at`` None: this method is not tried again; access ends at ``access_until``."""

    retry_at: datetime | None
    access_until: datetime


def after_failure(
    policy: DunningPolicy,
    *,
    attempt: int,
    decline_class: DeclineClass,
    first_failed_at: datetime,
    period_end: datetime,
    now: datetime,
) -> Dunning:
    """The step after failed attempt number ``attempt`` (from 1).

    A hard decline stops tries on this method at once (card networks fine merchants who
    go on); any other follows the schedule as long as the grace lasts.
    """
    access_until = period_end + policy.grace
    left = policy.retries[attempt - 1 :]
    if decline_class is DeclineClass.HARD or not left:
        return Dunning(retry_at=None, access_until=access_until)
    retry_at = max(first_failed_at + left[0], now + timedelta(minutes=1))
    return Dunning(retry_at=retry_at if retry_at < access_until else None, access_until=access_until)
