"""Refunds: who may take money back, how much, what it does to access, and what becomes of the wish."""

from dataclasses import dataclass, replace
from datetime import datetime

from cinema.billing.domain import ending
from cinema.billing.domain.changes import NO_CHANGES, PROVIDER, SYSTEM, Changes, NewId, Note, Receipt
from cinema.billing.domain.charging import send_back
from cinema.billing.domain.delivery import is_newest, take_back
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.ledger import Entry, Kind, refund_postings
from cinema.billing.domain.order import Order, Refund, nothing, refund_lines
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.whole import Refundable, Standing, Whole
from cinema.contracts.billing import OrderRefunded
from cinema.contracts.enums import AccessEffect, OrderStatus, RefundOrigin, RefundState
from cinema.contracts.ids import RefundId
from cinema.contracts.payments import RefundFailed, RefundSucceeded
from cinema.kit.errors import Conflict, Invalid
from cinema.kit.money import Money


class NothingToRefund(Conflict):
    """This order has no money left that could be returned."""

    code = "nothing-to-refund"


class RefundTooLate(Conflict):
    """The time in which you can take this payment back yourself is over; write to support."""

    code = "refund-too-late"


class RefundTooLarge(Invalid):
    """More than is left of the payment cannot be returned; ``left_minor`` says how much is."""

    code = "refund-too-large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much is to go back, what that does to access, who wants it and why."""

    amount: Money
    effect: AccessEffect
    reason: str
    actor: str


def refund_own(
    whole: Whole, *, reason: str, actor: str, policies: Policies, new_id: NewId, now: datetime
) -> tuple[Refund, Changes]:
    """A viewer takes back all that is left of an order, which ends what it gave.

    Raises `NothingToRefund` and `RefundTooLate`.
    """
    source = _source(whole, AccessEffect.REVOKE)
    if not source.is_surplus and not _in_time(whole, policies, now=now):
        raise RefundTooLate
    wish = Wish(amount=source.left, effect=AccessEffect.REVOKE, reason=reason, actor=actor)
    return _asked(request_refund(whole, source, wish, new_id=new_id, now=now))


def refund_any(
    whole: Whole,
    *,
    amount: Money | None,
    effect: AccessEffect,
    reason: str,
    actor: str,
    new_id: NewId,
    now: datetime,
) -> tuple[Refund, Changes]:
    """Staff returns all (``amount`` None) or a part of an order.

    Money that bought nothing, and could not be returned by itself, goes first unless
    access is to be revoked. Raises `NothingToRefund` and `RefundTooLarge`.
    """
    source = _source(whole, effect)
    left = source.left
    if amount is not None and (amount.currency != left.currency or left < amount):
        raise RefundTooLarge(left_minor=left.minor, currency=left.currency)
    wish = Wish(amount=amount or left, effect=effect, reason=reason, actor=actor)
    return _asked(request_refund(whole, source, wish, new_id=new_id, now=now))


def request_refund(whole: Whole, source: Refundable, wish: Wish, *, new_id: NewId, now: datetime) -> Changes:
    """Asks payments for a refund, counted against the order unless its money was surplus.

    A viewer who takes the newest period back is not charged again while the money
    travels, nor if it does not arrive. A surplus leaves access as it is.
    """
    order = whole.order
    refund = Refund(
        refund_id=RefundId(new_id()),
        order_id=order.order_id,
        payment_id=source.payment_id,
        amount=wish.amount,
        status=RefundState.REQUESTED,
        access_effect=AccessEffect.KEEP if source.is_surplus else wish.effect,
        reason=wish.reason,
        created_at=now,
    )
    note = Note(
        actor=wish.actor,
        entity="refund",
        entity_id=refund.refund_id,
        action="requested",
        after={"order_id": str(order.order_id), "amount": str(wish.amount), "access_effect": refund.access_effect},
        reason=wish.reason,
    )
    counted = () if source.is_surplus else (replace(order, refunded=order.refunded + wish.amount),)
    changes = Changes(
        orders=counted,
        new_refunds=(refund,),
        notes=(note,),
        events=(send_back(order, whole.lines, refund),),
    )
    if refund.access_effect is AccessEffect.REVOKE:
        changes += _stop_renewing(whole, actor=wish.actor, now=now)
    return changes


def returned(whole: Whole, news: RefundSucceeded, *, is_earned: bool, new_id: NewId, now: datetime) -> Changes:
    """The money is back: book it, and apply the effect on access. Somebody at the provider may have returned it.

    ``is_earned``: the order's money was booked as earned. Raises LookupError for a refund
    of ours that is not known, and ValueError for another sum than was asked for.
    """
    refund = next((one for one in whole.refunds if one.refund_id == news.refund_id), None)
    if refund is None and news.origin is RefundOrigin.OURS:
        raise LookupError(f"refund {news.refund_id} of order {news.order_id} is not ours")
    if refund is not None and refund.status is RefundState.SUCCEEDED:
        return NO_CHANGES
    if refund is not None and news.amount != refund.amount:
        raise ValueError(f"refund {refund.refund_id} is {refund.amount}, the provider returned {news.amount}")
    whole, refund, before = _admitted(whole, refund, news, now=now)
    return before + _returned(whole, refund, news.provider, is_earned=is_earned, new_id=new_id, now=now)


