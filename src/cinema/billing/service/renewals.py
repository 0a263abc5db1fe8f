"""Renewals: what happens to a subscription when its time has come.

Only rows are written here; the charge itself is the work of payments, which hears of
it in the same commit. Any number of workers may run this.
"""

from datetime import datetime, timedelta

from cinema.billing.domain.order import OrderKind, plan_order
from cinema.billing.domain.period import due_number
from cinema.billing.domain.subscription import Subscription, charge_at
from cinema.billing.service import periods
from cinema.billing.service.requests import request_payment
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, orders, subscriptions
from cinema.contracts.billing import EndedReason, RenewalUpcoming, SubscriptionStatus
from cinema.contracts.identity import Contact, Contacts
from cinema.contracts.ids import OrderId, SubscriptionId, UserId
from cinema.contracts.payments import MethodView, Payments
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.jobs import work_off
from cinema.kit.outbox import publish

CONCURRENCY = 4

LOOK_AGAIN = timedelta(hours=1)
"""How long a charge may be under way before we look at its subscription again."""


class Renewals:
    """Due work on subscriptions."""

    def __init__(
        self, *, db: Database, clock: Clock, payments: Payments, contacts: Contacts, settings: BillingSettings
    ) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._contacts = contacts
        self._settings = settings

    async def run(self) -> int:
        """Acts on a batch of due subscriptions; returns how many there were."""

        async def due() -> list[tuple[SubscriptionId, UserId]]:
            async with self._db.read() as tx:
                return await subscriptions.due(tx, now=self._clock.now(), limit=self._settings.batch)

        return await work_off(due, self._act, concurrency=CONCURRENCY)

    async def remind(self) -> int:
        """Announces a batch of charges to come; returns how many."""

        async def due() -> list[tuple[SubscriptionId, UserId]]:
            async with self._db.read() as tx:
                return await subscriptions.to_remind(tx, now=self._clock.now(), limit=self._settings.batch)

        return await work_off(due, self._remind, concurrency=CONCURRENCY)

    async def _act(self, due: tuple[SubscriptionId, UserId]) -> None:
        subscription_id, user_id = due
        contact = await self._contacts.contact(user_id)
        method = await self._payments.default_method(user_id)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            subscription = await subscriptions.locked_due(tx, subscription_id=subscription_id, now=now)
            if subscription is None:
                return
            if subscription.status is SubscriptionStatus.ACTIVE:
                await self._active(tx, subscription, contact, method, now)
            elif subscription.status is SubscriptionStatus.PAST_DUE:
                await self._past_due(tx, subscription, method, now)
            else:
                await _later(tx, subscription, now + LOOK_AGAIN, now)

        await self._db.transact(work)

    async def _active(
        self, tx: Tx, subscription: Subscription, contact: Contact, method: MethodView | None, now: datetime
    ) -> None:
        end = subscription.paid_period().end
        if subscription.cancel_at_period_end or method is None:
            if now < end:
                await _later(tx, subscription, end, now)
                return
            reason = EndedReason.CANCELED if subscription.cancel_at_period_end else EndedReason.NO_METHOD
            await periods.end(tx, subscription=subscription, reason=reason, actor=history.SYSTEM, now=now)
            return
        await _later(tx, subscription, max(end, now) + LOOK_AGAIN, now)
        if not await orders.is_under_way(tx, subscription_id=subscription.subscription_id):
            await self._order_next(tx, subscription, contact, method, now)

    async def _order_next(
        self, tx: Tx, subscription: Subscription, contact: Contact, method: MethodView, now: datetime
    ) -> None:
        assert subscription.anchor is not None
        number = due_number(
            anchor=subscription.anchor,
            zone=subscription.time_zone,
            interval=subscription.interval,
            newest=subscription.period_no,
            now=now,
        )
        order, lines = plan_order(
            order_id=OrderId(uuid7(now)),
            user_id=subscription.user_id,
            subscription_id=subscription.subscription_id,
            kind=OrderKind.RENEWAL,
            period_no=number,
            title=subscription.title,
            price_id=subscription.price_id,
            price=subscription.price,
            vat_code=self._settings.vat_code,
            email=contact.email,
            language=contact.language,
            return_url=None,
            expires_at=max(subscription.paid_period().end, now) + self._settings.dunning.grace,
            now=now,
        )
        await orders.add(tx, order, lines=lines)
        await history.note(
            tx,
            actor=history.SYSTEM,
            entity="order",
            entity_id=order.order_id,
            action="ordered",
            now=now,
            after={
                "plan": subscription.plan,
                "total": str(order.total),
                "period_no": number,
                "periods_skipped": number - subscription.period_no - 1,
            },
        )
        await request_payment(tx, order=order, method_id=method.method_id, now=now)

    async def _past_due(self, tx: Tx, subscription: Subscription, method: MethodView | None, now: datetime) -> None:
        end = subscription.paid_period().end
        access_until = end + self._settings.dunning.grace
        if subscription.cancel_at_period_end and now >= end:
            await periods.end(tx, subscription=subscription, reason=EndedReason.CANCELED, actor=history.SYSTEM, now=now)
            return
        if now >= access_until:
            await periods.end(
                tx, subscription=subscription, reason=EndedReason.PAYMENT_FAILED, actor=history.SYSTEM, now=now
            )
            return
        order = await orders.open_for(tx, subscription_id=subscription.subscription_id)
        if subscription.cancel_at_period_end or order is None or method is None:
            await _later(tx, subscription, end if subscription.cancel_at_period_end else access_until, now)
            return
        await _later(tx, subscription, min(now + LOOK_AGAIN, access_until), now)
        if all(one.status != "open" for one in await orders.charges(tx, order_id=order.order_id)):
            await request_payment(tx, order=order, method_id=method.method_id, now=now)

    async def _remind(self, due: tuple[SubscriptionId, UserId]) -> None:
        subscription_id, user_id = due
        method = await self._payments.default_method(user_id)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            subscription = await subscriptions.locked_to_remind(tx, subscription_id=subscription_id, now=now)
            if subscription is None:
                return
            await subscriptions.clear_reminder(tx, subscription_id=subscription_id, now=now)
            if subscription.status is not SubscriptionStatus.ACTIVE or method is None:
                return
            upcoming = RenewalUpcoming(
                subscription_id=subscription_id,
                user_id=user_id,
                title=subscription.title,
                amount=subscription.price,
                charge_at=charge_at(subscription.paid_period(), self._settings.renewal),
                method_title=method.title,
            )
            await publish(tx, upcoming, now=now)

        await self._db.transact(work)


async def _later(tx: Tx, subscription: Subscription, at: datetime, now: datetime) -> None:
    await subscriptions.set_next_attempt(tx, subscription_id=subscription.subscription_id, at=at, now=now)
