"""Routes for the own account."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field

from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.identity.domain.account import Changes
from cinema.identity.domain.session import Attempt, Session
from cinema.identity.http.auth import KnownPassword, NewPassword
from cinema.identity.http.caller import FromCaller
from cinema.identity.service.accounts import Accounts, Profile
from cinema.identity.service.sessions import Sessions
from cinema.kit.auth import CurrentActor
from cinema.kit.db import Database
from cinema.kit.http import Strict
from cinema.kit.idempotency import MaybeOnce
from cinema.kit.keyset import CursorText, Limit, NewestFirst, page
from cinema.kit.page import Page


class ProfileChanges(Strict):
    """What to change; a field that is left out stays as it is."""

    login: Annotated[str, Field(min_length=3, max_length=32)] | None = None
    language: Language | None = None
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class PasswordChange(Strict):
    """The present password and the new one."""

    old_password: KnownPassword
    new_password: NewPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSession:
    """A signed-in device. ``last_used_at`` is exact to a minute; ``is_current`` marks the one that asks."""

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    is_current: bool


SESSIONS = NewestFirst("sessions")
SIGN_INS = NewestFirst("sign-ins")


def routes(*, db: Database, accounts: Accounts, sessions: Sessions) -> APIRouter:
    router = APIRouter(prefix="/v1/me", tags=["identity"])

    @router.get("")
    async def me(actor: CurrentActor) -> Profile:
        """The own account, with the roles that hold now."""
        return await accounts.profile(user_id=UserId(actor.user_id))

    @router.patch("", response_model=Profile)
    async def change(body: ProfileChanges, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Change login, language or time zone."""
        changes = Changes(login=body.login, language=body.language, time_zone=body.time_zone)
        work = partial(accounts.change, user_id=UserId(actor.user_id), changes=changes)
        return (await once.run(db, Profile, work)).response()

    @router.post("/password", status_code=204)
    async def change_password(body: PasswordChange, actor: CurrentActor, caller: FromCaller) -> None:
        """Set a new password. Every other session ends; this one goes on."""
        await accounts.change_password(
            user_id=UserId(actor.user_id),
            session_id=SessionId(actor.session_id),
            old=body.old_password.get_secret_value(),
            new=body.new_password.get_secret_value(),
            caller=caller,
        )

    @router.get("/sessions")
    async def own_sessions(actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20) -> Page[ShownSession]:
        """The devices that are signed in, the newest first."""
        found = await sessions.running(user_id=UserId(actor.user_id), before=SESSIONS.before(cursor), limit=limit)
        shown = page(found, limit=limit, cursor=lambda one: SESSIONS.cursor(one.session_id))
        return shown.map(lambda one: _shown(one, current=actor.session_id))

    @router.delete("/sessions/{session_id}", status_code=204)
    async def end_session(session_id: UUID, actor: CurrentActor) -> None:
        """Sign a device out."""
        await sessions.revoke(user_id=UserId(actor.user_id), session_id=SessionId(session_id))

    @router.get("/logins")
    async def logins(actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20) -> Page[Attempt]:
        """Attempts to sign in to the own account, the newest first."""
        found = await accounts.attempts(user_id=UserId(actor.user_id), before=SIGN_INS.before(cursor), limit=limit)
        return page(found, limit=limit, cursor=lambda one: SIGN_INS.cursor(one.attempt_id))

    return router


def _shown(session: Session, *, current: UUID) -> ShownSession:
    return ShownSession(
        id=session.session_id,
        user_agent=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        last_used_at=session.last_used_at,
        is_current=session.session_id == current,
    )
