"""The database of a process: where it is, and connections to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias
from urllib.parse import urlsplit

import asyncpg

from cinema.kit.db import DatabaseUnavailable, Pools
from cinema.main.embedded import Server
from cinema.main.settings import ProcessSettings

NAME = "cinema"
WAY_OUT = "Does it run, and is CINEMA_DATABASE_URL right?"

Address: TypeAlias = Callable[[], Awaitable[str]]
"""Waits until the database answers and returns its address. Raises `PostgresUnavailable`."""


@asynccontextmanager
async def database(settings: ProcessSettings) -> AsyncIterator[Address]:
    """The database's address, to be asked for when it is needed.

    Unless a database is set, our own server starts while the block does other things,
    and runs to its end.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()

        async def known() -> str:
            return url

        yield known
        return
    server = own_postgres(settings)

    async def started() -> str:
        await server.start()
        return server.dsn(NAME)

    server.begin(database=NAME)
    try:
        yield started
    finally:
        await server.stop()


def own_postgres(settings: ProcessSettings) -> Server:
    """The PostgreSQL that comes with us, not started."""
    return Server(
        folder=settings.data_folder / "postgres",
        port=settings.postgres_port,
        bin_directory=settings.postgres_bin_directory,
    )


@asynccontextmanager
async def connected(dsn: str, *, size_max: int) -> AsyncIterator[Pools]:
    """Connections to the database at ``dsn``. Raises `DatabaseUnavailable` with the reason."""
    pools = Pools(dsn, size_max=size_max)
    try:
        await _open(pools)
        yield pools
    finally:
        await pools.close()


async def _open(pools: Pools) -> None:
    parts = urlsplit(pools.dsn)
    place = parts.netloc.rpartition("@")[2] + parts.path
    try:
        await pools.open()
    except DatabaseUnavailable as error:
        raise DatabaseUnavailable(f"PostgreSQL at {place} does not answer: {error.__cause__}. {WAY_OUT}") from error
    except (asyncpg.PostgresError, ValueError) as error:  # the password, the database's name, the address itself
        raise DatabaseUnavailable(f"PostgreSQL at {place} does not let us in: {error}. {WAY_OUT}") from error
