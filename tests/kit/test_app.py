"""The application builder: every refusal is a problem, and the border is around everything."""

from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import Field, SecretStr
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinema.kit.app import build_app
from cinema.kit.auth import COOKIE, COOKIE_PLAIN, Actor, CurrentActor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unauthenticated
from cinema.kit.http import Strict
from cinema.kit.module import Module


class Nobody:
    """Knows nobody."""

    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(f"nobody is called {token}")


class Said(Strict):
    text: Annotated[str, Field(min_length=1, max_length=10)]
    secret: Annotated[SecretStr, Field(min_length=1, max_length=3)] = SecretStr("42")
    friend: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    text: str


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/echo")

    @router.post("", name="echo.say")
    async def echo(said: Said) -> Heard:
        return Heard(text=said.text)

    @router.get("")
    async def silence() -> Heard:
        return Heard(text="nothing")

    @router.get("/crash")
    async def crash() -> Heard:
        raise RuntimeError("the secret is 42")

    @router.get("/mine")
    async def mine(actor: CurrentActor) -> Heard:
        return Heard(text=str(actor.user_id))

    async def plain(request: Request) -> Response:
        if request.path_params["word"] == "secret":
            raise Unauthenticated
        if request.path_params["word"] == "crash":
            raise RuntimeError("the secret is 42")
        return PlainTextResponse(request.path_params["word"])

    router.add_route("/v1/echo/plain/{word}", plain, methods=["POST"])
    return router


class Passages:
    """Middleware that notes what passes through the framework's layers."""

    paths: ClassVar[list[str]] = []

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.paths.append(scope["path"])
        await self._app(scope, receive, send)


@pytest.fixture
def app(clock: ManualClock) -> FastAPI:
    module = Module(name="echo", routes=(routes(),))
    return build_app(modules=(module,), authenticator=Nobody(), clock=clock)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client


def code(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["x-request-id"]
    return answer.status_code, body["code"]


async def test_a_good_request_is_answered_with_its_own_request_id(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/echo", json={"text": "hello"}, headers={"X-Request-Id": "abcdefgh-1"})

    assert (answer.status_code, answer.json()) == (200, {"text": "hello"})
    assert answer.headers["x-request-id"] == "abcdefgh-1"


async def test_a_request_id_that_could_break_a_log_line_is_replaced(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/v1/echo", json={"text": "hello"}, headers={"X-Request-Id": "a b;c\td"})

    assert len(answer.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1/nothing", (404, "route-not-found")),
        ("GET", "/v1/echo/", (404, "route-not-found")),
        ("PUT", "/v1/echo", (405, "method-not-allowed")),
        ("GET", "/docs", (404, "route-not-found")),
        ("GET", "/v1/echo/mine", (401, "unauthenticated")),
    ],
)
async def test_what_is_not_there_is_a_problem(
    client: httpx2.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    assert code(await client.request(method, path)) == expected


@pytest.mark.parametrize(
    ("method", "path", "taken"),
    [
        ("PUT", "/v1/echo", "GET, HEAD, POST"),
        ("DELETE", "/v1/echo/mine", "GET, HEAD"),
        ("DELETE", "/v1/echo/plain/word", "POST"),
    ],
)
async def test_a_wrong_method_is_told_every_method_of_the_address(
    client: httpx2.AsyncClient, method: str, path: str, taken: str
) -> None:
    answer = await client.request(method, path)

    assert code(answer) == (405, "method-not-allowed")
    assert answer.headers["allow"] == taken


async def test_head_is_answered_as_get_without_the_body(client: httpx2.AsyncClient) -> None:
    asked = [await client.request(method, "/v1/echo") for method in ("GET", "HEAD")]

    assert [answer.status_code for answer in asked] == [200, 200]
    assert [answer.text for answer in asked] == ['{"text":"nothing"}', ""]
    assert asked[1].headers["content-length"] == asked[0].headers["content-length"] == "18"


async def test_a_plain_route_is_answered_without_the_framework_s_layers(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    Passages.paths.clear()
    app.add_middleware(Passages)

    answers = [await client.post("/v1/echo/plain/word"), await client.post("/v1/echo", json={"text": "word"})]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == "word"
    assert len(answers[0].headers["x-request-id"]) == 32
    assert Passages.paths == ["/v1/echo"]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("POST", "/v1/echo/plain/secret", (401, "unauthenticated")),
        ("POST", "/v1/echo/plain/crash", (500, "internal-error")),
        ("GET", "/v1/echo/plain/word", (405, "method-not-allowed")),
        ("POST", "/v1/echo/plain/", (404, "route-not-found")),
    ],
)
async def test_a_plain_route_s_refusals_are_problems_too(
    client: httpx2.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    assert code(await client.request(method, path)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "not-json")),
        (b'{"text": "\xff"}', (400, "not-json")),
        (b"[" * 90_000, (400, "not-json")),
        (b"{}", (422, "input-invalid")),
        (b'{"text": "hello", "more": 1}', (422, "input-invalid")),
        (b'{"text": "far too long a text"}', (422, "input-invalid")),
        (b'{"text": 5}', (422, "input-invalid")),
        (rb'{"text": "\u0000"}', (422, "input-invalid")),
        (rb'{"text": "\ud800"}', (422, "input-invalid")),
        (rb'{"text": "hello", "\ud800": 1}', (422, "input-invalid")),
        (b"null", (422, "input-invalid")),
        (b"", (422, "input-invalid")),
    ],
)
async def test_a_bad_body_is_a_problem(client: httpx2.AsyncClient, body: bytes, expected: tuple[int, str]) -> None:
    answer = await client.post("/v1/echo", content=body, headers={"content-type": "application/json"})

    assert code(answer) == expected


