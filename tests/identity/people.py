"""Identity behind its HTTP border, with cheap hashes, and people who use it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI

from cinema.contracts.text import Language
from cinema.identity.module import IdentityFacades, build
from cinema.identity.settings import IdentitySettings
from cinema.kit.app import build_app
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.settings import load
from cinema.kit.worker import jobs_of

PASSWORD = "a long walk by the river"
OTHER_PASSWORD = "a short swim in the lake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A running identity, and how tests reach it."""

    module: Module
    identity: IdentityFacades
    app: FastAPI
    db: Database
    clock: ManualClock
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def client(self, *, address: str = "192.0.2.1", scheme: str = "https", **headers: str) -> httpx2.AsyncClient:
        """A browser at ``address``; it keeps its cookies."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 50_000))
        client = httpx2.AsyncClient(transport=transport, base_url=f"{scheme}://testserver", headers=headers)
        self.clients.append(client)
        return client

    async def settle(self) -> None:
        """Does all the work that is due."""
        await drain(jobs_of([self.module], db=self.db, clock=self.clock), waker=self.db.pools.waker)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async with self.db.read() as tx:
            return [dict(row) for row in await tx.all(sql, *values)]

    async def count(self, table: str) -> int:
        rows = await self.rows(f"SELECT count(*) AS count FROM {table}")  # noqa: S608 - a test's own table name
        return int(rows[0]["count"])

    async def events(self) -> list[str]:
        """The names of the events so far, in order."""
        return [row["name"] for row in await self.rows("SELECT name FROM kit.outbox ORDER BY position")]


def make_settings(**values: Any) -> IdentitySettings:
    return load(IdentitySettings, env_file=None, values={"hash_memory_kib": 1024, "hash_passes": 1} | values)


async def open_place(db: Database, clock: ManualClock, settings: IdentitySettings) -> Place:
    built = build(db=db, clock=clock, settings=settings)
    await declare([built.module], db=db, clock=clock)
    await built.module.start()
    app = build_app(modules=[built.module], authenticator=built.facades.authenticator, clock=clock)
    return Place(module=built.module, identity=built.facades, app=app, db=db, clock=clock)


async def close_place(place: Place) -> None:
    for client in place.clients:
        await client.aclose()
    await place.module.stop()


def registration(login: str = "viewer", **changes: Any) -> dict[str, Any]:
    return {
        "login": login,
        "email": f"{login}@example.com",
        "password": PASSWORD,
        "language": "ru",
        "time_zone": "Europe/Moscow",
    } | changes


async def register(client: httpx2.AsyncClient, login: str = "viewer", **changes: Any) -> None:
    answer = await client.post("/v1/auth/register", json=registration(login, **changes))
    assert answer.status_code == 202, answer.text


async def sign_in(client: httpx2.AsyncClient, login: str = "viewer", password: str = PASSWORD) -> dict[str, Any]:
    """The tokens; the client carries the access token from now on."""
    answer = await client.post("/v1/auth/login", json={"login": login, "password": password})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, Any] = answer.json()
    client.headers["authorization"] = f"Bearer {tokens['access_token']}"
    return tokens


async def admin_at(place: Place, login: str = "boss") -> httpx2.AsyncClient:
    """A browser in which an admin is signed in."""
    await place.identity.admins.create_admin(
        login=login,
        email=f"{login}@example.com",
        password=PASSWORD,
        language=Language.EN,
        time_zone="Europe/Moscow",
    )
    client = place.client(address="192.0.2.99")
    await sign_in(client, login)
    return client


def refusal(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


def names(items: Sequence[dict[str, Any]], field: str) -> list[Any]:
    return [item[field] for item in items]
