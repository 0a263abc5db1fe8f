import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House


@pytest.fixture
async def house(db: Database, clock: ManualClock) -> House:
    house = House(db=db, clock=clock, provider=FakeProvider(clock=clock), mailer=MemoryMailer())
    return await house.open()