async def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(app: FastAPI) -> None:
    asked, sent = [], []

    async def receive() -> Message:
        asked.append("body")
        return {"type": "http.request", "body": b"x" * 10_000_000, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope(headers=[(b"content-length", b"10000000"), (b"content-type", b"application/json")]), receive, send)

    assert sent[0]["status"] == 413
    assert b'"body-too-large"' in sent[1]["body"]
    assert asked == []


async def test_a_body_that_does_not_say_its_length_is_cut_off(app: FastAPI) -> None:
    asked, sent = [], []

    async def receive() -> Message:
        asked.append("body")
        return {"type": "http.request", "body": b"x" * 60_000, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope(headers=[(b"content-type", b"application/json")]), receive, send)

    assert sent[0]["status"] == 413
    assert b'"body-too-large"' in sent[1]["body"]
    assert len(asked) == 2


async def test_a_crash_is_told_in_one_sentence(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/v1/echo/crash")

    assert code(answer) == (500, "internal-error")
    assert "secret" not in answer.text


async def test_the_description_says_how_problems_look(client: httpx2.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()

    operation = description["paths"]["/v1/echo"]["post"]
    assert sorted(operation["responses"]) == ["200", "400", "413", "415", "422", "500", "503"]
    assert operation["responses"]["400"]["description"].startswith("- `not-json`: The body is not JSON")
    assert operation["responses"]["400"]["content"]["application/problem+json"]["schema"] == {
        "$ref": "#/components/schemas/Problem"
    }


def test_the_routes_of_a_context_are_those_that_answer_and_are_not_built_again(clock: ManualClock) -> None:
    router = routes()

    app = build_app(modules=(Module(name="echo", routes=(router,)),), authenticator=Nobody(), clock=clock)

    assert app.routes[-5:] == router.routes
    assert len(router.routes) == 5


async def cookie_of(client: httpx2.AsyncClient, name: str, *, scheme: str) -> str:
    answer = await client.get(f"{scheme}://testserver/v1/echo/mine", headers={"cookie": f"{name}=secret"})
    return str(answer.json()["detail"])


async def test_the_plain_cookie_counts_only_where_there_is_no_tls(client: httpx2.AsyncClient) -> None:
    assert await cookie_of(client, COOKIE_PLAIN, scheme="http") == "nobody is called secret"
    assert await cookie_of(client, COOKIE_PLAIN, scheme="https") == "Sign in first."
    assert await cookie_of(client, COOKIE, scheme="https") == "nobody is called secret"


def scope(*, headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": "/v1/echo",
        "raw_path": b"/v1/echo",
        "query_string": b"",
        "root_path": "",
        "scheme": "http",
        "headers": [(b"host", b"testserver"), *headers],
        "client": ("127.0.0.1", 50_000),
        "server": ("testserver", 80),
    }


async def test_a_crash_does_not_write_a_media_grant_into_the_log(
    clock: ManualClock, log_lines: list[MutableMapping[str, Any]]
) -> None:
    router = APIRouter()

    @router.get("/media/let-me-in/master.m3u8")
    async def crash() -> Heard:
        raise RuntimeError("no disk")

    app = build_app(modules=(Module(name="media", routes=(router,)),), authenticator=Nobody(), clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://testserver") as client:
        await client.get("/media/let-me-in/master.m3u8")

    assert [line["path"] for line in log_lines] == ["/media/***/master.m3u8", "/media/***/master.m3u8"]
