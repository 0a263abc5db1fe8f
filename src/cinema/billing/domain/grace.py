"""Grace: access past the paid period, while the next one is awaited."""

from datetime import datetime

from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId
from cinema.billing.domain.right import Right
from cinema.billing.domain.whole import Standing
from cinema.contracts.enums import GrantKind
from cinema.contracts.ids import EntitlementId


def give_grace(standing: Standing, *, until: datetime, new_id: NewId, now: datetime) -> Changes:
    """Prolongs access past the paid period, until the next one is paid or given up, unless that is done already."""
    subscription = standing.subscription
    start = max(subscription.paid_period().end, now)
    if standing.graces or start >= until:
        return NO_CHANGES
    right = Right(
        entitlement_id=EntitlementId(new_id()),
        user_id=subscription.user_id,
        kind=GrantKind.GRACE,
        film_id=None,
        subscription_id=subscription.subscription_id,
        order_id=None,
        starts_at=start,
        ends_at=until,
    )
    return Changes(rights=(right,), events=(right.granted(),))
