"""What was taken for an order, and what of it is left to be returned."""

from dataclasses import dataclass

from cinema.billing.domain.order import Order, Refund, RefundState
from cinema.billing.store import orders
from cinema.contracts.billing import AccessEffect
from cinema.contracts.ids import PaymentId
from cinema.kit.db import ReadTx
from cinema.kit.errors import Conflict
from cinema.kit.money import Money


class NothingToRefund(Conflict):
    """This order has no money left that could be returned."""

    code = "nothing-to-refund"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Money of a payment that succeeded. ``left`` is neither back nor on its way."""

    payment_id: PaymentId
    left: Money
    is_surplus: bool


async def taken_for(tx: ReadTx, order: Order) -> list[Taken]:
    """The payments that succeeded for the order, oldest first: the one that paid for it, and those that are surplus."""
    refunds = await orders.refunds(tx, order_id=order.order_id)
    found = []
    for charge in await orders.charges(tx, order_id=order.order_id):
        of_charge = [one for one in refunds if one.payment_id == charge.payment_id]
        going = [one.amount for one in of_charge if one.status is not RefundState.FAILED]
        left = order.total - sum(going, start=_nothing(order.total))
        if charge.status == "succeeded":
            found.append(Taken(payment_id=charge.payment_id, left=left, is_surplus=charge.is_surplus))
    return found


async def to_return(tx: ReadTx, order: Order, *, effect: AccessEffect) -> Taken:
    """The payment whose money goes back: one that bought nothing first, last where access is to be revoked.

    Raises `NothingToRefund`.
    """
    with_money = [one for one in await taken_for(tx, order) if one.left.minor]
    if not with_money:
        raise NothingToRefund
    wants_surplus = effect is AccessEffect.KEEP
    return next((one for one in with_money if one.is_surplus is wants_surplus), with_money[0])


async def returns_surplus(tx: ReadTx, refund: Refund) -> bool:
    """Whether the money that goes back had bought nothing."""
    charges = await orders.charges(tx, order_id=refund.order_id)
    return any(one.is_surplus for one in charges if one.payment_id == refund.payment_id)


async def returned(tx: ReadTx, refund: Refund) -> Money:
    """What has really gone back by now of the refund's payment."""
    back = [
        one.amount
        for one in await orders.refunds(tx, order_id=refund.order_id)
        if one.status is RefundState.SUCCEEDED and one.payment_id == refund.payment_id
    ]
    return sum(back, start=_nothing(refund.amount))


def _nothing(amount: Money) -> Money:
    return Money(minor=0, currency=amount.currency)
