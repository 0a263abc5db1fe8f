import asyncio
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinema.main.embedded import embedded_blocking, keeper


@pytest.fixture
def no_settings() -> Iterator[None]:
    """The variables of whoever runs the tests are not meant."""
    kept = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("CINEMA_")}
    yield
    os.environ.update(kept)


@pytest.fixture(scope="session")
def made_postgres() -> Iterator[Path]:
    """A folder whose server was started and stopped."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "postgres"
        with embedded_blocking(folder=folder, volatile=True) as server:
            asyncio.run(server.ensure_database("cinema"))
        yield folder


@pytest.fixture
def postgres_folder(made_postgres: Path) -> Iterator[Path]:
    """That folder for a test that may break the files named here, and leaves no server behind."""
    files = [made_postgres / name for name in ("superuser-password", "data/postgresql.conf")]
    texts = [file.read_bytes() for file in files]
    yield made_postgres
    assert keeper.has_ended(folder=str(made_postgres), limit_s=20)
    for file, text in zip(files, texts, strict=True):
        file.write_bytes(text)


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A directory that everybody may enter, as a project's own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)
