"""Time zones by name: one fallback for the whole product."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def zone(name: str) -> tzinfo:
    """The zone; UTC for a name that this machine does not know, or knows no more.

    Names are checked when they come in, and are kept for years; the list of zones is the machine's and changes. What is
    paid for must begin, and people must be told of it, all the same.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
