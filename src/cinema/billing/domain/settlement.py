"""Settlement: what news of payments makes of an order. Each piece of news counts once, in any order."""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from cinema.billing.domain import ending
from cinema.billing.domain.agreement import Agreement
from cinema.billing.domain.changes import NO_CHANGES, SYSTEM, Changes, NewId, Note, Receipt
from cinema.billing.domain.delivery import deliver, give_up, payment_of
from cinema.billing.domain.dunning import after_failure
from cinema.billing.domain.grace import give_grace, grace_until
from cinema.billing.domain.ledger import Entry, Kind, payment_postings
from cinema.billing.domain.order import Charge, ChargeStatus, receipt_lines
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.refunding import Wish, request_refund
from cinema.billing.domain.whole import Refundable, Standing, Whole
from cinema.contracts.billing import CheckoutFailed, MethodUnwanted, RenewalFailed
from cinema.contracts.enums import (
    AccessEffect,
    DeclineClass,
    EndedReason,
    HistoryEntity,
    OrderKind,
    ReceiptKind,
    RefundBasis,
    SubscriptionStatus,
)
from cinema.contracts.payments import PaymentCanceled, PaymentDeclined, PaymentSucceeded

PaymentNews: TypeAlias = PaymentSucceeded | PaymentDeclined | PaymentCanceled


class AmountDiffers(RuntimeError):
    """A payment came with another amount than its charge: a person has to look."""


