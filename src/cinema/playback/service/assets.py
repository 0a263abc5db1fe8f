"""Which films have media of their own."""

import anyio
import structlog

from cinema.contracts.catalog import Catalog
from cinema.contracts.ids import FilmId
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.errors import Invalid
from cinema.playback.domain.files import MASTER, NAME
from cinema.playback.settings import PlaybackSettings
from cinema.playback.store import playbacks as store

log = structlog.get_logger()


class AssetInvalid(Invalid):
    """The folder has to lie in the media folder, have a plain name and hold a master.m3u8."""

    code = "asset-invalid"


class Assets:
    """Ties films to folders below the media folder."""

    def __init__(self, *, db: Database, clock: Clock, settings: PlaybackSettings, catalog: Catalog) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._catalog = catalog

    async def attach(self, *, film_id: FilmId, folder: str) -> None:
        """From now on the film plays from ``folder``. Raises `FilmNotFound` and `AssetInvalid`."""
        await self._catalog.film(film_id)
        root = self._settings.media_folder
        if root is None or not NAME.fullmatch(folder):
            raise AssetInvalid
        if not await anyio.Path(root / folder / MASTER).is_file():
            raise AssetInvalid
        async with self._db.write() as tx:
            await store.set_asset(tx, film_id=film_id, folder=folder, now=self._clock.now())
        log.info("playback.asset_attached", film_id=str(film_id), folder=folder)

    async def detach(self, *, film_id: FilmId) -> bool:
        """From now on the film plays the sample; False when it did already."""
        async with self._db.write() as tx:
            return await store.remove_asset(tx, film_id=film_id)
