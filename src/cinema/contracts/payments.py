"""Payments: moves money through providers; knows no plan and no film.

Whoever wants money moved makes the id, publishes the request in the transaction that
makes it due (``billing.PaymentRequested``), and may then ask `Payments.request` to
hurry: both lead to the same one payment.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from cinema.contracts.enums import (
    DeclineClass,
    PaymentStatus,
    RefundFailure,
    RefundOrigin,
    RefundStatus,
    WebhookOutcome,
)
from cinema.contracts.ids import BindingId, MethodId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.text import Language
from cinema.contracts.views.payments import (
    BindingView,
    MethodView,
    PaymentRecord,
    PaymentView,
    RefundRecord,
    WebhookView,
)
from cinema.kit.errors import Conflict, NotFound
from cinema.kit.events import Event
from cinema.kit.intent import Done, Intent
from cinema.kit.money import Money
from cinema.kit.page import Page


class PaymentNotFound(NotFound):
    """There is no such payment."""

    code = "payment-not-found"


class MethodNotFound(NotFound):
    """There is no such saved payment method."""

    code = "payment-method-not-found"


class PaymentConflict(Conflict):
    """This payment id already stands for another request."""

    code = "payment-conflict"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLine:
    """A line of a fiscal receipt (54-FZ). ``unit`` is the price of one; codes as in the law's tables."""

    description: str
    quantity: int
    unit: Money
    vat_code: int
    subject: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptData:
    """What the fiscal receipt of a payment or refund says and where it is sent."""

    email: str
    lines: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """Money to be taken.

    With a ``method_id`` it is charged off-session; without, the payer is sent to the
    provider's page and returns to ``return_url``. ``save_method`` asks the provider to
    keep the method for later charges. Not paid by ``expires_at``, it is given up.
    """

    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    description: str
    language: Language
    receipt: ReceiptData
    method_id: MethodId | None
    save_method: bool
    return_url: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to be given back, at most what the payment took."""

    refund_id: RefundId
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    description: str
    receipt: ReceiptData


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRequest:
    """A fiscal receipt by itself: what ``payment_id`` paid ahead has been given, ``amount`` of it."""

    receipt_id: UUID
    payment_id: PaymentId
    order_id: OrderId
    amount: Money
    receipt: ReceiptData


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeLimits:
    """What new payments may take: from ``minimum`` to ``maximum``, both included; whether methods can be kept."""

    minimum: Money
    maximum: Money
    saves_methods: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLimits:
    """What may be returned of a payment: nothing after ``until``, a part only where ``is_partial``.

    A part is at least ``minimum``, and what stays is nothing or at least ``rest_minimum``.
    """

    minimum: Money
    rest_minimum: Money
    is_partial: bool
    until: datetime


class Payments(Protocol):
    """Moves money. No call is made while the caller holds a transaction."""

    async def request(self, request: PaymentRequest) -> PaymentView:
        """Stores the request unless it is known, tries to carry it out now, and tells how it stands.

        Never raises for a provider that is away: the payment then stays due. Raises
        `PaymentConflict` when the id stands for another request, or the order has another
        payment that is under way or paid.
        """
        ...

    async def payment(self, payment_id: PaymentId) -> PaymentView:
        """Raises `PaymentNotFound`."""
        ...

    async def refund(self, request: RefundRequest) -> RefundStatus:
        """Stores the refund unless it is known, tries to carry it out now, and tells how it stands."""
        ...

    async def methods(self, method_ids: Collection[MethodId]) -> Mapping[MethodId, MethodView]:
        """Those of these methods that may be charged, asked once for all."""
        ...

    async def method_of(self, *, user_id: UserId, method_id: MethodId) -> MethodView:
        """A user's own method that may be charged. Raises `MethodNotFound`."""
        ...

    async def charge_limits(self, *, currency: str) -> ChargeLimits | None:
        """The limits of new payments by hand, at the provider that they go to; None: nobody takes this currency."""
        ...

    async def refund_limits(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, RefundLimits]:
        """The limits of refunds of these payments, asked once for all; unknown ones are left out."""
        ...


