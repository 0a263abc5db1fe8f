"""The OpenAPI description says who may ask and where an Idempotency-Key is taken."""

from typing import Any

import pytest
from fastapi import APIRouter

from cinema.kit.app import build_app
from cinema.kit.auth import Actor, Admin, CurrentActor, MaybeActor
from cinema.kit.clock import ManualClock
from cinema.kit.errors import Unauthenticated
from cinema.kit.idempotency import MaybeOnce, RequiredOnce
from cinema.kit.module import Module

TOKEN: list[dict[str, list[str]]] = [{"bearer": []}, {"cookie": []}]


class Nobody:
    """Knows nobody."""

    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(f"nobody is called {token}")


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/things")

    @router.get("")
    async def look() -> None: ...

    @router.get("/{number:int}")
    async def look_closer(number: int, actor: MaybeActor) -> None: ...

    @router.post("")
    async def buy(once: RequiredOnce) -> None: ...

    @router.patch("")
    async def paint(actor: CurrentActor, once: MaybeOnce) -> None: ...

    @router.delete("")
    async def drop(actor: Admin) -> None: ...

    @router.get("/hidden", include_in_schema=False)
    async def hidden(actor: CurrentActor) -> None: ...

    return router


@pytest.fixture
def description(clock: ManualClock) -> dict[str, Any]:
    app = build_app(modules=(Module(name="things", routes=(routes(),)),), authenticator=Nobody(), clock=clock)
    assert app.openapi() is app.openapi()
    return app.openapi()


@pytest.mark.parametrize(
    ("path", "method", "security"),
    [
        ("/v1/things", "get", []),
        ("/v1/things/{number}", "get", [*TOKEN, {}]),
        ("/v1/things", "post", TOKEN),
        ("/v1/things", "patch", TOKEN),
        ("/v1/things", "delete", TOKEN),
    ],
)
def test_a_route_says_whether_it_wants_a_token(
    description: dict[str, Any], path: str, method: str, security: list[Any]
) -> None:
    assert description["paths"][path][method].get("security") == security
    assert description["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


@pytest.mark.parametrize(("method", "keys"), [("get", []), ("post", [True]), ("patch", [False]), ("delete", [])])
def test_a_route_says_whether_it_takes_a_key_and_needs_one(
    description: dict[str, Any], method: str, keys: list[bool]
) -> None:
    parameters = description["paths"]["/v1/things"][method].get("parameters", [])

    assert [one["required"] for one in parameters if one["name"] == "Idempotency-Key"] == keys


def test_what_is_hidden_stays_hidden(description: dict[str, Any]) -> None:
    assert sorted(description["paths"]) == ["/v1/things", "/v1/things/{number}"]
