"""Subscriptions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cinema.billing.domain.period import Interval, Period, Unit
from cinema.billing.domain.subscription import Due, Subscription
from cinema.contracts.enums import EndedReason, SubscriptionStatus
from cinema.contracts.ids import OrderId, PlanId, PriceId, SubscriptionId, UserId
from cinema.contracts.text import Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.money import Money

WHOLE = """
SELECT s.*, p.code, p.title_ru, p.title_en, p.interval_unit, p.interval_count, r.amount_minor, r.currency
FROM billing.subscriptions AS s
JOIN billing.plans AS p ON p.id = s.plan_id
JOIN billing.prices AS r ON r.id = s.price_id
"""


async def add(tx: Tx, subscriptions: Sequence[Subscription]) -> None:
    """Stores new subscriptions."""
    rows = [
        (
            one.subscription_id,
            one.user_id,
            one.plan_id,
            one.price_id,
            one.status,
            one.time_zone,
            one.period_no,
            one.next_attempt_at,
            one.created_at,
        )
        for one in subscriptions
    ]
    await tx.write_rows(ADD, rows)


async def save(tx: Tx, subscriptions: Sequence[Subscription]) -> None:
    """Writes everything of a subscription that may change."""
    rows = [
        (
            one.subscription_id,
            one.status,
            one.ended_reason,
            one.cancel_at_period_end,
            one.anchor,
            one.period_no,
            one.period.start if one.period else None,
            one.period.end if one.period else None,
            one.dunning_attempt,
            one.first_failed_at,
            one.next_attempt_at,
            one.remind_at,
            one.told_charge_at,
        )
        for one in subscriptions
    ]
    await tx.write_rows(SAVE, rows, tx.now)


async def locked(tx: Tx, subscription_ids: Collection[SubscriptionId]) -> list[Subscription]:
    """These subscriptions, for this transaction alone."""
    rows = await tx.all(WHOLE + "WHERE s.id = ANY($1) ORDER BY s.id FOR UPDATE OF s", list(subscription_ids))
    return [_subscription(row) for row in rows]


async def locked_of_orders(tx: Tx, order_ids: Collection[OrderId]) -> list[Subscription]:
    """The subscriptions behind these orders, for this transaction alone."""
    rows = await tx.all(WHOLE + BEHIND, list(order_ids))
    return [_subscription(row) for row in rows]


async def lock_checkout(tx: Tx, *, user_id: UserId) -> None:
    """Lets one checkout of the user at a time find out whether there is a subscription."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing.checkout ' || $1, 0))", str(user_id))


async def locked_running(tx: Tx, *, user_id: UserId) -> Subscription | None:
    """The user's subscription that has not ended, for this transaction alone."""
    row = await tx.one(WHOLE + "WHERE s.user_id = $1 AND s.status <> 'ended' FOR UPDATE OF s", user_id)
    return _subscription(row) if row else None


async def claim_due(tx: Tx, *, lease_until: datetime, limit: int) -> list[Due]:
    """What has to be acted on, longest overdue first; what is not done by ``lease_until`` is due again."""
    rows = await tx.all(
        """UPDATE billing.subscriptions AS s SET next_attempt_at = $2
           FROM (SELECT id FROM billing.subscriptions WHERE status <> 'ended' AND next_attempt_at <= $1
                 ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
           WHERE s.id = due.id RETURNING s.id, s.user_id""",
        tx.now,
        lease_until,
        limit,
    )
    return [_due(row, lease_until) for row in rows]


async def locked_due(tx: Tx, claims: Sequence[Due]) -> list[Subscription]:
    """Those of the claimed subscriptions on which nobody has acted since."""
    rows = await tx.all(
        WHOLE + "WHERE s.id = ANY($1) AND s.next_attempt_at = $2 ORDER BY s.id FOR UPDATE OF s",
        [one.subscription_id for one in claims],
        claims[0].lease_until,
    )
    return [_subscription(row) for row in rows]


async def claim_notices(tx: Tx, *, lease_until: datetime, limit: int) -> list[Due]:
    """Whose viewers are to be told of the next charge."""
    rows = await tx.all(
        """UPDATE billing.subscriptions AS s SET remind_at = $2
           FROM (SELECT id FROM billing.subscriptions WHERE remind_at <= $1
                 ORDER BY remind_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
           WHERE s.id = due.id RETURNING s.id, s.user_id""",
        tx.now,
        lease_until,
        limit,
    )
    return [_due(row, lease_until) for row in rows]


