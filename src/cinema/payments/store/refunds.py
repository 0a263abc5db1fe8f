"""SQL of refunds."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pydantic import TypeAdapter

from cinema.contracts.enums import RefundOrigin, RefundStatus
from cinema.contracts.ids import PaymentId, RefundId
from cinema.contracts.payments import RefundRequest
from cinema.kit.db import ReadTx, Row, Tx
from cinema.payments.domain.refund import Refund

_REQUEST: TypeAdapter[RefundRequest] = TypeAdapter(RefundRequest)

TO_SEND = (RefundStatus.CREATED,)
TO_RECONCILE = (RefundStatus.SENT, RefundStatus.UNKNOWN, RefundStatus.PENDING)


async def insert(tx: Tx, refund: Refund) -> bool:
    """Stores a new refund; False when its id is known."""
    request = refund.request
    return bool(
        await tx.execute(
            """INSERT INTO payments.refunds (id, payment_id, order_id, user_id, amount_minor, currency, request,
                                             provider, provider_refund_id, origin, status, next_attempt_at,
                                             created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) ON CONFLICT (id) DO NOTHING""",
            request.refund_id,
            request.payment_id,
            request.order_id,
            request.user_id,
            request.amount.minor,
            request.amount.currency,
            _REQUEST.dump_python(request, mode="json"),
            refund.provider,
            refund.provider_refund_id,
            refund.origin,
            refund.status,
            refund.next_attempt_at,
            refund.created_at,
        )
    )


async def find(tx: ReadTx, refund_id: RefundId) -> Refund | None:
    """The refund as it stands, unlocked."""
    row = await tx.one("SELECT * FROM payments.refunds WHERE id = $1", refund_id)
    return _refund(row) if row else None


async def lock(tx: Tx, refund_id: RefundId) -> Refund | None:
    """The refund, locked until the commit."""
    row = await tx.one("SELECT * FROM payments.refunds WHERE id = $1 FOR UPDATE", refund_id)
    return _refund(row) if row else None


async def claim_due(
    tx: Tx, *, statuses: Sequence[RefundStatus], providers: Iterable[str], now: datetime, limit: int
) -> list[Refund]:
    """Due refunds in one of ``statuses``, oldest due first, locked; those that others hold are passed over."""
    rows = await tx.all(
        """SELECT * FROM payments.refunds WHERE status = ANY($1) AND next_attempt_at <= $2
             AND provider = ANY($4)
           ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED""",
        statuses,
        now,
        limit,
        list(providers),
    )
    return [_refund(row) for row in rows]


async def save(tx: Tx, refunds: Sequence[Refund]) -> None:
    """Writes everything that may change."""
    rows = [
        (
            one.refund_id,
            one.status,
            one.provider_refund_id,
            one.reason,
            one.tries,
            one.next_attempt_at,
            one.updated_at,
        )
        for one in refunds
    ]
    await tx.write_rows(
        """UPDATE payments.refunds AS r SET
             status = t.status, provider_refund_id = t.provider_refund_id, reason = t.reason, tries = t.tries,
             next_attempt_at = t.next_attempt_at, updated_at = t.updated_at
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[],
                       $7::timestamptz[])
             AS t (id, status, provider_refund_id, reason, tries, next_attempt_at, updated_at)
           WHERE r.id = t.id""",
        rows,
    )


async def id_at_provider(tx: ReadTx, *, provider: str, provider_refund_id: str) -> RefundId | None:
    """Our id of the refund that the provider calls so."""
    found = await tx.value(
        "SELECT id FROM payments.refunds WHERE provider = $1 AND provider_refund_id = $2", provider, provider_refund_id
    )
    return RefundId(found) if found else None


async def is_under_way(tx: ReadTx, payment_id: PaymentId) -> bool:
    """Whether a refund of the payment has not come to its end."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM payments.refunds
                              WHERE payment_id = $1 AND status NOT IN ('succeeded', 'failed'))""",
            payment_id,
        )
    )


async def is_awaited(tx: ReadTx, payment_id: PaymentId, *, minor: int) -> bool:
    """Whether a refund of this sum was sent and has no known counterpart at the provider yet."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM payments.refunds
                              WHERE payment_id = $1 AND amount_minor = $2 AND provider_refund_id IS NULL
                                AND status IN ('sent', 'unknown'))""",
            payment_id,
            minor,
        )
    )


def _refund(row: Row) -> Refund:
    return Refund(
        request=_REQUEST.validate_python(row["request"]),
        provider=row["provider"],
        status=RefundStatus(row["status"]),
        provider_refund_id=row["provider_refund_id"],
        reason=row["reason"],
        tries=row["tries"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        origin=RefundOrigin(row["origin"]),
    )
