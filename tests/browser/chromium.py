"""The browser of the machine."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # it does not start as root with one
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # nothing leaves this machine
)


PATIENCE_MS = 30_000
"""How long a test waits for what should be there at once: machines that build are busy ones."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    assert path is not None, "no Chromium: tests/browser/get-chromium installs Debian's"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
