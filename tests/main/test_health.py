"""Health: alive is who answers, ready is who can write."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, DatabaseFull, Pools
from cinema.kit.errors import Unauthenticated
from cinema.kit.module import Module
from cinema.main.contexts import WITH_WORK
from cinema.main.health import health_routes

FULL = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"


class Nobody:
    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(token)


@pytest.fixture
async def own(db: Database) -> AsyncIterator[Database]:
    """A database whose refusals no other test hears of."""
    pools = Pools(db.pools.dsn, size_max=2, refused_s=60)
    await pools.open()
    yield Database(pools, owner="main", clock=db.clock)
    await pools.close()


@pytest.fixture
async def probe(own: Database, clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    module = Module(name="health", routes=(health_routes(db=own, contexts=WITH_WORK),))
    app = build_app(modules=(module,), authenticator=Nobody(), clock=clock)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as client:
        yield client


async def test_who_can_write_is_ready(probe: httpx2.AsyncClient) -> None:
    answers = [await probe.get(f"/health/{name}") for name in ("live", "ready")]

    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "ok"), (200, "ok")]


async def test_a_full_database_makes_not_ready_but_stays_alive(probe: httpx2.AsyncClient, own: Database) -> None:
    with pytest.raises(DatabaseFull):
        async with own.write() as tx:
            await tx.execute(FULL)

    ready, live = await probe.get("/health/ready"), await probe.get("/health/live")

    assert (ready.status_code, ready.json()["code"]) == (503, "database-full")
    assert ready.headers["retry-after"] == "5"
    assert live.status_code == 200
