"""The worker: inboxes and jobs of the chosen contexts, in one event loop."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from functools import partial

import asyncpg
import structlog

from cinema.kit.clock import Clock, stopwatch_s
from cinema.kit.db import Database, DatabaseUnavailable
from cinema.kit.inbox import Consumer, Inbox
from cinema.kit.jobs import Job, run_for_ever
from cinema.kit.module import Module
from cinema.kit.outbox import copy_backlogs
from cinema.kit.retention import BATCH, USUAL, Retention, forget_events, forget_keys, forget_moves, forget_personal
from cinema.kit.wake import CHANNEL

log = structlog.get_logger()

HINTS_EVERY_S = 0.05
"""How often a worker calls the others: what it put in line it works off itself meanwhile."""

LEAP_LOOKED_FOR_S = 0.1
LEAP_MIN_S = 1.0
"""By how much the clock runs ahead of the seconds that have passed when time has leapt."""

TELL = "SELECT pg_notify($1, $2), set_config('synchronous_commit', 'off', true)"
"""A NOTIFY's commit writes to the log like any other; nobody has to wait until a hint is on the disk."""


def jobs_of(modules: Sequence[Module], *, db: Database, clock: Clock, retention: Retention = USUAL) -> list[Job]:
    """All background work of ``modules``: one inbox for each group, their own jobs, and what the kit forgets."""
    groups: dict[str, list[Consumer]] = defaultdict(list)
    for module in modules:
        for consumer in module.consumers:
            groups[consumer.group].append(consumer)
    jobs: list[Job] = []
    for group, consumers in groups.items():
        inbox = Inbox(group=group, consumers=tuple(consumers), db=db.bound(group), clock=clock)
        jobs.append(Job(name=inbox.wake_name, run=inbox.run, batch=inbox.batch))
    jobs += [job for module in modules for job in module.jobs]
    return jobs + _kit_jobs(db.bound("kit"), retention)


def _kit_jobs(db: Database, kept: Retention) -> list[Job]:
    return [
        Job(name="kit.copy_backlog", run=partial(copy_backlogs, db), every_s=5.0),
        Job(name="kit.forget_personal", run=partial(forget_personal, db), every_s=60.0, batch=BATCH),
        Job(
            name="kit.forget_events", run=partial(forget_events, db, older_than=kept.events), every_s=60.0, batch=BATCH
        ),
        Job(name="kit.forget_moves", run=partial(forget_moves, db, older_than=kept.moves), every_s=60.0, batch=BATCH),
        Job(name="kit.forget_keys", run=partial(forget_keys, db, older_than=kept.keys), every_s=60.0, batch=BATCH),
    ]


async def work(jobs: Sequence[Job], db: Database) -> None:
    """Runs ``jobs`` until canceled, and passes wake-up calls to and from other processes."""
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(run_for_ever(job, db.pools.waker), name=job.name)
        group.create_task(tell(db, pause_s=HINTS_EVERY_S), name="notify")
        group.create_task(listen(db), name="listen")
        group.create_task(follow(db, jobs), name="follow")


async def tell(db: Database, *, pause_s: float = 0.005) -> None:
    """Tells other processes what this one has put in line, at most once in ``pause_s``."""
    while True:
        names = await db.pools.waker.take_pending()
        try:
            async with db.pools.writer.acquire(timeout=10) as connection:
                db.pools.waker.told_by = connection.get_server_pid()
                await connection.execute(TELL, CHANNEL, " ".join(sorted(names))[:7900])
        except Exception as error:  # a lost hint costs one polling interval
            log.debug("wake.lost", exc_info=error)
        await asyncio.sleep(pause_s)


async def listen(db: Database) -> None:
    """Wakes the loops that other processes call; connects again when the line breaks."""
    while True:
        try:
            await _listen_once(db)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, DatabaseUnavailable) as error:
            log.warning("wake.deaf", detail=f"{type(error).__name__}: {error}")
        await asyncio.sleep(1)


async def follow(db: Database, jobs: Sequence[Job]) -> None:
    """Wakes every job when time leaps: when somebody moves virtual time on, or the machine has slept."""
    known, known_s = db.clock.now(), stopwatch_s()
    while True:
        await asyncio.sleep(LEAP_LOOKED_FOR_S)
        now, now_s = db.clock.now(), stopwatch_s()
        if (now - known).total_seconds() - (now_s - known_s) > LEAP_MIN_S:
            for job in jobs:
                db.pools.waker.wake_here(job.name)
        known, known_s = now, now_s


async def _listen_once(db: Database) -> None:
    broken = asyncio.Event()
    connection = await db.pools.connect()

    def heard(_connection: object, teller: int, _channel: str, payload: object) -> None:
        if teller == db.pools.waker.told_by:
            return
        for name in str(payload).split():
            db.pools.waker.wake_here(name)

    try:
        connection.add_termination_listener(lambda _: broken.set())
        await connection.add_listener(CHANNEL, heard)
        await broken.wait()
    finally:
        await connection.close(timeout=1)
