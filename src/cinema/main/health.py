"""Health: is the process alive, and can it do its work."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter

from cinema.kit.db import Database, DatabaseUnavailable

READY_WITHIN_S = 2.0
"""A database that takes longer to say anything cannot be worked with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """The answer when all is well; else the answer is a problem with status 503."""

    status: Literal["ok"] = "ok"


def health_routes(*, db: Database) -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])
    own = db.bound("health")

    @router.get("/live", name="health.live")
    async def live() -> Health:
        """The process answers."""
        return Health()

    @router.get("/ready", name="health.ready")
    async def ready() -> Health:
        """The process can do its work: the database answers, and takes changes."""
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await own.require_writable()
        except TimeoutError as error:
            raise DatabaseUnavailable from error
        return Health()

    return router
