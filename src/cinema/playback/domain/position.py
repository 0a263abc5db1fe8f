"""How far a viewer has come in a film, and what follows from it."""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.views.playback import PositionView
from cinema.kit.errors import Invalid, NotFound

DURATION_MAX_S = 86_400
"""A film of 24 hours is the longest that there may be."""

BEGUN_PERCENT = 5
"""From here on a film is one to go on with."""

WATCHED_PERCENT = 90
"""From here on it was watched: the rest is the list of who made it."""


class PositionInvalid(Invalid):
    """This place is not in the film: a film lasts 1 s to 24 hours, and a place is not behind its end."""

    code = "position-invalid"


class PositionNotFound(NotFound):
    """You have not played this film."""

    code = "position-not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a viewer is in a film, in whole seconds; midway is between its beginning and its end.

    ``is_watched`` is true for good once the end was reached; ``is_taken_out``: the viewer does
    not want to be reminded of the film until it is played again.
    """

    user_id: UserId
    film_id: FilmId
    position_s: int
    duration_s: int
    is_midway: bool
    is_watched: bool
    is_taken_out: bool
    updated_at: datetime

    @property
    def is_in_row(self) -> bool:
        """Whether the film stands in the row of those to go on with."""
        return self.is_midway and not self.is_taken_out

    def view(self) -> PositionView:
        """The position as others may show it."""
        return PositionView(
            film_id=self.film_id,
            position_s=self.position_s,
            duration_s=self.duration_s,
            watched=self.is_watched,
            in_row=self.is_in_row,
            updated_at=self.updated_at,
        )


def reached(*, user_id: UserId, film_id: FilmId, position_s: int, duration_s: int, now: datetime) -> Position:
    """A place that a viewer has come to. Raises `PositionInvalid`."""
    if not 1 <= duration_s <= DURATION_MAX_S or not 0 <= position_s <= duration_s:
        raise PositionInvalid
    is_watched = position_s * 100 >= duration_s * WATCHED_PERCENT
    return Position(
        user_id=user_id,
        film_id=film_id,
        position_s=position_s,
        duration_s=duration_s,
        is_midway=position_s * 100 >= duration_s * BEGUN_PERCENT and not is_watched,
        is_watched=is_watched,
        is_taken_out=False,
        updated_at=now,
    )
