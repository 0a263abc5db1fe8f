"""One browser and one running cinema for all tests of this lane, and pages that are looked at for troubles.

The tests here are plain functions: Playwright has an event loop of its own under way while they run.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browser.chromium import PATIENCE_MS, chromium
from browser.roles import Company, gather
from browser.troubles import listen
from cinema.main.demo.service import Service

expect.set_options(timeout=PATIENCE_MS)

OpenPage: TypeAlias = Callable[..., Page]
"""Opens a page in a context of its own; takes what Playwright's ``new_context`` takes: ``locale="ru-RU"``,
``viewport={"width": 320, "height": 640}``, ``color_scheme="dark"``, ``java_script_enabled=False``."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def cinema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The product with its stand-ins, at ``cinema.url``, on ports and in a folder of its own."""
    running = Service(tmp_path_factory.mktemp("cinema"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def company(cinema: Service) -> Company:
    """People in every state that pages tell of."""
    return gather(cinema)


@pytest.fixture
def troubles() -> Iterator[list[str]]:
    """What went wrong on the test's pages; a test that causes some asserts them and clears the list."""
    troubles: list[str] = []
    yield troubles
    assert troubles == [], "the test's pages are in trouble"


@pytest.fixture
def open_page(browser: Browser, troubles: list[str]) -> Iterator[OpenPage]:
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        listen(context, troubles)
        return context.new_page()

    yield open_page
    for context in contexts:
        for page in context.pages:
            page.title()  # what was told before this answer has arrived with it
        context.close()


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A page of the size of a desk, in the browser's own language."""
    return open_page(viewport={"width": 1280, "height": 800})
