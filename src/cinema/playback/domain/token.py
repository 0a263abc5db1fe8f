"""The token in a media address: binds a playback, its film and a time, signed with HMAC-SHA256.

``base64url(payload).base64url(signature)``, without padding. The signature is taken
over the encoded payload and compared in its encoded form, so that no other spelling
of the same bytes passes.
"""

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from cinema.contracts.ids import FilmId, PlaybackId

VERSION = 1
PAYLOAD = struct.Struct(">B16s16sQ")
TOKEN_LENGTH_MAX = 128
SECRET_BYTES = 32


class TokenInvalid(ValueError):
    """The token is not one of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a token says. ``expires_at`` is in whole seconds."""

    playback_id: PlaybackId
    film_id: FilmId
    expires_at: datetime


def sign(claim: Claim, *, secret: bytes) -> str:
    """The token that says ``claim``."""
    seconds = int(claim.expires_at.timestamp())
    payload = _encode(PAYLOAD.pack(VERSION, claim.playback_id.bytes, claim.film_id.bytes, seconds))
    return f"{payload}.{_signature(payload, secret)}"


def read(token: str, *, secret: bytes) -> Claim:
    """What the token says; raises `TokenInvalid` unless we signed it. It may have expired."""
    if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
        raise TokenInvalid
    payload, _, signature = token.partition(".")
    if not hmac.compare_digest(signature, _signature(payload, secret)):
        raise TokenInvalid
    version, playback, film, seconds = PAYLOAD.unpack(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    if version != VERSION:
        raise TokenInvalid
    return Claim(
        playback_id=PlaybackId(UUID(bytes=playback)),
        film_id=FilmId(UUID(bytes=film)),
        expires_at=datetime.fromtimestamp(seconds, tz=UTC),
    )


def _signature(payload: str, secret: bytes) -> str:
    return _encode(hmac.digest(secret, payload.encode(), hashlib.sha256))


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
