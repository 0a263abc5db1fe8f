"""Renewal: whether a subscription goes on by itself, in one word with its reason and time.

The word, its reasons and its moves are data (`RENEWALS`, `RenewalReason`); here is what
switches it. Whoever loses the right to be charged loses the notice too, so that no charge
leaves that nobody agreed to or was told of.
"""

from dataclasses import replace
from datetime import datetime

from cinema.billing.domain import ending
from cinema.billing.domain.agreement import Agreement, Notice
from cinema.billing.domain.changes import NO_CHANGES, SYSTEM, Changes, NewId, Note, viewer
from cinema.billing.domain.durations import Durations, charge_at, charge_if_told, remind_at
from cinema.billing.domain.order import ChargeStatus
from cinema.billing.domain.subscription import (
    AlreadyRenewing,
    ChargeUnderWay,
    MethodNeeded,
    NotRunning,
    RefundUnderWay,
    Subscription,
)
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import (
    CancellationScheduled,
    CancellationUndone,
    MethodAgreed,
    RenewalRestored,
    RenewalStopped,
)
from cinema.contracts.enums import (
    EndedReason,
    HistoryEntity,
    OrderKind,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import NoticeId

ENDED_BY = {
    RenewalReason.NOT_AGREED: EndedReason.NOT_RENEWED,
    RenewalReason.CANCELED: EndedReason.CANCELED,
    RenewalReason.REFUND_REQUESTED: EndedReason.REFUNDED,
}
"""Why a subscription ends whose renewal is off; one that has no method ends for that."""

SILENT = frozenset({RenewalReason.CANCELED, RenewalReason.REFUND_REQUESTED})
"""Whoever stops a renewal themselves need not be told of the end once more."""


def ended_by(subscription: Subscription) -> EndedReason:
    """Why a subscription ends that does not renew."""
    return ENDED_BY.get(subscription.renewal_reason, EndedReason.NO_METHOD)


def planned(subscription: Subscription, *, durations: Durations, now: datetime) -> Subscription:
    """The subscription with the times of what comes next in its period; the viewer is told anew."""
    its_id, period = subscription.subscription_id, subscription.paid_period()
    fresh = replace(subscription, notice=None)
    if subscription.is_renewing:
        remind = None if subscription.is_free else max(remind_at(its_id, period, durations), now)
        return replace(fresh, next_attempt_at=max(charge_at(its_id, period, durations), now), remind_at=remind)
    end = max(period.end, now)
    told_at = period.end - durations.within(period).notice
    is_told = subscription.renewal_reason not in SILENT and told_at > now
    return replace(fresh, next_attempt_at=end, remind_at=told_at if is_told else None)


def switched(
    subscription: Subscription, renewal: RenewalState, reason: RenewalReason, *, actor: str, now: datetime
) -> tuple[Subscription, Changes]:
    """The subscription with its renewal switched, and the note of it."""
    note = Note(
        actor=actor,
        entity=HistoryEntity.SUBSCRIPTION,
        entity_id=subscription.subscription_id,
        action=f"renewal {renewal}",
        before={"renewal": subscription.renewal},
        after={"renewal": renewal},
        reason=reason,
    )
    changed = replace(subscription, renewal=renewal, renewal_reason=reason, renewal_changed_at=now)
    return changed, Changes(notes=(note,))


def next_charge(subscription: Subscription, *, durations: Durations) -> datetime | None:
    """When the next period is charged: the time that the viewer was told, or will be; None: not by itself."""
    if subscription.status is not SubscriptionStatus.ACTIVE or not subscription.is_renewing:
        return None
    its_id, period = subscription.subscription_id, subscription.paid_period()
    if subscription.notice is not None:
        return subscription.notice.charge_at
    if subscription.remind_at is not None:
        return charge_if_told(its_id, period, durations, now=subscription.remind_at)
    return charge_at(its_id, period, durations)


def cancel(standing: Standing, *, durations: Durations, now: datetime) -> Changes:
    """Cancels at the period's end: what is paid stays, nothing more is charged; nothing for one that is canceled.

    A charge that is already under way is withdrawn, and its money, should it still
    come, goes back. With the paid period over (in the grace), access ends now. Raises
    `NotRunning`.
    """
    subscription = standing.subscription
    actor = viewer(subscription.user_id)
    if not subscription.is_running:
        raise NotRunning(subscription_status=subscription.status)
    end = subscription.paid_period().end
    if now >= end:
        return ending.end(standing, EndedReason.CANCELED, actor=actor, now=now)
    if subscription.renewal is RenewalState.OFF:
        return NO_CHANGES
    scheduled = CancellationScheduled(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        access_until=end,
    )
    return stop(standing, RenewalReason.CANCELED, actor=actor, durations=durations, now=now) + Changes(
        events=(scheduled,)
    )


def stop(standing: Standing, reason: RenewalReason, *, actor: str, durations: Durations, now: datetime) -> Changes:
    """Switches the renewal off; one that waits for its payment is dropped."""
    off, noted = switched(standing.subscription, RenewalState.OFF, reason, actor=actor, now=now)
    return (
        ending.drop_renewal(standing, reason=reason)
        + ending.end_grace(standing, reason=reason, now=now)
        + noted
        + Changes(subscriptions=(planned(off, durations=durations, now=now),))
    )


def resume(standing: Standing, *, durations: Durations, now: datetime) -> Changes:
    """Undoes a cancellation while the period runs; the viewer is told of the next charge anew.

    Raises `NotRunning`, `AlreadyRenewing`, `RefundUnderWay`, `MethodNeeded` where nothing
    holds to which the viewer agreed, and `ChargeUnderWay` while the charge that the
    cancellation dropped has no result: nobody is charged twice for a period.
    """
    subscription = standing.subscription
    if subscription.status is not SubscriptionStatus.ACTIVE or now >= subscription.paid_period().end:
        raise NotRunning(subscription_status=subscription.status)
    if subscription.is_renewing:
        raise AlreadyRenewing
    if standing.is_refunding:
        raise RefundUnderWay
    if not subscription.is_free and subscription.method_id is None:
        raise MethodNeeded
    if standing.is_under_way and standing.awaited is None:
        raise ChargeUnderWay
    renewing, changes = _renewing(
        subscription, RenewalReason.RESUMED, actor=viewer(subscription.user_id), durations=durations, now=now
    )
    undone = CancellationUndone(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        renews_at=_charged(renewing, durations=durations),
    )
    return changes + Changes(events=(undone,))


def choose_method(
    standing: Standing, agreement: Agreement, *, durations: Durations, new_id: NewId, now: datetime
) -> Changes:
    """The viewer agrees that the subscription is renewed by another method, which ``agreement`` names.

    They are told anew before the next charge. Of a renewal that was refused the amount
    and the method are on the page where they choose, so that it is charged at once. Raises
    `NotRunning`, `RefundUnderWay`, and `ChargeUnderWay`.
    """
    subscription = standing.subscription
    assert agreement.method_id is not None
    assert agreement.method_title is not None
    if subscription.status not in {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}:
        raise NotRunning(subscription_status=subscription.status)
    if standing.is_refunding:
        raise RefundUnderWay
    awaited = standing.awaited
    is_renewal = awaited is not None and awaited.kind is OrderKind.RENEWAL
    if is_renewal and any(one.status is ChargeStatus.OPEN for one in standing.charges):
        raise ChargeUnderWay
    if subscription.is_renewing and subscription.method_id == agreement.method_id:
        return NO_CHANGES
    before = (subscription.agreement.ended(now=now),) if subscription.agreement else ()
    agreed = replace(subscription, agreement=agreement)
    made = Changes(new_agreements=(agreement,), agreements=before)
    renewing, changes = _renewing(
        agreed, RenewalReason.METHOD_CHOSEN, actor=viewer(subscription.user_id), durations=durations, now=now
    )
    if awaited is not None and subscription.status is SubscriptionStatus.PAST_DUE:
        notice = Notice(
            notice_id=NoticeId(new_id()),
            subscription_id=subscription.subscription_id,
            method_id=agreement.method_id,
            amount=awaited.total,
            charge_at=now,
            told_at=now,
            delivered_at=now,
        )
        late = replace(renewing, notice=notice, remind_at=None, next_attempt_at=now)
        changes += Changes(notices=(notice,), subscriptions=(late,))
    told = MethodAgreed(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        amount=subscription.price,
        method_title=agreement.method_title,
        renews_at=next_charge(renewing, durations=durations) or now,
    )
    return made + changes + Changes(events=(agreement.told(), told))


def lose_method(standing: Standing, reason: RenewalReason, *, durations: Durations, now: datetime) -> Changes:
    """The agreed method may not be charged any more: so nothing is, and the viewer is told, unless it was off anyway.

    A renewal that is ordered already and late, or whose charge showed that the method is
    gone, may still be paid by hand, and its failure is told; else it is dropped.
    """
    subscription = standing.subscription
    agreement, end = subscription.agreement, subscription.paid_period().end
    without = replace(subscription, agreement=None)
    ended = Changes(agreements=(agreement.ended(now=now),) if agreement else (), subscriptions=(without,))
    if not subscription.is_renewing:
        return ended
    lost, noted = switched(without, RenewalState.NO_METHOD, reason, actor=SYSTEM, now=now)
    awaited = standing.awaited
    is_revoked = reason is RenewalReason.METHOD_REVOKED
    is_late = subscription.status is SubscriptionStatus.PAST_DUE or now >= end
    waits = awaited is not None and awaited.kind is OrderKind.RENEWAL and (is_late or is_revoked)
    told = RenewalStopped(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        reason=reason,
        method_title=agreement.method_title if agreement else None,
        access_until=standing.access_until() if waits else max(end, now),
    )
    changes = ended + noted + (NO_CHANGES if waits and is_revoked else Changes(events=(told,)))
    if awaited is not None and waits:
        withdrawn = ending.withdraw(awaited, standing.charges)
        return changes + withdrawn + Changes(subscriptions=(replace(lost, notice=None, remind_at=None),))
    return (
        changes
        + ending.drop_renewal(standing, reason=reason)
        + ending.end_grace(standing, reason=reason, now=now)
        + Changes(subscriptions=(planned(lost, durations=durations, now=now),))
    )


def restore(standing: Standing, *, durations: Durations, now: datetime) -> Changes:
    """Switches on again what a refund had switched off that did not come about."""
    subscription = standing.subscription
    is_active = subscription.status is SubscriptionStatus.ACTIVE and now < subscription.paid_period().end
    if not is_active or subscription.renewal_reason is not RenewalReason.REFUND_REQUESTED:
        return NO_CHANGES
    if subscription.method_id is None and not subscription.is_free:
        reason = RenewalReason.METHOD_REMOVED
        lost, noted = switched(subscription, RenewalState.NO_METHOD, reason, actor=SYSTEM, now=now)
        told = RenewalStopped(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            title=subscription.title,
            reason=reason,
            method_title=None,
            access_until=standing.access_until(),
        )
        return noted + Changes(subscriptions=(planned(lost, durations=durations, now=now),), events=(told,))
    renewing, changes = _renewing(subscription, RenewalReason.REFUND_FAILED, actor=SYSTEM, durations=durations, now=now)
    restored = RenewalRestored(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        reason=RenewalReason.REFUND_FAILED,
        renews_at=_charged(renewing, durations=durations),
    )
    return changes + Changes(events=(restored,))


def _renewing(
    subscription: Subscription, reason: RenewalReason, *, actor: str, durations: Durations, now: datetime
) -> tuple[Subscription, Changes]:
    on, noted = switched(subscription, RenewalState.ON, reason, actor=actor, now=now)
    renewing = planned(on, durations=durations, now=now)
    return renewing, noted + Changes(subscriptions=(renewing,))


def _charged(subscription: Subscription, *, durations: Durations) -> datetime:
    at = next_charge(subscription, durations=durations)
    assert at is not None
    return at
