"""SQL of payments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from cinema.contracts.ids import MethodId, OrderId, PaymentId, UserId
from cinema.contracts.payments import PaymentRequest, PaymentStatus
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.money import Money
from cinema.payments.domain.payment import Payment

_REQUEST: TypeAdapter[PaymentRequest] = TypeAdapter(PaymentRequest)

TO_CHARGE = (PaymentStatus.CREATED,)
TO_RECONCILE = (
    PaymentStatus.SENT,
    PaymentStatus.UNKNOWN,
    PaymentStatus.PENDING,
    PaymentStatus.WAITING_FOR_CAPTURE,
    PaymentStatus.DECLINED,
    PaymentStatus.CANCELED,
)
"""Payments to ask the provider about when they are due: the open ones, and those that are looked for again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments an operator wants to see; None: all."""

    status: PaymentStatus | None
    user_id: UserId | None
    order_id: OrderId | None


async def insert(tx: Tx, payment: Payment) -> bool:
    """Stores a new payment; False when its id is known or its order has another one under way."""
    request = payment.request
    return bool(
        await tx.execute(
            """INSERT INTO payments.payments (id, order_id, user_id, amount_minor, currency, request, provider,
                                              status, next_attempt_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) ON CONFLICT DO NOTHING""",
            request.payment_id,
            request.order_id,
            request.user_id,
            request.amount.minor,
            request.amount.currency,
            _REQUEST.dump_python(request, mode="json"),
            payment.provider,
            payment.status,
            payment.next_attempt_at,
            payment.created_at,
        )
    )


async def find(tx: ReadTx, payment_id: PaymentId) -> Payment | None:
    """The payment as it stands, unlocked."""
    row = await tx.one("SELECT * FROM payments.payments WHERE id = $1", payment_id)
    return _payment(row) if row else None


async def lock(tx: Tx, payment_id: PaymentId) -> Payment | None:
    """The payment, locked until the commit."""
    row = await tx.one("SELECT * FROM payments.payments WHERE id = $1 FOR UPDATE", payment_id)
    return _payment(row) if row else None


async def claim_due(
    tx: Tx, *, statuses: Sequence[PaymentStatus], providers: Iterable[str], now: datetime, limit: int
) -> list[Payment]:
    """Due payments in one of ``statuses``, oldest due first, locked; those that others hold are passed over.

    One whose order another payment has paid counts as given up: nobody wants it any more.
    """
    rows = await tx.all(
        """SELECT due.*, EXISTS (SELECT FROM payments.payments AS paid
                                 WHERE paid.order_id = due.order_id AND paid.status = 'succeeded') AS has_paid_twin
           FROM payments.payments AS due
           WHERE due.status = ANY($1) AND due.next_attempt_at <= $2 AND due.provider = ANY($4)
           ORDER BY due.next_attempt_at LIMIT $3 FOR UPDATE OF due SKIP LOCKED""",
        statuses,
        now,
        limit,
        list(providers),
    )
    return [replace(_payment(row), given_up=row["given_up"] or row["has_paid_twin"]) for row in rows]


async def has_paid(tx: ReadTx, order_id: OrderId, *, but: PaymentId) -> bool:
    """Whether another payment than ``but`` has paid for the order."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM payments.payments
                              WHERE order_id = $1 AND status = 'succeeded' AND id <> $2)""",
            order_id,
            but,
        )
    )


async def save(tx: Tx, *payments: Payment) -> None:
    """Writes everything that may change."""
    await tx.execute_many(
        """UPDATE payments.payments SET
             status = $2, provider_payment_id = $3, reason = $4, confirmation_url = $5, fee_minor = $6, method_id = $7,
             method_title = $8, given_up = $9, tries = $10, next_attempt_at = $11, captured_at = $12, updated_at = $13
           WHERE id = $1""",
        [
            (
                one.payment_id,
                one.status,
                one.provider_payment_id,
                one.reason,
                one.confirmation_url,
                one.fee.minor if one.fee else None,
                one.method_id,
                one.method_title,
                one.given_up,
                one.tries,
                one.next_attempt_at,
                one.captured_at,
                one.updated_at,
            )
            for one in payments
        ],
    )


async def id_at_provider(tx: ReadTx, *, provider: str, provider_payment_id: str) -> PaymentId | None:
    """Our id of the payment that the provider calls so."""
    found = await tx.value(
        "SELECT id FROM payments.payments WHERE provider = $1 AND provider_payment_id = $2",
        provider,
        provider_payment_id,
    )
    return PaymentId(found) if found else None


async def reserve_refund(tx: Tx, payment_id: PaymentId, *, minor: int) -> bool:
    """Sets ``minor`` units aside for a refund (negative: gives them back); False when that exceeds the payment."""
    return bool(
        await tx.execute(
            """UPDATE payments.payments SET refunds_minor = refunds_minor + $2
               WHERE id = $1 AND status = 'succeeded' AND refunds_minor + $2 BETWEEN 0 AND amount_minor""",
            payment_id,
            minor,
        )
    )


async def newest(tx: ReadTx, *, wanted: PaymentFilter, before: UUID | None, limit: int) -> list[Payment]:
    """Payments by id, which carries the time, newest first, from below ``before``."""
    rows = await tx.all(
        """SELECT * FROM payments.payments
           WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR user_id = $2)
             AND ($3::uuid IS NULL OR order_id = $3) AND ($4::uuid IS NULL OR id < $4)
           ORDER BY id DESC LIMIT $5""",
        wanted.status,
        wanted.user_id,
        wanted.order_id,
        before,
        limit,
    )
    return [_payment(row) for row in rows]


async def known_to(tx: ReadTx, *, provider: str, ids: Sequence[str], since: datetime) -> dict[str, Payment]:
    """Our payments that a provider knows, by its ids: those in ``ids``, and all that we made from ``since`` on."""
    rows = await tx.all(
        """SELECT * FROM payments.payments
           WHERE provider = $1 AND (provider_payment_id = ANY($2::text[])
                                    OR (provider_payment_id IS NOT NULL AND created_at >= $3))""",
        provider,
        ids,
        since,
    )
    return {row["provider_payment_id"]: _payment(row) for row in rows}


def _payment(row: Row) -> Payment:
    fee = row["fee_minor"]
    return Payment(
        request=_REQUEST.validate_python(row["request"]),
        provider=row["provider"],
        status=PaymentStatus(row["status"]),
        provider_payment_id=row["provider_payment_id"],
        reason=row["reason"],
        confirmation_url=row["confirmation_url"],
        fee=None if fee is None else Money(minor=fee, currency=row["currency"]),
        method_id=MethodId(row["method_id"]) if row["method_id"] else None,
        method_title=row["method_title"],
        given_up=row["given_up"],
        tries=row["tries"],
        next_attempt_at=row["next_attempt_at"],
        captured_at=row["captured_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
