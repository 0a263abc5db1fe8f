"""The first admin, made by a command."""

import secrets

from cinema.contracts.identity import CreatedAdmin, UserRegistered
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.identity.domain.account import Account, EmailTaken, checked_login
from cinema.identity.domain.role import BY_ADMIN, BuiltIn
from cinema.identity.service.checks import checked_email, checked_password, checked_time_zone
from cinema.identity.service.hashing import Hasher
from cinema.identity.service.roles import grant
from cinema.identity.store import accounts as store
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish

PASSWORD_BYTES = 18
REASON = "by the command that makes an admin"


class AdminMaker:
    """Makes admins without being asked by one."""

    def __init__(self, *, db: Database, clock: Clock, hasher: Hasher) -> None:
        self._db = db
        self._clock = clock
        self._hasher = hasher

    async def create_admin(
        self, *, login: str, email: str, password: str | None, language: Language, time_zone: str
    ) -> CreatedAdmin:
        """As `contracts.identity.Admins` says."""
        chosen = password if password is not None else secrets.token_urlsafe(PASSWORD_BYTES)
        login, email = checked_login(login), checked_email(email)
        time_zone = checked_time_zone(time_zone)
        text = checked_password(chosen, login=login, email=email)
        password_hash = await self._hasher.hash(text)
        now = self._clock.now()
        wanted = Account(
            user_id=UserId(uuid7(now)),
            login=login,
            email=email,
            language=language,
            time_zone=time_zone,
            password_hash=password_hash,
            created_at=now,
            updated_at=now,
        )

        async def work(tx: Tx) -> CreatedAdmin:
            is_new = await store.add(tx, account=wanted)
            if is_new:
                await publish(tx, UserRegistered(user_id=wanted.user_id, registered_at=now))
            account = await store.by_login(tx, login=login)
            if account is None:
                raise EmailTaken
            admin = BuiltIn.ADMIN.value
            await grant(tx, user_id=account.user_id, role=admin, source=BY_ADMIN, actor_id=None, reason=REASON)
            shown = chosen if is_new and password is None else None
            return CreatedAdmin(user_id=account.user_id, login=account.login, is_new=is_new, password=shown)

        return await self._db.transact(work)
