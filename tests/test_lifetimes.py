"""Nothing of one test comes to the next."""

import asyncio
from datetime import timedelta
from uuid import UUID

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from lifetimes import begin_anew, in_use, stop_all_but

NEVER = UUID(int=0)

TABLES = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema', 'public', 'tests')
"""
ENTRIES = """
INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
SELECT 'tests.things', $1, 'on', 'off', $2 FROM generate_series(1, $3)
"""

LOGIN = "INSERT INTO identity.logins (id, at, succeeded, address, user_agent) VALUES ($1, $2, false, '', '')"


async def rows(db: Database) -> dict[str, int]:
    """How many rows each table has that is not empty."""
    async with db.read() as tx:
        names = [row["name"] for row in await tx.all(TABLES)]
        counts = {name: await tx.value(f"SELECT count(*) FROM {name}") for name in names}  # noqa: S608 - our own names
    return {name: count for name, count in counts.items() if count}


async def enter(db: Database, clock: ManualClock, *, count: int) -> int:
    """Writes to a table that only grows; returns the number of the last entry."""
    async with db.write() as tx:
        await tx.execute(ENTRIES, NEVER, clock.now(), count)
        last: int = await tx.value("SELECT max(position) FROM kit.state_history")
    return last


async def file_of(db: Database, table: str) -> int:
    async with db.read() as tx:
        node: int = await tx.value("SELECT pg_relation_filenode($1::regclass)", table)
    return node


async def test_every_table_is_empty_and_numbers_begin_with_one(db: Database, clock: ManualClock) -> None:
    async with db.write() as tx:
        await tx.value("SELECT identity.open_login_month($1, $2)", clock.now(), clock.now() + timedelta(days=1))
        await tx.execute(LOGIN, NEVER, clock.now())
    first = await enter(db, clock, count=3)
    before = await rows(db)

    await begin_anew(db.pools)
    between = await rows(db)
    second = await enter(db, clock, count=3)
    async with db.write() as tx:
        await tx.value("SELECT identity.drop_login_months($1)", clock.now() + timedelta(days=40))

    assert before == {"identity.logins_2026_01": 1, "kit.state_history": 3}
    assert between == {}
    assert first == second == 3


async def test_only_a_table_that_has_grown_gets_a_new_file(db: Database, clock: ManualClock) -> None:
    await enter(db, clock, count=3)
    small = await file_of(db, "kit.state_history")
    await begin_anew(db.pools)
    kept = await file_of(db, "kit.state_history")
    await enter(db, clock, count=2_000)

    await begin_anew(db.pools)

    assert kept == small
    assert await file_of(db, "kit.state_history") != small
    assert await rows(db) == {}


async def test_a_call_from_before_wakes_nobody(db: Database) -> None:
    db.pools.waker.wake(["job"])

    await begin_anew(db.pools)

    assert not db.pools.waker.is_called("job")


async def test_a_connection_that_is_held_is_counted(db: Database) -> None:
    async with db.write():
        held = in_use(db.pools)

    assert (held, in_use(db.pools)) == (1, 0)


async def test_a_task_that_was_left_is_named_and_stopped() -> None:
    known = asyncio.all_tasks()
    left = asyncio.create_task(asyncio.Event().wait(), name="waits for ever")

    names = await stop_all_but(known)

    assert left.cancelled()
    assert [name.partition(":")[0] for name in names] == ["waits for ever"]
    assert await stop_all_but(known) == []
