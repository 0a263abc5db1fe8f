"""The HTTP border's parts: cursors under fuzz, problems, masked paths. The whole of it is in test_app.py."""

import base64
import contextlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinema.kit.border import masked
from cinema.kit.client import NoAnswer
from cinema.kit.errors import NotFound, TooMany, Unauthenticated
from cinema.kit.http import problem
from cinema.kit.keyset import CursorInvalid, Keyset, page

KINDS: tuple[Callable[[Any], Any], ...] = (str, int, UUID, datetime.fromisoformat)

STORABLE = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])) | st.integers(
    -(2**63), 2**63 - 1
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(STORABLE, min_size=1, max_size=4))
def test_a_cursor_of_ours_comes_back_as_it_went_out(values: list[str | int]) -> None:
    listing = Keyset("things", *(type(value) for value in values))
    cursor = listing.cursor(*values)

    assert listing.after(cursor) == tuple(values)
    assert cursor.isascii()


@given(st.text(), st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
def test_any_text_is_a_cursor_or_is_refused(cursor: str, kinds: list[Callable[[Any], Any]]) -> None:
    with contextlib.suppress(CursorInvalid):
        values = Keyset("things", *kinds).after(cursor)

        assert values is not None
        assert len(values) == len(kinds)


@given(JSON, st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
def test_any_json_is_a_cursor_or_is_refused(value: Any, kinds: list[Callable[[Any], Any]]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(["things", value]).encode()).decode()

    with contextlib.suppress(CursorInvalid):
        values = Keyset("things", *kinds).after(cursor)

        assert values is not None
        assert all("\x00" not in one for one in values if isinstance(one, str))
        assert all(-(2**63) <= one < 2**63 for one in values if isinstance(one, int))


@given(st.lists(st.integers(), max_size=60), st.integers(min_value=1, max_value=20))
def test_pages_together_are_the_whole_list(rows: list[int], limit: int) -> None:
    seen: list[int] = []
    place: str | None = "0"

    while place is not None:
        start = int(place)
        shown = page(rows[start : start + limit + 1], limit=limit, cursor=lambda _: "more")
        seen += shown.items
        place = str(start + len(shown.items)) if shown.next_cursor is not None else None

    assert seen == rows


def test_a_problem_is_of_one_shape() -> None:
    answer = problem(NotFound("No film.", film="nosferatu", status=200), request_id="request-1")

    assert (answer.status_code, answer.media_type) == (404, "application/problem+json")
    assert json.loads(bytes(answer.body)) == {
        "type": "urn:cinema:problem:not-found",
        "title": "Not found",
        "status": 404,
        "code": "not-found",
        "detail": "No film.",
        "request_id": "request-1",
        "film": "nosferatu",
    }


def test_a_problem_says_when_to_come_back_and_how_to_sign_in() -> None:
    busy = problem(TooMany(retry_after_s=7), request_id="-")
    away = problem(NoAnswer(), request_id="-")
    stranger = problem(Unauthenticated(), request_id="-")

    assert (busy.status_code, busy.headers["retry-after"]) == (429, "7")
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")
    assert (stranger.status_code, stranger.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/media/secret/master.m3u8", "/media/***/master.m3u8"),
        ("/media/secret", "/media/***"),
        ("/v1/films/media/1", "/v1/films/media/1"),
    ],
)
def test_what_lets_in_is_not_logged(path: str, shown: str) -> None:
    assert masked(path) == shown
