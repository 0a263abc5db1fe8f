"""Routes for coming and going: register, sign in, refresh, sign out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import Field, SecretStr

from cinema.contracts.ids import SessionId
from cinema.contracts.text import Language
from cinema.identity.domain.account import CredentialsWrong, EmailInvalid, LoginInvalid, LoginTaken, TimeZoneUnknown
from cinema.identity.domain.password import (
    LENGTH_MAX,
    LENGTH_MIN,
    PasswordCommon,
    PasswordLength,
    PasswordPersonal,
    PasswordUnreadable,
)
from cinema.identity.domain.session import RefreshRefused
from cinema.identity.http.caller import FromCaller
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.checks import EMAIL_MAX
from cinema.identity.service.hashing import HashingBusy
from cinema.identity.service.sessions import Sessions, Tokens
from cinema.kit.auth import CurrentActor, give_cookie, take_cookie
from cinema.kit.clock import Clock
from cinema.kit.http import OWN_RULE, Strict, length
from cinema.kit.limits import RateLimited
from cinema.kit.refusing import refuses

NewLogin = Annotated[str, length(3, 32), OWN_RULE]
NewPassword = Annotated[SecretStr, length(LENGTH_MIN, LENGTH_MAX), OWN_RULE]
KnownPassword = Annotated[SecretStr, Field(min_length=1, max_length=1024)]


PASSWORD = (PasswordLength, PasswordCommon, PasswordPersonal, PasswordUnreadable)
"""How a new password is refused."""


class Registration(Strict):
    """A new account. ``time_zone`` is an IANA name such as ``Europe/Moscow``; the days of the user begin there."""

    login: NewLogin
    email: Annotated[str, length(3, EMAIL_MAX), OWN_RULE]
    password: NewPassword
    language: Language
    time_zone: Annotated[str, Field(min_length=1, max_length=64)]


class SignIn(Strict):
    """``login`` is the login or the e-mail address. With ``cookie`` the answer sets the session cookie too."""

    login: Annotated[str, Field(min_length=1, max_length=254)]
    password: KnownPassword
    cookie: bool = False


class Refresh(Strict):
    """The refresh token of the answer before; each is good for one exchange."""

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The request was taken; what came of it is told to the owner of the address alone."""

    status: Literal["accepted"] = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Tokens of a session. ``expires_in`` is the access token's lifetime in seconds (RFC 6749, section 5.1)."""

    access_token: str = field(repr=False)
    token_type: Literal["Bearer"]
    expires_in: int
    expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    session_id: UUID


COOKIE_IS_SET: dict[int | str, dict[str, Any]] = {
    200: {"headers": {"Set-Cookie": {"$ref": "#/components/headers/Set-Cookie"}}}
}


def routes(*, accounts: Accounts, sessions: Sessions, clock: Clock) -> APIRouter:
    router = APIRouter(prefix="/v1/auth", tags=["identity"])

    @router.post(
        "/register",
        status_code=202,
        name="auth.register",
        responses=refuses(
            LoginTaken,
            HashingBusy,
            RateLimited,
            login=LoginInvalid,
            email=EmailInvalid,
            password=PASSWORD,
            time_zone=TimeZoneUnknown,
        ),
    )
    async def register(body: Registration, caller: FromCaller) -> Accepted:
        """Make an account. The answer is the same whether the e-mail address is new or taken."""
        await accounts.register(
            login=body.login,
            email=body.email,
            password=body.password.get_secret_value(),
            language=body.language,
            time_zone=body.time_zone,
            caller=caller,
        )
        return Accepted()

    @router.post(
        "/login", name="auth.login", responses=COOKIE_IS_SET | refuses(CredentialsWrong, HashingBusy, RateLimited)
    )
    async def login(body: SignIn, caller: FromCaller, response: Response) -> SignedIn:
        """Sign in by login or e-mail address. Each sign-in is a session of its own."""
        tokens = await accounts.sign_in(
            name=body.login, password=body.password.get_secret_value(), caller=caller, with_cookie=body.cookie
        )
        if tokens.cookie is not None:
            give_cookie(response, tokens.cookie, now=clock.now())
        return _answer(tokens, response, clock)

    @router.post("/refresh", name="auth.refresh", responses=refuses(RefreshRefused))
    async def refresh(body: Refresh, response: Response) -> SignedIn:
        """Exchange the refresh token. Using one twice ends the session."""
        tokens = await sessions.refresh(refresh_token=body.refresh_token.get_secret_value())
        return _answer(tokens, response, clock)

    @router.post("/logout", status_code=204, name="auth.logout")
    async def logout(actor: CurrentActor, request: Request, response: Response) -> None:
        """Sign out: the session is over at once, with all its tokens and its cookie."""
        await sessions.sign_out(session_id=SessionId(actor.session_id))
        take_cookie(request, response)

    return router


def _answer(tokens: Tokens, response: Response, clock: Clock) -> SignedIn:
    response.headers["Cache-Control"] = "no-store"
    return SignedIn(
        access_token=tokens.access_token,
        token_type="Bearer",  # noqa: S106 - the kind of token, not a token
        expires_in=int((tokens.access_expires_at - clock.now()).total_seconds()),
        expires_at=tokens.access_expires_at,
        refresh_token=tokens.refresh_token,
        refresh_expires_at=tokens.refresh_expires_at,
        session_id=tokens.session_id,
    )
