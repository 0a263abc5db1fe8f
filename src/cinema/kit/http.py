"""The HTTP border: problems (RFC 9457), request ids, body limits, strict input, keyset pages."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, field_validator
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinema.kit.clock import stopwatch_s
from cinema.kit.errors import BadRequest, Invalid, NotFound, Refusal, TooMany, Trouble, Unavailable
from cinema.kit.ids import uuid7
from cinema.kit.log import REQUEST_ID

T = TypeVar("T")

BODY_BYTES_MAX = 100_000
REQUEST_ID_HEADER = b"x-request-id"
REQUEST_ID_FORM = re.compile(r"[A-Za-z0-9_.-]{8,64}")
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

log = structlog.get_logger()


class Strict(BaseModel):
    """Input: unknown fields are refused, values are not bent into shape."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=10_000, str_strip_whitespace=False)

    @field_validator("*")
    @classmethod
    def _storable(cls, value: object) -> object:
        """No text holds what PostgreSQL cannot: a NUL, or half of a surrogate pair."""
        if isinstance(value, str) and UNSTORABLE.search(value):
            raise ValueError("This text holds a NUL or half a character, which cannot be kept.")
        return value


class BodyTooLarge(BadRequest):
    """The body is larger than this service takes."""

    status = 413
    code = "body-too-large"


class NotJson(BadRequest):
    """The body is not JSON, or ``Content-Type`` does not say ``application/json``."""

    code = "not-json"


class InputInvalid(Invalid):
    """Some of the input is not valid; see ``errors``."""

    code = "input-invalid"


class RouteNotFound(NotFound):
    """There is nothing at this address."""

    code = "route-not-found"


class MethodNotAllowed(Refusal):
    """This address does not take this method; ``Allow`` names those that it takes."""

    status = 405
    code = "method-not-allowed"


class InternalError(Trouble):
    """Something broke on our side; it has been noted."""

    status = 500
    code = "internal-error"


def problem(trouble: Trouble, *, request_id: str) -> Response:
    """The trouble as ``application/problem+json``."""
    body: dict[str, object] = {
        "type": f"urn:cinema:problem:{trouble.code}",
        "title": trouble.code.replace("-", " ").capitalize(),
        "status": trouble.status,
        "code": trouble.code,
        "detail": trouble.detail,
        "request_id": request_id,
    }
    body |= {name: fact for name, fact in trouble.facts.items() if name not in body}
    headers = {"Cache-Control": "no-store"}
    if isinstance(trouble, TooMany):
        headers["Retry-After"] = str(trouble.retry_after_s)
    elif isinstance(trouble, Unavailable):
        headers["Retry-After"] = "5"
    if trouble.status == 401:  # noqa: PLR2004 - RFC 9110 wants the header with this status
        headers["WWW-Authenticate"] = "Bearer"
    content = json.dumps(body, ensure_ascii=False, default=str).encode(errors="backslashreplace")  # lone surrogates
    return Response(content, status_code=trouble.status, media_type="application/problem+json", headers=headers)


def install_problems(app: FastAPI) -> None:
    """Makes every error of ``app`` one shape."""

    @app.exception_handler(Trouble)
    async def _trouble(request: Request, trouble: Trouble) -> Response:
        if isinstance(trouble, Unavailable):
            log.warning("request.unavailable", detail=trouble.detail, code=trouble.code)
        return problem(trouble, request_id=request_id(request))

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return problem(_invalid_input(error), request_id=request_id(request))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        answer = problem(_framework_refusal(error), request_id=request_id(request))
        answer.headers.update(error.headers or {})
        if error.status_code == MethodNotAllowed.status:  # the framework names those of one route only
            answer.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        return answer


def _framework_refusal(error: HTTPException) -> Trouble:
    """What Starlette and FastAPI refuse by themselves, in our words."""
    if isinstance(error.__cause__, Trouble):  # ours, raised while FastAPI read the body
        return error.__cause__
    if isinstance(error.__cause__, (UnicodeDecodeError, RecursionError)):
        return NotJson()
    known = {404: RouteNotFound, 405: MethodNotAllowed, 413: BodyTooLarge}
    return known.get(error.status_code, BadRequest)()


