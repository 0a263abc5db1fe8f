"""What is shown of payments: how money stands, in and back, saved methods, and what providers told."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.enums import (
    BindingFailure,
    BindingStatus,
    PaymentStatus,
    RefundFailure,
    RefundOrigin,
    RefundStatus,
    WebhookOutcome,
)
from cinema.contracts.ids import BindingId, MethodId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.text import Text
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """How a payment stands. ``confirmation_url`` is the provider's page while the payer has to act."""

    id: PaymentId
    order_id: OrderId
    status: PaymentStatus
    amount: Money
    confirmation_url: str | None
    decline_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodView:
    """A saved method: ``title`` is what events tell, ``Bank card *4444``, and ``label`` the same in both languages."""

    id: MethodId
    title: str
    label: Text
    kind: str
    is_default: bool
    saved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingView:
    """A method on its way to being saved without a purchase.

    ``confirmation_url`` is the provider's page while the owner has to act, ``method_id`` what came of it.
    """

    id: BindingId
    status: BindingStatus
    confirmation_url: str | None
    method_id: MethodId | None
    reason: BindingFailure | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """A payment as an operator sees it."""

    id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    status: PaymentStatus
    reason: str | None
    provider: str
    provider_payment_id: str | None
    method_title: Text | None
    fee: Money | None
    next_attempt_at: datetime | None
    captured_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    """Money on its way back, as an operator sees it.

    What the provider refuses for a passing reason waits to be sent anew: ``refusals`` counts how often it
    was, since ``refused_since``, and ``reason`` is the last one. Of one that failed, ``reason`` is why.
    """

    id: RefundId
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    status: RefundStatus
    origin: RefundOrigin
    reason: RefundFailure | None
    refusals: int
    refused_since: datetime | None
    next_attempt_at: datetime | None
    provider: str
    provider_refund_id: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """A notification as an operator sees it, without its body."""

    id: UUID
    provider: str
    address: str
    received_at: datetime
    event: str
    object_id: str
    outcome: WebhookOutcome | None
    reason: str | None
    handled_at: datetime | None
