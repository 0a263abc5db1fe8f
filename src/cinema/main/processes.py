"""The processes: web, worker, the stand-ins, and all in one. Each runs until it is canceled.

What takes long to import is imported by `running`, while PostgreSQL starts, or after it.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from cinema.kit.errors import Invalid
from cinema.main.clocks import build_clock
from cinema.main.contexts import WITH_WORK
from cinema.main.ports import bound
from cinema.main.product import running
from cinema.main.progress import Progress
from cinema.main.sandbox_settings import SandboxSettings
from cinema.main.settings import AllSettings, ProcessSettings

if TYPE_CHECKING:
    from cinema.main.stand_ins import Addresses
    from cinema.main.wiring import Cinema


CARD_TO_TRY = "5555 5555 5555 4444"
"""One of the stand-in's cards."""


class ContextUnknown(Invalid):
    """There is no such context."""

    code = "context-unknown"


async def up(settings: AllSettings, *, progress: Progress, program: str = "cinema") -> None:
    """Everything in one process; what is left first is what asks the others.

    The stand-ins come when the product answers already. Their port is open from the
    beginning: whoever calls them before they are there waits, and is not refused. The last
    it says are the `ways_in`; ``program`` is how the command is called.
    """
    process = settings.process
    async with AsyncExitStack() as stack:
        listening = stack.enter_context(_web_port(process))
        is_alone = settings.has_own_provider and settings.has_own_mail
        door = None if is_alone else stack.enter_context(_stand_in_port(settings.sandbox))
        cinema = await stack.enter_async_context(running(settings, progress=progress))
        if not process.is_production:
            await fill(cinema, progress)
        stand_ins = await stack.enter_async_context(AsyncExitStack())
        await stack.enter_async_context(_served(cinema, listening, settings))
        if door is not None:
            await stand_ins.enter_async_context(await _sandbox(settings, door))
        for line in ways_in(settings, program=program):
            progress(line)
        await _watched(cinema, settings, cinema.work())


def ways_in(settings: AllSettings, *, program: str) -> list[str]:
    """What there is to open and to know, a line each; the cinema itself comes last."""
    process, stand_ins = settings.process, settings.sandbox
    lines = []
    if not settings.has_own_mail:
        lines.append(f"Mailbox: {stand_ins.mailbox_url}")
    if not settings.has_own_provider:
        lines.append(f"Test cards: {stand_ins.cards_url} ({CARD_TO_TRY} pays)")
    if not process.is_production:
        lines.append(f"Administrator: sign up, then {program} admin create --login YOUR_LOGIN")
    return [*lines, f"Cinema: {process.url} (Ctrl-C stops it)"]


async def fill(cinema: "Cinema", progress: Progress) -> None:
    """Gives a cinema without films the demo catalogue."""
    if await cinema.catalog.importer.is_empty():
        progress("Importing the demo catalogue")
        await cinema.catalog.importer.import_folder()


async def web_only(settings: AllSettings, *, progress: Progress) -> None:
    """Answers requests; due work is left to workers, who are told of it."""
    with _web_port(settings.process) as listening:
        async with _apart(settings, progress) as cinema, _served(cinema, listening, settings):
            progress(f"Web: {settings.process.url}")
            await _watched(cinema, settings, cinema.tell())


async def worker_only(settings: AllSettings, *, only: frozenset[str] | None, progress: Progress) -> None:
    """Does due work, of all contexts or of some."""
    process = settings.process
    async with AsyncExitStack() as stack:
        port = process.worker_port
        setting = process.variable("worker_port")
        door = None if port is None else stack.enter_context(bound(host=process.host, port=port, setting=setting))
        cinema = await stack.enter_async_context(_apart(settings, progress))
        if door is not None:
            await stack.enter_async_context(_health_served(cinema, door))
        progress("Worker: at work")
        await _watched(cinema, settings, cinema.work(only=only))


