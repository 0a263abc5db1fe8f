"""Billing: plans, orders, subscriptions, and the rights that they give."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from cinema.contracts.billing.facades import AccessAnswer as AccessAnswer
from cinema.contracts.billing.facades import BillingReader as BillingReader
from cinema.contracts.billing.facades import Entitlements as Entitlements
from cinema.contracts.billing.facades import FilmGoods as FilmGoods
from cinema.contracts.billing.facades import Purchases as Purchases
from cinema.contracts.billing.facades import Subscribing as Subscribing
from cinema.contracts.enums import (
    AccessEffect,
    DeclineClass,
    EndedReason,
    RefundBasis,
    RenewalReason,
    RenewalState,
)
from cinema.contracts.ids import EntitlementId, FilmId, MethodId, OrderId, PaymentId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import PaymentRequest, ReceiptRequest, RefundRequest
from cinema.contracts.text import Text
from cinema.kit.events import Event
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequested(Event):
    """An order needs money; payments hears this and takes it."""

    aggregate: ClassVar[str] = "order_id"
    personal: ClassVar[tuple[str, ...]] = ("request",)
    order_id: OrderId
    request: PaymentRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentWithdrawn(Event):
    """A payment that was asked for is not wanted any more; payments hears this and lets go of it if it still can."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    payment_id: PaymentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequested(Event):
    """An order's money is to go back; payments hears this and returns it."""

    aggregate: ClassVar[str] = "order_id"
    personal: ClassVar[tuple[str, ...]] = ("request",)
    order_id: OrderId
    request: RefundRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRequested(Event):
    """What an order was paid ahead for has been given; payments hears this and tells the cash register."""

    aggregate: ClassVar[str] = "order_id"
    personal: ClassVar[tuple[str, ...]] = ("request",)
    order_id: OrderId
    request: ReceiptRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutFailed(Event):
    """A purchase by the viewer's own hand was not paid. ``reason`` is a published decline reason."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    payment_id: PaymentId
    title: Text
    amount: Money
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionActivated(Event):
    """The first period is paid and has begun."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    order_id: OrderId
    plan: str
    title: Text
    amount: Money
    period_start: datetime
    period_end: datetime
    renews: bool
    method_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmOrderPaid(Event):
    """A film was bought (``access_until`` None) or rented."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    film_id: FilmId
    title: Text
    amount: Money
    method_title: str | None
    access_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalUpcoming(Event):
    """A charge is coming: how much, when, from which method.

    It is made only once the notice ``notice_id`` was handed over. Of a release before this
    one the notice has no id.
    """

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    amount: Money
    charge_at: datetime
    method_title: str | None
    notice_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodAgreed(Event):
    """The viewer agreed that a subscription is renewed by another method; ``renews_at``: when it is charged next."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    amount: Money
    method_title: str
    renews_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementBound(Event):
    """From now on a subscription is agreed to be charged to this method.

    Payments hears this and tells `MethodRemoved` once more where the method is gone: a removal
    that was heard before there was the agreement would change nothing else.
    """

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    method_id: MethodId


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalStopped(Event):
    """A subscription will not be renewed, and not because its viewer canceled it; access stays until it ends.

    ``method_title`` is the method that was agreed, where that is gone.
    """

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    reason: RenewalReason
    method_title: str | None
    access_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalRestored(Event):
    """A subscription is renewed again, because what had stopped that did not come about."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    reason: RenewalReason
    renews_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnding(Event):
    """A subscription that is not renewed ends soon; ``renewal`` and ``reason`` say why."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    renewal: RenewalState
    reason: RenewalReason
    access_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRenewed(Event):
    """The next period is paid."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    order_id: OrderId
    plan: str
    title: Text
    amount: Money
    period_start: datetime
    period_end: datetime
    method_title: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalFailed(Event):
    """A renewal was not paid. ``next_attempt_at`` None: it will not be tried on this method again."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    order_id: OrderId
    title: Text
    amount: Money
    reason: str
    decline_class: DeclineClass
    attempt: int
    next_attempt_at: datetime | None
    access_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationScheduled(Event):
    """The viewer canceled; access stays until the period ends."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    access_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationUndone(Event):
    """The viewer changed their mind; the subscription renews again."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    renews_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEnded(Event):
    """A subscription is over."""

    aggregate: ClassVar[str] = "subscription_id"
    subscription_id: SubscriptionId
    user_id: UserId
    title: Text
    reason: EndedReason
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementGranted(Event):
    """A right exists for ``[starts_at, ends_at)``: to one film, or to all where ``film_id`` is None."""

    aggregate: ClassVar[str] = "user_id"
    entitlement_id: EntitlementId
    user_id: UserId
    subscription_id: SubscriptionId | None
    film_id: FilmId | None
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementRevoked(Event):
    """A right was taken back at ``revoked_at``, before its time."""

    aggregate: ClassVar[str] = "user_id"
    entitlement_id: EntitlementId
    user_id: UserId
    subscription_id: SubscriptionId | None
    film_id: FilmId | None
    revoked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefundAsked(Event):
    """Money of an order is on its way back; with the effect ``revoke`` its access has ended."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    refund_id: RefundId
    title: Text
    amount: Money
    basis: RefundBasis
    access_effect: AccessEffect


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefundFailed(Event):
    """A refund of an order did not come about; ``reason`` is a published reason.

    ``is_access_back``: what the request for it had ended of access goes on again, until
    ``access_until``, None: for good. The time that was lost meanwhile is added.
    """

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    refund_id: RefundId
    title: Text
    amount: Money
    reason: str
    access_effect: AccessEffect
    is_access_back: bool = False
    access_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodUnwanted(Event):
    """What was kept with a payment that bought nothing is not wanted: payments hears this and forgets it."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    payment_id: PaymentId
    method_id: MethodId


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRefunded(Event):
    """Money of an order went back, with its effect on access."""

    aggregate: ClassVar[str] = "order_id"
    order_id: OrderId
    user_id: UserId
    refund_id: RefundId
    title: Text
    amount: Money
    access_effect: AccessEffect
