"""The provider's objects as JSON: field names and formats of API v3."""

import json
from datetime import UTC, datetime
from typing import Any

from cinema.kit.money import Money
from cinema.sandbox.yookassa.domain import (
    Cancellation,
    Confirmation,
    Method,
    Payment,
    PaymentStatus,
    Receipt,
    Refund,
    StoredMethod,
)

GATEWAY_ID = "2000001"
"""The shop's only flow, unless a request names another."""


def payment_json(payment: Payment, *, shop_id: str) -> dict[str, Any]:
    """A payment object; fields that have no value yet are left out."""
    is_pending = payment.status is PaymentStatus.PENDING
    is_waiting = payment.status is PaymentStatus.WAITING_FOR_CAPTURE
    is_succeeded = payment.status is PaymentStatus.SUCCEEDED
    return _filled(
        {
            "id": payment.id,
            "status": payment.status.value,
            "amount": money_json(payment.amount),
            "income_amount": payment.income and money_json(payment.income),
            "description": payment.description,
            "recipient": {"account_id": shop_id, "gateway_id": payment.gateway_id},
            "payment_method": payment.method and method_json(payment.method),
            "captured_at": payment.captured_at and moment_json(payment.captured_at),
            "created_at": moment_json(payment.created_at),
            "expires_at": moment_json(payment.due_at) if is_waiting and payment.due_at else None,
            "confirmation": confirmation_json(payment.confirmation) if is_pending and payment.confirmation else None,
            "test": True,
            "refunded_amount": money_json(payment.refunded) if is_succeeded else None,
            "paid": is_succeeded or is_waiting,
            "refundable": is_succeeded and payment.refunded < payment.amount,
            "receipt_registration": payment.receipt_registration,
            "metadata": payment.metadata,
            "cancellation_details": _cancellation_json(payment.cancellation),
            "authorization_details": payment.authorization
            and {
                "rrn": payment.authorization.rrn,
                "auth_code": payment.authorization.auth_code,
                "three_d_secure": {"applied": payment.authorization.three_d_secure},
            },
            "merchant_customer_id": payment.merchant_customer_id,
        },
    )


def refund_json(refund: Refund) -> dict[str, Any]:
    """A refund object."""
    return _filled(
        {
            "id": refund.id,
            "payment_id": refund.payment_id,
            "status": refund.status.value,
            "cancellation_details": _cancellation_json(refund.cancellation),
            "receipt_registration": refund.receipt_registration,
            "created_at": moment_json(refund.created_at),
            "amount": money_json(refund.amount),
            "description": refund.description,
            "metadata": refund.metadata,
            "refund_authorization_details": refund.rrn and {"rrn": refund.rrn},
        },
    )


def method_json(method: Method) -> dict[str, Any]:
    """A payment method as a payment shows it."""
    card = method.card and {
        "first6": method.card.first6,
        "last4": method.card.last4,
        "expiry_year": method.card.expiry_year,
        "expiry_month": method.card.expiry_month,
        "card_type": method.card.card_type,
        "issuer_country": "RU",
    }
    known = card is not None or method.account_number is not None
    return _filled(
        {
            "type": method.type.value,
            "id": method.id,
            "saved": method.saved,
            "status": method.status.value,
            "title": method.title if known else None,
            "card": card,
            "account_number": method.account_number,
        },
    )


def binding_json(stored: StoredMethod, *, shop_id: str) -> dict[str, Any]:
    """A payment method as ``/payment_methods`` shows it."""
    is_open = stored.due_at is not None and stored.confirmation is not None
    return {
        **method_json(stored.method),
        "holder": {"account_id": shop_id, "gateway_id": stored.gateway_id or GATEWAY_ID},
        **({"confirmation": confirmation_json(stored.confirmation)} if is_open and stored.confirmation else {}),
        **({"metadata": stored.metadata} if stored.metadata else {}),
    }


def receipt_json(receipt: Receipt) -> dict[str, Any]:
    """A fiscal receipt whose registration is imitated: the fiscal numbers are made up."""
    body = receipt.body
    return _filled(
        {
            "id": receipt.id,
            "type": receipt.type,
            "payment_id": receipt.payment_id,
            "refund_id": receipt.refund_id,
            "status": receipt.status,
            "fiscal_document_number": "3986",
            "fiscal_storage_number": "9288000100115785",
            "fiscal_attribute": "2617603921",
            "registered_at": moment_json(receipt.created_at),
            "fiscal_provider_id": f"fd-{receipt.id[3:]}",
            "tax_system_code": body.get("tax_system_code"),
            "items": [{**item, "quantity": json.loads(item["quantity"])} for item in body["items"]],
            "settlements": body.get("settlements", []),
        },
    )


def money_json(amount: Money) -> dict[str, str]:
    """A sum with two decimals."""
    return {"value": amount.decimal(), "currency": amount.currency}


def moment_json(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds: ``2017-11-03T11:52:31.827Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def confirmation_json(confirmation: Confirmation) -> dict[str, Any]:
    """How the payer confirms, with the page's address or the widget's token."""
    return _filled(
        {
            "type": confirmation.type,
            "return_url": confirmation.return_url,
            "enforce": confirmation.enforce,
            "confirmation_url": confirmation.url,
            "confirmation_token": confirmation.token,
        },
    )


def _cancellation_json(cancellation: Cancellation | None) -> dict[str, str] | None:
    return {"party": cancellation.party, "reason": cancellation.reason} if cancellation else None


def _filled(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
