"""The catalogue behind its HTTP border."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from cinema.catalog.module import CatalogFacades, build
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.errors import Unauthenticated
from cinema.kit.module import Built


class Nobody:
    """Knows nobody: the catalogue is read without signing in."""

    async def actor(self, token: str) -> Actor:
        raise Unauthenticated(f"nobody is called {token}")


@pytest.fixture
def built(db: Database, clock: ManualClock, tmp_path: Path) -> Built[CatalogFacades]:
    return build(db=db, clock=clock, pictures_folder=tmp_path / "pictures")


@pytest.fixture
def catalog(built: Built[CatalogFacades]) -> CatalogFacades:
    return built.facades


@pytest.fixture
async def client(built: Built[CatalogFacades], clock: ManualClock) -> AsyncIterator[httpx2.AsyncClient]:
    app = build_app(modules=(built.module,), authenticator=Nobody(), clock=clock)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        yield client
