"""What is shown of playback: whether a film may be watched, and a playback to its player."""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.enums import AccessReason
from cinema.contracts.ids import FilmId, PlaybackId
from cinema.contracts.views.billing import AccessBlock, AccessGrant, Offer


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """Whether a film may be played now, with all that speaks for and against it.

    ``reasons`` are ``free``, ``paid``, ``grace`` for a yes, ``sign-in``, ``no-right``,
    ``blocked`` for a no; ``offers`` is what could be bought to watch the film.
    """

    film_id: FilmId
    allowed: bool
    reasons: tuple[AccessReason, ...]
    grants: tuple[AccessGrant, ...]
    blocks: tuple[AccessBlock, ...]
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackView:
    """A playback as its player sees it.

    Without a heartbeat it ends at ``expires_at``; the player sends one every
    ``heartbeat_every_s`` seconds. ``manifest_url`` is an HLS master list on this server.
    """

    id: PlaybackId
    film_id: FilmId
    manifest_url: str
    started_at: datetime
    expires_at: datetime
    heartbeat_every_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """How far a viewer has come in a film, in whole seconds; ``watched``: it was seen to its end once.

    ``in_row`` says whether the film stands in the row of those to go on with: between 5 and
    90 % of it, unless the viewer took it out.
    """

    film_id: FilmId
    position_s: int
    duration_s: int
    watched: bool
    in_row: bool
    updated_at: datetime
