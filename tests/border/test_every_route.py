"""Every route of the product, at the border: what it takes, and what its answers say of themselves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import httpx2
import pytest
from fastapi.routing import APIRoute
from starlette.routing import Route

from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.main.wiring import Cinema
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import PASSWORD, House, Viewer

NOBODY = str(UUID(int=0))
WORDS = {"provider": "fake", "token": "a.b", "path": "master.m3u8", "picture": "poster", "role": "admin"}
"""What stands in an address where no id stands."""

PUBLIC = re.compile(r"/v1/(films|genres|persons)\b(?!.*/(access|playback))|/oauth/jwks|/\.well-known/")
"""Read by anyone, kept by anyone: the catalogue, and the keys that tokens are checked with."""

SAID = {
    "cache-control": "private, no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A route and one of its methods."""

    method: str
    route: Route

    @property
    def path(self) -> str:
        """Its address, filled in."""
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: WORDS.get(found[1], NOBODY), self.route.path)

    def paths_with(self, text: str) -> Iterator[str]:
        """Its addresses with ``text`` in the place of each parameter in turn."""
        names = re.findall(r"\{(\w+)(?::\w+)?\}", self.route.path)
        for name in names:
            filled = self.route.path
            for other in names:
                value = text if other == name else WORDS.get(other, NOBODY)
                filled = re.sub(r"\{" + other + r"(:\w+)?\}", value, filled)
            yield filled

    @property
    def takes_body(self) -> bool:
        return isinstance(self.route, APIRoute) and self.route.body_field is not None


@pytest.fixture
async def house(db: Database, clock: ManualClock) -> House:
    house = House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer())
    return await house.open()


@pytest.fixture
async def boss(house: House) -> Viewer:
    """Who may do everything, so that each route looks at what it was sent."""
    await house.cinema.identity.admins.create_admin(
        login="boss", email="boss@viewers.example", password=PASSWORD, language=Language.EN, time_zone="UTC"
    )
    return await house.sign_in("boss")


def ways(cinema: Cinema) -> list[Way]:
    """Every route with each of its methods, HEAD with each GET."""
    routes = [route for route in cinema.app.routes if isinstance(route, Route)]
    assert len(routes) == len(cinema.app.routes)
    found = [Way(method=method, route=route) for route in routes for method in sorted(route.methods or ())]
    heads = [Way(method="HEAD", route=one.route) for one in found if one.method == "GET"]
    return list({(one.method, one.route.path): one for one in (*found, *heads)}.values())


def code(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


async def test_no_route_ignores_a_parameter_that_it_does_not_know(house: House) -> None:
    everywhere = ways(house.cinema)

    answers = [(one, await house.call(None, one.method, f"{one.path}?userid=1")) for one in everywhere]

    taken = [f"{one.method} {one.path}: {answer.status_code}" for one, answer in answers if answer.status_code != 422]
    assert taken == []
    named = [answer.json()["errors"][0] for one, answer in answers if one.method != "HEAD"]
    assert {(one["code"], one["parameter"], one["in"]) for one in named} == {("unknown", "userid", "query")}
    assert {"/openapi.json", "/v1", "/health/live", "/v1/webhooks/{provider}"} <= {one.route.path for one in everywhere}


async def test_no_route_takes_a_parameter_twice(house: House) -> None:
    asked = [
        (one.method, f"{one.path}?{field.alias}=1&{field.alias}=1")
        for one in ways(house.cinema)
        if isinstance(one.route, APIRoute)
        for field in one.route.dependant.query_params
    ]

    answers = [(*one, (await house.call(None, *one)).status_code) for one in asked]

    assert [one for one in answers if one[-1] != 422] == []
    assert len(answers) > 20


async def test_every_answer_says_how_it_may_be_kept(house: House, boss: Viewer) -> None:
    odd = []
    for one in ways(house.cinema):
        for who in (None, boss):
            answer = await house.call(who, one.method, one.path)
            said = {name: answer.headers.get_list(name) for name in SAID}
            if {name: [text] for name, text in SAID.items()} != said:
                odd.append((one.path, answer.status_code, answer.headers["cache-control"]))
            assert answer.status_code < 500, (one, answer.text)
            assert answer.headers["x-content-type-options"] == "nosniff"

    assert ("/docs", 200, "private, no-store") in odd  # a page, which loads its own stylesheet
    odd = [one for one in odd if one[0] != "/docs"]
    assert [one for one in odd if not PUBLIC.match(one[0]) or not one[2].startswith("public, max-age=")] == []
    assert {path for path, _, _ in odd} == {
        "/v1/films",
        "/v1/genres",
        "/v1/persons",
        "/oauth/jwks",
        "/.well-known/openid-configuration",
    }


@pytest.mark.parametrize("path", ["/nothing", "/v1/films/", "/favicon.ico", "/docs/", "/docs/x"])
async def test_an_address_without_a_route_answers_like_all(house: House, path: str) -> None:
    answer = await house.call(None, "GET", path)

    assert code(answer) == (404, "route-not-found")
    assert {name: answer.headers[name] for name in SAID} == SAID


@pytest.mark.parametrize("text", ["%00", "a%00b", "%0d%0a", "%ff", "%ed%a0%80"])
async def test_no_address_breaks_on_signs_that_nobody_can_store(house: House, boss: Viewer, text: str) -> None:
    everywhere = [(one.method, path) for one in ways(house.cinema) for path in one.paths_with(text)]

    answers = [(*one, (await house.call(boss, *one)).status_code) for one in everywhere]

    assert [one for one in answers if not 400 <= one[-1] < 500] == []


async def test_every_body_has_to_say_that_it_is_json(house: House, boss: Viewer) -> None:
    everywhere = [one for one in ways(house.cinema) if one.takes_body]

    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answers = [
            (
                one.path,
                code(await house.call(boss, one.method, one.path, content=b"{}", headers={"content-type": kind})),
            )
            for one in everywhere
        ]
        assert [one for one in answers if one[1] != (415, "media-type-unsupported")] == []
    assert len(everywhere) > 10


@pytest.mark.parametrize("body", [b'{"a": 1, "a": 2}', b'{"surely_unknown": 1}', b"[]", b'"x"', b'{"\\u0000": 1}'])
async def test_no_body_is_taken_that_is_not_declared(house: House, boss: Viewer, body: bytes) -> None:
    everywhere = [
        one
        for one in ways(house.cinema)
        if one.method in {"POST", "PUT", "PATCH", "DELETE"}
        and isinstance(one.route, APIRoute)
        and one.route.name != "webhooks.receive"  # a notification's body is its provider's, and read by its rules
    ]
    headers = {"content-type": "application/json"}

    answers = [
        (one.path, (await house.call(boss, one.method, one.path, content=body, headers=headers)).status_code)
        for one in everywhere
    ]

    assert [one for one in answers if one[1] != 422] == []
