"""What follows from how far a viewer has come, purely."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from cinema.contracts.ids import FilmId, UserId
from cinema.playback.domain.position import Position, PositionInvalid, reached

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
HOUR = 3_600
DAY = 24 * HOUR


def at(position_s: int, duration_s: int = HOUR) -> Position:
    return reached(
        user_id=UserId(UUID(int=1)),
        film_id=FilmId(UUID(int=2)),
        position_s=position_s,
        duration_s=duration_s,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("position_s", "in_row", "watched"),
    [
        (0, False, False),
        (179, False, False),
        (180, True, False),
        (1_800, True, False),
        (3_239, True, False),
        (3_240, False, True),
        (3_600, False, True),
    ],
)
def test_a_film_is_one_to_go_on_with_from_5_percent_and_watched_from_90(
    position_s: int, *, in_row: bool, watched: bool
) -> None:
    view = at(position_s).view()

    assert (view.in_row, view.watched) == (in_row, watched)


def test_what_was_taken_out_is_in_no_row_and_keeps_its_place() -> None:
    view = replace(at(1_800), is_taken_out=True).view()

    assert (view.in_row, view.position_s, view.watched, view.updated_at) == (False, 1_800, False, NOW)


@pytest.mark.parametrize("film", [(0, 1), (1, 1), (0, DAY), (DAY, DAY)])
def test_a_film_lasts_from_a_second_to_a_day(film: tuple[int, int]) -> None:
    position = at(*film)

    assert (position.position_s, position.duration_s) == film


@pytest.mark.parametrize("film", [(-1, HOUR), (HOUR + 1, HOUR), (0, 0), (0, -1), (0, DAY + 1)])
def test_a_place_outside_the_film_is_refused(film: tuple[int, int]) -> None:
    with pytest.raises(PositionInvalid):
        at(*film)
