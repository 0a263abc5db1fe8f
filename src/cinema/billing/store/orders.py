"""Orders, their lines, the tries to get them paid, and receipts."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cinema.billing.domain.changes import Receipt
from cinema.billing.domain.goods import FilmPurchase, FilmRental, Goods, PlanPeriod
from cinema.billing.domain.order import Charge, ChargeStatus, Fiscal, Line, LineKind, NewOrder, Order
from cinema.contracts.enums import (
    DeclineClass,
    GoodsKind,
    OrderKind,
    OrderStatus,
)
from cinema.contracts.ids import (
    AgreementId,
    FilmId,
    MethodId,
    NoticeId,
    OrderId,
    PaymentId,
    PriceId,
    SubscriptionId,
    UserId,
)
from cinema.contracts.text import Language, Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.idempotency import jsonable
from cinema.kit.listing import Listing
from cinema.kit.money import Money


async def add(tx: Tx, orders: Sequence[NewOrder]) -> None:
    """Stores open orders with their lines."""
    await tx.write_rows(ADD, [_columns(one.order) for one in orders])
    await tx.write_rows(
        ADD_LINES,
        [
            (
                new.order.order_id,
                n,
                one.kind,
                one.price_id,
                one.title.ru,
                one.title.en,
                one.quantity,
                one.unit.minor,
                one.fiscal.vat_code,
                one.fiscal.payment_mode,
            )
            for new in orders
            for n, one in enumerate(new.lines, start=1)
        ],
    )


async def save(tx: Tx, orders: Sequence[Order]) -> None:
    """Writes everything of an order that may change."""
    rows = [
        (one.order_id, one.status, one.refunded.minor, one.paid_at, one.recognize_at, one.give_up_at) for one in orders
    ]
    await tx.write_rows(SAVE, rows, tx.now)


async def locked(tx: Tx, order_ids: Collection[OrderId]) -> dict[OrderId, Order]:
    """These orders, for this transaction alone."""
    rows = await tx.all("SELECT * FROM billing.orders WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(order_ids))
    return {OrderId(row["id"]): _order(row) for row in rows}


async def locked_awaited(tx: Tx, subscription_ids: Collection[SubscriptionId]) -> dict[SubscriptionId, Order]:
    """The orders of these subscriptions that wait for their payment, for this transaction alone."""
    rows = await tx.all(
        """SELECT * FROM billing.orders WHERE subscription_id = ANY($1) AND status = 'open'
           ORDER BY id FOR UPDATE""",
        list(subscription_ids),
    )
    return {SubscriptionId(row["subscription_id"]): _order(row) for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What is open about a subscription: a payment, even of an order that was dropped; a refund that ends access."""

    is_under_way: bool
    is_refunding: bool


async def open_about(tx: ReadTx, subscription_ids: Collection[SubscriptionId]) -> dict[SubscriptionId, Open]:
    """Of which of them an order, a charge or a refund has no result yet; the others are left out."""
    rows = await tx.all(OPEN_ABOUT, list(subscription_ids))
    return {
        SubscriptionId(row["subscription_id"]): Open(is_under_way=row["is_under_way"], is_refunding=row["is_refunding"])
        for row in rows
    }


async def links(tx: ReadTx, order_ids: Collection[OrderId]) -> dict[OrderId, UUID]:
    """The links to the pages on which these orders can be paid by hand; an order without one is left out."""
    rows = await tx.all(
        """SELECT c.order_id, c.link FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
           WHERE c.order_id = ANY($1) AND c.status = 'open' AND c.link IS NOT NULL AND o.status = 'open'""",
        list(order_ids),
    )
    return {OrderId(row["order_id"]): row["link"] for row in rows}


async def by_link(tx: ReadTx, link: UUID) -> OrderId | None:
    """The order that the link leads to, as long as its payment is open."""
    found = await tx.value("SELECT order_id FROM billing.charges WHERE link = $1 AND status = 'open'", link)
    return OrderId(found) if found else None


async def one(tx: ReadTx, *, order_id: OrderId, user_id: UserId | None) -> Order | None:
    """The order; with a ``user_id`` only if it is that user's."""
    row = await tx.one("SELECT * FROM billing.orders WHERE id = $1", order_id)
    if row is None or (user_id is not None and row["user_id"] != user_id):
        return None
    return _order(row)


