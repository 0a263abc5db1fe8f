"""Orders, their lines, the tries to get them paid, and refunds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.billing.domain.order import Charge, Line, LineKind, Order, OrderKind, Refund, RefundState
from cinema.contracts.billing import AccessEffect, OrderStatus
from cinema.contracts.ids import MethodId, OrderId, PaymentId, PriceId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import DeclineClass
from cinema.contracts.text import Language, Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.money import Money


async def add(tx: Tx, order: Order, *, lines: Sequence[Line]) -> None:
    """Stores an open order with its lines."""
    await tx.execute(
        """INSERT INTO billing.orders
             (id, user_id, kind, status, subscription_id, period_no, title_ru, title_en, currency, total_minor,
              email, language, return_url, expires_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)""",
        order.order_id,
        order.user_id,
        order.kind,
        order.status,
        order.subscription_id,
        order.period_no,
        order.title.ru,
        order.title.en,
        order.total.currency,
        order.total.minor,
        order.email,
        order.language,
        order.return_url,
        order.expires_at,
        order.created_at,
    )
    await tx.execute_many(
        """INSERT INTO billing.order_lines
             (order_id, number, kind, price_id, title_ru, title_en, quantity, unit_minor, vat_code)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        [
            (
                order.order_id,
                n,
                one.kind,
                one.price_id,
                one.title.ru,
                one.title.en,
                one.quantity,
                one.unit.minor,
                one.vat_code,
            )
            for n, one in enumerate(lines, start=1)
        ],
    )


async def locked(tx: Tx, *, order_id: OrderId) -> Order | None:
    """The order, for this transaction alone."""
    row = await tx.one("SELECT * FROM billing.orders WHERE id = $1 FOR UPDATE", order_id)
    return _order(row) if row else None


async def one(tx: ReadTx, *, order_id: OrderId, user_id: UserId | None) -> Order | None:
    """The order; with a ``user_id`` only if it is that user's."""
    row = await tx.one(
        "SELECT * FROM billing.orders WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)", order_id, user_id
    )
    return _order(row) if row else None


async def open_for(tx: ReadTx, *, subscription_id: SubscriptionId) -> Order | None:
    """The subscription's order that waits for its payment."""
    row = await tx.one("SELECT * FROM billing.orders WHERE subscription_id = $1 AND status = 'open'", subscription_id)
    return _order(row) if row else None


async def is_under_way(tx: ReadTx, *, subscription_id: SubscriptionId) -> bool:
    """Whether an order waits for its payment, or a charge, even of an order that was dropped, has no result yet."""
    return bool(
        await tx.value(
            """SELECT EXISTS (
                 SELECT FROM billing.orders AS o WHERE o.subscription_id = $1
                   AND (o.status = 'open'
                        OR EXISTS (SELECT FROM billing.charges WHERE order_id = o.id AND status = 'open')))""",
            subscription_id,
        )
    )


async def return_url(tx: ReadTx, *, subscription_id: SubscriptionId) -> str | None:
    """Where the payer of the subscription's checkout came back to."""
    found: str | None = await tx.value(
        "SELECT return_url FROM billing.orders WHERE subscription_id = $1 AND kind = 'checkout'", subscription_id
    )
    return found


async def expired(tx: ReadTx, *, now: datetime, limit: int) -> list[OrderId]:
    """Open checkouts whose time is over and for which no payment is under way."""
    rows = await tx.all(
        """SELECT id FROM billing.orders AS o WHERE status = 'open' AND kind = 'checkout' AND expires_at <= $1
             AND NOT EXISTS (SELECT FROM billing.charges WHERE order_id = o.id AND status = 'open')
           ORDER BY expires_at LIMIT $2""",
        now,
        limit,
    )
    return [OrderId(row["id"]) for row in rows]


async def set_status(tx: Tx, *, order_id: OrderId, status: OrderStatus, now: datetime) -> None:
    await tx.execute("UPDATE billing.orders SET status = $2, updated_at = $3 WHERE id = $1", order_id, status, now)


