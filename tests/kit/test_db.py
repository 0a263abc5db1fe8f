"""The database: what each kind of transaction may do, and what happens when two get in each other's way."""

import asyncio
import contextvars
import threading
from collections.abc import AsyncIterator, Coroutine, MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import httpx2
import pytest

from cinema.kit.client import HttpClient
from cinema.kit.clock import ManualClock
from cinema.kit.db import (
    ATTEMPTS_MAX,
    Database,
    DatabaseBusy,
    DatabaseExhausted,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
    Pools,
    ReadTx,
    StatementTimeout,
    Tx,
    translated,
)
from cinema.kit.errors import Unavailable
from cinema.kit.guard import TransactionOpen


@pytest.fixture
async def shelf(db: Database) -> AsyncIterator[Database]:
    """Two numbered rows to fight over."""
    async with db.write() as tx:
        await tx.execute("CREATE SCHEMA shelf")
        await tx.execute("CREATE TABLE shelf.things (id integer PRIMARY KEY, count integer NOT NULL)")
        await tx.execute("INSERT INTO shelf.things VALUES (1, 0), (2, 0)")
    yield db
    async with db.write() as tx:
        await tx.execute("DROP SCHEMA shelf CASCADE")


async def counts(db: Database) -> list[int]:
    async with db.read() as tx:
        return [row["count"] for row in await tx.all("SELECT count FROM shelf.things ORDER BY id")]


async def add(tx: Tx, thing: int) -> None:
    await tx.execute("UPDATE shelf.things SET count = count + 1 WHERE id = $1", thing)


async def test_a_reader_cannot_write(shelf: Database) -> None:
    async with shelf.read() as tx:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.value("UPDATE shelf.things SET count = 5 RETURNING count")

    assert await counts(shelf) == [0, 0]


async def test_a_snapshot_sees_one_moment_and_cannot_write(shelf: Database) -> None:
    async with shelf.snapshot() as tx:
        before = await tx.value("SELECT sum(count) FROM shelf.things")
        await as_stranger(shelf.transact(lambda other: add(other, 1)))
        after = await tx.value("SELECT sum(count) FROM shelf.things")
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await tx.value("UPDATE shelf.things SET count = 5 RETURNING count")

    assert (before, after) == (0, 0)
    assert await counts(shelf) == [1, 0]


async def test_what_raises_is_rolled_back(shelf: Database) -> None:
    async def work(tx: Tx) -> None:
        await add(tx, 1)
        raise ValueError("changed our mind")

    with pytest.raises(ValueError, match="changed our mind"):
        await shelf.transact(work)

    assert await counts(shelf) == [0, 0]


async def test_a_savepoint_undoes_only_what_is_inside(shelf: Database) -> None:
    async def fail_inside(tx: Tx) -> None:
        async with tx.savepoint():
            await add(tx, 2)
            raise ValueError("only this")

    async with shelf.write() as tx:
        await add(tx, 1)
        with pytest.raises(ValueError, match="only this"):
            await fail_inside(tx)

    assert await counts(shelf) == [1, 0]


async def test_statements_tell_how_many_rows_they_touched(shelf: Database) -> None:
    async with shelf.write() as tx:
        added = await tx.execute("INSERT INTO shelf.things VALUES (3, 0), (4, 0), (1, 9) ON CONFLICT DO NOTHING")
        changed = await tx.execute("UPDATE shelf.things SET count = 1 WHERE id = 77")
        await tx.copy("shelf.things", columns=("id", "count"), rows=[(5, 50), (6, 60)])
        await tx.execute_many("UPDATE shelf.things SET count = $2 WHERE id = $1", [(3, 30), (4, 40)])

    assert (added, changed) == (2, 0)
    assert await counts(shelf) == [0, 0, 30, 40, 50, 60]


@pytest.mark.parametrize("kind", ["read", "write", "snapshot"])
async def test_a_second_transaction_inside_one_is_a_bug(db: Database, kind: str) -> None:
    inner = {"read": db.read, "write": db.write, "snapshot": db.snapshot}[kind]

    async with db.bound("billing").write():
        with pytest.raises(TransactionOpen, match="while billing holds a transaction"):
            async with inner():
                pass


async def test_a_read_inside_a_read_is_a_bug_too(db: Database) -> None:
    async with db.bound("catalog").read():
        with pytest.raises(TransactionOpen, match="while catalog holds a transaction"):
            async with db.bound("billing").read():
                pass


async def test_the_network_inside_a_transaction_is_a_bug(db: Database) -> None:
    asked: list[str] = []

    async def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        return httpx2.Response(200)

    client = HttpClient(base_url="http://bank.test", transport=httpx2.MockTransport(answer))

    async with db.bound("payments").write():
        with pytest.raises(TransactionOpen, match="GET /money was tried while payments holds a transaction"):
            await client.send("GET", "/money")
    after = await client.send("GET", "/money")
    await client.close()

    assert (after.status, asked) == (200, ["/money"])