async def awaited(tx: ReadTx, *, subscription_id: SubscriptionId) -> Order | None:
    """The order of the subscription that waits for its payment."""
    row = await tx.one("SELECT * FROM billing.orders WHERE subscription_id = $1 AND status = 'open'", subscription_id)
    return _order(row) if row else None


async def open_of_film(tx: ReadTx, *, user_id: UserId, film_id: FilmId) -> list[OrderId]:
    """The user's orders of the film that wait for their payment."""
    rows = await tx.all(
        "SELECT id FROM billing.orders WHERE user_id = $1 AND film_id = $2 AND status = 'open'", user_id, film_id
    )
    return [OrderId(row["id"]) for row in rows]


async def return_url(tx: ReadTx, *, subscription_id: SubscriptionId) -> str | None:
    """Where the payer of the subscription's checkout came back to."""
    found: str | None = await tx.value(
        "SELECT return_url FROM billing.orders WHERE subscription_id = $1 AND kind = 'checkout'", subscription_id
    )
    return found


async def claim_to_give_up(tx: Tx, *, lease_until: datetime, limit: int) -> list[OrderId]:
    """Checkouts whose time is over and for which no payment is under way; each is due again at ``lease_until``."""
    rows = await tx.all(CLAIM_TO_GIVE_UP, tx.now, lease_until, limit)
    return [OrderId(row["id"]) for row in rows]


async def claim_to_recognize(tx: Tx, *, lease_until: datetime, limit: int) -> list[OrderId]:
    """Orders whose money is to be booked as earned; each is due again at ``lease_until``."""
    rows = await tx.all(CLAIM_TO_RECOGNIZE, tx.now, lease_until, limit)
    return [OrderId(row["id"]) for row in rows]


async def lines(tx: ReadTx, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[Line, ...]]:
    rows = await tx.all(
        """SELECT l.*, o.currency FROM billing.order_lines AS l JOIN billing.orders AS o ON o.id = l.order_id
           WHERE l.order_id = ANY($1) ORDER BY l.order_id, l.number""",
        list(order_ids),
    )
    found: dict[OrderId, tuple[Line, ...]] = defaultdict(tuple)
    for row in rows:
        found[OrderId(row["order_id"])] += (_line(row),)
    return found


async def page(
    tx: ReadTx, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
) -> list[Order]:
    """Newest first; one row more than ``limit`` when there are more."""
    rows = await PAGE.page(tx, wanted={"user_id": user_id, "status": status}, after=after, limit=limit + 1)
    return [_order(row) for row in rows]


async def add_charges(tx: Tx, charges: Sequence[Charge]) -> None:
    """Tries begin; the table refuses a second open one of an order."""
    rows = [
        (
            one.payment_id,
            one.order_id,
            one.attempt,
            one.method_id,
            one.notice_id,
            one.agreement_id,
            one.link,
            one.amount.minor,
            one.requested_at,
        )
        for one in charges
    ]
    await tx.write_rows(ADD_CHARGES, rows)


async def save_charges(tx: Tx, charges: Sequence[Charge]) -> None:
    """Writes how tries ended.

    The table refuses a second one that pays for the same order, that is, one that is no surplus.
    """
    rows = [
        (one.payment_id, one.status, one.is_surplus, one.reason, one.decline_class, one.ended_at) for one in charges
    ]
    await tx.write_rows(SAVE_CHARGES, rows)


async def charges(tx: ReadTx, order_ids: Collection[OrderId]) -> Mapping[OrderId, tuple[Charge, ...]]:
    """All tries of these orders, oldest first."""
    rows = await tx.all(
        """SELECT c.*, o.currency FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
           WHERE c.order_id = ANY($1) ORDER BY c.order_id, c.attempt""",
        list(order_ids),
    )
    found: dict[OrderId, tuple[Charge, ...]] = defaultdict(tuple)
    for row in rows:
        found[OrderId(row["order_id"])] += (_charge(row),)
    return found


async def add_receipts(tx: Tx, receipts: Sequence[Receipt]) -> None:
    """Fiscal receipts of payments, refunds and closed orders; a second one of the same source is refused."""
    rows = [
        (
            one.receipt_id,
            one.kind,
            one.source_id,
            one.order_id,
            one.user_id,
            json.dumps([jsonable(line) for line in one.lines], ensure_ascii=False),
            one.amount.minor,
            one.amount.currency,
            one.issued_at,
        )
        for one in receipts
    ]
    await tx.write_rows(ADD_RECEIPTS, rows)


