"""What we send to YooKassa: bodies of API v3, with fiscal receipts after 54-FZ.

The bytes are stored before they are sent and repeated as they are, because the same key
with another body is an error.
"""

import json
from typing import Any

from cinema.contracts.payments import ReceiptData
from cinema.contracts.text import Language
from cinema.kit.money import Money
from cinema.payments.domain.port import BindingOrder, ChargeOrder, ReceiptOrder, RefundOrder

DESCRIPTION_MAX = 128
REFUND_DESCRIPTION_MAX = 250
LOCALES = {Language.RU: "ru_RU", Language.EN: "en_US"}
MEASURE = "piece"
"""The unit of a receipt's line (tag 2108)."""

PREPAYMENT = "prepayment"
"""The kind of settlement by which a receipt closes an advance: we make no other receipt with it."""

PAYMENT_ID = "payment_id"
ORDER_ID = "order_id"
REFUND_ID = "refund_id"
BINDING_ID = "binding_id"
"""Keys of ``metadata``, by which a lost payment or refund is found again, and each thing is known as ours."""


def charge_body(order: ChargeOrder) -> bytes:
    """``POST /payments``: of a saved method, or with the payer on the provider's page.

    ``capture`` is always sent, or the money would only be held. ``save_payment_method``
    is always sent too, or the page would ask the payer by itself.
    """
    body: dict[str, Any] = {
        "amount": amount_json(order.amount),
        "capture": True,
        "description": order.description[:DESCRIPTION_MAX],
        "merchant_customer_id": str(order.user_id),
        "metadata": {PAYMENT_ID: str(order.payment_id), ORDER_ID: str(order.order_id)},
        "receipt": receipt_json(order.receipt),
    }
    if order.method_token is not None:
        body["payment_method_id"] = order.method_token
    else:
        body["save_payment_method"] = order.save_method
        body["confirmation"] = {
            "type": "redirect",
            "return_url": order.return_url,
            "locale": LOCALES[order.language],
        }
    return _bytes(body)


def refund_body(order: RefundOrder) -> bytes:
    """``POST /refunds``, with a receipt of its own."""
    return _bytes(
        {
            "payment_id": order.provider_payment_id,
            "amount": amount_json(order.amount),
            "description": order.description[:REFUND_DESCRIPTION_MAX],
            "metadata": {REFUND_ID: str(order.refund_id)},
            "receipt": receipt_json(order.receipt),
        }
    )


def receipt_body(order: ReceiptOrder) -> bytes:
    """``POST /receipts``: a receipt of a payment that settles what was paid ahead; ``send`` has no other value."""
    return _bytes(
        {
            "type": "payment",
            "payment_id": order.provider_payment_id,
            **receipt_json(order.receipt),
            "settlements": [{"type": PREPAYMENT, "amount": amount_json(order.amount)}],
            "send": True,
        }
    )


def binding_body(order: BindingOrder) -> bytes:
    """``POST /payment_methods``: a card, with its owner on the provider's page."""
    return _bytes(
        {
            "type": "bank_card",
            "confirmation": {
                "type": "redirect",
                "return_url": order.return_url,
                "locale": LOCALES[order.language],
            },
            "metadata": {BINDING_ID: str(order.binding_id)},
        }
    )


def receipt_json(receipt: ReceiptData) -> dict[str, Any]:
    """A fiscal receipt; ``amount`` of a line is the price of one (tag 1079)."""
    return {
        "customer": {"email": receipt.email},
        "items": [
            {
                "description": line.description[:DESCRIPTION_MAX],
                "quantity": line.quantity,
                "amount": amount_json(line.unit),
                "vat_code": line.vat_code,
                "payment_subject": line.subject,
                "payment_mode": line.mode,
                "measure": MEASURE,
            }
            for line in receipt.lines
        ],
    }


def amount_json(amount: Money) -> dict[str, str]:
    """Money as the API writes it: two decimals in a string."""
    return {"value": amount.decimal(), "currency": amount.currency}


def _bytes(body: dict[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
