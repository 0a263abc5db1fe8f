"""Plans and their prices."""

from collections.abc import Sequence
from datetime import datetime

from cinema.billing.domain.period import Interval, Unit
from cinema.billing.domain.plan import Plan, Price
from cinema.contracts.ids import PlanId, PriceId
from cinema.contracts.text import Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.money import Money

NEWEST = """
SELECT p.*, r.id AS price_id, r.version, r.amount_minor, r.currency
FROM billing.plans AS p
JOIN LATERAL (
  SELECT * FROM billing.prices WHERE plan_id = p.id AND currency = $1 ORDER BY version DESC LIMIT 1
) AS r ON true
"""


async def active_plans(tx: ReadTx, *, currency: str) -> tuple[Plan, ...]:
    """What is on sale, in the order of the storefront."""
    return tuple(_plan(row) for row in await tx.all(NEWEST + "WHERE p.is_active ORDER BY p.position, p.code", currency))


async def active_plan(tx: ReadTx, *, code: str, currency: str) -> Plan | None:
    row = await tx.one(NEWEST + "WHERE p.is_active AND p.code = $2", currency, code)
    return _plan(row) if row else None


async def add_plans(tx: Tx, plans: Sequence[Plan], *, now: datetime) -> int:
    """Stores plans whose codes are new, with their first price; returns how many were."""
    added = 0
    for position, plan in enumerate(plans, start=1):
        fresh = await tx.execute(
            """INSERT INTO billing.plans
                 (id, code, title_ru, title_en, interval_unit, interval_count, is_active, position, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, true, $7, $8) ON CONFLICT (code) DO NOTHING""",
            plan.plan_id,
            plan.code,
            plan.title.ru,
            plan.title.en,
            plan.interval.unit,
            plan.interval.count,
            position,
            now,
        )
        if fresh:
            await add_price(tx, plan_id=plan.plan_id, price=plan.price, now=now)
        added += fresh
    return added


async def add_price(tx: Tx, *, plan_id: PlanId, price: Price, now: datetime) -> None:
    """Publishes a version; it can never be changed."""
    await tx.execute(
        """INSERT INTO billing.prices (id, plan_id, version, amount_minor, currency, published_at)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        price.price_id,
        plan_id,
        price.version,
        price.amount.minor,
        price.amount.currency,
        now,
    )


def _plan(row: Row) -> Plan:
    return Plan(
        plan_id=PlanId(row["id"]),
        code=row["code"],
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        interval=Interval(unit=Unit(row["interval_unit"]), count=row["interval_count"]),
        price=Price(
            price_id=PriceId(row["price_id"]),
            version=row["version"],
            amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        ),
    )
