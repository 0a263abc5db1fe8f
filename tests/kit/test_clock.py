"""Clocks: the machine's, one that stands still, and one that all processes share."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from cinema.kit.clock import ManualClock, OffsetClock, SystemClock, aware, stopwatch_s

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
MONTH = timedelta(days=31)


def test_the_system_clock_tells_the_machines_time_in_utc() -> None:
    before = datetime.now(UTC)

    now = SystemClock().now()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(NOON)

    moved = clock.advance(MONTH)

    assert (moved, clock.now()) == (NOON + MONTH, NOON + MONTH)


def test_a_manual_clock_does_not_run_backwards() -> None:
    clock = ManualClock(NOON)

    with pytest.raises(ValueError, match="does not run backwards"):
        clock.advance(timedelta(microseconds=-1))

    assert clock.now() == NOON


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a time zone"):
        ManualClock(datetime(2026, 1, 15))  # noqa: DTZ001 - refused for this


def test_a_moment_of_another_zone_becomes_utc() -> None:
    moscow = timezone(timedelta(hours=3))

    moment = aware(datetime(2026, 1, 15, 15, 0, tzinfo=moscow))

    assert (moment, moment.tzinfo) == (NOON, UTC)


def test_without_a_file_virtual_time_is_the_machines(tmp_path: Path) -> None:
    clock = OffsetClock(tmp_path / "var" / "clock")

    before, now, after = datetime.now(UTC), clock.now(), datetime.now(UTC)

    assert before <= now <= after
    assert clock.offset() == timedelta(0)


def test_a_move_of_virtual_time_is_seen_by_every_process_at_once(tmp_path: Path) -> None:
    mine, theirs = (OffsetClock(tmp_path / "var" / "clock") for _ in range(2))

    mine.advance(MONTH)
    seen_first = theirs.offset()
    theirs.advance(timedelta(hours=1))

    assert seen_first == MONTH
    assert mine.offset() == theirs.offset() == MONTH + timedelta(hours=1)
    assert OffsetClock(tmp_path / "var" / "clock").offset() == MONTH + timedelta(hours=1)


def test_who_has_just_looked_sees_a_move_as_soon_as_it_is_done(tmp_path: Path) -> None:
    mine, theirs = (OffsetClock(tmp_path / "clock") for _ in range(2))
    seen = []

    for _ in range(20):
        theirs.offset()
        mine.advance(timedelta(seconds=1))
        seen.append(theirs.offset())

    assert seen == [timedelta(seconds=count) for count in range(1, 21)]


def test_virtual_time_does_not_run_backwards(tmp_path: Path) -> None:
    clock = OffsetClock(tmp_path / "clock")
    clock.advance(MONTH)

    with pytest.raises(ValueError, match="does not run backwards"):
        clock.advance(-MONTH)

    assert clock.offset() == MONTH


def test_the_stopwatch_counts_up() -> None:
    first, second = stopwatch_s(), stopwatch_s()

    assert second >= first
