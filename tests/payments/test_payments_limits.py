"""Limits of providers are told before anything is stored (M7)."""

from datetime import UTC, datetime, timedelta

import pytest

from cinema.contracts.ids import PaymentId
from cinema.contracts.methods import method_title
from cinema.contracts.payments import ChargeLimits, RefundLimits
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.providers.yookassa.adapter import CAPABILITIES
from payments.stage import Stage
from statements import counted

MADE = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def rub(minor: int) -> Money:
    return Money(minor=minor, currency="RUB")


async def test_new_payments_have_the_limits_of_the_provider_that_takes_them(stage: Stage) -> None:
    limits = await stage.payments.charge_limits(currency="RUB")

    assert limits == ChargeLimits(minimum=rub(100), maximum=rub(35_000_000), saves_methods=True)
    assert await stage.payments.charge_limits(currency="KZT") is None


async def test_refunds_have_the_limits_of_their_payments(stage: Stage, fake: FakeProvider) -> None:
    first, second = await stage.pay(fake), await stage.pay(fake)
    rows = await stage.rows("SELECT id, created_at FROM payments.payments")
    made = {row["id"]: row["created_at"] for row in rows}
    stranger = PaymentId(uuid7(stage.clock.now()))

    async with counted(stage.db) as asked:
        limits = await stage.payments.refund_limits([first.payment_id, second.payment_id, stranger])

    assert limits == {
        paid.payment_id: RefundLimits(
            minimum=rub(100),
            rest_minimum=rub(101),
            is_partial=True,
            until=made[paid.payment_id] + timedelta(days=3 * 365),
        )
        for paid in (first, second)
    }
    assert asked.total == 1
    assert await stage.payments.refund_limits([]) == {}


@pytest.mark.parametrize(
    ("kind", "days"),
    [
        ("bank_card", 450),
        ("mir_pay", 450),
        ("sberbank", 365),
        ("sbp", 3 * 365),
        ("yoo_money", 3 * 365),
        ("cash", 0),
        ("telepathy", 365),
        (None, 365),
    ],
)
def test_the_time_for_a_refund_depends_on_the_kind_of_method(kind: str | None, days: int) -> None:
    title = method_title(kind, "4444") if kind else None

    limits = CAPABILITIES.refund_limits(currency="RUB", method_title=title, made_at=MADE)

    assert limits.until == MADE + timedelta(days=days)
