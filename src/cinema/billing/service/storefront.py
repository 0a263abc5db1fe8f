"""What is on sale, and what was bought: billing to read."""

from typing import Any
from uuid import UUID

from cinema.billing.domain.order import OrderNotFound
from cinema.billing.domain.period import Interval, Unit
from cinema.billing.domain.plan import Plan, Price
from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.domain.view import order_view, plan_view, refund_view, subscription_view
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, orders, plans, subscriptions
from cinema.contracts.ids import OrderId, PlanId, PriceId, SubscriptionId, UserId
from cinema.contracts.payments import Payments
from cinema.contracts.text import Text
from cinema.contracts.views.billing import HistoryView, OrderDetails, OrderView, PlanView, SubscriptionView
from cinema.contracts.views.payments import PaymentView
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.errors import Trouble
from cinema.kit.ids import uuid7
from cinema.kit.keyset import Keyset, moment, page
from cinema.kit.money import Money
from cinema.kit.page import Page

FIRST_PLANS = (
    ("day", Text(ru="На день", en="A day"), Interval(unit=Unit.DAY, count=1), 4900),
    ("month", Text(ru="Месяц", en="Monthly"), Interval(unit=Unit.MONTH, count=1), 39900),
    ("year", Text(ru="Год", en="Yearly"), Interval(unit=Unit.YEAR, count=1), 399000),
)
"""Code, title, interval and minor units of the plans that a new cinema starts with."""


SUBSCRIPTIONS = Keyset("subscriptions", moment, UUID)
ORDERS = Keyset("orders", moment, UUID)


class Storefront:
    """Reads of plans, subscriptions, orders and their history."""

    def __init__(self, *, db: Database, clock: Clock, payments: Payments, settings: BillingSettings) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._settings = settings

    async def add_first_plans(self) -> int:
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
                    amount=Money(minor=minor, currency=self._settings.currency),
                ),
            )
            for code, title, interval, minor in FIRST_PLANS
        ]
        async with self._db.write() as tx:
            return await plans.add_plans(tx, wanted, now=now)

    async def plans(self) -> list[PlanView]:
        """What is on sale, in the order of the storefront."""
        async with self._db.read() as tx:
            return [plan_view(plan) for plan in await plans.active_plans(tx, currency=self._settings.currency)]

    async def subscription(self, *, subscription_id: SubscriptionId, user_id: UserId | None) -> SubscriptionView:
        """Raises `SubscriptionNotFound`, also for somebody else's."""
        async with self._db.read() as tx:
            found = await subscriptions.one(tx, subscription_id=subscription_id, user_id=user_id)
        if found is None:
            raise SubscriptionNotFound
        return subscription_view(found, policy=self._settings.renewal)

    async def subscriptions(
        self, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
    ) -> Page[SubscriptionView]:
        """Newest first; of everybody when ``user_id`` is None."""
        async with self._db.read() as tx:
            rows = await subscriptions.page(tx, user_id=user_id, status=status, after=after, limit=limit)
        shown = page(rows, limit=limit, cursor=lambda one: SUBSCRIPTIONS.cursor(one.created_at, one.subscription_id))
        return shown.map(lambda one: subscription_view(one, policy=self._settings.renewal))

    async def order(self, *, order_id: OrderId, user_id: UserId | None) -> OrderDetails:
        """An order with its newest payment. Raises `OrderNotFound`, also for somebody else's."""
        async with self._db.snapshot() as tx:
            found = await orders.one(tx, order_id=order_id, user_id=user_id)
            if found is None:
                raise OrderNotFound
            charges = (await orders.charges(tx, [order_id]))[order_id]
            refunds = (await orders.refunds(tx, [order_id]))[order_id]
            receipts = await orders.receipt_ids(tx, order_id=order_id)
        payment: PaymentView | None = None
        if charges:
            try:
                payment = await self._payments.payment(charges[-1].payment_id)
            except Trouble:
                payment = None  # payments has not heard of it yet
        return OrderDetails(
            order=order_view(found),
            payment=payment,
            refunds=tuple(refund_view(one) for one in refunds),
            receipt_ids=receipts,
        )

    async def orders(
        self, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
    ) -> Page[OrderView]:
        """Newest first; of everybody when ``user_id`` is None."""
        async with self._db.read() as tx:
            rows = await orders.page(tx, user_id=user_id, status=status, after=after, limit=limit)
        shown = page(rows, limit=limit, cursor=lambda one: ORDERS.cursor(one.created_at, one.order_id))
        return shown.map(order_view)

    async def history(self, *, entity_id: UUID) -> list[HistoryView]:
        """All notes on one subscription, order or refund, oldest first."""
        async with self._db.read() as tx:
            rows = await history.of_entity(tx, entity_id=entity_id)
        return [
            HistoryView(
                at=row["at"],
                actor=row["actor"],
                entity=row["entity"],
                entity_id=row["entity_id"],
                action=row["action"],
                before=row["before"],
                after=row["after"],
                reason=row["reason"],
            )
            for row in rows
        ]
