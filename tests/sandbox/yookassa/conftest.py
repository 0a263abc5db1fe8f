from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from cinema.kit.clock import ManualClock
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


@pytest.fixture
async def open_shop(loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[Callable[..., Driver]]:
    """Opens a shop with settings of its own."""
    async with AsyncExitStack() as stack:

        def open_one(**settings: Any) -> Driver:
            driver = Driver(server=loopback, clock=clock, **settings)
            stack.push_async_callback(driver.aclose)
            stack.enter_context(driver.serving())
            return driver

        yield open_one


@pytest.fixture
def shop(open_shop: Callable[..., Driver]) -> Driver:
    return open_shop()
