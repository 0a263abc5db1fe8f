"""Subscriptions."""

from datetime import datetime
from typing import Any

from cinema.billing.domain.period import Interval, Period, Unit
from cinema.billing.domain.subscription import Claim, Subscription
from cinema.contracts.billing import EndedReason, SubscriptionStatus
from cinema.contracts.ids import PlanId, PriceId, SubscriptionId, UserId
from cinema.contracts.text import Text
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.money import Money

WHOLE = """
SELECT s.*, p.code, p.title_ru, p.title_en, p.interval_unit, p.interval_count, r.amount_minor, r.currency
FROM billing.subscriptions AS s
JOIN billing.plans AS p ON p.id = s.plan_id
JOIN billing.prices AS r ON r.id = s.price_id
"""


async def add(tx: Tx, subscription: Subscription) -> None:
    """Stores a new subscription."""
    await tx.execute(
        """INSERT INTO billing.subscriptions
             (id, user_id, plan_id, price_id, status, time_zone, period_no, next_attempt_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)""",
        subscription.subscription_id,
        subscription.user_id,
        subscription.plan_id,
        subscription.price_id,
        subscription.status,
        subscription.time_zone,
        subscription.period_no,
        subscription.next_attempt_at,
        subscription.created_at,
    )


async def locked(tx: Tx, *, subscription_id: SubscriptionId) -> Subscription | None:
    """The subscription, for this transaction alone."""
    row = await tx.one(WHOLE + "WHERE s.id = $1 FOR UPDATE OF s", subscription_id)
    return _subscription(row) if row else None


async def lock_checkout(tx: Tx, *, user_id: UserId) -> None:
    """Lets one checkout of the user at a time find out whether there is a subscription."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('billing.checkout ' || $1, 0))", str(user_id))


async def locked_running(tx: Tx, *, user_id: UserId) -> Subscription | None:
    """The user's subscription that has not ended, for this transaction alone."""
    row = await tx.one(WHOLE + "WHERE s.user_id = $1 AND s.status <> 'ended' FOR UPDATE OF s", user_id)
    return _subscription(row) if row else None


async def claim_due(tx: Tx, *, now: datetime, lease_until: datetime, limit: int) -> list[Claim]:
    """What has to be acted on, longest overdue first; what is not done by ``lease_until`` is due again."""
    rows = await tx.all(
        """UPDATE billing.subscriptions AS s SET next_attempt_at = $2
           FROM (SELECT id FROM billing.subscriptions WHERE status <> 'ended' AND next_attempt_at <= $1
                 ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
           WHERE s.id = due.id RETURNING s.id, s.user_id""",
        now,
        lease_until,
        limit,
    )
    return [_claim(row, lease_until) for row in rows]


async def locked_due(tx: Tx, claim: Claim) -> Subscription | None:
    """The claimed subscription if nobody has acted on it since."""
    row = await tx.one(
        WHOLE + "WHERE s.id = $1 AND s.next_attempt_at = $2 FOR UPDATE OF s", claim.subscription_id, claim.lease_until
    )
    return _subscription(row) if row else None


async def claim_reminders(tx: Tx, *, now: datetime, lease_until: datetime, limit: int) -> list[Claim]:
    """Whose viewers are to be told of the next charge."""
    rows = await tx.all(
        """UPDATE billing.subscriptions AS s SET remind_at = $2
           FROM (SELECT id FROM billing.subscriptions WHERE remind_at <= $1
                 ORDER BY remind_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS due
           WHERE s.id = due.id RETURNING s.id, s.user_id""",
        now,
        lease_until,
        limit,
    )
    return [_claim(row, lease_until) for row in rows]


async def locked_to_remind(tx: Tx, claim: Claim) -> Subscription | None:
    """The claimed subscription if its viewer is still to be told."""
    row = await tx.one(
        WHOLE + "WHERE s.id = $1 AND s.remind_at = $2 FOR UPDATE OF s", claim.subscription_id, claim.lease_until
    )
    return _subscription(row) if row else None


async def set_period(
    tx: Tx,
    *,
    subscription_id: SubscriptionId,
    anchor: datetime,
    number: int,
    period: Period,
    next_attempt_at: datetime,
    remind_at: datetime | None,
    now: datetime,
) -> None:
    """A period is paid: the subscription is active in it, and all dunning is over."""
    await tx.execute(
        """UPDATE billing.subscriptions
           SET status = 'active', anchor_at = $2, period_no = $3, period_start = $4, period_end = $5,
               next_attempt_at = $6, remind_at = $7, told_charge_at = NULL, dunning_attempt = 0, first_failed_at = NULL,
               updated_at = $8
           WHERE id = $1""",
        subscription_id,
        anchor,
        number,
        period.start,
        period.end,
        next_attempt_at,
        remind_at,
        now,
    )


