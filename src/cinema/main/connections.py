"""Connections: what a client may send and hold before anything of ours is asked.

The parser below takes headers of any size and waits for ever. So every byte of a head is
counted here before it is parsed, and every client that began something has to be done in
time. The parser (httptools) is named and not left to what happens to be installed.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from cinema.kit.border import PROTECTIVE, REQUEST_ID_HEADER
from cinema.kit.clock import SystemClock, stopwatch_s
from cinema.kit.errors import BadRequest, Refusal, Trouble, Unavailable
from cinema.kit.http import problem
from cinema.kit.ids import uuid7
from cinema.main.web_settings import CONNECTIONS_MAX

HEAD_BYTES_MAX = 32_768
"""Request line and headers together."""

PATIENCE_S = 30.0
"""For a head to be whole, and then for its body."""

KEEP_ALIVE_S = 75
"""How long a connection may wait for its next request."""

STALLED_S = 60.0
"""How long an answer may lie unread before its connection is cut."""

LINGER_S = 5.0
LINGER_BYTES_MAX = 1_000_000
"""What is still read, and dropped, from who was refused: a line that is cut at once loses the answer too."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """The limits of a server's connections, in bytes and seconds."""

    connections_max: int = CONNECTIONS_MAX
    head_bytes_max: int = HEAD_BYTES_MAX
    request_s: float = PATIENCE_S
    stalled_s: float = STALLED_S
    linger_s: float = LINGER_S


USUAL = Patience()


class HeadersTooLarge(BadRequest):
    """Request line and headers are larger than this service takes."""

    status = 431
    code = "headers-too-large"


class NotHttp(BadRequest):
    """What was sent is not HTTP/1.1."""

    code = "not-http"


class RequestTooSlow(Refusal):
    """The request did not come whole in time."""

    status = 408
    code = "request-too-slow"


class ConnectionsFull(Unavailable):
    """More connections are open than this service holds; try again later."""

    code = "connections-full"


