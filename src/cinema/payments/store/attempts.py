"""SQL of attempts."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cinema.contracts.ids import PaymentId, RefundId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.ids import lowest_id
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.port import Sealed


async def insert(tx: Tx, attempts: Sequence[Attempt]) -> None:
    """Stores new attempts, before anything is sent."""
    rows = [
        (
            one.attempt_id,
            one.payment_id,
            one.refund_id,
            one.sealed.key,
            one.sealed.body,
            one.sends,
            one.first_sent_at,
            one.last_sent_at,
        )
        for one in attempts
    ]
    await tx.write_rows(
        """INSERT INTO payments.attempts (id, payment_id, refund_id, key, body, sends, first_sent_at, last_sent_at)
           SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::bytea[], $6::integer[],
                                $7::timestamptz[], $8::timestamptz[])""",
        rows,
    )


async def latest_charges(tx: ReadTx, payment_ids: Sequence[PaymentId]) -> dict[PaymentId, Attempt]:
    """The newest charge of each payment, settled or not."""
    if not payment_ids:
        return {}
    rows = await tx.all(
        """SELECT DISTINCT ON (payment_id) * FROM payments.attempts
           WHERE payment_id = ANY($1) AND refund_id IS NULL ORDER BY payment_id, id DESC""",
        payment_ids,
    )
    return {PaymentId(row["payment_id"]): _attempt(row) for row in rows}


async def first_sent(tx: ReadTx, payment_ids: Sequence[PaymentId]) -> dict[PaymentId, datetime]:
    """When each payment was sent for the first time, whatever came of it."""
    rows = await tx.all(
        """SELECT payment_id, min(first_sent_at) AS first_sent_at FROM payments.attempts
           WHERE payment_id = ANY($1) AND refund_id IS NULL GROUP BY payment_id""",
        payment_ids,
    )
    return {PaymentId(row["payment_id"]): row["first_sent_at"] for row in rows}


async def latest_refunds(tx: ReadTx, refund_ids: Sequence[RefundId]) -> dict[RefundId, Attempt]:
    """The newest attempt of each refund, settled or not."""
    if not refund_ids:
        return {}
    rows = await tx.all(
        """SELECT DISTINCT ON (refund_id) * FROM payments.attempts
           WHERE refund_id = ANY($1) ORDER BY refund_id, id DESC""",
        refund_ids,
    )
    return {RefundId(row["refund_id"]): _attempt(row) for row in rows}


async def send_again(tx: Tx, attempts: Sequence[Attempt], *, now: datetime) -> None:
    """Notes that these are sent once more, under the same keys."""
    if attempts:
        await tx.execute(
            "UPDATE payments.attempts SET sends = sends + 1, last_sent_at = $2 WHERE id = ANY($1)",
            [one.attempt_id for one in attempts],
            now,
        )


async def settle_charges(tx: Tx, results: Mapping[PaymentId, Result], *, now: datetime) -> None:
    """Writes the results of the payments' open charges, where there are any."""
    await tx.write_rows(
        """UPDATE payments.attempts AS a SET settled_at = $3, result = t.result
           FROM unnest($1::uuid[], $2::text[]) AS t (payment_id, result)
           WHERE a.payment_id = t.payment_id AND a.refund_id IS NULL AND a.settled_at IS NULL""",
        list(results.items()),
        now,
    )


async def settle_refunds(tx: Tx, results: Mapping[RefundId, Result], *, now: datetime) -> None:
    """Writes the results of the refunds' open attempts, where there are any."""
    await tx.write_rows(
        """UPDATE payments.attempts AS a SET settled_at = $3, result = t.result
           FROM unnest($1::uuid[], $2::text[]) AS t (refund_id, result)
           WHERE a.refund_id = t.refund_id AND a.settled_at IS NULL""",
        list(results.items()),
        now,
    )


async def refuse_refund(tx: Tx, refund_id: RefundId, *, now: datetime) -> None:
    """Notes that what the refund's newest attempt made came to nothing."""
    await tx.execute(
        """UPDATE payments.attempts SET result = 'refused', settled_at = coalesce(settled_at, $2)
           WHERE refund_id = $1 AND (settled_at IS NULL OR result = 'accepted')""",
        refund_id,
        now,
    )


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes attempts that were settled before ``before``; returns how many. Their ids carry the time.

    Those of refunds that are under way stay: their ends are looked up by them.
    """
    return await tx.execute(
        """DELETE FROM payments.attempts WHERE id IN (
             SELECT id FROM payments.attempts AS a WHERE id < $1 AND settled_at < $2
               AND NOT EXISTS (SELECT FROM payments.refunds AS r
                               WHERE r.id = a.refund_id AND r.status NOT IN ('succeeded', 'failed'))
             ORDER BY id LIMIT $3)""",
        lowest_id(before),
        before,
        limit,
    )


def _attempt(row: Row) -> Attempt:
    return Attempt(
        attempt_id=row["id"],
        payment_id=PaymentId(row["payment_id"]),
        refund_id=RefundId(row["refund_id"]) if row["refund_id"] else None,
        sealed=Sealed(key=row["key"], body=row["body"]),
        sends=row["sends"],
        first_sent_at=row["first_sent_at"],
        last_sent_at=row["last_sent_at"],
        is_open=row["settled_at"] is None,
    )
