"""Dunning: what happens after a renewal was not paid."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.contracts.enums import DeclineClass


@dataclass(frozen=True, slots=True, kw_only=True)
class DunningPolicy:
    """``retries`` are counted from the first failure; access lasts ``grace`` past the paid period."""

    retries: tuple[timedelta, ...]
    grace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Dunning:
    """The next step. ``retry_at`` None: this method is not tried again. ``look_at``: when there is something to do."""

    retry_at: datetime | None
    look_at: datetime


def after_failure(
    policy: DunningPolicy,
    *,
    attempt: int,
    decline_class: DeclineClass,
    first_failed_at: datetime,
    access_until: datetime,
    now: datetime,
) -> Dunning:
    """The step after failed attempt number ``attempt`` (from 1).

    A hard decline stops tries on this method at once (card networks fine merchants who
    go on), but the viewer may have another; any other decline follows the schedule as long
    as the grace lasts, which is until ``access_until``.
    """
    left = policy.retries[attempt - 1 :]
    if not left:
        return Dunning(retry_at=None, look_at=access_until)
    if decline_class is DeclineClass.HARD:
        return Dunning(retry_at=None, look_at=now)
    retry_at = max(first_failed_at + left[0], now + timedelta(minutes=1))
    if retry_at >= access_until:
        return Dunning(retry_at=None, look_at=access_until)
    return Dunning(retry_at=retry_at, look_at=retry_at)
