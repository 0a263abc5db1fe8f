"""Compression of answers: text that is worth it, for who asks."""

import asyncio
import gzip
import re
from collections.abc import Mapping

from starlette.types import Message, Scope, Send

from cinema.kit.origins import Pairs

BYTES_MIN = 1_024
"""A shorter text fits into one packet as it is."""

BYTES_IN_THREAD = 65_536
"""What takes milliseconds is compressed beside the event loop."""

LEVEL = 4
"""Of nine: a tenth larger than the best, in a third of the time."""

TEXT = re.compile(rb"text/|application/(.+\+)?json|image/svg\+xml|application/(javascript|xml)")
ACCEPTED = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?", re.ASCII)
AS_IT_IS = frozenset({b"content-encoding", b"accept-ranges", b"content-range"})
MARK = b"-gzip"
"""At the end of an ETag: other bytes have another tag, so that it stays a strong one (RFC 9110, 8.8.3.3)."""


def accepts_gzip(said: bytes | None) -> bool:
    """Whether an ``Accept-Encoding`` takes gzip (RFC 9110, 12.5.3)."""
    if said is None:
        return False
    weights: dict[str, float] = {}
    for part in said.decode("latin-1").lower().split(","):
        if found := ACCEPTED.fullmatch(part):
            weights[found[1]] = float(found[2] or 1)
    return weights.get("gzip", weights.get("*", 0)) > 0


class Encoding:
    """How one request wants its answer.

    Text that comes whole and is long enough is compressed; files that are sent in ranges,
    what is encoded already and what comes in parts stay as they are. Routes know the ETags
    of what they say, so the marks of ours are taken off what a caller sends.
    """

    __slots__ = ("_is_marked", "_is_wanted")

    def __init__(self, scope: Scope, said: Mapping[bytes, bytes]) -> None:
        self._is_wanted = accepts_gzip(said.get(b"accept-encoding"))
        self._is_marked = self._is_wanted and MARK in said.get(b"if-none-match", b"")
        if self._is_marked:
            scope["headers"] = [
                (name, value.replace(MARK + b'"', b'"') if name == b"if-none-match" else value)
                for name, value in scope["headers"]
            ]

    def around(self, send: Send) -> Send:
        """``send`` that compresses."""
        held: Message | None = None

        async def answer(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start":
                if self._is_marked and message["status"] == 304:  # noqa: PLR2004 - Not Modified says what 200 would say
                    message["headers"] = _encoded(message["headers"])
                if _is_text(message):
                    held = message
                else:
                    await send(message)
                return
            if held is not None:
                start, held = held, None
                await self._fit(start, message)
                await send(start)
            await send(message)

        return answer

    async def _fit(self, start: Message, message: Message) -> None:
        body = message.get("body", b"")
        if len(body) < BYTES_MIN or message.get("more_body", False):
            return
        if not self._is_wanted:
            start["headers"] = _varied(start["headers"])
            return
        message["body"] = await _gzip(body)
        start["headers"] = [
            *(pair for pair in _encoded(start["headers"]) if pair[0] != b"content-length"),
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(message["body"])).encode()),
        ]


def _is_text(start: Message) -> bool:
    said = dict(start["headers"])
    kind = said.get(b"content-type")
    return kind is not None and TEXT.match(kind) is not None and said.keys().isdisjoint(AS_IT_IS)


def _encoded(headers: Pairs) -> Pairs:
    """``headers`` of the compressed form."""
    tagged = [(name, value[:-1] + MARK + b'"' if name == b"etag" else value) for name, value in headers]
    return _varied(tagged)


def _varied(headers: Pairs) -> Pairs:
    said = [value for name, value in headers if name == b"vary"]
    others = [(name, value) for name, value in headers if name != b"vary"]
    return [*others, (b"vary", b", ".join([*said, b"Accept-Encoding"]))]


async def _gzip(body: bytes) -> bytes:
    if len(body) < BYTES_IN_THREAD:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