async def set_paid(tx: Tx, *, order_id: OrderId, recognize_at: datetime, now: datetime) -> None:
    """The order is paid; at ``recognize_at`` its money counts as earned."""
    await tx.execute(
        """UPDATE billing.orders SET status = 'paid', paid_at = $2, recognize_at = $3, updated_at = $2
           WHERE id = $1""",
        order_id,
        now,
        recognize_at,
    )


async def to_recognize(tx: ReadTx, *, now: datetime, limit: int) -> list[OrderId]:
    """Orders whose period is over and whose money is not booked as earned."""
    rows = await tx.all(
        "SELECT id FROM billing.orders WHERE recognize_at <= $1 ORDER BY recognize_at LIMIT $2", now, limit
    )
    return [OrderId(row["id"]) for row in rows]


async def set_recognition(tx: Tx, *, order_id: OrderId, at: datetime | None, now: datetime) -> None:
    """Sets when the order's money counts as earned; None: nothing is left to do."""
    await tx.execute("UPDATE billing.orders SET recognize_at = $2, updated_at = $3 WHERE id = $1", order_id, at, now)


async def add_refunded(tx: Tx, *, order_id: OrderId, minor: int, now: datetime) -> None:
    """Counts a refund in (or, when ``minor`` is negative, out); the table refuses more than the total."""
    await tx.execute(
        "UPDATE billing.orders SET refunded_minor = refunded_minor + $2, updated_at = $3 WHERE id = $1",
        order_id,
        minor,
        now,
    )


async def lines(tx: ReadTx, *, order_id: OrderId) -> tuple[Line, ...]:
    rows = await tx.all(
        """SELECT l.*, o.currency FROM billing.order_lines AS l JOIN billing.orders AS o ON o.id = l.order_id
           WHERE l.order_id = $1 ORDER BY l.number""",
        order_id,
    )
    return tuple(
        Line(
            kind=LineKind(row["kind"]),
            price_id=PriceId(row["price_id"]),
            title=Text(ru=row["title_ru"], en=row["title_en"]),
            quantity=row["quantity"],
            unit=Money(minor=row["unit_minor"], currency=row["currency"]),
            vat_code=row["vat_code"],
        )
        for row in rows
    )


async def page(
    tx: ReadTx, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
) -> list[Order]:
    """Newest first; one row more than ``limit`` when there are more."""
    rows = await tx.all(
        """SELECT * FROM billing.orders
           WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::text IS NULL OR status = $2)
             AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4::uuid))
           ORDER BY created_at DESC, id DESC LIMIT $5""",
        user_id,
        status,
        *(after or (None, None)),
        limit + 1,
    )
    return [_order(row) for row in rows]


async def add_charge(
    tx: Tx, *, payment_id: PaymentId, order_id: OrderId, attempt: int, method_id: MethodId | None, now: datetime
) -> None:
    """A try begins; the table refuses a second open one."""
    await tx.execute(
        """INSERT INTO billing.charges (payment_id, order_id, attempt, status, method_id, requested_at)
           VALUES ($1, $2, $3, 'open', $4, $5)""",
        payment_id,
        order_id,
        attempt,
        method_id,
        now,
    )


async def charges(tx: ReadTx, *, order_id: OrderId) -> tuple[Charge, ...]:
    """All tries, oldest first."""
    rows = await tx.all("SELECT * FROM billing.charges WHERE order_id = $1 ORDER BY attempt", order_id)
    return tuple(
        Charge(
            payment_id=PaymentId(row["payment_id"]),
            order_id=OrderId(row["order_id"]),
            attempt=row["attempt"],
            status=row["status"],
            method_id=row["method_id"],
            decline_class=DeclineClass(row["decline_class"]) if row["decline_class"] else None,
            is_surplus=row["is_surplus"],
        )
        for row in rows
    )


async def charge_succeeded(tx: Tx, *, payment_id: PaymentId, is_surplus: bool, now: datetime) -> bool:
    """Ends a try with money, one too that was said to have failed; False when that was known.

    The table refuses a second one that pays for the same order, that is, one that is no surplus.
    """
    return bool(
        await tx.execute(
            """UPDATE billing.charges
               SET status = 'succeeded', is_surplus = $2, reason = NULL, decline_class = NULL, ended_at = $3
               WHERE payment_id = $1 AND status <> 'succeeded'""",
            payment_id,
            is_surplus,
            now,
        )
    )


