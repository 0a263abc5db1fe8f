"""Renewals: what happens to a subscription when its time has come.

Only rows are written here; the charge itself is the work of payments, which hears of
it in the same commit. Any number of workers may run this.

Nothing is charged that the viewer was not told of. Who is told late, because no worker
ran, is charged late. Until a renewal that is under way is paid or given up, the grace
goes on from the period's end, so that there is no gap.
"""

from datetime import datetime, timedelta

from cinema.billing.domain.order import Charge, Order, OrderKind, plan_order
from cinema.billing.domain.period import due_number
from cinema.billing.domain.subscription import Claim, Subscription, charge_at, charge_if_told, given_up_at
from cinema.billing.service import periods
from cinema.billing.service.requests import request_first_payment, request_payment
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, orders, subscriptions
from cinema.contracts.billing import EndedReason, RenewalUpcoming, SubscriptionStatus
from cinema.contracts.identity import Contact, Contacts, UserNotFound
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.payments import DeclineClass, MethodView, Payments
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7
from cinema.kit.jobs import work_off
from cinema.kit.outbox import publish

CONCURRENCY = 4

LEASE = timedelta(seconds=60)
"""How long a worker may take for what it claimed; what it left undone is due again then."""

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

        async def due() -> list[Claim]:
            now = self._clock.now()
            async with self._db.write() as tx:
                return await subscriptions.claim_due(tx, now=now, lease_until=now + LEASE, limit=self._settings.batch)

        return await work_off(due, self._act, concurrency=CONCURRENCY)

    async def remind(self) -> int:
        """Announces a batch of charges to come; returns how many."""

        async def due() -> list[Claim]:
            now = self._clock.now()
            async with self._db.write() as tx:
                return await subscriptions.claim_reminders(
                    tx, now=now, lease_until=now + LEASE, limit=self._settings.batch
                )

        return await work_off(due, self._remind, concurrency=CONCURRENCY)

    async def _act(self, claim: Claim) -> None:
        contact, method = await self._payer(claim.user_id)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            subscription = await subscriptions.locked_due(tx, claim)
            if subscription is None:
                return
            if subscription.status is SubscriptionStatus.ACTIVE:
                await self._active(tx, subscription, contact, method, now)
            elif subscription.status is SubscriptionStatus.PAST_DUE:
                await self._past_due(tx, subscription, method, now)
            else:
                await _later(tx, subscription, now + LOOK_AGAIN, now)

        await self._db.transact(work)

    async def _payer(self, user_id: UserId) -> tuple[Contact | None, MethodView | None]:
        """Who pays, and how. A user who is gone is as good as one without a method."""
        try:
            methods = await self._payments.default_methods([user_id])
            return await self._contacts.contact(user_id), methods.get(user_id)
        except UserNotFound:
            return None, None

    async def _active(
        self, tx: Tx, subscription: Subscription, contact: Contact | None, method: MethodView | None, now: datetime
    ) -> None:
        period, grace = subscription.paid_period(), self._settings.dunning.grace
        order = await orders.open_for(tx, subscription_id=subscription.subscription_id)
        if subscription.cancel_at_period_end:
            await self._run_out(tx, subscription, EndedReason.CANCELED, now)
            return
        if order is not None:
            await self._collect(tx, subscription, order, method, now)
            return
        if contact is None or method is None or not subscription.is_renewing:
            await self._run_out(tx, subscription, EndedReason.NO_METHOD, now)
            return
        told = subscription.told_charge_at
        if told is None or now >= given_up_at(period, charged_at=told, grace=grace):
            told = await self._tell(tx, subscription, method, now)
        until = given_up_at(period, charged_at=told, grace=grace)
        if max(told, now) >= period.end:
            await periods.give_grace(tx, subscription=subscription, until=until, now=now)
        await _later(tx, subscription, told if now < told else _between(now, period.end), now)
        if now >= told and not await orders.is_under_way(tx, subscription_id=subscription.subscription_id):
            await self._order_next(tx, subscription, contact, method=method, until=until, now=now)

    async def _run_out(self, tx: Tx, subscription: Subscription, reason: EndedReason, now: datetime) -> None:
        """Nothing more is charged: what is paid for runs out."""
        end = subscription.paid_period().end
        if now < end:
            await _later(tx, subscription, end, now)
        else:
            await periods.end(tx, subscription=subscription, reason=reason, actor=history.SYSTEM, now=now)

    async def _order_next(
        self,
        tx: Tx,
        subscription: Subscription,
        contact: Contact,
        *,
        method: MethodView,
        until: datetime,
        now: datetime,
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
            expires_at=until,
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
        await request_first_payment(tx, order=order, lines=lines, method_id=method.method_id, now=now)

    async def _collect(
        self, tx: Tx, subscription: Subscription, order: Order, method: MethodView | None, now: datetime
    ) -> None:
        """Gets a late order paid while the grace lasts: one charge at a time, none on a method refused for good."""
        if now >= order.expires_at:
            await periods.end(
                tx, subscription=subscription, reason=EndedReason.PAYMENT_FAILED, actor=history.SYSTEM, now=now
            )
            return
        await periods.give_grace(tx, subscription=subscription, until=order.expires_at, now=now)
        await _later(tx, subscription, min(now + LOOK_AGAIN, order.expires_at), now)
        charges = await orders.charges(tx, order_id=order.order_id)
        if method is not None and may_charge(method, charges):
            await request_payment(tx, order=order, method_id=method.method_id, now=now)

    async def _past_due(self, tx: Tx, subscription: Subscription, method: MethodView | None, now: datetime) -> None:
        order = await orders.open_for(tx, subscription_id=subscription.subscription_id)
        if subscription.cancel_at_period_end or order is None:
            reason = EndedReason.CANCELED if subscription.cancel_at_period_end else EndedReason.PAYMENT_FAILED
            await self._run_out(tx, subscription, reason, now)
        else:
            await self._collect(tx, subscription, order, method, now)

    async def _remind(self, claim: Claim) -> None:
        method = (await self._payments.default_methods([claim.user_id])).get(claim.user_id)

        async def work(tx: Tx) -> None:
            now = self._clock.now()
            subscription = await subscriptions.locked_to_remind(tx, claim)
            if subscription is None:
                return
            if method is not None:
                await self._tell(tx, subscription, method, now)
                return
            charge = charge_at(subscription.paid_period(), self._settings.renewal)
            look_at = max(charge, now + LOOK_AGAIN)
            await subscriptions.set_reminder(tx, subscription_id=claim.subscription_id, at=look_at, now=now)

        await self._db.transact(work)

    async def _tell(self, tx: Tx, subscription: Subscription, method: MethodView, now: datetime) -> datetime:
        """Tells the viewer of the next charge; returns when it comes."""
        period, policy = subscription.paid_period(), self._settings.renewal
        usual, told = charge_at(period, policy), charge_if_told(period, policy, now=now)
        await subscriptions.set_told(
            tx,
            subscription_id=subscription.subscription_id,
            charge_at=told,
            next_attempt_at=told if told <= period.end else now,
            now=now,
        )
        if told > usual:
            await history.note(
                tx,
                actor=history.SYSTEM,
                entity="subscription",
                entity_id=subscription.subscription_id,
                action="charge postponed",
                now=now,
                before={"charge_at": usual.isoformat()},
                after={"charge_at": told.isoformat()},
                reason="the viewer is told late",
            )
        upcoming = RenewalUpcoming(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            title=subscription.title,
            amount=subscription.price,
            charge_at=told,
            method_title=method.title,
        )
        await publish(tx, upcoming, now=now)
        return told


def _between(now: datetime, end: datetime) -> datetime:
    """When to look after a charge: in time for the grace to begin where the period ends."""
    return now + (end - now) // 2 if now < end else now + LOOK_AGAIN


def may_charge(method: MethodView, charges: tuple[Charge, ...]) -> bool:
    """Whether the order may be charged to ``method``: no try is under way, and none on it was refused for good."""
    refused = {one.method_id for one in charges if one.decline_class is DeclineClass.HARD}
    return method.method_id not in refused and all(one.status != "open" for one in charges)


async def _later(tx: Tx, subscription: Subscription, at: datetime, now: datetime) -> None:
    await subscriptions.set_next_attempt(tx, subscription_id=subscription.subscription_id, at=at, now=now)
