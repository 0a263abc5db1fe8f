"""What is shown of billing: what is on sale, what was bought, and the rights that it gave."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.contracts.enums import (
    AccessEffect,
    EndedReason,
    GoodsKind,
    GrantKind,
    OrderKind,
    OrderStatus,
    RefundState,
    SubscriptionStatus,
)
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, PaymentId, RefundId, SubscriptionId
from cinema.contracts.text import Text
from cinema.contracts.views.payments import PaymentView
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan on sale."""

    plan: str
    title: Text
    price: Money
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What would give the right: a ``plan`` for each ``interval`` (``1 month``), or the film itself.

    A rental lasts for ``hours``.
    """

    goods: GoodsKind
    title: Text
    price: Money
    plan: str | None = None
    interval: str | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGrant:
    """A right that holds now, until ``ends_at``."""

    entitlement_id: EntitlementId
    kind: GrantKind
    subscription_id: SubscriptionId | None
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessBlock:
    """What stands against a right now: ``reason`` is ``dunning``, ``fraud``, ``age`` or ``region``."""

    reason: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """A subscription. ``renews_at`` is when it is charged next, null when it will not be."""

    id: SubscriptionId
    plan: str
    title: Text
    price: Money
    interval: str
    status: SubscriptionStatus
    ended_reason: EndedReason | None
    cancel_at_period_end: bool
    time_zone: str
    period_start: datetime | None
    period_end: datetime | None
    renews_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order. ``payment_url`` leads the payer on while it is open.

    ``goods`` says what it buys: a period of ``subscription_id``, or ``film_id``.
    """

    id: OrderId
    kind: OrderKind
    status: OrderStatus
    title: Text
    total: Money
    refunded: Money
    goods: GoodsKind
    subscription_id: SubscriptionId | None
    film_id: FilmId | None
    payment_url: str | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """A refund and what it does to access: ``keep`` or ``revoke``."""

    id: RefundId
    order_id: OrderId
    amount: Money
    status: RefundState
    access_effect: AccessEffect
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """An order with all that belongs to it."""

    order: OrderView
    payment: PaymentView | None
    refunds: tuple[RefundView, ...]
    receipt_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutView:
    """A purchase that waits for its payment: send the payer to ``order.payment_url``.

    What costs nothing is paid already and has no payment; a film has no subscription.
    """

    subscription: SubscriptionView | None
    order: OrderView
    payment_id: PaymentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementView:
    """A right for ``[starts_at, ends_at)``; of all films where ``film_id`` is null."""

    id: UUID
    kind: GrantKind
    film_id: UUID | None
    subscription_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A fiscal receipt's data as it went to the cash register."""

    id: UUID
    kind: str
    order_id: UUID
    amount: Money
    lines: tuple[dict[str, Any], ...]
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """One account of the ledger; debits are positive, credits negative."""

    account: str
    balance: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """One change: who, when, what, why, before and after."""

    at: datetime
    actor: str
    entity: str
    entity_id: UUID
    action: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None
