"""Who asks: the actor behind a bearer token or a session cookie."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Protocol
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.dependencies.models import Dependant

from cinema.kit.errors import Forbidden, Unauthenticated
from cinema.kit.origins import Origins

COOKIE = "__Host-cinema"
"""Name of the session cookie. The prefix makes browsers demand Secure, Path=/ and no Domain."""

COOKIE_PLAIN = "cinema"
"""Its name where pages are served without TLS, in development only."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A signed-in person, with the roles that hold at this moment."""

    user_id: UUID
    session_id: UUID
    roles: frozenset[str]

    def needs(self, *roles: str) -> None:
        """Raises `Forbidden` unless the actor has one of ``roles``."""
        if self.roles.isdisjoint(roles):
            raise Forbidden(needs=sorted(roles))


class Authenticator(Protocol):
    """Turns a token into its actor."""

    async def actor(self, token: str) -> Actor:
        """Raises `TokenInvalid` for a token that is forged, expired or ended."""
        ...


class CrossSite(Forbidden):
    """A page of another site may not do this in your name."""

    code = "cross-site"


class Cookie(Protocol):
    """A session cookie that a browser is given."""

    @property
    def name(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def expires_at(self) -> datetime: ...

    @property
    def is_secure(self) -> bool: ...


def give_cookie(response: Response, cookie: Cookie, *, now: datetime) -> None:
    """Gives the browser its session, for as long as that lasts; no script reads it, no page of others sends it."""
    response.set_cookie(
        cookie.name,
        cookie.token,
        max_age=int((cookie.expires_at - now).total_seconds()),
        path="/",
        secure=cookie.is_secure,
        httponly=True,
        samesite="lax",
    )


def take_cookie(request: Request, response: Response) -> None:
    """Takes the session cookie back from a browser that brought one."""
    for name, is_secure in ((COOKIE, True), (COOKIE_PLAIN, False)):
        if name in request.cookies:
            response.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="lax")


async def maybe_actor(request: Request) -> Actor | None:
    """The actor, or None for a request that brings neither token nor cookie."""
    token = _token(request)
    if token is None:
        return None
    authenticator: Authenticator = request.app.state.authenticator
    return await authenticator.actor(token)


async def current_actor(request: Request) -> Actor:
    """The actor; raises `Unauthenticated` when there is none."""
    actor = await maybe_actor(request)
    if actor is None:
        raise Unauthenticated
    return actor


def actor_with(*roles: str) -> Callable[[Request], Awaitable[Actor]]:
    """A dependency that lets in only who has one of ``roles``."""

    async def check(request: Request) -> Actor:
        actor = await current_actor(request)
        actor.needs(*roles)
        return actor

    return check


CurrentActor = Annotated[Actor, Depends(current_actor)]
MaybeActor = Annotated[Actor | None, Depends(maybe_actor)]
Admin = Annotated[Actor, Depends(actor_with("admin"))]


def calls_before(dependant: Dependant) -> Iterator[Any]:
    """Everything that is called before a route."""
    for one in dependant.dependencies:
        yield one.call
        yield from calls_before(one)


def asks_for_roles(call: object) -> bool:
    """Whether a dependency was made by `actor_with`."""
    return getattr(call, "__qualname__", "").startswith(f"{actor_with.__qualname__}.")


def _token(request: Request) -> str | None:
    scheme, _, bearer = _only(request.headers.getlist("authorization")).partition(" ")
    if scheme.lower() == "bearer" and bearer:
        return bearer.strip()
    if scheme:
        raise Unauthenticated(says="bearer-only")
    cookie = _only(_cookies(request, COOKIE))
    if not cookie and request.url.scheme == "http":  # with TLS a page of a sister host could plant this one
        cookie = _only(_cookies(request, COOKIE_PLAIN))
    if cookie and request.method not in SAFE_METHODS:
        check_same_site(request)
    return cookie or None


def _only(proofs: Sequence[str]) -> str:
    """The one that is there, or nothing; of two, whoever stands before us may have looked at the other one."""
    if len(proofs) > 1:
        raise Unauthenticated(says="one-proof")
    return proofs[0] if proofs else ""


def _cookies(request: Request, name: str) -> list[str]:
    """The values of cookies of exactly this name.

    The framework trims all that Python calls blank: a name with such a byte before the
    prefix, which a sister host may set, would become ours.
    """
    pairs = [pair.strip(" \t").partition("=") for line in request.headers.getlist("cookie") for pair in line.split(";")]
    return [value for key, _, value in pairs if key == name]


def check_same_site(request: Request) -> None:
    """A browser says where a request comes from (Sec-Fetch-Site, else Origin); a cookie alone proves nothing (CSRF).

    Raises `CrossSite`.
    """
    origins: Origins = request.app.state.origins
    if origins.trusts(request.headers.get("origin")):
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site != "same-origin":
            raise CrossSite
        return
    origin = request.headers.get("origin")
    if origin is None or origin != str(request.base_url).rstrip("/"):
        raise CrossSite
