"""The processes: web, worker, the stand-ins, and all in one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeAlias

from cinema.kit.clock import Clock
from cinema.kit.db import Database, Pools
from cinema.kit.migrate import declare, migrate, revision
from cinema.kit.worker import tell, work
from cinema.main.embedded import Server, embedded
from cinema.main.serving import first_of, served, stop_signal
from cinema.main.settings import AllSettings, ProcessSettings
from cinema.main.stand_ins import sandbox
from cinema.main.wiring import SCRIPTS, Cinema, build_cinema, build_clock

Progress: TypeAlias = Callable[[str], None]
"""Is told in plain words what is being done."""


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


async def prepare(settings: AllSettings, *, dsn: str, clock: Clock, progress: Progress) -> None:
    """Migrates the database and writes down what the code declares; safe from many processes at once."""
    pools = Pools(dsn, size_max=2)
    cinema = build_cinema(settings, pools=pools, clock=clock)
    await pools.open()
    try:
        db = Database(pools, owner="main")
        if await revision(db) != newest_revision():
            progress("Preparing the database")
            await migrate(dsn, SCRIPTS)
        await declare(cinema.modules, db=db, clock=clock)
    finally:
        await pools.close()


def newest_revision() -> str:
    """The revision that the code needs, by the names of its migrations."""
    return max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


async def fill(cinema: Cinema, progress: Progress) -> None:
    """Gives a new cinema its first plans and the demo catalogue."""
    await cinema.billing.window.add_first_plans()
    if await cinema.catalog.reader.is_empty():
        progress("Importing the demo catalogue")
        await cinema.catalog.importer.import_folder()


@asynccontextmanager
async def running(settings: AllSettings, *, progress: Progress, migrated: bool = True) -> AsyncIterator[Cinema]:
    """The product, connected; with ``migrated`` the database is made ready first."""
    clock = build_clock(settings.process)
    async with database(settings.process) as dsn:
        if migrated:
            await prepare(settings, dsn=dsn, clock=clock, progress=progress)
        pools = Pools(dsn, size_max=settings.process.database_connections)
        cinema = build_cinema(settings, pools=pools, clock=clock)
        await cinema.start()
        try:
            yield cinema
        finally:
            await cinema.stop()


async def up(settings: AllSettings, *, progress: Progress) -> None:
    """Everything in one process until it is told to stop."""
    async with AsyncExitStack() as stack:
        cinema = await stack.enter_async_context(running(settings, progress=progress))
        await fill(cinema, progress)
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        stop = stop_signal()
        if not settings.process.is_production:
            addresses = await stack.enter_async_context(sandbox(settings, clock=cinema.clock))
            progress(f"Stand-ins (payment pages, mailbox): {addresses.url}")
        web = await stack.enter_async_context(
            served(cinema.app, host=settings.process.host, port=settings.process.port)
        )
        progress(f"Cinema: {settings.process.url} (Ctrl-C stops it)")
        worker = tasks.create_task(work(cinema.jobs(), cinema.db))
        await first_of(stop, web)
        worker.cancel()


async def web_only(settings: AllSettings, *, progress: Progress) -> None:
    """Answers requests; due work is left to workers, who are told of it."""
    async with running(settings, progress=progress) as cinema, asyncio.TaskGroup() as tasks:
        stop = stop_signal()
        async with served(cinema.app, host=settings.process.host, port=settings.process.port) as web:
            progress(f"Web: {settings.process.url}")
            teller = tasks.create_task(tell(cinema.db))
            await first_of(stop, web)
            teller.cancel()


async def worker_only(settings: AllSettings, *, only: frozenset[str] | None, progress: Progress) -> None:
    """Does due work, of all contexts or of some."""
    async with running(settings, progress=progress) as cinema, asyncio.TaskGroup() as tasks:
        worker = tasks.create_task(work(cinema.jobs(only=only), cinema.db))
        progress("Worker: at work")
        await stop_signal().wait()
        worker.cancel()


async def sandbox_only(settings: AllSettings, *, progress: Progress) -> None:
    """The stand-ins alone; prints their addresses as ``NAME=value`` lines."""
    async with sandbox(settings, clock=build_clock(settings.process)) as addresses:
        for line in addresses.lines():
            progress(line)
        await stop_signal().wait()
