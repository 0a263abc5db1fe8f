"""SQL of attempts."""

from collections.abc import Sequence
from datetime import datetime

from cinema.contracts.ids import PaymentId, RefundId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.port import Sealed


async def insert(tx: Tx, attempts: Sequence[Attempt]) -> None:
    """Stores new attempts, before anything is sent."""
    await tx.execute_many(
        """INSERT INTO payments.attempts (id, payment_id, refund_id, key, body, sends, first_sent_at, last_sent_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        [
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
        ],
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
    await tx.execute_many(
        "UPDATE payments.attempts SET sends = sends + 1, last_sent_at = $2 WHERE id = $1",
        [(one.attempt_id, now) for one in attempts],
    )


async def settle_charge(tx: Tx, payment_id: PaymentId, *, result: Result, now: datetime) -> None:
    """Writes the result of the payment's open charge, if there is one."""
    await tx.execute(
        """UPDATE payments.attempts SET settled_at = $2, result = $3
           WHERE payment_id = $1 AND refund_id IS NULL AND settled_at IS NULL""",
        payment_id,
        now,
        result,
    )


async def settle_refund(tx: Tx, refund_id: RefundId, *, result: Result, now: datetime) -> None:
    """Writes the result of the refund's open attempt, if there is one."""
    await tx.execute(
        "UPDATE payments.attempts SET settled_at = $2, result = $3 WHERE refund_id = $1 AND settled_at IS NULL",
        refund_id,
        now,
        result,
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
