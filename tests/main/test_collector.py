"""The collector during a start."""

import gc
from collections.abc import Iterator

import pytest

from cinema.main.collector import uncollected


@pytest.fixture
def collector() -> Iterator[None]:
    """Puts the collector back as it was."""
    yield
    gc.unfreeze()
    gc.enable()


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
