"""What is shown of billing: what is on sale, what was bought, and the rights that it gave."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias
from uuid import UUID

from cinema.contracts.enums import (
    AccessEffect,
    BlockReason,
    EndedReason,
    GoodsKind,
    GrantKind,
    HistoryEntity,
    OrderKind,
    OrderStatus,
    ReceiptKind,
    RefundBasis,
    RefundState,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import (
    AgreementId,
    EntitlementId,
    FilmId,
    MethodId,
    OrderId,
    PaymentId,
    RefundId,
    SubscriptionId,
)
from cinema.contracts.text import Language, Text
from cinema.contracts.views.payments import PaymentView
from cinema.kit.money import Money

FOR_GOOD = datetime(9000, 1, 1, tzinfo=UTC)
"""When a right ends that does not end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """A plan on sale."""

    plan: str
    title: Text
    price: Money
    interval: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What would give the right: a ``plan`` for each ``interval`` (``1 month``), or the film itself.

    A rental lasts for ``hours``.
    """

    goods: GoodsKind
    title: Text
    price: Money
    plan: str | None = None
    interval: str | None = None
    hours: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessGrant:
    """A right that holds now, until ``ends_at``. ``is_used``: a film was played by it."""

    entitlement_id: EntitlementId
    kind: GrantKind
    subscription_id: SubscriptionId | None
    ends_at: datetime
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessBlock:
    """What stands against a right now."""

    reason: BlockReason
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyView:
    """What viewers are promised: the durations of the running settings, for a month and longer.

    Of a shorter period nothing around its end lasts longer than the period divided by
    ``period_parts``. ``retry_days`` count from the first refusal, ``refund_days`` from the
    payment, ``refund_again_days`` from the last time that the viewer took money back.
    """

    checkout_hours: int
    notice_days: int
    lead_minutes: int
    grace_days: int
    retry_days: tuple[int, ...]
    period_parts: int
    refund_days: int
    refund_again_days: int
    rental_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What a viewer agrees to who wants a subscription renewed: a text, and its version."""

    version: str
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPreview:
    """What buying a plan costs and gives if it is paid now: a period, and what follows it.

    ``renews_at`` is when the next period is charged at the earliest if the buyer agrees to
    ``terms``; both are null where nothing can be kept to charge it. ``subscription_id`` is one that
    is there already: then the period is its next. ``order_id`` is of it and waits for its payment
    already: it is found again, not doubled.
    """

    plan: str
    title: Text
    interval: str
    price: Money
    period_start: datetime
    period_end: datetime
    renews_at: datetime | None
    terms: AgreementTerms | None
    subscription_id: SubscriptionId | None
    order_id: OrderId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementView:
    """What a viewer agreed to, when, and for which payment method; ``method_id`` is null until that is saved.

    ``ended_at``: when it ceased to hold, null while it does.
    """

    id: AgreementId
    subscription_id: SubscriptionId
    version: str
    language: Language
    text: str
    agreed_at: datetime
    method_id: MethodId | None
    method_title: Text | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionView:
    """A subscription. ``renews_at`` is when it is charged next, null when it will not be.

    ``renewal`` says whether it renews by itself, and ``renewal_reason`` what made it so at
    ``renewal_changed_at``; ``agreement`` is what its viewer agreed to, null where nothing holds.
    ``period_start`` and ``period_end`` are those of the newest paid period, which lies ahead
    where it was bought ahead.
    """

    id: SubscriptionId
    plan: str
    title: Text
    price: Money
    interval: str
    status: SubscriptionStatus
    ended_reason: EndedReason | None
    renewal: RenewalState
    renewal_reason: RenewalReason
    renewal_changed_at: datetime
    agreement: AgreementView | None
    time_zone: str
    period_start: datetime | None
    period_end: datetime | None
    renews_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidRenewalView:
    """A renewal that was refused and still waits for its money.

    ``reason`` is why the last try failed, ``next_attempt_at`` when the agreed method is tried
    again: null when it will not be, or while a payment ``is_under_way``. Not paid by
    ``expires_at``, the subscription ends.
    """

    order_id: OrderId
    amount: Money
    reason: str | None
    attempts: int
    is_under_way: bool
    next_attempt_at: datetime | None
    access_until: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order. ``payment_url`` leads a browser to the payment page while there is one, without signing in.

    ``goods`` says what it buys: a period of ``subscription_id``, or ``film_id``.
    """

    id: OrderId
    kind: OrderKind
    status: OrderStatus
    title: Text
    total: Money
    refunded: Money
    goods: GoodsKind
    subscription_id: SubscriptionId | None
    film_id: FilmId | None
    payment_url: str | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """A refund: how much, what decided it (``basis``), what it does to access, and where it stands.

    ``reason`` is why it was asked for, ``failure_reason`` why it failed or was rejected.
    """

    id: RefundId
    order_id: OrderId
    amount: Money
    status: RefundState
    basis: RefundBasis
    access_effect: AccessEffect
    reason: str
    failure_reason: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPreview:
    """What a refund that is asked for now would return and do; ``kept`` is the value of what was used.

    With the effect ``revoke`` access by the order ends at once. ``ends_renewal``: the
    subscription is not renewed afterwards.
    """

    order_id: OrderId
    amount: Money
    kept: Money
    basis: RefundBasis
    access_effect: AccessEffect
    ends_renewal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDetails:
    """An order with all that belongs to it."""

    order: OrderView
    payment: PaymentView | None
    refunds: tuple[RefundView, ...]
    receipt_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutView:
    """A purchase that waits for its payment: send the payer to ``order.payment_url``.

    What costs nothing is paid already and has no payment; a film has no subscription.
    """

    subscription: SubscriptionView | None
    order: OrderView
    payment_id: PaymentId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntitlementView:
    """A right for ``[starts_at, ends_at)``; of all films where ``film_id`` is null. For good is till `FOR_GOOD`."""

    id: UUID
    kind: GrantKind
    film_id: UUID | None
    subscription_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLineView:
    """A line of a fiscal receipt (54-FZ). ``unit`` is the price of one; codes as in the law's tables."""

    description: str
    quantity: int
    unit: Money
    vat_code: int
    subject: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A fiscal receipt's data as it went to the cash register."""

    id: UUID
    kind: ReceiptKind
    order_id: UUID
    amount: Money
    lines: tuple[ReceiptLineView, ...]
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceView:
    """One account of the ledger; debits are positive, credits negative."""

    account: str
    balance: Money


Fact: TypeAlias = str | int | bool | None
"""A value that stands in the history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """One change: who, when, what, why, and what of it was before and after, by names of facts."""

    at: datetime
    actor: str
    entity: HistoryEntity
    entity_id: UUID
    action: str
    before: dict[str, Fact] | None
    after: dict[str, Fact] | None
    reason: str | None
