"""A database of one transaction, for checks of what must be undone again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cinema.kit.db import Database, ReadTx, Tx


class Within(Database):
    """Everything happens in the given transaction; only `write` is undone by itself when it fails."""

    def __init__(self, tx: Tx, db: Database) -> None:
        super().__init__(db.pools, owner=db.owner, clock=db.clock)
        self._tx = tx

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTx]:
        yield self._tx

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadTx]:
        yield self._tx

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        async with self._tx.savepoint():
            yield self._tx
