"""HTTP: problems, which every refusal becomes (RFC 9457), and strict input."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar, get_args
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError, PydanticKnownError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from cinema.kit.errors import BadRequest, Invalid, NotFound, Refusal, TooMany, Trouble, Unavailable
from cinema.kit.mistakes import Mistake, MistakeCode, found_by_pydantic
from cinema.kit.speech import PLAIN, Languages, Speech

ERRORS_MAX = 20
"""How many mistakes one answer tells."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
CONTROL_IN_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
UUID_FORM = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

FREE_TEXT = "free text"
"""Beside `Field`: a text that people write, which may have several lines."""

OWN_RULE = "own rule"
"""Beside `Field`: what reads the text refuses more than blanks and control characters, with a code of its own."""

log = structlog.get_logger()


def length(least: int, most: int) -> Any:
    """Tells how long a text with an `OWN_RULE` may be; what reads it refuses others, so that a mistake has one code."""
    return Field(json_schema_extra={"minLength": least, "maxLength": most})


class Strict(BaseModel):
    """Input: unknown fields are refused, values are not bent into shape, and what a text holds can be seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=10_000, str_strip_whitespace=False)

    @field_validator("*", mode="before")
    @classmethod
    def _as_declared(cls, value: object, info: ValidationInfo) -> object:
        """A boolean is no text and a number is no boolean; a UUID and a time are written in one way."""
        assert info.field_name is not None
        kinds = _kinds(cls, info.field_name)
        if bool in kinds and not isinstance(value, bool | None):
            raise PydanticKnownError("bool_type")
        if int in kinds and isinstance(value, str | bool):
            raise PydanticKnownError("int_type")
        if datetime in kinds and isinstance(value, int | float):
            raise PydanticKnownError("datetime_type")
        if UUID in kinds and isinstance(value, str) and not UUID_FORM.fullmatch(value):
            raise PydanticKnownError("uuid_parsing", {"error": "its form is another"})
        return value

    @field_validator("*")
    @classmethod
    def _readable(cls, value: object, info: ValidationInfo) -> object:
        """No text holds what PostgreSQL cannot, a NUL or half of a surrogate pair, or what nobody sees."""
        assert info.field_name is not None
        for text in _texts(value):
            if UNSTORABLE.search(text):
                raise PydanticCustomError("control_character", "This holds a NUL or half a character.")
            if isinstance(value, SecretStr):
                continue
            kinds = _kinds(cls, info.field_name)
            if OWN_RULE in kinds:
                continue
            if is_blank(text):
                raise PydanticCustomError("blank", "This is blank.")
            signs = CONTROL_IN_LINES if FREE_TEXT in kinds else CONTROL
            if signs.search(text):
                raise PydanticCustomError("control_character", "This holds a control character.")
        return value


@cache
def _kinds(model: type[BaseModel], field: str) -> frozenset[Any]:
    """What the annotation of a field names, and what stands beside it."""
    info = model.model_fields[field]
    return frozenset((*_leaves(info.annotation), *(one for one in info.metadata if isinstance(one, str))))


def _leaves(annotation: Any) -> Iterator[Any]:
    inner = get_args(annotation)
    if not inner and isinstance(annotation, type | str):
        yield annotation
    for one in inner:
        yield from _leaves(one)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def is_blank(text: str) -> bool:
    """Whether there is something, but nothing to see."""
    return bool(text) and not any(sign.isprintable() and not sign.isspace() for sign in text)


class BodyTooLarge(BadRequest):
    """The body is larger than this service takes."""

    status = 413
    code = "body-too-large"
    members: ClassVar[Mapping[str, Any]] = {
        "bytes_max": Annotated[int, "How many bytes are taken."],
    }


class NotJson(BadRequest):
    """The body is not JSON in UTF-8."""

    code = "not-json"
    sayings: ClassVar[Mapping[str, str]] = {"number": "NaN and Infinity are no numbers in JSON."}


class InputInvalid(Invalid):
    """Some of the input is not valid; see ``errors``."""

    code = "input-invalid"
    members: ClassVar[Mapping[str, Any]] = {"errors": Annotated[list[Any], "Each mistake, the first twenty."]}

    def __init__(self, *, errors: Sequence[Mistake]) -> None:
        super().__init__(errors=errors)
        self.errors = errors[:ERRORS_MAX]


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


NOT_OF_A_ROUTE = frozenset({RouteNotFound.code, MethodNotAllowed.code})


def problem(trouble: Trouble, *, request_id: str, speech: Speech = PLAIN, errors: Sequence[Mistake] = ()) -> Response:
    """The trouble as ``application/problem+json``; ``errors`` are the parts of the input that it is about.

    ``InputInvalid`` has its own.
    """
    detail = speech.trouble(trouble)
    body: dict[str, object] = {
        "type": f"urn:cinema:problem:{trouble.code}",
        "title": trouble.code.replace("-", " ").capitalize(),
        "status": trouble.status,
        "code": trouble.code,
        "detail": detail,
        "request_id": request_id,
    }
    body |= {name: fact for name, fact in trouble.facts.items() if name not in body}
    if isinstance(trouble, InputInvalid):
        errors = trouble.errors
    if errors:
        body["errors"] = [
            one.told(detail if one.code is MistakeCode.REFUSED else speech.mistake(one)) for one in errors
        ]
    headers = {"Content-Language": speech.language, "Vary": "Accept-Language"}
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
        return _told(request, trouble)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> Response:
        return _told(request, _invalid_input(error))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        answer = _told(request, _framework_refusal(error))
        answer.headers.update(error.headers or {})
        if error.status_code == MethodNotAllowed.status:  # the framework names those of one route only
            answer.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
        return answer


def _told(request: Request, trouble: Trouble) -> Response:
    """The answer, with the field that it is about, as the operation tells it (`cinema.kit.refusing`)."""
    operation = getattr(request.scope.get("route"), "name", "")
    told = getattr(request.app.state, "refusals", {}).get(operation)
    errors = told.errors(trouble, operation=operation) if told and trouble.code not in NOT_OF_A_ROUTE else ()
    return problem(trouble, request_id=request_id(request), speech=_speech(request), errors=errors)


def _speech(request: Request) -> Speech:
    languages: Languages = request.app.state.languages
    return languages.wanted(request.headers.get("accept-language"))


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


def _invalid_input(error: RequestValidationError) -> Trouble:
    details = error.errors()
    if any(one["type"] == "json_invalid" for one in details):
        return NotJson()
    return InputInvalid(errors=[found_by_pydantic(one) for one in details[:ERRORS_MAX]])


def request_id(request: Request) -> str:
    found: str = request.scope.get("cinema.request_id", "-")
    return found
