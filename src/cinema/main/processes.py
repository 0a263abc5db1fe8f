"""The processes: web, worker, the stand-ins, and all in one. Each runs until it is cancelled."""

import asyncio
import socket
from contextlib import AsyncExitStack

from cinema.kit.errors import Invalid
from cinema.kit.worker import tell, work
from cinema.main.clocks import build_clock
from cinema.main.ports import bound
from cinema.main.product import running
from cinema.main.progress import Progress
from cinema.main.serving import served
from cinema.main.settings import AllSettings, ProcessSettings
from cinema.main.wiring import Cinema


class ContextUnknown(Invalid):
    """There is no such context."""

    code = "context-unknown"


async def up(settings: AllSettings, *, progress: Progress) -> None:
    """Everything in one process; what is entered first is left last."""
    from cinema.main.stand_ins import sandbox  # noqa: PLC0415 - web and worker run without

    process = settings.process
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(_web_port(process))
        cinema = await stack.enter_async_context(running(settings, progress=progress))
        if not process.is_production:
            await fill(cinema, progress)
        if not (settings.has_own_shop and settings.has_own_mail):
            addresses = await stack.enter_async_context(sandbox(settings, clock=cinema.clock))
            progress(f"Payment pages and mailbox: {addresses.url}")
        await stack.enter_async_context(served(cinema.app, listening))
        progress(f"Cinema: {process.url} (Ctrl-C stops it)")
        await work(cinema.jobs(), cinema.db)


async def fill(cinema: Cinema, progress: Progress) -> None:
    """Gives a cinema without films the demo catalogue."""
    if await cinema.catalog.reader.is_empty():
        progress("Importing the demo catalogue")
        await cinema.catalog.importer.import_folder()


async def web_only(settings: AllSettings, *, progress: Progress) -> None:
    """Answers requests; due work is left to workers, who are told of it."""
    with _web_port(settings.process) as listening:
        async with running(settings, progress=progress) as cinema, served(cinema.app, listening):
            progress(f"Web: {settings.process.url}")
            await tell(cinema.db)


async def worker_only(settings: AllSettings, *, only: frozenset[str] | None, progress: Progress) -> None:
    """Does due work, of all contexts or of some. Raises `ContextUnknown`."""
    async with running(settings, progress=progress) as cinema:
        known = sorted(module.name for module in cinema.modules if module.jobs or module.consumers)
        for name in sorted((only or frozenset()).difference(known)):
            raise ContextUnknown(f"There is no context {name!r} with work to do; there are {', '.join(known)}.")
        progress("Worker: at work")
        await work(cinema.jobs(only=only), cinema.db)


async def sandbox_only(settings: AllSettings, *, progress: Progress) -> None:
    """The stand-ins alone; prints their addresses as ``NAME=value`` lines."""
    from cinema.main.stand_ins import sandbox  # noqa: PLC0415 - as above

    async with sandbox(settings, clock=build_clock(settings.process)) as addresses:
        for line in addresses.lines():
            progress(line)
        await asyncio.Event().wait()


def _web_port(settings: ProcessSettings) -> socket.socket:
    return bound(host=settings.host, port=settings.port, setting=settings.variable("port"))
