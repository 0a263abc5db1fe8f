"""The start of the product in a process."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.main.processes import WITH_WORK
from cinema.main.product import uncollected
from cinema.main.settings import load_all
from cinema.main.wiring import build_cinema


@pytest.fixture
def collector() -> Iterator[None]:
    """Puts the collector back as it was."""
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("no_settings")
def test_the_contexts_that_a_worker_may_be_told_are_those_with_work(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"CINEMA_DATA_FOLDER={tmp_path}")
    settings = load_all(env_file=str(tmp_path / ".env"))

    cinema = build_cinema(settings, pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())

    assert {module.name for module in cinema.modules if module.jobs or module.consumers} == WITH_WORK


@pytest.mark.usefixtures("collector")
def test_what_a_start_makes_is_not_looked_through_by_the_collector() -> None:
    with uncollected():
        is_off = not gc.isenabled()
        made: list[list[object]] = [[]]

    assert is_off
    assert gc.isenabled()
    assert all(one is not made for one in gc.get_objects())
    assert gc.get_freeze_count() > 1


@pytest.mark.usefixtures("collector")
def test_the_collector_works_again_after_a_start_that_failed() -> None:
    with pytest.raises(LookupError), uncollected():
        raise LookupError

    assert gc.isenabled()