async def test_a_deadlock_of_two_rivals_ends_with_both_done(shelf: Database) -> None:
    ready = {1: asyncio.Event(), 2: asyncio.Event()}
    tries: list[int] = []

    async def take(first: int, second: int) -> None:
        async def work(tx: Tx) -> None:
            tries.append(first)
            await add(tx, first)
            ready[first].set()
            await ready[second].wait()
            await add(tx, second)

        await shelf.transact(work)

    async with asyncio.timeout(20):
        await asyncio.gather(take(1, 2), take(2, 1))

    assert await counts(shelf) == [2, 2]
    assert len(tries) == 3


async def test_a_conflict_that_does_not_end_is_raised(db: Database) -> None:
    tries: list[int] = []

    async def work(_: Tx) -> None:
        tries.append(1)
        raise asyncpg.SerializationError("never")

    with pytest.raises(asyncpg.SerializationError):
        await db.transact(work)

    assert len(tries) == ATTEMPTS_MAX


async def test_a_statement_that_takes_too_long_says_so(db: Database) -> None:
    pools = Pools(db.pools.dsn, size_max=1, statement_timeout_ms=50)
    await pools.open()

    with pytest.raises(StatementTimeout):
        async with Database(pools, owner="slow").read() as tx:
            await tx.value("SELECT pg_sleep(5)")

    await pools.close()


async def test_a_lock_that_is_not_given_says_so(shelf: Database) -> None:
    pools = Pools(shelf.pools.dsn, size_max=1, lock_timeout_ms=50)
    await pools.open()

    async with shelf.write() as tx:
        await add(tx, 1)
        with pytest.raises(DatabaseBusy):
            await as_stranger(Database(pools, owner="rival").transact(lambda other: add(other, 1)))
    await pools.close()

    assert await counts(shelf) == [1, 0]


async def test_a_database_that_nobody_serves_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable):
        await Pools("postgresql://cinema:secret@127.0.0.1:1/cinema").open()


FAIL = "DO $$ BEGIN RAISE EXCEPTION 'planted' USING ERRCODE = '{}'; END $$"

REFUSED = [
    ("53100", DatabaseFull),
    ("25006", DatabaseReadOnly),
    ("53200", DatabaseExhausted),
    ("53300", DatabaseExhausted),
    ("53400", DatabaseExhausted),
    ("57P03", DatabaseUnavailable),
    ("57P04", DatabaseUnavailable),
    ("58030", DatabaseUnavailable),
    ("28P01", DatabaseUnavailable),
]
"""What PostgreSQL says (its manual, appendix A) when it cannot write now, and how that is told."""


@pytest.mark.parametrize(("state", "told"), REFUSED)
async def test_a_write_that_cannot_be_now_says_why_and_that_it_may_come_again(
    shelf: Database, state: str, told: type[Unavailable]
) -> None:
    async def work(tx: Tx) -> None:
        await add(tx, 1)
        await tx.execute(FAIL.format(state))

    with pytest.raises(Unavailable) as refusal:
        await shelf.transact(work)

    assert (type(refusal.value), refusal.value.status) == (told, 503)
    assert getattr(refusal.value.__cause__, "sqlstate", None) == state
    assert await counts(shelf) == [0, 0]


async def test_trouble_at_the_commit_or_at_a_savepoint_is_told_the_same(shelf: Database) -> None:
    async with shelf.write() as tx:
        await tx.execute(
            f"""CREATE FUNCTION shelf.fail() RETURNS trigger LANGUAGE plpgsql
                AS $f$ BEGIN {FAIL.format("53100").removeprefix("DO $$ BEGIN").removesuffix("END $$")} END $f$"""
        )
        await tx.execute(
            """CREATE CONSTRAINT TRIGGER fail AFTER UPDATE ON shelf.things DEFERRABLE INITIALLY DEFERRED
               FOR EACH ROW EXECUTE FUNCTION shelf.fail()"""
        )

    with pytest.raises(DatabaseFull):
        await shelf.transact(lambda tx: add(tx, 1))
    with pytest.raises(DatabaseFull):
        async with shelf.write() as tx, tx.savepoint():
            await tx.execute(FAIL.format("53100"))

    assert await counts(shelf) == [0, 0]


async def test_who_was_refused_says_so_for_a_while_and_then_tries_again(db: Database) -> None:
    pools = Pools(db.pools.dsn, size_max=1, refused_s=0.2)
    other = Database(pools, owner="other")
    await pools.open()
    await other.require_writable()

    with pytest.raises(DatabaseFull):
        async with other.write() as tx:
            await tx.execute(FAIL.format("53100"))
    with pytest.raises(DatabaseFull):
        await other.require_writable()
    for _ in range(400):
        if pools.refused() is None:
            break
        await asyncio.to_thread(threading.Event().wait, 0.01)
    await other.require_writable()
    await pools.close()

    with pytest.raises(DatabaseUnavailable):
        await other.require_writable()


async def test_a_database_that_takes_no_changes_says_so_before_anybody_writes(db: Database) -> None:
    read_only = quote("-c default_transaction_read_only=on")
    pools = Pools(f"{db.pools.dsn}{'&' if '?' in db.pools.dsn else '?'}options={read_only}")
    await pools.open()

    with pytest.raises(DatabaseReadOnly):
        await Database(pools, owner="other").require_writable()

    await pools.close()


