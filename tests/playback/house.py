"""A cinema with one paid and one free film, and a viewer who has a right; tests move its parts."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx2

from cinema.contracts.enums import Access
from cinema.contracts.ids import FilmId, UserId
from cinema.kit.app import build_app
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.module import Built
from cinema.playback.module import PlaybackFacades, build
from cinema.playback.settings import PlaybackSettings
from playback.fakes import Door, RightsBook, Shelf


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The cinema and everything around it that a test may move."""

    client: httpx2.AsyncClient
    context: Built[PlaybackFacades]
    clock: ManualClock
    db: Database
    shelf: Shelf
    book: RightsBook
    door: Door
    settings: PlaybackSettings
    film: FilmId
    free_film: FilmId
    viewer: UserId

    async def start(
        self, *, by: str = "viewer", film: FilmId | None = None, headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        path = f"/v1/films/{film or self.film}/playback"
        return await self.client.post(path, headers={**bearer(by), **(headers or {})})

    async def started(self, *, by: str = "viewer", film: FilmId | None = None) -> Any:
        answer = await self.start(by=by, film=film)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def heartbeat(self, playback_id: str, *, by: str = "viewer") -> httpx2.Response:
        return await self.client.post(f"/v1/playback/{playback_id}/heartbeat", headers=bearer(by))

    async def stop(self, playback_id: str, *, by: str = "viewer") -> httpx2.Response:
        return await self.client.delete(f"/v1/playback/{playback_id}", headers=bearer(by))

    async def rows(self) -> list[tuple[str, str | None]]:
        """Each playback with how it ended; those of one moment stand in any order."""
        async with self.db.read() as tx:
            rows = await tx.all("SELECT playback_id, ending FROM playback.playbacks ORDER BY started_at, playback_id")
        return [(str(row["playback_id"]), row["ending"]) for row in rows]


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {name}"}


async def open_house(
    houses: AsyncExitStack, *, db: Database, clock: ManualClock, settings: PlaybackSettings, like: House | None = None
) -> House:
    """A cinema; ``like`` another one, it is a second process of the same."""
    shelf = like.shelf if like else Shelf()
    book = like.book if like else RightsBook(clock)
    door = like.door if like else Door(clock)
    film = like.film if like else shelf.add(FilmId(uuid7(clock.now())))
    free_film = like.free_film if like else shelf.add(FilmId(uuid7(clock.now())), access=Access.FREE)
    viewer = like.viewer if like else door.let_in("viewer")
    if like is None:
        book.grant(viewer)
    context = build(db=db, clock=clock, settings=settings, catalog=shelf, entitlements=book)
    app = build_app(modules=(context.module,), authenticator=door, clock=clock)
    transport = httpx2.ASGITransport(app=app)
    client = await houses.enter_async_context(httpx2.AsyncClient(transport=transport, base_url="http://testserver"))
    return House(
        client=client,
        context=context,
        clock=clock,
        db=db,
        shelf=shelf,
        book=book,
        door=door,
        settings=settings,
        film=film,
        free_film=free_film,
        viewer=viewer,
    )
