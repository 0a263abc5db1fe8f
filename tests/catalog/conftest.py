"""The catalogue behind its HTTP border."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from cinema.catalog.module import CatalogContext, build
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.errors import Unauthenticated


class Nobody:
    """Knows nobody: the catalogue is read without signing in."""

    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(f"nobody is called {token}")


@pytest.fixture
def catalog(db: Database, clock: ManualClock) -> CatalogContext:
    return build(db=db, clock=clock)


@pytest.fixture
async def client(catalog: CatalogContext, clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    app = build_app(modules=(catalog.module,), authenticator=Nobody(), clock=clock)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client
