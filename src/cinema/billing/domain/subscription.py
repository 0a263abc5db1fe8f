"""Subscriptions: a plan that goes on, period after period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from cinema.billing.domain.agreement import Agreement, Notice
from cinema.billing.domain.period import Interval, Period
from cinema.billing.domain.plan import Plan
from cinema.contracts.enums import EndedReason, RenewalReason, RenewalState, SubscriptionStatus
from cinema.contracts.ids import MethodId, PlanId, PriceId, SubscriptionId, UserId
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
    members: ClassVar[Mapping[str, Any]] = {
        "subscription_id": Annotated[UUID, "The subscription that you have."],
    }


class CheckoutOpen(Conflict):
    """Another purchase waits for its payment; pay or cancel ``order_id`` first."""

    code = "checkout-open"
    members: ClassVar[Mapping[str, Any]] = {
        "order_id": Annotated[UUID, "The order that waits."],
    }


class NotRunning(Conflict):
    """This subscription is not running."""

    code = "subscription-not-running"
    members: ClassVar[Mapping[str, Any]] = {
        "subscription_status": Annotated[SubscriptionStatus, "Where it stands."],
    }


class AlreadyRenewing(Conflict):
    """This subscription renews already; there is nothing to undo."""

    code = "subscription-renews"


class MethodNeeded(Conflict):
    """There is no payment method to which you agreed; choose one for this subscription first."""

    code = "payment-method-needed"


class RefundUnderWay(Conflict):
    """The money of this purchase is on its way back; wait for its result."""

    code = "refund-under-way"


class ChargeUnderWay(Conflict):
    """A charge that you canceled has no result yet; try again in a while."""

    code = "charge-under-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as stored. ``period`` is the newest paid one, None before the first payment.

    ``renewal`` says whether the next period is charged by itself, by the ``agreement`` that
    holds. ``remind_at`` is when the viewer is to be told of the next charge, or of the end;
    ``notice`` is what they were told of the next charge: without it nothing is charged.
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
    renewal: RenewalState
    renewal_reason: RenewalReason
    renewal_changed_at: datetime
    agreement: Agreement | None
    time_zone: str
    anchor: datetime | None
    period_no: int
    period: Period | None
    dunning_attempt: int
    first_failed_at: datetime | None
    next_attempt_at: datetime | None
    remind_at: datetime | None
    notice: Notice | None
    created_at: datetime

    @property
    def is_renewing(self) -> bool:
        """Whether the next period is charged by itself."""
        return self.renewal is RenewalState.ON

    @property
    def is_free(self) -> bool:
        """Whether it costs nothing; then it renews without an agreement and without a notice."""
        return not self.price.minor

    @property
    def method_id(self) -> MethodId | None:
        """The only method that it may be charged to."""
        return self.agreement.method_id if self.agreement else None

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
    is_agreed: bool,
    next_attempt_at: datetime,
    now: datetime,
) -> Subscription:
    """A subscription that begins when its first order is paid, and renews where that ``is_agreed``."""
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
        renewal=RenewalState.ON if is_agreed else RenewalState.OFF,
        renewal_reason=RenewalReason.AGREED if is_agreed else RenewalReason.NOT_AGREED,
        renewal_changed_at=now,
        agreement=None,
        time_zone=time_zone,
        anchor=None,
        period_no=0,
        period=None,
        dunning_attempt=0,
        first_failed_at=None,
        next_attempt_at=next_attempt_at,
        remind_at=None,
        notice=None,
        created_at=now,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A subscription that this worker, and nobody else, acts on until ``lease_until``; agreed to be charged how."""

    subscription_id: SubscriptionId
    user_id: UserId
    method_id: MethodId | None
    lease_until: datetime


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

_R = RenewalState

RENEWALS: Machine[RenewalState] = Machine(
    name="renewal",
    table="billing.subscriptions",
    column="renewal",
    states=RenewalState,
    starts=frozenset({_R.ON, _R.OFF}),
    moves={
        (_R.ON, _R.OFF): "switched off",
        (_R.OFF, _R.ON): "switched on",
        (_R.OFF, _R.NO_METHOD): "method lost meanwhile",
        (_R.ON, _R.NO_METHOD): "method lost",
        (_R.NO_METHOD, _R.ON): "method chosen",
        (_R.NO_METHOD, _R.OFF): "switched off",
    },
)
