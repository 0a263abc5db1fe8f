"""Access tokens: what they say (RFC 9068), and which are believed (RFC 8725)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cinema.contracts.ids import SessionId, UserId
from cinema.kit.errors import TokenInvalid

ALGORITHM = "ES256"
TYPE = "at+jwt"
LENGTH_MAX = 2_000
HEADER = frozenset({"alg", "kid", "typ"})
"""All that a header of ours holds. One that brings a key or a place to fetch one is not ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token of ours says: whose it is, and of which session."""

    user_id: UserId
    session_id: SessionId
    token_id: UUID
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Which tokens are believed."""

    issuer: str
    audience: str
    lifetime: timedelta
    leeway: timedelta

    def payload(self, claims: Claims) -> dict[str, str | int]:
        """The claims as a token carries them."""
        issued_at = int(claims.issued_at.timestamp())
        return {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "jti": str(claims.token_id),
            "iat": issued_at,
            "nbf": issued_at,
            "exp": int(claims.expires_at.timestamp()),
        }

    def claims(self, payload: Mapping[str, object], *, now: datetime) -> Claims:
        """The claims of a payload whose signature is ours; raises `TokenInvalid`."""
        if payload.get("iss") != self.issuer or payload.get("aud") != self.audience:
            raise TokenInvalid
        issued_at, not_before, expires_at = (_moment(payload.get(name)) for name in ("iat", "nbf", "exp"))
        if max(issued_at, not_before) > now + self.leeway or expires_at + self.leeway <= now:
            raise TokenInvalid
        return Claims(
            user_id=UserId(_uuid(payload.get("sub"))),
            session_id=SessionId(_uuid(payload.get("sid"))),
            token_id=_uuid(payload.get("jti")),
            issued_at=issued_at,
            expires_at=expires_at,
        )


def key_id(header: object) -> str:
    """The key that a header names; raises `TokenInvalid` unless it has exactly the form of ours."""
    if not isinstance(header, dict) or header.keys() != HEADER:
        raise TokenInvalid
    kid = header["kid"]
    if header["alg"] != ALGORITHM or header["typ"] != TYPE or not isinstance(kid, str):
        raise TokenInvalid
    return kid


def _moment(value: object) -> datetime:
    if type(value) is not int:
        raise TokenInvalid
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError):
        raise TokenInvalid from None


def _uuid(value: object) -> UUID:
    if not isinstance(value, str):
        raise TokenInvalid
    try:
        return UUID(value)
    except ValueError:
        raise TokenInvalid from None