class Connection(HttpToolsProtocol):
    """One client's connection, limited in bytes and time."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        patience: Patience,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._patience = patience
        self._is_in_head = True
        self._head_bytes = 0
        self._began_within = False  # the head began in the middle of what came at once, so its bytes are not known
        self._due_s: float | None = None  # by when what the client began has to be whole
        self.waits_since_s = 0.0
        """When it came, or was last answered."""
        self._stalled_since_s: float | None = None
        self._closes_since_s: float | None = None
        self._refusal: Trouble | None = None
        self._is_lingering = False
        self._dropped_bytes = 0

    @property
    def is_leaving(self) -> bool:
        """Whether it ends by itself."""
        return self._is_lingering or self.transport.is_closing()

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is done for it: no whole head has come since the last answer."""
        return self._is_in_head and not self._is_answering

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, whatever uvicorn calls it
        return cycle is not None and not cycle.response_complete

    # -- what the transport tells ---------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.waits_since_s = stopwatch_s()
        self._due_s = self.waits_since_s + self._patience.request_s
        if len(self.connections) > self._patience.connections_max:
            self._find_room()

    def data_received(self, data: bytes) -> None:
        if self._is_lingering:
            self._drop(len(data))
            return
        if self._due_s is None:
            self._due_s = stopwatch_s() + self._patience.request_s
        room = self._patience.head_bytes_max - self._head_bytes
        if self._is_in_head and len(data) > room:
            self._head_bytes += room
            super().data_received(data[:room])
            if self._is_head_full():
                self._refuse(HeadersTooLarge(bytes_max=self._patience.head_bytes_max))
            if self.is_leaving:
                return
            data = data[room:]
        self._head_bytes += len(data)
        super().data_received(data)

    def _is_head_full(self) -> bool:
        return self._is_in_head and self._head_bytes >= self._patience.head_bytes_max

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_since_s = stopwatch_s()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled_since_s = None

    # -- what the parser finds ------------------------------------------------------

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._began_within = not self._head_bytes
        self._due_s = self._due_s or stopwatch_s() + self._patience.request_s

    def on_headers_complete(self) -> None:
        if self._began_within:
            size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
            if size > self._patience.head_bytes_max:
                self._refusal = HeadersTooLarge(bytes_max=self._patience.head_bytes_max)
                raise self._refusal  # ends the parsing; answered by `send_400_response`
        self._is_in_head = False
        self._due_s = stopwatch_s() + self._patience.request_s
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_head = True
        self._head_bytes = 0
        self._due_s = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.waits_since_s = stopwatch_s()
        if not (self._is_in_head or self._is_answering or self.is_leaving):
            self._linger()  # answered before the whole body was there; nobody wants the rest

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's words for it
        self._refuse(self._refusal or NotHttp())

    def _unsupported_upgrade_warning(self) -> None:
        """A wish for another protocol is not met (RFC 9110, 7.8), which is nothing to warn of."""

    # -- how it ends ----------------------------------------------------------------

    def end_if_overdue(self, now_s: float) -> None:
        """Ends what a client has left half done; to be called every second or so."""
        if self.transport.is_closing():  # waits until what was written is read
            self._closes_since_s = self._closes_since_s or now_s
            if now_s - self._closes_since_s > self._patience.stalled_s:
                self.transport.abort()
        elif self._stalled_since_s is not None and now_s - self._stalled_since_s > self._patience.stalled_s:
            self.transport.abort()
        elif self._due_s is not None and now_s > self._due_s:
            self._end_overdue(now_s)

    def _end_overdue(self, now_s: float) -> None:
        if self._is_lingering:
            self.transport.abort()
        elif self.flow.read_paused:  # it is we who do not read
            self._due_s = now_s + self._patience.request_s
        elif self._is_in_head and self._is_answering:
            pass  # half of the next request; the answer to this one goes first
        elif self._is_in_head and not self._head_bytes:
            self.transport.close()
        else:
            self._refuse(RequestTooSlow())

    def _find_room(self) -> None:
        """Closes the connection that has waited longest, or refuses this one when all are at work."""
        staying: list[Connection] = [one for one in self.connections if isinstance(one, Connection)]
        if len(staying) > 2 * self._patience.connections_max:  # not even for a refusal
            self.transport.abort()
            return
        staying = [one for one in staying if not one.is_leaving]
        if len(staying) <= self._patience.connections_max:
            return
        waiting = [one for one in staying if one.is_waiting and one is not self]
        if waiting:
            min(waiting, key=lambda one: one.waits_since_s).transport.close()
        else:
            self._refuse(ConnectionsFull())

    def _refuse(self, trouble: Trouble) -> None:
        """Says why, where an answer can still be given, and ends."""
        if self.is_leaving:
            return
        log.info("connection.refused", code=trouble.code, status=trouble.status)
        if self._is_answering:
            is_late = self._is_in_head or self.cycle.response_started or bool(self.pipeline)
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if is_late:
                self.transport.close()
                return
        answer = problem(trouble, request_id=(identifier := uuid7(SystemClock().now()).hex))
        headers = [
            *self.server_state.default_headers,
            *answer.raw_headers,
            *PROTECTIVE,
            (REQUEST_ID_HEADER, identifier.encode()),
            (b"connection", b"close"),
        ]
        lines = (b"%b: %b\r\n" % pair for pair in headers)
        self.transport.write(b"".join((STATUS_LINE[trouble.status], *lines, b"\r\n", bytes(answer.body))))
        self._linger()

    def _linger(self) -> None:
        self._unset_keepalive_if_required()
        self._is_lingering = True
        self._due_s = stopwatch_s() + self._patience.linger_s
        self.flow.resume_reading()
        self.transport.write_eof()

    def _drop(self, size: int) -> None:
        self._dropped_bytes += size
        if self._dropped_bytes > LINGER_BYTES_MAX:
            self.transport.abort()


def end_overdue(connections: Iterable[object], now_s: float) -> None:
    """Ends those of ``connections`` whose clients have not kept the time."""
    for one in tuple(connections):
        if isinstance(one, Connection):
            one.end_if_overdue(now_s)
