"""Playback over HTTP: the decision, playbacks, and the files of a title."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import APIRouter, Header, Path, Request, Response
from fastapi.responses import FileResponse

from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.ids import FilmId, PlaybackId, UserId
from cinema.contracts.playback import AccessDenied
from cinema.contracts.views.playback import AccessView, PlaybackView
from cinema.kit.auth import CurrentActor, MaybeActor
from cinema.kit.db import Database
from cinema.kit.errors import BadRequest
from cinema.kit.idempotency import MaybeOnce, created, jsonable
from cinema.kit.refusing import refuses
from cinema.playback.domain.files import MEDIA_TYPES, range_fits
from cinema.playback.domain.playback import Playback
from cinema.playback.service.media import MediaGate, MediaNotFound
from cinema.playback.service.playing import PlaybackEnded, PlaybackNotFound, Player, StreamLimit
from cinema.playback.service.reading import Reader
from cinema.playback.service.signing import MediaForbidden

PRIVATE = {"Cache-Control": "private, no-store"}
"""What depends on a right is kept by nobody."""

MEDIA_HEADERS = {**PRIVATE, "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


FILE_KINDS = sorted({kind.partition(";")[0] for kind in MEDIA_TYPES.values()})
FILE = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in FILE_KINDS}
"""How OpenAPI tells of a file of a title."""


class RangeInvalid(BadRequest):
    """Only one range of bytes that are there can be asked for."""

    status = 416
    code = "range-invalid"
    members: ClassVar[Mapping[str, Any]] = {
        "size": Annotated[int, "How many bytes the file has."],
    }


UserAgent = Annotated[str | None, Header(max_length=2_000, include_in_schema=False)]
Token = Annotated[str, Path(description="the token of a playback's address")]
MediaPath = Annotated[str, Path(description="a file of the title")]


def routes(*, db: Database, reader: Reader, player: Player, gate: MediaGate) -> APIRouter:
    """All of playback's routes."""
    router = APIRouter(tags=["playback"])
    _playback_routes(router, db=db, reader=reader, player=player)
    _media_routes(router, gate=gate)
    return router


def _playback_routes(router: APIRouter, *, db: Database, reader: Reader, player: Player) -> None:
    @router.get("/v1/films/{film_id}/access", name="films.access", responses=refuses(FilmNotFound))
    async def show_access(film_id: UUID, actor: MaybeActor, response: Response) -> AccessView:
        """Tells whether the film may be played now, why, and what could be bought to watch it."""
        response.headers.update(PRIVATE)
        user_id = UserId(actor.user_id) if actor else None
        return await reader.access(film_id=FilmId(film_id), user_id=user_id)

    @router.post(
        "/v1/films/{film_id}/playback",
        status_code=201,
        response_model=PlaybackView,
        name="playback.create",
        responses=created("playback.get", playback_id="/id") | refuses(FilmNotFound, AccessDenied, StreamLimit),
    )
    async def start_playback(
        film_id: UUID,
        actor: CurrentActor,
        once: MaybeOnce,
        user_agent: UserAgent = None,
    ) -> Response:
        """Starts to play a film: gives a signed address that lasts while the player sends heartbeats."""
        wish = await player.wish(actor=actor, film_id=FilmId(film_id), user_agent=user_agent)
        done = await once.run(db, Playback, partial(player.start, playback=wish))
        response = once.response(replace(done, body=jsonable(await player.view(done.value))))
        response.headers.update(PRIVATE)
        return response

    @router.get("/v1/playback/{playback_id}", name="playback.get", responses=refuses(PlaybackNotFound, PlaybackEnded))
    async def show_playback(playback_id: UUID, actor: CurrentActor, response: Response) -> PlaybackView:
        """A playback of yours that goes on, on whichever device."""
        response.headers.update(PRIVATE)
        return await player.show(actor=actor, playback_id=PlaybackId(playback_id))

    @router.post(
        "/v1/playback/{playback_id}/heartbeat",
        name="playback.heartbeat",
        responses=refuses(PlaybackNotFound, PlaybackEnded, AccessDenied, FilmNotFound),
    )
    async def send_heartbeat(playback_id: UUID, actor: CurrentActor, response: Response) -> PlaybackView:
        """Keeps a playback alive, while the right to the film holds."""
        response.headers.update(PRIVATE)
        return await player.heartbeat(actor=actor, playback_id=PlaybackId(playback_id))

    @router.delete(
        "/v1/playback/{playback_id}", status_code=204, name="playback.delete", responses=refuses(PlaybackNotFound)
    )
    async def stop_playback(playback_id: UUID, actor: CurrentActor) -> None:
        """Stops a playback of yours, on whichever device it runs."""
        await player.stop(actor=actor, playback_id=PlaybackId(playback_id))


def _media_routes(router: APIRouter, *, gate: MediaGate) -> None:
    described: dict[int | str, dict[str, Any]] = {
        200: {"description": "The file.", "content": FILE},
        206: {"description": "The range of the file that was asked for.", "content": FILE},
    }

    @router.head("/media/{token}/{path:path}", include_in_schema=False)
    @router.get(
        "/media/{token}/{path:path}",
        response_class=FileResponse,
        responses=described | refuses(MediaForbidden, MediaNotFound, PlaybackEnded, RangeInvalid),
        name="media.get",
    )
    async def send_media(request: Request, token: Token, path: MediaPath) -> FileResponse:
        """Sends a file of a title to who holds a playback of it; relative links in lists stay below the token."""
        file = await gate.file(token=token, path=path)
        wanted = request.headers.get("range")
        if wanted is not None and not range_fits(wanted, size=file.size):
            raise RangeInvalid(size=file.size)
        return FileResponse(file.path, media_type=file.media_type, headers=MEDIA_HEADERS)

    @router.head("/media/{path:path}", include_in_schema=False)
    @router.get("/media/{path:path}", include_in_schema=False)
    async def refuse_media(path: MediaPath) -> None:  # noqa: ARG001 - any path
        """Refuses an address without a token."""
        raise MediaForbidden
