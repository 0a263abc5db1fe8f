"""YooKassa's words in ours. Every documented one stands here; an unknown one counts as the general case.

Sources: API v3, ``cancellation_details`` of payments and refunds, and HTTP errors. The
lists may grow, as the documentation says.
"""

from collections.abc import Mapping
from enum import StrEnum

from cinema.contracts.enums import RefundFailure
from cinema.payments.domain.decline import CancelReason, DeclineReason

PAYMENT_REASONS: Mapping[str, DeclineReason | CancelReason] = {
    "3d_secure_failed": DeclineReason.THREE_D_SECURE_FAILED,
    "call_issuer": DeclineReason.DECLINED_BY_ISSUER,
    "canceled_by_merchant": CancelReason.GIVEN_UP,
    "card_expired": DeclineReason.CARD_EXPIRED,
    "country_forbidden": DeclineReason.COUNTRY_FORBIDDEN,
    "deal_expired": CancelReason.CANCELED_AT_PROVIDER,
    "expired_on_capture": CancelReason.NOT_CAPTURED,
    "expired_on_confirmation": CancelReason.NOT_CONFIRMED,
    "fraud_suspected": DeclineReason.FRAUD_SUSPECTED,
    "general_decline": DeclineReason.GENERAL_DECLINE,
    "identification_required": DeclineReason.IDENTIFICATION_REQUIRED,
    "insufficient_funds": DeclineReason.INSUFFICIENT_FUNDS,
    "internal_timeout": DeclineReason.PROVIDER_TIMEOUT,
    "invalid_card_number": DeclineReason.WRONG_CARD_NUMBER,
    "invalid_csc": DeclineReason.WRONG_SECURITY_CODE,
    "issuer_unavailable": DeclineReason.ISSUER_UNAVAILABLE,
    "loan_declined": DeclineReason.LOAN_DECLINED,
    "payment_method_limit_exceeded": DeclineReason.LIMIT_EXCEEDED,
    "payment_method_restricted": DeclineReason.METHOD_RESTRICTED,
    "permission_revoked": DeclineReason.PERMISSION_REVOKED,
    "unsupported_mobile_operator": DeclineReason.OPERATOR_UNSUPPORTED,
    # Known to the official library only.
    "loan_declined_by_payer": DeclineReason.LOAN_DECLINED,
    "loan_application_expired": DeclineReason.LOAN_DECLINED,
    "rejected_by_timeout": DeclineReason.PROVIDER_TIMEOUT,
    "unknown": DeclineReason.GENERAL_DECLINE,
}
"""Why a payment was canceled."""

REFUND_REASONS: Mapping[str, RefundFailure] = {
    "general_decline": RefundFailure.GENERAL_FAILURE,
    "insufficient_funds": RefundFailure.SHOP_BALANCE_TOO_LOW,
    "rejected_by_payee": RefundFailure.REJECTED_BY_PAYEE,
    "rejected_by_timeout": RefundFailure.PROVIDER_TIMEOUT,
    "yoo_money_account_closed": RefundFailure.ACCOUNT_CLOSED,
    "payment_expired": RefundFailure.PAYMENT_TOO_OLD,
    "payment_basket_id_not_found": RefundFailure.BASKET_MISMATCH,
    "payment_article_number_not_found": RefundFailure.BASKET_MISMATCH,
    "payment_tru_code_not_found": RefundFailure.BASKET_MISMATCH,
    "too_many_refunding_articles": RefundFailure.BASKET_MISMATCH,
    "some_articles_already_refunded": RefundFailure.BASKET_MISMATCH,
}
"""Why a refund was canceled."""


class Meaning(StrEnum):
    """What an HTTP status says about what happened."""

    DONE = "done"
    REJECTED = "rejected"
    """The request is wrong or speaks of something that does not exist; nothing happened."""
    NOT_ALLOWED = "not_allowed"
    TOO_BUSY = "too_busy"
    UNKNOWN = "unknown"


MEANINGS: Mapping[int, Meaning] = {
    200: Meaning.DONE,
    202: Meaning.UNKNOWN,  # accepted, to be asked again under the same key
    400: Meaning.REJECTED,
    401: Meaning.NOT_ALLOWED,
    403: Meaning.NOT_ALLOWED,
    404: Meaning.REJECTED,
    405: Meaning.REJECTED,
    410: Meaning.REJECTED,
    415: Meaning.REJECTED,
    429: Meaning.TOO_BUSY,
    500: Meaning.UNKNOWN,
}
"""The documented statuses; any other proves nothing."""


def payment_reason(word: str | None) -> DeclineReason | CancelReason:
    """Why a payment ended without money."""
    return PAYMENT_REASONS.get(word or "", DeclineReason.GENERAL_DECLINE)


def refund_reason(word: str | None) -> RefundFailure:
    """Why a refund failed."""
    return REFUND_REASONS.get(word or "", RefundFailure.GENERAL_FAILURE)


def meaning(status: int) -> Meaning:
    """What an answer with this status says."""
    return MEANINGS.get(status, Meaning.UNKNOWN)
