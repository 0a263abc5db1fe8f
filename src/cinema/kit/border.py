"""The border around every answer: request ids, limits, headers, one log line, nothing leaks on a crash."""

import re
from typing import Any

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinema.kit.clock import stopwatch_s
from cinema.kit.compression import Encoding
from cinema.kit.errors import BadRequest, Refusal, Trouble
from cinema.kit.http import BodyTooLarge, InternalError, problem
from cinema.kit.ids import uuid7
from cinema.kit.log import REQUEST_ID
from cinema.kit.origins import NOBODY, PREFLIGHT, Origins, Pairs
from cinema.kit.speech import PLAIN, Languages

BODY_BYTES_MAX = 100_000
REQUEST_ID_HEADER = b"x-request-id"
REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9_.-]{8,64}")
HOST_FORM = re.compile(rb"([A-Za-z0-9._~%!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")

PROTECTIVE = (
    (b"cache-control", b"private, no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
)
"""What every answer says unless its route says otherwise: kept by nobody, shown in no page, taken for what it is."""

PROTECTED = frozenset(name for name, _ in PROTECTIVE)

TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")
"""A year; only where the caller came by TLS (RFC 6797, 7.2)."""

log = structlog.get_logger()


class HostUnclear(BadRequest):
    """A request has one ``Host`` header with the name of a host."""

    code = "host-unclear"


class Border:
    """ASGI middleware around everything that answers.

    HEAD is answered as GET is, without the body (RFC 9110, 9.3.2).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        clock: Any,
        body_bytes_max: int = BODY_BYTES_MAX,
        origins: Origins = NOBODY,
        languages: Languages = PLAIN,
    ) -> None:
        self._app = app
        self._languages = languages
        self._clock = clock
        self._body_bytes_max = body_bytes_max
        self._origins = origins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"])
        scope["cinema.request_id"] = identifier = _named(said) or uuid7(self._clock.now()).hex
        outside = REQUEST_ID.set(identifier)
        try:
            await self._answer(scope, _Coming(receive, said, bytes_max=self._body_bytes_max), send, said)
        finally:
            REQUEST_ID.reset(outside)

    async def _answer(self, scope: Scope, coming: "_Coming", send: Send, said: dict[bytes, bytes]) -> None:
        started_s = stopwatch_s()
        identifier: str = scope["cinema.request_id"]
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        going = _Going(send, more=self._told(scope, said), is_head=asked is not scope)
        answer = Encoding(asked, said).around(going)
        try:
            await self._ask(asked, coming, answer, said)
        except ClientDisconnect:
            assert coming.was_cut
        except Refusal as trouble:
            await self._refusal(trouble, identifier, said)(scope, coming, answer)
        except Exception:  # the last line of defence: logged whole, told in one sentence
            log.exception("request.crashed", path=masked(scope["path"]))
            if going.status:
                raise
            await self._refusal(InternalError(), identifier, said)(scope, coming, answer)
        facts = {"method": scope["method"], "path": masked(scope["path"])}
        milliseconds = round((stopwatch_s() - started_s) * 1000, 1)
        if coming.was_cut:
            log.info("request.hung_up", **facts, milliseconds=milliseconds)
        else:
            log.info("request", **facts, status=going.status, milliseconds=milliseconds)

    def _refusal(self, trouble: Trouble, identifier: str, said: dict[bytes, bytes]) -> Response:
        wanted = said.get(b"accept-language")
        speech = self._languages.wanted(wanted.decode("latin-1") if wanted else None)
        return problem(trouble, request_id=identifier, speech=speech)

    def _told(self, scope: Scope, said: dict[bytes, bytes]) -> Pairs:
        """The headers that answers to this request have whatever they say."""
        more = [(REQUEST_ID_HEADER, scope["cinema.request_id"].encode()), *self._origins.told(said.get(b"origin"))]
        return [*more, TLS_ONLY] if scope["scheme"] == "https" else more

    async def _ask(self, scope: Scope, coming: "_Coming", send: Send, said: dict[bytes, bytes]) -> None:
        _check_host(scope, said)
        coming.check_length()
        if self._origins.is_preflight(scope["method"], said):
            answer = Response(status_code=204)
            answer.raw_headers += PREFLIGHT
            await answer(scope, coming, send)
        else:
            await self._app(scope, coming, send)


class _Coming:
    """What a caller sends: counted, and whether it was cut off.

    Called as ``receive``, it raises `BodyTooLarge` when more comes than may.
    """

    __slots__ = ("_bytes_max", "_declared", "_is_whole", "_left", "_receive", "was_cut")

    def __init__(self, receive: Receive, said: dict[bytes, bytes], *, bytes_max: int) -> None:
        length = said.get(b"content-length", b"")
        self._receive = receive
        self._declared = int(length) if length.isdigit() else 0
        self._bytes_max = self._left = bytes_max
        self._is_whole = False
        self.was_cut = False

    def check_length(self) -> None:
        """Raises `BodyTooLarge` before a body is read that says it is too large."""
        if self._declared > self._bytes_max:
            raise BodyTooLarge(bytes_max=self._bytes_max)

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.was_cut = not self._is_whole
            return message
        self._is_whole = not message.get("more_body", False)
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise BodyTooLarge(bytes_max=self._bytes_max)
        return message


class _Going:
    """What is answered: with the headers that belong to every answer, and without the body where HEAD asked."""

    __slots__ = ("_is_head", "_more", "_send", "status")

    def __init__(self, send: Send, *, more: Pairs, is_head: bool) -> None:
        self._send = send
        self._more = more
        self._is_head = is_head
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: Pairs = message["headers"]
            known = dict(headers)
            if known.keys().isdisjoint(PROTECTED):
                message["headers"] = [*headers, *self._more, *PROTECTIVE]
            else:
                message["headers"] = [*headers, *self._more, *(pair for pair in PROTECTIVE if pair[0] not in known)]
        elif self._is_head:
            message["body"] = b""
        await self._send(message)


def _named(said: dict[bytes, bytes]) -> str | None:
    """The id that the sender gave to the request, if it can stand in a log."""
    text = said.get(REQUEST_ID_HEADER, b"").decode("latin-1")
    return text if REQUEST_ID_FORM.fullmatch(text) else None


def _check_host(scope: Scope, said: dict[bytes, bytes]) -> None:
    """Raises `HostUnclear` (RFC 9112, 3.2); HTTP/1.0 knows requests without a host."""
    headers = scope["headers"]
    if b"host" not in said and scope["http_version"] == "1.0":
        return
    if not HOST_FORM.fullmatch(said.get(b"host", b"")):
        raise HostUnclear
    if len(said) < len(headers) and sum(name == b"host" for name, _ in headers) > 1:  # something came twice
        raise HostUnclear


def masked(path: str) -> str:
    """The path without what would let a reader of logs in: grants stand in media paths."""
    return re.sub(r"^/media/[^/]+", "/media/***", path) if path.startswith("/media/") else path
