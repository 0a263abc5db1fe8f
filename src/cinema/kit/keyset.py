"""Keyset pages: a cursor is the place after a row, opaque to callers, of one list only."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, TypeVar
from uuid import UUID

from fastapi import Query

from cinema.kit.errors import BadRequest
from cinema.kit.page import Page

T = TypeVar("T")

PAGE_MAX = 100
OF_ANOTHER = "of-another"

YEARS = range(1900, 9000)
"""Away from the ends of the calendar, where a time zone would lead out of it."""


class CursorInvalid(BadRequest):
    """This cursor is not one of this list."""

    code = "cursor-invalid"
    sayings: ClassVar[Mapping[str, str]] = {
        OF_ANOTHER: "This cursor is of another list, or of this one in another order or language."
    }


class Keyset:
    """The places of the list called ``name``, by the ``kinds`` of the values that it is sorted by.

    Each kind is called with the text or number that a cursor holds, and may raise
    ValueError: ``moment``, ``UUID``, ``str``, ``int`` or one of the list's own.
    """

    __slots__ = ("_kinds", "_name")

    def __init__(self, name: str, *kinds: Callable[[Any], Any]) -> None:
        self._name = name
        self._kinds = kinds

    def cursor(self, *values: object) -> str:
        """The cursor of the place after the row with these values."""
        raw = json.dumps([self._name, *map(_plain, values)], ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def after(self, cursor: str | None) -> tuple[Any, ...] | None:
        """The values of a cursor; None for the first page.

        Raises `CursorInvalid` for a cursor of another list, for values of other kinds, and
        for what the database could not take: a text with NUL or half a character, a
        number over 64 bits.
        """
        if cursor is None:
            return None
        try:
            values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if isinstance(values, list) and values and isinstance(values[0], str) and values[0] != self._name:
                raise CursorInvalid(says=OF_ANOTHER)
            if not isinstance(values, list) or len(values) != len(self._kinds) + 1 or values[0] != self._name:
                raise CursorInvalid
            if not all(map(_is_storable, values)):
                raise CursorInvalid
            return tuple(kind(value) for kind, value in zip(self._kinds, values[1:], strict=True))
        except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error, RecursionError) as error:
            raise CursorInvalid from error


class NewestFirst(Keyset):
    """A list in the order of ids, which carry the time: its place is one id."""

    __slots__ = ()

    def __init__(self, name: str) -> None:
        super().__init__(name, UUID)

    def before(self, cursor: str | None) -> UUID | None:
        """The id below which the page begins; None for the first page."""
        values = self.after(cursor)
        return values[0] if values else None


def moment(text: str) -> datetime:
    """A moment of a cursor, aware and in UTC; raises ValueError for one that no row has."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None or found.year not in YEARS:
        raise ValueError(text)
    return found.astimezone(UTC)


def page(rows: Sequence[T], *, limit: int, cursor: Callable[[T], str]) -> Page[T]:
    """Cuts ``limit + 1`` rows to a page, whose ``cursor`` is the place after its last row."""
    shown = tuple(rows[:limit])
    return Page(items=shown, next_cursor=cursor(shown[-1]) if len(rows) > limit else None)


def _plain(value: object) -> str | int:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str(value)


def _is_storable(value: object) -> bool:
    if isinstance(value, str):
        value.encode()  # half a surrogate pair raises a ValueError
        return "\x00" not in value
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63


Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="rows on a page")]
CursorText = Annotated[str | None, Query(max_length=500, description="next_cursor of the page before")]