def settle(whole: Whole, news: PaymentNews, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """What the news changes; nothing when it was known. Raises `AmountDiffers`, and LookupError."""
    match news:
        case PaymentSucceeded():
            return _succeeded(whole, news, policies=policies, new_id=new_id, now=now)
        case PaymentDeclined():
            return _failed(whole, news, news.decline_class, policies=policies, new_id=new_id, now=now)
        case PaymentCanceled():
            return _failed(whole, news, None, policies=policies, new_id=new_id, now=now)


def _succeeded(whole: Whole, news: PaymentSucceeded, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """Books the money and gives what it bought; money that buys nothing goes back at once.

    It counts also when the charge was said to have failed. Of two charges of one order
    the first to succeed pays for it: the other is withdrawn, and returned should it succeed.
    """
    charge = whole.charge(news.payment_id)
    if news.amount != charge.amount:
        raise AmountDiffers(f"payment {news.payment_id} takes {news.amount}, {charge.amount} was asked for")
    if charge.status is ChargeStatus.SUCCEEDED:
        return NO_CHANGES
    agreement = whole.agreement_of(charge)
    paid = replace(
        charge,
        status=ChargeStatus.SUCCEEDED,
        is_surplus=not whole.is_open,
        reason=None,
        decline_class=None,
        ended_at=now,
    )
    booked = Changes(charges=(paid,)) + _booked(whole, news, new_id=new_id, now=now)
    if paid.is_surplus:
        unwanted = _unwanted(whole, news, agreement, now=now)
        return booked + unwanted + _send_surplus_back(whole, paid, new_id=new_id, now=now)
    others = [one for one in whole.charges if one.payment_id != charge.payment_id]
    return (
        booked
        + ending.withdraw(whole.order, others)
        + deliver(whole, payment_of(news, agreement), durations=policies.durations, new_id=new_id, now=now)
    )


def _unwanted(whole: Whole, news: PaymentSucceeded, agreement: Agreement | None, *, now: datetime) -> Changes:
    """What the payer agreed to with money that buys nothing comes to nothing: the method is not kept."""
    if agreement is None or news.method_id is None:
        return NO_CHANGES
    told = MethodUnwanted(
        order_id=whole.order.order_id,
        user_id=whole.order.user_id,
        payment_id=news.payment_id,
        method_id=news.method_id,
    )
    return Changes(agreements=(agreement.ended(now=now),), events=(told,))


def _booked(whole: Whole, news: PaymentSucceeded, *, new_id: NewId, now: datetime) -> Changes:
    order = whole.order
    entry = Entry(
        entry_id=new_id(),
        kind=Kind.PAYMENT,
        source_id=news.payment_id,
        order_id=order.order_id,
        posted_at=now,
        postings=payment_postings(news.amount, news.fee, provider=news.provider),
    )
    receipt = Receipt(
        receipt_id=new_id(),
        kind=ReceiptKind.PAYMENT,
        source_id=news.payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=news.amount,
        lines=receipt_lines(whole.lines, language=order.language),
        issued_at=now,
    )
    return Changes(entries=(entry,), receipts=(receipt,))


def _send_surplus_back(whole: Whole, paid: Charge, *, new_id: NewId, now: datetime) -> Changes:
    surplus = Refundable(payment_id=paid.payment_id, left=paid.amount, is_surplus=True)
    reason = f"paid when the order was {whole.order.status}"
    wish = Wish(amount=surplus.left, basis=RefundBasis.SURPLUS, effect=AccessEffect.KEEP, reason=reason, actor=SYSTEM)
    return request_refund(whole, surplus, wish, durations=None, new_id=new_id, now=now)


def _failed(
    whole: Whole,
    news: PaymentDeclined | PaymentCanceled,
    decline_class: DeclineClass | None,
    *,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """A charge ended without money: the viewer tries again by hand, a renewal goes into dunning.

    A payment page that the viewer left unused is no failed try of a renewal.
    """
    charge = whole.charge(news.payment_id)
    if charge.status is not ChargeStatus.OPEN:
        return NO_CHANGES
    failed = replace(charge, status=ChargeStatus.FAILED, reason=news.reason, decline_class=decline_class, ended_at=now)
    agreement = whole.agreement_of(charge)
    changes = Changes(charges=(failed,), agreements=(agreement.ended(now=now),) if agreement else ())
    if not whole.is_open:
        return changes
    if whole.order.kind is OrderKind.CHECKOUT:
        return changes + _not_bought(whole, failed, now=now)
    is_by_hand = charge.method_id is None
    if decline_class is None and is_by_hand:
        return changes
    how = DeclineClass.PAYER if is_by_hand else decline_class or DeclineClass.SOFT
    assert whole.standing is not None
    return changes + _dun(whole, whole.standing, failed, how, policies=policies, new_id=new_id, now=now)


def _not_bought(whole: Whole, failed: Charge, *, now: datetime) -> Changes:
    """A payment that ended unpaid and unrefused ends its checkout; one that was refused may be tried again."""
    assert failed.reason is not None
    order = whole.order
    if failed.decline_class is None:
        others = tuple(one for one in whole.charges if one.payment_id != failed.payment_id)
        return give_up(replace(whole, charges=others), actor=SYSTEM, reason=failed.reason, now=now)
    told = CheckoutFailed(
        order_id=order.order_id,
        user_id=order.user_id,
        payment_id=failed.payment_id,
        title=order.title,
        amount=order.total,
        reason=failed.reason,
    )
    return Changes(events=(told,))


def _dun(
    whole: Whole,
    standing: Standing,
    failed: Charge,
    decline_class: DeclineClass,
    *,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """A renewal was not paid: access goes on for the grace, and it is tried again or waits for another card."""
    assert failed.reason is not None
    order, subscription, durations = whole.order, standing.subscription, policies.durations
    if now >= order.expires_at:
        without = tuple(one for one in standing.charges if one.payment_id != failed.payment_id)
        return ending.end(replace(standing, charges=without), EndedReason.PAYMENT_FAILED, actor=SYSTEM, now=now)
    attempt = subscription.dunning_attempt + 1
    first_failed_at = subscription.first_failed_at or now
    step = after_failure(
        durations.within(subscription.paid_period()).retries,
        attempt=attempt,
        decline_class=decline_class,
        first_failed_at=first_failed_at,
        pay_until=order.expires_at,
        now=now,
    )
    can_retry = subscription.method_id is not None
    late = replace(
        subscription,
        status=SubscriptionStatus.PAST_DUE,
        dunning_attempt=attempt,
        first_failed_at=first_failed_at,
        next_attempt_at=step.look_at,
        remind_at=None,
    )
    note = Note(
        actor=SYSTEM,
        entity=HistoryEntity.SUBSCRIPTION,
        entity_id=subscription.subscription_id,
        action="renewal failed",
        before={"status": subscription.status, "attempt": subscription.dunning_attempt},
        after={"status": SubscriptionStatus.PAST_DUE, "attempt": attempt},
        reason=failed.reason,
    )
    told = RenewalFailed(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        order_id=order.order_id,
        title=subscription.title,
        amount=order.total,
        reason=failed.reason,
        decline_class=decline_class,
        attempt=attempt,
        next_attempt_at=step.retry_at if can_retry else None,
        access_until=grace_until(standing, until=order.expires_at, durations=durations, now=now),
    )
    graced = give_grace(standing, until=order.expires_at, durations=durations, new_id=new_id, now=now)
    return graced + Changes(subscriptions=(late,), notes=(note,), events=(told,))
