"""Payments of the stand-in: created, charged off-session, captured, canceled, settled."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from cinema.kit.money import Money
from cinema.sandbox.yookassa.domain import (
    AMOUNT_LIMIT_MINOR,
    CONFIRM_WITHIN,
    Attempt,
    Cancellation,
    Confirmation,
    MethodStatus,
    MethodType,
    Outcome,
    Payment,
    PaymentStatus,
    Receipt,
    StoredMethod,
    hold_end,
    income_of,
    move_payment,
    over_limit,
)
from cinema.sandbox.yookassa.errors import forbidden, invalid, not_found
from cinema.sandbox.yookassa.requests import (
    CaptureBody,
    ConfirmationBody,
    MethodBody,
    PaymentBody,
    amount_of,
    checked_receipt,
)
from cinema.sandbox.yookassa.shop import Shop, new_authorization
from cinema.sandbox.yookassa.wire import GATEWAY_ID, payment_json

NO_AUTOPAYMENTS = "This store can't make recurring payments. Contact the manager to enable them."


def create_payment(shop: Shop, body: PaymentBody) -> Payment:
    """A new payment: one that waits for the payer, or a charge of a saved method that ends at once."""
    amount = amount_of(body.amount, currency=shop.settings.currency)
    receipt = checked_receipt(body.receipt, amount=amount, required=shop.receipts_required)
    now = shop.now()
    draft = Payment(
        id=shop.new_id(),
        status=PaymentStatus.PENDING,
        amount=amount,
        refunded=Money(minor=0, currency=amount.currency),
        created_at=now,
        capture=bool(body.capture),
        gateway_id=body.recipient.gateway_id if body.recipient else GATEWAY_ID,
        description=body.description,
        metadata=body.metadata or {},
        merchant_customer_id=body.merchant_customer_id,
        save_method=body.save_payment_method,
        receipt=receipt,
        receipt_registration="pending" if receipt else None,
    )
    _refuse_second_instrument(body)
    if body.save_payment_method and not shop.settings.autopayments_enabled:
        raise forbidden(NO_AUTOPAYMENTS, parameter="save_payment_method")
    if body.payment_method_id is not None:
        return _charge_saved(shop, draft, body)
    if body.confirmation is None:
        raise invalid("Confirmation is required: the payer has to act", parameter="confirmation")
    if amount.minor > AMOUNT_LIMIT_MINOR:
        raise invalid("Amount is above the limit of every payment method", parameter="amount.value")
    payment = replace(
        draft,
        wanted_method=checked_method(body.payment_method_data),
        confirmation=new_confirmation(shop, body.confirmation, path=f"payments/{draft.id}"),
        due_at=now + CONFIRM_WITHIN,
    )
    shop.store.payments.put(payment)
    return payment


def new_confirmation(shop: Shop, body: ConfirmationBody, *, path: str) -> Confirmation:
    """The payer's way: our page, or a token for the widget that opens the same page."""
    if body.type == "redirect" and body.return_url is None:
        raise invalid("Field required", parameter="confirmation.return_url")
    if body.type not in {"redirect", "embedded"}:
        raise invalid("This confirmation does not work in a test shop", parameter="confirmation.type")
    return Confirmation(
        type=body.type,
        return_url=body.return_url,
        enforce=body.enforce,
        locale=body.locale,
        url=f"{shop.settings.public_url}/checkout/{path}" if body.type == "redirect" else None,
        token=f"ct-{path.partition('/')[2]}" if body.type == "embedded" else None,
    )


def checked_method(body: MethodBody | None) -> MethodType | None:
    """The chosen method if a test shop takes it; card data is for certified shops only."""
    if body is None:
        return None
    if body.card is not None:
        raise forbidden("The shop may not send card data", parameter="payment_method_data.card")
    if body.type not in list(MethodType):
        raise invalid("Payment method is not available", parameter="payment_method_data.type")
    return MethodType(body.type)


def find_payment(shop: Shop, payment_id: str) -> Payment:
    """The payment, or 404."""
    payment = shop.store.payments.get(payment_id)
    if payment is None:
        raise not_found("Payment doesn't exist or access denied")
    return payment


def capture_payment(shop: Shop, payment_id: str, body: CaptureBody) -> Payment:
    """Takes a held sum, or a part of it; the rest goes back to the payer."""
    payment = find_payment(shop, payment_id)
    if payment.status is not PaymentStatus.WAITING_FOR_CAPTURE:
        raise invalid("Payment can not be captured in current status", parameter="payment_id")
    amount = amount_of(body.amount, currency=payment.amount.currency) if body.amount else payment.amount
    if payment.amount < amount:
        raise invalid("Capture amount is greater than the payment's", parameter="amount.value")
    is_partial = amount < payment.amount
    receipt = checked_receipt(
        body.receipt,
        amount=amount,
        required=is_partial and shop.receipts_required,
    )
    taken = replace(payment, amount=amount, receipt=receipt or payment.receipt)
    return _succeed(shop, taken)


def cancel_payment(shop: Shop, payment_id: str) -> Payment:
    """Lets a held sum go."""
    payment = find_payment(shop, payment_id)
    if payment.status is not PaymentStatus.WAITING_FOR_CAPTURE:
        raise invalid("Payment can not be canceled in current status", parameter="payment_id")
    return end_payment(shop, payment, Cancellation(party="merchant", reason="canceled_by_merchant"))


