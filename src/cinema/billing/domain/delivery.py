"""Delivery: what goods give when they are paid, and how that is given up or taken back.

Three verbs for each kind of goods. Nothing else assumes a subscription behind an order,
nor a payment behind a delivery: what costs nothing is delivered too.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from cinema.billing.domain import ending
from cinema.billing.domain.agreement import Agreement
from cinema.billing.domain.changes import NO_CHANGES, SYSTEM, Changes, NewId, Note, viewer
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.goods import FilmPurchase, FilmRental, PlanPeriod, SoldFilm
from cinema.billing.domain.order import Order
from cinema.billing.domain.period import Period, period
from cinema.billing.domain.renewal import planned, switched
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import FilmOrderPaid, RenewalStopped, SubscriptionActivated, SubscriptionRenewed
from cinema.contracts.enums import (
    EndedReason,
    GrantKind,
    HistoryEntity,
    OrderStatus,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import EntitlementId, MethodId
from cinema.contracts.payments import PaymentSucceeded
from cinema.contracts.views.billing import FOR_GOOD
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """What paid for an order. Nothing has to: then the ``amount`` is zero.

    ``method_id`` is what may be charged again, ``agreement`` what the payer agreed to when
    paying; with either alone nothing is renewed.
    """

    amount: Money
    method_title: str | None = None
    method_id: MethodId | None = None
    agreement: Agreement | None = None


def payment_of(news: PaymentSucceeded, agreement: Agreement | None) -> Payment:
    return Payment(amount=news.amount, method_title=news.method_title, method_id=news.method_id, agreement=agreement)


def deliver(whole: Whole, payment: Payment, *, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    """The order is paid: its buyer gets what it buys, and is told."""
    goods = whole.order.goods
    match goods:
        case PlanPeriod():
            assert whole.standing is not None
            return _start_period(whole, goods, whole.standing, payment, durations=durations, new_id=new_id, now=now)
        case FilmPurchase() | FilmRental():
            return _open_film(whole.order, goods, payment, new_id=new_id, now=now)


def give_up(whole: Whole, *, actor: str, reason: str, now: datetime) -> Changes:
    """The order is not paid and will not be: it is canceled, and a subscription that waited for its first period ends.

    One that runs goes on without the period that was to be bought ahead.
    """
    dropped = ending.drop(whole.order, whole.charges, actor=actor, reason=reason)
    if whole.standing is None or whole.standing.subscription.status is not SubscriptionStatus.INCOMPLETE:
        return dropped
    return dropped + ending.ended(whole.standing.subscription, EndedReason.NEVER_PAID, now=now)


def take_back(whole: Whole, *, durations: Durations, now: datetime) -> Changes:
    """The money went back with what it gave: the rights end, and so does a subscription in its newest period.

    Where that was bought ahead, the period before it is the newest again.
    """
    changes = ending.revoke(whole.rights, reason="refunded", now=now)
    standing = whole.standing
    if standing is None or not is_newest(whole.order, standing.subscription):
        return changes
    before = [one for one in standing.paid if one.order_id != whole.order.order_id]
    if not before:
        return changes + ending.end(standing, EndedReason.REFUNDED, actor=SYSTEM, now=now)
    return changes + _fall_back(standing, max(before, key=lambda one: one.ends_at), durations=durations, now=now)


def _fall_back(standing: Standing, before: Right, *, durations: Durations, now: datetime) -> Changes:
    subscription = standing.subscription
    number = subscription.period_no - 1
    earlier = replace(
        subscription, period_no=number, period=Period(start=before.starts_at, end=before.ends_at), dunning_attempt=0
    )
    note = Note(
        actor=SYSTEM,
        entity=HistoryEntity.SUBSCRIPTION,
        entity_id=subscription.subscription_id,
        action="period taken back",
        before={"period_no": subscription.period_no},
        after={"period_no": number},
        reason="refunded",
    )
    return Changes(subscriptions=(planned(earlier, durations=durations, now=now),), notes=(note,))


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
    durations: Durations,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """The subscription is active in the period that was paid.

    The first period begins now; the next where the period before ended, even if the
    zone's rules have changed since, so that paying late neither loses nor gains a day; what
    was watched by the grace meanwhile was watched in it. What the payer agreed to when paying
    holds from now on.
    """
    order, subscription = whole.order, standing.subscription
    paid = paid_period(subscription, goods.period_no, now=now)
    active = replace(
        subscription,
        status=SubscriptionStatus.ACTIVE,
        anchor=subscription.anchor or now,
        period_no=goods.period_no,
        period=paid,
        dunning_attempt=0,
        first_failed_at=None,
    )
    active, agreed = _agreed(active, payment, now=now)
    right = Right(
        entitlement_id=EntitlementId(new_id()),
        user_id=order.user_id,
        kind=GrantKind.PAID,
        film_id=None,
        subscription_id=subscription.subscription_id,
        order_id=order.order_id,
        starts_at=paid.start,
        ends_at=paid.end,
        used_at=min((one.right.used_at for one in standing.graces if one.right.used_at), default=None),
    )
    told = _told(subscription, order, payment, paid, renews=active.is_renewing)
    return (
        ending.end_grace(standing, reason="paid", now=now)
        + Changes(
            orders=(replace(order, status=OrderStatus.PAID, paid_at=now, recognize_at=paid.end, give_up_at=None),),
            subscriptions=(planned(active, durations=durations, now=now),),
            rights=(right,),
            notes=(_began(subscription, goods.period_no, paid),),
            events=(right.granted(), told),
        )
        + agreed
    )


def _agreed(subscription: Subscription, payment: Payment, *, now: datetime) -> tuple[Subscription, Changes]:
    """The subscription with what its payer agreed to when paying, in the place of what held before.

    Where what was paid with cannot be charged again, the agreement comes to nothing. One that
    was made with a try that had failed holds unless the payer has wished otherwise since.
    """
    agreement, actor = payment.agreement, viewer(subscription.user_id)
    is_withdrawn = agreement is not None and agreement.ended_at is not None and not subscription.is_renewing
    if agreement is None or is_withdrawn:
        return _not_agreed(subscription, now=now)
    if payment.method_id is None:
        ended = Changes(agreements=(agreement.ended(now=now),))
        if not subscription.is_renewing or subscription.method_id is not None:
            return subscription, ended
        reason = RenewalReason.METHOD_NOT_SAVED
        lost, noted = switched(subscription, RenewalState.NO_METHOD, reason, actor=SYSTEM, now=now)
        told = RenewalStopped(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            title=subscription.title,
            reason=reason,
            method_title=payment.method_title,
            access_until=subscription.paid_period().end,
        )
        return lost, ended + noted + Changes(events=(told,))
    bound = agreement.bound(method_id=payment.method_id, method_title=payment.method_title, now=now)
    before = (subscription.agreement.ended(now=now),) if subscription.agreement else ()
    held = replace(subscription, agreement=bound)
    changes = Changes(agreements=(*before, bound), events=(bound.told(),))
    if subscription.is_renewing:
        return held, changes
    on, noted = switched(held, RenewalState.ON, RenewalReason.METHOD_CHOSEN, actor=actor, now=now)
    return on, changes + noted


def _not_agreed(subscription: Subscription, *, now: datetime) -> tuple[Subscription, Changes]:
    """Where it was to renew by another try than the one that is paid, nothing was agreed to with this one."""
    if not subscription.is_renewing or subscription.is_free or subscription.method_id is not None:
        return subscription, NO_CHANGES
    return switched(subscription, RenewalState.OFF, RenewalReason.NOT_AGREED, actor=SYSTEM, now=now)


def paid_period(subscription: Subscription, number: int, *, now: datetime) -> Period:
    """The period that a payment gives which arrives ``now``."""
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
        entity=HistoryEntity.SUBSCRIPTION,
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


def _open_film(order: Order, goods: SoldFilm, payment: Payment, *, new_id: NewId, now: datetime) -> Changes:
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
        entity=HistoryEntity.ORDER,
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
