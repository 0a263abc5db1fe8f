"""The outbox, the relay and the inbox."""

import asyncio
import contextvars
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import ATTEMPTS_MAX, TAKE, Consumer, Inbox, parked, replay
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import Relay, publish
from cinema.kit.worker import jobs_of


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

    for _ in range(ATTEMPTS_MAX):
        await drain(jobs)
        clock.advance(timedelta(hours=1))
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


async def test_a_rival_worker_leaves_alone_what_is_being_handled(db: Database, clock: ManualClock) -> None:
    seen: list[str] = []

    async def handle(tx: Tx, event: Happened) -> None:
        seen.append(f"handled {event.number}")
        await asyncio.create_task(look(), context=contextvars.Context())
        await tx.execute("SELECT 1")

    async def look() -> None:
        async with Database(db.pools, owner="rival").write() as tx:
            letter = await tx.one(TAKE, "one", event_id)
        seen.append("taken" if letter is None else "free")

    consumer = Consumer(group="one", event=Happened, handle=handle)
    await declare([Module(name="one", consumers=(consumer,))], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1)
    await Relay(db, clock).run()
    async with db.read() as read:
        event_id = await read.value("SELECT event_id FROM kit.inbox")

    await Inbox(group="one", consumers=(consumer,), db=db, clock=clock).run()

    assert seen == ["handled 1", "taken"]


async def test_one_run_handles_all_that_is_due_of_a_thing_in_order(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2, 3)
    await Relay(db, clock).run()

    count = await Inbox(group="one", consumers=one.module().consumers, db=db, clock=clock).run()

    assert count == 3
    assert one.heard == [1, 2, 3]


async def test_what_follows_an_event_in_a_rivals_hands_waits_for_it(db: Database, clock: ManualClock) -> None:
    one = Listener("one")
    await declare([one.module()], db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2)
    await Relay(db, clock).run()
    inbox = Inbox(group="one", consumers=one.module().consumers, db=db, clock=clock)
    async with db.read() as read:
        first = await read.value("SELECT event_id FROM kit.inbox ORDER BY position")
    rival = await db.pools.connect()
    try:
        transaction = rival.transaction()
        await transaction.start()
        await rival.fetchrow(TAKE, "one", first)
        await inbox.run()
        heard_meanwhile = list(one.heard)
        await transaction.rollback()
    finally:
        await rival.close()

    await inbox.run()

    assert heard_meanwhile == []
    assert one.heard == [1, 2]


async def test_a_handler_can_tell_which_event_it_handles(db: Database, clock: ManualClock) -> None:
    causes: list[UUID | None] = []

    async def handle(tx: Tx, _event: Happened) -> None:
        causes.append(tx.cause)

    modules = [Module(name="one", consumers=(Consumer(group="one", event=Happened, handle=handle),))]
    await declare(modules, db=db, clock=clock)
    await say(db, clock, uuid7(clock.now()), 1, 2)
    await drain(jobs_of(modules, db=db, clock=clock))

    async with db.read() as tx:
        published = [row["event_id"] for row in await tx.all("SELECT event_id FROM kit.outbox ORDER BY position")]
    assert causes == published
