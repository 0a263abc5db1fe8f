"""Identifiers: UUID version 7, made by the caller before anything is sent."""

import os
from datetime import datetime
from uuid import UUID

RANDOM_BYTES = 10
"""What an id needs: 12 and 62 bits."""

RANDOM_B = (1 << 62) - 1
"""The last 62 bits."""

DRAWN_AT_ONCE = 256
"""For how many ids one call of the system draws: amid other work the call costs more than all the rest of an id."""

_drawn: list[bytes] = []
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drawn.clear)  # no two processes draw the same


def uuid7(now: datetime) -> UUID:
    """A fresh UUIDv7 whose first 48 bits are ``now`` in milliseconds (RFC 9562)."""
    milliseconds = int(now.timestamp() * 1000)
    random = int.from_bytes(_draw())
    return UUID(int=milliseconds << 80 | 0x7 << 76 | (random >> 68) << 64 | 0b10 << 62 | random & RANDOM_B)


def _draw() -> bytes:
    while True:
        try:
            return _drawn.pop()
        except IndexError:
            supply = os.urandom(RANDOM_BYTES * DRAWN_AT_ONCE)
            _drawn.extend(supply[start : start + RANDOM_BYTES] for start in range(0, len(supply), RANDOM_BYTES))