async def locked_to_notify(tx: Tx, claims: Sequence[Due]) -> list[Subscription]:
    """Those of the claimed subscriptions whose viewers are still to be told."""
    rows = await tx.all(
        WHOLE + "WHERE s.id = ANY($1) AND s.remind_at = $2 ORDER BY s.id FOR UPDATE OF s",
        [one.subscription_id for one in claims],
        claims[0].lease_until,
    )
    return [_subscription(row) for row in rows]


async def set_due(tx: Tx, *, subscription_id: SubscriptionId) -> None:
    """The subscription is to be acted on now."""
    await tx.execute(
        "UPDATE billing.subscriptions SET next_attempt_at = $2, updated_at = $2 WHERE id = $1", subscription_id, tx.now
    )


async def one(tx: ReadTx, *, subscription_id: SubscriptionId, user_id: UserId | None) -> Subscription | None:
    """The subscription; with a ``user_id`` only if it is that user's."""
    row = await tx.one(WHOLE + "WHERE s.id = $1", subscription_id)
    if row is None or (user_id is not None and row["user_id"] != user_id):
        return None
    return _subscription(row)


async def page(
    tx: ReadTx, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
) -> list[Subscription]:
    """Newest first; one row more than ``limit`` when there are more."""
    rows = await PAGE.page(tx, wanted={"user_id": user_id, "status": status}, after=after, limit=limit + 1)
    return [_subscription(row) for row in rows]


def _subscription(row: Row) -> Subscription:
    start, end = row["period_start"], row["period_end"]
    return Subscription(
        subscription_id=SubscriptionId(row["id"]),
        user_id=UserId(row["user_id"]),
        plan_id=PlanId(row["plan_id"]),
        plan=row["code"],
        title=Text(ru=row["title_ru"], en=row["title_en"]),
        interval=Interval(unit=Unit(row["interval_unit"]), count=row["interval_count"]),
        price_id=PriceId(row["price_id"]),
        price=Money(minor=row["amount_minor"], currency=row["currency"]),
        status=SubscriptionStatus(row["status"]),
        ended_reason=EndedReason(row["ended_reason"]) if row["ended_reason"] else None,
        cancel_at_period_end=row["cancel_at_period_end"],
        time_zone=row["time_zone"],
        anchor=row["anchor_at"],
        period_no=row["period_no"],
        period=Period(start=start, end=end) if start else None,
        dunning_attempt=row["dunning_attempt"],
        first_failed_at=row["first_failed_at"],
        next_attempt_at=row["next_attempt_at"],
        remind_at=row["remind_at"],
        told_charge_at=row["told_charge_at"],
        created_at=row["created_at"],
    )


def _due(row: Row, lease_until: datetime) -> Due:
    return Due(subscription_id=SubscriptionId(row["id"]), user_id=UserId(row["user_id"]), lease_until=lease_until)


PAGE = Listing(
    select="SELECT id FROM billing.subscriptions",
    columns=("created_at", "id"),
    filters=("user_id", "status"),
    around=WHOLE + "WHERE s.id = ANY(ARRAY({page})) ORDER BY s.created_at DESC, s.id DESC",
)

BEHIND = """
WHERE s.id = ANY(ARRAY(SELECT subscription_id FROM billing.orders WHERE id = ANY($1) AND subscription_id IS NOT NULL))
ORDER BY s.id FOR UPDATE OF s
"""

ADD = """
INSERT INTO billing.subscriptions
  (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, created_at, updated_at)
SELECT id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, created_at, created_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::timestamptz[],
            $9::timestamptz[])
  AS s (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, created_at)
"""

SAVE = """
UPDATE billing.subscriptions AS s
SET status = n.status, ended_reason = n.ended_reason, cancel_at_period_end = n.cancel_at_period_end,
    anchor_at = n.anchor_at, period_no = n.period_no, period_start = n.period_start, period_end = n.period_end,
    dunning_attempt = n.dunning_attempt, first_failed_at = n.first_failed_at, next_attempt_at = n.next_attempt_at,
    remind_at = n.remind_at, told_charge_at = n.told_charge_at,
    ended_at = CASE WHEN n.status = 'ended' THEN coalesce(s.ended_at, $14) END, updated_at = $14
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::timestamptz[], $6::int[], $7::timestamptz[],
            $8::timestamptz[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[],
            $13::timestamptz[])
  AS n (id, status, ended_reason, cancel_at_period_end, anchor_at, period_no, period_start, period_end,
        dunning_attempt, first_failed_at, next_attempt_at, remind_at, told_charge_at)
WHERE s.id = n.id
"""
