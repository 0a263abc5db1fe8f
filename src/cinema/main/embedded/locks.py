"""Locks on files, which the system takes back from a process however it ends."""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cinema.kit.clock import stopwatch_s
from cinema.main.embedded.errors import FolderUnusable

if sys.platform != "win32":
    import fcntl

PAUSE_S = 0.01


class FileLock:
    """One lock on one file: shared by many or exclusive to one.

    Locks belong to the open file, so two of these in one process exclude each
    other as two processes do.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def try_acquire(self, *, shared: bool) -> bool:
        """Takes or converts the lock if that is possible at once; a failed conversion leaves none."""
        mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, mode)
        except BlockingIOError:
            self.release()
            return False
        if self._is_stale():
            self.release()
            return self.try_acquire(shared=shared)
        return True

    def acquire(self, *, shared: bool, limit_s: float) -> None:
        """Waits for the lock for at most ``limit_s`` seconds, then raises `FolderUnusable`."""
        since_s = stopwatch_s()
        while not self.try_acquire(shared=shared):
            if stopwatch_s() - since_s > limit_s:
                detail = f"Another process has held {self.path} for {limit_s:.0f} s; it may hang."
                raise FolderUnusable(detail)
            pause(PAUSE_S)

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _is_stale(self) -> bool:
        """Whether somebody removed the file between our opening and locking it."""
        if self._file is None:
            return False
        try:
            return os.fstat(self._file).st_ino != self.path.stat().st_ino
        except FileNotFoundError:
            return True


@contextmanager
def held(path: Path, *, limit_s: float) -> Iterator[None]:
    """An exclusive lock for the length of a block."""
    lock = FileLock(path)
    lock.acquire(shared=False, limit_s=limit_s)
    try:
        yield
    finally:
        lock.release()


def pause(seconds: float) -> None:
    """Waits; these functions run in a thread of their own."""
    threading.Event().wait(seconds)
