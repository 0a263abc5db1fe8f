"""The kit's invariants: each has been seen to find something."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import Consumer
from cinema.kit.invariants import WAITING_MAX, kit_invariants
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import publish
from cinema.kit.worker import jobs_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted(Event):
    """Something was noted."""

    aggregate: ClassVar[str] = "thing_id"
    thing_id: UUID


async def listen(tx: Tx, _event: Noted) -> None:
    await tx.execute("SELECT 1")


LISTENER = Module(name="one", consumers=(Consumer(group="one", event=Noted, handle=listen),))


async def violations(db: Database, clock: ManualClock) -> list[str]:
    async with db.read() as tx:
        return [f"{one.number}: {sentence}" for one in kit_invariants(clock=clock) for sentence in await one.find(tx)]


async def say(db: Database, clock: ManualClock) -> UUID:
    """Publishes one event and returns its id."""
    async with db.write() as tx:
        await publish(tx, Noted(thing_id=uuid7(clock.now())), now=clock.now())
        event_id = await tx.value("SELECT event_id FROM kit.outbox ORDER BY position DESC LIMIT 1")
    assert isinstance(event_id, UUID)
    return event_id


async def note_moves(db: Database, clock: ManualClock, *moves: tuple[str, str]) -> UUID:
    """Writes a history as the guard would, had it let the moves pass."""
    thing = uuid7(clock.now())
    async with db.write() as tx:
        await tx.execute_many(
            """INSERT INTO kit.moves (entity, from_state, to_state, event) VALUES ('a.things', $1, $2, 'x')
               ON CONFLICT DO NOTHING""",
            [("", "new"), ("new", "done")],
        )
        await tx.execute_many(
            """INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
               VALUES ('a.things', $1, $2, $3, $4)""",
            [(thing, before, after, clock.now()) for before, after in moves],
        )
    return thing


async def test_nothing_is_found_where_all_was_heard(db: Database, clock: ManualClock) -> None:
    await declare([LISTENER], db=db, clock=clock)
    await say(db, clock)
    await drain(jobs_of([LISTENER], db=db, clock=clock))
    await note_moves(db, clock, ("", "new"), ("new", "done"))
    clock.advance(timedelta(days=1))

    assert await violations(db, clock) == []


async def test_an_undeclared_move_is_found(db: Database, clock: ManualClock) -> None:
    await note_moves(db, clock, ("", "new"), ("new", "done"), ("done", "new"))

    assert await violations(db, clock) == ["I6: a.things went from 'done' to 'new'."]


async def test_a_history_with_a_gap_is_found(db: Database, clock: ManualClock) -> None:
    thing = await note_moves(db, clock, ("", "new"), ("new", "done"), ("new", "done"))

    assert await violations(db, clock) == [f"I6: a.things {thing} was 'done' and moved from 'new'."]


async def test_an_event_that_never_reached_its_group_is_found(db: Database, clock: ManualClock) -> None:
    await declare([LISTENER], db=db, clock=clock)
    event_id = await say(db, clock)
    await drain(jobs_of([LISTENER], db=db, clock=clock))

    async with db.write() as tx:
        await tx.execute("DELETE FROM kit.inbox")

    assert await violations(db, clock) == [f"I7: Event {event_id} ({Noted.name()}) never reached one."]


async def test_an_event_that_waits_too_long_is_found(db: Database, clock: ManualClock) -> None:
    await declare([LISTENER], db=db, clock=clock)
    event_id = await say(db, clock)
    said_at = clock.now()

    clock.advance(WAITING_MAX)
    in_time = await violations(db, clock)
    clock.advance(timedelta(seconds=1))

    assert in_time == []
    assert await violations(db, clock) == [f"I7: Event {event_id} waits for one since {said_at}."]
