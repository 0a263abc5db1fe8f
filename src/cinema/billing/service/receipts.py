"""Fiscal receipts: one for each captured payment, one for each refund (54-FZ).

The lines travel to the provider with the payment or refund itself; here is the
record of what was handed over.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.billing.domain.order import Order, Refund, receipt_lines, refund_lines
from cinema.billing.domain.view import ReceiptView
from cinema.billing.store import orders
from cinema.contracts.ids import PaymentId, UserId
from cinema.contracts.payments import ReceiptLine
from cinema.kit.db import Database, Tx
from cinema.kit.errors import NotFound
from cinema.kit.idempotency import jsonable
from cinema.kit.ids import uuid7
from cinema.kit.money import Money


class ReceiptNotFound(NotFound):
    """There is no such receipt."""

    code = "receipt-not-found"


async def issue_payment_receipt(tx: Tx, *, order: Order, payment_id: PaymentId, now: datetime) -> None:
    lines = receipt_lines(await orders.lines(tx, order_id=order.order_id), language=order.language)
    await _issue(tx, kind="payment", source_id=payment_id, order=order, amount=order.total, lines=lines, now=now)


async def issue_refund_receipt(tx: Tx, *, order: Order, refund: Refund, now: datetime) -> None:
    lines = refund_lines(await orders.lines(tx, order_id=order.order_id), amount=refund.amount, language=order.language)
    await _issue(tx, kind="refund", source_id=refund.refund_id, order=order, amount=refund.amount, lines=lines, now=now)


async def receipt(db: Database, *, receipt_id: UUID, user_id: UserId | None) -> ReceiptView:
    """Raises `ReceiptNotFound`, also for somebody else's."""
    async with db.read() as tx:
        row = await orders.receipt(tx, receipt_id=receipt_id, user_id=user_id)
    if row is None:
        raise ReceiptNotFound
    return ReceiptView(
        id=row["id"],
        kind=row["kind"],
        order_id=row["order_id"],
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        lines=tuple(row["lines"]),
        issued_at=row["issued_at"],
    )


async def _issue(
    tx: Tx, *, kind: str, source_id: UUID, order: Order, amount: Money, lines: Sequence[ReceiptLine], now: datetime
) -> None:
    plain: list[dict[str, Any]] = [jsonable(line) for line in lines]
    await orders.add_receipt(
        tx, receipt_id=uuid7(now), kind=kind, source_id=source_id, order=order, amount=amount, lines=plain, now=now
    )
