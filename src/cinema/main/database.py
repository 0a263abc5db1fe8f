"""The database of a process: where it is, that it answers, that it is up to date."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg

from cinema.kit.db import Database, DatabaseUnavailable, Pools
from cinema.kit.errors import Unavailable
from cinema.kit.migrate import declare, migrate, revision
from cinema.main.embedded import Server, embedded
from cinema.main.progress import Progress
from cinema.main.settings import ProcessSettings
from cinema.main.wiring import SCRIPTS, Cinema


class SchemaOutdated(Unavailable):
    """The database is not up to date: run `cinema migrate`."""

    code = "schema-outdated"


@asynccontextmanager
async def database(settings: ProcessSettings) -> AsyncIterator[str]:
    """The address of the database; of our own one, which runs meanwhile, unless another is set."""
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
        return
    async with own_postgres(settings) as server:
        await server.ensure_database("cinema")
        yield server.dsn("cinema")


def own_postgres(settings: ProcessSettings) -> AbstractAsyncContextManager[Server]:
    """The PostgreSQL that comes with us, running."""
    return embedded(
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
        raise DatabaseUnavailable(f"PostgreSQL at {place} does not answer: {error.__cause__}.") from error
    except (asyncpg.PostgresError, ValueError) as error:  # the password, the database's name, the address itself
        raise DatabaseUnavailable(f"PostgreSQL at {place} does not let us in: {error}.") from error


async def prepare(cinema: Cinema, *, progress: Progress) -> None:
    """Brings the database up to date and writes down what the code declares; safe from many processes at once."""
    if not await is_current(cinema.db):
        progress("Preparing the database")
        await migrate(cinema.db.pools.dsn, SCRIPTS)
    await declare(cinema.modules, db=cinema.db, clock=cinema.clock)
    await cinema.billing.window.add_first_plans()


async def require_current(db: Database) -> None:
    """Raises `SchemaOutdated`."""
    if not await is_current(db):
        raise SchemaOutdated


async def is_current(db: Database) -> bool:
    """Whether the database has what this release needs; a later release may have added to it."""
    return (await revision(db) or "") >= newest_revision()


def newest_revision() -> str:
    """The revision that the code needs, by the names of its migrations."""
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