def _methods_at(request: Request) -> set[str]:
    """Every method that some route takes at this address."""
    found: set[str] = set()
    for route in request.app.routes:
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE:
            found |= route.methods or set()
    return found | {"HEAD"} if "GET" in found else found


PLAIN_WORDS = {
    "extra_forbidden": "There is no such field.",
    "missing": "This is needed.",
    "model_attributes_type": "This has to be a JSON object.",
    "too_long": "This is too long: at most {max_length}.",
    "too_short": "This is too short: at least {min_length}.",
    "uuid_parsing": "This is no UUID.",
    "value_error": "{error}",
}
"""What pydantic says for programmers, by its code, said for whoever sends the input."""


def _invalid_input(error: RequestValidationError) -> Trouble:
    details = error.errors()
    if any(one["type"] == "json_invalid" for one in details) or isinstance(error.body, bytes):
        return NotJson()  # bytes: it was not sent as JSON
    errors = [
        {"pointer": "/" + "/".join(str(part) for part in one["loc"]), "code": one["type"], "detail": _plainly(one)}
        for one in details[:20]
    ]
    return InputInvalid(errors=errors)


def _plainly(one: Mapping[str, Any]) -> str:
    words = PLAIN_WORDS.get(one["type"])
    return words.format_map(one.get("ctx", {})) if words else f"{one['msg'].rstrip('.')}."


def request_id(request: Request) -> str:
    found: str = request.scope.get("cinema.request_id", "-")
    return found


class Border:
    """ASGI middleware: request id, size limit, one log line for each request, nothing leaks on a crash.

    HEAD is answered as GET is, without the body (RFC 9110, 9.3.2).
    """

    def __init__(self, app: ASGIApp, *, clock: Any, body_bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app = app
        self._clock = clock
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        named, declared = _announced(scope)
        scope["cinema.request_id"] = identifier = named or uuid7(self._clock.now()).hex
        outside = REQUEST_ID.set(identifier)
        try:
            await self._answer(scope, _limited(receive, declared=declared, bytes_max=self._body_bytes_max), send)
        finally:
            REQUEST_ID.reset(outside)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        started_s = stopwatch_s()
        identifier: str = scope["cinema.request_id"]
        is_head = scope["method"] == "HEAD"
        asked = {**scope, "method": "GET"} if is_head else scope
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, identifier.encode())]
            elif is_head:
                message["body"] = b""
            await send(message)

        try:
            await self._app(asked, receive, answer)
        except BodyTooLarge as trouble:
            await problem(trouble, request_id=identifier)(scope, receive, answer)
        except Exception:  # the last line of defence: logged whole, told in one sentence
            log.exception("request.crashed", path=masked(scope["path"]))
            if status:
                raise
            await problem(InternalError(), request_id=identifier)(scope, receive, answer)
        milliseconds = round((stopwatch_s() - started_s) * 1000, 1)
        log.info(
            "request", method=scope["method"], path=masked(scope["path"]), status=status, milliseconds=milliseconds
        )


def _announced(scope: Scope) -> tuple[str | None, int]:
    """The id that the sender gave to the request, if it can stand in a log, and the length of its body."""
    identifier, length = None, 0
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == REQUEST_ID_HEADER:
            text = value.decode("latin-1")
            identifier = text if REQUEST_ID_FORM.fullmatch(text) else None
    return identifier, length


def _limited(receive: Receive, *, declared: int, bytes_max: int) -> Receive:
    """``receive`` that raises `BodyTooLarge` before a body is read that says it is too large, and when it is."""
    left = bytes_max

    async def counted() -> Message:
        nonlocal left
        if declared > bytes_max:
            raise BodyTooLarge
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise BodyTooLarge
        return message

    return counted


def masked(path: str) -> str:
    """The path without what would let a reader of logs in: grants stand in media paths."""
    return re.sub(r"^/media/[^/]+", "/media/***", path) if path.startswith("/media/") else path
