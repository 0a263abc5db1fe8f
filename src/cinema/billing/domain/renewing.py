"""Renewing: what happens to a subscription when its time has come.

Nothing is charged but by the method that the viewer agreed to for this subscription, and
only after a notice was handed over that named it, the amount and the time. A viewer who is
told late, because no worker ran, is charged late. Until a renewal that is under way is paid
or given up, the grace goes on from the period's end, so that there is no gap.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from cinema.billing.domain import ending
from cinema.billing.domain.agreement import Notice
from cinema.billing.domain.changes import NO_CHANGES, SYSTEM, Changes, NewId, Note
from cinema.billing.domain.charging import charge_by_notice
from cinema.billing.domain.delivery import Payment, deliver
from cinema.billing.domain.durations import Durations, charge_at, charge_if_told, pay_until
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.grace import give_grace
from cinema.billing.domain.order import Charge, ChargeStatus, Fiscal, NewOrder, Order, new_order
from cinema.billing.domain.period import due_number
from cinema.billing.domain.plan import plan_line
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.renewal import ended_by, lose_method
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import RenewalUpcoming, SubscriptionEnding
from cinema.contracts.enums import (
    DeclineClass,
    EndedReason,
    HistoryEntity,
    OrderKind,
    RenewalReason,
    SubscriptionStatus,
)
from cinema.contracts.identity import Contact
from cinema.contracts.ids import MethodId, NoticeId, OrderId
from cinema.contracts.views.payments import MethodView

LOOK_AGAIN = timedelta(hours=1)
"""How long a charge may be under way before we look at its subscription again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """Who pays, and the agreed method if it may be charged. A user who is gone is as good as one without a method."""

    contact: Contact | None
    method: MethodView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """The viewer is told now that ``method`` is charged at ``charge_at``."""

    charge_at: datetime
    method: MethodView


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOfEnd:
    """The viewer is told now that the subscription ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNext:
    """The next period is ordered and, unless it is free, charged as the ``notice`` told."""

    contact: Contact
    notice: Notice | None
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """The order that waits is charged again as the ``notice`` told; None: only the grace goes on."""

    order: Order
    notice: Notice | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRoom:
    """What was to be bought ahead was not paid in time: it is dropped, so that the renewal can be ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lose:
    """There is no method that was agreed to and can be charged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOut:
    """Nothing more is charged: what is paid for runs out, and then the subscription ends for ``reason``."""

    reason: EndedReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is to be done before ``until``; ``grace_until``: access goes on past the period meanwhile."""

    until: datetime
    grace_until: datetime | None = None


Decision: TypeAlias = Tell | TellOfEnd | OrderNext | Collect | MakeRoom | Lose | RunOut | Wait


def decide(standing: Standing, payer: Payer, *, durations: Durations, now: datetime) -> Decision:
    """What is to be done about a subscription that is due."""
    subscription, awaited = standing.subscription, standing.awaited
    if subscription.status not in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}:
        return Wait(until=now + LOOK_AGAIN)
    if awaited is not None and awaited.kind is OrderKind.RENEWAL:
        return Collect(order=awaited, notice=_chargeable(standing, awaited, payer.method))
    if not subscription.is_renewing or payer.contact is None:
        return RunOut(reason=ended_by(subscription))
    if subscription.status is SubscriptionStatus.PAST_DUE:
        return RunOut(reason=EndedReason.PAYMENT_FAILED)
    return _decide_next(standing, payer.contact, payer.method, durations=durations, now=now)


def _decide_next(
    standing: Standing, contact: Contact, method: MethodView | None, *, durations: Durations, now: datetime
) -> Decision:
    subscription, notice = standing.subscription, standing.subscription.notice
    if subscription.is_free:  # what costs nothing needs no notice
        return _order_next(standing, contact, None, now, durations=durations, now=now)
    if method is None:
        return Lose()
    is_told = notice is not None and notice.names(method_id=method.id, amount=subscription.price)
    if notice is None or not is_told or now >= _pay_until(standing, notice.charge_at, durations):
        return _tell(standing, method, durations=durations, now=now)
    if now < notice.charge_at or notice.delivered_at is None:
        return _decide_untold(standing, notice, method, durations=durations, now=now)
    return _order_next(standing, contact, notice, notice.charge_at, durations=durations, now=now)


def _order_next(
    standing: Standing, contact: Contact, notice: Notice | None, at: datetime, *, durations: Durations, now: datetime
) -> Decision:
    if standing.awaited is not None:
        return MakeRoom()
    end, until = standing.subscription.paid_period().end, _pay_until(standing, at, durations)
    if standing.is_under_way:
        return Wait(until=_between(now, end), grace_until=until if now >= end else None)
    return OrderNext(contact=contact, notice=notice, until=until)


