"""Access tokens, signed and verified; refresh tokens and cookies, drawn and hashed."""

import base64
import binascii
import hashlib
import json
import secrets
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError

from cinema.contracts.ids import SessionId, UserId
from cinema.identity.domain.token import ALGORITHM, LENGTH_MAX, TYPE, Claims, Rules, key_id
from cinema.identity.service.keys import Keys, SigningKey
from cinema.kit.errors import TokenInvalid
from cinema.kit.ids import uuid7

SECRET_BYTES = 32


class AccessTokens:
    """Tokens that anyone can check with our published keys."""

    def __init__(self, *, keys: Keys, rules: Rules) -> None:
        self._keys = keys
        self._rules = rules

    async def signer(self) -> SigningKey:
        """The key to sign with; asked for before a transaction, as it may have to be fetched."""
        return await self._keys.signing()

    def sign(self, *, user_id: UserId, session_id: SessionId, signer: SigningKey, now: datetime) -> tuple[str, Claims]:
        """A token for one session, and what it says."""
        claims = Claims(
            user_id=user_id,
            session_id=session_id,
            token_id=uuid7(now),
            issued_at=now,
            expires_at=now + self._rules.lifetime,
        )
        header = {"alg": ALGORITHM, "kid": signer.kid, "typ": TYPE}
        return jwt.encode(header, self._rules.payload(claims), signer.pair, algorithms=[ALGORITHM]), claims

    async def verify(self, token: str, *, now: datetime) -> Claims:
        """What a token of ours says; raises `TokenInvalid` for any other.

        The header is read before anything else and must have exactly our form: the
        algorithm is not the token's choice, and a key that it brings is not looked at.
        """
        key = await self._keys.find(key_id(_header(token)))
        if key is None:
            raise TokenInvalid
        try:
            decoded = jwt.decode(token, key.pair, algorithms=[ALGORITHM])
        except (JoseError, ValueError):
            raise TokenInvalid from None
        return self._rules.claims(decoded.claims, now=now)


def draw_secret() -> str:
    """A fresh secret of 256 bits, fit for a header or a cookie."""
    return secrets.token_urlsafe(SECRET_BYTES)


def hashed(secret: str) -> bytes:
    """How a drawn secret is stored: it has too many bits to be guessed from a fast hash."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _header(token: str) -> object:
    if len(token) > LENGTH_MAX or not token.isascii() or token.count(".") != 2:  # noqa: PLR2004 - RFC 7515: two dots
        raise TokenInvalid
    part = token.partition(".")[0]
    try:
        return json.loads(base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError):
        raise TokenInvalid from None
