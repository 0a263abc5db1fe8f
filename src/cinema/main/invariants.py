"""Invariants that no context can see alone: what one says must be what the other heard.

Only here may one query read the tables of several contexts, and only to compare.
"""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.module import Invariant

UNDER_WAY = timedelta(hours=1)
"""What was said this long ago must have been heard."""


def cross_invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    return (
        _query("I2", "captured payments are known to billing, and the other way round", CAPTURED, clock),
        _query("I2", "payments and orders agree on amount and currency", AMOUNTS, clock),
        _query("I4", "refunds are the same in payments and in billing", REFUNDED, clock),
        _query("I5", "whoever has a running subscription has the role, and nobody else by it", ROLES, clock),
    )


def _query(number: str, name: str, sql: str, clock: Clock) -> Invariant:
    async def find(tx: ReadTx) -> list[str]:
        rows = await tx.all(f"SELECT violation FROM ({sql}) AS found LIMIT 20", clock.now() - UNDER_WAY)  # noqa: S608 - our own text
        return [row["violation"] for row in rows]

    return Invariant(number=number, name=name, find=find)


CAPTURED = """
SELECT format('payment %s is %s in payments and %s in billing', coalesce(p.id, c.payment_id),
              coalesce(p.status, 'absent'), coalesce(c.status, 'absent')) AS violation
FROM payments.payments AS p FULL JOIN billing.charges AS c ON c.payment_id = p.id
WHERE (p.status = 'succeeded') IS DISTINCT FROM (c.status = 'succeeded')
  AND ((p.status = 'succeeded' AND p.updated_at < $1) OR (c.status = 'succeeded' AND c.ended_at < $1))
"""

AMOUNTS = """
SELECT format('payment %s takes %s %s, the charge of order %s %s %s',
              p.id, p.amount_minor, p.currency, o.id, c.amount_minor, o.currency) AS violation
FROM payments.payments AS p
JOIN billing.charges AS c ON c.payment_id = p.id
JOIN billing.orders AS o ON o.id = c.order_id
WHERE (p.amount_minor, p.currency) IS DISTINCT FROM (c.amount_minor, o.currency) AND $1::timestamptz IS NOT NULL
"""

REFUNDED = """
SELECT format('refund %s is %s of %s in payments and %s of %s in billing', coalesce(p.id, b.id),
              coalesce(p.status, 'absent'), p.amount_minor, coalesce(b.status, 'absent'), b.amount_minor) AS violation
FROM payments.refunds AS p FULL JOIN billing.refunds AS b ON b.id = p.id
WHERE ((p.status = 'succeeded') IS DISTINCT FROM (b.status = 'succeeded') OR p.amount_minor <> b.amount_minor)
  AND coalesce(p.updated_at, b.updated_at) < $1
"""

ROLES = """
SELECT format('subscription %s is %s and its role is %s', coalesce(s.id::text, g.source),
              coalesce(s.status, 'absent'), CASE WHEN g.source IS NULL THEN 'absent' ELSE 'there' END) AS violation
FROM billing.subscriptions AS s
FULL JOIN (SELECT * FROM identity.role_grants WHERE role = 'subscriber' AND source <> 'admin') AS g
  ON g.source = s.id::text
WHERE coalesce(s.status IN ('active', 'trialing', 'past_due', 'paused'), false) <> (g.source IS NOT NULL)
  AND coalesce(s.updated_at, g.granted_at) < $1
"""
