"""Mistakes in input: one word and one place for each, whoever finds it.

What is said of a mistake depends on its word and its ``values``: what was needed, or the
limit that it passes. A place in the body is an RFC 6901 JSON Pointer as URI fragment (``#/amount/minor``); a
parameter of the address or a header is named, with where it stands.
"""

import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import quote


class MistakeCode(StrEnum):
    """What is wrong with a part of the input."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    """There is no such field or parameter."""
    REPEATED = "repeated"
    WRONG_TYPE = "wrong-type"
    """Another kind of value is needed, or another way to write it."""
    NOT_ONE_OF = "not-one-of"
    PATTERN = "pattern"
    TOO_SHORT = "too-short"
    TOO_LONG = "too-long"
    TOO_SMALL = "too-small"
    TOO_LARGE = "too-large"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    """A text holds a control character, or half a character."""
    REFUSED = "refused"
    """A rule of the cinema forbids this value; the problem's own code says which."""


CODES: Mapping[str, MistakeCode] = {
    "missing": MistakeCode.MISSING,
    "extra_forbidden": MistakeCode.UNKNOWN,
    "repeated": MistakeCode.REPEATED,
    "bool_parsing": MistakeCode.WRONG_TYPE,
    "bool_type": MistakeCode.WRONG_TYPE,
    "datetime_from_date_parsing": MistakeCode.WRONG_TYPE,
    "datetime_parsing": MistakeCode.WRONG_TYPE,
    "datetime_type": MistakeCode.WRONG_TYPE,
    "dict_type": MistakeCode.WRONG_TYPE,
    "finite_number": MistakeCode.WRONG_TYPE,
    "int_from_float": MistakeCode.WRONG_TYPE,
    "int_parsing": MistakeCode.WRONG_TYPE,
    "int_parsing_size": MistakeCode.TOO_LARGE,
    "int_type": MistakeCode.WRONG_TYPE,
    "list_type": MistakeCode.WRONG_TYPE,
    "malformed": MistakeCode.WRONG_TYPE,
    "model_attributes_type": MistakeCode.WRONG_TYPE,
    "model_type": MistakeCode.WRONG_TYPE,
    "string_type": MistakeCode.WRONG_TYPE,
    "timezone_aware": MistakeCode.WRONG_TYPE,
    "tuple_type": MistakeCode.WRONG_TYPE,
    "uuid_parsing": MistakeCode.WRONG_TYPE,
    "uuid_type": MistakeCode.WRONG_TYPE,
    "enum": MistakeCode.NOT_ONE_OF,
    "literal_error": MistakeCode.NOT_ONE_OF,
    "string_pattern_mismatch": MistakeCode.PATTERN,
    "string_too_short": MistakeCode.TOO_SHORT,
    "too_short": MistakeCode.TOO_SHORT,
    "string_too_long": MistakeCode.TOO_LONG,
    "too_long": MistakeCode.TOO_LONG,
    "greater_than": MistakeCode.TOO_SMALL,
    "greater_than_equal": MistakeCode.TOO_SMALL,
    "less_than": MistakeCode.TOO_LARGE,
    "less_than_equal": MistakeCode.TOO_LARGE,
    "blank": MistakeCode.BLANK,
    "control_character": MistakeCode.UNREADABLE,
    "string_unicode": MistakeCode.UNREADABLE,
    "value_error": MistakeCode.UNREADABLE,
    "refused": MistakeCode.REFUSED,
}
"""Our word for each kind of mistake that pydantic, or we, find."""

NEEDED: Mapping[str, str] = {
    "bool": "boolean",
    "datetime": "moment",
    "dict": "object",
    "finite": "integer",
    "int": "integer",
    "list": "list",
    "model": "object",
    "string": "text",
    "timezone": "moment",
    "tuple": "list",
    "uuid": "uuid",
}
"""What should have been there, by how pydantic's kind of the mistake begins."""

UNLIMITED = "none"
"""In the place of a limit that is not told."""

LIMITS: Mapping[MistakeCode, tuple[str, str]] = {
    MistakeCode.PATTERN: ("pattern", "pattern"),
    MistakeCode.TOO_SHORT: ("least", "min_length"),
    MistakeCode.TOO_LONG: ("most", "max_length"),
    MistakeCode.TOO_SMALL: ("least", "ge"),
    MistakeCode.TOO_LARGE: ("most", "le"),
}
"""How we call the limit that a mistake passes, and how pydantic does."""

QUOTED = re.compile("'([^']*)'")

BODY = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One entry of ``errors``: what it is and where it is.

    ``values`` are for its sentence: ``needed``, ``least``, ``most``, ``of`` (``characters``
    or ``items``), ``expected``, ``pattern``, ``place``, whichever its code has.
    """

    code: MistakeCode
    place: Mapping[str, str]
    values: Mapping[str, str | int] = field(default_factory=dict)

    def told(self, sentence: str) -> dict[str, str]:
        """The entry, with its ``sentence``."""
        return {"code": self.code, **self.place, "detail": sentence}


def mistake(loc: Sequence[str | int], kind: str, **values: str | int) -> Mistake:
    """The mistake of a ``kind`` at ``loc``, which begins with ``body``, ``query``, ``path``, ``header`` or ``cookie``.

    A kind without a word of ours is told as ``refused``, with a warning, which fails a test.
    """
    code = CODES.get(kind)
    if code is None:
        warnings.warn(f"the mistake {kind} has no word of ours", stacklevel=2)
        code = MistakeCode.REFUSED
    place = {"pointer": pointer(loc[1:])} if loc[0] == BODY else {"in": str(loc[0]), "parameter": str(loc[-1])}
    if code is MistakeCode.UNKNOWN:
        values["place"] = "parameter" if loc[0] != BODY else "field" if len(loc) > 1 else "body"
    return Mistake(code=code, place=place, values=values)


def pointer(parts: Sequence[str | int]) -> str:
    """The place in a JSON document as a URI fragment (RFC 6901, section 6); ``#`` is all of it."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "#" + "".join("/" + quote(part.encode(errors="replace"), safe="~!$&'()*+,;=:@") for part in escaped)


def found_by_pydantic(one: Mapping[str, Any]) -> Mistake:
    """A mistake that pydantic describes."""
    kind: str = one["type"]
    return mistake(one["loc"], kind, **_values(CODES.get(kind), kind, one.get("ctx", {})))


def _values(code: MistakeCode | None, kind: str, context: Mapping[str, Any]) -> dict[str, str | int]:
    values: dict[str, str | int] = {}
    if code is MistakeCode.WRONG_TYPE:
        values["needed"] = NEEDED[kind.partition("_")[0]]
    elif code is MistakeCode.NOT_ONE_OF:
        values["expected"] = ", ".join(QUOTED.findall(context["expected"]))
    elif code is not None and code in LIMITS:
        name, told = LIMITS[code]
        values[name] = context.get(told, UNLIMITED)
    if code in {MistakeCode.TOO_SHORT, MistakeCode.TOO_LONG}:
        values["of"] = "characters" if kind.startswith("string") else "items"
    return values
