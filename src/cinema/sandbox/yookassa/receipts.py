"""Separate fiscal receipts (law 54-FZ); their registration is imitated, as in any test shop."""

from decimal import Decimal

from cinema.sandbox.yookassa.domain import PaymentStatus, Receipt, RefundStatus
from cinema.sandbox.yookassa.errors import ApiError, invalid
from cinema.sandbox.yookassa.payments import register_receipt
from cinema.sandbox.yookassa.requests import ReceiptRequestBody, amount_of
from cinema.sandbox.yookassa.shop import Shop

RECEIPTS_PER_PAYMENT_MAX = 50


def create_receipt(shop: Shop, body: ReceiptRequestBody) -> Receipt:
    """Registers a receipt for a payment or a refund that has succeeded."""
    if not (body.customer.email or body.customer.phone):
        raise invalid("Customer needs an e-mail address or a phone number", parameter="customer")
    _check_sums(shop, body)
    refund_id = body.refund_id if body.type == "refund" else None
    payment_id = body.payment_id if body.type == "payment" else _payment_of_refund(shop, body)
    payment = shop.store.payments.get(payment_id or "")
    if payment is None or payment.status is not PaymentStatus.SUCCEEDED:
        raise _unknown("payment_id")
    if len(shop.store.receipts.of_payment(payment.id)) >= RECEIPTS_PER_PAYMENT_MAX:
        raise invalid("Too many receipts for this payment", parameter="payment_id")
    receipt = body.model_dump(mode="json", exclude_none=True)
    return register_receipt(shop, receipt, kind=body.type, payment_id=payment.id, refund_id=refund_id)


def _payment_of_refund(shop: Shop, body: ReceiptRequestBody) -> str:
    refund = shop.store.refunds.get(body.refund_id or "")
    if refund is None or refund.status is not RefundStatus.SUCCEEDED:
        raise _unknown("refund_id")
    return refund.payment_id


def _check_sums(shop: Shop, body: ReceiptRequestBody) -> None:
    """The lines and the settlements come to the same sum."""
    currency = shop.settings.currency
    lines = sum(
        (
            (amount_of(item.amount, currency=currency, parameter="items.amount").minor * item.quantity).quantize(
                Decimal(1)
            )
            for item in body.items
        ),
        start=Decimal(0),
    )
    settled = sum(
        amount_of(settlement.amount, currency=currency, parameter="settlements.amount").minor
        for settlement in body.settlements
    )
    if lines != settled:
        raise invalid("Settlements differ from the sum of the items", parameter="settlements")


def _unknown(parameter: str) -> ApiError:
    return invalid("The object doesn't exist or has not succeeded", parameter=parameter)
