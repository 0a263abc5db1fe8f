"""Wholes: all that a decision rests on, loaded once and locked."""

from dataclasses import dataclass
from datetime import datetime

from cinema.billing.domain.agreement import Agreement
from cinema.billing.domain.order import Charge, ChargeStatus, Line, Order, Refund, nothing
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.contracts.enums import OrderStatus, RefundState
from cinema.contracts.ids import PaymentId
from cinema.kit.money import Money

COUNTED = frozenset({RefundState.REQUESTED, RefundState.SUCCEEDED})
"""Refunds whose money is back or on its way; of a proposed one nothing is set aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """A grace that was given, and whether it was taken back."""

    right: Right
    is_revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A subscription with what is open about it.

    ``awaited`` is the order that waits for its payment, with its ``lines`` and ``charges``;
    ``is_under_way``: an order waits, or a charge, even of an order that was dropped, has no
    result yet; ``is_refunding``: the money of its newest period is on its way back. ``graces``
    are all that were given after its newest period, also those that are over or were taken
    back; ``paid`` its paid rights that are not over.
    """

    subscription: Subscription
    awaited: Order | None = None
    lines: tuple[Line, ...] = ()
    charges: tuple[Charge, ...] = ()
    is_under_way: bool = False
    is_refunding: bool = False
    graces: tuple[Grace, ...] = ()
    paid: tuple[Right, ...] = ()

    def access_until(self) -> datetime:
        """Until when access goes on by what is there: the paid period, or the grace after it."""
        running = [one.right.ends_at for one in self.graces if not one.is_revoked]
        return max([self.subscription.paid_period().end, *running])


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """Money of a payment that succeeded. ``left`` is neither back nor on its way."""

    payment_id: PaymentId
    left: Money
    is_surplus: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """An order with all that belongs to it; ``rights`` are those that it gave and that are not over.

    ``suspended`` are those of them that were taken back when a refund was asked for, which
    has no result yet; ``agreements`` those that were made with its payments. ``standing`` is
    there where its goods are a period of a subscription.
    """

    order: Order
    lines: tuple[Line, ...]
    charges: tuple[Charge, ...] = ()
    refunds: tuple[Refund, ...] = ()
    rights: tuple[Right, ...] = ()
    suspended: tuple[Right, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    standing: Standing | None = None

    def charge(self, payment_id: PaymentId) -> Charge:
        """The try that is spoken of; raises LookupError for one that is not ours, which is a bug, not old news."""
        for charge in self.charges:
            if charge.payment_id == payment_id:
                return charge
        raise LookupError(f"payment {payment_id} of order {self.order.order_id} is not ours")

    def agreement_of(self, charge: Charge) -> Agreement | None:
        """What the payer agreed to when paying with this try."""
        return next((one for one in self.agreements if one.agreement_id == charge.agreement_id), None)

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
        going = [one.amount for one in self.refunds if one.payment_id == charge.payment_id and one.status in COUNTED]
        left = charge.amount - sum(going, start=nothing(charge.amount))
        return Refundable(payment_id=charge.payment_id, left=left, is_surplus=charge.is_surplus)
