"""The outbox and the inbox: each group hears each event once, in order for each thing."""

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, DatabaseBusy, Pools, StatementTimeout, Tx
from cinema.kit.events import Event, Heard
from cinema.kit.ids import uuid7
from cinema.kit.inbox import ATTEMPTS_MAX, WAITING, Consumer, Inbox, parked, pause, replay
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import BACKLOG_STRETCH, Since, publish
from cinema.kit.worker import jobs_of
from statements import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    aggregate: ClassVar[str] = "thing_id"
    thing_id: UUID
    number: int


class Listener:
    """Notes what it hears; fails on the numbers it was told to fail on."""

    def __init__(self, group: str) -> None:
        self.group = group
        self.heard: list[int] = []
        self.failing: set[int] = set()

    async def handle(self, tx: Tx, event: Happened) -> None:
        await tx.execute("SELECT 1")
        if event.number in self.failing:
            raise RuntimeError("told to fail")
        self.heard.append(event.number)

    def module(self) -> Module:
        return Module(name=self.group, consumers=(Consumer(group=self.group, event=Happened, handle=self.handle),))


async def say(db: Database, clock: ManualClock, thing: UUID, *numbers: int) -> None:
    async with db.write() as tx:
        await publish(tx, *(Happened(thing_id=thing, number=n) for n in numbers), now=clock.now())


async def test_every_group_hears_every_event_once_and_in_order(db: Database, clock: ManualClock) -> None:
    one, two = Listener("one"), Listener("two")
    modules = [one.module(), two.module()]
    await declare(modules, db=db, clock=clock)
    jobs = jobs_of(modules, db=db, clock=clock)

    await say(db, clock, uuid7(clock.now()), 1, 2, 3)
    await drain(jobs)
    await drain(jobs)

    assert one.heard == [1, 2, 3]
    assert two.heard == [1, 2, 3]


async def test_nothing_is_told_of_a_change_that_was_rolled_back(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)

    async def change_our_mind(tx: Tx) -> None:
        await publish(tx, Happened(thing_id=uuid7(clock.now()), number=1), now=clock.now())
        raise RuntimeError("changed our mind")

    with pytest.raises(RuntimeError, match="changed our mind"):
        await db.transact(change_our_mind)
    await drain(jobs_of([one.module()], db=db, clock=clock))

    assert one.heard == []


