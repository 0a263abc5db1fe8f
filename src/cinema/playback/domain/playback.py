"""A playback: one viewer's stream of one film, open while its player gives signs of life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.contracts.ids import EntitlementId, FilmId, PlaybackId, SessionId, UserId


class Ending(StrEnum):
    """Why a playback ended."""

    STOPPED = "stopped"
    """Its viewer stopped it."""

    LAPSED = "lapsed"
    """It gave no sign of life, and another stream of its viewer needed its place."""

    EXPIRED = "expired"
    """It gave no sign of life for too long."""

    REVOKED = "revoked"
    """The right to the film is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playback:
    """A playback as it stands. ``seen_at`` is its player's last sign of life.

    ``entitlement_id`` is the right by which it goes on: None for a free film, and for one
    that a release without rights has started.
    """

    playback_id: PlaybackId
    user_id: UserId
    session_id: SessionId
    film_id: FilmId
    device: str
    started_at: datetime
    seen_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    ending: Ending | None
    entitlement_id: EntitlementId | None = None

    def ending_at(self, now: datetime) -> Ending | None:
        """Why it is over at ``now``; None while it is open."""
        if self.ending is not None:
            return self.ending
        return Ending.EXPIRED if self.expires_at <= now else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An open playback as its viewer sees it in a list of streams."""

    playback_id: PlaybackId
    film_id: FilmId
    device: str
    started_at: datetime
    seen_at: datetime
