"""Renewing: what happens to a subscription when its time has come.

Nothing is charged that the viewer was not told of. A viewer who is told late, because no
worker ran, is charged late. Until a renewal that is under way is paid or given up, the grace
goes on from the period's end, so that there is no gap.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from cinema.billing.domain import ending
from cinema.billing.domain.changes import SYSTEM, Changes, NewId, Note
from cinema.billing.domain.charging import charge
from cinema.billing.domain.delivery import Payment, deliver
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.grace import give_grace
from cinema.billing.domain.order import Charge, ChargeStatus, NewOrder, Order, new_order
from cinema.billing.domain.period import due_number
from cinema.billing.domain.plan import plan_line
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.subscription import Subscription, charge_at, charge_if_told, given_up_at
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import RenewalUpcoming
from cinema.contracts.enums import DeclineClass, EndedReason, OrderKind, SubscriptionStatus
from cinema.contracts.identity import Contact
from cinema.contracts.ids import OrderId
from cinema.contracts.views.payments import MethodView

LOOK_AGAIN = timedelta(hours=1)
"""How long a charge may be under way before we look at its subscription again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, and how. A user who is gone is as good as one without a method."""

    contact: Contact | None
    method: MethodView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """The viewer is told now that the next charge comes at ``charge_at``."""

    charge_at: datetime
    method_title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNext:
    """The next period is ordered and, unless it is free, charged to the ``method``."""

    contact: Contact
    method: MethodView | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """The order that waits is charged again, where ``method`` is one that may be; None: only the grace goes on."""

    order: Order
    method: MethodView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOut:
    """Nothing more is charged: what is paid for runs out, and then the subscription ends for ``reason``."""

    reason: EndedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is to be done before ``until``; ``grace_until``: access goes on past the period meanwhile."""

    until: datetime
    grace_until: datetime | None = None


Decision: TypeAlias = Tell | OrderNext | Collect | RunOut | Wait


def decide(standing: Standing, payer: Payer, *, policies: Policies, now: datetime) -> Decision:
    """What is to be done about a subscription that is due."""
    subscription = standing.subscription
    if subscription.status is SubscriptionStatus.PAST_DUE:
        return _decide_late(standing, payer)
    if subscription.status is not SubscriptionStatus.ACTIVE:
        return Wait(until=now + LOOK_AGAIN)
    if subscription.cancel_at_period_end:
        return RunOut(reason=EndedReason.CANCELED)
    if standing.awaited is not None:
        return Collect(order=standing.awaited, method=_chargeable(standing, payer.method))
    is_free = not subscription.price.minor
    if payer.contact is None or not subscription.is_renewing or (payer.method is None and not is_free):
        return RunOut(reason=EndedReason.NO_METHOD)
    return _decide_next(standing, payer.contact, payer.method, policies=policies, now=now)


def _decide_next(
    standing: Standing, contact: Contact, method: MethodView | None, *, policies: Policies, now: datetime
) -> Decision:
    subscription, grace = standing.subscription, policies.dunning.grace
    period, told = subscription.paid_period(), subscription.told_charge_at
    if not subscription.price.minor:  # what costs nothing needs no notice
        told = now
    elif method is None:
        raise AssertionError("who pays has a method")
    elif told is None or now >= given_up_at(period, charged_at=told, grace=grace):
        return _tell(subscription, method, policies=policies, now=now)
    until = given_up_at(period, charged_at=told, grace=grace)
    if now >= told and not standing.is_under_way:
        return OrderNext(contact=contact, method=method, until=until)
    return Wait(
        until=told if now < told else _between(now, period.end),
        grace_until=until if max(told, now) >= period.end else None,
    )


def _decide_late(standing: Standing, payer: Payer) -> Decision:
    if standing.subscription.cancel_at_period_end:
        return RunOut(reason=EndedReason.CANCELED)
    if standing.awaited is None:
        return RunOut(reason=EndedReason.PAYMENT_FAILED)
    return Collect(order=standing.awaited, method=_chargeable(standing, payer.method))


def decide_notice(standing: Standing, method: MethodView | None, *, policies: Policies, now: datetime) -> Tell | None:
    """What is to be done when the time for the notice has come; None where there is nothing that could be named."""
    subscription = standing.subscription
    return _tell(subscription, method, policies=policies, now=now) if method and subscription.price.minor else None