def finish_payment(shop: Shop, payment: Payment, attempt: Attempt) -> Payment:
    """The bank's answer to the payer's attempt: canceled, held or succeeded."""
    decline = attempt.decline
    if decline is None and over_limit(payment.amount, attempt.method):
        decline = Cancellation(party="yoo_money", reason="payment_method_limit_exceeded")
    if decline is not None:
        method = replace(
            attempt.method, status=attempt.method.status if attempt.method.saved else MethodStatus.INACTIVE
        )
        return end_payment(shop, replace(payment, method=method), decline)
    status = MethodStatus.ACTIVE if attempt.save or attempt.method.saved else MethodStatus.INACTIVE
    method = replace(attempt.method, saved=status is MethodStatus.ACTIVE, status=status)
    if attempt.save:
        stored = StoredMethod(method=method, created_at=shop.now(), gateway_id=payment.gateway_id)
        shop.store.methods.put(stored)
    is_card = method.type is MethodType.BANK_CARD
    paid = replace(
        payment,
        method=method,
        authorization=new_authorization(three_d_secure=attempt.three_d_secure) if is_card else None,
    )
    if payment.capture:
        return _succeed(shop, paid)
    held, event = move_payment(paid, PaymentStatus.WAITING_FOR_CAPTURE)
    return _settle(shop, replace(held, due_at=hold_end(shop.now())), event)


def end_payment(shop: Shop, payment: Payment, cancellation: Cancellation) -> Payment:
    """Canceled for good, with the party and the reason."""
    canceled, event = move_payment(payment, PaymentStatus.CANCELED)
    registration = "canceled" if payment.receipt_registration else None
    return _settle(shop, replace(canceled, cancellation=cancellation, receipt_registration=registration), event)


def settle_due_payment(shop: Shop, payment: Payment) -> Payment:
    """Ends what the clock ends: time to confirm, a hold, or a delayed charge."""
    if payment.status is PaymentStatus.WAITING_FOR_CAPTURE:
        return end_payment(shop, payment, Cancellation(party="yoo_money", reason="expired_on_capture"))
    if payment.confirmation is None and payment.attempt is not None:
        return finish_payment(shop, payment, payment.attempt)
    return end_payment(shop, payment, Cancellation(party="yoo_money", reason="expired_on_confirmation"))


def register_receipt(
    shop: Shop, receipt: dict[str, Any], *, kind: str, payment_id: str | None = None, refund_id: str | None = None
) -> Receipt:
    """Imitates the registration of a fiscal receipt: it succeeds at once."""
    registered = Receipt(
        id=f"rt-{shop.new_id()}",
        type=kind,
        status="succeeded",
        created_at=shop.now(),
        body=receipt,
        payment_id=payment_id,
        refund_id=refund_id,
    )
    shop.store.receipts.put(registered)
    return registered


def _charge_saved(shop: Shop, draft: Payment, body: PaymentBody) -> Payment:
    if body.confirmation is not None:
        raise invalid("Confirmation must be null when a saved method is charged", parameter="confirmation")
    if not shop.settings.autopayments_enabled:
        raise forbidden(NO_AUTOPAYMENTS, parameter="payment_method_id")
    method_id = body.payment_method_id or ""
    stored = shop.store.methods.get(method_id)
    if stored is None and shop.store.payments.get(method_id) is None:
        raise invalid("This payment_method_id doesn't exist", parameter="payment_method_id")
    if stored is None or not stored.method.saved:
        raise invalid("Payment method is not saved", parameter="payment_method_id")
    outcome = shop.store.take_outcome(operation="autopayment", method_id=method_id) or Outcome()
    attempt = Attempt(method=stored.method, save=False, decline=_refusal_of(shop, stored) or outcome.cancellation)
    payment = replace(draft, method=stored.method, attempt=attempt)
    if not outcome.held and not outcome.pending_s:
        return finish_payment(shop, payment, attempt)
    due_at = None if outcome.held else shop.now() + timedelta(seconds=outcome.pending_s)
    payment = replace(payment, due_at=due_at)
    shop.store.payments.put(payment)
    return payment


def _refusal_of(shop: Shop, stored: StoredMethod) -> Cancellation | None:
    """Why a saved method cannot pay by itself: its owner revoked it, or its card is out of date."""
    if stored.method.status is not MethodStatus.ACTIVE:
        return Cancellation(party="yoo_money", reason="permission_revoked")
    if stored.method.card is not None and stored.method.card.expired(shop.now()):
        return Cancellation(party="payment_network", reason="card_expired")
    return None


def _succeed(shop: Shop, payment: Payment) -> Payment:
    succeeded, event = move_payment(payment, PaymentStatus.SUCCEEDED)
    if payment.receipt is not None:
        register_receipt(shop, payment.receipt, kind="payment", payment_id=payment.id)
    succeeded = replace(
        succeeded,
        captured_at=shop.now(),
        income=income_of(payment.amount, fee_per_mille=shop.settings.fee_per_mille),
        receipt_registration="succeeded" if payment.receipt else None,
    )
    return _settle(shop, succeeded, event)


def _settle(shop: Shop, payment: Payment, event: str) -> Payment:
    shop.store.payments.put(payment)
    shop.announce(
        event,
        object_id=payment.id,
        chain=payment.id,
        body=payment_json(payment, shop_id=shop.settings.shop_id),
    )
    return payment


def _refuse_second_instrument(body: PaymentBody) -> None:
    given = [
        name
        for name in ("payment_method_data", "payment_method_id", "payment_token")
        if getattr(body, name) is not None
    ]
    if len(given) > 1:
        raise invalid(f"Only one of {', '.join(given)} may be given", parameter=given[1])
    if body.payment_token is not None:
        raise invalid("Payment token doesn't exist", parameter="payment_token")
