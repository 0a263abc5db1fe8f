"""Troubles as they come, with a fact for each of their members."""

from datetime import UTC, datetime
from typing import Any, get_args

from cinema.kit.errors import Trouble

FACTS: dict[str, object] = {
    "amount_minor": 39900,
    "bytes_max": 100_000,
    "currency": "RUB",
    "left_minor": 39900,
    "retry_after_s": 40,
    "size": 5_000_000,
}
"""What some members are."""

OF_KIND: dict[Any, object] = {
    bool: True,
    datetime: datetime(2026, 1, 31, 12, 0, tzinfo=UTC).isoformat(),
    int: 2,
    str: "word",
}
"""What the others are, by their type; a member of none of these is left out."""


def sample(kind: type[Trouble], *, says: str = "") -> Trouble:
    """A trouble of this ``kind``, however one of it is made elsewhere."""
    told = {name: get_args(member)[0] for name, member in kind.members.items()}
    facts: Any = {
        name: FACTS.get(name, OF_KIND.get(its)) for name, its in told.items() if name in FACTS or its in OF_KIND
    }
    made = kind.__new__(kind)
    Trouble.__init__(made, says=says, **facts)
    return made
