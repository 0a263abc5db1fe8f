"""Playback: who watches what, now."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from cinema.contracts.ids import FilmId, PlaybackId, UserId
from cinema.kit.errors import Forbidden
from cinema.kit.events import Event


class AccessDenied(Forbidden):
    """You have no right to watch this film yet; ``offers`` lists what would give it."""

    code = "access-denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted(Event):
    """A viewer began to watch a film."""

    aggregate: ClassVar[str] = "playback_id"
    playback_id: PlaybackId
    user_id: UserId
    film_id: FilmId
    started_at: datetime
