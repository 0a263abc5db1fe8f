"""Workers of several processes: each has its own connections and its own wake-up calls."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Pools, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import Consumer
from cinema.kit.jobs import Job
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import publish
from cinema.kit.wake import CHANNEL
from cinema.kit.worker import jobs_of, tell, work


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang(Event):
    """The bell rang."""

    aggregate: ClassVar[str] = "bell_id"
    bell_id: UUID


class Sleeper:
    """A job that finds nothing to do, and would look again in an hour."""

    def __init__(self) -> None:
        self.ran = asyncio.Event()

    async def run(self) -> int:
        self.ran.set()
        return 0

    def job(self) -> Job:
        return Job(name="test.sleep", run=self.run, every_s=3600)


@pytest.fixture
async def elsewhere(db: Database) -> AsyncIterator[Database]:
    """The same database as another process sees it."""
    pools = Pools(db.pools.dsn, size_max=4)
    await pools.open()
    yield Database(pools, owner="elsewhere")
    await pools.close()


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        async with asyncio.timeout(30):
            yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def call_until_it_runs(caller: Database, sleeper: Sleeper) -> None:
    """Calls again and again, because nobody can know when the other side began to listen."""
    sleeper.ran.clear()
    while not sleeper.ran.is_set():
        async with caller.write() as tx:
            tx.wake("test.sleep")
        try:
            await asyncio.wait_for(sleeper.ran.wait(), timeout=0.1)
        except TimeoutError:
            continue


async def test_a_commit_here_wakes_a_loop_of_another_process(db: Database, elsewhere: Database) -> None:
    sleeper = Sleeper()

    async with running(work([sleeper.job()], elsewhere), tell(db)):
        await sleeper.ran.wait()
        await call_until_it_runs(db, sleeper)

    assert sleeper.ran.is_set()


async def test_a_process_does_not_hear_its_own_calls(db: Database, elsewhere: Database) -> None:
    own, other = Sleeper(), Sleeper()
    runs: list[str] = []

    async def run_own() -> int:
        runs.append("own")
        return await own.run()

    jobs = [Job(name="test.own", run=run_own, every_s=3600), other.job()]
    told = asyncio.Event()
    witness = await elsewhere.pools.connect()
    await witness.add_listener(CHANNEL, lambda *said: told.set() if "test.own" in str(said[3]) else None)

    async with running(work(jobs, db), tell(elsewhere)):
        await own.ran.wait()
        await call_until_it_runs(elsewhere, other)
        async with db.write() as tx:
            tx.wake("test.own")
        await told.wait()
        await call_until_it_runs(elsewhere, other)  # what was said later has been heard
    await witness.close()

    assert runs == ["own", "own"]


async def test_a_leap_of_time_wakes_every_job(db: Database, clock: ManualClock) -> None:
    sleeper = Sleeper()

    async with running(work([sleeper.job()], db)):
        await sleeper.ran.wait()
        sleeper.ran.clear()
        clock.advance(timedelta(days=31))
        await sleeper.ran.wait()

    assert sleeper.ran.is_set()


async def test_a_listener_whose_line_was_cut_listens_again(db: Database, elsewhere: Database) -> None:
    sleeper = Sleeper()

    async with running(work([sleeper.job()], elsewhere), tell(db)):
        await sleeper.ran.wait()
        await call_until_it_runs(db, sleeper)
        async with db.write() as tx:
            cut = await tx.all(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'cinema-listen'"""
            )
        await call_until_it_runs(db, sleeper)

    assert len(cut) == 1
    assert sleeper.ran.is_set()


async def test_without_any_call_polling_finds_the_work(db: Database, elsewhere: Database, clock: ManualClock) -> None:
    heard = asyncio.Event()

    async def handle(_: Tx, event: Rang) -> None:
        assert event.bell_id == bell
        heard.set()

    bell = uuid7(clock.now())
    modules = [Module(name="ears", consumers=(Consumer(group="ears", event=Rang, handle=handle),))]
    await declare(modules, db=db, clock=clock)

    async with running(work(jobs_of(modules, db=elsewhere, clock=clock), elsewhere)):
        async with db.write() as tx:  # this process has nobody who tells others
            await publish(tx, Rang(bell_id=bell), now=clock.now())
        await heard.wait()

    assert heard.is_set()


async def test_jobs_are_those_of_the_kit_one_inbox_for_each_group_and_those_of_the_modules(
    db: Database, clock: ManualClock
) -> None:
    async def handle(_: Tx, __: Rang) -> None:
        return None

    ears = Module(name="ears", consumers=(Consumer(group="ears", event=Rang, handle=handle),), jobs=(Sleeper().job(),))
    mouth = Module(name="mouth")

    names = [job.name for job in jobs_of([ears, mouth], db=db, clock=clock)]

    assert names == [
        "inbox.ears",
        "test.sleep",
        "kit.copy_backlog",
        "kit.forget_personal",
        "kit.forget_events",
        "kit.forget_moves",
        "kit.forget_keys",
    ]
