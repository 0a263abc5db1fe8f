from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from cinema.kit.clock import ManualClock
from providers.rigs import FakeRig, Rig, YookassaRig
from sandbox.yookassa.driver import START, Driver, LoopbackServer


@pytest.fixture(scope="session")
def loopback() -> Iterator[LoopbackServer]:
    server = LoopbackServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@asynccontextmanager
async def opened(loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[Driver]:
    """The stand-in with receipts demanded, as for a real shop."""
    driver = Driver(server=loopback, clock=clock, receipts_required=True)
    with driver.serving():
        yield driver
    await driver.aclose()


@pytest.fixture
async def shop(loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[Driver]:
    async with opened(loopback, clock) as driver:
        yield driver


@pytest.fixture(params=["fake", "yookassa"])
async def rig(request: pytest.FixtureRequest, loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[Rig]:
    if request.param == "fake":
        yield FakeRig(clock)
        return
    async with opened(loopback, clock) as driver:
        one = YookassaRig(driver)
        yield one
        await one.provider.close()
