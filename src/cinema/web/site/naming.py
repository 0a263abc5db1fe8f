"""Films, persons and genres in addresses: by their slugs; by an id one is led to the slug."""

import re

from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from cinema.web.visit import Visit

NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
NAME_LENGTH_MAX = 100


def named(visit: Visit, what: str) -> str:
    """The id or slug in the address. What can be neither is not found, and nobody is asked for it."""
    name: str = visit.request.path_params[what]
    if len(name) > NAME_LENGTH_MAX or not NAME.fullmatch(name):
        raise HTTPException(404)
    return name


def moved(path: str) -> Response:
    """This thing has one address for good, which is another one (RFC 9110, 15.4.2)."""
    return RedirectResponse(path, status_code=301, headers={"Cache-Control": "public, max-age=3600"})
