"""Cursors: what comes back is what went out, or a refusal."""

import base64
from datetime import datetime
from uuid import UUID

import pytest

from cinema.kit.http import CursorInvalid, decode_cursor, encode_cursor, page


def raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_a_cursor_gives_back_its_values() -> None:
    id_ = UUID("01900000-0000-7000-8000-000000000001")

    values = decode_cursor(encode_cursor("Ёлки", 7, str(id_)), str, int, UUID)

    assert values == ("Ёлки", 7, id_)


def test_the_first_page_has_no_cursor() -> None:
    assert decode_cursor(None, str) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "я",
        raw("{}"),
        raw("[]"),
        raw('["a", "b"]'),
        raw("[null]"),
        raw("[true]"),
        raw("[1.5]"),
        raw('[["a"]]'),
        raw('["a\\u0000b"]'),
        raw('["\\ud800"]'),
        raw("[9223372036854775808]"),
        raw("[" * 5_000),
    ],
)
def test_what_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, str)


@pytest.mark.parametrize("kind", [int, UUID, datetime.fromisoformat])
def test_a_value_of_another_kind_is_refused(kind: type) -> None:
    with pytest.raises(CursorInvalid):
        decode_cursor(encode_cursor("something else"), kind)


def test_a_page_has_a_next_one_only_when_there_is_more() -> None:
    assert page([1, 2, 3], limit=2, cursor=str) == ([1, 2], "2")
    assert page([1, 2], limit=2, cursor=str) == ([1, 2], None)
