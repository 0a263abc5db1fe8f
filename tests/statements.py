"""Counts what goes to the database: exactly, so that a test may say how many statements a batch takes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from asyncpg.connection import LoggedQuery

from cinema.kit.db import Database

FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
DRIVER = ("WITH RECURSIVE typeinfo_tree", "SELECT current_setting('jit')")
"""What asyncpg asks by itself when a connection meets a type for the first time."""


@dataclass(slots=True)
class Statements:
    """What was counted. ``texts`` are the statements on one line each, for the message of a test that fails.

    An ``executemany`` counts once for each of its rows, as the server sees it.
    """

    texts: Counter[str] = field(default_factory=Counter)
    commits: int = 0
    is_over: bool = False

    @property
    def total(self) -> int:
        """Statements, without those that begin and end transactions."""
        return self.texts.total()

    def note(self, query: LoggedQuery) -> None:
        if self.is_over:
            return
        text = " ".join(query.query.split())
        if text.startswith("COMMIT"):
            self.commits += 1
        elif not text.startswith((*FRAME, *DRIVER)):
            self.texts[text] += len(query.args) if isinstance(query.args, list) else 1


@asynccontextmanager
async def counted(db: Database) -> AsyncIterator[Statements]:
    """Counts all that goes through the connections of ``db`` inside, whoever uses them."""
    statements = Statements()
    async with AsyncExitStack() as stack:  # all connections at once, so that none is left out
        for pool in (db.pools.writer, db.pools.reader):
            for _ in range(pool.get_max_size()):
                connection = await stack.enter_async_context(pool.acquire())
                connection.add_query_logger(statements.note)
    yield statements
    await asyncio.sleep(0)  # the driver tells a moment later
    statements.is_over = True
