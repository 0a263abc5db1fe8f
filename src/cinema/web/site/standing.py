"""How a viewer stands: what they have, until when, and what is charged next, as one word that a heading says."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.contracts.enums import OrderStatus, RenewalReason, RenewalState, SubscriptionStatus
from cinema.contracts.views.billing import EntitlementView, OrderView, SubscriptionView, UnpaidRenewalView
from cinema.web.site.page import Site
from cinema.web.visit import Visit

RIGHTS = 100
"""So many of the newest rights are looked at for what holds now."""

NEWEST = 20


class Stand(StrEnum):
    """What the first box of the account says."""

    NONE = "none"
    """There never was a subscription."""

    ENDED = "ended"
    WAITING = "waiting"
    """It begins when its order is paid."""

    TRIAL = "trial"
    RENEWS = "renews"
    FREE = "free"
    """It goes on by itself and costs nothing."""

    CHARGING = "charging"
    """The charge is due, and has no result yet."""

    ENDING = "ending"
    """It is paid for a while, and is not renewed."""

    NO_METHOD = "no_method"
    """As `ENDING`, because there is nothing that it may be charged to."""

    RETURNING = "returning"
    """Its money is on its way back, and access has ended."""

    LATE = "late"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one viewer stands. ``access_until``: until when films are open by the ``subscription``; None: they are not.

    ``order`` is what waits for its payment; ``rights`` are all that were looked at.
    """

    stand: Stand
    subscription: SubscriptionView | None
    access_until: datetime | None
    unpaid: UnpaidRenewalView | None
    order: OrderView | None
    rights: tuple[EntitlementView, ...]

    @property
    def is_running(self) -> bool:
        """Whether there is something to cancel."""
        return self.stand not in {Stand.NONE, Stand.ENDED, Stand.WAITING}

    def may_buy_ahead(self, now: datetime) -> bool:
        """Whether the next period can be bought by hand: the newest paid one runs, and nothing else is under way."""
        one = self.subscription
        if one is None or one.period_start is None or one.period_end is None or self.order is not None:
            return False
        is_calm = self.stand in {Stand.RENEWS, Stand.ENDING, Stand.NO_METHOD}
        return is_calm and bool(one.price.minor) and one.period_start <= now < one.period_end


async def standing(site: Site, visit: Visit) -> Standing:
    """How whoever is signed in stands."""
    billing, user_id = site.services.billing, visit.who.user_id
    found = (await billing.subscriptions(user_id=user_id, status=None, cursor=None, limit=NEWEST)).items
    one = next((it for it in found if it.status is not SubscriptionStatus.ENDED), found[0] if found else None)
    rights = (await billing.entitlements(user_id=user_id, cursor=None, limit=RIGHTS)).items
    waiting = (await billing.orders(user_id=user_id, status=OrderStatus.OPEN, cursor=None, limit=NEWEST)).items
    is_late = one is not None and one.status is SubscriptionStatus.PAST_DUE
    unpaid = await billing.unpaid_renewal(subscription_id=one.id, user_id=user_id) if one and is_late else None
    until = open_until(rights, one, visit.now) if one else None
    return Standing(
        stand=stand_of(one, access_until=until, now=visit.now),
        subscription=one,
        access_until=until,
        unpaid=unpaid,
        order=next((it for it in waiting if one is not None and it.subscription_id == one.id), None),
        rights=rights,
    )


def open_until(rights: Iterable[EntitlementView], one: SubscriptionView, now: datetime) -> datetime | None:
    """Until when films are open by the subscription: its rights that follow on each other from now on."""
    its = sorted((it.starts_at, it.ends_at) for it in rights if it.subscription_id == one.id and it.revoked_at is None)
    until = now
    for starts_at, ends_at in its:
        if starts_at <= until < ends_at:
            until = ends_at
    return until if until > now else None


def stand_of(one: SubscriptionView | None, *, access_until: datetime | None, now: datetime) -> Stand:  # noqa: PLR0911 - one for each
    """The word for a subscription."""
    if one is None:
        return Stand.NONE
    match one.status:
        case SubscriptionStatus.ENDED:
            return Stand.ENDED
        case SubscriptionStatus.INCOMPLETE:
            return Stand.WAITING
        case SubscriptionStatus.TRIALING:
            return Stand.TRIAL
        case SubscriptionStatus.PAUSED:
            return Stand.PAUSED
        case SubscriptionStatus.PAST_DUE:
            return Stand.LATE
        case SubscriptionStatus.ACTIVE:
            return _active(one, access_until=access_until, now=now)


def _active(one: SubscriptionView, *, access_until: datetime | None, now: datetime) -> Stand:
    if one.renewal is RenewalState.ON:
        if not one.price.minor:
            return Stand.FREE
        return Stand.RENEWS if one.renews_at is not None and one.renews_at > now else Stand.CHARGING
    if one.renewal_reason is RenewalReason.REFUND_REQUESTED or access_until is None:
        return Stand.RETURNING
    return Stand.NO_METHOD if one.renewal is RenewalState.NO_METHOD else Stand.ENDING
