"""The border: what every answer says, whom it takes requests from, and what it writes down."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Message

from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Conflict, TooMany, Unauthenticated
from cinema.kit.http import Strict
from cinema.kit.module import Module
from cinema.kit.origins import Origins

PAGE = "https://pages.example"
LONG = "long " * 500


class Nobody:
    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(token)


class Said(Strict):
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    text: str


class Shut(Conflict):
    """This door is shut."""

    code = "test-shut"


def routes() -> APIRouter:  # noqa: C901 - many small answers
    router = APIRouter(prefix="/v1")

    @router.post("/echo")
    async def echo(said: Said) -> Heard:
        return Heard(text=said.text)

    @router.get("/long")
    async def show_long(request: Request) -> Response:
        if request.headers.get("if-none-match") == '"1"':
            return Response(status_code=304, headers={"ETag": '"1"'})
        return Response(
            json.dumps(LONG), media_type="application/json", headers={"ETag": '"1"', "Vary": "Accept-Language"}
        )

    @router.get("/short")
    async def show_short() -> Heard:
        return Heard(text="short")

    @router.get("/film")
    async def show_film() -> Response:
        return Response(b"\x00" * 5_000, media_type="video/mp4")

    @router.get("/coded")
    async def show_coded() -> Response:
        return Response(b"\x00" * 5_000, media_type="text/plain", headers={"Content-Encoding": "br"})

    @router.get("/kept")
    async def show_kept() -> Response:
        headers = {"Cache-Control": "public, max-age=60", "Content-Security-Policy": "default-src 'self'"}
        return Response("kept", headers=headers)

    @router.get("/away")
    async def go_away() -> RedirectResponse:
        return RedirectResponse("https://elsewhere.example", status_code=303)

    @router.get("/shut")
    async def refuse() -> Heard:
        raise Shut

    @router.get("/busy")
    async def be_busy() -> Heard:
        raise TooMany(retry_after_s=7)

    @router.get("/crash")
    async def crash() -> Heard:
        raise RuntimeError

    async def plain(request: Request) -> Response:
        await request.body()
        return Response("plain")

    router.add_route("/v1/plain", plain, methods=["POST"])
    return router


def built(clock: ManualClock, origins: Origins) -> FastAPI:
    module = Module(name="echo", routes=(routes(),))
    return build_app(modules=(module,), authenticator=Nobody(), clock=clock, origins=origins)


@pytest.fixture
def origins() -> Origins:
    return Origins()


@pytest.fixture
def app(clock: ManualClock, origins: Origins) -> FastAPI:
    return built(clock, origins)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        client.headers["accept-encoding"] = "identity"
        yield client


async def raw(app: FastAPI, messages: list[Message], **facts: Any) -> list[Message]:
    """What the application sends for a request that is given as the server gives it."""
    sent: list[Message] = []
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/v1/short",
        "raw_path": b"/v1/short",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 50_000),
        "server": ("testserver", 80),
    }

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    async with asyncio.timeout(5):
        await app(scope | facts, receive, send)
    return sent


ALWAYS = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/short", 200),
        ("HEAD", "/v1/short", 200),
        ("GET", "/v1/away", 303),
        ("GET", "/v1/shut", 409),
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/short", 405),
        ("POST", "/v1/echo", 422),
        ("POST", "/v1/plain", 200),
        ("GET", "/v1/crash", 500),
        ("GET", "/openapi.json", 200),
    ],
)
async def test_every_answer_is_private_and_taken_for_what_it_is(
    client: httpx2.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert {name: answer.headers.get_list(name) for name in ALWAYS} == {name: [said] for name, said in ALWAYS.items()}
    assert "strict-transport-security" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers
    assert "origin" not in answer.headers.get("vary", "").lower()


async def test_what_a_route_says_itself_stands(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/kept")

    assert answer.headers.get_list("cache-control") == ["public, max-age=60"]
    assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_who_came_by_tls_is_told_to_come_so_again(client: httpx2.AsyncClient) -> None:
    answer = await client.get("https://testserver/v1/short")

    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_too_many_requests_say_when_to_come_again_in_the_body_too(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/busy")

    assert (answer.status_code, answer.headers["retry-after"], answer.json()["retry_after_s"]) == (429, "7", 7)


async def test_a_body_that_is_too_large_is_told_the_limit(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/plain", content=b"x" * 100_001)

    assert (answer.status_code, answer.json()["code"], answer.json()["bytes_max"]) == (413, "body-too-large", 100_000)


@pytest.mark.parametrize(
    "hosts",
    [[], [b"a", b"a"], [b"a", b"b"], [b""], [b"a b"], [b"a/b"], [b"a@b"], [b"["], [b"[::1"], [b"a:b"], [b"a\x80"]],
    ids=str,
)
@pytest.mark.parametrize("path", ["/v1/short", "/v1/nothing", "/openapi.json"])
async def test_a_request_names_one_host(app: FastAPI, hosts: list[bytes], path: str) -> None:
    sent = await raw(app, [], path=path, headers=[(b"host", host) for host in hosts])

    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "host-unclear")


@pytest.mark.parametrize("host", [b"cinema.example", b"cinema.example:8000", b"127.0.0.1", b"[::1]:8000", b"a_b"])
async def test_a_host_is_a_name_or_an_address(app: FastAPI, host: bytes) -> None:
    sent = await raw(app, [], headers=[(b"host", host)])

    assert sent[0]["status"] == 200


async def test_requests_of_http_1_0_need_no_host(app: FastAPI) -> None:
    sent = await raw(app, [], headers=[], http_version="1.0")

    assert sent[0]["status"] == 200


@pytest.mark.parametrize("path", ["/v1/echo", "/v1/plain"])
@pytest.mark.parametrize("parts", [0, 1])
async def test_a_caller_who_hangs_up_is_no_error(
    app: FastAPI, log_lines: list[MutableMapping[str, Any]], path: str, parts: int
) -> None:
    headers = [(b"host", b"testserver"), (b"content-type", b"application/json"), (b"content-length", b"50")]
    half: list[Message] = [{"type": "http.request", "body": b'{"te', "more_body": True}] * parts

    await raw(app, half, method="POST", path=path, headers=headers)

    assert [(line["event"], line["log_level"], line["path"]) for line in log_lines] == [
        ("request.hung_up", "info", path)
    ]


async def test_a_caller_who_leaves_after_the_whole_body_was_answered(
    app: FastAPI, log_lines: list[MutableMapping[str, Any]]
) -> None:
    whole: Message = {"type": "http.request", "body": b"all", "more_body": False}

    await raw(app, [whole], method="POST", path="/v1/plain")

    assert [(line["event"], line["status"]) for line in log_lines] == [("request", 200)]


# -- compression ---------------------------------------------------------------------


async def coded(
    client: httpx2.AsyncClient, path: str, said: str, method: str = "GET", **headers: str
) -> httpx2.Response:
    return await client.request(method, path, headers={"Accept-Encoding": said} | headers)


async def test_long_text_is_compressed_for_who_asks(client: httpx2.AsyncClient) -> None:
    plain = await coded(client, "/v1/long", "identity")
    small = await coded(client, "/v1/long", "gzip")
    head = await coded(client, "/v1/long", "gzip", "HEAD")

    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] == '"1"'
    assert small.headers["content-encoding"] == "gzip"
    assert small.json() == plain.json() == LONG
    assert small.headers["etag"] == '"1-gzip"'
    assert int(small.headers["content-length"]) == len(gzip.compress(plain.content, 4, mtime=0)) < 100
    assert small.headers["vary"] == plain.headers["vary"] == "Accept-Language, Accept-Encoding"
    assert (head.content, head.headers["content-length"]) == (b"", small.headers["content-length"])


@pytest.mark.parametrize("path", ["/v1/short", "/v1/film", "/v1/coded", "/v1/away", "/v1/shut"])
async def test_what_is_short_or_no_text_or_encoded_already_stays_as_it_is(
    client: httpx2.AsyncClient, path: str
) -> None:
    answers = [
        await client.send(client.build_request("GET", path, headers={"Accept-Encoding": said}), stream=True)
        for said in ("gzip", "identity")
    ]

    bodies = [b"".join([part async for part in answer.aiter_raw()]) for answer in answers]
    assert bodies[0] == bodies[1] or path == "/v1/shut"
    assert answers[0].headers.get("content-encoding") == answers[1].headers.get("content-encoding") != "gzip"


@pytest.mark.parametrize(
    ("known", "said", "expected"),
    [
        ('"1-gzip"', "gzip", (304, '"1-gzip"')),
        ('"1"', "gzip", (304, '"1"')),
        ('"1"', "identity", (304, '"1"')),
        ('"1-gzip"', "identity", (200, '"1"')),
        ('"2-gzip"', "gzip", (200, '"1-gzip"')),
    ],
)
async def test_each_form_has_its_own_tag(
    client: httpx2.AsyncClient, known: str, said: str, expected: tuple[int, str]
) -> None:
    answer = await coded(client, "/v1/long", said, **{"If-None-Match": known})

    assert (answer.status_code, answer.headers["etag"]) == expected


# -- pages of other origins ------------------------------------------------------------


ASKED = {"Origin": PAGE, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}


def shown(answer: httpx2.Response) -> dict[str, str]:
    return {name: said for name, said in answer.headers.items() if name.startswith("access-control-")}


async def test_nobody_is_let_in_by_default(client: httpx2.AsyncClient) -> None:
    asked = await client.options("/v1/echo", headers=ASKED)
    called = await client.get("/v1/short", headers={"Origin": PAGE})

    assert (asked.status_code, shown(asked)) == (405, {})
    assert (called.status_code, shown(called)) == (200, {})


@pytest.mark.parametrize("origins", [Origins(allowed=frozenset({PAGE}))])
async def test_a_page_that_is_let_in_may_ask_and_read(client: httpx2.AsyncClient) -> None:
    asked = await client.options("/v1/echo", headers=ASKED)
    called = await client.get("/v1/short", headers={"Origin": PAGE})
    refused = await client.get("/v1/nothing", headers={"Origin": PAGE})
    foreign = await client.get("/v1/short", headers={"Origin": f"{PAGE}.evil.example"})
    strange = await client.options("/v1/echo", headers=ASKED | {"Origin": "null"})
    silent = await client.get("/v1/short")

    assert asked.status_code == 204
    assert shown(asked)["access-control-allow-origin"] == PAGE
    assert shown(asked)["access-control-allow-methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE"
    assert "Authorization" in shown(asked)["access-control-allow-headers"]
    assert [one.headers["access-control-allow-origin"] for one in (called, refused)] == [PAGE, PAGE]
    assert all("access-control-allow-credentials" not in one.headers for one in (asked, called))
    assert (strange.status_code, shown(foreign), shown(strange), shown(silent)) == (405, {}, {}, {})
    assert all("Origin" in one.headers["vary"] for one in (asked, called, refused, foreign, strange, silent))


@pytest.mark.parametrize("origins", [Origins(allowed=frozenset({PAGE}), with_cookies=True)])
async def test_a_page_may_be_trusted_with_cookies(client: httpx2.AsyncClient) -> None:
    called = await client.get("/v1/short", headers={"Origin": PAGE})

    assert called.headers["access-control-allow-credentials"] == "true"


@pytest.mark.parametrize("origins", [Origins(allowed=frozenset({"*"}))])
async def test_everybody_may_be_let_in_without_cookies(client: httpx2.AsyncClient) -> None:
    called = await client.get("/v1/short", headers={"Origin": PAGE})

    assert called.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in called.headers
    assert "vary" not in called.headers


def test_everybody_with_cookies_cannot_be_said() -> None:
    with pytest.raises(AssertionError, match="every page could act for everybody"):
        Origins(allowed=frozenset({"*"}), with_cookies=True)
