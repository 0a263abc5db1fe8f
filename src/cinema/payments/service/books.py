"""What operators look at: payments and notifications, newest first."""

from uuid import UUID

from cinema.contracts.enums import WebhookOutcome
from cinema.contracts.views.payments import PaymentRecord, WebhookView
from cinema.kit.db import Database
from cinema.payments.domain.payment import Payment
from cinema.payments.store import payments, webhooks
from cinema.payments.store.payments import PaymentFilter


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
    ) -> list[WebhookView]:
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
