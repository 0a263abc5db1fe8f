import pytest

from billing.stage import Stage, set_stage
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database


@pytest.fixture
async def stage(db: Database, clock: ManualClock) -> Stage:
    return await set_stage(db, clock)
