"""What must never be true of messages. Each query returns sentences about violations, at most 20."""

from datetime import datetime, timedelta
from uuid import UUID

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.ids import lowest_id
from cinema.kit.sweep import Invariant

OVERDUE_MAX = timedelta(minutes=15)
"""How long after its time a message may wait for a worker."""

LOOKS_BACK = timedelta(days=6)
"""How old the messages may be that are compared with events.

Events are kept for a week at least and messages for longer. What is older was looked at
while it was young.
"""

LATE_MONEY = timedelta(days=1)
"""How late money may be heard of."""


def invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    """All invariants of notifications."""

    async def overdue(tx: ReadTx) -> list[str]:
        rows = await tx.all(OVERDUE, clock.now() - OVERDUE_MAX)
        return [f"message {row['id']} ({row['kind']}) has been due since {row['next_attempt_at']}" for row in rows]

    async def without_event(tx: ReadTx) -> list[str]:
        rows = await tx.all(WITHOUT_EVENT, *_young(clock.now()))
        return [f"message {row['id']} ({row['kind']}) tells of {row['event_name']} {row['event_id']}" for row in rows]

    async def twice(tx: ReadTx) -> list[str]:
        rows = await tx.all(TWICE, *_young(clock.now()))
        return [f"{row['count']} messages tell of {row['event_name']} {row['event_id']}" for row in rows]

    async def unpaid(tx: ReadTx) -> list[str]:
        since, first_id = _young(clock.now())
        before = await tx.value(BEFORE, since - LATE_MONEY)
        rows = await tx.all(UNPAID, since, first_id, before or 0)
        return [f"message {row['id']} ({row['kind']}) thanks for order {row['order_id']}, never paid" for row in rows]

    async def untrue_notices(tx: ReadTx) -> list[str]:
        since, first_id = _young(clock.now())
        before = await tx.value(BEFORE, since - LATE_MONEY)
        rows = await tx.all(NOTICES, since, first_id, before or 0)
        return [f"notice {row['notice_id']} is {row['told']} as handed over, its mail is {row['sent']}" for row in rows]

    return (
        Invariant(number="I10", name="no message is overdue", find=overdue),
        Invariant(number="B10", name="no message without its event", find=without_event),
        Invariant(number="B10", name="one message for each fact", find=twice),
        Invariant(number="B10", name="no thanks for money that did not come", find=unpaid),
        Invariant(number="I11", name="a notice is told as handed over when its mail was", find=untrue_notices),
    )


def _young(now: datetime) -> tuple[datetime, UUID]:
    """Since when what happened is looked at, and the smallest id that a message about it may have."""
    since = now - LOOKS_BACK
    return since, lowest_id(since)


OVERDUE = """
SELECT id, kind, next_attempt_at FROM notifications.messages
WHERE status IN ('queued', 'sending') AND next_attempt_at < $1
ORDER BY next_attempt_at LIMIT 20
"""

WITHOUT_EVENT = """
SELECT m.id, m.kind, m.event_name, m.event_id FROM notifications.messages AS m
WHERE m.occurred_at >= $1 AND m.id >= $2
  AND NOT EXISTS (SELECT FROM kit.outbox AS o WHERE o.event_id = m.event_id AND o.name = m.event_name)
ORDER BY m.id LIMIT 20
"""

TWICE = """
SELECT event_name, event_id, count(*) AS count FROM notifications.messages
WHERE occurred_at >= $1 AND id >= $2
GROUP BY event_name, event_id HAVING count(*) > 1
ORDER BY event_id LIMIT 20
"""

BEFORE = "SELECT position FROM kit.outbox WHERE occurred_at < $1 ORDER BY position DESC LIMIT 1"

UNPAID = """
SELECT m.id, m.kind, m.facts ->> 'order_id' AS order_id FROM notifications.messages AS m
WHERE m.kind IN ('subscription_activated', 'subscription_renewed', 'film_paid')
  AND m.occurred_at >= $1 AND m.id >= $2
  AND (m.facts -> 'amount' ->> 'minor')::bigint > 0
  AND NOT EXISTS (
    SELECT FROM kit.outbox AS o WHERE o.position > $3 AND o.name = 'payments.PaymentSucceeded'
      AND o.payload ->> 'order_id' = m.facts ->> 'order_id')
ORDER BY m.id LIMIT 20
"""

NOTICES = """
SELECT o.aggregate_id::text AS notice_id, 'told' AS told, 'not sent' AS sent FROM kit.outbox AS o
WHERE o.position > $3 AND o.name = 'notifications.NoticeDelivered' AND o.occurred_at >= $1
  AND NOT EXISTS (SELECT FROM notifications.messages AS m
                  WHERE m.fact_key = 'renewal_upcoming:' || o.aggregate_id AND m.status = 'sent')
UNION ALL
SELECT m.facts ->> 'notice_id', 'not told', 'sent' FROM notifications.messages AS m
WHERE m.kind = 'renewal_upcoming' AND m.status = 'sent' AND m.id >= $2 AND m.facts ->> 'notice_id' IS NOT NULL
  AND NOT EXISTS (SELECT FROM kit.outbox AS o
                  WHERE o.position > $3 AND o.name = 'notifications.NoticeDelivered'
                    AND o.aggregate_id = (m.facts ->> 'notice_id')::uuid)
LIMIT 20
"""