def carry_out(standing: Standing, decision: Decision, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """What the decision changes."""
    match decision:
        case Tell():
            return _told(standing, decision, policies=policies, new_id=new_id, now=now)
        case OrderNext():
            return _ordered(standing, decision, policies=policies, new_id=new_id, now=now)
        case Collect():
            return _collected(standing, decision, new_id=new_id, now=now)
        case RunOut():
            return _run_out(standing, decision.reason, now=now)
        case Wait():
            return _waited(standing, decision, new_id=new_id, now=now)


def put_off_notice(standing: Standing, *, policies: Policies, now: datetime) -> Changes:
    """There is no method to be named: the notice is looked at again when the charge would come."""
    subscription = standing.subscription
    charge = charge_at(subscription.subscription_id, subscription.paid_period(), policies.renewal)
    return Changes(subscriptions=(replace(subscription, remind_at=max(charge, now + LOOK_AGAIN)),))


def _tell(subscription: Subscription, method: MethodView, *, policies: Policies, now: datetime) -> Tell:
    at = charge_if_told(subscription.subscription_id, subscription.paid_period(), policies.renewal, now=now)
    return Tell(charge_at=at, method_title=method.title.en)


def _told(standing: Standing, decision: Tell, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """The charge that was named is due then. Where that is past the period, the grace bridges the gap."""
    subscription, at = standing.subscription, decision.charge_at
    period = subscription.paid_period()
    usual = charge_at(subscription.subscription_id, period, policies.renewal)
    upcoming = RenewalUpcoming(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        amount=subscription.price,
        charge_at=at,
        method_title=decision.method_title,
    )
    told = replace(subscription, told_charge_at=at, next_attempt_at=at, remind_at=None)
    changes = Changes(subscriptions=(told,), events=(upcoming,))
    if at > usual:
        note = Note(
            actor=SYSTEM,
            entity="subscription",
            entity_id=subscription.subscription_id,
            action="charge postponed",
            before={"charge_at": usual.isoformat()},
            after={"charge_at": at.isoformat()},
            reason="the viewer is told late",
        )
        changes += Changes(notes=(note,))
    if max(at, now) >= period.end:
        until = given_up_at(period, charged_at=at, grace=policies.dunning.grace)
        changes += give_grace(standing, until=until, new_id=new_id, now=now)
    return changes


def _ordered(standing: Standing, decision: OrderNext, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    subscription = standing.subscription
    period = subscription.paid_period()
    fresh = _next_order(subscription, decision, vat_code=policies.vat_code, new_id=new_id, now=now)
    note = _ordered_note(subscription, fresh.order)
    ordered = Changes(new_orders=(fresh,), notes=(note,))
    if not fresh.order.total.minor:
        whole = Whole(order=fresh.order, lines=fresh.lines, standing=standing)
        payment = Payment(amount=fresh.order.total)
        return ordered + deliver(whole, payment, policy=policies.renewal, new_id=new_id, now=now)
    assert decision.method is not None
    method_id = decision.method.id
    changes = ordered + charge(fresh.order, fresh.lines, (), method_id=method_id, new_id=new_id, now=now)
    if now >= period.end:
        changes += give_grace(standing, until=decision.until, new_id=new_id, now=now)
    later = replace(subscription, next_attempt_at=_between(now, period.end))
    return changes + Changes(subscriptions=(later,))


def _next_order(
    subscription: Subscription, decision: OrderNext, *, vat_code: int, new_id: NewId, now: datetime
) -> NewOrder:
    assert subscription.anchor is not None
    number = due_number(
        anchor=subscription.anchor,
        zone=subscription.time_zone,
        interval=subscription.interval,
        newest=subscription.period_no,
        now=now,
    )
    line = plan_line(
        title=subscription.title, price_id=subscription.price_id, price=subscription.price, vat_code=vat_code
    )
    return new_order(
        order_id=OrderId(new_id()),
        contact=decision.contact,
        kind=OrderKind.RENEWAL,
        goods=PlanPeriod(subscription_id=subscription.subscription_id, period_no=number),
        lines=(line,),
        return_url=None,
        expires_at=decision.until,
        now=now,
    )


def _ordered_note(subscription: Subscription, order: Order) -> Note:
    assert isinstance(order.goods, PlanPeriod)
    number = order.goods.period_no
    return Note(
        actor=SYSTEM,
        entity="order",
        entity_id=order.order_id,
        action="ordered",
        after={
            "plan": subscription.plan,
            "total": str(order.total),
            "period_no": number,
            "periods_skipped": number - subscription.period_no - 1,
        },
    )


def _collected(standing: Standing, decision: Collect, *, new_id: NewId, now: datetime) -> Changes:
    """Gets a late order paid while the grace lasts: one charge at a time, none on a method refused for good."""
    order = decision.order
    if now >= order.expires_at:
        return ending.end(standing, EndedReason.PAYMENT_FAILED, actor=SYSTEM, now=now)
    later = replace(standing.subscription, next_attempt_at=min(now + LOOK_AGAIN, order.expires_at))
    changes = give_grace(standing, until=order.expires_at, new_id=new_id, now=now) + Changes(subscriptions=(later,))
    if decision.method is None:
        return changes
    method_id = decision.method.id
    return changes + charge(order, standing.lines, standing.charges, method_id=method_id, new_id=new_id, now=now)


def _run_out(standing: Standing, reason: EndedReason, *, now: datetime) -> Changes:
    end = standing.subscription.paid_period().end
    if now < end:
        return Changes(subscriptions=(replace(standing.subscription, next_attempt_at=end),))
    return ending.end(standing, reason, actor=SYSTEM, now=now)


def _waited(standing: Standing, decision: Wait, *, new_id: NewId, now: datetime) -> Changes:
    later = Changes(subscriptions=(replace(standing.subscription, next_attempt_at=decision.until),))
    if decision.grace_until is None:
        return later
    return give_grace(standing, until=decision.grace_until, new_id=new_id, now=now) + later


def _chargeable(standing: Standing, method: MethodView | None) -> MethodView | None:
    """The method, if the awaited order may be charged to it."""
    return method if method is not None and may_charge(method, standing.charges) else None


def may_charge(method: MethodView, charges: tuple[Charge, ...]) -> bool:
    """Whether an order may be charged to ``method``: no try is under way, and none on it was refused for good."""
    refused = {one.method_id for one in charges if one.decline_class is DeclineClass.HARD}
    return method.id not in refused and all(one.status is not ChargeStatus.OPEN for one in charges)


def _between(now: datetime, end: datetime) -> datetime:
    """When to look after a charge: in time for the grace to begin where the period ends."""
    return now + (end - now) // 2 if now < end else now + LOOK_AGAIN
