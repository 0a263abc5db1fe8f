"""Shared commits: many who wait for an answer need not wait for a commit each.

What comes in while a commit is on its way goes into the next one. When it fails, each
item tries alone, so that one that cannot be written fails by itself.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from cinema.kit.db import Database, Tx, is_general

T = TypeVar("T")
R = TypeVar("R")


class SharedCommits(Generic[T, R]):
    """Writes items with ``work(tx, items)``, which returns one result for each, in their order."""

    def __init__(self, db: Database, work: Callable[[Tx, Sequence[T]], Awaitable[Sequence[R]]], *, batch: int) -> None:
        self._db = db
        self._work = work
        self._batch = batch
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def write(self, item: T) -> R:
        """The item's result, once it is committed. Raises what the work raised for this item."""
        told: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, told))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all(), name="commits")
        return await told

    async def _write_all(self) -> None:
        """Goes on until nobody waits. A task of its own: who asked first may give up without harm to the others."""
        batch: list[tuple[T, asyncio.Future[R]]] = []
        try:
            await asyncio.sleep(0)  # those who are about to ask come along
            while self._waiting:
                batch, self._waiting = self._waiting[: self._batch], self._waiting[self._batch :]
                if not await self._write_batch(batch):
                    for one in batch:
                        await self._write_batch([one])
        except BaseException as end:  # whoever stops the writer, nobody waits for one that is gone
            for _, told in (*batch, *self._waiting):
                if not told.done():
                    told.set_exception(end)
            self._waiting.clear()
            if isinstance(end, asyncio.CancelledError):
                raise
        finally:
            self._writer = None

    async def _write_batch(self, batch: Sequence[tuple[T, "asyncio.Future[R]"]]) -> bool:
        """Whether everybody has been told; a batch of several that fails has to be tried one by one."""
        items = [item for item, _ in batch]
        try:
            results = await self._db.transact(lambda tx: self._work(tx, items))
        except Exception as error:  # noqa: BLE001 - told to everybody whose item cannot be tried alone
            if len(batch) > 1 and not is_general(error):
                return False
            for _, told in batch:
                if not told.done():
                    told.set_exception(error)
            return True
        for (_, told), result in zip(batch, results, strict=True):
            if not told.done():
                told.set_result(result)
        return True
