"""Turning money into time: the one place where a paid order becomes a right, and a loss of it."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from cinema.billing.domain.order import Order
from cinema.billing.domain.period import Period, period
from cinema.billing.domain.subscription import RenewalPolicy, Subscription, charge_at, remind_at
from cinema.billing.service.requests import withdraw_payment
from cinema.billing.store import history, orders, rights, subscriptions
from cinema.contracts.billing import (
    EndedReason,
    EntitlementGranted,
    EntitlementRevoked,
    GrantKind,
    OrderStatus,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
    SubscriptionStatus,
)
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, SubscriptionId, UserId
from cinema.contracts.payments import PaymentSucceeded
from cinema.kit.db import Row, Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish


async def start_period(
    tx: Tx,
    *,
    subscription: Subscription,
    order: Order,
    payment: PaymentSucceeded,
    policy: RenewalPolicy,
    now: datetime,
) -> None:
    """The order and its period are paid: subscription active in it, right granted, both told.

    The first period begins now; the next where the period before ended, even if the
    zone's rules have changed since, so that paying late neither loses nor gains a day.
    """
    before = subscription.period if order.period_no == subscription.period_no + 1 else None
    anchor = subscription.anchor or now
    counted = period(anchor=anchor, zone=subscription.time_zone, interval=subscription.interval, number=order.period_no)
    paid = replace(counted, start=before.end) if before else counted
    renews = payment.method_id is not None and not subscription.cancel_at_period_end
    await subscriptions.set_period(
        tx,
        subscription_id=subscription.subscription_id,
        anchor=anchor,
        number=order.period_no,
        period=paid,
        next_attempt_at=charge_at(paid, policy) if renews else paid.end,
        remind_at=remind_at(paid, policy) if renews else None,
        now=now,
    )
    await orders.set_paid(tx, order_id=order.order_id, recognize_at=paid.end, now=now)
    await end_grace(tx, subscription=subscription, reason="paid", now=now)
    await grant(tx, subscription=subscription, kind=GrantKind.PAID, order_id=order.order_id, period=paid, now=now)
    await history.note(
        tx,
        actor=history.SYSTEM,
        entity="subscription",
        entity_id=subscription.subscription_id,
        action="activated" if subscription.anchor is None else "renewed",
        now=now,
        before={"status": subscription.status, "period_no": subscription.period_no},
        after={
            "status": SubscriptionStatus.ACTIVE,
            "period_no": order.period_no,
            "period_start": paid.start.isoformat(),
            "period_end": paid.end.isoformat(),
        },
    )
    await publish(tx, _told(subscription, order, payment, paid, renews=renews), now=now)


async def grant(
    tx: Tx, *, subscription: Subscription, kind: GrantKind, order_id: OrderId | None, period: Period, now: datetime
) -> None:
    """Gives the subscription's user a right for ``period``."""
    entitlement_id = EntitlementId(uuid7(now))
    await rights.add(
        tx,
        entitlement_id=entitlement_id,
        user_id=subscription.user_id,
        kind=kind,
        subscription_id=subscription.subscription_id,
        order_id=order_id,
        starts_at=period.start,
        ends_at=period.end,
        now=now,
    )
    granted = EntitlementGranted(
        entitlement_id=entitlement_id,
        user_id=subscription.user_id,
        subscription_id=subscription.subscription_id,
        film_id=None,
        starts_at=period.start,
        ends_at=period.end,
    )
    await publish(tx, granted, now=now)


async def give_grace(tx: Tx, *, subscription: Subscription, until: datetime, now: datetime) -> None:
    """Prolongs access past the paid period, until the next one is paid or given up, unless that is done already."""
    start = max(subscription.paid_period().end, now)
    if start < until and not await rights.has_grace(tx, subscription_id=subscription.subscription_id, now=now):
        grace = Period(start=start, end=until)
        await grant(tx, subscription=subscription, kind=GrantKind.GRACE, order_id=None, period=grace, now=now)


async def end_grace(tx: Tx, *, subscription: Subscription, reason: str, now: datetime) -> None:
    """Takes back the grace: the period is paid, or nothing more is to be waited for."""
    rows = await rights.revoke_grace(tx, subscription_id=subscription.subscription_id, reason=reason, now=now)
    await _tell_revoked(tx, rows, now)


async def revoke_order(tx: Tx, *, order_id: OrderId, reason: str, now: datetime) -> None:
    """Takes back the right that an order gave."""
    await _tell_revoked(tx, await rights.revoke_of_order(tx, order_id=order_id, reason=reason, now=now), now)


async def end(tx: Tx, *, subscription: Subscription, reason: EndedReason, actor: str, now: datetime) -> None:
    """Ends a subscription for good. Rights that are paid for run out by themselves."""
    await drop_open_order(tx, subscription=subscription, reason=reason, now=now)
    await subscriptions.set_ended(tx, subscription_id=subscription.subscription_id, reason=reason, now=now)
    await end_grace(tx, subscription=subscription, reason=reason, now=now)
    await history.note(
        tx,
        actor=actor,
        entity="subscription",
        entity_id=subscription.subscription_id,
        action="ended",
        now=now,
        before={"status": subscription.status},
        after={"status": SubscriptionStatus.ENDED},
        reason=reason,
    )
    ended = SubscriptionEnded(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        reason=reason,
        ended_at=now,
    )
    await publish(tx, ended, now=now)


async def drop_open_order(tx: Tx, *, subscription: Subscription, reason: str, now: datetime) -> None:
    """Cancels the order that waits for its payment: its charge is withdrawn, money that still comes goes back."""
    order = await orders.open_for(tx, subscription_id=subscription.subscription_id)
    if order is not None:
        await withdraw_payment(tx, order=order, now=now)
        await orders.set_status(tx, order_id=order.order_id, status=OrderStatus.CANCELED, now=now)
        await history.note(
            tx,
            actor=history.SYSTEM,
            entity="order",
            entity_id=order.order_id,
            action="canceled",
            now=now,
            reason=reason,
        )


async def _tell_revoked(tx: Tx, rows: list[Row], now: datetime) -> None:
    for row in rows:
        revoked = EntitlementRevoked(
            entitlement_id=EntitlementId(row["id"]),
            user_id=UserId(row["user_id"]),
            subscription_id=_typed(row["subscription_id"]),
            film_id=FilmId(row["film_id"]) if row["film_id"] else None,
            revoked_at=now,
        )
        await publish(tx, revoked, now=now)


def _typed(value: UUID | None) -> SubscriptionId | None:
    return SubscriptionId(value) if value else None


def _told(
    subscription: Subscription, order: Order, payment: PaymentSucceeded, paid: Period, *, renews: bool
) -> SubscriptionActivated | SubscriptionRenewed:
    if subscription.anchor is None:
        return SubscriptionActivated(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            order_id=order.order_id,
            plan=subscription.plan,
            title=subscription.title,
            amount=payment.amount,
            period_start=paid.start,
            period_end=paid.end,
            renews=renews,
            method_title=payment.method_title,
        )
    return SubscriptionRenewed(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        order_id=order.order_id,
        plan=subscription.plan,
        title=subscription.title,
        amount=payment.amount,
        period_start=paid.start,
        period_end=paid.end,
        method_title=payment.method_title,
    )
