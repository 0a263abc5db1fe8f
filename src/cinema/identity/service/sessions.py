"""Sessions: begun at sign-in, kept alive by use and refresh, ended at once for every process."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from cinema.contracts.identity import Caller, SessionCookie
from cinema.contracts.ids import SessionId, UserId
from cinema.identity.domain.role import VIEWER
from cinema.identity.domain.session import (
    Ending,
    LiveSession,
    RefreshRefused,
    Session,
    SessionNotFound,
    may_rotate,
)
from cinema.identity.service.keys import SigningKey
from cinema.identity.service.tokens import AccessTokens, draw_secret, hashed
from cinema.identity.settings import IdentitySettings
from cinema.identity.store import sessions as store
from cinema.kit.auth import COOKIE, COOKIE_PLAIN, Actor
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import TokenInvalid
from cinema.kit.ids import uuid7

NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used; the price of knowing it better is a write for each request."""

FORGET_BATCH = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a client holds of a session. The secrets are known to nobody else: only their hashes are stored."""

    session_id: SessionId
    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime
    cookie: SessionCookie | None = None


class Sessions:
    """All that is done with sessions."""

    def __init__(self, *, db: Database, clock: Clock, settings: IdentitySettings, tokens: AccessTokens) -> None:
        self._db = db
        self._clock = clock
        self._lifetimes = settings.lifetimes
        self._grace = timedelta(seconds=settings.refresh_grace_s)
        self._sessions_max = settings.sessions_max
        self._kept = timedelta(seconds=settings.sessions_kept_s)
        self._tokens = tokens
        self._cookie_secure = settings.cookie_secure

    async def begin(
        self, tx: Tx, *, user_id: UserId, caller: Caller, with_cookie: bool, signer: SigningKey, now: datetime
    ) -> Tokens:
        """Begins a session, with secrets that nobody had before; the caller's transaction holds the user's row."""
        session = Session(
            session_id=SessionId(uuid7(now)),
            user_id=user_id,
            user_agent=caller.user_agent,
            address=caller.address,
            created_at=now,
            last_used_at=now,
            ended_at=None,
        )
        cookie = draw_secret() if with_cookie else None
        await store.add(tx, session=session, cookie_hash=hashed(cookie) if cookie else None)
        await store.end_surplus(tx, user_id=user_id, kept_max=self._sessions_max, now=now)
        return await self._issue(tx, session=session, signer=signer, cookie=cookie, now=now)

    async def refresh(self, *, refresh_token: str) -> Tokens:
        """Exchanges a refresh token for new tokens of the same session; raises `RefreshRefused`.

        A token that was exchanged before is in two hands, so its session ends (RFC 9700,
        section 4.14.2), unless the operator allowed a grace for lost answers.
        """
        signer = await self._tokens.signer()
        tokens = await self._db.transact(lambda tx: self._refresh(tx, token_hash=hashed(refresh_token), signer=signer))
        if tokens is None:
            raise RefreshRefused
        return tokens

    async def actor(self, token: str) -> Actor:
        """The bearer of an access token or a cookie, with the roles of this moment; raises `TokenInvalid`."""
        now = self._clock.now()
        live = await (self._bearer(token, now=now) if "." in token else self._cookie_holder(token, now=now))
        if live is None:
            raise TokenInvalid
        if now - live.last_used_at >= NOTED_EVERY:
            async with self._db.write() as tx:
                await store.touch(tx, session_id=live.session_id, now=now)
        return Actor(user_id=live.user_id, session_id=live.session_id, roles=live.roles | {VIEWER})

    async def sign_out(self, *, session_id: SessionId) -> None:
        """Ends the session that asks for it."""
        async with self._db.write() as tx:
            await store.end(tx, session_id=session_id, reason=Ending.SIGNED_OUT, now=self._clock.now())
        log.info("identity.signed_out", session_id=str(session_id))

    async def revoke(self, *, user_id: UserId, session_id: SessionId) -> None:
        """Ends one of the user's sessions; raises `SessionNotFound` for those of others."""
        async with self._db.write() as tx:
            session = await store.get(tx, session_id=session_id)
            if session is None or session.user_id != user_id:
                raise SessionNotFound
            await store.end(tx, session_id=session_id, reason=Ending.REVOKED, now=self._clock.now())
        log.info("identity.session_revoked", user_id=str(user_id), session_id=str(session_id))

    async def revoke_others(self, *, user_id: UserId, kept: SessionId) -> int:
        """Ends every session of the user but the one that is ``kept``; returns how many of them were running."""
        async with self._db.write() as tx:
            count = await self.end_others(tx, user_id=user_id, kept=kept, reason=Ending.REVOKED, now=self._clock.now())
        log.info("identity.sessions_revoked", user_id=str(user_id), kept=str(kept), count=count)
        return count

    async def end_others(self, tx: Tx, *, user_id: UserId, kept: SessionId, reason: Ending, now: datetime) -> int:
        """Ends every session of the user but ``kept``; returns how many of them were running."""
        return await store.end_others(tx, user_id=user_id, kept=kept, reason=reason, lifetimes=self._lifetimes, now=now)

    async def forget(self) -> int:
        """Deletes sessions that have been over for long; returns how many."""
        async with self._db.write() as tx:
            ended_by = self._clock.now() - self._kept
            return await store.forget(tx, ended_by=ended_by, lifetimes=self._lifetimes, limit=FORGET_BATCH)

    async def _bearer(self, token: str, *, now: datetime) -> LiveSession | None:
        claims = await self._tokens.verify(token, now=now)
        async with self._db.read() as tx:
            live = await store.live_by_id(tx, session_id=claims.session_id, lifetimes=self._lifetimes, now=now)
        return live if live is not None and live.user_id == claims.user_id else None

    async def _cookie_holder(self, cookie: str, *, now: datetime) -> LiveSession | None:
        async with self._db.read() as tx:
            return await store.live_by_cookie(tx, cookie_hash=hashed(cookie), lifetimes=self._lifetimes, now=now)

    async def _refresh(self, tx: Tx, *, token_hash: bytes, signer: SigningKey) -> Tokens | None:
        """The token is read again under the lock of its session, so that of twins the second sees the first."""
        now = self._clock.now()
        known = await store.token(tx, token_hash=token_hash)
        session = await store.lock(tx, session_id=known.session_id) if known else None
        token = await store.token(tx, token_hash=token_hash)
        if session is None or token is None or not self._lifetimes.covers(session, now):
            return None
        if not may_rotate(token, now=now, grace=self._grace):
            await store.end(tx, session_id=session.session_id, reason=Ending.REFRESH_REUSED, now=now)
            log.warning("identity.refresh_reused", user_id=str(session.user_id), session_id=str(session.session_id))
            return None
        await store.rotate_token(tx, session_id=session.session_id, now=now)
        await store.touch(tx, session_id=session.session_id, now=now)
        return await self._issue(tx, session=session, signer=signer, cookie=None, now=now)

    async def _issue(
        self, tx: Tx, *, session: Session, signer: SigningKey, cookie: str | None, now: datetime
    ) -> Tokens:
        refresh_token = draw_secret()
        await store.add_token(tx, token_hash=hashed(refresh_token), session_id=session.session_id, now=now)
        access_token, claims = self._tokens.sign(
            user_id=session.user_id, session_id=session.session_id, signer=signer, now=now
        )
        absolute = session.created_at + self._lifetimes.absolute
        return Tokens(
            session_id=session.session_id,
            access_token=access_token,
            access_expires_at=claims.expires_at,
            refresh_token=refresh_token,
            refresh_expires_at=min(now + self._lifetimes.idle, absolute),
            cookie=self._cookie(cookie, expires_at=absolute) if cookie else None,
        )

    def _cookie(self, token: str, *, expires_at: datetime) -> SessionCookie:
        name = COOKIE if self._cookie_secure else COOKIE_PLAIN
        return SessionCookie(name=name, token=token, expires_at=expires_at, is_secure=self._cookie_secure)
