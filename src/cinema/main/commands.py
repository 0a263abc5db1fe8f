"""What the shorter commands do."""

import platform
from pathlib import Path
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from cinema.contracts.text import Language
from cinema.kit.db import Database, Pools
from cinema.kit.errors import Trouble, Unavailable
from cinema.kit.inbox import parked, replay
from cinema.kit.migrate import revision
from cinema.main.processes import Progress, database, newest_revision, own_postgres, prepare, running
from cinema.main.settings import AllSettings
from cinema.main.wiring import Cinema, build_clock

COMPARED_DAYS = 90
"""How far back our payments are compared with the provider's list."""


async def migrate_now(settings: AllSettings, *, progress: Progress) -> None:
    """Brings the database up to date."""
    async with database(settings.process) as dsn:
        await prepare(settings, dsn=dsn, clock=build_clock(settings.process), progress=progress)
    progress(f"The database is at revision {newest_revision()}.")


async def check_invariants(settings: AllSettings, out: Console) -> int:
    """Prints a line for each invariant and how many violations there are; 1 when there are any."""
    async with running(settings, progress=lambda _: None, migrated=False) as cinema:
        count = 0
        for invariant in sorted(
            (one for module in cinema.modules for one in module.invariants), key=lambda one: int(one.number[1:])
        ):
            async with cinema.db.snapshot() as tx:
                violations = await invariant.find(tx)
            out.print(f"{'ok  ' if not violations else 'FAIL'} {invariant.number:<4} {invariant.name}", markup=False)
            for violation in violations:
                out.print(f"     {violation}", markup=False)
            count += len(violations)
        count += await _check_provider(cinema, out)
    out.print(f"{count} violations")
    return 1 if count else 0


async def _check_provider(cinema: Cinema, out: Console) -> int:
    """I8 asks the provider, so it is no query; one that does not answer is no violation, but said."""
    name = f"I8   our payments are the provider's, of {COMPARED_DAYS} days"
    try:
        differences = await cinema.payments.comparison.differences(days=COMPARED_DAYS)
    except Unavailable as trouble:
        out.print(f"?    {name}: not checked, {trouble.detail}", markup=False)
        return 0
    out.print(f"{'ok  ' if not differences else 'FAIL'} {name}", markup=False)
    for difference in differences:
        out.print(f"     {difference}", markup=False)
    return len(differences)


async def examine(settings: AllSettings, out: Console) -> int:
    """Looks at what the product needs; 1 when something is missing."""
    process = settings.process
    table = Table("what", "state", box=None)
    problems = 0
    table.add_row("Python", platform.python_version())
    table.add_row("environment", process.environment)
    table.add_row("data folder", str(process.data_folder.absolute()))
    table.add_row("time", build_clock(process).now().isoformat(timespec="seconds"))
    table.add_row("payments", "own shop" if settings.has_own_shop else "stand-in")
    try:
        async with database(process) as dsn:
            pools = Pools(dsn, size_max=2)
            await pools.open()
            db = Database(pools, owner="doctor")
            async with db.read() as tx:
                server = await tx.value("SHOW server_version")
            found = await revision(db)
            await pools.close()
        table.add_row("PostgreSQL", f"{server}, {'ours' if process.database_url is None else 'yours'}")
        is_current = found == newest_revision()
        table.add_row("schema", f"revision {found}" + ("" if is_current else ": run `cinema migrate`"))
        problems += not is_current
    except Trouble as trouble:
        table.add_row("PostgreSQL", trouble.detail)
        problems += 1
    out.print(table)
    out.print("All is well." if not problems else f"{problems} things need attention.")
    return 1 if problems else 0


async def create_admin(
    settings: AllSettings, out: Console, *, login: str, email: str, password_file: Path | None
) -> None:
    """Makes an administrator; prints the password if it was made here."""
    password = password_file.read_text().strip() if password_file else None  # noqa: ASYNC240 - a line, once
    async with running(settings, progress=lambda _: None) as cinema:
        created = await cinema.identity.create_admin(
            login=login,
            email=email or f"{login}@localhost.localdomain",
            password=password,
            language=Language.EN,
            time_zone="UTC",
        )
    out.print(str(created), markup=False)


async def import_catalog(settings: AllSettings, out: Console, *, folder: Path | None) -> None:
    """Imports films and says what was new."""
    async with running(settings, progress=lambda _: None) as cinema:
        importer = cinema.catalog.importer
        report = await (importer.import_folder(folder=folder) if folder else importer.import_folder())
    out.print(str(report), markup=False)


async def list_parked(settings: AllSettings, out: Console) -> None:
    """Prints the dead letters."""
    async with running(settings, progress=lambda _: None, migrated=False) as cinema:
        rows = await parked(cinema.db)
    table = Table("group", "event", "what", "tries", "error", box=None)
    for row in rows:
        table.add_row(
            row["group_name"], str(row["event_id"]), row["name"], str(row["attempts"]), row["last_error"] or ""
        )
    out.print(table)
    out.print(f"{len(rows)} parked")


async def replay_parked(settings: AllSettings, out: Console, *, group: str | None, event: str | None) -> None:
    """Puts dead letters back in line."""
    try:
        event_id = UUID(event) if event else None
    except ValueError:
        raise typer.BadParameter(f"{event!r} is no event id") from None
    async with running(settings, progress=lambda _: None, migrated=False) as cinema:
        count = await replay(cinema.db, now=cinema.clock.now(), group=group, event_id=event_id)
    out.print(f"{count} events are in line again")


async def dump_database(settings: AllSettings, path: Path, *, progress: Progress) -> None:
    """Writes a copy of the database that comes with us."""
    async with own_postgres(settings.process) as server:
        await server.dump(database="cinema", path=path)
    progress(f"Written to {path}.")


async def restore_database(settings: AllSettings, path: Path, *, progress: Progress) -> None:
    """Fills the database that comes with us from a copy."""
    async with own_postgres(settings.process) as server:
        await server.ensure_database("cinema")
        await server.restore(database="cinema", path=path)
    progress(f"Restored from {path}.")
