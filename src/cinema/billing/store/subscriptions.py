"""Subscriptions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from cinema.billing.domain.period import Interval, Period, Unit
from cinema.billing.domain.subscription import Due, Subscription
from cinema.billing.store.agreements import agreement, notice
from cinema.contracts.enums import EndedReason, RenewalReason, RenewalState, SubscriptionStatus
from cinema.contracts.ids import MethodId, OrderId, PlanId, PriceId, SubscriptionId, UserId
from cinema.contracts.text import Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.money import Money

WHOLE = """
SELECT s.*, p.code, p.title_ru, p.title_en, p.interval_unit, p.interval_count, r.amount_minor, r.currency,
       a.subscription_id AS a_subscription_id, a.id AS a_id, a.user_id AS a_user_id, a.version AS a_version,
       a.language AS a_language, a.text AS a_text, a.agreed_at AS a_agreed_at, a.method_id AS a_method_id,
       a.method_title AS a_method_title, a.bound_at AS a_bound_at, a.ended_at AS a_ended_at,
       n.id AS n_id, n.subscription_id AS n_subscription_id, n.method_id AS n_method_id,
       n.amount_minor AS n_amount_minor, n.currency AS n_currency, n.charge_at AS n_charge_at,
       n.told_at AS n_told_at, n.delivered_at AS n_delivered_at
FROM billing.subscriptions AS s
JOIN billing.plans AS p ON p.id = s.plan_id
JOIN billing.prices AS r ON r.id = s.price_id
LEFT JOIN billing.agreements AS a ON a.id = s.agreement_id
LEFT JOIN billing.notices AS n ON n.id = s.notice_id
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
            one.renewal,
            one.renewal_reason,
            one.renewal_changed_at,
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
            one.renewal,
            one.renewal_reason,
            one.renewal_changed_at,
            one.agreement.agreement_id if one.agreement else None,
            one.anchor,
            one.period_no,
            one.period.start if one.period else None,
            one.period.end if one.period else None,
            one.dunning_attempt,
            one.first_failed_at,
            one.next_attempt_at,
            one.remind_at,
            one.notice.notice_id if one.notice else None,
            one.notice.charge_at if one.notice else None,
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
           WHERE s.id = due.id RETURNING s.id, s.user_id,
             (SELECT method_id FROM billing.agreements WHERE id = s.agreement_id) AS method_id""",
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
           WHERE s.id = due.id RETURNING s.id, s.user_id,
             (SELECT method_id FROM billing.agreements WHERE id = s.agreement_id) AS method_id""",
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


async def locked_charged_to(tx: Tx, method_id: MethodId) -> list[Subscription]:
    """The subscriptions that are agreed to be charged to this method, for this transaction alone."""
    rows = await tx.all(WHOLE + CHARGED_TO, method_id)
    return [_subscription(row) for row in rows]


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
        renewal=RenewalState(row["renewal"]),
        renewal_reason=RenewalReason(row["renewal_reason"]),
        renewal_changed_at=row["renewal_changed_at"],
        agreement=agreement(row, "a_") if row["a_id"] else None,
        time_zone=row["time_zone"],
        anchor=row["anchor_at"],
        period_no=row["period_no"],
        period=Period(start=start, end=end) if start else None,
        dunning_attempt=row["dunning_attempt"],
        first_failed_at=row["first_failed_at"],
        next_attempt_at=row["next_attempt_at"],
        remind_at=row["remind_at"],
        notice=notice(row, "n_") if row["n_id"] else None,
        created_at=row["created_at"],
    )


def _due(row: Row, lease_until: datetime) -> Due:
    return Due(
        subscription_id=SubscriptionId(row["id"]),
        user_id=UserId(row["user_id"]),
        method_id=MethodId(row["method_id"]) if row["method_id"] else None,
        lease_until=lease_until,
    )


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

CHARGED_TO = """
WHERE s.agreement_id IN (SELECT id FROM billing.agreements WHERE method_id = $1 AND ended_at IS NULL)
  AND s.status <> 'ended'
ORDER BY s.id FOR UPDATE OF s
"""

ADD = """
INSERT INTO billing.subscriptions
  (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, cancel_at_period_end, renewal,
   renewal_reason, renewal_changed_at, created_at, updated_at)
SELECT id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, renewal = 'off', renewal,
       renewal_reason, renewal_changed_at, created_at, created_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::timestamptz[],
            $9::text[], $10::text[], $11::timestamptz[], $12::timestamptz[])
  AS s (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, renewal, renewal_reason,
        renewal_changed_at, created_at)
"""

# A release before this one knows the flag `cancel_at_period_end` and `told_charge_at` only: they are kept true for it.
SAVE = """
UPDATE billing.subscriptions AS s
SET status = n.status, ended_reason = n.ended_reason, cancel_at_period_end = n.renewal = 'off', renewal = n.renewal,
    renewal_reason = n.renewal_reason, renewal_changed_at = n.renewal_changed_at, agreement_id = n.agreement_id,
    anchor_at = n.anchor_at, period_no = n.period_no, period_start = n.period_start, period_end = n.period_end,
    dunning_attempt = n.dunning_attempt, first_failed_at = n.first_failed_at, next_attempt_at = n.next_attempt_at,
    remind_at = n.remind_at, notice_id = n.notice_id, told_charge_at = n.told_charge_at,
    ended_at = CASE WHEN n.status = 'ended' THEN coalesce(s.ended_at, $18) END, updated_at = $18
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[],
            $8::timestamptz[], $9::int[], $10::timestamptz[], $11::timestamptz[], $12::int[], $13::timestamptz[],
            $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::timestamptz[])
  AS n (id, status, ended_reason, renewal, renewal_reason, renewal_changed_at, agreement_id, anchor_at, period_no,
        period_start, period_end, dunning_attempt, first_failed_at, next_attempt_at, remind_at, notice_id,
        told_charge_at)
WHERE s.id = n.id
"""
