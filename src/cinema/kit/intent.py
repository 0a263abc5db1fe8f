"""What a caller means to do once: named by a key, so that a repeat gives the same answer.

Pure: edges make an `Intent` (a JSON route from its header, a form from a hidden field), services
that act take it, and `cinema.kit.idempotency` keeps key, effect and answer in one commit.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One intent of one caller (``scope``: who, and what for). Without a ``key`` every call is a new intent.

    ``input_hash`` is of all that was asked for: the same key with another input is refused.
    ``status`` is the HTTP status of the answer, kept with it.
    """

    scope: str
    key: str | None
    input_hash: bytes
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(Generic[T]):
    """What was done for an intent, now or (``replayed``) before: the answer as it was first given, in JSON types."""

    kind: type[T]
    status: int
    body: Any
    replayed: bool

    @property
    def value(self) -> T:
        """The answer as a value, for a caller that does not speak JSON."""
        kind: Any = self.kind
        found: T = adapter(kind).validate_python(self.body)
        return found


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Made once for each class, which takes milliseconds."""
    return TypeAdapter(kind)
