"""Orders: what was asked for, at which price, and what became of the money."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from cinema.contracts.billing import AccessEffect, OrderStatus
from cinema.contracts.ids import MethodId, OrderId, PaymentId, PriceId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import DeclineClass, ReceiptLine
from cinema.contracts.text import Language, Text
from cinema.kit.errors import Conflict, NotFound
from cinema.kit.money import Money
from cinema.kit.states import Machine


class OrderNotFound(NotFound):
    """There is no such order."""

    code = "order-not-found"


class OrderNotOpen(Conflict):
    """This order can no longer be paid or cancelled."""

    code = "order-not-open"


class OrderBeingPaid(Conflict):
    """A payment for this order is under way; wait for its result."""

    code = "order-being-paid"


class PaymentNotReady(Conflict):
    """The payment page is being prepared; ask again in a moment."""

    code = "payment-not-ready"


class OrderKind(StrEnum):
    """Who ordered: the viewer by hand, or a subscription that went on."""

    CHECKOUT = "checkout"
    RENEWAL = "renewal"


class LineKind(StrEnum):
    """What a line of an order sells."""

    PLAN = "plan"


class RefundState(StrEnum):
    """Where a refund stands for billing; how the money moves is the business of payments."""

    REQUESTED = "requested"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an order. ``unit`` is the price of one."""

    kind: LineKind
    price_id: PriceId
    title: Text
    quantity: int
    unit: Money
    vat_code: int

    @property
    def amount(self) -> Money:
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as stored. ``refunded`` counts refunds of its price, asked for or done; receipts go to ``email``."""

    order_id: OrderId
    user_id: UserId
    kind: OrderKind
    status: OrderStatus
    subscription_id: SubscriptionId
    period_no: int
    title: Text
    total: Money
    refunded: Money
    email: str
    language: Language
    return_url: str | None
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One try to get an order paid: off-session from ``method_id``, or by the viewer's own hand where that is None.

    ``is_surplus``: its money came when the order was paid or over; it bought nothing and goes back.
    """

    payment_id: PaymentId
    order_id: OrderId
    attempt: int
    status: str
    method_id: MethodId | None
    decline_class: DeclineClass | None
    is_surplus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money of an order on its way back."""

    refund_id: RefundId
    order_id: OrderId
    payment_id: PaymentId
    amount: Money
    status: RefundState
    access_effect: AccessEffect
    reason: str
    created_at: datetime


def plan_order(
    *,
    order_id: OrderId,
    user_id: UserId,
    subscription_id: SubscriptionId,
    kind: OrderKind,
    period_no: int,
    title: Text,
    price_id: PriceId,
    price: Money,
    vat_code: int,
    email: str,
    language: Language,
    return_url: str | None,
    expires_at: datetime,
    now: datetime,
) -> tuple[Order, tuple[Line, ...]]:
    """An open order for one period of a plan, priced by us."""
    line = Line(kind=LineKind.PLAN, price_id=price_id, title=title, quantity=1, unit=price, vat_code=vat_code)
    order = Order(
        order_id=order_id,
        user_id=user_id,
        kind=kind,
        status=OrderStatus.OPEN,
        subscription_id=subscription_id,
        period_no=period_no,
        title=title,
        total=total((line,)),
        refunded=Money(minor=0, currency=price.currency),
        email=email,
        language=language,
        return_url=return_url,
        created_at=now,
        expires_at=expires_at,
        paid_at=None,
    )
    return order, (line,)


def total(lines: Sequence[Line]) -> Money:
    """The sum of all lines."""
    amounts = [line.amount for line in lines]
    return sum(amounts[1:], start=amounts[0])


def receipt_lines(lines: Sequence[Line], *, language: Language) -> tuple[ReceiptLine, ...]:
    """The lines of the fiscal receipt: a service, paid in full before it is used up (54-FZ)."""
    return tuple(
        ReceiptLine(
            description=line.title.in_(language)[:128],
            quantity=line.quantity,
            unit=line.unit,
            vat_code=line.vat_code,
            subject="service",
            mode="full_payment",
        )
        for line in lines
    )


def refund_lines(lines: Sequence[Line], *, amount: Money, language: Language) -> tuple[ReceiptLine, ...]:
    """The receipt of a refund: the lines as sold, or, for a part of the sum, shares of them that add up to it."""
    whole = receipt_lines(lines, language=language)
    if amount == total(lines):
        return whole
    shares = amount.share([line.amount.minor for line in lines])
    return tuple(
        replace(line, quantity=1, unit=share) for line, share in zip(whole, shares, strict=True) if share.minor
    )


ORDERS: Machine[OrderStatus] = Machine(
    name="order",
    table="billing.orders",
    states=OrderStatus,
    starts=frozenset({OrderStatus.OPEN}),
    moves={
        (OrderStatus.OPEN, OrderStatus.PAID): "paid",
        (OrderStatus.OPEN, OrderStatus.CANCELED): "canceled",
        (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED): "partially refunded",
        (OrderStatus.PAID, OrderStatus.REFUNDED): "refunded",
        (OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED): "refunded",
    },
)

REFUNDS: Machine[RefundState] = Machine(
    name="order refund",
    table="billing.refunds",
    states=RefundState,
    starts=frozenset({RefundState.REQUESTED}),
    moves={
        (RefundState.REQUESTED, RefundState.SUCCEEDED): "succeeded",
        (RefundState.REQUESTED, RefundState.FAILED): "failed",
        (RefundState.FAILED, RefundState.SUCCEEDED): "returned late",
    },
)
