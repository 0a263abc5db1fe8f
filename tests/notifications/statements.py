"""The statements that a piece of work asks of the database, whatever asks them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from cinema.kit.db import Database, Pools


@asynccontextmanager
async def counting(db: Database) -> AsyncIterator[tuple[Database, list[str]]]:
    """The same database with one connection to read and one to write by, and every statement that they are asked."""
    found: list[str] = []

    def note(record: Any) -> None:
        found.append(" ".join(record.query.split()))

    pools = Pools(db.pools.dsn, size_max=1)
    await pools.open()
    for pool in (pools.reader, pools.writer):
        async with pool.acquire() as connection:
            connection.add_query_logger(note)
    yield Database(pools, owner="counted", clock=db.clock), found
    await pools.close()
