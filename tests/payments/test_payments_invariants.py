"""Each invariant of payments has been seen to find something; and what the database itself refuses."""

from datetime import timedelta

import asyncpg
import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import OrderId
from cinema.kit.db import Database, Tx
from cinema.kit.money import Money
from cinema.payments.invariants import OVERDUE_MAX
from cinema.payments.providers.fake import FakeProvider
from payments.stage import Stage


async def found_after(stage: Stage, *statements: tuple[object, ...]) -> list[str]:
    """What the invariants find after statements that the tables forbid, none of which lasts."""
    async with stage.db.pools.writer.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.execute("SET LOCAL session_replication_role = replica")
            for sql, *values in statements:
                await connection.execute(str(sql), *values)
            tx = Tx(connection, now=stage.clock.now())
            return [
                f"{one.number}: {sentence}" for one in stage.built.module.invariants for sentence in await one.find(tx)
            ]
        finally:
            await transaction.rollback()


async def test_nothing_is_found_where_nothing_is_wrong(stage: Stage, fake: FakeProvider) -> None:
    await stage.payments.refund(stage.make_refund(await stage.pay(fake)))

    assert await stage.violations() == []


async def test_an_order_that_is_paid_twice_is_found(stage: Stage, fake: FakeProvider) -> None:
    first, second = await stage.pay(fake), await stage.pay(fake)
    planted = ("UPDATE payments.payments SET order_id = $1 WHERE id = $2", first.order_id, second.payment_id)

    early = await found_after(stage, planted)
    stage.clock.advance(OVERDUE_MAX)
    found = await found_after(stage, planted)
    await stage.payments.refund(stage.make_refund(second))
    once_returned = await found_after(stage, planted)

    assert (early, once_returned) == ([], [])
    assert found == [f"I1: Order {first.order_id} is paid 2 times."]


async def test_a_payment_that_is_charged_twice_is_found(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)

    found = await found_after(
        stage,
        (
            """INSERT INTO payments.attempts (id, payment_id, key, body, sends, first_sent_at, last_sent_at)
               VALUES (gen_random_uuid(), $1, 'another', '', 1, $2, $2)""",
            paid.payment_id,
            stage.clock.now(),
        ),
    )

    assert found == [f"I1: Payment {paid.payment_id} has 1 accepted charges and 1 whose fate is open."]


async def test_refunds_that_do_not_add_up_are_found(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    refund = stage.make_refund(paid, amount=Money(minor=10000, currency="RUB"))
    await stage.payments.refund(refund)

    found = await found_after(
        stage, ("UPDATE payments.refunds SET amount_minor = 50000 WHERE id = $1", refund.refund_id)
    )

    assert found == [f"I4: Payment {paid.payment_id} took 39900, set 10000 aside, refunds 50000."]


async def test_what_is_stuck_is_found(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    await stage.ask_for(request)
    await stage.drain()
    await stage.notify(fake.notification("payment.waiting_for_capture", await stage.provider_id(request.payment_id)))
    due = (await stage.rows("SELECT next_attempt_at FROM payments.payments"))[0]["next_attempt_at"]

    stage.clock.advance(timedelta(minutes=15))
    early = await stage.violations()
    stage.clock.advance(timedelta(minutes=5))
    found = await stage.violations()
    await stage.drain()

    assert early == []
    assert found[0] == f"I10: Payment {request.payment_id} is pending and was due at {due}."
    assert [one.split()[1] for one in found] == ["Payment", "Webhook"]
    assert await stage.violations() == []


async def test_the_database_refuses_a_second_payment_of_an_order_under_way(stage: Stage, db: Database) -> None:
    first, second = stage.make_request(), stage.make_request()
    for request in (first, second):
        await stage.payments.request(request)

    with pytest.raises(asyncpg.UniqueViolationError, match="one_payment_under_way"):
        async with db.write() as tx:
            await tx.execute(
                "UPDATE payments.payments SET order_id = $1 WHERE id = $2", first.order_id, second.payment_id
            )


@pytest.mark.parametrize(
    "change",
    [
        "status = 'created'",
        "status = 'pending', captured_at = NULL, next_attempt_at = updated_at",
        "captured_at = NULL",
        "next_attempt_at = updated_at",
        "refunds_minor = 39901",
        "refunds_minor = -1",
        "amount_minor = 0",
        "reason = 'x'",
    ],
)
async def test_the_database_refuses_a_payment_that_cannot_be(
    stage: Stage, fake: FakeProvider, db: Database, change: str
) -> None:
    paid = await stage.pay(fake)

    with pytest.raises(asyncpg.CheckViolationError):
        async with db.write() as tx:
            await tx.execute(f"UPDATE payments.payments SET {change}")  # noqa: S608 - the lines above

    assert (await stage.view(paid)).status is PaymentStatus.SUCCEEDED


async def test_the_database_refuses_a_second_accepted_charge(stage: Stage, fake: FakeProvider, db: Database) -> None:
    paid = await stage.pay(fake)

    with pytest.raises(asyncpg.UniqueViolationError, match="one_accepted_charge"):
        async with db.write() as tx:
            await tx.execute(
                """INSERT INTO payments.attempts
                     (id, payment_id, key, body, sends, first_sent_at, last_sent_at, settled_at, result)
                   VALUES ($1, $2, 'k', '', 1, $3, $3, $3, 'accepted')""",
                OrderId(paid.order_id),
                paid.payment_id,
                stage.clock.now(),
            )
