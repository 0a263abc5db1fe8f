"""Periods: the only place with calendar arithmetic.

A subscription keeps the instant of its first start (the anchor) and the customer's
zone. Boundary ``n`` is always counted from the anchor, never from the boundary before,
so that nothing drifts: 31 January → 28 February → 31 March, at the same local time.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cinema.kit import zones


class Unit(StrEnum):
    """What an interval is counted in."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """``count`` calendar units: a month, twelve months, a day."""

    unit: Unit
    count: int

    def __str__(self) -> str:
        return f"{self.count} {self.unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Half-open: ``[start, end)``, aware, UTC."""

    start: datetime
    end: datetime


def boundary(*, anchor: datetime, zone: str, interval: Interval, number: int) -> datetime:
    """The instant (UTC) at which period ``number`` begins; period 0 begins at the anchor.

    In the customer's zone it falls on min(anchor day, last day of the month) at the
    anchor's local time. A local time that a clock change skips is moved on by the
    length of the gap; of one that occurs twice the first counts.
    """
    place = zones.zone(zone)
    local = anchor.astimezone(place)
    steps = interval.count * number
    if number == 0:
        return anchor.astimezone(UTC)
    if interval.unit is Unit.DAY:
        moved = local.replace(tzinfo=None) + timedelta(days=steps)
    else:
        months = local.year * 12 + local.month - 1 + (steps * 12 if interval.unit is Unit.YEAR else steps)
        year, month = divmod(months, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        moved = local.replace(tzinfo=None, year=year, month=month + 1, day=day)
    return moved.replace(tzinfo=place, fold=0).astimezone(UTC)


def period(*, anchor: datetime, zone: str, interval: Interval, number: int) -> Period:
    """Period ``number`` of a subscription, counted from 0."""
    return Period(
        start=boundary(anchor=anchor, zone=zone, interval=interval, number=number),
        end=boundary(anchor=anchor, zone=zone, interval=interval, number=number + 1),
    )


def moved(*, anchor: datetime, zone: str, interval: Interval, number: int, end: datetime) -> datetime:
    """The anchor with which boundary ``number`` falls on ``end``, later than it did, or where no day does, just after.

    So the period that begins there is not shorter than one of its place in the calendar.
    """

    def found(start: datetime) -> datetime:
        return boundary(anchor=start, zone=zone, interval=interval, number=number)

    start = anchor + (end - found(anchor))
    exact = start + (end - found(start))
    if found(exact) == end:
        return exact
    while found(start) < end:
        start += end - found(start)
    return start


def due_number(*, anchor: datetime, zone: str, interval: Interval, newest: int, now: datetime) -> int:
    """The period to charge after period ``newest``: the next one, or the one that runs now if that is over already.

    Periods that nobody charged in time, because no worker ran, are neither charged nor given.
    """
    number = newest + 1
    while boundary(anchor=anchor, zone=zone, interval=interval, number=number + 1) <= now:
        number += 1
    return number
