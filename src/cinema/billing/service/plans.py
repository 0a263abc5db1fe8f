"""The plans on sale."""

from cinema.billing.domain.period import Interval, Unit
from cinema.billing.domain.plan import Plan, Price
from cinema.billing.store import plans as store
from cinema.contracts.ids import PlanId, PriceId
from cinema.contracts.text import Text
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.money import EXPONENTS, Money

FIRST_PLANS = (
    ("day", Text(ru="На день", en="A day"), Interval(unit=Unit.DAY, count=1), 49),
    ("month", Text(ru="Месяц", en="Monthly"), Interval(unit=Unit.MONTH, count=1), 399),
    ("year", Text(ru="Год", en="Yearly"), Interval(unit=Unit.YEAR, count=1), 3990),
)
"""Code, title, interval and whole units of currency of the plans that a new cinema starts with."""


class Plans:
    """Puts plans on sale."""

    def __init__(self, *, db: Database, clock: Clock, currency: str) -> None:
        self._db = db
        self._clock = clock
        self._currency = currency

    async def add_first(self) -> int:
        """Puts the first plans on sale where their codes are new; returns how many were."""
        now = self._clock.now()
        wanted = [
            Plan(
                plan_id=PlanId(uuid7(now)),
                code=code,
                title=title,
                interval=interval,
                price=Price(
                    price_id=PriceId(uuid7(now)),
                    version=1,
                    amount=Money(minor=units * 10 ** EXPONENTS[self._currency], currency=self._currency),
                ),
            )
            for code, title, interval, units in FIRST_PLANS
        ]
        async with self._db.write() as tx:
            return await store.add_plans(tx, wanted, now=now)
