"""Due work of playback: closing what expired, forgetting what ended or was played long ago."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.jobs import Job
from cinema.playback.store import playbacks as store
from cinema.playback.store import positions

BATCH = 500
KEPT = timedelta(days=90)
"""How long an ended playback is kept."""


def jobs(*, db: Database, clock: Clock, positions_kept: timedelta) -> tuple[Job, ...]:
    """All jobs of the context."""

    async def close_expired() -> int:
        """Ends a batch of playbacks without a sign of life; returns how many."""
        async with db.write() as tx:
            return await store.close_expired(tx, now=clock.now(), limit=BATCH)

    async def forget_ended() -> int:
        """Deletes a batch of playbacks that ended long ago; returns how many."""
        async with db.write() as tx:
            return await store.forget_ended(tx, before=clock.now() - KEPT, limit=BATCH)

    async def forget_positions() -> int:
        """Deletes a batch of positions of films that their viewers have not played for long; returns how many."""
        async with db.write() as tx:
            return await positions.forget(tx, before=tx.now - positions_kept, limit=BATCH)

    return (
        Job(name="playback.close_expired", run=close_expired, every_s=10.0),
        Job(name="playback.forget_ended", run=forget_ended, every_s=60.0),
        Job(name="playback.forget_positions", run=forget_positions, every_s=60.0),
    )
