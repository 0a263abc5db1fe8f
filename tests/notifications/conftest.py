"""Notifications with a mail server in memory."""

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from notifications.office import Office, open_office


@pytest.fixture
async def office(db: Database, clock: ManualClock) -> Office:
    return await open_office(db, clock)