async def set_told(
    tx: Tx, *, subscription_id: SubscriptionId, charge_at: datetime, next_attempt_at: datetime, now: datetime
) -> None:
    """The viewer is told that the next charge comes at ``charge_at``."""
    await tx.execute(
        """UPDATE billing.subscriptions
           SET told_charge_at = $2, next_attempt_at = $3, remind_at = NULL, updated_at = $4 WHERE id = $1""",
        subscription_id,
        charge_at,
        next_attempt_at,
        now,
    )


async def set_past_due(
    tx: Tx,
    *,
    subscription_id: SubscriptionId,
    attempt: int,
    first_failed_at: datetime,
    next_attempt_at: datetime,
    now: datetime,
) -> None:
    """A renewal was not paid; ``attempt`` tries have failed."""
    await tx.execute(
        """UPDATE billing.subscriptions SET status = 'past_due', dunning_attempt = $2, first_failed_at = $3,
               next_attempt_at = $4, remind_at = NULL, updated_at = $5
           WHERE id = $1""",
        subscription_id,
        attempt,
        first_failed_at,
        next_attempt_at,
        now,
    )


async def set_next_attempt(tx: Tx, *, subscription_id: SubscriptionId, at: datetime, now: datetime) -> None:
    await tx.execute(
        "UPDATE billing.subscriptions SET next_attempt_at = $2, updated_at = $3 WHERE id = $1", subscription_id, at, now
    )


async def set_cancellation(
    tx: Tx,
    *,
    subscription_id: SubscriptionId,
    cancel: bool,
    next_attempt_at: datetime,
    now: datetime,
    remind_at: datetime | None = None,
) -> None:
    """Sets or clears "cancel at period end"; who resumes is told of the next charge anew."""
    await tx.execute(
        """UPDATE billing.subscriptions
           SET cancel_at_period_end = $2, next_attempt_at = $3, remind_at = $4, told_charge_at = NULL, updated_at = $5
           WHERE id = $1""",
        subscription_id,
        cancel,
        next_attempt_at,
        remind_at,
        now,
    )


async def set_reminder(tx: Tx, *, subscription_id: SubscriptionId, at: datetime | None, now: datetime) -> None:
    await tx.execute(
        "UPDATE billing.subscriptions SET remind_at = $2, updated_at = $3 WHERE id = $1", subscription_id, at, now
    )


async def set_ended(tx: Tx, *, subscription_id: SubscriptionId, reason: EndedReason, now: datetime) -> None:
    await tx.execute(
        """UPDATE billing.subscriptions SET status = 'ended', ended_reason = $2, ended_at = $3, next_attempt_at = NULL,
               remind_at = NULL, updated_at = $3
           WHERE id = $1""",
        subscription_id,
        reason,
        now,
    )


async def one(tx: ReadTx, *, subscription_id: SubscriptionId, user_id: UserId | None) -> Subscription | None:
    """The subscription; with a ``user_id`` only if it is that user's."""
    row = await tx.one(WHOLE + "WHERE s.id = $1 AND ($2::uuid IS NULL OR s.user_id = $2)", subscription_id, user_id)
    return _subscription(row) if row else None


async def page(
    tx: ReadTx, *, user_id: UserId | None, status: str | None, after: tuple[Any, ...] | None, limit: int
) -> list[Subscription]:
    """Newest first; one row more than ``limit`` when there are more."""
    rows = await tx.all(
        WHOLE
        + """WHERE ($1::uuid IS NULL OR s.user_id = $1) AND ($2::text IS NULL OR s.status = $2)
             AND ($3::timestamptz IS NULL OR (s.created_at, s.id) < ($3, $4::uuid))
           ORDER BY s.created_at DESC, s.id DESC LIMIT $5""",
        user_id,
        status,
        *(after or (None, None)),
        limit + 1,
    )
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


def _claim(row: Row, lease_until: datetime) -> Claim:
    return Claim(subscription_id=SubscriptionId(row["id"]), user_id=UserId(row["user_id"]), lease_until=lease_until)
