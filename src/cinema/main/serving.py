"""Serving an application inside a process that runs other things too."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from cinema.kit.clock import stopwatch_s
from cinema.kit.hosts import plain
from cinema.kit.settings import Networks
from cinema.main.connections import KEEP_ALIVE_S, USUAL, Connection, Patience, end_overdue
from cinema.main.ports import BACKLOG

TICKS = 10
"""Of uvicorn's ten ticks a second, after how many clients are looked at that have not kept the time."""

FORWARDED_FOR = b"x-forwarded-for"


class _Server(uvicorn.Server):
    """A server that leaves signals to the process, and ends what clients leave half done."""

    async def on_tick(self, counter: int) -> bool:
        if counter % TICKS == 0:
            end_overdue(self.server_state.connections, stopwatch_s())
        return await super().on_tick(counter)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(
    app: ASGIApp, listening: socket.socket, *, proxies: Networks = (), patience: Patience = USUAL
) -> AsyncIterator[None]:
    """``app`` answers on the socket for the length of the block; what is under way may end in five seconds."""
    protocol: Any = partial(Connection, patience=patience)  # in the place of a class, which uvicorn calls
    config = uvicorn.Config(
        behind(app, proxies), http=protocol, ws="none", interface="asgi3", log_config=None, access_log=False,
        lifespan="off", server_header=False, proxy_headers=False, backlog=BACKLOG, timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_S,
    )  # fmt: skip
    server = _Server(config)
    with listening:
        async with asyncio.TaskGroup() as tasks:  # ends the block if the server ends by an error
            serving = tasks.create_task(server.serve(sockets=[listening]))
            try:
                while not server.started:  # noqa: ASYNC110 - the server tells by an attribute
                    await asyncio.sleep(0.005)
                yield
            finally:
                server.should_exit = True
                await asyncio.wait([serving])


def behind(app: ASGIApp, proxies: Networks) -> ASGIApp:
    """``app`` with the caller's address and scheme as ``proxies`` tell them; nobody else is believed.

    ``X-Forwarded-For`` is read from its end: the first address that is not one of theirs is
    the caller's. What stands before it is hearsay.
    """
    if not proxies:
        return plainly(app)
    return plainly(ProxyHeadersMiddleware(app, [str(one) for one in proxies]))  # type: ignore[arg-type]  # ASGI, in uvicorn's own types


def plainly(app: ASGIApp) -> ASGIApp:
    """``app`` with every address, the peer's and those that proxies tell, in the one spelling of its host."""

    async def spelled(scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        if client and ":" in client[0]:
            scope = {**scope, "client": (plain(client[0]), client[1])}
        if any(name == FORWARDED_FOR for name, _ in scope.get("headers", ())):
            headers = [(name, _spelled(value) if name == FORWARDED_FOR else value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await app(scope, receive, send)

    return spelled


def _spelled(forwarded_for: bytes) -> bytes:
    hosts = [plain(host.strip()) for host in forwarded_for.decode("latin-1").split(",")]
    return ", ".join(hosts).encode("latin-1")
