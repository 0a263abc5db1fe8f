"""Identifiers: UUID version 7, made by the caller before anything is sent."""

import secrets
from datetime import datetime
from uuid import UUID


def uuid7(now: datetime) -> UUID:
    """A fresh UUIDv7 whose first 48 bits are ``now`` in milliseconds (RFC 9562)."""
    milliseconds = int(now.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62))
