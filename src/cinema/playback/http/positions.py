"""Positions over HTTP: how far a viewer has come in films, and the row of those to go on with."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.views.playback import PositionView
from cinema.kit.auth import CurrentActor
from cinema.kit.http import Strict
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses
from cinema.playback.domain.position import DURATION_MAX_S, PositionInvalid, PositionNotFound
from cinema.playback.service.positions import PositionService


class PositionBody(Strict):
    """Where the viewer is, and how long the film is, in whole seconds."""

    position_s: Annotated[int, Field(ge=0, le=DURATION_MAX_S)]
    duration_s: Annotated[int, Field(ge=1, le=DURATION_MAX_S)]


def position_routes(*, positions: PositionService) -> APIRouter:
    """All routes of positions."""
    router = APIRouter(prefix="/v1", tags=["playback"])

    @router.put(
        "/films/{film_id}/position",
        name="positions.keep",
        responses=refuses(FilmNotFound, position_s=PositionInvalid),
    )
    async def keep_position(film_id: UUID, body: PositionBody, actor: CurrentActor) -> PositionView:
        """Keeps where you are in a film, for all your devices; a player tells it every 10 seconds."""
        return await positions.keep(
            user_id=UserId(actor.user_id),
            film_id=FilmId(film_id),
            position_s=body.position_s,
            duration_s=body.duration_s,
        )

    @router.get("/films/{film_id}/position", name="positions.get", responses=refuses(PositionNotFound))
    async def get_position(film_id: UUID, actor: CurrentActor) -> PositionView:
        """Where you are in a film."""
        return await positions.one(user_id=UserId(actor.user_id), film_id=FilmId(film_id))

    @router.put("/films/{film_id}/position/row", name="positions.put_back", responses=refuses(PositionNotFound))
    async def put_back(film_id: UUID, actor: CurrentActor) -> PositionView:
        """Puts a film back into the row of those to go on with, from which you took it out."""
        return await positions.put_back(user_id=UserId(actor.user_id), film_id=FilmId(film_id))

    @router.delete("/films/{film_id}/position/row", name="positions.take_out", responses=refuses(PositionNotFound))
    async def take_out(film_id: UUID, actor: CurrentActor) -> PositionView:
        """Takes a film out of the row of those to go on with, until you play on; where you are is kept."""
        return await positions.take_out(user_id=UserId(actor.user_id), film_id=FilmId(film_id))

    @router.get("/me/positions", name="positions.list")
    async def list_positions(actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20) -> Page[PositionView]:
        """The films to go on with, the newest first: those of which you have seen between 5 and 90 percent."""
        return await positions.row(user_id=UserId(actor.user_id), cursor=cursor, limit=limit)

    return router
