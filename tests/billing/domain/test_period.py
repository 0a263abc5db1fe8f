"""The calendar: contiguous periods, no drift, in the customer's zone."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.billing.domain.period import Interval, Unit, boundary, due_number, moved, period

ZONES = [
    "Europe/Moscow",
    "Europe/Kaliningrad",
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Tehran",
    "Pacific/Apia",
]
MONTH = Interval(unit=Unit.MONTH, count=1)


def local_days(start: str, zone: str, interval: Interval, count: int) -> list[str]:
    anchor = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone))
    found = [boundary(anchor=anchor, zone=zone, interval=interval, number=n) for n in range(count)]
    return [one.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M") for one in found]


@pytest.mark.parametrize(
    ("start", "interval", "expected"),
    [
        ("2026-01-31T12:00", MONTH, ["01-31 12:00", "02-28 12:00", "03-31 12:00", "04-30 12:00"]),
        ("2028-01-30T12:00", MONTH, ["01-30 12:00", "02-29 12:00", "03-30 12:00"]),
        ("2028-02-29T12:00", Interval(unit=Unit.YEAR, count=1), ["02-29 12:00", "02-28 12:00", "02-28 12:00"]),
        ("2026-11-30T12:00", Interval(unit=Unit.MONTH, count=3), ["11-30 12:00", "02-28 12:00", "05-30 12:00"]),
        ("2026-12-31T00:00", Interval(unit=Unit.DAY, count=1), ["12-31 00:00", "01-01 00:00", "01-02 00:00"]),
    ],
)
def test_boundaries_fall_on_the_anchor_day_or_the_months_last(
    start: str, interval: Interval, expected: list[str]
) -> None:
    assert local_days(start, "Europe/Moscow", interval, len(expected)) == expected


def test_a_clock_change_keeps_the_local_time() -> None:
    days = local_days("2026-02-15T08:30", "America/New_York", MONTH, 10)

    assert {one[-5:] for one in days} == {"08:30"}


def test_a_local_time_that_is_skipped_moves_on_and_comes_back() -> None:
    """New York jumps from 2:00 to 3:00 on 8 March 2026."""
    days = local_days("2026-02-08T02:30", "America/New_York", MONTH, 3)

    assert days == ["02-08 02:30", "03-08 03:30", "04-08 02:30"]


@given(
    start=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2034, 12, 31)),  # noqa: DTZ001 - naive on purpose
    zone=st.sampled_from(ZONES),
    interval=st.builds(Interval, unit=st.sampled_from([Unit.MONTH, Unit.DAY]), count=st.sampled_from([1, 3, 6, 12])),
)
def test_periods_are_contiguous_and_never_overlap(start: datetime, zone: str, interval: Interval) -> None:
    anchor = start.replace(tzinfo=UTC)

    periods = [period(anchor=anchor, zone=zone, interval=interval, number=n) for n in range(13)]

    assert periods[0].start == anchor
    assert all(one.start < one.end for one in periods)
    assert all(one.end == after.start for one, after in itertools.pairwise(periods))


def test_the_anchor_is_kept_to_the_second() -> None:
    anchor = datetime(2026, 1, 31, 23, 59, 59, 123456, tzinfo=UTC)

    assert boundary(anchor=anchor, zone="UTC", interval=MONTH, number=0) == anchor
    assert boundary(anchor=anchor, zone="UTC", interval=MONTH, number=2) - anchor == timedelta(days=59)


@pytest.mark.parametrize(("day", "number"), [(30, 1), (58, 1), (59, 2), (89, 2), (90, 3), (400, 13)])
def test_periods_that_were_missed_are_skipped(day: int, number: int) -> None:
    anchor = datetime(2026, 1, 1, tzinfo=UTC)

    found = due_number(anchor=anchor, zone="UTC", interval=MONTH, newest=0, now=anchor + timedelta(days=day))

    assert found == number


@pytest.mark.parametrize(
    ("start", "number", "lost", "end", "following"),
    [
        ("2026-01-15T12:00", 1, timedelta(days=2), "02-17 12:00", "03-17 12:00"),
        ("2026-01-31T12:00", 1, timedelta(days=1), "03-01 12:00", "04-01 12:00"),
        ("2026-01-29T12:00", 1, timedelta(days=2), "03-02 12:00", "04-02 12:00"),
        ("2026-02-15T12:00", 1, timedelta(days=20), "04-04 12:00", "05-04 12:00"),
        ("2026-01-29T12:00", 1, timedelta(days=31), "03-31 12:00", "05-01 12:00"),
        ("2026-01-15T12:00", 1, timedelta(hours=5, minutes=7), "02-15 17:07", "03-15 17:07"),
    ],
)
def test_a_calendar_that_is_moved_goes_on_where_its_period_ends_now(
    start: str, number: int, lost: timedelta, end: str, following: str
) -> None:
    zone = ZoneInfo("Europe/Moscow")
    anchor = datetime.fromisoformat(start).replace(tzinfo=zone)
    place = {"zone": "Europe/Moscow", "interval": MONTH}
    until = boundary(anchor=anchor, number=number, **place) + lost  # type: ignore[arg-type] # the same for all

    later = moved(anchor=anchor, number=number, end=until, **place)  # type: ignore[arg-type] # the same for all

    after = boundary(anchor=later, number=number + 1, **place)  # type: ignore[arg-type] # the same for all
    assert [one.astimezone(zone).strftime("%m-%d %H:%M") for one in (until, after)] == [end, following]


@given(
    start=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2034, 12, 31)),  # noqa: DTZ001 - naive on purpose
    zone=st.sampled_from(ZONES),
    interval=st.builds(Interval, unit=st.sampled_from(Unit), count=st.integers(min_value=1, max_value=12)),
    number=st.integers(min_value=1, max_value=40),
    lost=st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=60)),
)
def test_a_calendar_that_is_moved_never_shortens_the_period_that_follows(
    start: datetime, zone: str, interval: Interval, number: int, lost: timedelta
) -> None:
    anchor = start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = boundary(anchor=anchor, zone=zone, interval=interval, number=number) + lost

    later = moved(anchor=anchor, zone=zone, interval=interval, number=number, end=end)

    first = boundary(anchor=later, zone=zone, interval=interval, number=number)
    assert end <= first <= end + timedelta(days=4)
