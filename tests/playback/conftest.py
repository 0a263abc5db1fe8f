"""Lifetimes of the cinemas that tests open."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.playback.settings import PlaybackSettings
from playback.house import House, open_house


@pytest.fixture
async def houses() -> AsyncIterator[AsyncExitStack]:
    """What is opened in it is closed after the test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
async def house(db: Database, clock: ManualClock, houses: AsyncExitStack) -> House:
    return await open_house(houses, db=db, clock=clock, settings=PlaybackSettings())
