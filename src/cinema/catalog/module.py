"""The catalogue, built."""

from dataclasses import dataclass
from pathlib import Path

from cinema.catalog.http import routes
from cinema.catalog.service.importing import Importer
from cinema.catalog.service.rasters import Rasters
from cinema.catalog.service.reading import Reader
from cinema.contracts.catalog import Catalog, CatalogReader
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogFacades:
    """What the catalogue is to others, and to commands."""

    catalog: Catalog
    reader: CatalogReader
    importer: Importer


def build(*, db: Database, clock: Clock, pictures_folder: Path) -> Built[CatalogFacades]:
    """Builds the context; nothing is read or written yet. Pictures in pixels are kept in ``pictures_folder``."""
    own = db.bound("catalog")
    reader = Reader(db=own)
    rasters = Rasters(folder=pictures_folder)
    return Built(
        module=Module(name="catalog", routes=(routes(reader=reader, rasters=rasters),), stop=rasters.stop),
        facades=CatalogFacades(catalog=reader, reader=reader, importer=Importer(db=own, clock=clock)),
    )
