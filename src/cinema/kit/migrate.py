"""Migrations: Alembic's history, safe to start from any number of processes at once."""

import asyncio
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from cinema.kit.clock import Clock
from cinema.kit.db import Database, DatabaseBusy, Tx, translated
from cinema.kit.outbox import declare_subscriptions
from cinema.kit.settings import BadSetting
from cinema.kit.states import Machine

if TYPE_CHECKING:
    from alembic.config import Config

    from cinema.kit.module import Module

NOT_THE_OWNER = "CINEMA_DATABASE_URL: its role may not make schemas in this database; make it the owner."

DECLARES_MAX = 5
"""How often a start tries to declare beside others who publish."""


def alembic_config(dsn: str, scripts: Path) -> "Config":
    """Alembic's configuration for the history in ``scripts``."""
    from alembic.config import Config  # noqa: PLC0415 - with SQLAlchemy a third of a start, and rarely needed

    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["dsn"] = dsn
    return config


async def migrate(dsn: str, scripts: Path, *, to: str = "head") -> None:
    """Brings the database to revision ``to``; others who try meanwhile wait their turn.

    Raises what `translated` does, and `BadSetting` where the role may not make schemas.
    """
    from alembic import command  # noqa: PLC0415 - as above

    try:
        await asyncio.to_thread(command.upgrade, alembic_config(dsn, scripts), to)
    except Exception as error:  # noqa: BLE001 - raised again as what the driver said
        with translated(writes=True):
            if isinstance(said := _of_the_driver(error), asyncpg.InsufficientPrivilegeError):
                raise BadSetting([NOT_THE_OWNER]) from said
            raise said from None


def _of_the_driver(error: Exception) -> Exception:
    """What the driver said, out of the wrappings of others; ``error`` itself where it said nothing."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, asyncpg.PostgresError | asyncpg.InterfaceError | OSError):
        inner = inner.__cause__ or inner.__context__
    return inner if isinstance(inner, Exception) else error


async def revision(db: Database) -> str | None:
    """The revision the database is at, None before the first."""
    async with db.read() as tx:
        if await tx.value("SELECT to_regclass('alembic_version')") is None:
            return None
        found: str | None = await tx.value("SELECT version_num FROM alembic_version")
        return found


async def declare(modules: Iterable["Module"], *, db: Database, clock: Clock) -> None:
    """Writes what the code declares to where the database reads it: state machines and subscriptions.

    It only adds: beside this process one of another release may be running.
    """
    known = list(modules)
    machines: list[Machine[StrEnum]] = [machine for module in known for machine in module.machines]
    wanted = [consumer.subscription() for module in known for consumer in module.consumers]
    for attempt in range(1, DECLARES_MAX + 1):
        try:
            async with db.write() as tx:
                await declare_machines(tx, machines)
                await declare_subscriptions(tx, wanted, now=clock.now())
        except DatabaseBusy:  # who publishes for long holds it up
            if attempt == DECLARES_MAX:
                raise
        else:
            return


async def declare_machines(tx: Tx, machines: Iterable[Machine[StrEnum]]) -> None:
    """Adds the moves of the tables to where the database's guard reads them; none is taken away."""
    rows = []
    for machine in machines:
        rows += [(machine.entity, "", str(start), "created") for start in sorted(machine.starts)]
        rows += [(machine.entity, str(a), str(b), event) for (a, b), event in machine.moves.items()]
    await tx.write_rows(
        """INSERT INTO kit.moves (entity, from_state, to_state, event)
           SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
           ON CONFLICT (entity, from_state, to_state) DO UPDATE SET event = excluded.event
             WHERE moves.event <> excluded.event""",
        rows,
    )
