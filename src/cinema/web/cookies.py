"""What a browser keeps for a page: choices that are no secret. The session's own cookie is identity's."""

from datetime import timedelta
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import Response

KEPT = timedelta(days=365)


class Theme(StrEnum):
    """How pages look; ``SYSTEM`` follows the device."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


class Kept(StrEnum):
    """What is kept."""

    LANGUAGE = "cinema-language"
    THEME = "cinema-theme"


def kept(request: Request, what: Kept) -> str | None:
    """What the browser has kept; with TLS only what we ourselves set for this host (``__Host-``)."""
    return request.cookies.get(_name(what, is_secure=_is_secure(request)))


def keep(request: Request, response: Response, what: Kept, value: str) -> None:
    """Has the browser keep ``value``."""
    is_secure = _is_secure(request)
    response.set_cookie(
        _name(what, is_secure=is_secure),
        value,
        max_age=int(KEPT.total_seconds()),
        path="/",
        secure=is_secure,
        httponly=True,
        samesite="lax",
    )


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(what: Kept, *, is_secure: bool) -> str:
    return f"__Host-{what.value}" if is_secure else what.value
