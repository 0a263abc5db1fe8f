"""Whether a connection is a session of its own, or a pooler hands it to whoever asks next."""

from typing import Any

import asyncpg

from cinema.kit.address import DatabaseAddress
from cinema.kit.db import translated
from cinema.kit.settings import BadSetting

ROUNDS = 3

SHARED = (
    "CINEMA_DATABASE_URL: leads to a pooler that shares sessions (PgBouncer with pool_mode = transaction), which "
    "cannot be used: statements are prepared, limits are set and NOTIFY is heard by session. Name PostgreSQL "
    "itself, or a pool with pool_mode = session."
)


async def require_sessions(address: DatabaseAddress) -> None:
    """Raises `BadSetting` when two open connections meet one server process, or one meets two."""
    with translated():
        one, two = await _connect(address), None
        try:
            two = await _connect(address)
            seen = [(await _process(one), await _process(two)) for _ in range(ROUNDS)]
        finally:
            one.terminate()
            if two is not None:
                two.terminate()
    if len(set(seen)) > 1 or seen[0][0] == seen[0][1]:
        raise BadSetting([SHARED])


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
