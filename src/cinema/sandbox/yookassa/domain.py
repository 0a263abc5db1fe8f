"""The provider's objects and their tables of moves: values and pure functions, no I/O.

Source: https://yookassa.ru/developers/api (payments, methods, refunds). Amounts are
`Money`; times are aware UTC in whole milliseconds, as the API shows them.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cinema.kit.money import Money
from cinema.sandbox.yookassa.cards import Card

CONFIRM_WITHIN = timedelta(hours=1)
HOLD_FOR = timedelta(days=7)
REFUND_WITHIN = timedelta(days=3 * 365)
CARD_REFUND_WITHIN = timedelta(days=15 * 30)
CARD_LIMIT_MINOR = 350_000_00
WALLET_LIMIT_MINOR = 250_000_00
AMOUNT_LIMIT_MINOR = max(CARD_LIMIT_MINOR, WALLET_LIMIT_MINOR)
"""No method of a test shop takes more."""


class PaymentStatus(StrEnum):
    """Where a payment stands."""

    PENDING = "pending"
    WAITING_FOR_CAPTURE = "waiting_for_capture"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class RefundStatus(StrEnum):
    """Where a refund stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class MethodStatus(StrEnum):
    """Where a payment method stands: only an active one can be charged."""

    PENDING = "pending"
    ACTIVE = "active"
    INACTIVE = "inactive"


class MethodType(StrEnum):
    """What a test shop takes; other types do not work there."""

    BANK_CARD = "bank_card"
    YOO_MONEY = "yoo_money"


PAYMENT_MOVES: dict[tuple[PaymentStatus, PaymentStatus], str] = {
    (PaymentStatus.PENDING, PaymentStatus.WAITING_FOR_CAPTURE): "payment.waiting_for_capture",
    (PaymentStatus.PENDING, PaymentStatus.SUCCEEDED): "payment.succeeded",
    (PaymentStatus.PENDING, PaymentStatus.CANCELED): "payment.canceled",
    (PaymentStatus.WAITING_FOR_CAPTURE, PaymentStatus.SUCCEEDED): "payment.succeeded",
    (PaymentStatus.WAITING_FOR_CAPTURE, PaymentStatus.CANCELED): "payment.canceled",
}
"""Every move of a payment and the notification that it causes."""

REFUND_MOVES: dict[tuple[RefundStatus, RefundStatus], str | None] = {
    (RefundStatus.PENDING, RefundStatus.SUCCEEDED): "refund.succeeded",
    (RefundStatus.PENDING, RefundStatus.CANCELED): None,
}
"""Every move of a refund; a canceled one is told to nobody."""

METHOD_MOVES: dict[tuple[MethodStatus, MethodStatus], str | None] = {
    (MethodStatus.PENDING, MethodStatus.ACTIVE): "payment_method.active",
    (MethodStatus.PENDING, MethodStatus.INACTIVE): None,
    (MethodStatus.ACTIVE, MethodStatus.INACTIVE): None,
}
"""Every move of a method that is being bound, or revoked by its owner."""

PAYMENT_REASONS = frozenset(
    {
        "3d_secure_failed",
        "call_issuer",
        "canceled_by_merchant",
        "card_expired",
        "country_forbidden",
        "deal_expired",
        "expired_on_capture",
        "expired_on_confirmation",
        "fraud_suspected",
        "general_decline",
        "identification_required",
        "insufficient_funds",
        "internal_timeout",
        "invalid_card_number",
        "invalid_csc",
        "issuer_unavailable",
        "loan_declined",
        "payment_method_limit_exceeded",
        "payment_method_restricted",
        "permission_revoked",
        "unsupported_mobile_operator",
    },
)
"""The documented reasons of a canceled payment."""

REFUND_REASONS = frozenset(
    {
        "general_decline",
        "insufficient_funds",
        "rejected_by_payee",
        "rejected_by_timeout",
        "yoo_money_account_closed",
        "payment_expired",
        "payment_basket_id_not_found",
        "payment_article_number_not_found",
        "payment_tru_code_not_found",
        "too_many_refunding_articles",
        "some_articles_already_refunded",
    },
)
"""The documented reasons of a canceled refund."""