def _decide_untold(
    standing: Standing, notice: Notice, method: MethodView, *, durations: Durations, now: datetime
) -> Decision:
    """It is too early for the charge, or its notice was not handed over (yet): then the viewer is told anew."""
    period, at = standing.subscription.paid_period(), notice.charge_at
    until = _pay_until(standing, at, durations)
    if now < at:
        return Wait(until=at, grace_until=until if at >= period.end else None)
    patience = at + durations.within(period).paying
    if now < patience:
        return Wait(until=patience, grace_until=until if now >= period.end else None)
    return _tell(standing, method, durations=durations, now=now)


def _tell(standing: Standing, method: MethodView, *, durations: Durations, now: datetime) -> Decision:
    """Tells the viewer of the charge, unless nobody could be told until the grace was over."""
    subscription = standing.subscription
    period, notice = subscription.paid_period(), subscription.notice
    was_told_in_vain = notice is not None and notice.delivered_at is None
    if was_told_in_vain and now >= max(period.end + durations.within(period).grace, standing.access_until()):
        return RunOut(reason=EndedReason.NOT_TOLD)
    at = charge_if_told(subscription.subscription_id, period, durations, now=now)
    return Tell(charge_at=at, method=method)


def decide_notice(standing: Standing, method: MethodView | None, *, durations: Durations, now: datetime) -> Decision:
    """What is to be done when the time has come to tell of the next charge, or of the end."""
    subscription = standing.subscription
    if not subscription.is_renewing:
        return TellOfEnd()
    if method is not None and not subscription.is_free:
        return _tell(standing, method, durations=durations, now=now)
    return Lose()


def carry_out(  # noqa: PLR0911 - one for each kind of decision
    standing: Standing, decision: Decision, *, policies: Policies, new_id: NewId, now: datetime
) -> Changes:
    """What the decision changes."""
    durations = policies.durations
    match decision:
        case Tell():
            return _told(standing, decision, durations=durations, new_id=new_id, now=now)
        case TellOfEnd():
            return _told_of_end(standing.subscription)
        case OrderNext():
            return _ordered(standing, decision, policies=policies, new_id=new_id, now=now)
        case Collect():
            return _collected(standing, decision, durations=durations, new_id=new_id, now=now)
        case MakeRoom():
            return _room_made(standing, now=now)
        case Lose():
            return lose_method(standing, RenewalReason.METHOD_REMOVED, durations=durations, now=now)
        case RunOut():
            return _run_out(standing, decision.reason, now=now)
        case Wait():
            return _waited(standing, decision, durations=durations, new_id=new_id, now=now)


def delivered(standing: Standing, notice: Notice, *, at: datetime, now: datetime) -> Changes:
    """The notice was handed over: what waits for it may be charged. Old news of another notice changes only that."""
    if notice.delivered_at is not None:
        return NO_CHANGES
    known = replace(notice, delivered_at=at)
    changes = Changes(notices=(known,))
    subscription = standing.subscription
    if subscription.notice is None or subscription.notice.notice_id != notice.notice_id:
        return changes
    due = max(notice.charge_at, now)
    later = subscription.next_attempt_at
    sooner = min(due, later) if later is not None and now >= notice.charge_at else later
    return changes + Changes(subscriptions=(replace(subscription, notice=known, next_attempt_at=sooner),))


