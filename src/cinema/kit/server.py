"""What the PostgreSQL server is like: whether its sessions are ours, its version and letters, its clock."""

from datetime import datetime, timedelta
from typing import Any

import asyncpg

from cinema.kit.address import DatabaseAddress
from cinema.kit.clock import Clock
from cinema.kit.db import Database, translated
from cinema.kit.settings import BadSetting

VERSION_MIN = 15
ROUNDS = 3
CLOCK_LEAD_MAX = timedelta(seconds=5)
"""By how much clocks may differ: tokens are forgiven as much."""

SHARED = (
    "CINEMA_DATABASE_URL: leads to a pooler that shares sessions (PgBouncer with pool_mode = transaction), which "
    "cannot be used: statements are prepared, limits are set and NOTIFY is heard by session. Name PostgreSQL "
    "itself, or a pool with pool_mode = session."
)


async def require_usable(address: DatabaseAddress) -> None:
    """Raises `BadSetting` where the server is too old, keeps other letters than UTF-8, or shares its sessions.

    Sessions are shared when two open connections meet one process of the server, or one meets two.
    """
    with translated():
        one, two = await _connect(address), None
        try:
            two = await _connect(address)
            seen = [(await _process(one), await _process(two)) for _ in range(ROUNDS)]
            version, letters = one.get_server_version().major, one.get_settings().server_encoding
        finally:
            one.terminate()
            if two is not None:
                two.terminate()
    if len(set(seen)) > 1 or seen[0][0] == seen[0][1]:
        raise BadSetting([SHARED])
    if version < VERSION_MIN:
        raise BadSetting([f"CINEMA_DATABASE_URL: leads to PostgreSQL {version}; at least {VERSION_MIN} is needed."])
    if letters != "UTF8":
        raise BadSetting([f"CINEMA_DATABASE_URL: the database keeps its texts in {letters}; UTF8 is needed."])


async def clock_lead(db: Database, *, clock: Clock) -> timedelta:
    """By how much ``clock``, this machine's, is ahead of the database's."""
    before = clock.now()
    async with db.read() as tx:
        theirs: datetime = await tx.value("SELECT clock_timestamp()")
    return before + (clock.now() - before) / 2 - theirs


async def _connect(address: DatabaseAddress) -> "asyncpg.Connection[Any]":
    """Without prepared statements that stay, which a pooler would mix up."""
    connection: asyncpg.Connection[Any] = await asyncpg.connect(
        **address.arguments(application="cinema"), statement_cache_size=0
    )
    return connection


async def _process(connection: "asyncpg.Connection[Any]") -> int:
    """The number of the server's process, asked inside a transaction so that it is one for all of the question."""
    async with connection.transaction():
        number: int = await connection.fetchval("SELECT pg_backend_pid()")
        return number
