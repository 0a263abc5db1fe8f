"""Delivery: what goods give when they are paid, and how that is given up or taken back.

Three verbs for each kind of goods. Nothing else assumes a subscription behind an order,
nor a payment behind a delivery: what costs nothing is delivered too.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cinema.billing.domain import ending
from cinema.billing.domain.changes import SYSTEM, Changes, NewId, Note
from cinema.billing.domain.goods import FilmGoods, FilmPurchase, FilmRental, PlanPeriod
from cinema.billing.domain.order import Order
from cinema.billing.domain.period import Period, period
from cinema.billing.domain.right import FOR_GOOD, Right
from cinema.billing.domain.subscription import RenewalPolicy, Subscription, charge_at, remind_at
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import FilmOrderPaid, SubscriptionActivated, SubscriptionRenewed
from cinema.contracts.enums import EndedReason, GrantKind, OrderStatus, SubscriptionStatus
from cinema.contracts.ids import EntitlementId
from cinema.contracts.payments import PaymentSucceeded
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What paid for an order. Nothing has to: then the ``amount`` is zero."""

    amount: Money
    method_title: str | None = None
    can_renew: bool = False
    """Whether the next period can be paid without the viewer."""


def payment_of(news: PaymentSucceeded) -> Payment:
    return Payment(amount=news.amount, method_title=news.method_title, can_renew=news.method_id is not None)


def deliver(whole: Whole, payment: Payment, *, policy: RenewalPolicy, new_id: NewId, now: datetime) -> Changes:
    """The order is paid: its buyer gets what it buys, and is told."""
    goods = whole.order.goods
    match goods:
        case PlanPeriod():
            assert whole.standing is not None
            return _start_period(whole, goods, whole.standing, payment, policy=policy, new_id=new_id, now=now)
        case FilmPurchase() | FilmRental():
            return _open_film(whole.order, goods, payment, new_id=new_id, now=now)


def give_up(whole: Whole, *, actor: str, reason: str) -> Changes:
    """The order is not paid and will not be: it is canceled, and what waited for it ends."""
    dropped = ending.drop(whole.order, whole.charges, actor=actor, reason=reason)
    if whole.standing is None:
        return dropped
    ended = ending.ended(whole.standing.subscription, EndedReason.NEVER_PAID)
    return dropped + Changes(subscriptions=(ended,))


def take_back(whole: Whole, *, now: datetime) -> Changes:
    """The money went back with what it gave: the rights end, and so does a subscription in its newest period."""
    changes = ending.revoke(whole.rights, reason="refunded", now=now)
    if whole.standing is not None and is_newest(whole.order, whole.standing.subscription):
        changes += ending.end(whole.standing, EndedReason.REFUNDED, actor=SYSTEM, now=now)
    return changes


def is_newest(order: Order, subscription: Subscription) -> bool:
    """Whether the order paid for the newest period of a subscription that runs; an older one changes nothing in it."""
    if not isinstance(order.goods, PlanPeriod) or order.status in {OrderStatus.OPEN, OrderStatus.CANCELED}:
        return False
    is_over = subscription.status is SubscriptionStatus.ENDED
    return not is_over and subscription.period_no == order.goods.period_no


def _start_period(
    whole: Whole,
    goods: PlanPeriod,
    standing: Standing,
    payment: Payment,
    *,
    policy: RenewalPolicy,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """The subscription is active in the period that was paid.

    The first period begins now; the next where the period before ended, even if the
    zone's rules have changed since, so that paying late neither loses nor gains a day.
    """
    order, subscription = whole.order, standing.subscription
    paid = _paid_period(subscription, goods.period_no, now=now)
    renews = (payment.can_renew or not subscription.price.minor) and not subscription.cancel_at_period_end
    its_id = subscription.subscription_id
    active = replace(
        subscription,
        status=SubscriptionStatus.ACTIVE,
        anchor=subscription.anchor or now,
        period_no=goods.period_no,
        period=paid,
        next_attempt_at=charge_at(its_id, paid, policy) if renews else paid.end,
        remind_at=remind_at(its_id, paid, policy) if renews else None,
        told_charge_at=None,
        dunning_attempt=0,
        first_failed_at=None,
    )
    right = Right(
        entitlement_id=EntitlementId(new_id()),
        user_id=order.user_id,
        kind=GrantKind.PAID,
        film_id=None,
        subscription_id=its_id,
        order_id=order.order_id,
        starts_at=paid.start,
        ends_at=paid.end,
    )
    return ending.end_grace(standing, reason="paid", now=now) + Changes(
        orders=(replace(order, status=OrderStatus.PAID, paid_at=now, recognize_at=paid.end, give_up_at=None),),
        subscriptions=(active,),
        rights=(right,),
        notes=(_began(subscription, goods.period_no, paid),),
        events=(right.granted(), _told(subscription, order, payment, paid, renews=renews)),
    )


def _paid_period(subscription: Subscription, number: int, *, now: datetime) -> Period:
    before = subscription.period if number == subscription.period_no + 1 else None
    counted = period(
        anchor=subscription.anchor or now,
        zone=subscription.time_zone,
        interval=subscription.interval,
        number=number,
    )
    return replace(counted, start=before.end) if before else counted


def _began(subscription: Subscription, number: int, paid: Period) -> Note:
    return Note(
        actor=SYSTEM,
        entity="subscription",
        entity_id=subscription.subscription_id,
        action="activated" if subscription.anchor is None else "renewed",
        before={"status": subscription.status, "period_no": subscription.period_no},
        after={
            "status": SubscriptionStatus.ACTIVE,
            "period_no": number,
            "period_start": paid.start.isoformat(),
            "period_end": paid.end.isoformat(),
        },
    )


def _told(
    subscription: Subscription, order: Order, payment: Payment, paid: Period, *, renews: bool
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


def _open_film(order: Order, goods: FilmGoods, payment: Payment, *, new_id: NewId, now: datetime) -> Changes:
    """The film is the buyer's, for good or for as long as it is rented. A purchase is earned with that."""
    until = now + goods.lasts if isinstance(goods, FilmRental) else None
    right = Right(
        entitlement_id=EntitlementId(new_id()),
        user_id=order.user_id,
        kind=GrantKind.PAID,
        film_id=goods.film_id,
        subscription_id=None,
        order_id=order.order_id,
        starts_at=now,
        ends_at=until or FOR_GOOD,
    )
    told = FilmOrderPaid(
        order_id=order.order_id,
        user_id=order.user_id,
        film_id=goods.film_id,
        title=order.title,
        amount=payment.amount,
        method_title=payment.method_title,
        access_until=until,
    )
    note = Note(
        actor=SYSTEM,
        entity="order",
        entity_id=order.order_id,
        action="delivered",
        after={"goods": goods.kind, "film_id": str(goods.film_id), "until": until.isoformat() if until else None},
    )
    return Changes(
        orders=(replace(order, status=OrderStatus.PAID, paid_at=now, recognize_at=until or now, give_up_at=None),),
        rights=(right,),
        notes=(note,),
        events=(right.granted(), told),
    )
