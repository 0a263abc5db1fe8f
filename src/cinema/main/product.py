"""The product in this process: on its database, connected and started."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from cinema.main.clocks import build_clock
from cinema.main.collector import uncollected
from cinema.main.database import connected, database
from cinema.main.progress import Progress, silent
from cinema.main.settings import AllSettings

if TYPE_CHECKING:
    from cinema.main.wiring import Cinema


@asynccontextmanager
async def running(
    settings: AllSettings, *, progress: Progress = silent, migrated: bool = True
) -> AsyncIterator["Cinema"]:
    """The product, connected; with ``migrated`` the database is made ready first, else it has to be.

    PostgreSQL starts while this process imports what it needs, which takes longer: whoever
    wants a quick start imports `cinema.main.wiring` here and nowhere before.
    """
    process = settings.process
    async with AsyncExitStack() as stack:
        with uncollected():
            address = await stack.enter_async_context(database(process))
            from cinema.main import schema, wiring  # noqa: PLC0415 - see above

            dsn = await address()
            pools = await stack.enter_async_context(connected(dsn, size_max=process.database_connections))
            cinema = wiring.build_cinema(settings, pools=pools, clock=build_clock(process))
            if migrated:
                await schema.prepare(cinema, progress=progress)
            else:
                await schema.require_current(cinema.db)
            await cinema.start()
            stack.push_async_callback(cinema.stop)
        yield cinema
