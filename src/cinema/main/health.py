"""Health: is the process alive, and can it do its work."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter

from cinema.kit.clock import SystemClock
from cinema.kit.db import Database, DatabaseUnavailable
from cinema.kit.heartbeat import staff

READY_WITHIN_S = 2.0
"""A database that takes longer to say anything cannot be worked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The answer when all is well; else the answer is a problem with status 503."""

    status: Literal["ok"] = "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Health):
    """The same, and who does what falls due: how many workers there are, and for which contexts there is none."""

    workers: int
    without_worker: tuple[str, ...]


def health_routes(*, db: Database, contexts: frozenset[str]) -> APIRouter:
    """``contexts`` are those for which a worker has to work somewhere."""
    router = APIRouter(prefix="/health", tags=["health"])
    own = db.bound("health")

    @router.get("/live", name="health.live")
    async def live() -> Health:
        """The process answers."""
        return Health()

    @router.get("/ready", name="health.ready")
    async def ready() -> Ready:
        """The process can do its work: the database answers, and takes changes. A missing worker is told."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await own.require_writable()
                found = await staff(own, wanted=contexts, now=SystemClock().now())
        except TimeoutError as error:
            raise DatabaseUnavailable from error
        return Ready(workers=found.workers, without_worker=found.without)

    return router
