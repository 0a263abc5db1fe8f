"""Money that went back without our asking: made at the provider by hand, or by a refund that was said to have failed.

The provider has the last word on what went back, so ours that are only asked for give way.
"""

from datetime import datetime

from cinema.billing.domain.order import Order, Refund, RefundState
from cinema.billing.service.taken import Taken, taken_for
from cinema.billing.store import history, orders
from cinema.contracts.billing import AccessEffect
from cinema.contracts.ids import PaymentId
from cinema.contracts.payments import RefundSucceeded
from cinema.kit.db import Tx

PROVIDER = "provider"
"""How somebody at the provider stands in the history."""


async def adopt(tx: Tx, *, order: Order, event: RefundSucceeded, now: datetime) -> Refund:
    """Stores a refund that was made at the provider as one that was asked for; the caller ends it.

    What leaves nothing of the price is as good as our own full refund and revokes access;
    a part keeps it. Raises LookupError when the payment is not (yet) known to be paid.
    """
    taken = await _with_room(tx, order, event.payment_id, minor=event.amount.minor, now=now)
    is_whole = taken.left == event.amount
    refund = Refund(
        refund_id=event.refund_id,
        order_id=order.order_id,
        payment_id=event.payment_id,
        amount=event.amount,
        status=RefundState.REQUESTED,
        access_effect=AccessEffect.REVOKE if is_whole and not taken.is_surplus else AccessEffect.KEEP,
        reason="made at the provider",
        created_at=now,
    )
    await orders.add_refund(tx, refund)
    await _count(tx, refund, taken, now=now)
    await history.note(
        tx,
        actor=PROVIDER,
        entity="refund",
        entity_id=refund.refund_id,
        action="made",
        now=now,
        after={
            "order_id": str(order.order_id),
            "amount": str(refund.amount),
            "access_effect": refund.access_effect,
        },
        reason=refund.reason,
    )
    return refund


async def readmit(tx: Tx, *, order: Order, refund: Refund, now: datetime) -> None:
    """Counts a refund again that was said to have failed: its money went back after all."""
    taken = await _with_room(tx, order, refund.payment_id, minor=refund.amount.minor, now=now)
    await _count(tx, refund, taken, now=now)
    await history.note(tx, actor=PROVIDER, entity="refund", entity_id=refund.refund_id, action="returned late", now=now)


async def _with_room(tx: Tx, order: Order, payment_id: PaymentId, *, minor: int, now: datetime) -> Taken:
    """What was taken by the payment, with at least ``minor`` left: refunds that are only asked for are let go for it.

    The newest goes first. Payments, which know what fits, will say that it has failed; if
    it was another one, what really went back is readmitted.
    """
    taken = await _taken(tx, order, payment_id)
    asked = [
        one
        for one in await orders.refunds(tx, order_id=order.order_id)
        if one.payment_id == payment_id and one.status is RefundState.REQUESTED
    ]
    while taken.left.minor < minor and asked:
        refund = asked.pop()
        await orders.set_refund_status(tx, refund_id=refund.refund_id, status=RefundState.FAILED, now=now)
        if not taken.is_surplus:
            await orders.add_refunded(tx, order_id=order.order_id, minor=-refund.amount.minor, now=now)
        await history.note(
            tx,
            actor=PROVIDER,
            entity="refund",
            entity_id=refund.refund_id,
            action="failed",
            now=now,
            reason="the money went back another way",
        )
        taken = await _taken(tx, order, payment_id)
    return taken


async def _taken(tx: Tx, order: Order, payment_id: PaymentId) -> Taken:
    for taken in await taken_for(tx, order):
        if taken.payment_id == payment_id:
            return taken
    raise LookupError(f"payment {payment_id} of order {order.order_id} is not known to be paid")


async def _count(tx: Tx, refund: Refund, taken: Taken, *, now: datetime) -> None:
    if not taken.is_surplus:
        await orders.add_refunded(tx, order_id=refund.order_id, minor=refund.amount.minor, now=now)
