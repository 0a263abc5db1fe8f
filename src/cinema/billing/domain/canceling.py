"""Canceling, and changing one's mind."""

from dataclasses import replace
from datetime import datetime

from cinema.billing.domain import ending
from cinema.billing.domain.changes import NO_CHANGES, Changes, Note, viewer
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.subscription import (
    ChargeUnderWay,
    NotCanceled,
    NotRunning,
    Subscription,
    charge_at,
    charge_if_told,
    remind_at,
)
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import CancellationScheduled, CancellationUndone
from cinema.contracts.enums import EndedReason, SubscriptionStatus


def cancel(standing: Standing, *, now: datetime) -> Changes:
    """Cancels at the period's end: what is paid stays, nothing more is charged; nothing for one that is canceled.

    A charge that is already under way is withdrawn, and its money, should it still
    come, goes back. With the paid period over (in the grace), access ends now. Raises
    `NotRunning`.
    """
    subscription = standing.subscription
    if not subscription.is_running:
        raise NotRunning(subscription_status=subscription.status)
    if subscription.cancel_at_period_end:
        return NO_CHANGES
    end = subscription.paid_period().end
    if now >= end:
        return ending.end(standing, EndedReason.CANCELED, actor=viewer(subscription.user_id), now=now)
    canceled = replace(
        subscription, cancel_at_period_end=True, next_attempt_at=end, remind_at=None, told_charge_at=None
    )
    scheduled = CancellationScheduled(
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        title=subscription.title,
        access_until=end,
    )
    return (
        ending.drop_awaited(standing, reason="canceled by the viewer")
        + ending.end_grace(standing, reason="canceled", now=now)
        + Changes(
            subscriptions=(canceled,), notes=(_note(subscription, "cancellation scheduled"),), events=(scheduled,)
        )
    )


def resume(standing: Standing, *, policies: Policies, now: datetime) -> Changes:
    """Undoes a cancellation while the period runs; the viewer is told of the next charge anew.

    Raises `NotRunning`, `NotCanceled`, and `ChargeUnderWay` while the charge that the
    cancellation dropped has no result: nobody is charged twice for a period.
    """
    subscription, policy = standing.subscription, policies.renewal
    if subscription.status is not SubscriptionStatus.ACTIVE or now >= subscription.paid_period().end:
        raise NotRunning(subscription_status=subscription.status)
    if not subscription.cancel_at_period_end:
        raise NotCanceled
    if standing.is_under_way:
        raise ChargeUnderWay
    its_id, period = subscription.subscription_id, subscription.paid_period()
    remind = max(remind_at(its_id, period, policy), now)
    renewing = replace(
        subscription,
        cancel_at_period_end=False,
        next_attempt_at=max(charge_at(its_id, period, policy), now),
        remind_at=remind,
        told_charge_at=None,
    )
    undone = CancellationUndone(
        subscription_id=its_id,
        user_id=subscription.user_id,
        title=subscription.title,
        renews_at=charge_if_told(its_id, period, policy, now=remind),
    )
    return Changes(subscriptions=(renewing,), notes=(_note(subscription, "cancellation undone"),), events=(undone,))


def _note(subscription: Subscription, action: str) -> Note:
    return Note(
        actor=viewer(subscription.user_id),
        entity="subscription",
        entity_id=subscription.subscription_id,
        action=action,
        before={"cancel_at_period_end": subscription.cancel_at_period_end},
        after={"cancel_at_period_end": not subscription.cancel_at_period_end},
    )
