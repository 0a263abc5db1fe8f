"""Queries over payments that must return nothing, in tests and in production."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.ids import lowest_id
from cinema.kit.proving import swept
from cinema.kit.sweep import Invariant, Sweep, by_id

OVERDUE_MAX = timedelta(minutes=15)
"""How late due work may be before it counts as stuck; money that came twice is on its way back within this time."""

LIMIT = 20

LOOKED_BACK = timedelta(days=2)
"""Of how long ago charges are looked at; no key lives longer, so none is sent again later."""

CLAIM_MAX = timedelta(minutes=1)
"""A removal that began earlier may commit after a claim, but not much later."""


PAYMENTS = by_id("payments.payments")
REFUNDS = by_id("payments.refunds")
ATTEMPTS = by_id("payments.attempts", open_while="settled_at IS NULL OR settled_at >= $3")


def build_invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    """The invariants of payments."""

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
        swept(
            "I1",
            "an order is paid once, and what comes beside goes back",
            Sweep(along=PAYMENTS, moves=True, find=PAID_TWICE, age=OVERDUE_MAX),
            Sweep(along=REFUNDS, thing="payment_id", moves=True, find=PAID_TWICE, age=OVERDUE_MAX),
        ),
        swept("I1", "a payment is charged once", Sweep(along=ATTEMPTS, thing="payment_id", find=CHARGED_TWICE)),
        swept(
            "I4",
            "refunds stay within the payment",
            Sweep(along=PAYMENTS, moves=True, find=REFUNDED_TOO_MUCH),
            Sweep(along=REFUNDS, thing="payment_id", moves=True, find=REFUNDED_TOO_MUCH),
        ),
        Invariant(number="I12", name="no charge leaves on a removed method", find=nothing_leaves_on_removed_methods),
        Invariant(number="I10", name="nothing in payments is stuck", find=nothing_is_stuck),
    )


PAID_TWICE = """
SELECT format('Order %s is paid %s times.', p.order_id, count(*)) AS violation
FROM (
  SELECT DISTINCT order_id FROM {these} AS these JOIN payments.payments USING (id) WHERE status = 'succeeded'
) AS asked JOIN payments.payments AS p USING (order_id)
WHERE p.status = 'succeeded' AND p.refunds_minor < p.amount_minor
GROUP BY p.order_id HAVING count(*) > 1 AND max(p.updated_at) <= $3
"""

CHARGED_TWICE = """
SELECT format('Payment %s has %s accepted charges and %s whose fate is open.',
              payment_id, accepted, unsettled) AS violation
FROM (
  SELECT a.payment_id, count(*) FILTER (WHERE result = 'accepted') AS accepted,
         count(*) FILTER (WHERE settled_at IS NULL) AS unsettled
  FROM {these} AS these JOIN payments.attempts AS a ON a.payment_id = these.id
  WHERE a.refund_id IS NULL GROUP BY a.payment_id
) AS tries WHERE accepted + unsettled > 1
"""

REFUNDED_TOO_MUCH = """
SELECT format('Payment %s took %s, set %s aside, refunds %s.', id, amount_minor, refunds_minor, total) AS violation
FROM (
  SELECT p.id, p.amount_minor, p.refunds_minor, coalesce(sum(r.amount_minor), 0)::bigint AS total
  FROM {these} AS these JOIN payments.payments AS p ON p.id = these.id
  LEFT JOIN payments.refunds AS r ON r.payment_id = p.id AND r.status <> 'failed'
  GROUP BY p.id
) AS sums WHERE total > amount_minor OR total <> refunds_minor
"""

SENT_AFTER_REMOVAL = """
SELECT p.id, a.last_sent_at, m.ended_at FROM payments.attempts AS a
JOIN payments.payments AS p ON p.id = a.payment_id
JOIN payments.methods AS m ON m.id = (p.request->>'method_id')::uuid
WHERE a.id >= $1 AND a.refund_id IS NULL AND m.ended_at + $2 < a.last_sent_at LIMIT $3
"""

STUCK = """
SELECT 'Payment' AS thing, id, status, next_attempt_at FROM payments.payments
WHERE status = 'created' AND next_attempt_at < $1
UNION ALL
SELECT 'Payment', id, status, next_attempt_at FROM payments.payments
WHERE status IN ('sent', 'unknown', 'pending', 'waiting_for_capture', 'declined', 'canceled') AND next_attempt_at < $1
UNION ALL
SELECT 'Payment', id, status, next_attempt_at FROM payments.payments
WHERE status IN ('created', 'sent', 'unknown', 'pending', 'waiting_for_capture') AND next_attempt_at IS NULL
UNION ALL
SELECT 'Refund', id, status, next_attempt_at FROM payments.refunds
WHERE status NOT IN ('succeeded', 'failed') AND (next_attempt_at IS NULL OR next_attempt_at < $1)
UNION ALL
SELECT 'Receipt', id, status, next_attempt_at FROM payments.receipts
WHERE status IN ('created', 'sent', 'pending') AND next_attempt_at < $1
UNION ALL
SELECT 'Binding', id, status, next_attempt_at FROM payments.bindings WHERE next_attempt_at < $1
UNION ALL
SELECT 'Webhook', id, 'waiting', next_attempt_at FROM payments.webhooks
WHERE outcome IS NULL AND next_attempt_at < $1 AND received_at < $1
LIMIT $2
"""
