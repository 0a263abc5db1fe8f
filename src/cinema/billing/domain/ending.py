"""How things end: orders that are dropped, graces and rights that are taken back, subscriptions that are over."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from cinema.billing.domain.changes import SYSTEM, Changes, Note, Revocation
from cinema.billing.domain.order import Charge, ChargeStatus, Order
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import PaymentWithdrawn, SubscriptionEnded
from cinema.contracts.enums import EndedReason, HistoryEntity, OrderKind, OrderStatus, SubscriptionStatus

SUSPENDED = "refund requested"
"""Why a right is taken back whose money is on its way back; it is restored if that does not arrive."""


def end(standing: Standing, reason: EndedReason, *, actor: str, now: datetime) -> Changes:
    """Ends a subscription for good. Rights that are paid for run out by themselves."""
    subscription = standing.subscription
    note = Note(
        actor=actor,
        entity=HistoryEntity.SUBSCRIPTION,
        entity_id=subscription.subscription_id,
        action="ended",
        before={"status": subscription.status},
        after={"status": SubscriptionStatus.ENDED},
        reason=reason,
    )
    told = SubscriptionEnded(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        reason=reason,
        ended_at=now,
    )
    return (
        drop_awaited(standing, reason=reason)
        + end_grace(standing, reason=reason, now=now)
        + ended(subscription, reason, now=now)
        + Changes(notes=(note,), events=(told,))
    )


def ended(subscription: Subscription, reason: EndedReason, *, now: datetime) -> Changes:
    """The subscription at its end, with its agreement; nothing is left to do about it."""
    over = replace(
        subscription,
        status=SubscriptionStatus.ENDED,
        ended_reason=reason,
        agreement=None,
        notice=None,
        next_attempt_at=None,
        remind_at=None,
    )
    agreement = subscription.agreement
    return Changes(subscriptions=(over,), agreements=(agreement.ended(now=now),) if agreement else ())


def drop_awaited(standing: Standing, *, reason: str) -> Changes:
    """Drops the order that waits for its payment, if there is one."""
    if standing.awaited is None:
        return Changes()
    return drop(standing.awaited, standing.charges, actor=SYSTEM, reason=reason)


def drop_renewal(standing: Standing, *, reason: str) -> Changes:
    """Drops the renewal that waits for its payment; what the viewer buys ahead by hand is another matter."""
    if standing.awaited is None or standing.awaited.kind is not OrderKind.RENEWAL:
        return Changes()
    return drop_awaited(standing, reason=reason)


def drop(order: Order, charges: Iterable[Charge], *, actor: str, reason: str) -> Changes:
    """Cancels an unpaid order: its charge is withdrawn, money that still comes goes back."""
    note = Note(actor=actor, entity=HistoryEntity.ORDER, entity_id=order.order_id, action="canceled", reason=reason)
    return withdraw(order, charges) + Changes(
        orders=(replace(order, status=OrderStatus.CANCELED, give_up_at=None),), notes=(note,)
    )


def withdraw(order: Order, charges: Iterable[Charge]) -> Changes:
    """Says that charges under way are not wanted any more."""
    return Changes(
        events=tuple(
            PaymentWithdrawn(order_id=order.order_id, payment_id=one.payment_id)
            for one in charges
            if one.status is ChargeStatus.OPEN
        )
    )


def end_grace(standing: Standing, *, reason: str, now: datetime) -> Changes:
    """Takes back the grace: the period is paid, or nothing more is to be waited for."""
    running = [one.right for one in standing.graces if not one.is_revoked and one.right.ends_at > now]
    return revoke(running, reason=reason, now=now)


def revoke(rights: Iterable[Right], *, reason: str, now: datetime) -> Changes:
    """Takes rights back before their time."""
    taken = tuple(rights)
    return Changes(
        revocations=tuple(Revocation(right=right, reason=reason) for right in taken),
        events=tuple(right.revoked(now=now) for right in taken),
    )
