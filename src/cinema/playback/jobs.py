"""Due work of playback: closing what expired, forgetting what ended long ago."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.jobs import Job
from cinema.playback import store

BATCH = 500
KEPT = timedelta(days=90)
"""How long an ended playback is kept."""


def jobs(*, db: Database, clock: Clock) -> tuple[Job, ...]:
    """All jobs of the context."""

    async def close_expired() -> int:
        """Ends a batch of playbacks without a sign of life; returns how many."""
        async with db.write() as tx:
            return await store.close_expired(tx, now=clock.now(), limit=BATCH)

    async def forget_ended() -> int:
        """Deletes a batch of playbacks that ended long ago; returns how many."""
        async with db.write() as tx:
            return await store.forget_ended(tx, before=clock.now() - KEPT, limit=BATCH)

    return (
        Job(name="playback.close_expired", run=close_expired, every_s=10.0),
        Job(name="playback.forget_ended", run=forget_ended, every_s=60.0),
    )
