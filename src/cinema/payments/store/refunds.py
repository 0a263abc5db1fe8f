"""SQL of refunds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from cinema.contracts.enums import RefundFailure, RefundOrigin, RefundStatus
from cinema.contracts.ids import OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import RefundRequest
from cinema.contracts.views.payments import RefundRecord
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.money import Money
from cinema.payments.domain.refund import Refund

_REQUEST: TypeAdapter[RefundRequest] = TypeAdapter(RefundRequest)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFilter:
    """Which refunds an operator wants to see; None: all."""

    status: RefundStatus | None
    user_id: UserId | None
    order_id: OrderId | None


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


async def due_to_send(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Refund]:
    """Refunds that are to be sent now, oldest due first, locked; those that others hold are passed over."""
    return [_refund(row) for row in await tx.all(TO_SEND, now, limit, list(providers))]


async def due_to_ask_about(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Refund]:
    """Refunds that were sent and about which the provider is to be asked now; as `due_to_send` otherwise."""
    return [_refund(row) for row in await tx.all(TO_ASK_ABOUT, now, limit, list(providers))]


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
            one.refusals,
            one.refused_since,
        )
        for one in refunds
    ]
    await tx.write_rows(
        """UPDATE payments.refunds AS r SET
             status = t.status, provider_refund_id = t.provider_refund_id, reason = t.reason, tries = t.tries,
             next_attempt_at = t.next_attempt_at, updated_at = t.updated_at, refusals = t.refusals,
             refused_since = t.refused_since
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::timestamptz[],
                       $7::timestamptz[], $8::integer[], $9::timestamptz[])
             AS t (id, status, provider_refund_id, reason, tries, next_attempt_at, updated_at, refusals,
                   refused_since)
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


async def newest(tx: ReadTx, *, wanted: RefundFilter, before: UUID | None, limit: int) -> list[RefundRecord]:
    """Refunds by id, which carries the time, newest first, from below ``before``."""
    filters = {"order_id": wanted.order_id, "user_id": wanted.user_id, "status": wanted.status}
    rows = await NEWEST.page(tx, wanted=filters, after=(before,) if before else None, limit=limit)
    return [_record(row) for row in rows]


async def forget_addresses(tx: Tx, *, before: datetime, limit: int) -> int:
    """Takes the receipt's address out of refunds that have been at rest since ``before``; returns of how many."""
    return await tx.execute(
        """UPDATE payments.refunds SET request = jsonb_set(request, '{receipt,email}', '""')
           WHERE id IN (
             SELECT id FROM payments.refunds
             WHERE status IN ('succeeded', 'failed') AND request #>> '{receipt,email}' <> ''
               AND updated_at < $1
             ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        before,
        limit,
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
        refusals=row["refusals"],
        refused_since=row["refused_since"],
    )


def _record(row: Row) -> RefundRecord:
    return RefundRecord(
        id=RefundId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        order_id=OrderId(row["order_id"]),
        user_id=UserId(row["user_id"]),
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        status=RefundStatus(row["status"]),
        origin=RefundOrigin(row["origin"]),
        reason=RefundFailure(row["reason"]) if row["reason"] else None,
        refusals=row["refusals"],
        refused_since=row["refused_since"],
        next_attempt_at=row["next_attempt_at"],
        provider=row["provider"],
        provider_refund_id=row["provider_refund_id"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


NEWEST = Listing(
    select="""SELECT id, payment_id, order_id, user_id, amount_minor, currency, status, origin, reason, refusals,
                     refused_since, next_attempt_at, provider, provider_refund_id, created_at, updated_at
              FROM payments.refunds""",
    columns=("id",),
    filters=("order_id", "user_id", "status"),
)
"""Without the request, which holds the receipt."""

DUE = """
SELECT * FROM payments.refunds WHERE status IN ({statuses}) AND next_attempt_at <= $1 AND provider = ANY($3)
ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""

TO_SEND = DUE.format(statuses="'created'")
TO_ASK_ABOUT = DUE.format(statuses="'sent', 'unknown', 'pending'")
"""The statuses stand in the text, so that the partial indexes of what is due always serve."""
