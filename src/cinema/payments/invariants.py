"""Queries over payments that must return nothing, in tests and in production."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.ids import lowest_id
from cinema.kit.module import Invariant

OVERDUE_MAX = timedelta(minutes=15)
"""How late due work may be before it counts as stuck; money that came twice is on its way back within this time."""

LIMIT = 20

LOOKED_BACK = timedelta(days=2)
"""Of how long ago charges are looked at; no key lives longer, so none is sent again later."""

CLAIM_MAX = timedelta(minutes=1)
"""A removal that began earlier may commit after a claim, but not much later."""


def build_invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    """The invariants of payments."""

    async def paid_once(tx: ReadTx) -> list[str]:
        rows = await tx.all(PAID_TWICE, clock.now() - OVERDUE_MAX, LIMIT)
        return [f"Order {row['order_id']} is paid {row['times']} times." for row in rows]

    async def nothing_is_stuck(tx: ReadTx) -> list[str]:
        rows = await tx.all(STUCK, clock.now() - OVERDUE_MAX, LIMIT)
        return [
            f"{row['thing']} {row['id']} is {row['status']} and was due at {row['next_attempt_at']}." for row in rows
        ]

    async def nothing_leaves_on_removed_methods(tx: ReadTx) -> list[str]:
        rows = await tx.all(SENT_AFTER_REMOVAL, lowest_id(clock.now() - LOOKED_BACK), CLAIM_MAX, LIMIT)
        return [
            f"Payment {row['id']} was sent at {row['last_sent_at']} on a method that ended at {row['ended_at']}."
            for row in rows
        ]

    return (
        Invariant(number="I1", name="an order is paid once, and what comes beside goes back", find=paid_once),
        Invariant(number="I1", name="a payment is charged once", find=_charged_twice),
        Invariant(number="I4", name="refunds stay within the payment", find=_refunded_too_much),
        Invariant(number="I12", name="no charge leaves on a removed method", find=nothing_leaves_on_removed_methods),
        Invariant(number="I10", name="nothing in payments is stuck", find=nothing_is_stuck),
    )


async def _charged_twice(tx: ReadTx) -> list[str]:
    rows = await tx.all(
        """SELECT payment_id,
                  count(*) FILTER (WHERE result = 'accepted') AS accepted,
                  count(*) FILTER (WHERE settled_at IS NULL) AS open
           FROM payments.attempts WHERE refund_id IS NULL
           GROUP BY payment_id
           HAVING count(*) FILTER (WHERE result = 'accepted') + count(*) FILTER (WHERE settled_at IS NULL) > 1
           LIMIT $1""",
        LIMIT,
    )
    return [
        f"Payment {row['payment_id']} has {row['accepted']} accepted charges and {row['open']} whose fate is open."
        for row in rows
    ]


async def _refunded_too_much(tx: ReadTx) -> list[str]:
    rows = await tx.all(
        """SELECT p.id, p.amount_minor, p.refunds_minor, coalesce(sum(r.amount_minor), 0)::bigint AS total
           FROM payments.payments AS p
           LEFT JOIN payments.refunds AS r ON r.payment_id = p.id AND r.status <> 'failed'
           WHERE p.refunds_minor <> 0 OR r.id IS NOT NULL
           GROUP BY p.id
           HAVING coalesce(sum(r.amount_minor), 0) > p.amount_minor
             OR coalesce(sum(r.amount_minor), 0) <> p.refunds_minor
           LIMIT $1""",
        LIMIT,
    )
    return [
        f"Payment {row['id']} took {row['amount_minor']}, set {row['refunds_minor']} aside, refunds {row['total']}."
        for row in rows
    ]


PAID_TWICE = """
SELECT order_id, count(*) AS times FROM payments.payments
WHERE status = 'succeeded' AND refunds_minor < amount_minor
GROUP BY order_id HAVING count(*) > 1 AND max(updated_at) <= $1 LIMIT $2
"""

SENT_AFTER_REMOVAL = """
SELECT p.id, a.last_sent_at, m.ended_at FROM payments.attempts AS a
JOIN payments.payments AS p ON p.id = a.payment_id
JOIN payments.methods AS m ON m.id = (p.request->>'method_id')::uuid
WHERE a.id >= $1 AND a.refund_id IS NULL AND m.ended_at + $2 < a.last_sent_at LIMIT $3
"""

STUCK = """
SELECT 'Payment' AS thing, id, status, next_attempt_at FROM payments.payments
WHERE next_attempt_at < $1 OR (next_attempt_at IS NULL AND status NOT IN ('succeeded', 'declined', 'canceled'))
UNION ALL
SELECT 'Refund', id, status, next_attempt_at FROM payments.refunds
WHERE status NOT IN ('succeeded', 'failed') AND (next_attempt_at IS NULL OR next_attempt_at < $1)
UNION ALL
SELECT 'Binding', id, status, next_attempt_at FROM payments.bindings WHERE next_attempt_at < $1
UNION ALL
SELECT 'Webhook', id, 'waiting', next_attempt_at FROM payments.webhooks
WHERE outcome IS NULL AND next_attempt_at < $1 AND received_at < $1
LIMIT $2
"""
