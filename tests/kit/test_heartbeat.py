"""Workers are seen while they live, and missed soon after."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.heartbeat import (
    BEAT_S,
    FORGOTTEN_AFTER,
    MISSED_AFTER,
    WAITING_MAX,
    Staff,
    Worker,
    beat,
    beat_once,
    leave,
    staff,
)
from statements import counted

CONTEXTS = ("billing", "identity", "payments")


@pytest.fixture
def worker(clock: ManualClock) -> Worker:
    return Worker(
        worker_id=UUID(int=1), host="one", pid=7, contexts=frozenset({"billing", "payments"}), started_at=clock.now()
    )


async def seen(db: Database) -> list[tuple[str, int, list[str], timedelta]]:
    async with db.read() as tx:
        rows = await tx.all("SELECT * FROM kit.workers ORDER BY host")
    return [(row["host"], row["pid"], row["contexts"], row["seen_at"] - row["started_at"]) for row in rows]


async def absent(db: Database, clock: ManualClock) -> tuple[int, tuple[str, ...]]:
    found = await staff(db, wanted=CONTEXTS, now=clock.now())
    return found.workers, found.without


async def test_without_a_worker_every_context_is_missed(db: Database, clock: ManualClock) -> None:
    assert await staff(db, wanted=CONTEXTS, now=clock.now()) == Staff(workers=0, without=CONTEXTS, waiting=0)


async def test_a_worker_is_there_until_it_misses_four_beats(db: Database, worker: Worker, clock: ManualClock) -> None:
    await beat_once(db, worker, now=clock.now())

    clock.advance(MISSED_AFTER)
    late = await absent(db, clock)
    clock.advance(timedelta(microseconds=1))
    gone = await absent(db, clock)
    await beat_once(db, worker, now=clock.now())
    back = await absent(db, clock)

    assert (late, gone, back) == ((1, ("identity",)), (0, CONTEXTS), (1, ("identity",)))
    assert timedelta(seconds=4 * BEAT_S) == MISSED_AFTER
    assert await seen(db) == [("one", 7, ["billing", "payments"], MISSED_AFTER + timedelta(microseconds=1))]


async def test_several_workers_make_up_for_each_other(db: Database, worker: Worker, clock: ManualClock) -> None:
    others = [replace(worker, worker_id=UUID(int=2), host="two", contexts=frozenset({"identity"}))]

    for one in (worker, *others):
        await beat_once(db, one, now=clock.now())

    assert await absent(db, clock) == (2, ())


async def test_who_leaves_in_good_order_is_missed_at_once(db: Database, worker: Worker, clock: ManualClock) -> None:
    await beat_once(db, worker, now=clock.now())

    await leave(db, worker)

    assert await absent(db, clock) == (0, CONTEXTS)


async def test_the_dead_are_forgotten_by_those_who_live(db: Database, worker: Worker, clock: ManualClock) -> None:
    await beat_once(db, worker, now=clock.now())
    clock.advance(FORGOTTEN_AFTER + timedelta(seconds=1))

    await beat_once(db, replace(worker, worker_id=UUID(int=2), host="two", started_at=clock.now()), now=clock.now())

    assert [row[0] for row in await seen(db)] == ["two"]


async def test_a_beat_is_one_statement(db: Database, worker: Worker, clock: ManualClock) -> None:
    async with counted(db) as statements:
        await beat_once(db, worker, now=clock.now())

    assert (statements.total, statements.commits) == (1, 1)


async def test_a_worker_beats_until_it_is_stopped_and_leaves_nothing(
    db: Database, worker: Worker, clock: ManualClock
) -> None:
    task = asyncio.create_task(beat(db, worker, every_s=0.001, clock=clock))
    for _ in range(1_000):
        if await seen(db):
            break

    there = await absent(db, clock)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert (there, await seen(db)) == ((1, ("identity",)), [])


async def test_events_in_line_are_counted_up_to_a_limit(db: Database, clock: ManualClock) -> None:
    counts = [await waiting(db, clock, range(3)), await waiting(db, clock, range(3, WAITING_MAX + 5))]

    assert counts == [3, WAITING_MAX]


async def waiting(db: Database, clock: ManualClock, numbers: Iterable[int]) -> int:
    """How many wait once these are in line too."""
    rows = [(number, UUID(int=number), clock.now()) for number in numbers]
    async with db.write() as tx:
        await tx.write_rows(
            """INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
               SELECT 'tests', n, id, id, at
               FROM unnest($1::bigint[], $2::uuid[], $3::timestamptz[]) AS t (n, id, at)""",
            rows,
        )
    return (await staff(db, wanted=CONTEXTS, now=clock.now())).waiting
