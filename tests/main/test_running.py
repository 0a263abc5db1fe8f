"""How commands run."""

import gc

import pytest
import typer

from cinema.main.cli.running import GARBAGE, run, serve


def test_a_service_looks_for_garbage_more_seldom_than_a_short_command() -> None:
    before, seen = gc.get_threshold(), []

    async def work() -> None:
        seen.append(gc.get_threshold())

    try:
        with pytest.raises(typer.Exit):
            run(work())
        serve(work())
    finally:
        gc.set_threshold(*before)

    assert seen == [before, (GARBAGE, *before[1:])]