async def test_an_event_that_commits_late_is_not_skipped(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    jobs = jobs_of([one.module()], db=db, clock=clock)
    late = await db.pools.connect()
    try:
        transaction = late.transaction()
        await transaction.start()
        await late.execute(
            """INSERT INTO kit.outbox (event_id, name, aggregate_id, payload, occurred_at)
               VALUES (gen_random_uuid(), 'test_bus.Happened', $1, $2, $3)""",
            thing := uuid7(clock.now()),
            f'{{"thing_id": "{thing}", "number": 1}}',
            clock.now(),
        )
        await say(db, clock, uuid7(clock.now()), 2)
        await drain(jobs)
        heard_before = list(one.heard)
        await transaction.commit()
    finally:
        await late.close()
    await drain(jobs)

    assert heard_before == [2]
    assert one.heard == [2, 1]


async def test_a_failure_holds_up_its_own_thing_only_and_is_tried_again(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    one.failing = {1}
    await declare([one.module()], db=db, clock=clock)
    jobs = jobs_of([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2)
    await say(db, clock, uuid7(clock.now()), 3)

    await drain(jobs)
    heard_while_failing = list(one.heard)
    one.failing = set()
    clock.advance(timedelta(seconds=1))
    await drain(jobs)

    assert heard_while_failing == [3]
    assert one.heard == [3, 1, 2]


async def test_a_poison_event_is_parked_until_it_is_replayed(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    one.failing = {1}
    await declare([one.module()], db=db, clock=clock)
    jobs = jobs_of([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2)

    for attempt in range(1, ATTEMPTS_MAX + 1):
        await drain(jobs)
        clock.advance(pause(attempt))
    await drain(jobs)
    dead = await parked(db)
    one.failing = set()
    replayed = await replay(db, now=clock.now())
    await drain(jobs)

    assert [(row["name"], row["attempts"], row["last_error"]) for row in dead] == [
        ("test_bus.Happened", ATTEMPTS_MAX, "RuntimeError: told to fail")
    ]
    assert replayed == 1
    assert one.heard == [2, 1]
    assert await parked(db) == []


async def test_a_new_group_starts_at_the_oldest_event(db: Database, clock: ManualClock) -> None:
    one, late = Listener("one"), Listener("late")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1)
    await drain(jobs_of([one.module()], db=db, clock=clock))

    modules = [one.module(), late.module()]
    await declare(modules, db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 2)
    await drain(jobs_of(modules, db=db, clock=clock))

    assert one.heard == [1, 2]
    assert late.heard == [1, 2]


async def test_a_rival_worker_neither_takes_letters_nor_waits_for_them(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    seen: list[int] = []

    async def handle(_tx: Tx, event: Happened) -> None:
        rival = Inbox(group="one", consumers=one.module().consumers, db=Database(db.pools, owner="rival"), clock=clock)
        seen.append(await asyncio.create_task(rival.run(), context=contextvars.Context()))
        seen.append(event.number)

    consumer = Consumer(group="one", event=Happened, handle=handle)
    await declare([Module(name="one", consumers=(consumer,))], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2)

    async with counted(db) as statements:
        await Inbox(group="one", consumers=(consumer,), db=db, clock=clock).run()

    assert seen == [0, 1, 0, 2]
    assert one.heard == []
    assert sum(times for text, times in statements.texts.items() if "FOR UPDATE OF i" in text) == 1


async def test_a_rival_worker_counts_nothing_of_what_is_tried_again(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    seen: list[int] = []

    async def handle(tx: Tx, _event: Happened) -> None:
        await tx.execute("SELECT 1")
        rival = Inbox(group="one", consumers=one.module().consumers, db=Database(db.pools, owner="rival"), clock=clock)
        seen.append(await asyncio.create_task(rival.run(), context=contextvars.Context()))

    one.failing = {1}
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1)
    await drain(jobs_of([one.module()], db=db, clock=clock))
    clock.advance(timedelta(seconds=1))
    consumer = Consumer(group="one", event=Happened, handle=handle)
    count = await Inbox(group="one", consumers=(consumer,), db=db, clock=clock).run()

    assert (seen, count) == ([0], 1)


async def test_one_run_handles_all_that_is_due_of_a_thing_in_order(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2, 3)

    count = await Inbox(group="one", consumers=one.module().consumers, db=db, clock=clock).run()

    assert count == 3
    assert one.heard == [1, 2, 3]


def test_a_letter_is_parked_after_a_day_and_not_before() -> None:
    tried_for = sum((pause(attempt) for attempt in range(1, ATTEMPTS_MAX)), start=timedelta(0))

    assert timedelta(days=1) < tried_for < timedelta(days=1, hours=2)


class Crowd:
    """Handles many at once, and fails on the numbers it was told to fail on; notes the size of each batch."""

    def __init__(self, *failing: int) -> None:
        self.failing = set(failing)
        self.batches: list[list[int]] = []
        self.error: Exception = RuntimeError("told to fail")

    async def handle(self, tx: Tx, heard: Sequence[Heard[Happened]]) -> None:
        await tx.execute("SELECT 1")
        numbers = [one.event.number for one in heard]
        if self.failing & set(numbers):
            raise self.error
        self.batches.append(numbers)

    def module(self) -> Module:
        return Module(name="one", consumers=(Consumer(group="one", event=Happened, handle_many=self.handle),))


async def test_many_events_are_handled_in_one_transaction(db: Database, clock: ManualClock) -> None:
    crowd = Crowd()
    await declare([crowd.module()], db=db, clock=clock)
    for number in range(5):
        await say(db, clock, uuid7(clock.now()), number)

    await drain(jobs_of([crowd.module()], db=db, clock=clock))

    async with db.read() as tx:
        commits = await tx.value("SELECT count(DISTINCT xmin::text) FROM kit.inbox WHERE status = 'done'")
    assert crowd.batches == [[0, 1, 2, 3, 4]]
    assert commits == 1


@pytest.mark.parametrize(
    "error", [RuntimeError("told to fail"), DatabaseBusy("others hold it"), StatementTimeout("slow")]
)
async def test_of_a_batch_that_fails_each_event_is_handled_by_itself(
    db: Database, clock: ManualClock, error: Exception
) -> None:
    crowd = Crowd(2)
    crowd.error = error
    await declare([crowd.module()], db=db, clock=clock)
    for number in range(4):
        await say(db, clock, uuid7(clock.now()), number)

    await drain(jobs_of([crowd.module()], db=db, clock=clock))

    async with db.read() as tx:
        rows = await tx.all("SELECT status, count(*) AS number FROM kit.inbox GROUP BY status ORDER BY status")
    assert crowd.batches == [[0], [1], [3]]
    assert [(row["status"], row["number"]) for row in rows] == [("done", 3), ("postponed", 1)]


async def test_trouble_before_there_is_a_letter_is_not_taken_for_nothing_to_do(
    db: Database, clock: ManualClock
) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1)
    pools = Pools(db.pools.dsn, lock_timeout_ms=50)
    await pools.open()
    inbox = Inbox(group="one", consumers=one.module().consumers, db=Database(pools, owner="one"), clock=clock)

    async with db.write() as tx:
        await tx.all("SELECT FROM kit.inbox FOR UPDATE")
        with pytest.raises(DatabaseBusy):
            await asyncio.create_task(inbox.run(), context=contextvars.Context())
    count = await inbox.run()
    await pools.close()

    assert (count, one.heard) == (1, [1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    aggregate: ClassVar[str] = "thing_id"
    thing_id: UUID
    number: int


async def test_in_a_batch_of_several_kinds_each_thing_keeps_its_order(db: Database, clock: ManualClock) -> None:
    heard: list[tuple[UUID, int]] = []

    async def note(tx: Tx, ones: Sequence[Heard[Happened | Ended]]) -> None:
        await tx.execute("SELECT 1")
        heard.extend((one.event.thing_id, one.event.number) for one in ones)

    consumers = tuple(Consumer(group="one", event=kind, handle_many=note) for kind in (Ended, Happened))
    modules = [Module(name="one", consumers=consumers)]
    await declare(modules, db=db, clock=clock)
    first, second = uuid7(clock.now()), uuid7(clock.now())
    async with db.write() as tx:
        for number, (thing, kind) in enumerate(
            [(first, Happened), (second, Ended), (first, Ended), (second, Happened)]
        ):
            await publish(tx, kind(thing_id=thing, number=number))
        await publish(tx, Happened(thing_id=first, number=4))

    await drain(jobs_of(modules, db=db, clock=clock))

    assert [number for thing, number in heard if thing == first] == [0, 2, 4]
    assert [number for thing, number in heard if thing == second] == [1, 3]


async def test_a_group_that_wants_news_hears_no_history(db: Database, clock: ManualClock) -> None:
    one, news = Listener("one"), Listener("news")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1)
    consumer = Consumer(group="news", event=Happened, handle=news.handle, since=Since.NOW)
    modules = [one.module(), Module(name="news", consumers=(consumer,))]
    await declare(modules, db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 2)

    await drain(jobs_of(modules, db=db, clock=clock))

    assert news.heard == [2]
    assert one.heard == [1, 2]


async def test_a_long_history_is_copied_by_a_job_and_heard_in_order(db: Database, clock: ManualClock) -> None:
    one, late = Listener("one"), Listener("late")
    await declare([one.module()], db=db, clock=clock)
    thing = uuid7(clock.now())
    await say(db, clock, thing, *range(BACKLOG_STRETCH + 3))
    modules = [one.module(), late.module()]

    await declare(modules, db=db, clock=clock)
    await say(db, clock, thing, -1)
    async with db.read() as tx:
        copied_at_start = await tx.value("SELECT count(*) FROM kit.inbox WHERE group_name = 'late'")
    early = await Inbox(group="late", consumers=late.module().consumers, db=db, clock=clock).run()
    await drain(jobs_of(modules, db=db, clock=clock))

    assert copied_at_start == BACKLOG_STRETCH + 1  # the first stretch, and the event that is new
    assert early == Inbox.batch
    assert late.heard == [*range(BACKLOG_STRETCH + 3), -1]


async def test_an_event_reaches_a_group_that_is_declared_while_it_is_published(
    db: Database, clock: ManualClock
) -> None:
    old, new = Listener("old"), Listener("new")
    await declare([old.module()], db=db, clock=clock)
    modules = [old.module(), new.module()]
    publisher = await db.pools.connect()
    try:
        transaction = publisher.transaction()
        await transaction.start()
        await publisher.execute(OLD_PUBLISH, thing := uuid7(clock.now()), f'{{"thing_id": "{thing}", "number": 1}}')
        declaring = asyncio.create_task(declare(modules, db=db, clock=clock))
        await somebody_waits(db)
        is_declared_early = declaring.done()
        await transaction.commit()
    finally:
        await publisher.close()
    await declaring
    await drain(jobs_of(modules, db=db, clock=clock))

    assert not is_declared_early
    assert (old.heard, new.heard) == ([1], [1])


async def test_a_start_only_adds(db: Database, clock: ManualClock) -> None:
    old, new = Listener("old"), Listener("new")

    await declare([old.module(), new.module()], db=db, clock=clock)
    await declare([old.module()], db=db, clock=clock)

    async with db.read() as tx:
        groups = [row["group_name"] for row in await tx.all("SELECT group_name FROM kit.subscriptions ORDER BY 1")]
    assert groups == ["new", "old"]


async def test_events_may_be_published_by_the_dozen(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    thing = uuid7(clock.now())

    await say(db, clock, thing, *range(30))
    await drain(jobs_of([one.module()], db=db, clock=clock))

    assert one.heard == list(range(30))


async def test_the_cost_of_a_batch_does_not_grow_with_the_backlog(db: Database, clock: ManualClock) -> None:
    """With statistics that are older than the burst, which is when it comes."""
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    inbox = Inbox(group="one", consumers=one.module().consumers, db=db, clock=clock)
    async with db.write() as tx:
        await tx.execute("ALTER TABLE kit.inbox SET (autovacuum_enabled = false)")
        await tx.execute("ALTER TABLE kit.outbox SET (autovacuum_enabled = false)")
    try:
        await burst(db, 2_000)
        async with db.write() as tx:
            await tx.execute("UPDATE kit.inbox SET status = 'done', handled_at = next_attempt_at")
        async with db.write() as tx:
            await tx.execute("ANALYZE kit.inbox, kit.outbox")
        await burst(db, 1_000)
        few = await blocks_of(db, inbox)
        await burst(db, 9_000)
        many = await blocks_of(db, inbox)
    finally:
        async with db.write() as tx:
            await tx.execute("ALTER TABLE kit.inbox RESET (autovacuum_enabled)")
            await tx.execute("ALTER TABLE kit.outbox RESET (autovacuum_enabled)")

    assert many <= 2 * few
    assert many <= 100 * Inbox.batch


async def burst(db: Database, number: int) -> None:
    async with db.write() as tx:
        await publish(tx, *(Happened(thing_id=uuid7(tx.now), number=n) for n in range(number)))


async def blocks_of(db: Database, inbox: Inbox) -> int:
    """The blocks that PostgreSQL looks at while a batch is taken and marked."""
    async with db.pools.writer.acquire() as connection:
        await connection.execute("BEGIN")
        rows = await connection.fetch(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {WAITING}", inbox.group, Inbox.batch)
        await connection.execute("ROLLBACK")
    plan = rows[0][0][0]["Plan"]
    found: int = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return found


async def somebody_waits(db: Database) -> None:
    """Returns when a session of this database waits for a lock."""
    waiting = 0
    while not waiting:
        async with db.read() as tx:
            waiting = await tx.value(
                """SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
                   WHERE NOT granted AND datname = current_database()"""
            )


OLD_PUBLISH = """
INSERT INTO kit.outbox (event_id, name, aggregate_id, payload, occurred_at)
VALUES (gen_random_uuid(), 'test_bus.Happened', $1, $2::text::jsonb, now())
"""
"""As a release before this one publishes, one statement for each event."""
