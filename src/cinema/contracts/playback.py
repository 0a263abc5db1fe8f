"""Playback: who watches what, now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar, Protocol
from uuid import UUID

from cinema.contracts.enums import AccessReason
from cinema.contracts.ids import EntitlementId, FilmId, PlaybackId, UserId
from cinema.contracts.views.billing import AccessBlock, Offer
from cinema.contracts.views.playback import AccessView, PositionView
from cinema.kit.errors import Forbidden
from cinema.kit.events import Event
from cinema.kit.page import Page


class AccessDenied(Forbidden):
    """You have no right to watch this film yet; ``offers`` lists what would give it."""

    code = "access-denied"
    members: ClassVar[Mapping[str, Any]] = {
        "film_id": Annotated[UUID, "The film."],
        "reasons": Annotated[list[AccessReason], "What the decision rests on."],
        "blocks": Annotated[list[AccessBlock], "What stands against a right."],
        "offers": Annotated[list[Offer], "What could be bought to watch it."],
    }


class PlaybackReader(Protocol):
    """Shows whether a film may be watched. Nothing changes by reading."""

    async def access(self, *, film_id: FilmId, user_id: UserId | None) -> AccessView:
        """Whether the user, or nobody (None), may play the film now, why, and what could be bought to watch it.

        Raises a `NotFound`.
        """
        ...


class Positions(Protocol):
    """How far a viewer has come in films."""

    async def keep(self, *, user_id: UserId, film_id: FilmId, position_s: int, duration_s: int) -> PositionView:
        """Keeps where the viewer is. Raises a `NotFound` for no film, an `Invalid` for a place outside it."""
        ...

    async def of(self, *, user_id: UserId, film_ids: Collection[FilmId]) -> Mapping[FilmId, PositionView]:
        """Where the viewer is in these films, asked once for all; those never played are left out."""
        ...

    async def row(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[PositionView]:
        """The films to go on with, the newest first. Raises a `BadRequest` for a wrong cursor."""
        ...

    async def take_out(self, *, user_id: UserId, film_id: FilmId) -> PositionView:
        """Takes a film out of the row until it is played again; its place is kept. Raises a `NotFound`."""
        ...

    async def put_back(self, *, user_id: UserId, film_id: FilmId) -> PositionView:
        """Undoes `take_out`. Raises a `NotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackStarted(Event):
    """A viewer began to watch a film."""

    aggregate: ClassVar[str] = "playback_id"
    playback_id: PlaybackId
    user_id: UserId
    film_id: FilmId
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RightUsed(Event):
    """A playback began, or went on, by a right that it had not used before.

    Billing is told of the use by `Entitlements.use` before a file is handed out, and hears this too.
    """

    aggregate: ClassVar[str] = "playback_id"
    playback_id: PlaybackId
    user_id: UserId
    film_id: FilmId
    entitlement_id: EntitlementId
    used_at: datetime
