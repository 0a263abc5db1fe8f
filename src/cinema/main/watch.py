"""What a running service says of its surroundings: clocks, an empty shop, missing workers, a disk that fills."""

import asyncio
import shutil
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from cinema.billing.settings import BillingSettings
from cinema.kit.clock import SystemClock
from cinema.kit.errors import Unavailable
from cinema.kit.heartbeat import staff
from cinema.kit.server import CLOCK_LEAD_MAX, clock_lead
from cinema.main.contexts import WITH_WORK
from cinema.main.settings import AllSettings

if TYPE_CHECKING:
    from cinema.main.wiring import Cinema

WATCH_S = 30.0
ROOM_MIN = 1_000_000_000
"""Bytes that have to be free where something is written."""

log = structlog.get_logger()


async def watch(cinema: "Cinema", settings: AllSettings, *, every_s: float = WATCH_S) -> None:
    """Looks around at once, then again and again until canceled; each thing that is wrong is a line at warning."""
    await _quietly(look_once(cinema, settings))
    while True:
        await asyncio.sleep(every_s)
        await _quietly(look_again(cinema, settings))


async def look_once(cinema: "Cinema", settings: AllSettings) -> None:
    """What does not change while the service runs."""
    lead = await clock_lead(cinema.db.bound("watch"), clock=SystemClock())
    if abs(lead) > CLOCK_LEAD_MAX:
        log.warning("clock.differs", ahead_of_database_s=round(lead.total_seconds(), 1))
    if not (await cinema.billing.reader.plans()).items:
        log.warning("shop.empty", currency=settings.of(BillingSettings).currency)


async def look_again(cinema: "Cinema", settings: AllSettings) -> None:
    """What comes and goes."""
    found = await staff(cinema.db.bound("watch"), wanted=WITH_WORK, now=SystemClock().now())
    if found.without:
        log.warning("worker.missing", contexts=list(found.without), workers=found.workers, waiting=found.waiting)
    if settings.process.database_url is None and (free := room(settings.process.data_folder)) < ROOM_MIN:
        log.warning("disk.low", free_bytes=free)


def room(folder: Path) -> int:
    """Free bytes where ``folder`` is, or will be."""
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(there).free


async def _quietly(look: Awaitable[None]) -> None:
    """A database that is away is told by those who need it."""
    try:
        await look
    except Unavailable as trouble:
        log.debug("watch.unavailable", detail=trouble.detail)
