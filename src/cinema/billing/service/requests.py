"""Asking payments to move money: the request is an event of the transaction that makes it due."""

from collections.abc import Sequence
from datetime import datetime

from cinema.billing.domain.order import Line, Order, Refund, receipt_lines, refund_lines
from cinema.billing.store import orders
from cinema.contracts.billing import PaymentRequested, PaymentWithdrawn, RefundRequested
from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import PaymentRequest, ReceiptData, RefundRequest
from cinema.kit.db import Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish


async def request_payment(tx: Tx, *, order: Order, method_id: MethodId | None, now: datetime) -> PaymentRequest:
    """Begins the next try to get ``order`` paid; the caller holds the order's lock. See `request_first_payment`."""
    earlier = await orders.charges(tx, order_id=order.order_id)
    lines = await orders.lines(tx, order_id=order.order_id)
    return await _request(tx, order=order, lines=lines, attempt=len(earlier) + 1, method_id=method_id, now=now)


async def request_first_payment(
    tx: Tx, *, order: Order, lines: Sequence[Line], method_id: MethodId | None, now: datetime
) -> PaymentRequest:
    """Begins the first try to get ``order`` paid, which this transaction has stored.

    With a ``method_id`` it is charged off-session; without, the payer confirms by hand
    and the method is kept for renewals.
    """
    return await _request(tx, order=order, lines=lines, attempt=1, method_id=method_id, now=now)


async def _request(
    tx: Tx, *, order: Order, lines: Sequence[Line], attempt: int, method_id: MethodId | None, now: datetime
) -> PaymentRequest:
    payment_id = PaymentId(uuid7(now))
    await orders.add_charge(
        tx, payment_id=payment_id, order_id=order.order_id, attempt=attempt, method_id=method_id, now=now
    )
    request = PaymentRequest(
        payment_id=payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=order.total,
        description=order.title.in_(order.language)[:128],
        language=order.language,
        receipt=ReceiptData(email=order.email, lines=receipt_lines(lines, language=order.language)),
        method_id=method_id,
        save_method=method_id is None,
        return_url=order.return_url if method_id is None else None,
        expires_at=order.expires_at,
    )
    await publish(tx, PaymentRequested(order_id=order.order_id, request=request), now=now)
    return request


async def withdraw_payment(tx: Tx, *, order: Order, now: datetime) -> bool:
    """Says that the charge under way, if there is one, is not wanted any more; returns whether there is one."""
    under_way = [one for one in await orders.charges(tx, order_id=order.order_id) if one.status == "open"]
    await publish(
        tx, *(PaymentWithdrawn(order_id=order.order_id, payment_id=one.payment_id) for one in under_way), now=now
    )
    return bool(under_way)


async def request_refund(tx: Tx, *, order: Order, refund: Refund, now: datetime) -> RefundRequest:
    """Sends money of ``order`` back; the refund is stored and counted already."""
    lines = refund_lines(await orders.lines(tx, order_id=order.order_id), amount=refund.amount, language=order.language)
    request = RefundRequest(
        refund_id=refund.refund_id,
        payment_id=refund.payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=refund.amount,
        description=order.title.in_(order.language)[:128],
        receipt=ReceiptData(email=order.email, lines=lines),
    )
    await publish(tx, RefundRequested(order_id=order.order_id, request=request), now=now)
    return request
