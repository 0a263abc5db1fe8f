"""Wholes: all that a decision rests on, loaded once and locked."""

from dataclasses import dataclass

from cinema.billing.domain.order import Charge, ChargeStatus, Line, Order, Refund, nothing
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.contracts.enums import OrderStatus, RefundState
from cinema.contracts.ids import PaymentId
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A subscription with what is open about it.

    ``awaited`` is the order that waits for its payment, with its ``lines`` and ``charges``;
    ``is_under_way``: a charge, even of an order that was dropped, has no result yet;
    ``graces`` are those that are not over.
    """

    subscription: Subscription
    awaited: Order | None = None
    lines: tuple[Line, ...] = ()
    charges: tuple[Charge, ...] = ()
    is_under_way: bool = False
    graces: tuple[Right, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """Money of a payment that succeeded. ``left`` is neither back nor on its way."""

    payment_id: PaymentId
    left: Money
    is_surplus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An order with all that belongs to it; ``rights`` are those that it gave and that are not over.

    ``standing`` is there where its goods are a period of a subscription.
    """

    order: Order
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Refund, ...] = ()
    rights: tuple[Right, ...] = ()
    standing: Standing | None = None

    def charge(self, payment_id: PaymentId) -> Charge:
        """The try that is spoken of; raises LookupError for one that is not ours, which is a bug, not old news."""
        for charge in self.charges:
            if charge.payment_id == payment_id:
                return charge
        raise LookupError(f"payment {payment_id} of order {self.order.order_id} is not ours")

    def refundable(self) -> list[Refundable]:
        """What was taken, oldest first: by the payment that paid for the order, and by those that are surplus."""
        return [self._refundable(one) for one in self.charges if one.status is ChargeStatus.SUCCEEDED]

    def refundable_of(self, payment_id: PaymentId) -> Refundable:
        """The same of one payment. Raises LookupError when it is not (yet) known to be paid."""
        for one in self.refundable():
            if one.payment_id == payment_id:
                return one
        raise LookupError(f"payment {payment_id} of order {self.order.order_id} is not known to be paid")

    def is_surplus(self, refund: Refund) -> bool:
        """Whether the money that goes back had bought nothing."""
        return any(one.is_surplus for one in self.charges if one.payment_id == refund.payment_id)

    @property
    def is_open(self) -> bool:
        return self.order.status is OrderStatus.OPEN

    def _refundable(self, charge: Charge) -> Refundable:
        going = [
            one.amount
            for one in self.refunds
            if one.payment_id == charge.payment_id and one.status is not RefundState.FAILED
        ]
        left = charge.amount - sum(going, start=nothing(charge.amount))
        return Refundable(payment_id=charge.payment_id, left=left, is_surplus=charge.is_surplus)
