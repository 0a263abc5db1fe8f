"""The counter of statements counts exactly."""

import pytest

from cinema.kit.db import Database, Tx
from statements import counted


async def test_every_statement_counts_once_and_every_commit(db: Database) -> None:
    async with counted(db) as statements:
        async with db.write() as tx:
            await tx.execute("CREATE TEMPORARY TABLE numbers (n integer) ON COMMIT DROP")
            await tx.execute_many("INSERT INTO numbers VALUES ($1)", [(n,) for n in range(5)])
            await tx.write_rows("INSERT INTO numbers SELECT unnest($1::integer[])", [(n,) for n in range(5)])
            async with tx.savepoint():
                count = await tx.value("SELECT count(*) FROM numbers")
        async with db.read() as read:
            await read.one("SELECT 1")
    async with db.read() as read:
        await read.one("SELECT 1")

    assert count == 10
    assert (statements.total, statements.commits) == (9, 1)
    assert statements.texts["INSERT INTO numbers VALUES ($1)"] == 5


async def test_a_transaction_that_is_undone_is_no_commit(db: Database) -> None:
    async def work(tx: Tx) -> None:
        await tx.execute("SELECT 1")
        raise LookupError

    async with counted(db) as statements:
        with pytest.raises(LookupError):
            await db.transact(work)

    assert (statements.total, statements.commits) == (1, 0)
