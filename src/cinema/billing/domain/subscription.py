"""Subscriptions: a plan that goes on, period after period."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.billing.domain.period import Interval, Period
from cinema.billing.domain.plan import Plan
from cinema.contracts.enums import EndedReason, SubscriptionStatus
from cinema.contracts.ids import PlanId, PriceId, SubscriptionId, UserId
from cinema.contracts.text import Text
from cinema.kit.errors import Conflict, NotFound
from cinema.kit.money import Money
from cinema.kit.states import Machine


class SubscriptionNotFound(NotFound):
    """There is no such subscription."""

    code = "subscription-not-found"


class AlreadySubscribed(Conflict):
    """You have a subscription already; ``subscription_id`` names it."""

    code = "already-subscribed"


class CheckoutOpen(Conflict):
    """Another purchase waits for its payment; pay or cancel ``order_id`` first."""

    code = "checkout-open"


class NotRunning(Conflict):
    """This subscription is not running."""

    code = "subscription-not-running"


class NotCanceled(Conflict):
    """This subscription is not canceled; there is nothing to undo."""

    code = "subscription-not-canceled"


class ChargeUnderWay(Conflict):
    """A charge that you canceled has no result yet; try again in a while."""

    code = "charge-under-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as stored. ``period`` is the newest paid one, None before the first payment.

    ``remind_at`` is when the viewer is to be told of the next charge, ``told_charge_at`` when
    that charge comes, once the viewer was told; with neither, nothing is charged.
    """

    subscription_id: SubscriptionId
    user_id: UserId
    plan_id: PlanId
    plan: str
    title: Text
    interval: Interval
    price_id: PriceId
    price: Money
    status: SubscriptionStatus
    ended_reason: EndedReason | None
    cancel_at_period_end: bool
    time_zone: str
    anchor: datetime | None
    period_no: int
    period: Period | None
    dunning_attempt: int
    first_failed_at: datetime | None
    next_attempt_at: datetime | None
    remind_at: datetime | None
    told_charge_at: datetime | None
    created_at: datetime

    @property
    def is_renewing(self) -> bool:
        """Whether the next period will be charged: the viewer was told so, or will be."""
        return not self.cancel_at_period_end and (self.remind_at or self.told_charge_at) is not None

    @property
    def is_running(self) -> bool:
        return self.status in {SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING, SubscriptionStatus.PAST_DUE}

    def paid_period(self) -> Period:
        """The newest paid period of a subscription that has begun."""
        assert self.period is not None
        return self.period


def new_subscription(
    *,
    subscription_id: SubscriptionId,
    user_id: UserId,
    plan: Plan,
    time_zone: str,
    next_attempt_at: datetime,
    now: datetime,
) -> Subscription:
    """A subscription that begins when its first order is paid."""
    return Subscription(
        subscription_id=subscription_id,
        user_id=user_id,
        plan_id=plan.plan_id,
        plan=plan.code,
        title=plan.title,
        interval=plan.interval,
        price_id=plan.price.price_id,
        price=plan.price.amount,
        status=SubscriptionStatus.INCOMPLETE,
        ended_reason=None,
        cancel_at_period_end=False,
        time_zone=time_zone,
        anchor=None,
        period_no=0,
        period=None,
        dunning_attempt=0,
        first_failed_at=None,
        next_attempt_at=next_attempt_at,
        remind_at=None,
        told_charge_at=None,
        created_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A subscription that this worker, and nobody else, acts on until ``lease_until``."""

    subscription_id: SubscriptionId
    user_id: UserId
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPolicy:
    """``lead``: how long before the period ends it is charged; ``notice``: how long before that we say so.

    Charges are ``spread`` evenly over so much of the lead, so that those who all began at
    midnight do not meet the provider at once.
    """

    lead: timedelta
    notice: timedelta
    spread: timedelta = timedelta(0)


SHARES = 1 << 16
"""Into so many parts the spread is cut."""


def charge_at(subscription_id: SubscriptionId, period: Period, policy: RenewalPolicy) -> datetime:
    """When the next period is charged: ``lead`` before its end, at most a quarter of it, and up to ``spread`` later.

    Where in the spread is told by the last bits of the id, which are random.
    """
    lead = min(policy.lead, (period.end - period.start) // 4)
    spread = min(policy.spread, lead * 3 // 4)
    return period.end - lead + spread * (subscription_id.int % SHARES) // SHARES


def remind_at(subscription_id: SubscriptionId, period: Period, policy: RenewalPolicy) -> datetime:
    """When the viewer is told: ``notice`` before the charge, at most half of the period before its end."""
    half = period.start + (period.end - period.start) // 2
    return max(charge_at(subscription_id, period, policy) - policy.notice, half)


def charge_if_told(
    subscription_id: SubscriptionId, period: Period, policy: RenewalPolicy, *, now: datetime
) -> datetime:
    """When the next period is charged if the viewer is told ``now``: who is told late still has half of the notice."""
    charge = charge_at(subscription_id, period, policy)
    return max(charge, now + (charge - remind_at(subscription_id, period, policy)) // 2)


def given_up_at(period: Period, *, charged_at: datetime, grace: timedelta) -> datetime:
    """Until when a renewal may be paid and access goes on: ``grace`` past the period, or past a late charge."""
    return max(period.end, charged_at + timedelta(hours=1)) + grace


_S = SubscriptionStatus

SUBSCRIPTIONS: Machine[SubscriptionStatus] = Machine(
    name="subscription",
    table="billing.subscriptions",
    states=SubscriptionStatus,
    starts=frozenset({_S.INCOMPLETE}),
    moves={
        (_S.INCOMPLETE, _S.TRIALING): "trial started",
        (_S.INCOMPLETE, _S.ACTIVE): "activated",
        (_S.INCOMPLETE, _S.ENDED): "never paid",
        (_S.TRIALING, _S.ACTIVE): "trial paid",
        (_S.TRIALING, _S.PAST_DUE): "trial not paid",
        (_S.TRIALING, _S.ENDED): "trial ended",
        (_S.ACTIVE, _S.PAST_DUE): "renewal failed",
        (_S.ACTIVE, _S.PAUSED): "paused",
        (_S.ACTIVE, _S.ENDED): "ended",
        (_S.PAST_DUE, _S.ACTIVE): "recovered",
        (_S.PAST_DUE, _S.ENDED): "given up",
        (_S.PAUSED, _S.ACTIVE): "resumed",
        (_S.PAUSED, _S.ENDED): "ended while paused",
    },
)
