"""What became of refunds: the money is back, or it is not, by our doing or at the provider."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from cinema.billing.domain.changes import NO_CHANGES, PROVIDER, SYSTEM, Changes, NewId, Note, Receipt
from cinema.billing.domain.delivery import is_newest, take_back
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.ledger import Entry, Kind, refund_postings
from cinema.billing.domain.order import Order, Refund, nothing, part_lines
from cinema.billing.domain.period import moved
from cinema.billing.domain.refunding import Wish, refund_note, request_refund
from cinema.billing.domain.renewal import planned, restore
from cinema.billing.domain.right import Right
from cinema.billing.domain.whole import COUNTED, Refundable, Standing, Whole
from cinema.contracts.billing import OrderRefunded, OrderRefundFailed
from cinema.contracts.enums import (
    AccessEffect,
    HistoryEntity,
    OrderStatus,
    ReceiptKind,
    RefundBasis,
    RefundFailure,
    RefundOrigin,
    RefundState,
)
from cinema.contracts.payments import RefundFailed, RefundSucceeded
from cinema.contracts.views.billing import FOR_GOOD


def returned(
    whole: Whole, news: RefundSucceeded, *, is_earned: bool, durations: Durations, new_id: NewId, now: datetime
) -> Changes:
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
    whole, refund, before = _admitted(whole, refund, news, durations=durations, now=now)
    return before + _returned(
        whole, refund, news.provider, is_earned=is_earned, durations=durations, new_id=new_id, now=now
    )


def refused(whole: Whole, news: RefundFailed, *, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    """The provider will not return it: the money counts as ours again until a person acts.

    What the request had ended, access and renewal, goes on again. Of a surplus another sum
    is tried, where a part of it went back another way.
    """
    refund = next((one for one in whole.refunds if one.refund_id == news.refund_id), None)
    if refund is None:
        raise LookupError(f"refund {news.refund_id} of order {news.order_id} is not ours")
    if refund.status is RefundState.FAILED:
        return NO_CHANGES
    whole, changes = _let_go(whole, refund, actor=SYSTEM, reason=news.reason, now=now)
    is_revoked = refund.access_effect is AccessEffect.REVOKE
    given_back = _given_back(whole, durations=durations, now=now) if is_revoked else NO_CHANGES
    changes += _told_failed(whole, refund, news.reason, given_back) + given_back
    if whole.is_surplus(refund):
        changes += _rest_of_surplus(whole, refund, has_failed=True, new_id=new_id, now=now)
    return changes


def _told_failed(whole: Whole, refund: Refund, reason: RefundFailure, given_back: Changes) -> Changes:
    """Tells that the refund did not come about, and whether what it had ended is among what is given back."""
    is_back = refund.access_effect is AccessEffect.REVOKE and bool(given_back.restored)
    told = OrderRefundFailed(
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        refund_id=refund.refund_id,
        title=whole.order.title,
        amount=refund.amount,
        reason=reason,
        access_effect=refund.access_effect,
        is_access_back=is_back,
        access_until=min((one.ends_at for one in given_back.restored if one.ends_at < FOR_GOOD), default=None)
        if is_back
        else None,
    )
    return Changes(events=(told,))


def _given_back(whole: Whole, *, durations: Durations, now: datetime) -> Changes:
    """What the request for a refund had ended goes on, unless another one ends it too; the time lost is added.

    A right to a period that another paid one follows is given back as it was: there is no
    time behind it.
    """
    if any(one.access_effect is AccessEffect.REVOKE and one.status in COUNTED for one in whole.refunds):
        return NO_CHANGES
    standing = whole.standing
    is_followed = _is_followed(whole)
    back = [replace(one, revoked_at=None) if is_followed else one.given_back(now=now) for one in whole.suspended]
    rights = tuple(one for one in back if one.ends_at > now)
    changes = Changes(restored=rights, events=tuple(one.granted() for one in rights))
    earned_at = whole.order.recognize_at
    if earned_at is not None and (ends := [one.ends_at for one in rights if one.ends_at > earned_at]):
        changes += Changes(orders=(replace(whole.order, recognize_at=max(ends)),))
    if standing is None or not is_newest(whole.order, standing.subscription):
        return changes
    return changes + _prolonged(standing, rights, durations=durations, now=now)


def _is_followed(whole: Whole) -> bool:
    """Whether a later period of the subscription is paid."""
    goods, standing = whole.order.goods, whole.standing
    return isinstance(goods, PlanPeriod) and standing is not None and standing.subscription.period_no > goods.period_no


def _prolonged(standing: Standing, rights: Sequence[Right], *, durations: Durations, now: datetime) -> Changes:
    """The subscription in the period that its right gives now, from which the next ones are counted; renewing again."""
    subscription, period = standing.subscription, standing.subscription.paid_period()
    end = max([period.end, *(one.ends_at for one in rights)])
    if end == period.end:
        return restore(standing, durations=durations, now=now)
    assert subscription.anchor is not None
    anchor = moved(
        anchor=subscription.anchor,
        zone=subscription.time_zone,
        interval=subscription.interval,
        number=subscription.period_no + 1,
        end=end,
    )
    later = replace(subscription, period=replace(period, end=end), anchor=anchor)
    note = Note(
        actor=SYSTEM,
        entity=HistoryEntity.SUBSCRIPTION,
        entity_id=subscription.subscription_id,
        action="time given back",
        before={"period_end": period.end.isoformat()},
        after={"period_end": end.isoformat()},
        reason="refund failed",
    )
    changes = Changes(subscriptions=(planned(later, durations=durations, now=now),), notes=(note,))
    return changes + restore(replace(standing, subscription=later), durations=durations, now=now)


def _admitted(
    whole: Whole, refund: Refund | None, news: RefundSucceeded, *, durations: Durations, now: datetime
) -> tuple[Whole, Refund, Changes]:
    """The whole in which the refund is asked for and counted, as if it had gone the usual way.

    One that was made at the provider is taken over: what leaves nothing of the price is
    as good as our own full refund and revokes access; a part keeps it. One that was said
    to have failed counts again. The provider has the last word on what went back, so
    ours that are only asked for give way, and that is told of each.
    """
    if refund is not None and refund.status is RefundState.REQUESTED:
        return whole, refund, NO_CHANGES
    whole, source, changes = _with_room(whole, news, now=now)
    gave_way = changes.refunds
    if refund is None:
        is_whole = source.left == news.amount
        refund = Refund(
            refund_id=news.refund_id,
            order_id=whole.order.order_id,
            user_id=whole.order.user_id,
            payment_id=news.payment_id,
            amount=news.amount,
            status=RefundState.REQUESTED,
            basis=RefundBasis.PROVIDER,
            access_effect=AccessEffect.REVOKE if is_whole and not source.is_surplus else AccessEffect.KEEP,
            actor=PROVIDER,
            reason="made at the provider",
            failure_reason=None,
            created_at=now,
            updated_at=now,
        )
        after = {
            "order_id": str(whole.order.order_id),
            "amount": str(refund.amount),
            "access_effect": refund.access_effect,
        }
        note = refund_note(refund, "made", actor=PROVIDER, after=after, reason=refund.reason)
        changes += Changes(new_refunds=(refund,), notes=(note,))
        whole = replace(whole, refunds=(*whole.refunds, refund))
    else:
        changes += Changes(notes=(refund_note(refund, "returned late", actor=PROVIDER),))
    if not source.is_surplus:
        order = replace(whole.order, refunded=whole.order.refunded + refund.amount)
        whole, changes = replace(whole, order=order), changes + Changes(orders=(order,))
    is_kept = refund.access_effect is AccessEffect.KEEP
    given_back = _given_back(whole, durations=durations, now=now) if is_kept and whole.suspended else NO_CHANGES
    for one in gave_way:
        changes += _told_failed(whole, one, RefundFailure.RETURNED_OTHERWISE, given_back)
    if given_back.orders:
        whole = replace(whole, order=given_back.orders[-1])
    return whole, refund, changes + given_back


def _with_room(whole: Whole, news: RefundSucceeded, *, now: datetime) -> tuple[Whole, Refundable, Changes]:
    """What was taken by the payment, with room for what went back: refunds that are only asked for are let go for it.

    The newest goes first. Payments, which know what fits, will say that it has failed; if
    it was another one, what really went back is admitted too.
    """
    changes = NO_CHANGES
    asked = [one for one in whole.refunds if one.payment_id == news.payment_id and one.status is RefundState.REQUESTED]
    while whole.refundable_of(news.payment_id).left < news.amount and asked:
        reason = RefundFailure.RETURNED_OTHERWISE
        whole, let_go = _let_go(whole, asked.pop(), actor=PROVIDER, reason=reason, now=now)
        changes += let_go
    return whole, whole.refundable_of(news.payment_id), changes


def _let_go(whole: Whole, refund: Refund, *, actor: str, reason: RefundFailure, now: datetime) -> tuple[Whole, Changes]:
    """The refund as failed; what it had set aside of the order's price counts as ours again."""
    failed = replace(refund, status=RefundState.FAILED, failure_reason=reason, updated_at=now)
    order = whole.order
    if not whole.is_surplus(refund):
        order = replace(order, refunded=order.refunded - refund.amount)
    note = refund_note(refund, "failed", actor=actor, reason=reason)
    changes = Changes(refunds=(failed,), orders=(order,) if order is not whole.order else (), notes=(note,))
    return replace(whole, order=order, refunds=_with(whole.refunds, failed)), changes


def _returned(
    whole: Whole,
    refund: Refund,
    provider: str,
    *,
    is_earned: bool,
    durations: Durations,
    new_id: NewId,
    now: datetime,
) -> Changes:
    done = replace(refund, status=RefundState.SUCCEEDED, failure_reason=None, updated_at=now)
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
        changes += take_back(whole, durations=durations, now=now)
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
        kind=ReceiptKind.REFUND,
        source_id=refund.refund_id,
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        amount=refund.amount,
        lines=part_lines(whole.lines, amount=refund.amount, language=whole.order.language, is_given=is_earned),
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
    wish = Wish(amount=source.left, basis=RefundBasis.SURPLUS, effect=AccessEffect.KEEP, reason=reason, actor=SYSTEM)
    return request_refund(whole, source, wish, durations=None, new_id=new_id, now=now)


def _with(refunds: tuple[Refund, ...], changed: Refund) -> tuple[Refund, ...]:
    return tuple(changed if one.refund_id == changed.refund_id else one for one in refunds)
