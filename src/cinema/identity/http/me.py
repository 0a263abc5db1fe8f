"""Routes for the own account."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from cinema.contracts.identity import UserNotFound
from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.contracts.views.identity import Profile, SessionView, SignInView
from cinema.identity.domain.account import Changes, LoginInvalid, LoginTaken, TimeZoneUnknown
from cinema.identity.domain.password import PasswordWrong
from cinema.identity.domain.session import SessionNotFound
from cinema.identity.http.auth import PASSWORD, KnownPassword, NewPassword
from cinema.identity.http.caller import FromCaller
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.hashing import HashingBusy
from cinema.identity.service.reading import Reader
from cinema.identity.service.sessions import Sessions
from cinema.kit.auth import CurrentActor
from cinema.kit.db import Database
from cinema.kit.http import OWN_RULE, Strict, length
from cinema.kit.idempotency import MaybeOnce
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.limits import RateLimited
from cinema.kit.page import Page
from cinema.kit.refusing import refuses


class ProfileChanges(Strict):
    """What to change; a field that is left out stays as it is."""

    login: Annotated[str | None, length(3, 32), OWN_RULE] = None
    language: Language | None = None
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class PasswordChange(Strict):
    """The present password and the new one."""

    old_password: KnownPassword
    new_password: NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSessions:
    """How many devices were signed out."""

    ended: int


def routes(*, db: Database, reader: Reader, accounts: Accounts, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/v1/me", tags=["identity"])

    @router.get("", name="me.get", responses=refuses(UserNotFound))
    async def me(actor: CurrentActor) -> Profile:
        """The own account, with the roles that hold now."""
        return await reader.profile(user_id=UserId(actor.user_id))

    @router.patch(
        "",
        response_model=Profile,
        name="me.update",
        responses=refuses(LoginTaken, UserNotFound, login=LoginInvalid, time_zone=TimeZoneUnknown),
    )
    async def change(body: ProfileChanges, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Change login, language or time zone."""
        changes = Changes(login=body.login, language=body.language, time_zone=body.time_zone)
        work = partial(accounts.change, user_id=UserId(actor.user_id), changes=changes)
        return once.response(await once.run(db, Profile, work))

    @router.post(
        "/password",
        status_code=204,
        name="me.change_password",
        responses=refuses(HashingBusy, RateLimited, UserNotFound, old_password=PasswordWrong, new_password=PASSWORD),
    )
    async def change_password(body: PasswordChange, actor: CurrentActor, caller: FromCaller) -> None:
        """Set a new password. Every other session ends; this one goes on."""
        await accounts.change_password(
            user_id=UserId(actor.user_id),
            session_id=SessionId(actor.session_id),
            old=body.old_password.get_secret_value(),
            new=body.new_password.get_secret_value(),
            caller=caller,
        )

    @router.get("/sessions", name="sessions.list")
    async def own_sessions(actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20) -> Page[SessionView]:
        """The devices that are signed in, the newest first."""
        user_id, current = UserId(actor.user_id), SessionId(actor.session_id)
        return await reader.sessions(user_id=user_id, current=current, cursor=cursor, limit=limit)

    @router.delete("/sessions", name="sessions.delete_others")
    async def end_other_sessions(actor: CurrentActor) -> EndedSessions:
        """Sign all devices out but the one that asks."""
        user_id, kept = UserId(actor.user_id), SessionId(actor.session_id)
        return EndedSessions(ended=await sessions.revoke_others(user_id=user_id, kept=kept))

    @router.delete(
        "/sessions/{session_id}", status_code=204, name="sessions.delete", responses=refuses(SessionNotFound)
    )
    async def end_session(session_id: UUID, actor: CurrentActor) -> None:
        """Sign a device out."""
        await sessions.revoke(user_id=UserId(actor.user_id), session_id=SessionId(session_id))

    @router.get("/logins", name="logins.list")
    async def logins(actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20) -> Page[SignInView]:
        """Attempts to sign in to the own account, the newest first."""
        return await reader.sign_ins(user_id=UserId(actor.user_id), cursor=cursor, limit=limit)

    return router
