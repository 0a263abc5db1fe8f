"""Identifiers: UUID version 7, made by the caller before anything is sent."""

import os
from datetime import datetime
from uuid import UUID, uuid4

RANDOM_BYTES = 10
"""What an id needs: 12 and 62 bits."""

RANDOM_B = (1 << 62) - 1
"""The last 62 bits."""


def uuid7(now: datetime) -> UUID:
    """A fresh UUIDv7 whose first 48 bits are ``now`` in milliseconds (RFC 9562)."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(os.urandom(RANDOM_BYTES))
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & RANDOM_B)


def secret_id() -> UUID:
    """A fresh UUIDv4: 122 bits that nobody can guess, for what opens a door to whoever knows it."""
    return uuid4()


def lowest_id(moment: datetime) -> UUID:
    """The lower bound of all UUIDv7 that were made at ``moment`` or later."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
