"""Serving an application inside a process that runs other things too."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from cinema.kit.errors import Unavailable


class PortTaken(Unavailable):
    """The port is in use by another program."""

    code = "port-taken"


class _Server(uvicorn.Server):
    """A server that leaves signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: ASGIApp, *, host: str, port: int) -> AsyncIterator[asyncio.Task[None]]:
    """``app`` answers on ``host:port`` for the length of the block. Raises `PortTaken`."""
    config = uvicorn.Config(
        app, host=host, port=port, log_config=None, access_log=False, lifespan="off", server_header=False,
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    server = _Server(config)
    listening = bound(host, port)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - the server tells by an attribute
            await asyncio.sleep(0.005)
        yield task
    finally:
        server.should_exit = True
        await asyncio.wait([task])
        listening.close()


def stop_signal() -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set."""
    event = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, event.set)
    return event


async def first_of(stop: asyncio.Event, task: asyncio.Task[None]) -> None:
    """Returns when we are told to stop or the server has ended by itself."""
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, task], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def bound(host: str, port: int) -> socket.socket:
    """A socket on ``host:port``. Raises `PortTaken`.

    The protocol is named because the event loop sends without delay (TCP_NODELAY) only
    where it can see that it is TCP.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise PortTaken(f"Port {port} of {host} cannot be had: {error.strerror}. Set another one.") from error
    listening.set_inheritable(False)
    return listening
