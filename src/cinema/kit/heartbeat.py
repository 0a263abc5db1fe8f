"""Workers leave a heartbeat, so that others can say for which contexts nobody works.

All times here are of the machine, never virtual: a process that was seen a moment ago is
alive, however far time was moved meanwhile.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from cinema.kit.clock import Clock, SystemClock
from cinema.kit.db import Database
from cinema.kit.errors import Unavailable

BEAT_S = 5.0
MISSED_AFTER = timedelta(seconds=20)
"""A worker that was not seen for so long does not work: four beats."""

FORGOTTEN_AFTER = timedelta(hours=1)
WAITING_MAX = 1_000
"""So many events in line are counted."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker process and the contexts that it works for."""

    worker_id: UUID
    host: str
    pid: int
    contexts: frozenset[str]
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Who works: how many processes, the contexts for which none does, and the events in line (1,000 at most)."""

    workers: int
    without: tuple[str, ...]
    waiting: int


async def beat(db: Database, worker: Worker, *, every_s: float = BEAT_S, clock: Clock | None = None) -> None:
    """Until canceled, says that ``worker`` lives; then takes its row away."""
    machine = clock or SystemClock()
    try:
        while True:
            try:
                await beat_once(db, worker, now=machine.now())
            except Unavailable as trouble:
                log.debug("worker.unseen", detail=trouble.detail)
            await asyncio.sleep(every_s)
    finally:
        await leave(db, worker)


async def beat_once(db: Database, worker: Worker, *, now: datetime) -> None:
    """One statement, whose commit nobody has to wait for on the disk; rows of the dead go with it."""
    async with db.write() as tx:
        await tx.execute(
            BEAT,
            worker.worker_id,
            worker.host,
            worker.pid,
            sorted(worker.contexts),
            worker.started_at,
            now,
            now - FORGOTTEN_AFTER,
        )


async def leave(db: Database, worker: Worker) -> None:
    """Takes the worker's row away, if the database answers."""
    try:
        async with db.write() as tx:
            await tx.execute("DELETE FROM kit.workers WHERE worker_id = $1", worker.worker_id)
    except Unavailable as trouble:
        log.debug("worker.unseen", detail=trouble.detail)


async def staff(db: Database, *, wanted: Iterable[str], now: datetime) -> Staff:
    """Who works at ``now`` for the contexts ``wanted``."""
    async with db.read() as tx:
        row = await tx.one(STAFF, sorted(wanted), now - MISSED_AFTER, WAITING_MAX)
    assert row is not None
    return Staff(workers=row["workers"], without=tuple(row["without"]), waiting=row["waiting"])


BEAT = """
WITH hurried AS (SELECT set_config('synchronous_commit', 'off', true)),
dead AS (DELETE FROM kit.workers WHERE seen_at < $7 AND worker_id <> $1)
INSERT INTO kit.workers (worker_id, host, pid, contexts, started_at, seen_at)
SELECT $1, $2, $3, $4, $5, $6 FROM hurried
ON CONFLICT (worker_id) DO UPDATE SET seen_at = excluded.seen_at
"""

STAFF = """
WITH alive AS (SELECT contexts FROM kit.workers WHERE seen_at >= $2)
SELECT (SELECT count(*) FROM alive) AS workers,
       ARRAY(SELECT unnest($1::text[]) EXCEPT SELECT unnest(contexts) FROM alive ORDER BY 1) AS without,
       (SELECT count(*) FROM (SELECT FROM kit.inbox WHERE status = 'waiting' LIMIT $3) AS line) AS waiting
"""
