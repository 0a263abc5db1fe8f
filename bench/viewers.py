"""Viewers who are signed in already: whom a checkout finds when it begins."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from cinema.contracts.ids import SessionId, UserId
from cinema.identity.service.keys import Keys
from cinema.identity.service.tokens import AccessTokens, hashed
from cinema.identity.settings import IdentitySettings
from cinema.kit.clock import SystemClock
from cinema.kit.db import Database, Pools
from cinema.kit.ids import uuid7
from cinema.kit.settings import load

PLAN = "month"
"""One of the first plans."""

CURRENCY = "RUB"
PASSWORD_HASH = "$argon2id$" + "nobody signs in with it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody with a session, and the token that a client of theirs holds."""

    user_id: UUID
    token: str = field(repr=False)


@asynccontextmanager
async def minting(dsn: str, *, issuer: str) -> AsyncIterator["Mint"]:
    """Makes viewers for the service that calls itself ``issuer``."""
    pools = Pools(dsn, size_max=2)
    await pools.open()
    try:
        yield Mint(Database(pools, owner="identity"), issuer=issuer)
    finally:
        await pools.close()


class Mint:
    """Writes users and sessions, and signs tokens as identity does.

    Registering would hash a password for each, which is what P9 measures and not this.
    """

    def __init__(self, db: Database, *, issuer: str) -> None:
        settings = load(IdentitySettings, env_file=None, values={"issuer": issuer, "cookie_secure": False})
        self._db = db
        self._clock = SystemClock()
        self._tokens = AccessTokens(keys=Keys(db=db, clock=self._clock, settings=settings), rules=settings.token_rules)

    async def viewers(self, count: int) -> list[Viewer]:
        """So many new viewers."""
        now = self._clock.now()
        pairs = [(uuid7(now), uuid7(now)) for _ in range(count)]
        async with self._db.write() as tx:
            await tx.copy("identity.users", columns=USER_COLUMNS, rows=[_user(user_id, now) for user_id, _ in pairs])
            await tx.copy(
                "identity.sessions",
                columns=("id", "user_id", "user_agent", "address", "created_at", "last_used_at"),
                rows=[(session_id, user_id, "bench", "127.0.0.1", now, now) for user_id, session_id in pairs],
            )
        signer = await self._tokens.signer()
        return [
            Viewer(
                user_id=user_id,
                token=self._tokens.sign(
                    user_id=UserId(user_id), session_id=SessionId(session_id), signer=signer, now=now
                )[0],
            )
            for user_id, session_id in pairs
        ]

    async def give_cookie(self, viewer: Viewer, cookie: str) -> None:
        """Has the viewer's session be a browser's, which brings this ``cookie``."""
        async with self._db.write() as tx:
            await tx.execute(
                "UPDATE identity.sessions SET cookie_hash = $2 WHERE user_id = $1", viewer.user_id, hashed(cookie)
            )


USER_COLUMNS = (
    "id", "login", "login_key", "email", "email_key", "password_hash", "language", "time_zone", "created_at",
    "updated_at",
)  # fmt: skip


def _user(user_id: UUID, now: datetime) -> tuple[object, ...]:
    login = f"v{user_id.hex[-30:]}"
    email = f"{login}@example.org"
    return (user_id, login, login, email, email, PASSWORD_HASH, "en", "Europe/Moscow", now, now)
