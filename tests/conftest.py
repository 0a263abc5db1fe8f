"""Lifetimes that tests share: the PostgreSQL server, a database for each worker, a clock that stands still."""

import asyncio
import gc
import inspect
import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest
import structlog

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Pools
from cinema.kit.log import configure_logs
from cinema.kit.migrate import migrate
from cinema.main.embedded import embedded_blocking
from lifetimes import begin_anew, in_use, learn_tables, stop_all_but
from make import count

configure_logs(level="critical", json_lines=True, is_final=False)

hypothesis.settings.register_profile("cinema", deadline=None, max_examples=count(reduced=60, full=2_000))
hypothesis.settings.load_profile("cinema")

SERVED = frozenset({"server_url", "tmp_path", "tmp_path_factory"})
ASKING = frozenset({"main", "scenarios", "style", "web"})
NOT_PURE = ASKING | {"test_posters.py"}
APART = frozenset({"sandbox", "test_posters.py"})
SCRIPTS = Path(__file__).parents[1] / "src" / "cinema" / "migrations"


gc.set_threshold(50_000, 20, 50)


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The kind of loop that the product runs on."""
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop  # noqa: PLC0415 - not there on Windows

    return {"uvloop": uvloop.new_event_loop}


def pytest_collection_finish() -> None:
    """What was imported stays, so that the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Folders without a pure test are not even imported when only those run."""
    is_pure_run = config.getoption("markexpr") == "pure"
    return True if is_pure_run and collection_path.is_dir() and collection_path.name in ASKING else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make pure` runs alone and what `make quick` leaves out.

    Pure are the tests of values and functions, which ask no server, file or clock; apart
    are those of the posters and the stand-ins.
    """
    for item in items:
        asks = SERVED & set(getattr(item, "fixturenames", ())) or {item.path.parent.name, item.path.name} & NOT_PURE
        if not asks and not inspect.iscoroutinefunction(getattr(item, "function", None)):
            item.add_marker("pure")
        if {item.path.parent.name, item.path.parent.parent.name, item.path.name} & APART:
            item.add_marker("apart")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 1, 15, 9, 0, tzinfo=UTC))


@pytest.fixture
def log_lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """The log lines that a test causes, of every level."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.NOTSET))
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(**before)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server where databases may be made: ours, shared by all workers, unless one is named."""
    named = os.environ.get("CINEMA_TEST_DATABASE_URL")
    if named:
        yield named
        return
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "postgres"
    with embedded_blocking(folder=folder, volatile=True) as server:
        yield server.dsn("postgres")


@pytest.fixture(scope="session")
def database_url(server_url: str) -> Iterator[str]:
    """This worker's own migrated database."""
    name = f"cinema_test_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    url = re.sub(r"/[^/?]+(?=$|\?)", f"/{name}", server_url)
    asyncio.run(_run(server_url, f'CREATE DATABASE "{name}"'))
    asyncio.run(migrate(url, SCRIPTS))
    yield url
    asyncio.run(_run(server_url, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
async def pools(database_url: str) -> AsyncIterator[Pools]:
    """This worker's connections."""
    pools = Pools(database_url)
    await pools.open()
    await learn_tables(pools)
    yield pools
    await pools.close()


@pytest.fixture
async def db(pools: Pools, clock: ManualClock) -> AsyncIterator[Database]:
    """An empty database, connected."""
    await begin_anew(pools)
    yield Database(pools, owner="test", clock=clock)
    assert in_use(pools) == 0, "the test keeps connections"


@pytest.fixture(autouse=True)
def _no_task_left(request: pytest.FixtureRequest) -> None:
    """All tests share one event loop, so each has to end what it has begun there."""
    if inspect.iscoroutinefunction(request.function):
        request.getfixturevalue("no_task_left")


@pytest.fixture
async def no_task_left() -> AsyncIterator[None]:
    known = asyncio.all_tasks()
    yield
    assert await stop_all_but(known) == [], "the test leaves tasks behind"


async def _run(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(sql)
    await connection.close()
