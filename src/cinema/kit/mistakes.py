"""Mistakes in input: one word and one place for each, whoever finds it.

A place in the body is an RFC 6901 JSON Pointer as URI fragment (``#/amount/minor``); a
parameter of the address or a header is named, with where it stands.
"""

import warnings
from collections.abc import Mapping, Sequence
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

PLAIN_WORDS: Mapping[str, str] = {
    "bool_parsing": "This is true or false.",
    "bool_type": "This is true or false.",
    "datetime_type": "This is a time as in RFC 3339, such as 2026-01-31T12:00:00Z.",
    "dict_type": "This has to be a JSON object.",
    "enum": "This is none of {expected}.",
    "extra_forbidden": "There is no such field.",
    "finite_number": "This is a whole number.",
    "greater_than_equal": "This is too small: at least {ge}.",
    "int_from_float": "This is a whole number.",
    "int_parsing": "This is a whole number.",
    "int_parsing_size": "This is too large.",
    "int_type": "This is a whole number.",
    "less_than_equal": "This is too large: at most {le}.",
    "literal_error": "This is none of {expected}.",
    "missing": "This is needed.",
    "model_attributes_type": "This has to be a JSON object.",
    "string_pattern_mismatch": "This is written in another form than {pattern}.",
    "string_too_long": "This is too long: at most {max_length} characters.",
    "string_too_short": "This is too short: at least {min_length} characters.",
    "string_type": "This is a text.",
    "string_unicode": "This text holds half a character, which cannot be kept.",
    "too_long": "This is too long: at most {max_length}.",
    "too_short": "This is too short: at least {min_length}.",
    "uuid_parsing": "This is no UUID.",
    "uuid_type": "This is no UUID.",
    "value_error": "{error}",
}
"""What pydantic says for programmers, by its code, said for whoever sends the input."""

BODY = "body"


def mistake(loc: Sequence[str | int], kind: str, detail: str) -> dict[str, str]:
    """One entry of ``errors``: what it is, where it is, and a sentence.

    ``loc`` begins with ``body``, ``query``, ``path``, ``header`` or ``cookie``. A kind
    without a word of ours is told as ``refused``, with a warning, which fails a test.
    """
    code = CODES.get(kind)
    if code is None:
        warnings.warn(f"the mistake {kind} has no word of ours", stacklevel=2)
        code = MistakeCode.REFUSED
    place = {"pointer": pointer(loc[1:])} if loc[0] == BODY else {"in": str(loc[0]), "parameter": str(loc[-1])}
    return {"code": code, **place, "detail": detail}


def pointer(parts: Sequence[str | int]) -> str:
    """The place in a JSON document as a URI fragment (RFC 6901, section 6); ``#`` is all of it."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "#" + "".join("/" + quote(part.encode(errors="replace"), safe="~!$&'()*+,;=:@") for part in escaped)


def found_by_pydantic(one: Mapping[str, Any]) -> dict[str, str]:
    """A mistake that pydantic describes."""
    words = PLAIN_WORDS.get(one["type"])
    detail = words.format_map(one.get("ctx", {})) if words else f"{one['msg'].rstrip('.')}."
    return mistake(one["loc"], one["type"], detail)
