"""What a request may hold: each declared parameter at most once and in one form, and a body of the declared kind.

The framework ignores what it does not know and bends what it does. Both would turn a
misspelt filter into "everything", so every route is asked here what it declares.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args, get_origin
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.responses import Response
from fastapi.routing import APIRoute, request_response
from pydantic import BaseModel
from starlette.types import ASGIApp, Receive, Scope, Send

from cinema.kit.errors import BadRequest
from cinema.kit.http import CONTROL, UUID_FORM, InputInvalid, NotJson, is_blank
from cinema.kit.mistakes import mistake

JSON_TYPE = re.compile(r"""application/json\s*(;\s*charset="?utf-8"?\s*)?""", re.IGNORECASE)
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
NOTHING = frozenset({b"", b"{}", b"null"})
"""What a body may be where none is asked for."""

FORMS: Mapping[Any, tuple[re.Pattern[str], str]] = {
    bool: (re.compile("true|false"), "boolean"),
    int: (re.compile("-?(0|[1-9][0-9]{0,18})"), "integer"),
    UUID: (UUID_FORM, "uuid"),
    datetime: (re.compile(r"\d{4}-\d\d-\d\dT\S+"), "moment"),
}
"""How a value is written in an address, and nothing else, and what is told to be needed else."""


class MediaTypeUnsupported(BadRequest):
    """The body has to be JSON in UTF-8, and ``Content-Type`` has to say ``application/json``."""

    status = 415
    code = "media-type-unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A declared query parameter."""

    is_list: bool
    kinds: frozenset[Any]


def declared(dependant: Dependant) -> dict[str, Parameter]:
    """The query parameters of a route, with those of everything that is called before it."""
    found: dict[str, Parameter] = {}
    for field in dependant.query_params:
        annotation = field.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, one in annotation.model_fields.items():
                found[one.alias or name] = _parameter(one.annotation)
        else:
            found[field.alias] = _parameter(annotation)
    for before in dependant.dependencies:
        found |= declared(before)
    return found


def check_query(query: bytes, parameters: Mapping[str, Parameter]) -> None:
    """Raises `InputInvalid` with each parameter that is not declared, comes twice or is not written in its form."""
    given: dict[str, list[str]] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
        given.setdefault(name, []).append(value)
    errors = []
    for name, values in given.items():
        wrong = _wrong(parameters.get(name), values)
        if wrong is not None:
            kind, needed = wrong
            errors.append(mistake(("query", name), kind, **needed))
    if errors:
        raise InputInvalid(errors=errors)


def strict(route: APIRoute) -> ASGIApp:
    """What ``route`` answers to a request that holds what the route declares and no more."""
    parameters = declared(route.dependant)
    answer = request_response(_with_body(route) if route.body_field is not None else _without_body(route))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["query_string"]:
            check_query(scope["query_string"], parameters)
        await answer(scope, receive, send)

    return app


class StrictRequest(Request):
    """A request whose JSON is read without what JSON does not have."""

    async def json(self) -> Any:
        """Raises `NotJson`, and `InputInvalid` for a key that is given twice."""
        return loads(await self.body())


def loads(body: bytes) -> Any:
    """The value of JSON in UTF-8, in which no object has a key twice and every number is finite."""
    twice: dict[int, str] = {}

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            twice[id(made)] = next(name for name in names if names.count(name) > 1)
        return made

    try:
        value = json.loads(body.decode(), object_pairs_hook=whole, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits
        raise NotJson from error
    if twice:
        raise InputInvalid(errors=[mistake(loc, "repeated") for loc in _places(value, twice)])
    return value


def _with_body(route: APIRoute) -> Callable[[Request], Awaitable[Response]]:
    handler = route.get_route_handler()

    async def answer(request: Request) -> Response:
        if _has_body(request):
            _check_media_type(request)
        return await handler(StrictRequest(request.scope, request.receive))

    return answer


def _without_body(route: APIRoute) -> Callable[[Request], Awaitable[Response]]:
    handler = route.get_route_handler()

    async def answer(request: Request) -> Response:
        if request.method in CHANGING and _has_body(request) and (await request.body()).strip() not in NOTHING:
            raise InputInvalid(errors=[mistake(("body",), "extra_forbidden")])
        return await handler(request)

    return answer


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _check_media_type(request: Request) -> None:
    said = request.headers.getlist("content-type")
    coding = request.headers.get("content-encoding", "identity")
    if len(said) != 1 or not JSON_TYPE.fullmatch(said[0].strip()) or coding != "identity":
        raise MediaTypeUnsupported


def _wrong(parameter: Parameter | None, values: list[str]) -> tuple[str, dict[str, str | int]] | None:
    """The kind of what is wrong with a parameter, and what its sentence wants."""
    if parameter is None:
        return "extra_forbidden", {}
    if len(values) > 1 and not parameter.is_list:
        return "repeated", {}
    if any(CONTROL.search(value) for value in values):
        return "control_character", {}
    if any(map(is_blank, values)):
        return "blank", {}
    for kind, (form, needed) in FORMS.items():
        if kind in parameter.kinds and not all(map(form.fullmatch, values)):
            return "malformed", {"needed": needed}
    return None


def _parameter(annotation: Any) -> Parameter:
    kinds = frozenset(kinds_of(annotation))
    return Parameter(is_list=not kinds.isdisjoint({list, tuple, set, frozenset}), kinds=kinds)


def kinds_of(annotation: Any) -> Iterator[Any]:
    """Every type that an annotation names."""
    origin = get_origin(annotation)
    yield annotation if origin is None else origin
    for one in get_args(annotation):
        yield from kinds_of(one)


def _places(value: Any, twice: Mapping[int, str], loc: tuple[str | int, ...] = ("body",)) -> Iterator[tuple[Any, ...]]:
    """Where the keys are that an object has twice."""
    if id(value) in twice:
        yield (*loc, twice[id(value)])
    inner: Iterator[tuple[Any, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = iter(enumerate(value))
    for name, one in inner:
        yield from _places(one, twice, (*loc, name))


def _refuse_constant(_: str) -> Any:
    raise NotJson(says="number")