class IllegalMove(ValueError):
    """A status may not follow another; the caller should have looked first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Who ended it and why."""

    party: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How the payer is asked; ``url`` is our page, ``token`` is for the embedded widget."""

    type: str
    return_url: str | None = None
    enforce: bool | None = None
    locale: str | None = None
    url: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """What the bank gave; ``three_d_secure`` tells whether the payer was asked for a code."""

    rrn: str
    auth_code: str
    three_d_secure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """An instrument as a payment shows it."""

    id: str
    type: MethodType
    status: MethodStatus
    saved: bool = False
    card: Card | None = None
    account_number: str | None = None

    @property
    def title(self) -> str:
        """How the payer recognises it."""
        return f"Bank card *{self.card.last4}" if self.card else f"YooMoney wallet {self.account_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What a payer offered and how the bank will answer; without ``decline`` it pays."""

    method: Method
    save: bool
    three_d_secure: bool = False
    decline: Cancellation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment. ``due_at`` ends the time to confirm or the hold; ``attempt`` waits for its last step."""

    id: str
    status: PaymentStatus
    amount: Money
    refunded: Money
    created_at: datetime
    capture: bool
    gateway_id: str
    description: str | None = None
    metadata: dict[str, str | None] = field(default_factory=dict)
    merchant_customer_id: str | None = None
    save_method: bool | None = None
    wanted_method: MethodType | None = None
    confirmation: Confirmation | None = None
    due_at: datetime | None = None
    captured_at: datetime | None = None
    income: Money | None = None
    method: Method | None = None
    attempt: Attempt | None = None
    cancellation: Cancellation | None = None
    authorization: Authorization | None = None
    receipt: dict[str, Any] | None = None
    receipt_registration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """A refund. ``due_at`` is when a delayed one settles, as ``outcome`` says."""

    id: str
    payment_id: str
    status: RefundStatus
    amount: Money
    created_at: datetime
    description: str | None = None
    metadata: dict[str, str | None] = field(default_factory=dict)
    due_at: datetime | None = None
    outcome: Cancellation | None = None
    cancellation: Cancellation | None = None
    rrn: str | None = None
    receipt: dict[str, Any] | None = None
    receipt_registration: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMethod:
    """A method that is being bound, or may be charged without its owner.

    One that is saved and inactive was revoked by its owner.
    """

    method: Method
    created_at: datetime
    metadata: dict[str, str | None] = field(default_factory=dict)
    confirmation: Confirmation | None = None
    due_at: datetime | None = None
    attempt: Attempt | None = None
    gateway_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A fiscal receipt; its registration is only imitated."""

    id: str
    type: str
    status: str
    created_at: datetime
    body: dict[str, Any]
    payment_id: str | None = None
    refund_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a next charge or refund shall end, set by the person at the controls.

    Without ``cancellation`` it succeeds. ``pending_s`` keeps it pending for so many
    seconds on the clock; ``held`` keeps it pending until it is resolved by hand.
    """

    cancellation: Cancellation | None = None
    pending_s: int = 0
    held: bool = False


def move_payment(payment: Payment, to: PaymentStatus) -> tuple[Payment, str]:
    """The payment in its next status and the event that tells so; IllegalMove if it may not."""
    event = PAYMENT_MOVES.get((payment.status, to))
    if event is None:
        raise IllegalMove(f"payment: {payment.status} -> {to}")
    return replace(payment, status=to, due_at=None, attempt=None), event


def move_refund(refund: Refund, to: RefundStatus) -> tuple[Refund, str | None]:
    """The refund in its next status and the event, if any; IllegalMove if it may not."""
    if (refund.status, to) not in REFUND_MOVES:
        raise IllegalMove(f"refund: {refund.status} -> {to}")
    return replace(refund, status=to, due_at=None), REFUND_MOVES[refund.status, to]


def move_method(stored: StoredMethod, to: MethodStatus) -> tuple[StoredMethod, str | None]:
    """The method in its next status and the event, if any; IllegalMove if it may not."""
    if (stored.method.status, to) not in METHOD_MOVES:
        raise IllegalMove(f"method: {stored.method.status} -> {to}")
    method = replace(stored.method, status=to, saved=stored.method.saved or to is MethodStatus.ACTIVE)
    return replace(stored, method=method, due_at=None, attempt=None), METHOD_MOVES[stored.method.status, to]


def income_of(amount: Money, *, fee_per_mille: int) -> Money:
    """What the shop gets: the fee is rounded half up to a minor unit."""
    fee = (amount.minor * fee_per_mille + 500) // 1000
    return Money(minor=amount.minor - fee, currency=amount.currency)


def over_limit(amount: Money, method: Method) -> bool:
    """True when the instrument cannot pay so much at once."""
    limit = CARD_LIMIT_MINOR if method.type is MethodType.BANK_CARD else WALLET_LIMIT_MINOR
    return amount.minor > limit


def hold_end(now: datetime) -> datetime:
    """When a hold that starts ``now`` falls back."""
    return now + HOLD_FOR
