"""Reading saved methods, payments, refunds and notifications: implements `contracts.payments.PaymentsReader`."""

from cinema.contracts.enums import PaymentStatus, RefundStatus, WebhookOutcome
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.views.payments import MethodView, PaymentRecord, RefundRecord, WebhookView
from cinema.kit.db import Database
from cinema.kit.keyset import NewestFirst, page
from cinema.kit.page import Page, whole
from cinema.payments.domain.method import Method
from cinema.payments.domain.payment import Payment
from cinema.payments.store import methods, payments, refunds, webhooks
from cinema.payments.store.payments import PaymentFilter
from cinema.payments.store.refunds import RefundFilter

PAYMENTS = NewestFirst("payments")
REFUNDS = NewestFirst("payments_refunds")
WEBHOOKS = NewestFirst("webhooks")


class Reader:
    """Pages of methods for their owners; of payments, refunds and notifications for operators."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def methods(self, *, user_id: UserId) -> Page[MethodView]:
        """The user's methods that may be charged, newest first."""
        async with self._db.read() as tx:
            return whole(await methods.of_user(tx, user_id)).map(Method.view)

    async def payments(
        self,
        *,
        status: PaymentStatus | None,
        user_id: UserId | None,
        order_id: OrderId | None,
        cursor: str | None,
        limit: int,
    ) -> Page[PaymentRecord]:
        """Payments, newest first; None: of any."""
        wanted = PaymentFilter(status=status, user_id=user_id, order_id=order_id)
        before = PAYMENTS.before(cursor)
        async with self._db.read() as tx:
            rows = await payments.newest(tx, wanted=wanted, before=before, limit=limit + 1)
        return page(rows, limit=limit, cursor=lambda row: PAYMENTS.cursor(row.payment_id)).map(_record)

    async def refunds(
        self,
        *,
        status: RefundStatus | None,
        user_id: UserId | None,
        order_id: OrderId | None,
        cursor: str | None,
        limit: int,
    ) -> Page[RefundRecord]:
        """Refunds, newest first; None: of any."""
        wanted = RefundFilter(status=status, user_id=user_id, order_id=order_id)
        before = REFUNDS.before(cursor)
        async with self._db.read() as tx:
            rows = await refunds.newest(tx, wanted=wanted, before=before, limit=limit + 1)
        return page(rows, limit=limit, cursor=lambda row: REFUNDS.cursor(row.id))

    async def webhooks(
        self, *, outcome: WebhookOutcome | None, waiting: bool, cursor: str | None, limit: int
    ) -> Page[WebhookView]:
        """Notifications, newest first; ``waiting``: only those that are not handled yet."""
        before = WEBHOOKS.before(cursor)
        async with self._db.read() as tx:
            rows = await webhooks.newest(tx, outcome=outcome, waiting=waiting, before=before, limit=limit + 1)
        return page(rows, limit=limit, cursor=lambda row: WEBHOOKS.cursor(row.id))


def _record(payment: Payment) -> PaymentRecord:
    return PaymentRecord(
        id=payment.payment_id,
        order_id=payment.order_id,
        user_id=payment.user_id,
        amount=payment.amount,
        status=payment.status,
        reason=payment.reason,
        provider=payment.provider,
        provider_payment_id=payment.provider_payment_id,
        method_title=method_words(payment.method_title) if payment.method_title else None,
        fee=payment.fee,
        next_attempt_at=payment.next_attempt_at,
        captured_at=payment.captured_at,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
    )
