"""What the database has to hold before the product can work on it."""

from pathlib import Path

from cinema.kit.db import Database
from cinema.kit.errors import Unavailable
from cinema.kit.migrate import declare, migrate, revision
from cinema.main.progress import Progress
from cinema.main.wiring import Cinema

SCRIPTS = Path(__file__).parents[1] / "migrations"


class SchemaOutdated(Unavailable):
    """The database is not up to date: run `cinema migrate`."""

    code = "schema-outdated"


async def prepare(cinema: Cinema, *, progress: Progress) -> None:
    """Brings the database up to date and writes down what the code declares; safe from many processes at once."""
    if not await is_current(cinema.db):
        progress("Preparing the database")
        await migrate(cinema.db.pools.dsn, SCRIPTS)
    await declare(cinema.modules, db=cinema.db, clock=cinema.clock)
    await cinema.billing.plans.add_first()


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
