"""What the adapter makes of receipts: those that close an advance, all others, and those that lie."""

from typing import Any

import pytest

from cinema.contracts.enums import ReceiptStatus
from cinema.kit.money import Money
from cinema.payments.domain.port import Sealed, SeenReceipt, Unknown
from providers.test_yookassa_answers import answering

PAYMENT = "2d9a3f0e-000f-5000-8000-1a2b3c4d5e6f"
RECEIPT: dict[str, Any] = {
    "id": "rt-2d9a3f0e-000f-5000-8000-1a2b3c4d5e70",
    "type": "payment",
    "payment_id": PAYMENT,
    "status": "pending",
    "items": [],
    "settlements": [{"type": "prepayment", "amount": {"value": "399.00", "currency": "RUB"}}],
}
SEALED = Sealed(key="a-key", body=b"{}")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("pending", ReceiptStatus.PENDING),
        ("succeeded", ReceiptStatus.SUCCEEDED),
        ("canceled", ReceiptStatus.FAILED),
    ],
)
async def test_each_status_of_a_receipt_has_a_word_of_ours(told: str, status: ReceiptStatus) -> None:
    seen = await answering({**RECEIPT, "status": told}).send_receipt(SEALED)

    assert seen == SeenReceipt(
        provider_receipt_id=RECEIPT["id"],
        provider_payment_id=PAYMENT,
        amount=Money(minor=39_900, currency="RUB"),
        is_closing=True,
        status=status,
    )


async def test_a_receipt_that_settles_otherwise_closes_nothing() -> None:
    other = {**RECEIPT, "settlements": [{**RECEIPT["settlements"][0], "type": "cashless"}]}

    seen = await answering(other).send_receipt(SEALED)

    assert isinstance(seen, SeenReceipt)
    assert seen.is_closing is False


@pytest.mark.parametrize(
    "lie",
    [
        {"id": None},
        {"id": "../payments"},
        {"type": "refund"},
        {"payment_id": None},
        {"status": "done"},
        {"settlements": []},
        {"settlements": None},
        {"settlements": [{"type": "prepayment", "amount": {"value": "399", "currency": "rub"}}]},
        {"settlements": [*RECEIPT["settlements"], {"type": "prepayment", "amount": {"value": "1", "currency": "USD"}}]},
    ],
)
async def test_a_receipt_that_cannot_be_is_not_believed(lie: dict[str, Any]) -> None:
    assert isinstance(await answering({**RECEIPT, **lie}).send_receipt(SEALED), Unknown)


async def test_an_answer_about_another_receipt_is_not_believed() -> None:
    assert isinstance(await answering(RECEIPT).read_receipt("rt-another"), Unknown)
