"""Invariants that no context can see alone: what one says must be what the other heard.

Only here may one query read the tables of several contexts, and only to compare.
"""

from datetime import timedelta

from cinema.kit.proving import swept
from cinema.kit.sweep import Invariant, Sweep, always, by_id

UNDER_WAY = timedelta(hours=1)
"""What was said this long ago must have been heard."""


PAYMENTS = by_id("payments.payments")
CHARGES = by_id("billing.charges", key="payment_id", open_while="status = 'open' OR ended_at >= $3")


def cross_invariants() -> tuple[Invariant, ...]:
    return (
        swept(
            "I2",
            "captured payments are known to billing, and the other way round",
            Sweep(along=PAYMENTS, moves=True, find=CAPTURED, age=UNDER_WAY),
            Sweep(along=CHARGES, find=CAPTURED, age=UNDER_WAY),
        ),
        swept(
            "I2", "payments and orders agree on amount and currency", Sweep(along=PAYMENTS, moves=True, find=AMOUNTS)
        ),
        swept(
            "I4",
            "refunds are the same in payments and in billing",
            Sweep(along=by_id("payments.refunds"), moves=True, find=REFUNDED, age=UNDER_WAY),
            Sweep(along=by_id("billing.refunds"), moves=True, find=REFUNDED, age=UNDER_WAY),
        ),
        swept(
            "I5",
            "whoever has a running subscription has the role, and nobody else by it",
            Sweep(along=always("billing.subscriptions"), find=ROLES, age=UNDER_WAY),
            Sweep(along=always("identity.role_grants", key="user_id"), find=GRANTS, age=UNDER_WAY),
        ),
    )


CAPTURED = """
SELECT format('payment %s is %s in payments and %s in billing', these.id,
              coalesce(p.status, 'absent'), coalesce(c.status, 'absent')) AS violation
FROM {these} AS these
LEFT JOIN payments.payments AS p ON p.id = these.id
LEFT JOIN billing.charges AS c ON c.payment_id = these.id
WHERE (p.status = 'succeeded') IS DISTINCT FROM (c.status = 'succeeded')
  AND ((p.status = 'succeeded' AND p.updated_at < $3) OR (c.status = 'succeeded' AND c.ended_at < $3))
"""

AMOUNTS = """
SELECT format('payment %s takes %s %s, the charge of order %s %s %s',
              p.id, p.amount_minor, p.currency, o.id, c.amount_minor, o.currency) AS violation
FROM {these} AS these
JOIN payments.payments AS p ON p.id = these.id
JOIN billing.charges AS c ON c.payment_id = these.id
JOIN billing.orders AS o ON o.id = c.order_id
WHERE (p.amount_minor, p.currency) IS DISTINCT FROM (c.amount_minor, o.currency)
"""

REFUNDED = """
SELECT format('refund %s is %s of %s in payments and %s of %s in billing', these.id,
              coalesce(p.status, 'absent'), p.amount_minor, coalesce(b.status, 'absent'), b.amount_minor) AS violation
FROM {these} AS these
LEFT JOIN payments.refunds AS p ON p.id = these.id
LEFT JOIN billing.refunds AS b ON b.id = these.id
WHERE ((p.status = 'succeeded') IS DISTINCT FROM (b.status = 'succeeded') OR p.amount_minor <> b.amount_minor)
  AND coalesce(p.updated_at, b.updated_at) < $3
"""

ROLES = """
SELECT format('subscription %s is %s and its role is %s', s.id, s.status,
              CASE WHEN g.source IS NULL THEN 'absent' ELSE 'there' END) AS violation
FROM billing.subscriptions AS s
LEFT JOIN identity.role_grants AS g ON g.user_id = s.user_id AND g.role = 'subscriber' AND g.source = s.id::text
WHERE s.id > $1 AND s.id <= $2
  AND (s.status IN ('active', 'trialing', 'past_due', 'paused')) <> (g.source IS NOT NULL) AND s.updated_at < $3
"""

GRANTS = """
SELECT format('subscription %s is %s and its role is there', g.source, coalesce(s.status, 'absent')) AS violation
FROM identity.role_grants AS g
LEFT JOIN billing.subscriptions AS s
  ON s.user_id = g.user_id AND s.id = CASE WHEN g.source ~ '^[0-9a-f-]{36}$' THEN g.source::uuid END
WHERE g.user_id > $1 AND g.user_id <= $2 AND g.role = 'subscriber' AND g.source <> 'admin'
  AND s.id IS NULL AND g.granted_at < $3
"""