def refused(whole: Whole, news: RefundFailed, *, new_id: NewId, now: datetime) -> Changes:
    """The provider will not return it: the money counts as ours again until a person acts.

    Of a surplus another sum is tried, where a part of it went back another way.
    """
    refund = next((one for one in whole.refunds if one.refund_id == news.refund_id), None)
    if refund is None:
        raise LookupError(f"refund {news.refund_id} of order {news.order_id} is not ours")
    if refund.status is RefundState.FAILED:
        return NO_CHANGES
    whole, changes = _let_go(whole, refund, actor=SYSTEM, reason=news.reason)
    if whole.is_surplus(refund):
        changes += _rest_of_surplus(whole, refund, has_failed=True, new_id=new_id, now=now)
    return changes


def _source(whole: Whole, effect: AccessEffect) -> Refundable:
    """The payment whose money goes back: one that bought nothing first, last where access is to be revoked."""
    with_money = [one for one in whole.refundable() if one.left.minor]
    if not with_money:
        raise NothingToRefund
    wants_surplus = effect is AccessEffect.KEEP
    return next((one for one in with_money if one.is_surplus is wants_surplus), with_money[0])


def _asked(changes: Changes) -> tuple[Refund, Changes]:
    (refund,) = changes.new_refunds
    return refund, changes


def _in_time(whole: Whole, policies: Policies, *, now: datetime) -> bool:
    """Whether a viewer may still take the order back: it is new enough, and what it gave is the newest and runs."""
    order = whole.order
    if order.paid_at is not None and now > order.paid_at + policies.refund_window:
        return False
    if whole.standing is None:
        return bool(whole.rights)
    subscription = whole.standing.subscription
    assert isinstance(order.goods, PlanPeriod)
    period = subscription.period
    return period is not None and subscription.period_no == order.goods.period_no and now < period.end


def _stop_renewing(whole: Whole, *, actor: str, now: datetime) -> Changes:
    standing = whole.standing
    if standing is None or not is_newest(whole.order, standing.subscription):
        return NO_CHANGES
    if standing.subscription.cancel_at_period_end:
        return NO_CHANGES
    return ending.drop_awaited(standing, reason="refund requested") + _canceled(standing, actor=actor, now=now)


def _canceled(standing: Standing, *, actor: str, now: datetime) -> Changes:
    subscription = standing.subscription
    canceled = replace(
        subscription,
        cancel_at_period_end=True,
        next_attempt_at=max(subscription.paid_period().end, now),
        remind_at=None,
        told_charge_at=None,
    )
    note = Note(
        actor=actor,
        entity="subscription",
        entity_id=subscription.subscription_id,
        action="cancellation scheduled",
        before={"cancel_at_period_end": False},
        after={"cancel_at_period_end": True},
        reason="refund requested",
    )
    return Changes(subscriptions=(canceled,), notes=(note,))


def _admitted(
    whole: Whole, refund: Refund | None, news: RefundSucceeded, *, now: datetime
) -> tuple[Whole, Refund, Changes]:
    """The whole in which the refund is asked for and counted, as if it had gone the usual way.

    One that was made at the provider is taken over: what leaves nothing of the price is
    as good as our own full refund and revokes access; a part keeps it. One that was said
    to have failed counts again. The provider has the last word on what went back, so
    ours that are only asked for give way.
    """
    if refund is not None and refund.status is RefundState.REQUESTED:
        return whole, refund, NO_CHANGES
    whole, source, changes = _with_room(whole, news)
    if refund is None:
        is_whole = source.left == news.amount
        refund = Refund(
            refund_id=news.refund_id,
            order_id=whole.order.order_id,
            payment_id=news.payment_id,
            amount=news.amount,
            status=RefundState.REQUESTED,
            access_effect=AccessEffect.REVOKE if is_whole and not source.is_surplus else AccessEffect.KEEP,
            reason="made at the provider",
            created_at=now,
        )
        after = {
            "order_id": str(whole.order.order_id),
            "amount": str(refund.amount),
            "access_effect": refund.access_effect,
        }
        note = _provider_note(refund, "made", after=after, reason=refund.reason)
        changes += Changes(new_refunds=(refund,), notes=(note,))
        whole = replace(whole, refunds=(*whole.refunds, refund))
    else:
        changes += Changes(notes=(_provider_note(refund, "returned late"),))
    if not source.is_surplus:
        order = replace(whole.order, refunded=whole.order.refunded + refund.amount)
        whole, changes = replace(whole, order=order), changes + Changes(orders=(order,))
    return whole, refund, changes


