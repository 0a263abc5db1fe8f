"""Playback, built."""

from dataclasses import dataclass

from cinema.contracts.billing import Entitlements
from cinema.contracts.catalog import Catalog
from cinema.contracts.playback import PlaybackReader, Positions
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module
from cinema.playback.http.playing import routes
from cinema.playback.http.positions import position_routes
from cinema.playback.jobs import jobs
from cinema.playback.service.assets import Assets
from cinema.playback.service.media import MediaGate
from cinema.playback.service.playing import Player
from cinema.playback.service.positions import PositionService
from cinema.playback.service.reading import Reader
from cinema.playback.service.rights import Rights
from cinema.playback.service.signing import Signer
from cinema.playback.settings import PlaybackSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybackFacades:
    """What playback is to others, and to commands."""

    reader: PlaybackReader
    positions: Positions
    assets: Assets


def build(
    *, db: Database, clock: Clock, settings: PlaybackSettings, catalog: Catalog, entitlements: Entitlements
) -> Built[PlaybackFacades]:
    """Builds the context; nothing is read or written yet."""
    own = db.bound("playback")
    rights = Rights(catalog=catalog, entitlements=entitlements)
    reader = Reader(clock=clock, rights=rights)
    signer = Signer(db=own, clock=clock, settings=settings)
    player = Player(db=own, clock=clock, settings=settings, rights=rights, signer=signer)
    gate = MediaGate(db=own, clock=clock, settings=settings, rights=rights, signer=signer, player=player)
    positions = PositionService(db=own, clock=clock, catalog=catalog)
    return Built(
        module=Module(
            name="playback",
            routes=(routes(db=own, reader=reader, player=player, gate=gate), position_routes(positions=positions)),
            jobs=jobs(db=own, clock=clock, positions_kept=settings.positions_kept),
        ),
        facades=PlaybackFacades(
            reader=reader,
            positions=positions,
            assets=Assets(db=own, clock=clock, settings=settings, catalog=catalog),
        ),
    )
