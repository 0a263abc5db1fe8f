"""A running product with its stand-ins, for all tests of this lane."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cinema.main.demo.service import Service


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("cinema")
    running = Service(folder)
    running.start()
    yield running
    running.stop()
