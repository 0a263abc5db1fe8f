"""The database's guard of statuses: undeclared moves are refused, real ones are noted once."""

from collections.abc import AsyncIterator
from enum import StrEnum
from uuid import UUID

import asyncpg
import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.states import Machine


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


LAMPS: Machine[StrEnum] = Machine(
    name="lamp",
    table="lamps.lamps",
    states=Lamp,
    starts=frozenset({Lamp.OFF}),
    moves={(Lamp.OFF, Lamp.ON): "lit", (Lamp.ON, Lamp.OFF): "put out", (Lamp.ON, Lamp.BROKEN): "broke"},
)


@pytest.fixture
async def lamps(db: Database, clock: ManualClock) -> AsyncIterator[Database]:
    async with db.write() as tx:
        await tx.execute("CREATE SCHEMA lamps")
        await tx.execute("CREATE TABLE lamps.lamps (id uuid PRIMARY KEY, status text, updated_at timestamptz)")
        await tx.execute("SELECT kit.guard('lamps.lamps')")
    await declare([Module(name="lamps", machines=(LAMPS,))], db=db, clock=clock)
    yield db
    async with db.write() as tx:
        await tx.execute("DROP SCHEMA lamps CASCADE")


async def insert(db: Database, clock: ManualClock, lamp: UUID, status: str) -> None:
    async with db.write() as tx:
        await tx.execute(
            "INSERT INTO lamps.lamps VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", lamp, status, clock.now()
        )


async def update(db: Database, lamp: UUID, status: str) -> None:
    async with db.write() as tx:
        await tx.execute("UPDATE lamps.lamps SET status = $2 WHERE id = $1", lamp, status)


async def history(db: Database) -> list[tuple[str, str]]:
    async with db.read() as tx:
        rows = await tx.all("SELECT from_state, to_state FROM kit.state_history ORDER BY position")
    return [(row["from_state"], row["to_state"]) for row in rows]


async def test_declared_moves_are_noted(lamps: Database, clock: ManualClock) -> None:
    lamp = uuid7(clock.now())

    await insert(lamps, clock, lamp, "off")
    await update(lamps, lamp, "on")
    await update(lamps, lamp, "on")
    await update(lamps, lamp, "broken")

    assert await history(lamps) == [("", "off"), ("off", "on"), ("on", "broken")]


async def test_an_insert_that_does_nothing_is_not_noted(lamps: Database, clock: ManualClock) -> None:
    lamp = uuid7(clock.now())
    await insert(lamps, clock, lamp, "off")
    await update(lamps, lamp, "on")

    await insert(lamps, clock, lamp, "off")

    assert await history(lamps) == [("", "off"), ("off", "on")]


async def test_undeclared_moves_and_starts_are_refused(lamps: Database, clock: ManualClock) -> None:
    lamp = uuid7(clock.now())
    await insert(lamps, clock, lamp, "off")

    with pytest.raises(asyncpg.CheckViolationError, match='does not go from "off" to "broken"'):
        await update(lamps, lamp, "broken")
    with pytest.raises(asyncpg.CheckViolationError, match='does not go from "" to "on"'):
        await insert(lamps, clock, uuid7(clock.now()), "on")

    assert await history(lamps) == [("", "off")]


async def test_what_happened_cannot_be_rewritten(lamps: Database, clock: ManualClock) -> None:
    await insert(lamps, clock, uuid7(clock.now()), "off")

    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await lamps.transact(lambda tx: tx.execute("UPDATE kit.state_history SET to_state = 'on'"))