async def receipt(tx: ReadTx, *, receipt_id: UUID, user_id: UserId | None) -> Row | None:
    """The receipt; with a ``user_id`` only if it is that user's."""
    row = await tx.one(RECEIPT, receipt_id)
    return None if row is None or (user_id is not None and row["user_id"] != user_id) else row


async def receipt_ids(tx: ReadTx, *, order_id: OrderId) -> tuple[UUID, ...]:
    rows = await tx.all("SELECT id FROM billing.receipts WHERE order_id = $1 ORDER BY issued_at, id", order_id)
    return tuple(row["id"] for row in rows)


def _columns(order: Order) -> tuple[object, ...]:
    subscription_id, period_no, film_id, rental_s = _goods_columns(order.goods)
    return (
        order.order_id,
        order.user_id,
        order.kind,
        order.goods.kind,
        subscription_id,
        period_no,
        film_id,
        rental_s,
        order.title.ru,
        order.title.en,
        order.total.currency,
        order.total.minor,
        order.email,
        order.language,
        order.return_url,
        order.expires_at,
        order.give_up_at,
        order.created_at,
    )


def _goods_columns(goods: Goods) -> tuple[SubscriptionId | None, int | None, FilmId | None, int | None]:
    match goods:
        case PlanPeriod():
            return goods.subscription_id, goods.period_no, None, None
        case FilmPurchase():
            return None, None, goods.film_id, None
        case FilmRental():
            return None, None, goods.film_id, goods.lasts // timedelta(seconds=1)


def _goods(row: Row) -> Goods:
    match GoodsKind(row["goods"]):
        case GoodsKind.PLAN_PERIOD:
            return PlanPeriod(subscription_id=SubscriptionId(row["subscription_id"]), period_no=row["period_no"])
        case GoodsKind.FILM_PURCHASE:
            return FilmPurchase(film_id=FilmId(row["film_id"]))
        case GoodsKind.FILM_RENTAL:
            return FilmRental(film_id=FilmId(row["film_id"]), lasts=timedelta(seconds=row["rental_s"]))


