"""What a request may hold: parameters and bodies as they are declared, and nothing else."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, Depends, Query
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr

from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unauthenticated
from cinema.kit.http import FREE_TEXT, OWN_RULE, InputInvalid, NotJson, Strict
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.module import Module
from cinema.kit.requests import loads

ID = "01a21b66-1d94-7c9d-a32a-d7b1d2bdc54d"


class Nobody:
    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(token)


class Inner(Strict):
    word: str = "x"


class Wish(Strict):
    word: str = "x"
    is_kept: bool = False
    is_sure: bool | None = None
    count: int = 1
    since: datetime | None = None
    film_id: UUID | None = None
    words: list[str] = Field(default_factory=list)
    reason: Annotated[str, FREE_TEXT] = "x"
    name: Annotated[str, OWN_RULE] = "x"
    secret: SecretStr = SecretStr("x")
    inner: Inner | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    done: bool = True


def language(tongue: str | None = None) -> str | None:
    return tongue


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/list")
    async def show(
        _: Annotated[str | None, Depends(language)],
        limit: Limit = 20,
        cursor: CursorText = None,
        user_id: UUID | None = None,
        kind: Annotated[list[str] | None, Query()] = None,
        since: datetime | None = None,
        *,
        waiting: bool = False,
        other: Annotated[str | None, Query(alias="else")] = None,
    ) -> Done:
        assert limit
        return Done(done=not (cursor or user_id or kind or since or waiting or other))

    @router.get("/bare")
    async def bare() -> Done:
        return Done()

    @router.post("/wish")
    async def wish(wish: Wish) -> Done:
        return Done(done=bool(wish))

    @router.post("/act")
    async def act() -> Done:
        return Done()

    return router


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    module = Module(name="echo", routes=(routes(),))
    app = build_app(modules=(module,), authenticator=Nobody(), clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver") as client:
        yield client


def wrong(answer: httpx2.Response) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (422, "input-invalid"), answer.text
    return [(one.get("pointer") or f"{one['in']} {one['parameter']}", one["code"]) for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "limit=10",
        "tongue=ru&limit=1",
        "kind=a&kind=b",
        f"user_id={ID}",
        f"user_id={ID.upper()}",
        "waiting=true",
        "waiting=false",
        "else=x",
        "since=2026-01-31T12:00:00Z",
    ],
)
async def test_what_is_declared_is_taken(client: httpx2.AsyncClient, query: str) -> None:
    assert (await client.get(f"/v1/list?{query}")).status_code == 200


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Limit=1", [("query Limit", "unknown")]),
        ("other=x", [("query other", "unknown")]),
        ("a=1&b=2&limit=1", [("query a", "unknown"), ("query b", "unknown")]),
        ("nothing", [("query nothing", "unknown")]),
        ("limit=1&limit=1", [("query limit", "repeated")]),
        ("tongue=ru&tongue=en", [("query tongue", "repeated")]),
        ("limit=1_0", [("query limit", "wrong-type")]),
        ("limit=+10", [("query limit", "wrong-type")]),  # in a query a plus is a space
        ("limit=%2B10", [("query limit", "wrong-type")]),
        ("limit=%2010", [("query limit", "wrong-type")]),
        ("limit=10.0", [("query limit", "wrong-type")]),
        ("limit=010", [("query limit", "wrong-type")]),
        ("limit=", [("query limit", "wrong-type")]),
        ("limit=%D9%A1", [("query limit", "wrong-type")]),
        ("limit=" + "9" * 5_000, [("query limit", "wrong-type")]),
        ("limit=1%0A", [("query limit", "unreadable")]),
        ("waiting=yes", [("query waiting", "wrong-type")]),
        ("waiting=1", [("query waiting", "wrong-type")]),
        (f"user_id={ID.replace('-', '')}", [("query user_id", "wrong-type")]),
        (f"user_id=urn:uuid:{ID}", [("query user_id", "wrong-type")]),
        ("since=1700000000", [("query since", "wrong-type")]),
        ("cursor=%00", [("query cursor", "unreadable")]),
        ("else=%0D%0A", [("query else", "unreadable")]),
        ("else=%20%20", [("query else", "blank")]),
        ("kind=a&kind=%00", [("query kind", "unreadable")]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_what_is_not_declared_or_not_in_its_form_is_refused_by_name(
    client: httpx2.AsyncClient, method: str, query: str, expected: list[tuple[str, str]]
) -> None:
    answer = await client.request(method, f"/v1/list?{query}")

    if method == "HEAD":
        assert (answer.status_code, answer.content) == (422, b"")
    else:
        assert wrong(answer) == expected


async def test_a_route_without_parameters_takes_none(client: httpx2.AsyncClient) -> None:
    assert wrong(await client.get("/v1/bare?x=1")) == [("query x", "unknown")]
    assert wrong(await client.get("/openapi.json?x=1")) == [("query x", "unknown")]


async def post(
    client: httpx2.AsyncClient, body: bytes, *, path: str = "/v1/wish", kind: str | None = "application/json"
) -> httpx2.Response:
    return await client.post(path, content=body, headers={"content-type": kind} if kind else {})


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON;charset="UTF-8"',
        "application/json ;charset=utf-8",
    ],
)
async def test_json_in_utf_8_is_taken(client: httpx2.AsyncClient, kind: str) -> None:
    assert (await post(client, b'{"word": "\xd1\x84"}', kind=kind)).status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=utf-16",
        "application/jsonp",
        "application/problem+json",
        "application/json, text/plain",
    ],
)
async def test_a_body_of_another_kind_is_refused(client: httpx2.AsyncClient, kind: str | None) -> None:
    answer = await post(client, b"{}", kind=kind)

    assert (answer.status_code, answer.json()["code"]) == (415, "media-type-unsupported")


async def test_an_encoded_body_is_refused(client: httpx2.AsyncClient) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = await client.post("/v1/wish", content=b"{}", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "media-type-unsupported")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"word": "a", "word": "a"}', [("#/word", "repeated")]),
        (b'{"word": "a", "\\u0077ord": "b"}', [("#/word", "repeated")]),
        (b'{"inner": {"word": "a", "word": "b"}}', [("#/inner/word", "repeated")]),
        (b'{"words": [{"a": 1, "a": 2}]}', [("#/words/0/a", "repeated")]),
        (b'{"more": 1}', [("#/more", "unknown")]),
        (b'{"is_kept": "true"}', [("#/is_kept", "wrong-type")]),
        (b'{"is_kept": 1}', [("#/is_kept", "wrong-type")]),
        (b'{"is_kept": null}', [("#/is_kept", "wrong-type")]),
        (b'{"is_sure": "no"}', [("#/is_sure", "wrong-type")]),
        (b'{"count": "1"}', [("#/count", "wrong-type")]),
        (b'{"count": true}', [("#/count", "wrong-type")]),
        (b'{"count": 1.5}', [("#/count", "wrong-type")]),
        (b'{"count": 1e999}', [("#/count", "wrong-type")]),
        (b'{"since": 1700000000}', [("#/since", "wrong-type")]),
        (b'{"film_id": "%s"}' % ID.replace("-", "").encode(), [("#/film_id", "wrong-type")]),
        (b'{"word": " \\u200b\\t"}', [("#/word", "blank")]),
        (b'{"reason": "\\n \\n"}', [("#/reason", "blank")]),
        (b'{"word": "a\\nb"}', [("#/word", "unreadable")]),
        (b'{"word": "a\\u007f"}', [("#/word", "unreadable")]),
        (b'{"word": "a\\u0085"}', [("#/word", "unreadable")]),
        (b'{"words": ["a", "b\\r"]}', [("#/words", "unreadable")]),
        (b'{"reason": "a\\u0008"}', [("#/reason", "unreadable")]),
        (b'{"inner": {"word": "\\t."}}', [("#/inner/word", "unreadable")]),
        (b'{"name": "\\u0000"}', [("#/name", "unreadable")]),
        (b'{"secret": "a\\u0000"}', [("#/secret", "unreadable")]),
        (b'{"secret": "\\ud800"}', [("#/secret", "wrong-type")]),
        (b'{"\\u0000": 1}', [("#/%00", "unknown")]),
    ],
)
async def test_a_body_holds_what_is_declared_in_its_form(
    client: httpx2.AsyncClient, body: bytes, expected: list[tuple[str, str]]
) -> None:
    assert wrong(await post(client, body)) == expected


@pytest.mark.parametrize(
    "body",
    [
        b'{"is_kept": true, "is_sure": null, "count": 2}',
        b'{"since": "2026-01-31T12:00:00Z"}',
        b'{"film_id": "%s"}' % ID.encode(),
        b'{"reason": "one\\r\\n\\ttwo"}',
        b'{"name": "one\\ntwo"}',
        b'{"secret": " \\t "}',
        b'{"word": ""}',
        b'{"word": "\xd1\x84\xf0\x9f\x8e\xac"}',
    ],
)
async def test_what_is_in_its_form_is_taken(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)

    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "body",
    [
        b'{"count": NaN}',
        b'{"count": -Infinity}',
        b'{"count": ' + b"9" * 5_000 + b"}",
        b"\xef\xbb\xbf{}",
        '{"word": "x"}'.encode("utf-16"),
        b'{"word": "\xed\xa0\x80"}',
        b"[" * 50_000,
        b'{"a":' * 15_000,
        b"{} {}",
        b"",
    ],
    ids=["NaN", "Infinity", "5,000 digits", "a mark", "UTF-16", "half", "deep", "deep objects", "two", "nothing"],
)
async def test_what_is_no_json_in_utf_8_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    answer = await post(client, body)

    expected = (400, "not-json") if body else (422, "input-invalid")
    assert (answer.status_code, answer.json()["code"]) == expected


@pytest.mark.parametrize("depth", [100, 500, 900])
async def test_a_deep_value_is_a_mistake_and_no_crash(client: httpx2.AsyncClient, depth: int) -> None:
    answer = await post(client, b'{"inner":' * depth + b"1" + b"}" * depth)

    assert answer.status_code in {400, 422}


@pytest.mark.parametrize("body", [b"", b"{}", b" {} ", b"null"])
async def test_where_no_body_is_asked_for_none_may_be_said(client: httpx2.AsyncClient, body: bytes) -> None:
    assert (await post(client, body, path="/v1/act")).status_code == 200


@pytest.mark.parametrize("body", [b'{"now": true}', b"now", b"[]"])
async def test_where_no_body_is_asked_for_nothing_is_ignored(client: httpx2.AsyncClient, body: bytes) -> None:
    assert wrong(await post(client, body, path="/v1/act")) == [("#", "unknown")]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_json_or_are_refused(body: bytes) -> None:
    with contextlib.suppress(NotJson, InputInvalid):
        loads(body)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none(), max_size=5))
def test_json_of_one_meaning_is_read_as_it_is(value: dict[str, Any]) -> None:
    assert loads(json.dumps(value).encode()) == value
