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


LOOK_EVERY_S = 0.005
"""For how long an `OffsetClock` relies on what it has seen in the file."""


class OffsetClock:
    """The machine's time plus an offset kept in a file that all processes share.

    The file holds whole seconds. A process looks at its change time once in
    `LOOK_EVERY_S`, because a look costs more than the rest of a reading. A move waits
    as long before it returns: whoever was told of a move finds it seen by every process.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._offset = timedelta(0)
        self._looked_s = -LOOK_EVERY_S

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset()

    def offset(self) -> timedelta:
        """The virtual time's lead over the machine's time; zero without a file."""
        moment_s = time.monotonic()
        if moment_s - self._looked_s >= LOOK_EVERY_S:
            self._look()
            self._looked_s = moment_s  # from before the look, so that nothing written since then is passed over
        return self._offset

    def advance(self, by: timedelta) -> datetime:
        """Moves virtual time on by ``by`` (never back); returns when every process sees it."""
        if by < timedelta(0):
            msg = "a clock does not run backwards"
            raise ValueError(msg)
        self._look()
        seconds = int((self._offset + by).total_seconds())
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(f".{os.getpid()}")
        fresh.write_text(str(seconds))
        fresh.replace(self._path)
        time.sleep(LOOK_EVERY_S)
        return self.now()

    def _look(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._seen, self._offset = None, timedelta(0)
            return
        seen = (status.st_mtime_ns, status.st_ino)
        if seen != self._seen:
            self._offset = timedelta(seconds=int(self._path.read_text() or "0"))
            self._seen = seen


def aware(moment: datetime) -> datetime:
    """``moment`` in UTC; a naive one is a programming error."""
    if moment.tzinfo is None:
        msg = "a moment needs a time zone"
        raise ValueError(msg)
    return moment.astimezone(UTC)


def stopwatch_s() -> float:
    """Seconds on a monotonic scale, for durations only (never virtual)."""
    return time.perf_counter()
