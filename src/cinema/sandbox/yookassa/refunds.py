"""Refunds of the stand-in."""

from dataclasses import replace
from datetime import timedelta

from cinema.kit.money import Money
from cinema.sandbox.yookassa.domain import (
    CARD_REFUND_WITHIN,
    REFUND_WITHIN,
    Cancellation,
    MethodType,
    Outcome,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    move_refund,
)
from cinema.sandbox.yookassa.errors import invalid, not_found
from cinema.sandbox.yookassa.payments import register_receipt
from cinema.sandbox.yookassa.requests import RefundBody, amount_of, checked_receipt
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.wire import refund_json

REMAINDER_ABOVE_MINOR = 100
"""What is left of a payment after a partial refund is more than 1.00."""


def create_refund(shop: Shop, body: RefundBody) -> Refund:
    """Gives money back to the instrument that paid; final at once unless a delay is planned."""
    payment = shop.store.payments.get(body.payment_id)
    if payment is None:
        raise invalid("Incorrect payment_id. Payment doesn't exist or access denied", parameter="payment_id")
    if payment.status is not PaymentStatus.SUCCEEDED:
        raise invalid("Payment can not be refunded in current status", parameter="payment_id")
    amount = amount_of(body.amount, currency=payment.amount.currency)
    now = shop.now()
    if now > payment.created_at + REFUND_WITHIN:
        raise invalid("Payment is too old to be refunded", parameter="payment_id")
    is_partial = _check_remainder(shop, payment, amount)
    receipt = checked_receipt(
        body.receipt,
        amount=amount,
        required=is_partial and shop.receipts_required,
    )
    receipt = receipt or (None if is_partial else payment.receipt)
    refund = Refund(
        id=shop.new_id(),
        payment_id=payment.id,
        status=RefundStatus.PENDING,
        amount=amount,
        created_at=now,
        description=body.description,
        metadata=body.metadata or {},
        receipt=receipt,
        receipt_registration="pending" if receipt else None,
    )
    outcome = shop.store.take_outcome(operation="refund") or Outcome(cancellation=_too_late(payment, refund))
    if not outcome.held and not outcome.pending_s:
        return settle_refund(shop, refund, outcome.cancellation)
    due_at = None if outcome.held else now + timedelta(seconds=outcome.pending_s)
    refund = replace(refund, due_at=due_at, outcome=outcome.cancellation)
    shop.store.refunds.put(refund)
    return refund


def find_refund(shop: Shop, refund_id: str) -> Refund:
    """The refund, or 404."""
    refund = shop.store.refunds.get(refund_id)
    if refund is None:
        raise not_found("Refund doesn't exist or access denied")
    return refund


def settle_refund(shop: Shop, refund: Refund, cancellation: Cancellation | None) -> Refund:
    """The end of a pending refund. Success is told to the merchant, cancellation is not."""
    to = RefundStatus.CANCELED if cancellation else RefundStatus.SUCCEEDED
    settled, event = move_refund(refund, to)
    registration = to.value if refund.receipt_registration else None
    settled = replace(settled, cancellation=cancellation, outcome=None, receipt_registration=registration)
    if cancellation is None:
        payment = shop.store.payments.get(refund.payment_id)
        if payment is None:
            raise LookupError(refund.payment_id)
        shop.store.payments.put(replace(payment, refunded=payment.refunded + refund.amount))
        if payment.authorization is not None:
            settled = replace(settled, rrn=payment.authorization.rrn)
        if refund.receipt is not None:
            register_receipt(shop, refund.receipt, kind="refund", payment_id=refund.payment_id, refund_id=refund.id)
    shop.store.refunds.put(settled)
    if event is not None:
        shop.announce(event, object_id=refund.id, chain=refund.payment_id, body=refund_json(settled))
    return settled


def _check_remainder(shop: Shop, payment: Payment, amount: Money) -> bool:
    """True when the refund is partial; 400 when so much cannot be given back."""
    remaining = payment.amount
    for earlier in shop.store.refunds.of_payment(payment.id):
        if earlier.status is not RefundStatus.CANCELED:
            remaining -= earlier.amount
    if remaining.minor == 0:
        raise invalid("Payment is already completely refunded", parameter="payment_id")
    if remaining < amount:
        raise invalid("Refund amount is greater than the remaining payment amount", parameter="amount.value")
    rest = remaining - amount
    if 0 < rest.minor <= REMAINDER_ABOVE_MINOR:
        raise invalid("Remaining payment amount after refund must be greater than 1.00", parameter="amount.value")
    return amount != payment.amount


def _too_late(payment: Payment, refund: Refund) -> Cancellation | None:
    """Card networks take nothing back after 15 months."""
    is_card = payment.method is not None and payment.method.type is MethodType.BANK_CARD
    if is_card and refund.created_at > payment.created_at + CARD_REFUND_WITHIN:
        return Cancellation(party="refund_network", reason="payment_expired")
    return None