@asynccontextmanager
async def _apart(settings: AllSettings, progress: Progress) -> AsyncIterator["Cinema"]:
    """The product in a process that is one of several. In production only `cinema migrate` changes the schema.

    What the code declares is written down in any case: that only adds.
    """
    is_production = settings.process.is_production
    async with running(settings, progress=progress, migrated=not is_production) as cinema:
        if is_production:
            from cinema.kit.migrate import declare  # noqa: PLC0415 - `running` has imported it

            await declare(cinema.modules, db=cinema.db, clock=cinema.clock)
        yield cinema


async def _watched(cinema: "Cinema", settings: AllSettings, work: Coroutine[Any, Any, None]) -> None:
    from cinema.main.watch import watch  # noqa: PLC0415 - `running` has imported the most of it

    async with asyncio.TaskGroup() as group:
        group.create_task(watch(cinema, settings), name="watch")
        group.create_task(work, name="work")


def contexts(names: str) -> frozenset[str] | None:
    """The contexts in a list with commas, None for all. Raises `ContextUnknown`."""
    chosen = frozenset(name.strip() for name in names.split(",") if name.strip())
    for name in sorted(chosen - WITH_WORK):
        raise ContextUnknown(f"There is no context {name!r} with work to do; there are {', '.join(sorted(WITH_WORK))}.")
    return chosen or None


async def sandbox_only(settings: AllSettings, *, progress: Progress) -> None:
    """The stand-ins alone; prints their addresses as ``NAME=value`` lines."""
    async with await _sandbox(settings) as addresses:
        for line in addresses.lines():
            progress(line)
        await asyncio.Event().wait()


async def _sandbox(
    settings: AllSettings, door: socket.socket | None = None
) -> AbstractAsyncContextManager["Addresses"]:
    """The stand-ins, imported in a thread so that nobody who asks the product has to wait for that."""

    def build() -> AbstractAsyncContextManager["Addresses"]:
        from cinema.main.stand_ins import sandbox  # noqa: PLC0415 - web and worker run without

        return sandbox(settings, clock=build_clock(settings.process), door=door)

    return await asyncio.to_thread(build)


def _served(cinema: "Cinema", listening: socket.socket, settings: AllSettings) -> AbstractAsyncContextManager[None]:
    from cinema.main.connections import Patience  # noqa: PLC0415 - the worker runs without
    from cinema.main.serving import served  # noqa: PLC0415 - as above

    patience = Patience(connections_max=settings.web.connections)
    return served(cinema.app, listening, proxies=settings.process.trusted_proxies, patience=patience)


def _health_served(cinema: "Cinema", listening: socket.socket) -> AbstractAsyncContextManager[None]:
    """A worker's health and nothing else, on its own address."""
    from cinema.kit.app import build_app  # noqa: PLC0415 - `running` has imported it
    from cinema.kit.module import Module  # noqa: PLC0415 - as above
    from cinema.main.health import health_routes  # noqa: PLC0415 - as above
    from cinema.main.serving import served  # noqa: PLC0415 - few workers have an address

    health = Module(name="health", routes=(health_routes(db=cinema.db, contexts=WITH_WORK),))
    app = build_app(modules=(health,), authenticator=cinema.identity.authenticator, clock=cinema.clock)
    return served(app, listening)


def _web_port(settings: ProcessSettings) -> socket.socket:
    return bound(host=settings.host, port=settings.port, setting=settings.variable("port"))


@contextmanager
def _stand_in_port(settings: SandboxSettings) -> Iterator[socket.socket]:
    """The port of the stand-ins' pages. Raises `PortTaken`, also for the port that takes mails."""
    with bound(host="127.0.0.1", port=settings.smtp_port, setting=settings.variable("smtp_port")):
        pass  # the mailbox opens it later by itself
    with bound(host="127.0.0.1", port=settings.port, setting=settings.variable("port")) as door:
        yield door
