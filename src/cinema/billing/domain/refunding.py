"""Refunds: who may take money back, how much, what it does to access, and what becomes of the wish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from cinema.billing.domain import ending
from cinema.billing.domain.changes import NO_CHANGES, PROVIDER, SYSTEM, Changes, NewId, Note, Receipt, viewer
from cinema.billing.domain.charging import send_back
from cinema.billing.domain.delivery import is_newest, take_back
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.ledger import Entry, Kind, refund_postings
from cinema.billing.domain.order import Order, Refund, nothing, refund_lines
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.refund_policy import (
    NothingToRefund,
    Quote,
    demand_possible,
    fitted,
    may_ask,
    needs_second_person,
    quote,
)
from cinema.billing.domain.renewal import restore, stop
from cinema.billing.domain.whole import COUNTED, Refundable, Whole
from cinema.contracts.billing import OrderRefundAsked, OrderRefunded, OrderRefundFailed
from cinema.contracts.enums import AccessEffect, OrderStatus, RefundBasis, RefundOrigin, RefundState, RenewalReason
from cinema.contracts.identity import OwnAccount
from cinema.contracts.ids import PaymentId, RefundId, UserId
from cinema.contracts.payments import RefundFailed, RefundLimits, RefundSucceeded
from cinema.kit.errors import Conflict, Forbidden, Invalid
from cinema.kit.money import Money


class RefundTooLarge(Invalid):
    """More than is left of the payment cannot be returned; ``left_minor`` says how much is."""

    code = "refund-too-large"


class RefundChanged(Conflict):
    """What you would get back has changed since you looked; ``amount_minor`` is what it is now."""

    code = "refund-changed"


class SecondPersonNeeded(Forbidden):
    """Who proposed this refund does not decide on it; ask a colleague."""

    code = "second-person-needed"


class RefundNotProposed(Conflict):
    """This refund does not wait for a decision."""

    code = "refund-not-proposed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How much is to go back, what decided that, what it does to access, who wants it and why."""

    amount: Money
    basis: RefundBasis
    effect: AccessEffect
    reason: str
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What a viewer would get back, and of which payment."""

    source: Refundable
    quote: Quote
    effect: AccessEffect
    ends_renewal: bool


Limits: TypeAlias = Mapping[PaymentId, RefundLimits]
"""What the provider can return, by payment; one that is not there was not asked about."""


def offer(whole: Whole, *, limits: Limits, earlier: Sequence[datetime], policies: Policies, now: datetime) -> Offered:
    """What the buyer may take back themselves now, of money that bought nothing first.

    ``earlier``: when they took money back before. Raises `NothingToRefund`, `RefundTooLate`,
    `FilmPlayed`, `LaterPeriodPaid`, `RefundNeedsStaff`, `RefundNotPossible`.
    """
    source = _source(whole, AccessEffect.REVOKE)
    found = limits.get(source.payment_id)
    if source.is_surplus:
        demand_possible(source.left, source.left, found, now=now)
        surplus = Quote(amount=source.left, kept=nothing(source.left), basis=RefundBasis.SURPLUS)
        return Offered(source=source, quote=surplus, effect=AccessEffect.KEEP, ends_renewal=False)
    quoted = quote(whole, source.left, policies.refunds, now=now)
    may_ask(earlier, policies.refunds, now=now)
    amount = fitted(quoted.amount, source.left, found, now=now)
    return Offered(
        source=source,
        quote=replace(quoted, amount=amount, kept=quoted.kept + quoted.amount - amount),
        effect=AccessEffect.REVOKE,
        ends_renewal=_is_renewed(whole),
    )


def refund_own(
    whole: Whole,
    offered: Offered,
    *,
    expected: Money | None,
    reason: str,
    actor: str,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """A viewer takes back what is offered; what it gave ends at once. Raises `RefundChanged`."""
    amount = offered.quote.amount
    if expected is not None and expected != amount:
        raise RefundChanged(amount_minor=amount.minor, currency=amount.currency)
    wish = Wish(amount=amount, basis=offered.quote.basis, effect=offered.effect, reason=reason, actor=actor)
    return request_refund(whole, offered.source, wish, durations=policies.durations, new_id=new_id, now=now)


def refund_any(
    whole: Whole,
    *,
    amount: Money | None,
    effect: AccessEffect,
    reason: str,
    staff_id: UserId,
    limits: Limits,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """Staff returns all (``amount`` None) or a part of an order, or proposes it where it is too much for one person.

    Money that bought nothing, and could not be returned by itself, goes first unless
    access is to be revoked. Raises `OwnAccount`, `NothingToRefund`, `RefundTooLarge` and
    `RefundNotPossible`.
    """
    if whole.order.user_id == staff_id:
        raise OwnAccount
    source = _source(whole, effect)
    wish = Wish(
        amount=amount or source.left, basis=RefundBasis.STAFF, effect=effect, reason=reason, actor=viewer(staff_id)
    )
    _demand(wish.amount, source, limits, now=now)
    if not source.is_surplus and needs_second_person(whole.order, wish.amount, policies.refunds):
        return _proposed(whole, source, wish, new_id=new_id, now=now)
    return request_refund(whole, source, wish, durations=policies.durations, new_id=new_id, now=now)


def approve(
    whole: Whole, refund: Refund, *, staff_id: UserId, limits: Limits, policies: Policies, now: datetime
) -> Changes:
    """A second person has a proposed refund carried out.

    Raises `RefundNotProposed`, `OwnAccount`, `SecondPersonNeeded`, and as `refund_any`.
    """
    _demand_second(whole, refund, staff_id)
    source = whole.refundable_of(refund.payment_id)
    _demand(refund.amount, source, limits, now=now)
    approved = replace(refund, status=RefundState.REQUESTED, updated_at=now)
    note = _note(refund, "approved", actor=viewer(staff_id))
    changes = Changes(refunds=(approved,), notes=(note,))
    return changes + _sent(whole, source, approved, durations=policies.durations, now=now)


def reject(whole: Whole, refund: Refund, *, staff_id: UserId, reason: str, now: datetime) -> Changes:
    """A second person says no to a proposed refund. Raises `RefundNotProposed`, `OwnAccount`, `SecondPersonNeeded`."""
    _demand_second(whole, refund, staff_id)
    rejected = replace(refund, status=RefundState.REJECTED, failure_reason=reason, updated_at=now)
    return Changes(refunds=(rejected,), notes=(_note(refund, "rejected", actor=viewer(staff_id), reason=reason),))


def request_refund(
    whole: Whole, source: Refundable, wish: Wish, *, durations: Durations | None, new_id: NewId, now: datetime
) -> Changes:
    """Asks payments for a refund, counted against the order unless its money was surplus.

    With the effect ``revoke`` what the order gave ends at once, so that nobody uses what
    they are paid back for, and the subscription is not renewed; both come back if the
    money does not arrive. A surplus leaves access as it is, and needs no ``durations``.
    """
    refund = _new_refund(whole, source, wish, RefundState.REQUESTED, new_id=new_id, now=now)
    made = Changes(new_refunds=(refund,), notes=(_asked_note(whole, refund, "requested"),))
    return made + _sent(whole, source, refund, durations=durations, now=now)


def _proposed(whole: Whole, source: Refundable, wish: Wish, *, new_id: NewId, now: datetime) -> Changes:
    refund = _new_refund(whole, source, wish, RefundState.PROPOSED, new_id=new_id, now=now)
    return Changes(new_refunds=(refund,), notes=(_asked_note(whole, refund, "proposed"),))


def _new_refund(
    whole: Whole, source: Refundable, wish: Wish, status: RefundState, *, new_id: NewId, now: datetime
) -> Refund:
    return Refund(
        refund_id=RefundId(new_id()),
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        payment_id=source.payment_id,
        amount=wish.amount,
        status=status,
        basis=wish.basis,
        access_effect=AccessEffect.KEEP if source.is_surplus else wish.effect,
        actor=wish.actor,
        reason=wish.reason,
        failure_reason=None,
        created_at=now,
        updated_at=now,
    )


def _sent(whole: Whole, source: Refundable, refund: Refund, *, durations: Durations | None, now: datetime) -> Changes:
    """The refund is on its way: counted, asked for and told, with its effect on access."""
    order = whole.order
    counted = () if source.is_surplus else (replace(order, refunded=order.refunded + refund.amount),)
    told = OrderRefundAsked(
        order_id=order.order_id,
        user_id=order.user_id,
        refund_id=refund.refund_id,
        title=order.title,
        amount=refund.amount,
        basis=refund.basis,
        access_effect=refund.access_effect,
    )
    changes = Changes(orders=counted, events=(send_back(order, whole.lines, refund), told))
    if refund.access_effect is AccessEffect.KEEP:
        return changes
    assert durations is not None
    suspended = ending.revoke(whole.rights, reason=ending.SUSPENDED, now=now)
    return changes + suspended + _stop_renewing(whole, refund, durations=durations, now=now)


def _demand(amount: Money, source: Refundable, limits: Limits, *, now: datetime) -> None:
    left = source.left
    if amount.currency != left.currency or left < amount:
        raise RefundTooLarge(left_minor=left.minor, currency=left.currency)
    demand_possible(amount, left, limits.get(source.payment_id), now=now)


def _demand_second(whole: Whole, refund: Refund, staff_id: UserId) -> None:
    if refund.status is not RefundState.PROPOSED:
        raise RefundNotProposed(refund_status=refund.status)
    if whole.order.user_id == staff_id:
        raise OwnAccount
    if refund.actor == viewer(staff_id):
        raise SecondPersonNeeded


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
    told = OrderRefundFailed(
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        refund_id=refund.refund_id,
        title=whole.order.title,
        amount=refund.amount,
        reason=news.reason,
        access_effect=refund.access_effect,
    )
    changes += Changes(events=(told,))
    if refund.access_effect is AccessEffect.REVOKE:
        changes += _given_back(whole, durations=durations, now=now)
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


def _is_renewed(whole: Whole) -> bool:
    """Whether the order paid for the newest period of a subscription that renews by itself."""
    standing = whole.standing
    return standing is not None and is_newest(whole.order, standing.subscription) and standing.subscription.is_renewing


def _stop_renewing(whole: Whole, refund: Refund, *, durations: Durations, now: datetime) -> Changes:
    """Whoever takes the newest period back is not charged again while the money travels, nor for one that waits."""
    standing = whole.standing
    if standing is None or not is_newest(whole.order, standing.subscription):
        return NO_CHANGES
    if not standing.subscription.is_renewing:
        return ending.drop_awaited(standing, reason=ending.SUSPENDED)
    return stop(standing, RenewalReason.REFUND_REQUESTED, actor=refund.actor, durations=durations, now=now)


def _given_back(whole: Whole, *, durations: Durations, now: datetime) -> Changes:
    """What the request for a refund had ended goes on, for as long as it is paid, unless another one ends it too."""
    if any(one.access_effect is AccessEffect.REVOKE and one.status in COUNTED for one in whole.refunds):
        return NO_CHANGES
    rights = tuple(one for one in whole.suspended if one.ends_at > now)
    changes = Changes(restored=rights, events=tuple(one.granted() for one in rights))
    if whole.standing is None or not is_newest(whole.order, whole.standing.subscription):
        return changes
    return changes + restore(whole.standing, durations=durations, now=now)


def _admitted(
    whole: Whole, refund: Refund | None, news: RefundSucceeded, *, durations: Durations, now: datetime
) -> tuple[Whole, Refund, Changes]:
    """The whole in which the refund is asked for and counted, as if it had gone the usual way.

    One that was made at the provider is taken over: what leaves nothing of the price is
    as good as our own full refund and revokes access; a part keeps it. One that was said
    to have failed counts again. The provider has the last word on what went back, so
    ours that are only asked for give way.
    """
    if refund is not None and refund.status is RefundState.REQUESTED:
        return whole, refund, NO_CHANGES
    whole, source, changes = _with_room(whole, news, now=now)
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
        note = _note(refund, "made", actor=PROVIDER, after=after, reason=refund.reason)
        changes += Changes(new_refunds=(refund,), notes=(note,))
        whole = replace(whole, refunds=(*whole.refunds, refund))
    else:
        changes += Changes(notes=(_note(refund, "returned late", actor=PROVIDER),))
    if not source.is_surplus:
        order = replace(whole.order, refunded=whole.order.refunded + refund.amount)
        whole, changes = replace(whole, order=order), changes + Changes(orders=(order,))
    if refund.access_effect is AccessEffect.KEEP and whole.suspended:
        changes += _given_back(whole, durations=durations, now=now)
    return whole, refund, changes


def _with_room(whole: Whole, news: RefundSucceeded, *, now: datetime) -> tuple[Whole, Refundable, Changes]:
    """What was taken by the payment, with room for what went back: refunds that are only asked for are let go for it.

    The newest goes first. Payments, which know what fits, will say that it has failed; if
    it was another one, what really went back is admitted too.
    """
    changes = NO_CHANGES
    asked = [one for one in whole.refunds if one.payment_id == news.payment_id and one.status is RefundState.REQUESTED]
    while whole.refundable_of(news.payment_id).left < news.amount and asked:
        reason = "the money went back another way"
        whole, let_go = _let_go(whole, asked.pop(), actor=PROVIDER, reason=reason, now=now)
        changes += let_go
    return whole, whole.refundable_of(news.payment_id), changes


def _let_go(whole: Whole, refund: Refund, *, actor: str, reason: str, now: datetime) -> tuple[Whole, Changes]:
    """The refund as failed; what it had set aside of the order's price counts as ours again."""
    failed = replace(refund, status=RefundState.FAILED, failure_reason=reason, updated_at=now)
    order = whole.order
    if not whole.is_surplus(refund):
        order = replace(order, refunded=order.refunded - refund.amount)
    note = _note(refund, "failed", actor=actor, reason=reason)
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
    wish = Wish(amount=source.left, basis=RefundBasis.SURPLUS, effect=AccessEffect.KEEP, reason=reason, actor=SYSTEM)
    return request_refund(whole, source, wish, durations=None, new_id=new_id, now=now)


def _asked_note(whole: Whole, refund: Refund, action: str) -> Note:
    after = {
        "order_id": str(whole.order.order_id),
        "amount": str(refund.amount),
        "basis": refund.basis,
        "access_effect": refund.access_effect,
    }
    return _note(refund, action, actor=refund.actor, after=after, reason=refund.reason)


def _note(
    refund: Refund, action: str, *, actor: str, after: Mapping[str, str] | None = None, reason: str | None = None
) -> Note:
    return Note(actor=actor, entity="refund", entity_id=refund.refund_id, action=action, after=after, reason=reason)


def _with(refunds: tuple[Refund, ...], changed: Refund) -> tuple[Refund, ...]:
    return tuple(changed if one.refund_id == changed.refund_id else one for one in refunds)
