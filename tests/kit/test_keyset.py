"""Cursors: what comes back is what went out, or a refusal."""

import base64
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from cinema.kit.keyset import CursorInvalid, Keyset, NewestFirst, moment, page
from cinema.kit.page import Page, whole


def raw(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def test_a_cursor_gives_back_its_values() -> None:
    id_ = UUID("01900000-0000-7000-8000-000000000001")

    at = datetime(2026, 1, 15, 12, 0, tzinfo=timezone(timedelta(hours=3)))
    things = Keyset("things", str, int, UUID, moment)

    assert things.after(things.cursor("Ёлки", 7, id_, at)) == ("Ёлки", 7, id_, at)


def test_a_cursor_of_another_list_is_refused_as_what_it_is() -> None:
    with pytest.raises(CursorInvalid, match="of another list, or of this one in another order or language"):
        Keyset("things", UUID).after(NewestFirst("others").cursor(UUID(int=1)))


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2026-01-15T09:00:00",
        "2026-01-15",
        "yesterday",
        7,
    ],
)
def test_a_moment_that_no_row_has_is_refused(text: str | int) -> None:
    with pytest.raises(CursorInvalid):
        Keyset("things", moment).after(Keyset("things", str).cursor(text))


def test_the_first_page_has_no_cursor() -> None:
    assert Keyset("things", str).after(None) is None


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "!",
        "я",
        raw("{}"),
        raw("[]"),
        raw('["things"]'),
        raw('["things", "a", "b"]'),
        raw('["things", null]'),
        raw('["things", true]'),
        raw('["things", 1.5]'),
        raw('["things", ["a"]]'),
        raw('["things", "a\\u0000b"]'),
        raw('["things", "\\ud800"]'),
        raw('["things", 9223372036854775808]'),
        raw("[" * 5_000),
    ],
)
def test_what_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        Keyset("things", str).after(cursor)


@pytest.mark.parametrize("kind", [int, UUID, moment])
def test_a_value_of_another_kind_is_refused(kind: type) -> None:
    with pytest.raises(CursorInvalid):
        Keyset("things", kind).after(Keyset("things", str).cursor("something else"))


def test_a_page_has_a_next_one_only_when_there_is_more() -> None:
    assert page([1, 2, 3], limit=2, cursor=str) == Page(items=(1, 2), next_cursor="2")
    assert page([1, 2], limit=2, cursor=str) == Page(items=(1, 2), next_cursor=None)


def test_a_page_may_show_each_row_in_another_way() -> None:
    assert page([1, 2, 3], limit=2, cursor=str).map(lambda one: -one) == Page(items=(-1, -2), next_cursor="2")


def test_a_list_that_is_never_long_is_one_page() -> None:
    assert whole([1, 2]) == Page(items=(1, 2), next_cursor=None)
