"""The start of the product in a process."""

from pathlib import Path

import pytest

from cinema.kit.clock import SystemClock
from cinema.kit.db import Pools
from cinema.main.processes import WITH_WORK
from cinema.main.settings import load_all
from cinema.main.wiring import build_cinema


@pytest.mark.usefixtures("no_settings")
def test_the_contexts_that_a_worker_may_be_told_are_those_with_work(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"CINEMA_DATA_FOLDER={tmp_path}")
    settings = load_all(env_file=str(tmp_path / ".env"))

    cinema = build_cinema(settings, pools=Pools("postgresql://127.0.0.1/cinema"), clock=SystemClock())

    assert {module.name for module in cinema.modules if module.jobs or module.consumers} == WITH_WORK
