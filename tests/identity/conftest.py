"""Lifetimes of identity's tests."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from cinema.identity.settings import IdentitySettings
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from identity.people import Place, close_place, make_settings, open_place


@pytest.fixture
def settings_values() -> dict[str, Any]:
    """What a test module sets otherwise; hashes are cheap everywhere."""
    return {}


@pytest.fixture
def settings(settings_values: dict[str, Any]) -> IdentitySettings:
    return make_settings(**settings_values)


@pytest.fixture
async def place(db: Database, clock: ManualClock, settings: IdentitySettings) -> AsyncIterator[Place]:
    place = await open_place(db, clock, settings)
    yield place
    await close_place(place)


@pytest.fixture
def client(place: Place) -> httpx2.AsyncClient:
    return place.client()