def _with_room(whole: Whole, news: RefundSucceeded) -> tuple[Whole, Refundable, Changes]:
    """What was taken by the payment, with room for what went back: refunds that are only asked for are let go for it.

    The newest goes first. Payments, which know what fits, will say that it has failed; if
    it was another one, what really went back is admitted too.
    """
    changes = NO_CHANGES
    asked = [one for one in whole.refunds if one.payment_id == news.payment_id and one.status is RefundState.REQUESTED]
    while whole.refundable_of(news.payment_id).left < news.amount and asked:
        reason = "the money went back another way"
        whole, let_go = _let_go(whole, asked.pop(), actor=PROVIDER, reason=reason)
        changes += let_go
    return whole, whole.refundable_of(news.payment_id), changes


def _let_go(whole: Whole, refund: Refund, *, actor: str, reason: str) -> tuple[Whole, Changes]:
    """The refund as failed; what it had set aside of the order's price counts as ours again."""
    failed = replace(refund, status=RefundState.FAILED)
    order = whole.order
    if not whole.is_surplus(refund):
        order = replace(order, refunded=order.refunded - refund.amount)
    note = Note(actor=actor, entity="refund", entity_id=refund.refund_id, action="failed", reason=reason)
    changes = Changes(refunds=(failed,), orders=(order,) if order is not whole.order else (), notes=(note,))
    return replace(whole, order=order, refunds=_with(whole.refunds, failed)), changes


def _returned(whole: Whole, refund: Refund, provider: str, *, is_earned: bool, new_id: NewId, now: datetime) -> Changes:
    done = replace(refund, status=RefundState.SUCCEEDED)
    whole = replace(whole, refunds=_with(whole.refunds, done))
    is_surplus = whole.is_surplus(refund)
    booked = _booked(whole, done, provider, is_earned=is_earned and not is_surplus, new_id=new_id, now=now)
    changes = Changes(refunds=(done,)) + booked
    if is_surplus:
        changes += _rest_of_surplus(whole, done, has_failed=False, new_id=new_id, now=now)
    elif whole.order.status in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED}:
        order = _after_refund(whole, done)
        whole = replace(whole, order=order)
        changes += Changes(orders=(order,))
    if done.access_effect is AccessEffect.REVOKE:
        changes += take_back(whole, now=now)
    told = OrderRefunded(
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        refund_id=done.refund_id,
        title=whole.order.title,
        amount=done.amount,
        access_effect=done.access_effect,
    )
    return changes + Changes(events=(told,))


def _after_refund(whole: Whole, refund: Refund) -> Order:
    """The order once money of its price is back; what is back whole is never earned."""
    back = [
        one.amount
        for one in whole.refunds
        if one.status is RefundState.SUCCEEDED and one.payment_id == refund.payment_id
    ]
    order = whole.order
    if sum(back, start=nothing(order.total)) == order.total:
        return replace(order, status=OrderStatus.REFUNDED, recognize_at=None)
    return replace(order, status=OrderStatus.PARTIALLY_REFUNDED)


def _booked(whole: Whole, refund: Refund, provider: str, *, is_earned: bool, new_id: NewId, now: datetime) -> Changes:
    """A surplus is never earned: it is owed until it goes back."""
    entry = Entry(
        entry_id=new_id(),
        kind=Kind.REFUND,
        source_id=refund.refund_id,
        order_id=whole.order.order_id,
        posted_at=now,
        postings=refund_postings(refund.amount, provider=provider, is_earned=is_earned),
    )
    receipt = Receipt(
        receipt_id=new_id(),
        kind="refund",
        source_id=refund.refund_id,
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        amount=refund.amount,
        lines=refund_lines(whole.lines, amount=refund.amount, language=whole.order.language),
        issued_at=now,
    )
    return Changes(entries=(entry,), receipts=(receipt,))


def _rest_of_surplus(whole: Whole, refund: Refund, *, has_failed: bool, new_id: NewId, now: datetime) -> Changes:
    """Sends back what is left of a surplus after ``refund`` has ended, but not the sum that has just failed."""
    source = whole.refundable_of(refund.payment_id)
    is_asked = any(one.status is RefundState.REQUESTED and one.payment_id == refund.payment_id for one in whole.refunds)
    if is_asked or not source.left.minor or (has_failed and source.left == refund.amount):
        return NO_CHANGES
    reason = "the rest of what bought nothing"
    wish = Wish(amount=source.left, effect=AccessEffect.KEEP, reason=reason, actor=SYSTEM)
    return request_refund(whole, source, wish, new_id=new_id, now=now)


def _provider_note(
    refund: Refund, action: str, *, after: dict[str, str] | None = None, reason: str | None = None
) -> Note:
    return Note(actor=PROVIDER, entity="refund", entity_id=refund.refund_id, action=action, after=after, reason=reason)


def _with(refunds: tuple[Refund, ...], changed: Refund) -> tuple[Refund, ...]:
    return tuple(changed if one.refund_id == changed.refund_id else one for one in refunds)
