"""Refunds: who may take money back, how much, what it does to access, and what becomes of the wish."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar, TypeAlias

from cinema.billing.domain import ending
from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId, Note, viewer
from cinema.billing.domain.charging import send_back
from cinema.billing.domain.delivery import is_newest
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.order import Refund, nothing
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
from cinema.billing.domain.renewal import stop
from cinema.billing.domain.whole import Refundable, Whole
from cinema.contracts.billing import OrderRefundAsked
from cinema.contracts.enums import AccessEffect, HistoryEntity, RefundBasis, RefundState, RenewalReason
from cinema.contracts.identity import OwnAccount
from cinema.contracts.ids import PaymentId, RefundId, UserId
from cinema.contracts.payments import RefundLimits
from cinema.kit.errors import Conflict, Forbidden, Invalid
from cinema.kit.money import Money


class RefundTooLarge(Invalid):
    """More than is left of the payment cannot be returned; ``left_minor`` says how much is."""

    code = "refund-too-large"
    members: ClassVar[Mapping[str, Any]] = {
        "left_minor": Annotated[int, "How much is left, in minor units."],
        "currency": Annotated[str, "ISO 4217 code of the currency."],
    }


class RefundChanged(Conflict):
    """What you would get back has changed since you looked; ``amount_minor`` is what it is now."""

    code = "refund-changed"
    members: ClassVar[Mapping[str, Any]] = {
        "amount_minor": Annotated[int, "What would go back now, in minor units."],
        "currency": Annotated[str, "ISO 4217 code of the currency."],
    }


class SecondPersonNeeded(Forbidden):
    """Who proposed this refund does not decide on it; ask a colleague."""

    code = "second-person-needed"


class RefundNotProposed(Conflict):
    """This refund does not wait for a decision."""

    code = "refund-not-proposed"
    members: ClassVar[Mapping[str, Any]] = {
        "refund_status": Annotated[RefundState, "Where the refund stands."],
    }


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
    note = refund_note(refund, "approved", actor=viewer(staff_id))
    changes = Changes(refunds=(approved,), notes=(note,))
    return changes + _sent(whole, source, approved, durations=policies.durations, now=now)


def reject(whole: Whole, refund: Refund, *, staff_id: UserId, reason: str, now: datetime) -> Changes:
    """A second person says no to a proposed refund. Raises `RefundNotProposed`, `OwnAccount`, `SecondPersonNeeded`."""
    _demand_second(whole, refund, staff_id)
    rejected = replace(refund, status=RefundState.REJECTED, failure_reason=reason, updated_at=now)
    return Changes(refunds=(rejected,), notes=(refund_note(refund, "rejected", actor=viewer(staff_id), reason=reason),))


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
    changes = Changes(
        orders=counted, events=(send_back(order, whole.lines, refund, is_surplus=source.is_surplus), told)
    )
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
    dropped = ending.drop_awaited(standing, reason=ending.SUSPENDED)
    if not standing.subscription.is_renewing:
        return dropped
    reason, without = RenewalReason.REFUND_REQUESTED, replace(standing, awaited=None, charges=())
    return dropped + stop(without, reason, actor=refund.actor, durations=durations, now=now)


def _asked_note(whole: Whole, refund: Refund, action: str) -> Note:
    after = {
        "order_id": str(whole.order.order_id),
        "amount": str(refund.amount),
        "basis": refund.basis,
        "access_effect": refund.access_effect,
    }
    return refund_note(refund, action, actor=refund.actor, after=after, reason=refund.reason)


def refund_note(
    refund: Refund, action: str, *, actor: str, after: Mapping[str, str] | None = None, reason: str | None = None
) -> Note:
    return Note(
        actor=actor, entity=HistoryEntity.REFUND, entity_id=refund.refund_id, action=action, after=after, reason=reason
    )
