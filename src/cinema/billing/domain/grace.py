"""Grace: access past the paid period, while the next one is awaited."""

from datetime import datetime

from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId
from cinema.billing.domain.durations import Durations
from cinema.billing.domain.right import Right
from cinema.billing.domain.whole import Standing
from cinema.contracts.enums import GrantKind
from cinema.contracts.ids import EntitlementId


def grace_until(standing: Standing, *, until: datetime, durations: Durations, now: datetime) -> datetime:
    """Until when a grace that is given now goes on: to ``until``, but no longer than a grace may be.

    The end of what there is already where none is given: there is one grace after each
    period that was paid, however long it is waited for.
    """
    period = standing.subscription.paid_period()
    if standing.graces:
        return standing.access_until()
    start = max(period.end, now)
    return max(period.end, min(until, start + durations.within(period).grace))


def give_grace(standing: Standing, *, until: datetime, durations: Durations, new_id: NewId, now: datetime) -> Changes:
    """Prolongs access past the paid period, until the next one is paid or given up, once."""
    subscription = standing.subscription
    start = max(subscription.paid_period().end, now)
    ends_at = grace_until(standing, until=until, durations=durations, now=now)
    if standing.graces or start >= ends_at:
        return NO_CHANGES
    right = Right(
        entitlement_id=EntitlementId(new_id()),
        user_id=subscription.user_id,
        kind=GrantKind.GRACE,
        film_id=None,
        subscription_id=subscription.subscription_id,
        order_id=None,
        starts_at=start,
        ends_at=ends_at,
    )
    return Changes(rights=(right,), events=(right.granted(),))
