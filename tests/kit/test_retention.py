"""What is over is forgotten: events that everybody has heard, their personal fields before, moves, keys."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import Consumer
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import publish
from cinema.kit.retention import forget_events, forget_moves, forget_personal
from cinema.kit.worker import jobs_of

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Event):
    aggregate: ClassVar[str] = "person_id"
    personal: ClassVar[tuple[str, ...]] = ("address", "name_before")
    person_id: UUID
    address: str
    name_before: str
    rooms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived(Event):
    aggregate: ClassVar[str] = "person_id"
    person_id: UUID


class Listener:
    """Hears, and fails while it is told to."""

    is_failing = False

    async def handle(self, tx: Tx, event: Moved) -> None:
        await tx.execute("SELECT 1")
        if self.is_failing:
            raise RuntimeError("told to fail")
        assert event.address

    def module(self) -> Module:
        return Module(name="one", consumers=(Consumer(group="one", event=Moved, handle=self.handle),))


async def move(db: Database, clock: ManualClock) -> None:
    async with db.write() as tx:
        event = Moved(person_id=uuid7(clock.now()), address="a@example.org", name_before="Anna", rooms=2)
        await publish(tx, event)


async def payloads(db: Database) -> list[dict[str, Any]]:
    async with db.read() as tx:
        rows = await tx.all("SELECT payload - 'person_id' AS payload FROM kit.outbox ORDER BY position")
    return [row["payload"] for row in rows]


async def test_personal_fields_are_forgotten_once_everybody_has_heard(db: Database, clock: ManualClock) -> None:
    listener = Listener()
    listener.is_failing = True
    await declare([listener.module()], db=db, clock=clock)
    jobs = [job for job in jobs_of([listener.module()], db=db, clock=clock) if job.name == "inbox.one"]
    await move(db, clock)
    await drain(jobs)

    early = await forget_personal(db)
    kept = await payloads(db)
    listener.is_failing = False
    clock.advance(timedelta(minutes=1))
    await drain(jobs)
    late = await forget_personal(db)

    assert (early, late) == (0, 1)
    assert kept == [{"address": "a@example.org", "name_before": "Anna", "rooms": 2}]
    assert await payloads(db) == [{"rooms": 2}]
    assert await forget_personal(db) == 0


async def test_personal_fields_stay_while_a_new_group_is_given_its_history(db: Database, clock: ManualClock) -> None:
    one, new = Listener(), Listener()
    await declare([one.module()], db=db, clock=clock)
    await move(db, clock)
    await drain([job for job in jobs_of([one.module()], db=db, clock=clock) if job.name == "inbox.one"])
    consumers = tuple(Consumer(group="new", event=event, handle=new.handle) for event in (Arrived, Moved))
    modules = [Module(name="new", consumers=consumers)]
    await declare(modules, db=db, clock=clock)  # which looks through the history for one event, not yet for the other

    meanwhile = await forget_personal(db)
    await drain(jobs_of(modules, db=db, clock=clock))

    async with db.read() as tx:
        letters = [row["status"] for row in await tx.all("SELECT status FROM kit.inbox")]
    assert meanwhile == 0
    assert letters == ["done", "done"]
    assert await payloads(db) == [{"rooms": 2}]


async def test_old_events_go_with_their_letters_and_unheard_ones_stay(db: Database, clock: ManualClock) -> None:
    listener = Listener()
    await declare([listener.module()], db=db, clock=clock)
    jobs = [job for job in jobs_of([listener.module()], db=db, clock=clock) if job.name == "inbox.one"]
    await move(db, clock)
    await drain(jobs)
    listener.is_failing = True
    await move(db, clock)
    await drain(jobs)
    clock.advance(MONTH)
    listener.is_failing = False
    await move(db, clock)
    await drain([job for job in jobs if job.name == "never"])

    in_time = await forget_events(db, older_than=MONTH)
    clock.advance(timedelta(seconds=1))
    forgotten = await forget_events(db, older_than=MONTH)

    async with db.read() as tx:
        letters = [row["status"] for row in await tx.all("SELECT status FROM kit.inbox ORDER BY position")]
    assert (in_time, forgotten) == (0, 1)
    assert letters == ["postponed", "waiting"]


async def test_what_nobody_hears_does_not_keep_what_came_after_it(db: Database, clock: ManualClock) -> None:
    listener = Listener()
    await declare([listener.module()], db=db, clock=clock)
    jobs = [job for job in jobs_of([listener.module()], db=db, clock=clock) if job.name == "inbox.one"]
    listener.is_failing = True
    await move(db, clock)
    await drain(jobs)
    listener.is_failing = False
    await move(db, clock)
    await drain(jobs)
    clock.advance(MONTH + timedelta(seconds=1))

    assert [await forget_events(db, older_than=MONTH, limit=1) for _ in range(2)] == [1, 0]


async def test_old_moves_go_although_nobody_else_can_delete_them(db: Database, clock: ManualClock) -> None:
    async with db.write() as tx:
        await tx.execute(
            """INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
               VALUES ('a.things', $1, '', 'new', $2), ('a.things', $1, 'new', 'done', $3)""",
            uuid7(clock.now()),
            clock.now() - 2 * MONTH,
            clock.now(),
        )
    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        async with db.write() as tx:
            await tx.execute("DELETE FROM kit.state_history")

    count = await forget_moves(db, older_than=MONTH)

    async with db.read() as tx:
        left = [row["to_state"] for row in await tx.all("SELECT to_state FROM kit.state_history")]
    assert (count, left) == (1, ["done"])
