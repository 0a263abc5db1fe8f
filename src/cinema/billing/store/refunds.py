"""Refunds: money of orders on its way back."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cinema.billing.domain.order import Refund
from cinema.contracts.enums import AccessEffect, RefundBasis, RefundState
from cinema.contracts.ids import OrderId, PaymentId, RefundId, UserId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.money import Money


async def add(tx: Tx, refunds: Sequence[Refund]) -> None:
    rows = [
        (
            one.refund_id,
            one.order_id,
            one.user_id,
            one.payment_id,
            one.status,
            one.amount.minor,
            one.amount.currency,
            one.basis,
            one.access_effect,
            one.actor,
            one.reason,
            one.created_at,
        )
        for one in refunds
    ]
    await tx.write_rows(ADD, rows)


async def save(tx: Tx, refunds: Sequence[Refund]) -> None:
    rows = [(one.refund_id, one.status, one.failure_reason) for one in refunds]
    await tx.write_rows(SAVE, rows, tx.now)


async def of_orders(tx: ReadTx, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[Refund, ...]]:
    """All refunds of these orders, oldest first."""
    rows = await tx.all(
        "SELECT * FROM billing.refunds WHERE order_id = ANY($1) ORDER BY order_id, created_at, id", list(order_ids)
    )
    found: dict[OrderId, tuple[Refund, ...]] = defaultdict(tuple)
    for row in rows:
        found[OrderId(row["order_id"])] += (_refund(row),)
    return found


async def lock_refunder(tx: Tx, *, user_id: UserId) -> None:
    """Lets one refund that the user asks for at a time look at those before it."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing.refund ' || $1, 0))", str(user_id))


async def own(tx: ReadTx, *, actor: str, since: datetime) -> list[datetime]:
    """When the buyer took money back themselves, that had bought something, and got it or is to get it."""
    rows = await tx.all(
        """SELECT created_at FROM billing.refunds
           WHERE actor = $1 AND created_at >= $2 AND status IN ('requested', 'succeeded')
             AND basis IN ('whole', 'unused_time')""",
        actor,
        since,
    )
    return [row["created_at"] for row in rows]


async def order_of(tx: ReadTx, refund_id: RefundId) -> OrderId | None:
    found = await tx.value("SELECT order_id FROM billing.refunds WHERE id = $1", refund_id)
    return OrderId(found) if found else None


async def one(tx: ReadTx, *, refund_id: RefundId, user_id: UserId | None) -> Refund | None:
    """The refund; with a ``user_id`` only if it is of that user's order, and not one that is only proposed."""
    row = await tx.one("SELECT * FROM billing.refunds WHERE id = $1", refund_id)
    if row is None or (user_id is not None and (row["user_id"] != user_id or row["status"] in INTERNAL)):
        return None
    return _refund(row)


async def page(
    tx: ReadTx,
    *,
    user_id: UserId | None,
    status: RefundState | None,
    is_internal: bool,
    after: tuple[Any, ...] | None,
    limit: int,
) -> list[Refund]:
    """Newest first; one row more than ``limit`` when there are more. ``is_internal``: also what is only proposed."""
    listing = EVERY if is_internal else SHOWN
    rows = await listing.page(tx, wanted={"user_id": user_id, "status": status}, after=after, limit=limit + 1)
    return [_refund(row) for row in rows]


def _refund(row: Row) -> Refund:
    return Refund(
        refund_id=RefundId(row["id"]),
        order_id=OrderId(row["order_id"]),
        user_id=UserId(row["user_id"]),
        payment_id=PaymentId(row["payment_id"]),
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        status=RefundState(row["status"]),
        basis=RefundBasis(row["basis"]),
        access_effect=AccessEffect(row["access_effect"]),
        actor=row["actor"],
        reason=row["reason"],
        failure_reason=row["failure_reason"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


INTERNAL = frozenset({"proposed", "rejected"})
"""Refunds that only staff are shown."""

EVERY = Listing(select="SELECT * FROM billing.refunds", columns=("created_at", "id"), filters=("user_id", "status"))
SHOWN = replace(EVERY, where="status NOT IN ('proposed', 'rejected')")

ADD = """
INSERT INTO billing.refunds
  (id, order_id, user_id, payment_id, status, amount_minor, currency, basis, access_effect, actor, reason, created_at,
   updated_at)
SELECT id, order_id, user_id, payment_id, status, amount_minor, currency, basis, access_effect, actor, reason,
       created_at, created_at
FROM unnest(
  $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[],
  $10::text[], $11::text[], $12::timestamptz[]
) AS r (id, order_id, user_id, payment_id, status, amount_minor, currency, basis, access_effect, actor, reason,
        created_at)
"""

SAVE = """
UPDATE billing.refunds AS r SET status = n.status, failure_reason = n.failure_reason, updated_at = $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS n (id, status, failure_reason) WHERE r.id = n.id
"""
