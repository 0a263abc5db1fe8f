"""Reading requests and writing answers, the same for API, pages and controls."""

import json
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from cinema.sandbox.yookassa.errors import ApiError, not_found

BODY_BYTES_MAX = 256 * 1024
FORM_FIELDS_MAX = 50


class BodyTooLarge(Exception):
    """The request's body is larger than `BODY_BYTES_MAX`."""


async def read_body(request: Request) -> bytes:
    """The whole body, read no further than its limit."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise BodyTooLarge
    return bytes(body)


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form; the last one of a name wins."""
    text = (await read_body(request)).decode(errors="replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS_MAX))
    except ValueError:
        return {}


def json_answer(body: Any, *, status: int = 200) -> Response:
    """An answer in JSON."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return Response(text, status_code=status, media_type="application/json; charset=utf-8")


def refusal_answer(_request: Request, error: Exception) -> Response:
    """A refusal as the provider writes it."""
    if not isinstance(error, ApiError):
        raise error
    return json_answer(error.body(), status=error.status)


def too_large_answer(_request: Request, _error: Exception) -> Response:
    """413, in plain text."""
    return Response("Request body is too large", status_code=413, media_type="text/plain")


def no_path_answer(_request: Request, _error: Exception) -> Response:
    """404 for a path that nobody knows."""
    return json_answer(not_found("There is no such resource").body(), status=404)


def gone_answer(_request: Request, _error: Exception) -> Response:
    """For a client that left in the middle of its request; nobody reads it."""
    return Response(status_code=400)
