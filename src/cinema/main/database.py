"""The database of a process: where it is, and connections to it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeAlias

import asyncpg

from cinema.kit.address import DatabaseAddress, read_address
from cinema.kit.db import DatabaseUnavailable, Pools
from cinema.kit.errors import Unavailable
from cinema.kit.server import require_usable
from cinema.main.embedded import Server
from cinema.main.settings import ProcessSettings

NAME = "cinema"
WAY_OUT = "Does it run, and is CINEMA_DATABASE_URL right?"

Address: TypeAlias = Callable[[], Awaitable[str]]
"""Waits until the database answers and returns its address. Raises `PostgresUnavailable`, `DatabaseUnavailable`,
and `BadSetting` where the address leads to what cannot be used."""


@asynccontextmanager
async def database(settings: ProcessSettings) -> AsyncIterator[Address]:
    """The database's address, to be asked for when it is needed.

    Unless a database is set, our own server starts while the block does other things,
    and runs to its end.
    """
    if settings.database_url is not None:
        url = settings.database_url.get_secret_value()

        async def known() -> str:
            address = read_address(url)
            with _told(address):
                await require_usable(address)
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
        with _told(pools.address):
            await pools.open()
        yield pools
    finally:
        await pools.close()


@contextmanager
def _told(address: DatabaseAddress) -> Iterator[None]:
    """What keeps us out is told with the place, and without the password."""
    try:
        yield
    except (Unavailable, asyncpg.PostgresError, ValueError) as error:
        cause = error.__cause__ if isinstance(error, Unavailable) else error
        is_heard = isinstance(cause, asyncpg.PostgresError | ValueError) and not isinstance(cause, OSError)
        why = f"does not {'let us in' if is_heard else 'answer'}: {cause}"
        raise DatabaseUnavailable(f"PostgreSQL at {address.place} {why}. {WAY_OUT}") from error