async def charge_failed(
    tx: Tx, *, payment_id: PaymentId, reason: str, decline_class: DeclineClass | None, now: datetime
) -> bool:
    """Ends an open try without money; False when it had ended."""
    return bool(
        await tx.execute(
            """UPDATE billing.charges SET status = 'failed', reason = $2, decline_class = $3, ended_at = $4
               WHERE payment_id = $1 AND status = 'open'""",
            payment_id,
            reason,
            decline_class,
            now,
        )
    )


async def add_refund(tx: Tx, refund: Refund) -> None:
    await tx.execute(
        """INSERT INTO billing.refunds
             (id, order_id, payment_id, status, amount_minor, currency, access_effect, reason, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)""",
        refund.refund_id,
        refund.order_id,
        refund.payment_id,
        refund.status,
        refund.amount.minor,
        refund.amount.currency,
        refund.access_effect,
        refund.reason,
        refund.created_at,
    )


async def locked_refund(tx: Tx, *, refund_id: RefundId) -> Refund | None:
    row = await tx.one("SELECT * FROM billing.refunds WHERE id = $1 FOR UPDATE", refund_id)
    return _refund(row) if row else None


async def set_refund_status(tx: Tx, *, refund_id: RefundId, status: RefundState, now: datetime) -> None:
    await tx.execute("UPDATE billing.refunds SET status = $2, updated_at = $3 WHERE id = $1", refund_id, status, now)


async def refunds(tx: ReadTx, *, order_id: OrderId) -> tuple[Refund, ...]:
    rows = await tx.all("SELECT * FROM billing.refunds WHERE order_id = $1 ORDER BY created_at, id", order_id)
    return tuple(_refund(row) for row in rows)


async def add_receipt(
    tx: Tx,
    *,
    receipt_id: UUID,
    kind: str,
    source_id: UUID,
    order: Order,
    amount: Money,
    lines: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    """The fiscal receipt of a payment or a refund; a second one of the same source is refused."""
    await tx.execute(
        """INSERT INTO billing.receipts
             (id, kind, source_id, order_id, user_id, lines, amount_minor, currency, issued_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        receipt_id,
        kind,
        source_id,
        order.order_id,
        order.user_id,
        list(lines),
        amount.minor,
        amount.currency,
        now,
    )


async def receipt(tx: ReadTx, *, receipt_id: UUID, user_id: UserId | None) -> Row | None:
    return await tx.one(
        "SELECT * FROM billing.receipts WHERE id = $1 AND ($2::uuid IS NULL OR user_id = $2)", receipt_id, user_id
    )


async def receipt_ids(tx: ReadTx, *, order_id: OrderId) -> tuple[UUID, ...]:
    rows = await tx.all("SELECT id FROM billing.receipts WHERE order_id = $1 ORDER BY issued_at, id", order_id)
    return tuple(row["id"] for row in rows)


def _order(row: Row) -> Order:
    return Order(
        order_id=OrderId(row["id"]),
        user_id=UserId(row["user_id"]),
        kind=OrderKind(row["kind"]),
        status=OrderStatus(row["status"]),
        subscription_id=SubscriptionId(row["subscription_id"]),
        period_no=row["period_no"],
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        total=Money(minor=row["total_minor"], currency=row["currency"]),
        refunded=Money(minor=row["refunded_minor"], currency=row["currency"]),
        email=row["email"],
        language=Language(row["language"]),
        return_url=row["return_url"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        paid_at=row["paid_at"],
    )


def _refund(row: Row) -> Refund:
    return Refund(
        refund_id=RefundId(row["id"]),
        order_id=OrderId(row["order_id"]),
        payment_id=PaymentId(row["payment_id"]),
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        status=RefundState(row["status"]),
        access_effect=AccessEffect(row["access_effect"]),
        reason=row["reason"],
        created_at=row["created_at"],
    )
