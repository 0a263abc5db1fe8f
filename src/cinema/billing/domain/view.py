"""What callers see: the answers of billing's routes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.billing.domain.goods import GoodsKind, PlanPeriod
from cinema.billing.domain.order import Order, Refund
from cinema.billing.domain.plan import Plan
from cinema.billing.domain.subscription import RenewalPolicy, Subscription, charge_at
from cinema.contracts.billing import EndedReason, OrderStatus, SubscriptionStatus
from cinema.contracts.ids import FilmId, OrderId, PaymentId, RefundId, SubscriptionId
from cinema.contracts.payments import PaymentView
from cinema.contracts.text import Text
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan on sale."""

    code: str
    title: Text
    price: Money
    interval: str


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
    kind: str
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
    status: str
    access_effect: str
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
    kind: str
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


def plan_view(plan: Plan) -> PlanView:
    return PlanView(code=plan.code, title=plan.title, price=plan.price.amount, interval=str(plan.interval))


def subscription_view(subscription: Subscription, *, policy: RenewalPolicy) -> SubscriptionView:
    period = subscription.period
    renews = subscription.status is SubscriptionStatus.ACTIVE and subscription.is_renewing
    return SubscriptionView(
        id=subscription.subscription_id,
        plan=subscription.plan,
        title=subscription.title,
        price=subscription.price,
        interval=str(subscription.interval),
        status=subscription.status,
        ended_reason=subscription.ended_reason,
        cancel_at_period_end=subscription.cancel_at_period_end,
        time_zone=subscription.time_zone,
        period_start=period.start if period else None,
        period_end=period.end if period else None,
        renews_at=(subscription.told_charge_at or charge_at(subscription.subscription_id, period, policy))
        if renews and period
        else None,
        created_at=subscription.created_at,
    )


def order_view(order: Order) -> OrderView:
    is_open = order.status is OrderStatus.OPEN
    return OrderView(
        id=order.order_id,
        kind=order.kind,
        status=order.status,
        title=order.title,
        total=order.total,
        refunded=order.refunded,
        goods=order.goods.kind,
        subscription_id=order.goods.subscription_id if isinstance(order.goods, PlanPeriod) else None,
        film_id=None if isinstance(order.goods, PlanPeriod) else order.goods.film_id,
        payment_url=f"/v1/orders/{order.order_id}/payment" if is_open else None,
        created_at=order.created_at,
        paid_at=order.paid_at,
    )


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        id=refund.refund_id,
        order_id=refund.order_id,
        amount=refund.amount,
        status=refund.status,
        access_effect=refund.access_effect,
        reason=refund.reason,
        created_at=refund.created_at,
    )
