"""Orders: what was asked for, at which price, and what became of the money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar
from uuid import UUID

from cinema.billing.domain.goods import Goods
from cinema.contracts.enums import (
    AccessEffect,
    DeclineClass,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    RefundBasis,
    RefundState,
)
from cinema.contracts.identity import Contact
from cinema.contracts.ids import AgreementId, MethodId, NoticeId, OrderId, PaymentId, PriceId, RefundId, UserId
from cinema.contracts.payments import ReceiptLine
from cinema.contracts.text import Language, Text
from cinema.kit.errors import Conflict, NotFound
from cinema.kit.money import Money
from cinema.kit.states import Machine

DESCRIPTION_MAX = 128
"""Characters of a description, as providers take them."""

PAID_AHEAD = "full_prepayment"
PAID_FOR = "full_payment"
"""How a sale is paid for (54-FZ, tag 1214): before what is sold is given, or with it."""


class OrderNotFound(NotFound):
    """There is no such order."""

    code = "order-not-found"


class RefundNotFound(NotFound):
    """There is no such refund."""

    code = "refund-not-found"


class OrderNotOpen(Conflict):
    """This order can no longer be paid or canceled."""

    code = "order-not-open"
    members: ClassVar[Mapping[str, Any]] = {
        "order_status": Annotated[OrderStatus, "Where it stands."],
    }


class OrderBeingPaid(Conflict):
    """A payment for this order is under way; wait for its result."""

    code = "order-being-paid"


class PaymentWasDeclined(Conflict):
    """The last payment of this order was declined or not finished; begin another one."""

    code = "payment-declined"
    members: ClassVar[Mapping[str, Any]] = {
        "reason": Annotated[str | None, "Why it was declined."],
    }


class PaymentNotReady(Conflict):
    """The payment page is being prepared; ask again in a moment."""

    code = "payment-not-ready"
    members: ClassVar[Mapping[str, Any]] = {
        "payment_status": Annotated[PaymentStatus, "Where the payment stands."],
    }


class LineKind(StrEnum):
    """What a line of an order sells."""

    PLAN = "plan"
    FILM_PURCHASE = "film_purchase"
    FILM_RENTAL = "film_rental"


class ChargeStatus(StrEnum):
    """How a try to get an order paid ended."""

    OPEN = "open"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fiscal:
    """What fiscal receipts say of every sale (54-FZ): the code of the VAT, and how it is paid for.

    What is ``PAID_AHEAD`` has a second receipt when it was given, the closing one.
    """

    vat_code: int
    payment_mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of an order. ``unit`` is the price of one; ``price_id`` the version of a plan's price."""

    kind: LineKind
    price_id: PriceId | None
    title: Text
    quantity: int
    unit: Money
    fiscal: Fiscal

    @property
    def amount(self) -> Money:
        return self.unit * self.quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as stored. ``refunded`` counts refunds of its price, asked for or done; receipts go to ``email``.

    ``give_up_at`` is when an unpaid checkout is given up, ``recognize_at`` when its money
    counts as earned; None: nothing is left to do.
    """

    order_id: OrderId
    user_id: UserId
    kind: OrderKind
    goods: Goods
    status: OrderStatus
    title: Text
    total: Money
    refunded: Money
    email: str
    language: Language
    return_url: str | None
    created_at: datetime
    expires_at: datetime
    give_up_at: datetime | None
    paid_at: datetime | None
    recognize_at: datetime | None

    @property
    def is_given(self) -> bool:
        """Whether all that was paid for and kept was given: its money is earned, no advance any more."""
        is_kept = self.status in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED}
        return is_kept and self.recognize_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """One try to get an order paid: off-session from ``method_id``, or by the viewer's own hand where that is None.

    Off-session it rests on a ``notice_id`` that was handed over; by hand the viewer may have
    agreed (``agreement_id``) that what they pay with is kept for renewals; whoever knows its
    ``link`` may open the page. ``is_surplus``: its money came when the order was paid or over;
    it bought nothing and goes back.
    """

    payment_id: PaymentId
    order_id: OrderId
    attempt: int
    status: ChargeStatus
    amount: Money
    method_id: MethodId | None
    notice_id: NoticeId | None
    agreement_id: AgreementId | None
    link: UUID | None
    reason: str | None
    decline_class: DeclineClass | None
    is_surplus: bool
    requested_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money of an order on its way back, wanted by ``actor`` (as in the history) for a ``reason``.

    ``failure_reason``: why it failed or was rejected.
    """

    refund_id: RefundId
    order_id: OrderId
    user_id: UserId
    payment_id: PaymentId
    amount: Money
    status: RefundState
    basis: RefundBasis
    access_effect: AccessEffect
    actor: str
    reason: str
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """An order that is not stored yet, with its lines."""

    order: Order
    lines: tuple[Line, ...]


def new_order(
    *,
    order_id: OrderId,
    contact: Contact,
    kind: OrderKind,
    goods: Goods,
    lines: tuple[Line, ...],
    return_url: str | None,
    expires_at: datetime,
    now: datetime,
) -> NewOrder:
    """An open order, priced by us. A checkout that is not paid by ``expires_at`` is given up."""
    price = total(lines)
    order = Order(
        order_id=order_id,
        user_id=contact.user_id,
        kind=kind,
        goods=goods,
        status=OrderStatus.OPEN,
        title=lines[0].title,
        total=price,
        refunded=nothing(price),
        email=contact.email,
        language=contact.language,
        return_url=return_url,
        created_at=now,
        expires_at=expires_at,
        give_up_at=expires_at if kind is OrderKind.CHECKOUT else None,
        paid_at=None,
        recognize_at=None,
    )
    return NewOrder(order=order, lines=lines)


def total(lines: Sequence[Line]) -> Money:
    """The sum of all lines."""
    amounts = [line.amount for line in lines]
    return sum(amounts[1:], start=amounts[0])


def nothing(amount: Money) -> Money:
    """No money, of the same currency."""
    return Money(minor=0, currency=amount.currency)


def receipt_lines(lines: Sequence[Line], *, language: Language) -> tuple[ReceiptLine, ...]:
    """The lines of the fiscal receipt: services (54-FZ)."""
    return tuple(
        ReceiptLine(
            description=line.title.in_(language)[:DESCRIPTION_MAX],
            quantity=line.quantity,
            unit=line.unit,
            vat_code=line.fiscal.vat_code,
            subject="service",
            mode=line.fiscal.payment_mode,
        )
        for line in lines
    )


def part_lines(lines: Sequence[Line], *, amount: Money, language: Language, is_given: bool) -> tuple[ReceiptLine, ...]:
    """The receipt of ``amount`` of an order: the lines as sold, or shares of them that add up to a part of the sum.

    Of what ``is_given`` nothing is paid ahead any more.
    """
    whole = receipt_lines(lines, language=language)
    if is_given:
        whole = tuple(replace(line, mode=PAID_FOR) for line in whole)
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
    starts=frozenset({RefundState.PROPOSED, RefundState.REQUESTED}),
    moves={
        (RefundState.PROPOSED, RefundState.REQUESTED): "approved",
        (RefundState.PROPOSED, RefundState.REJECTED): "rejected",
        (RefundState.REQUESTED, RefundState.SUCCEEDED): "succeeded",
        (RefundState.REQUESTED, RefundState.FAILED): "failed",
        (RefundState.FAILED, RefundState.SUCCEEDED): "returned late",
    },
)
