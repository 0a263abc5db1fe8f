"""What operators look at: payments and notifications, newest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.ids import OrderId, PaymentId, UserId
from cinema.contracts.payments import PaymentStatus
from cinema.kit.db import Database
from cinema.kit.money import Money
from cinema.payments.domain.payment import Payment
from cinema.payments.domain.webhook import WebhookOutcome
from cinema.payments.store import payments, webhooks
from cinema.payments.store.payments import PaymentFilter
from cinema.payments.store.webhooks import StoredWebhook


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """A payment as an operator sees it."""

    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    status: PaymentStatus
    reason: str | None
    provider: str
    provider_payment_id: str | None
    method_title: str | None
    fee: Money | None
    next_attempt_at: datetime | None
    captured_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Books:
    """Pages of payments and notifications."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def payments(self, *, wanted: PaymentFilter, before: UUID | None, limit: int) -> list[PaymentRecord]:
        """At most ``limit`` payments, newest first, from below ``before``."""
        async with self._db.read() as tx:
            return [_record(one) for one in await payments.newest(tx, wanted=wanted, before=before, limit=limit)]

    async def webhooks(
        self, *, outcome: WebhookOutcome | None, waiting: bool, before: UUID | None, limit: int
    ) -> list[StoredWebhook]:
        """At most ``limit`` notifications, newest first, from below ``before``."""
        async with self._db.read() as tx:
            return await webhooks.newest(tx, outcome=outcome, waiting=waiting, before=before, limit=limit)


def _record(payment: Payment) -> PaymentRecord:
    return PaymentRecord(
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        user_id=payment.user_id,
        amount=payment.amount,
        status=payment.status,
        reason=payment.reason,
        provider=payment.provider,
        provider_payment_id=payment.provider_payment_id,
        method_title=payment.method_title,
        fee=payment.fee,
        next_attempt_at=payment.next_attempt_at,
        captured_at=payment.captured_at,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )
