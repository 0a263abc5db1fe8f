"""What many visits show alike, asked for once in a while: the same shelves, the same list of addresses."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from cinema.kit.clock import Clock

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    value: Any
    until: datetime


class Memory:
    """Keeps answers in this process. Nothing of one viewer stands in them, and keys are never what somebody typed."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[Hashable, _Kept] = {}
        self._locks: defaultdict[Hashable, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def recall(self, key: Hashable, ask: Callable[[], Awaitable[T]], *, good_for: timedelta) -> T:
        """The answer to ``key``: one that is younger than ``good_for``, else a new one.

        Who comes while somebody asks waits for that answer; a trouble is not kept.
        """
        async with self._locks[key]:
            now = self._clock.now()
            found = self._kept.get(key)
            if found is None or found.until <= now:
                found = self._kept[key] = _Kept(value=await ask(), until=now + good_for)
            value: T = found.value
            return value
