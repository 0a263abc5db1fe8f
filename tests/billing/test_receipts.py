"""Receipts as they are stored: each with its own lines, however many are written at once."""

from dataclasses import replace
from datetime import UTC, datetime

from billing.domain.wholes import new_ids
from billing.stage import Stage
from cinema.billing.domain.changes import Receipt
from cinema.billing.store import orders
from cinema.contracts.enums import ReceiptKind
from cinema.contracts.payments import ReceiptLine
from cinema.kit.money import Money

NOON = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
LINE = ReceiptLine(
    description="Month",
    quantity=1,
    unit=Money(minor=100, currency="RUB"),
    vat_code=1,
    subject="service",
    mode="full_payment",
)


async def test_receipts_of_one_batch_keep_their_own_lines(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    new_id = new_ids()
    one = Receipt(
        receipt_id=new_id(), kind=ReceiptKind.REFUND, source_id=new_id(), order_id=request.order_id, user_id=user,
        amount=Money(minor=100, currency="RUB"), lines=(LINE,), issued_at=NOON,
    )  # fmt: skip
    two = replace(one, receipt_id=new_id(), source_id=new_id(), lines=(LINE, replace(LINE, description="Film")))

    async with stage.db.write() as tx:
        await orders.add_receipts(tx, [one, two])

    reader = stage.billing.facades.reader
    read = [await reader.receipt(receipt_id=receipt.receipt_id, user_id=user) for receipt in (one, two)]
    assert [[line.description for line in receipt.lines] for receipt in read] == [["Month"], ["Month", "Film"]]
