"""The product in this process: on its database, connected and started."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cinema.main.clocks import build_clock
from cinema.main.database import connected, database, prepare, require_current
from cinema.main.progress import Progress, silent
from cinema.main.settings import AllSettings
from cinema.main.wiring import Cinema, build_cinema


@asynccontextmanager
async def running(
    settings: AllSettings, *, progress: Progress = silent, migrated: bool = True
) -> AsyncIterator[Cinema]:
    """The product, connected; with ``migrated`` the database is made ready first, else it has to be."""
    process = settings.process
    async with database(process) as dsn, connected(dsn, size_max=process.database_connections) as pools:
        cinema = build_cinema(settings, pools=pools, clock=build_clock(process))
        if migrated:
            await prepare(cinema, progress=progress)
        else:
            await require_current(cinema.db)
        await cinema.start()
        try:
            yield cinema
        finally:
            await cinema.stop()