class Wallet(Protocol):
    """What the owner of payment methods does with them. Each act happens once for its `Intent`."""

    async def remove(self, intent: Intent, *, user_id: UserId, method_id: MethodId) -> Done[MethodView]:
        """Removes a saved method, which is never charged again. Raises `MethodNotFound`."""
        ...

    async def make_default(self, intent: Intent, *, user_id: UserId, method_id: MethodId) -> Done[MethodView]:
        """Makes a saved method the one that is offered first. Raises `MethodNotFound`."""
        ...

    async def bind(self, intent: Intent, *, user_id: UserId, return_url: str) -> Done[BindingView]:
        """Begins to save a method without a purchase. Refused as the route says.

        Where ``{binding_id}`` stands in ``return_url``, the id of the binding is filled in.
        """
        ...

    async def binding(self, *, user_id: UserId, binding_id: BindingId) -> BindingView:
        """How the saving of a method stands. Raises a `NotFound`."""
        ...


class PaymentsReader(Protocol):
    """Shows saved methods to their owners, and to operators how money stands. Nothing changes by reading."""

    async def methods(self, *, user_id: UserId) -> Page[MethodView]:
        """The user's methods that may be charged, newest first, all on one page."""
        ...

    async def payments(
        self,
        *,
        status: PaymentStatus | None,
        user_id: UserId | None,
        order_id: OrderId | None,
        cursor: str | None,
        limit: int,
    ) -> Page[PaymentRecord]:
        """All payments, newest first, or those that fit what is not None. Raises a `BadRequest` for a wrong cursor."""
        ...

    async def refunds(
        self,
        *,
        status: RefundStatus | None,
        user_id: UserId | None,
        order_id: OrderId | None,
        cursor: str | None,
        limit: int,
    ) -> Page[RefundRecord]:
        """All money that goes or went back, newest first. As `payments`."""
        ...

    async def webhooks(
        self, *, outcome: WebhookOutcome | None, waiting: bool, cursor: str | None, limit: int
    ) -> Page[WebhookView]:
        """What providers told, newest first; ``waiting``: only what is not handled yet. As `payments`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded(Event):
    """The money is ours. ``fee`` is what the provider keeps, once it tells; ``method_id`` a saved method."""

    aggregate: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    fee: Money | None
    provider: str
    method_id: MethodId | None
    method_title: str | None
    captured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDeclined(Event):
    """A charge was refused for good. ``reason`` is one of our published decline reasons."""

    aggregate: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    reason: str
    decline_class: DeclineClass
    method_id: MethodId | None
    declined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCanceled(Event):
    """A payment ended without money: not confirmed in time, or given up."""

    aggregate: ClassVar[str] = "payment_id"
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    reason: str
    canceled_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(Event):
    """The money went back. One of another ``origin`` than ours was not asked for: it is news in itself."""

    aggregate: ClassVar[str] = "payment_id"
    refund_id: RefundId
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    provider: str
    refunded_at: datetime
    origin: RefundOrigin = RefundOrigin.OURS


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Event):
    """The provider will not give the money back, now that what may pass was tried for days; a person has to look."""

    aggregate: ClassVar[str] = "payment_id"
    refund_id: RefundId
    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    reason: RefundFailure
    failed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodSaved(Event):
    """A method may be charged from now on."""

    aggregate: ClassVar[str] = "method_id"
    method_id: MethodId
    user_id: UserId
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRemoved(Event):
    """A method is never charged again.

    ``reason``: ``removed`` by its owner, ``revoked`` at the provider, ``unwanted`` because
    the purchase with which it was kept did not come about.
    """

    aggregate: ClassVar[str] = "method_id"
    method_id: MethodId
    user_id: UserId
    reason: str
