"""What was paid ahead has one more receipt when it was given (54-FZ): one for each order, of what was kept."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from billing.corners import give_all_back, job, post, staff_refund
from billing.stage import Stage, set_stage
from billing.test_films import bought
from cinema.billing.settings import BillingSettings
from cinema.contracts.ids import OrderId, UserId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.settings import load


@pytest.fixture
async def stage(db: Database, clock: ManualClock) -> Stage:
    values = {"renewal_spread_minutes": 0, "payment_mode": "full_prepayment"}
    return await set_stage(db, clock, load(BillingSettings, env_file=None, values=values))


async def receipts(stage: Stage, user: UserId, order_id: OrderId) -> list[tuple[str, int, list[str]]]:
    """What the order shows, in the order of the alphabet: kind, kopecks and modes of each of its receipts."""
    async with stage.client(user) as client:
        seen = (await client.get(f"/v1/orders/{order_id}")).json()
        found: list[Any] = [(await client.get(f"/v1/receipts/{one}")).json() for one in seen["receipt_ids"]]
    return sorted((one["kind"], one["amount"]["minor"], [line["mode"] for line in one["lines"]]) for one in found)


PAID = ("payment", 39_900, ["full_prepayment"])


async def test_a_period_is_closed_once_when_it_is_over(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await stage.pass_time(timedelta(days=30))
    before = await receipts(stage, user, request.order_id)

    await stage.pass_time(timedelta(days=2))
    await job(stage, "billing.recognize").run()

    assert before == [PAID]
    assert await receipts(stage, user, request.order_id) == [("closing", 39_900, ["full_payment"]), PAID]
    assert await stage.violations() == []


async def test_a_film_that_is_bought_is_closed_when_it_is_given(stage: Stage) -> None:
    user, _, request = await bought(stage, "film_purchase")

    assert await receipts(stage, user, request.order_id) == [
        ("closing", 29_900, ["full_payment"]),
        ("payment", 29_900, ["full_prepayment"]),
    ]


async def test_a_film_that_was_given_goes_back_as_given(stage: Stage) -> None:
    user, _, request = await bought(stage, "film_purchase")

    status = await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "no"})
    (asked,) = stage.payments.refunds.values()
    await give_all_back(stage)

    assert status.status_code == 201
    assert [line.mode for line in asked.receipt.lines] == ["full_payment"]
    assert (await receipts(stage, user, request.order_id))[2:] == [("refund", 29_900, ["full_payment"])]
    assert await stage.violations() == []


async def test_a_rental_is_closed_when_its_time_is_over(stage: Stage) -> None:
    user, _, request = await bought(stage, "film_rental")
    before = await receipts(stage, user, request.order_id)

    stage.clock.advance(timedelta(hours=48))
    await stage.drain()

    assert len(before) == 1
    assert (await receipts(stage, user, request.order_id))[:1] == [("closing", 9_900, ["full_payment"])]


async def test_of_an_order_that_went_back_in_part_the_rest_is_closed(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await staff_refund(stage, request, minor=10_000, effect="keep")
    await give_all_back(stage)

    await stage.pass_time(timedelta(days=32))

    assert await receipts(stage, user, request.order_id) == [
        ("closing", 29_900, ["full_payment"]),
        PAID,
        ("refund", 10_000, ["full_prepayment"]),
    ]
    assert await stage.violations() == []


async def test_an_order_that_went_back_whole_is_not_closed(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "no"})
    await give_all_back(stage)

    await stage.pass_time(timedelta(days=32))

    assert await receipts(stage, user, request.order_id) == [PAID, ("refund", 39_900, ["full_prepayment"])]
    assert await stage.violations() == []


async def test_the_database_takes_no_second_closing_receipt(stage: Stage) -> None:
    user, _, request = await bought(stage, "film_purchase")

    with pytest.raises(asyncpg.UniqueViolationError):
        async with stage.db.write() as tx:
            await tx.execute(
                """INSERT INTO billing.receipts
                   SELECT $1, kind, source_id, order_id, user_id, lines, amount_minor, currency, issued_at
                   FROM billing.receipts WHERE kind = 'closing'""",
                request.payment_id,
            )

    assert len(await receipts(stage, user, request.order_id)) == 2
