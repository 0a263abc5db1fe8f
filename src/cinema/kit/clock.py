"""Time: the only module that reads the system clock.

Everything else takes ``now`` (aware, UTC) or a `Clock`. In development a stored
offset moves every process to the same virtual time.
"""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Tells the time that the product lives in."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class ManualClock:
    """A clock that moves only when told, for tests and simulation."""

    def __init__(self, now: datetime) -> None:
        self._now = aware(now)

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves on by ``by`` (never back) and returns the new time."""
        if by < timedelta(0):
            msg = "a clock does not run backwards"
            raise ValueError(msg)
        self._now += by
        return self._now


class OffsetClock:
    """The machine's time plus an offset kept in a file that all processes share.

    The file holds whole seconds. A process looks at its change time on each reading, so
    that a move is visible everywhere at once. Only development pays for that.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """The virtual time's lead over the machine's time; zero without a file."""
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return timedelta(0)
        seen = (status.st_mtime_ns, status.st_ino)
        if seen != self._seen:
            self._offset = timedelta(seconds=int(self._path.read_text() or "0"))
            self._seen = seen
        return self._offset

    def advance(self, by: timedelta) -> datetime:
        """Moves virtual time on by ``by`` (never back) for every process."""
        if by < timedelta(0):
            msg = "a clock does not run backwards"
            raise ValueError(msg)
        seconds = int((self.offset() + by).total_seconds())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(seconds))
        fresh.replace(self._path)
        return self.now()


def aware(moment: datetime) -> datetime:
    """``moment`` in UTC; a naive one is a programming error."""
    if moment.tzinfo is None:
        msg = "a moment needs a time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def stopwatch_s() -> float:
    """Seconds on a monotonic scale, for durations only (never virtual)."""
    return time.perf_counter()
