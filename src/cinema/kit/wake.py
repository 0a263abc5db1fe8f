"""Wake-up calls: a hint that work is due, never the work itself.

Inside a process a call sets an event. To other processes it goes by NOTIFY, at most
one every few milliseconds and outside every transaction, because a NOTIFY inside one
makes all commits of the database queue up. A lost call costs one polling interval.
"""

import asyncio
from collections.abc import Iterable

CHANNEL = "cinema"


class Waker:
    """Wakes the loops of this process and remembers whom to wake elsewhere.

    ``told_by`` is the server's number of the connection that told others last: what it
    said is known here already.
    """

    def __init__(self) -> None:
        self.told_by: int | None = None
        self._events: dict[str, asyncio.Event] = {}
        self._pending: set[str] = set()
        self._has_pending = asyncio.Event()

    def wake(self, names: Iterable[str]) -> None:
        """Wakes the named loops here now, and those of other processes soon."""
        for name in names:
            self.wake_here(name)
            self._pending.add(name)
        if self._pending:
            self._has_pending.set()

    def wake_here(self, name: str) -> None:
        """Wakes the named loop of this process only."""
        self._event(name).set()

    async def wait(self, name: str, timeout_s: float) -> None:
        """Returns when ``name`` is called, at once if it was since the last wait, or after ``timeout_s``."""
        event = self._event(name)
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return
        event.clear()

    def is_called(self, name: str) -> bool:
        """Whether ``name`` was called since the last wait; the call counts as heard."""
        event = self._event(name)
        was_called = event.is_set()
        event.clear()
        return was_called

    async def take_pending(self) -> frozenset[str]:
        """Waits for names that other processes should hear of, and hands them over."""
        await self._has_pending.wait()
        self._has_pending.clear()
        names, self._pending = frozenset(self._pending), set()
        return names

    def _event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())
