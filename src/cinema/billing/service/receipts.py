"""Fiscal receipts, to be read: one for each captured payment, one for each refund (54-FZ).

The lines travel to the provider with the payment or refund itself; kept is the record of
what was handed over.
"""

from uuid import UUID

from cinema.billing.store import orders
from cinema.contracts.ids import UserId
from cinema.contracts.views.billing import ReceiptView
from cinema.kit.db import Database
from cinema.kit.errors import NotFound
from cinema.kit.money import Money


class ReceiptNotFound(NotFound):
    """There is no such receipt."""

    code = "receipt-not-found"


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
