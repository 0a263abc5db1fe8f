"""When signing keys begin: one signs, the next is known long before, the previous one still verifies."""

from collections.abc import Sequence
from datetime import datetime, timedelta

ANNOUNCED = timedelta(hours=1)
"""A key is published at least this long before it signs; longer than anyone keeps our key set."""


def to_make(begins: Sequence[datetime], *, now: datetime, period: timedelta) -> list[datetime]:
    """The instants from which new keys are to sign, given those of the keys there are."""
    if not begins:
        return [now, now + period]
    newest = max(begins)
    return [max(newest + period, now + ANNOUNCED)] if newest <= now else []


def signing(begins: Sequence[datetime], *, now: datetime) -> datetime | None:
    """The start of the key that signs at ``now``; None without any key.

    Before the first one begins, it signs all the same: the process that made it has a
    clock that is a little ahead of ours, or read it a moment later.
    """
    return max((begin for begin in begins if begin <= now), default=min(begins, default=None))


def to_forget(begins: Sequence[datetime], *, now: datetime) -> list[datetime]:
    """The starts of keys before the previous one: what they signed has expired a whole period ago."""
    past = sorted(begin for begin in begins if begin <= now)
    return past[:-2]