def _order(row: Row) -> Order:
    return Order(
        order_id=OrderId(row["id"]),
        user_id=UserId(row["user_id"]),
        kind=OrderKind(row["kind"]),
        goods=_goods(row),
        status=OrderStatus(row["status"]),
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        total=Money(minor=row["total_minor"], currency=row["currency"]),
        refunded=Money(minor=row["refunded_minor"], currency=row["currency"]),
        email=row["email"],
        language=Language(row["language"]),
        return_url=row["return_url"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        give_up_at=row["give_up_at"],
        paid_at=row["paid_at"],
        recognize_at=row["recognize_at"],
    )


def _line(row: Row) -> Line:
    return Line(
        kind=LineKind(row["kind"]),
        price_id=PriceId(row["price_id"]) if row["price_id"] else None,
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        quantity=row["quantity"],
        unit=Money(minor=row["unit_minor"], currency=row["currency"]),
        fiscal=Fiscal(vat_code=row["vat_code"], payment_mode=row["payment_mode"]),
    )


def _charge(row: Row) -> Charge:
    return Charge(
        payment_id=PaymentId(row["payment_id"]),
        order_id=OrderId(row["order_id"]),
        attempt=row["attempt"],
        status=ChargeStatus(row["status"]),
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        method_id=MethodId(row["method_id"]) if row["method_id"] else None,
        notice_id=NoticeId(row["notice_id"]) if row["notice_id"] else None,
        agreement_id=AgreementId(row["agreement_id"]) if row["agreement_id"] else None,
        link=row["link"],
        reason=row["reason"],
        decline_class=DeclineClass(row["decline_class"]) if row["decline_class"] else None,
        is_surplus=row["is_surplus"],
        requested_at=row["requested_at"],
        ended_at=row["ended_at"],
    )


PAGE = Listing(select="SELECT * FROM billing.orders", columns=("created_at", "id"), filters=("user_id", "status"))
OPEN_ABOUT = """
SELECT subscription_id, bool_or(is_under_way) AS is_under_way, bool_or(is_refunding) AS is_refunding FROM (
  SELECT o.subscription_id,
         o.status = 'open' OR EXISTS (SELECT FROM billing.charges WHERE order_id = o.id AND status = 'open')
           AS is_under_way,
         EXISTS (SELECT FROM billing.refunds
                 WHERE order_id = o.id AND status = 'requested' AND access_effect = 'revoke') AS is_refunding
  FROM billing.orders AS o WHERE o.subscription_id = ANY($1)
) AS each WHERE is_under_way OR is_refunding GROUP BY subscription_id
"""

ADD = """
INSERT INTO billing.orders
  (id, user_id, kind, goods, status, subscription_id, period_no, film_id, rental_s, title_ru, title_en, currency,
   total_minor, email, language, return_url, expires_at, give_up_at, created_at, updated_at)
SELECT id, user_id, kind, goods, 'open', subscription_id, period_no, film_id, rental_s, title_ru, title_en, currency,
       total_minor, email, language, return_url, expires_at, give_up_at, created_at, created_at
FROM unnest(
  $1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::int[], $7::uuid[], $8::int[], $9::text[],
  $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[], $15::text[], $16::timestamptz[],
  $17::timestamptz[], $18::timestamptz[]
) AS o (id, user_id, kind, goods, subscription_id, period_no, film_id, rental_s, title_ru, title_en, currency,
        total_minor, email, language, return_url, expires_at, give_up_at, created_at)
"""

ADD_LINES = """
INSERT INTO billing.order_lines
  (order_id, number, kind, price_id, title_ru, title_en, quantity, unit_minor, vat_code, payment_mode)
SELECT * FROM unnest(
  $1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::bigint[], $9::int[],
  $10::text[])
"""

SAVE = """
UPDATE billing.orders AS o
SET status = n.status, refunded_minor = n.refunded_minor, paid_at = n.paid_at, recognize_at = n.recognize_at,
    give_up_at = n.give_up_at, updated_at = $7
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
  AS n (id, status, refunded_minor, paid_at, recognize_at, give_up_at)
WHERE o.id = n.id
"""

ADD_CHARGES = """
INSERT INTO billing.charges
  (payment_id, order_id, attempt, status, method_id, notice_id, agreement_id, link, amount_minor, requested_at)
SELECT payment_id, order_id, attempt, 'open', method_id, notice_id, agreement_id, link, amount_minor, requested_at
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::uuid[], $6::uuid[], $7::uuid[], $8::bigint[],
            $9::timestamptz[])
  AS c (payment_id, order_id, attempt, method_id, notice_id, agreement_id, link, amount_minor, requested_at)
"""

SAVE_CHARGES = """
UPDATE billing.charges AS c
SET status = n.status, is_surplus = n.is_surplus, reason = n.reason, decline_class = n.decline_class,
    ended_at = n.ended_at
FROM unnest($1::uuid[], $2::text[], $3::bool[], $4::text[], $5::text[], $6::timestamptz[])
  AS n (payment_id, status, is_surplus, reason, decline_class, ended_at)
WHERE c.payment_id = n.payment_id
"""

ADD_RECEIPTS = """
INSERT INTO billing.receipts
  (id, kind, source_id, order_id, user_id, lines, amount_minor, currency, issued_at)
SELECT id, kind, source_id, order_id, user_id, lines::jsonb, amount_minor, currency, issued_at FROM unnest(
  $1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::bigint[], $8::text[], $9::timestamptz[]
) AS r (id, kind, source_id, order_id, user_id, lines, amount_minor, currency, issued_at)
"""
"""The lines go as text: an array of arrays would come out as an array of their elements."""

RECEIPT = """
SELECT id, kind, order_id, user_id, amount_minor, currency, issued_at,
       CASE jsonb_typeof(lines) WHEN 'array' THEN lines ELSE jsonb_build_array(lines) END AS lines
FROM billing.receipts WHERE id = $1
"""
"""Receipts are never changed, and of the first ones the only line stands alone."""

CLAIM_TO_GIVE_UP = """
UPDATE billing.orders AS o SET give_up_at = $2
FROM (
  SELECT id FROM billing.orders AS late WHERE give_up_at <= $1
    AND NOT EXISTS (SELECT FROM billing.charges WHERE order_id = late.id AND status = 'open')
  ORDER BY give_up_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
WHERE o.id = due.id RETURNING o.id
"""

CLAIM_TO_RECOGNIZE = """
UPDATE billing.orders AS o SET recognize_at = $2
FROM (
  SELECT id FROM billing.orders WHERE recognize_at <= $1 ORDER BY recognize_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
WHERE o.id = due.id RETURNING o.id
"""