def _told(standing: Standing, decision: Tell, *, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    """The charge that was named is due then. Where that is past the period, the grace bridges the gap."""
    subscription, at = standing.subscription, decision.charge_at
    period = subscription.paid_period()
    usual = charge_at(subscription.subscription_id, period, durations)
    notice = Notice(
        notice_id=NoticeId(new_id()),
        subscription_id=subscription.subscription_id,
        method_id=decision.method.id,
        amount=subscription.price,
        charge_at=at,
        told_at=now,
        delivered_at=None,
    )
    upcoming = RenewalUpcoming(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        amount=subscription.price,
        charge_at=at,
        method_title=decision.method.title,
        notice_id=notice.notice_id,
    )
    told = replace(subscription, notice=notice, next_attempt_at=at, remind_at=None)
    changes = Changes(notices=(notice,), subscriptions=(told,), events=(upcoming,))
    if at > usual:
        note = Note(
            actor=SYSTEM,
            entity=HistoryEntity.SUBSCRIPTION,
            entity_id=subscription.subscription_id,
            action="charge postponed",
            before={"charge_at": usual.isoformat()},
            after={"charge_at": at.isoformat()},
            reason="the viewer is told late",
        )
        changes += Changes(notes=(note,))
    if max(at, now) >= period.end:
        until = pay_until(period, durations, charged_at=at)
        changes += give_grace(standing, until=until, durations=durations, new_id=new_id, now=now)
    return changes


def _told_of_end(subscription: Subscription) -> Changes:
    told = SubscriptionEnding(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        renewal=subscription.renewal,
        reason=subscription.renewal_reason,
        access_until=subscription.paid_period().end,
    )
    return Changes(subscriptions=(replace(subscription, remind_at=None),), events=(told,))


def _ordered(standing: Standing, decision: OrderNext, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    subscription, durations = standing.subscription, policies.durations
    period = subscription.paid_period()
    fresh = _next_order(subscription, decision, fiscal=policies.fiscal, new_id=new_id, now=now)
    note = _ordered_note(subscription, fresh.order)
    ordered = Changes(new_orders=(fresh,), notes=(note,))
    if decision.notice is None:
        whole = Whole(order=fresh.order, lines=fresh.lines, standing=standing)
        payment = Payment(amount=fresh.order.total)
        return ordered + deliver(whole, payment, durations=durations, new_id=new_id, now=now)
    changes = ordered + charge_by_notice(fresh.order, fresh.lines, (), decision.notice, new_id=new_id, now=now)
    if now >= period.end:
        changes += give_grace(standing, until=decision.until, durations=durations, new_id=new_id, now=now)
    later = replace(subscription, next_attempt_at=_between(now, period.end))
    return changes + Changes(subscriptions=(later,))


def _next_order(
    subscription: Subscription, decision: OrderNext, *, fiscal: Fiscal, new_id: NewId, now: datetime
) -> NewOrder:
    assert subscription.anchor is not None
    number = due_number(
        anchor=subscription.anchor,
        zone=subscription.time_zone,
        interval=subscription.interval,
        newest=subscription.period_no,
        now=now,
    )
    line = plan_line(title=subscription.title, price_id=subscription.price_id, price=subscription.price, fiscal=fiscal)
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
        entity=HistoryEntity.ORDER,
        entity_id=order.order_id,
        action="ordered",
        after={
            "plan": subscription.plan,
            "total": str(order.total),
            "period_no": number,
            "periods_skipped": number - subscription.period_no - 1,
        },
    )


def _collected(standing: Standing, decision: Collect, *, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    """Gets a late order paid while the grace lasts: one charge at a time, none on a method refused for good."""
    order = decision.order
    if now >= order.expires_at:
        return ending.end(standing, EndedReason.PAYMENT_FAILED, actor=SYSTEM, now=now)
    later = replace(standing.subscription, next_attempt_at=min(now + LOOK_AGAIN, order.expires_at))
    graced = give_grace(standing, until=order.expires_at, durations=durations, new_id=new_id, now=now)
    changes = graced + Changes(subscriptions=(later,))
    if decision.notice is None:
        return changes
    return changes + charge_by_notice(order, standing.lines, standing.charges, decision.notice, new_id=new_id, now=now)


def _room_made(standing: Standing, *, now: datetime) -> Changes:
    dropped = ending.drop_awaited(standing, reason="not paid in time")
    return dropped + Changes(subscriptions=(replace(standing.subscription, next_attempt_at=now),))


def _run_out(standing: Standing, reason: EndedReason, *, now: datetime) -> Changes:
    end = standing.subscription.paid_period().end
    if now < end:
        return Changes(subscriptions=(replace(standing.subscription, next_attempt_at=end, remind_at=None),))
    return ending.end(standing, reason, actor=SYSTEM, now=now)


def _waited(standing: Standing, decision: Wait, *, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    later = Changes(subscriptions=(replace(standing.subscription, next_attempt_at=decision.until),))
    if decision.grace_until is None:
        return later
    return give_grace(standing, until=decision.grace_until, durations=durations, new_id=new_id, now=now) + later


def _chargeable(standing: Standing, order: Order, method: MethodView | None) -> Notice | None:
    """The notice by which the order may be charged now, if there is one that was handed over."""
    notice = standing.subscription.notice
    if method is None or notice is None or notice.delivered_at is None or not standing.subscription.is_renewing:
        return None
    names_it = notice.names(method_id=method.id, amount=order.total)
    return notice if names_it and may_charge(method, standing.charges) else None


def may_charge(method: MethodView, charges: tuple[Charge, ...]) -> bool:
    """Whether an order may be charged to ``method``: no try is under way, and none on it was refused for good."""
    is_refused = is_refused_for_good(method.id, charges)
    return not is_refused and all(one.status is not ChargeStatus.OPEN for one in charges)


def is_refused_for_good(method_id: MethodId, charges: tuple[Charge, ...]) -> bool:
    """Whether a try on the method was refused so that none on it will ever succeed."""
    return any(one.method_id == method_id and one.decline_class is DeclineClass.HARD for one in charges)


def _pay_until(standing: Standing, charged_at: datetime, durations: Durations) -> datetime:
    return pay_until(standing.subscription.paid_period(), durations, charged_at=charged_at)


def _between(now: datetime, end: datetime) -> datetime:
    """When to look after a charge: in time for the grace to begin where the period ends."""
    return now + (end - now) // 2 if now < end else now + LOOK_AGAIN
