"""A small HTTP client for load: connections that stay open, requests as bytes, nothing else in the way.

It speaks to our own servers on this machine only: answers have a Content-Length.
"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any, cast

from cinema.kit.clock import stopwatch_s

HOST = "127.0.0.1"
END = b"\r\n\r\n"
ANSWER_BYTES_MAX = 1_000_000
PATIENCE_S = 30.0

SILENCE_S = 2.0
"""Servers hang up after some seconds of silence; uvicorn after 5."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, the head as it came, and the body."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.lower() == name.encode():
                return value.strip().decode()
        return None


def request(method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
    """A whole request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, raw: bytes) -> Answer:
        """Sends a request and returns its answer. Raises ConnectionError and TimeoutError."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection is closed")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(raw)
        async with asyncio.timeout(PATIENCE_S):
            return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        taken = take_message(self._buffer)
        if taken is not None and self._answer is not None and not self._answer.done():
            head, body = taken
            self._answer.set_result(Answer(int(head[9:12]), head, body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"the server hung up: {exc}"))


async def connect(port: int) -> Wire:
    """A connection to a server of this machine."""
    _, wire = await asyncio.get_running_loop().create_connection(Wire, HOST, port)
    return wire


class Line:
    """A client of one server that connects again when it was silent for so long that the server may have hung up."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._wire: Wire | None = None
        self._used_s = 0.0

    async def ask(self, raw: bytes) -> Answer:
        """Sends a request and returns its answer. Raises OSError and TimeoutError."""
        if self._wire is None or stopwatch_s() - self._used_s > SILENCE_S:
            self.close()
            self._wire = await connect(self._port)
        try:
            return await self._wire.ask(raw)
        finally:
            self._used_s = stopwatch_s()

    def close(self) -> None:
        if self._wire is not None:
            self._wire.close()
            self._wire = None


def take_message(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """Takes the first whole message, head and body, out of ``buffer``; None while it is not whole."""
    end = buffer.find(END)
    if end < 0:
        return None
    head = bytes(buffer[:end])
    start = end + len(END)
    length = content_length(head)
    if len(buffer) < start + length:
        return None
    body = bytes(buffer[start : start + length])
    del buffer[: start + length]
    return head, body


def content_length(head: bytes) -> int:
    """How long the body behind a head is."""
    lower = head.lower()
    place = lower.find(b"\r\ncontent-length:")
    if place < 0:
        return 0
    length = int(lower[place + 17 :].partition(b"\r\n")[0])
    if length > ANSWER_BYTES_MAX:
        raise ConnectionError(f"a body of {length} bytes")
    return length
