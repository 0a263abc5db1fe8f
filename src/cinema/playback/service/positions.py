"""How far viewers have come in films: implements `contracts.playback.Positions`."""

from collections.abc import Collection
from uuid import UUID

from cinema.contracts.catalog import Catalog
from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.views.playback import PositionView
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.keyset import Keyset, moment, page
from cinema.kit.page import Page
from cinema.playback.domain.position import PositionNotFound, reached
from cinema.playback.store import positions

ROW = Keyset("films to go on with", moment, UUID)


class PositionService:
    """Keeps and shows positions; whoever is signed in may keep one in any film that there is."""

    def __init__(self, *, db: Database, clock: Clock, catalog: Catalog) -> None:
        self._db = db
        self._clock = clock
        self._catalog = catalog

    async def keep(self, *, user_id: UserId, film_id: FilmId, position_s: int, duration_s: int) -> PositionView:
        """Raises `PositionInvalid` and `FilmNotFound`."""
        now = self._clock.now()
        position = reached(user_id=user_id, film_id=film_id, position_s=position_s, duration_s=duration_s, now=now)
        await self._catalog.film(film_id)
        async with self._db.write() as tx:
            return (await positions.keep(tx, position=position)).view()

    async def of(self, *, user_id: UserId, film_ids: Collection[FilmId]) -> dict[FilmId, PositionView]:
        """Read by one statement; films that were never played are left out."""
        if not film_ids:
            return {}
        async with self._db.read() as tx:
            found = await positions.of(tx, user_id=user_id, film_ids=film_ids)
        return {position.film_id: position.view() for position in found}

    async def one(self, *, user_id: UserId, film_id: FilmId) -> PositionView:
        """Raises `PositionNotFound`."""
        found = await self.of(user_id=user_id, film_ids=[film_id])
        if film_id not in found:
            raise PositionNotFound
        return found[film_id]

    async def row(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[PositionView]:
        """Raises `CursorInvalid`."""
        after = ROW.after(cursor)
        async with self._db.read() as tx:
            found = await positions.row(tx, user_id=user_id, after=after, limit=limit + 1)
        shown = page(found, limit=limit, cursor=lambda last: ROW.cursor(last.updated_at, last.film_id))
        return shown.map(lambda position: position.view())

    async def take_out(self, *, user_id: UserId, film_id: FilmId) -> PositionView:
        """Raises `PositionNotFound`."""
        return await self._set_taken_out(user_id=user_id, film_id=film_id, is_taken_out=True)

    async def put_back(self, *, user_id: UserId, film_id: FilmId) -> PositionView:
        """Raises `PositionNotFound`."""
        return await self._set_taken_out(user_id=user_id, film_id=film_id, is_taken_out=False)

    async def _set_taken_out(self, *, user_id: UserId, film_id: FilmId, is_taken_out: bool) -> PositionView:
        async with self._db.write() as tx:
            found = await positions.set_taken_out(tx, user_id=user_id, film_id=film_id, is_taken_out=is_taken_out)
        if found is None:
            raise PositionNotFound
        return found.view()
