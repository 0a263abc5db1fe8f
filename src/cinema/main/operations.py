"""What the shorter commands do. Each prints plain sentences; some return an exit status."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from cinema.contracts.text import Language
from cinema.kit.clock import stopwatch_s
from cinema.kit.db import Database
from cinema.kit.errors import Conflict, Unavailable
from cinema.kit.inbox import parked, replay
from cinema.kit.migrate import revision
from cinema.kit.proving import check
from cinema.main.database import NAME, connected, own_postgres
from cinema.main.product import running
from cinema.main.progress import Progress
from cinema.main.settings import AllSettings
from cinema.main.statuses import CUT_OFF, DONE, FAILED

if TYPE_CHECKING:
    from cinema.kit.sweep import Invariant
    from cinema.main.wiring import Cinema

COMPARED_DAYS = 90
"""How far back our payments are compared with the provider's list."""


class NotOurDatabase(Conflict):
    """CINEMA_DATABASE_URL names a server of your own: use pg_dump and pg_restore there."""

    code = "not-our-database"


class DatabaseNotEmpty(Conflict):
    """The database is in use: restore into a new folder (CINEMA_DATA_FOLDER), or move ``postgres`` in it away first."""

    code = "database-not-empty"


async def migrate_now(settings: AllSettings, *, progress: Progress) -> None:
    """Brings the database up to date."""
    async with running(settings, progress=progress):
        from cinema.main.schema import newest_revision  # noqa: PLC0415 - `running` has imported it

        progress(f"The database is at revision {newest_revision()}.")


async def check_invariants(settings: AllSettings, *, is_whole: bool, seconds: float, progress: Progress) -> int:
    """Prints a line for each invariant, with its seconds, and how many violations there are.

    A check that is not through in time is cut off and named; the others go on.
    """
    async with running(settings, migrated=False) as cinema:
        every = [one for module in cinema.modules for one in module.invariants]
        count, cut_off = await report(cinema.db, every, is_whole=is_whole, seconds=seconds, progress=progress)
        count += await _check_provider(cinema, progress=progress)
    for name in cut_off:
        progress(f"{name} was cut off after {seconds:g} s: give it more with --seconds")
    progress(f"{count} violations")
    return verdict(count, cut_off)


def verdict(count: int, cut_off: list[str]) -> int:
    """The exit status after ``count`` violations and the checks that were ``cut_off``."""
    return FAILED if count else CUT_OFF if cut_off else DONE


async def report(
    db: Database, invariants: Iterable["Invariant"], *, is_whole: bool, seconds: float, progress: Progress
) -> tuple[int, list[str]]:
    """Checks one after the other, with a line for each; returns the number of violations, and what was cut off."""
    count, cut_off = 0, []
    for invariant in sorted(invariants, key=lambda one: int(one.number[1:])):
        checked = await check(db, invariant, seconds=seconds, is_whole=is_whole)
        word = "FAIL" if checked.found else "CUT " if checked.is_cut_off else "ok  "
        name = f"{invariant.number:<4} {invariant.name}"
        progress(f"{word} {name}, {checked.seconds:.1f} s")
        for violation in checked.found:
            progress(f"     {violation}")
        count += len(checked.found)
        cut_off += [name] if checked.is_cut_off else []
    return count, cut_off


async def _check_provider(cinema: "Cinema", *, progress: Progress) -> int:
    """I8 asks the provider, so it is no query; one that does not answer is no violation, but said."""
    name = f"I8   our payments are the provider's, of {COMPARED_DAYS} days"
    begun_s = stopwatch_s()
    try:
        differences = await cinema.payments.comparison.differences(days=COMPARED_DAYS)
    except Unavailable as trouble:
        progress(f"?    {name}: not checked, {trouble.detail}")
        return 0
    progress(f"{'ok  ' if not differences else 'FAIL'} {name}, {stopwatch_s() - begun_s:.1f} s")
    for difference in differences:
        progress(f"     {difference}")
    return len(differences)


async def create_admin(
    settings: AllSettings, *, login: str, email: str, password_file: Path | None, progress: Progress
) -> None:
    """Makes an administrator; says the password once if it was made here."""
    password = password_file.read_text().strip() if password_file else None  # noqa: ASYNC240 - a line, once
    async with running(settings, migrated=not settings.process.is_production) as cinema:
        created = await cinema.identity.admins.create_admin(
            login=login,
            email=email or f"{login}@localhost.localdomain",
            password=password,
            language=Language.EN,
            time_zone="UTC",
        )
    if not created.is_new:
        progress(f"The user {created.login} was there and is an administrator now; the password is as it was.")
        return
    progress(f"The administrator {created.login} was made.")
    if created.password is not None:
        progress(f"Password: {created.password}")
        progress("It is shown this once only.")


async def import_catalog(settings: AllSettings, *, folder: Path | None, progress: Progress) -> int:
    """Imports films and says what was new, or what has to be put right."""
    async with running(settings, migrated=not settings.process.is_production) as cinema:
        from cinema.catalog.service.importing import ImportRefused  # noqa: PLC0415 - `running` has imported it

        importer = cinema.catalog.importer
        try:
            report = await (importer.import_folder(folder=folder) if folder else importer.import_folder())
        except ImportRefused as refused:
            progress("Nothing was imported. Put this right first:")
            for mistake in refused.mistakes:
                progress(f"  {mistake}")
            return 1
    progress(report.sentence())
    return 0


async def list_parked(settings: AllSettings, *, progress: Progress) -> None:
    """Prints the dead letters, a line each."""
    count = 0
    async with running(settings, migrated=False) as cinema:
        rows = await parked(cinema.db)
        while rows:
            for row in rows:
                where = f"{row['event_id']}  {row['group_name']}  {row['name']}"
                progress(f"{where}  {row['attempts']} tries  {row['last_error'] or ''}")
            count += len(rows)
            rows = await parked(cinema.db, after=(rows[-1]["position"], rows[-1]["group_name"]))
    progress(f"{count} parked")


async def replay_parked(settings: AllSettings, *, group: str | None, event_id: UUID | None, progress: Progress) -> None:
    """Puts dead letters back in line."""
    async with running(settings, migrated=False) as cinema:
        count = await replay(cinema.db, now=cinema.clock.now(), group=group, event_id=event_id)
    progress(f"{count} events are in line again.")


async def dump_database(settings: AllSettings, path: Path, *, progress: Progress) -> None:
    """Writes a copy of the database that comes with us."""
    _require_ours(settings)
    async with own_postgres(settings.process).running() as server:
        await server.dump(database="cinema", path=path)
    progress(f"Written to {path}.")


async def restore_database(settings: AllSettings, path: Path, *, progress: Progress) -> None:
    """Fills the database that comes with us, which must be empty, from a copy. Raises `DatabaseNotEmpty`."""
    _require_ours(settings)
    async with own_postgres(settings.process).running() as server:
        await server.ensure_database(NAME)
        async with connected(server.dsn(NAME), size_max=1) as pools:
            if await revision(Database(pools, owner="restore")) is not None:
                raise DatabaseNotEmpty
        await server.restore(database=NAME, path=path)
    progress(f"Restored from {path}.")


def _require_ours(settings: AllSettings) -> None:
    if settings.process.database_url is not None:
        raise NotOurDatabase
