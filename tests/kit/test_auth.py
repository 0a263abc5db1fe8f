"""Who asks: bearer tokens, cookies, and pages of other sites that would like to use them."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx2
import pytest
from fastapi import APIRouter

from cinema.kit.app import build_app
from cinema.kit.auth import COOKIE, COOKIE_PLAIN, Actor, Admin, CurrentActor, MaybeActor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unauthenticated
from cinema.kit.module import Module

ANNA = UUID("01900000-0000-7000-8000-000000000001")
ROLES = {"anna": frozenset({"subscriber"}), "root": frozenset({"admin"})}


class People:
    """A token is a name; those above are known."""

    async def actor(self, token: str) -> Actor:
        if token not in ROLES:
            raise Unauthenticated
        return Actor(user_id=ANNA, session_id=ANNA, roles=ROLES[token])


def routes() -> APIRouter:
    router = APIRouter()

    @router.get("/open")
    async def look(actor: MaybeActor) -> bool:
        return actor is not None

    @router.get("/mine")
    @router.post("/mine")
    async def mine(actor: CurrentActor) -> UUID:
        return actor.user_id

    @router.get("/admin")
    async def manage(actor: Admin) -> UUID:
        return actor.user_id

    return router


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    app = build_app(modules=(Module(name="test", routes=(routes(),)),), authenticator=People(), clock=clock)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://cinema.test") as client:
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def test_a_bearer_token_says_who_asks(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/mine", headers=bearer("anna"))

    assert (answer.status_code, answer.json()) == (200, str(ANNA))


@pytest.mark.parametrize(
    "headers", [{}, bearer("stranger"), {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}]
)
async def test_without_a_known_token_one_has_to_sign_in(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/mine", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_page_for_everyone_still_refuses_a_bad_token(client: httpx2.AsyncClient) -> None:
    nobody, anna, stranger = [
        await client.get("/open", headers=headers) for headers in ({}, bearer("anna"), bearer("stranger"))
    ]

    assert (nobody.json(), anna.json(), stranger.status_code) == (False, True, 401)


async def test_a_role_is_asked_for(client: httpx2.AsyncClient) -> None:
    anna, root = [await client.get("/admin", headers=bearer(name)) for name in ("anna", "root")]

    assert (anna.status_code, anna.json()["code"], anna.json()["needs"]) == (403, "forbidden", ["admin"])
    assert root.status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Origin": "https://cinema.test"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://cinema.test"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "https://cinema.test.evil.test"}, 403),
        ({"Origin": "http://cinema.test"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
async def test_a_cookie_acts_only_for_our_own_pages(
    client: httpx2.AsyncClient, headers: dict[str, str], status: int
) -> None:
    answer = await client.post("/mine", headers=headers | {"Cookie": f"{COOKIE}=anna"})

    assert answer.status_code == status


async def test_reading_by_cookie_needs_no_proof(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/mine", headers={"Cookie": f"{COOKIE}=anna", "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200


async def test_a_token_goes_before_a_cookie_and_needs_no_proof(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/mine", headers=bearer("anna") | {"Cookie": f"{COOKIE}=stranger"})

    assert answer.status_code == 200


async def test_two_proofs_of_who_asks_are_none(client: httpx2.AsyncClient) -> None:
    tokens = await client.get("/mine", headers=[("Authorization", "Bearer anna"), ("Authorization", "Bearer root")])
    cookies = await client.get("/mine", headers={"Cookie": f"{COOKIE}=anna; {COOKIE}=root"})

    assert (tokens.status_code, tokens.json()["code"]) == (401, "unauthenticated")
    assert (cookies.status_code, cookies.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize("mark", [b"\xa0", b"\x85", b"\x1c", b"\xc2\xa0"])
async def test_a_cookie_whose_name_only_looks_like_ours_counts_for_nothing(
    client: httpx2.AsyncClient, mark: bytes
) -> None:
    name = mark + COOKIE.encode()
    planted = await client.get("/mine", headers={b"Cookie": name + b"=root"})
    beside = await client.get("/admin", headers={b"Cookie": f"{COOKIE}=anna; ".encode() + name + b"=root"})

    assert (planted.status_code, beside.status_code) == (401, 403)


async def test_our_cookie_is_found_among_others(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/mine", headers={"Cookie": f"a=b;theme;{COOKIE}=anna ; z="})

    assert answer.status_code == 200


async def test_with_tls_a_cookie_without_the_host_prefix_is_not_taken(client: httpx2.AsyncClient) -> None:
    with_tls = await client.get("/mine", headers={"Cookie": f"{COOKIE_PLAIN}=anna"})
    without = await client.get("http://cinema.test/mine", headers={"Cookie": f"{COOKIE_PLAIN}=anna"})

    assert (with_tls.status_code, without.status_code) == (401, 200)
