"""SQL of receipts that go to the cash register by themselves."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from cinema.contracts.enums import ReceiptFailure, ReceiptStatus
from cinema.contracts.payments import ReceiptRequest
from cinema.kit.db import Row, Tx
from cinema.payments.domain.port import Sealed
from cinema.payments.domain.receipt import Receipt

_REQUEST: TypeAdapter[ReceiptRequest] = TypeAdapter(ReceiptRequest)


async def insert(tx: Tx, receipt: Receipt) -> bool:
    """Stores a new receipt; False when its id is known, or its payment has one."""
    return bool(
        await tx.execute(
            """INSERT INTO payments.receipts (id, payment_id, request, provider, provider_payment_id, status,
                                              next_attempt_at, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING""",
            receipt.receipt_id,
            receipt.request.payment_id,
            _REQUEST.dump_python(receipt.request, mode="json"),
            receipt.provider,
            receipt.provider_payment_id,
            receipt.status,
            receipt.next_attempt_at,
            receipt.created_at,
        )
    )


async def lock(tx: Tx, receipt_id: UUID) -> Receipt | None:
    """The receipt, locked until the commit."""
    row = await tx.one("SELECT * FROM payments.receipts WHERE id = $1 FOR UPDATE", receipt_id)
    return _receipt(row) if row else None


async def due(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Receipt]:
    """Receipts to be sent or asked about now, oldest due first, locked; those that others hold are passed over."""
    rows = await tx.all(
        """SELECT * FROM payments.receipts
           WHERE status IN ('created', 'sent', 'pending') AND next_attempt_at <= $1 AND provider = ANY($3)
           ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED""",
        now,
        limit,
        list(providers),
    )
    return [_receipt(row) for row in rows]


async def save(tx: Tx, receipts: Sequence[Receipt]) -> None:
    """Writes everything that may change."""
    rows = [
        (
            one.receipt_id,
            one.sealed.key if one.sealed else None,
            one.sealed.body if one.sealed else None,
            one.first_sent_at,
            one.status,
            one.provider_receipt_id,
            one.reason,
            one.tries,
            one.next_attempt_at,
            one.updated_at,
        )
        for one in receipts
    ]
    await tx.write_rows(
        """UPDATE payments.receipts AS r SET
             key = t.key, body = t.body, first_sent_at = t.first_sent_at, status = t.status,
             provider_receipt_id = t.provider_receipt_id, reason = t.reason, tries = t.tries,
             next_attempt_at = t.next_attempt_at, updated_at = t.updated_at
           FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                       $8::integer[], $9::timestamptz[], $10::timestamptz[])
             AS t (id, key, body, first_sent_at, status, provider_receipt_id, reason, tries, next_attempt_at,
                   updated_at)
           WHERE r.id = t.id""",
        rows,
    )


async def forget_addresses(tx: Tx, *, before: datetime, limit: int) -> int:
    """Takes the address out of receipts that have been at rest since ``before``, and what was sent.

    Returns of how many.
    """
    return await tx.execute(
        """UPDATE payments.receipts SET request = jsonb_set(request, '{receipt,email}', '""'), key = NULL, body = NULL
           WHERE id IN (
             SELECT id FROM payments.receipts
             WHERE status IN ('succeeded', 'failed') AND request #>> '{receipt,email}' <> '' AND updated_at < $1
             ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        before,
        limit,
    )


def _receipt(row: Row) -> Receipt:
    return Receipt(
        request=_REQUEST.validate_python(row["request"]),
        provider=row["provider"],
        provider_payment_id=row["provider_payment_id"],
        sealed=Sealed(key=row["key"], body=row["body"]) if row["key"] else None,
        first_sent_at=row["first_sent_at"],
        status=ReceiptStatus(row["status"]),
        provider_receipt_id=row["provider_receipt_id"],
        reason=ReceiptFailure(row["reason"]) if row["reason"] else None,
        tries=row["tries"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
