"""Lets rivals meet at a lock, so that what happens next does not depend on luck."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cinema.kit.db import Database

WAITING = """
SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE NOT granted AND datname = current_database()
"""


@asynccontextmanager
async def held_up(db: Database, sql: str, *, rivals: int) -> AsyncIterator[None]:
    """Locks what ``sql`` locks, until ``rivals`` that were started inside wait for a lock."""
    connection = await db.pools.connect()
    try:
        async with connection.transaction():
            await connection.execute(sql)
            yield
            waiting = 0
            while waiting < rivals:  # asked anew each time: inside one transaction the answer would stay the same
                async with db.read() as tx:
                    waiting = await tx.value(WAITING)
    finally:
        await connection.close()