async def test_a_pool_that_was_not_opened_is_unavailable(db: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="not connected"):
        async with Database(Pools(db.pools.dsn), owner="early").read():
            pass


async def test_a_loop_is_woken_by_the_commit_and_not_by_a_rollback(db: Database) -> None:
    async def undone(tx: Tx) -> None:
        tx.wake("undone")
        raise ValueError("no")

    async with db.write() as tx:
        tx.wake("done")
        woken_early = await is_awake(db, "done")
    with pytest.raises(ValueError, match="no"):
        await db.transact(undone)

    assert not woken_early
    assert await is_awake(db, "done")
    assert not await is_awake(db, "undone")


async def test_json_comes_back_as_it_went_in(db: Database) -> None:
    value = {"title": "Ёлки", "parts": [1, None, True]}

    async with db.read() as tx:
        assert await tx.value("SELECT $1::jsonb", value) == value


async def is_awake(db: Database, name: str) -> bool:
    """Whether ``name`` was called since the last look."""
    return await asyncio.wait_for(_called(db, name), timeout=5)


async def _called(db: Database, name: str) -> bool:
    waiting = asyncio.ensure_future(db.pools.waker.wait(name, timeout_s=30))
    for _ in range(3):
        await asyncio.sleep(0)
    called = waiting.done()
    waiting.cancel()
    return called


async def as_stranger(work: Coroutine[Any, Any, None]) -> None:
    """Runs ``work`` as another process would: outside the caller's transaction."""
    await asyncio.create_task(work, context=contextvars.Context())


async def test_a_line_that_the_server_cuts_is_a_database_that_is_away(db: Database) -> None:
    async with db.read() as tx:
        mine = await tx.value("SELECT pg_backend_pid()")
        killer = await db.pools.connect()
        await killer.execute("SELECT pg_terminate_backend($1)", mine)
        await killer.close()
        with pytest.raises(DatabaseUnavailable):
            await ask_until_it_fails(tx)


async def ask_until_it_fails(tx: ReadTx) -> None:
    for _ in range(100):
        await tx.value("SELECT 1")


def test_a_line_that_is_being_cut_is_a_database_that_is_away() -> None:
    with pytest.raises(DatabaseUnavailable), translated():
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_bugs_are_told_as_bugs(db: Database, tmp_path: Path) -> None:
    with pytest.raises(asyncpg.InterfaceError, match="expects 2 arguments"):
        async with db.read() as tx:
            await tx.one("SELECT $1::int, $2::int", 1)
    with pytest.raises(FileNotFoundError):
        async with db.write():
            (tmp_path / "nowhere").read_text()
    with pytest.raises(TimeoutError):
        async with db.write():
            raise TimeoutError("of somebody else's call")


async def test_what_is_put_off_until_the_commit_happens_after_it_and_only_then(db: Database) -> None:
    seen: list[str] = []

    async def hurry() -> None:
        async with db.read():  # no transaction is open any more
            seen.append("hurried")

    async def undone(tx: Tx) -> None:
        tx.after_commit(hurry)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await db.transact(undone)
    async with db.write() as tx:
        tx.after_commit(hurry)
        seen.append("written")

    assert seen == ["written", "hurried"]


async def test_nobody_waits_long_for_what_goes_on_after_the_commit(db: Database) -> None:
    impatient = Database(db.pools, owner="impatient", hurry_s=0.01)
    may_end, has_ended = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        await may_end.wait()
        has_ended.set()

    async with impatient.write() as tx:
        tx.after_commit(slow)
    ended_early = has_ended.is_set()
    may_end.set()
    await has_ended.wait()

    assert not ended_early


async def test_trouble_after_the_commit_is_logged_and_told_to_nobody(
    db: Database, log_lines: list[MutableMapping[str, Any]]
) -> None:
    async def away() -> None:
        raise DatabaseUnavailable from OSError("the line is cut")

    async def broken() -> None:
        raise KeyError("a bug")

    async with db.write() as tx:
        tx.after_commit(away)
        tx.after_commit(broken)

    assert [(line["event"], line["log_level"], line.get("cause")) for line in log_lines] == [
        ("commit.not_hurried", "warning", "OSError('the line is cut')"),
        ("commit.not_hurried", "error", None),
    ]


async def test_a_transaction_has_one_moment(db: Database, clock: ManualClock) -> None:
    async with db.write() as tx:
        begun = tx.now
        clock.advance(timedelta(seconds=1))
        later = tx.now

    assert begun == later == clock.now() - timedelta(seconds=1)


async def test_many_rows_are_written_by_one_statement(shelf: Database) -> None:
    async with shelf.write() as tx:
        sql = "UPDATE shelf.things SET count = n FROM unnest($1::int[], $2::int[]) AS r (thing, n) WHERE id = thing"
        touched = await tx.write_rows(sql, [(1, 11), (2, 12)])
        nothing = await tx.write_rows(sql, [])

    assert (touched, nothing) == (2, 0)
    assert await counts(shelf) == [11, 12]
