"""The ledger: balanced by construction and by the database, append-only, sealed."""

from uuid import UUID

import asyncpg
import pytest

from billing.stage import Stage
from cinema.billing.domain.ledger import Entry, Kind, Posting, payment_postings
from cinema.billing.store import ledger
from cinema.kit.clock import ManualClock
from cinema.kit.db import Tx
from cinema.kit.ids import uuid7
from cinema.kit.money import Money

TABLES = ["ledger_entries", "ledger_postings", "ledger_seals", "ledger_sealed", "ledger_balances"]


async def add_entry(stage: Stage, tx: Tx, order_id: UUID) -> UUID:
    entry_id = uuid7(stage.clock.now())
    await tx.execute(
        """INSERT INTO billing.ledger_entries (id, kind, source_id, order_id, posted_at)
           VALUES ($1, 'payment', $1, $2, $3)""",
        entry_id,
        order_id,
        stage.clock.now(),
    )
    return entry_id


async def add_posting(tx: Tx, entry_id: UUID, number: int, minor: int) -> None:
    await tx.execute(
        """INSERT INTO billing.ledger_postings (entry_id, number, account, minor, currency)
           VALUES ($1, $2, 'assets:x', $3, 'RUB')""",
        entry_id,
        number,
        minor,
    )


def test_an_unbalanced_entry_cannot_be_made(clock: ManualClock) -> None:
    now = clock.now()
    with pytest.raises(ValueError, match="does not balance"):
        Entry(
            entry_id=uuid7(now),
            kind=Kind.PAYMENT,
            source_id=uuid7(now),
            order_id=uuid7(now),
            posted_at=now,
            postings=(Posting(account="assets:x", minor=1, currency="RUB"),),
        )


def test_the_fee_is_an_expense() -> None:
    postings = payment_postings(
        Money(minor=39900, currency="RUB"), Money(minor=1397, currency="RUB"), provider="played"
    )

    assert [(one.account, one.minor) for one in postings] == [
        ("assets:provider:played", 39900),
        ("liabilities:deferred-revenue", -39900),
        ("expenses:provider-fees", 1397),
        ("assets:provider:played", -1397),
    ]


@pytest.mark.parametrize("amounts", [[], [1], [1, -2], [1, -1, 1]])
async def test_the_database_refuses_an_entry_that_does_not_balance(stage: Stage, amounts: list[int]) -> None:
    request = await stage.subscribed(stage.new_user())

    async def work(tx: Tx) -> None:
        entry_id = await add_entry(stage, tx, request.order_id)
        for number, minor in enumerate(amounts, start=1):
            await add_posting(tx, entry_id, number, minor)

    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        await stage.db.transact(work)

    async with stage.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM billing.ledger_entries") == 1


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM billing.{table}",
        "TRUNCATE billing.{table} CASCADE",
        "UPDATE billing.{table} SET {column} = {column}",
    ],
)
async def test_nothing_in_the_ledger_changes_or_goes(stage: Stage, table: str, sql: str) -> None:
    await stage.subscribed(stage.new_user())
    column = {"ledger_postings": "minor", "ledger_seals": "entries", "ledger_sealed": "number"}.get(table, "kind")
    column = "minor" if table == "ledger_balances" else column

    with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
        await stage.db.transact(lambda tx: tx.execute(sql.format(table=table, column=column)))

    assert await stage.violations() == []


async def test_a_sealed_entry_takes_no_more_postings(stage: Stage) -> None:
    await stage.subscribed(stage.new_user())
    async with stage.db.read() as tx:
        entry_id = await tx.value("SELECT entry_id FROM billing.ledger_sealed")

    async def work(tx: Tx) -> None:
        await add_posting(tx, entry_id, 8, 5)
        await add_posting(tx, entry_id, 9, -5)

    with pytest.raises(asyncpg.RestrictViolationError, match="is sealed"):
        await stage.db.transact(work)


async def test_a_fact_is_booked_once(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user())
    now = stage.clock.now()
    entry = Entry(
        entry_id=uuid7(now),
        kind=Kind.PAYMENT,
        source_id=request.payment_id,
        order_id=request.order_id,
        posted_at=now,
        postings=payment_postings(request.amount, None, provider="played"),
    )

    with pytest.raises(asyncpg.UniqueViolationError):
        await stage.db.transact(lambda tx: ledger.post(tx, [entry]))

    async with stage.db.read() as tx:
        assert await tx.value("SELECT count(*) FROM billing.ledger_postings") == 2


async def test_a_changed_row_breaks_the_chain(stage: Stage) -> None:
    for _ in range(3):
        await stage.subscribed(stage.new_user())
    async with stage.db.write() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("UPDATE billing.ledger_postings SET account = account || ':else' WHERE number = 2")

    async with stage.db.read() as tx:
        broken = await ledger.broken_seals(tx, after=0, until=9)

    assert broken == [1, 2, 3]
