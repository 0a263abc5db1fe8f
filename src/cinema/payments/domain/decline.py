"""Why money did not move: our own words, the same for every provider, published to others."""

from collections.abc import Mapping
from enum import StrEnum

from cinema.contracts.enums import DeclineClass, RefundFailure


class DeclineReason(StrEnum):
    """Why a charge was refused."""

    CARD_EXPIRED = "card_expired"
    COUNTRY_FORBIDDEN = "country_forbidden"
    DECLINED_BY_ISSUER = "declined_by_issuer"
    FRAUD_SUSPECTED = "fraud_suspected"
    GENERAL_DECLINE = "general_decline"
    IDENTIFICATION_REQUIRED = "identification_required"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    ISSUER_UNAVAILABLE = "issuer_unavailable"
    LIMIT_EXCEEDED = "limit_exceeded"
    LOAN_DECLINED = "loan_declined"
    METHOD_REMOVED = "method_removed"
    """The saved method was removed on our side; nothing was sent."""
    METHOD_RESTRICTED = "method_restricted"
    METHOD_UNKNOWN = "method_unknown"
    """The provider does not know the saved method."""
    OPERATOR_UNSUPPORTED = "operator_unsupported"
    PERMISSION_REVOKED = "permission_revoked"
    """The payer withdrew the consent to be charged."""
    PROVIDER_TIMEOUT = "provider_timeout"
    THREE_D_SECURE_FAILED = "three_d_secure_failed"
    WRONG_CARD_NUMBER = "wrong_card_number"
    WRONG_SECURITY_CODE = "wrong_security_code"


DECLINE_CLASSES: Mapping[DeclineReason, DeclineClass] = {
    DeclineReason.CARD_EXPIRED: DeclineClass.HARD,
    DeclineReason.COUNTRY_FORBIDDEN: DeclineClass.HARD,
    DeclineReason.FRAUD_SUSPECTED: DeclineClass.HARD,
    DeclineReason.METHOD_REMOVED: DeclineClass.HARD,
    DeclineReason.METHOD_RESTRICTED: DeclineClass.HARD,
    DeclineReason.METHOD_UNKNOWN: DeclineClass.HARD,
    DeclineReason.PERMISSION_REVOKED: DeclineClass.HARD,
    DeclineReason.DECLINED_BY_ISSUER: DeclineClass.SOFT,
    DeclineReason.GENERAL_DECLINE: DeclineClass.SOFT,
    DeclineReason.INSUFFICIENT_FUNDS: DeclineClass.SOFT,
    DeclineReason.ISSUER_UNAVAILABLE: DeclineClass.SOFT,
    DeclineReason.LIMIT_EXCEEDED: DeclineClass.SOFT,
    DeclineReason.PROVIDER_TIMEOUT: DeclineClass.SOFT,
    DeclineReason.IDENTIFICATION_REQUIRED: DeclineClass.PAYER,
    DeclineReason.LOAN_DECLINED: DeclineClass.PAYER,
    DeclineReason.OPERATOR_UNSUPPORTED: DeclineClass.PAYER,
    DeclineReason.THREE_D_SECURE_FAILED: DeclineClass.PAYER,
    DeclineReason.WRONG_CARD_NUMBER: DeclineClass.PAYER,
    DeclineReason.WRONG_SECURITY_CODE: DeclineClass.PAYER,
}
"""What each reason means for the next try."""

METHOD_ENDING = frozenset(
    {
        DeclineReason.CARD_EXPIRED,
        DeclineReason.METHOD_RESTRICTED,
        DeclineReason.METHOD_UNKNOWN,
        DeclineReason.PERMISSION_REVOKED,
    }
)
"""After these the saved method is never charged again."""


class CancelReason(StrEnum):
    """Why a payment ended without money and without a refusal of the card."""

    CANCELED_AT_PROVIDER = "canceled_at_provider"
    EXPIRED = "expired"
    """Its time was over before it was sent."""
    GIVEN_UP = "given_up"
    """Whoever asked for it no longer wants it."""
    NOT_CAPTURED = "not_captured"
    """The money was held, and the hold fell back."""
    NOT_CONFIRMED = "not_confirmed"
    """The payer did not confirm in time."""
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    """The provider could not be reached until its time was over; nothing was charged."""
    REQUEST_REJECTED = "request_rejected"
    """The provider says that our request is wrong: a person has to look."""


PASSING = frozenset({RefundFailure.PROVIDER_TIMEOUT, RefundFailure.SHOP_BALANCE_TOO_LOW})
"""What a provider may refuse today and take tomorrow: a refund that failed so is sent anew for days."""
