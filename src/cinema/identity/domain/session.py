"""Sessions: one for each sign-in, ended by the user, by a rule, or by time."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from cinema.contracts.ids import SessionId, UserId
from cinema.kit.errors import NotFound, Unauthenticated


class SessionNotFound(NotFound):
    """You have no such session."""

    code = "session-not-found"


class RefreshRefused(Unauthenticated):
    """This refresh token is not valid; sign in again."""

    code = "refresh-token-invalid"


class Ending(StrEnum):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    REVOKED = "revoked"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, no password
    REFRESH_REUSED = "refresh_reused"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """A session ends when it was not used for ``idle``, and ``absolute`` after it began."""

    idle: timedelta
    absolute: timedelta

    def used_after(self, now: datetime) -> datetime:
        """A session is idle unless it was used after this instant."""
        return now - self.idle

    def begun_after(self, now: datetime) -> datetime:
        """A session is too old unless it began after this instant."""
        return now - self.absolute

    def ends_at(self, session: "Session") -> datetime:
        """When the session ends if it is not used again."""
        return min(session.last_used_at + self.idle, session.created_at + self.absolute)

    def covers(self, session: "Session", now: datetime) -> bool:
        """Whether the session runs at ``now``."""
        return session.ended_at is None and now < self.ends_at(session)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in device."""

    session_id: SessionId
    user_id: UserId
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSession:
    """What one look at the database says about the bearer of a token."""

    session_id: SessionId
    user_id: UserId
    last_used_at: datetime
    roles: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token as it is kept: a hash, its session, and when it was exchanged."""

    token_hash: bytes = field(repr=False)
    session_id: SessionId
    rotated_at: datetime | None


def may_rotate(token: RefreshToken, *, now: datetime, grace: timedelta) -> bool:
    """Whether a refresh token may be exchanged: unused, or used so lately that the answer may have been lost."""
    return token.rotated_at is None or now - token.rotated_at < grace
