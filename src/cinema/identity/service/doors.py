"""Coming and going, and the own account, for pages: the same that the routes do."""

from functools import partial

from cinema.contracts.identity import Caller, SessionCookie
from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.contracts.views.identity import Profile
from cinema.identity.domain.account import Changes
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.sessions import Sessions
from cinema.kit.db import Database


class DoorService:
    """What pages do about accounts (`cinema.contracts.identity.Doors`)."""

    def __init__(self, *, db: Database, accounts: Accounts, sessions: Sessions) -> None:
        self._db = db
        self._accounts = accounts
        self._sessions = sessions

    async def register(
        self, *, login: str, email: str, password: str, language: Language, time_zone: str, caller: Caller
    ) -> None:
        """Raises as `Accounts.register`."""
        await self._accounts.register(
            login=login, email=email, password=password, language=language, time_zone=time_zone, caller=caller
        )

    async def sign_in(self, *, name: str, password: str, caller: Caller) -> SessionCookie:
        """Raises as `Accounts.sign_in`."""
        tokens = await self._accounts.sign_in(name=name, password=password, caller=caller, with_cookie=True)
        assert tokens.cookie is not None
        return tokens.cookie

    async def sign_out(self, *, session_id: SessionId) -> None:
        """Ends the session, with all its tokens and its cookie."""
        await self._sessions.sign_out(session_id=session_id)

    async def change(
        self, *, user_id: UserId, login: str | None, language: Language | None, time_zone: str | None
    ) -> Profile:
        """Raises as `Accounts.change`."""
        changes = Changes(login=login, language=language, time_zone=time_zone)
        return await self._db.transact(partial(self._accounts.change, user_id=user_id, changes=changes))

    async def change_password(
        self, *, user_id: UserId, session_id: SessionId, old: str, new: str, caller: Caller
    ) -> None:
        """Raises as `Accounts.change_password`."""
        await self._accounts.change_password(user_id=user_id, session_id=session_id, old=old, new=new, caller=caller)

    async def end_session(self, *, user_id: UserId, session_id: SessionId) -> None:
        """Raises `SessionNotFound`."""
        await self._sessions.revoke(user_id=user_id, session_id=session_id)

    async def end_other_sessions(self, *, user_id: UserId, kept: SessionId) -> int:
        """How many of them were running."""
        return await self._sessions.revoke_others(user_id=user_id, kept=kept)
