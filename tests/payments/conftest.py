import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.payments.providers.fake import FakeProvider
from payments.stage import Stage


@pytest.fixture
def fake(clock: ManualClock) -> FakeProvider:
    return FakeProvider(clock=clock)


@pytest.fixture
async def stage(db: Database, clock: ManualClock, fake: FakeProvider) -> Stage:
    return await Stage(db=db, clock=clock, provider=fake).open()
