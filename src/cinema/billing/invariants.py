"""Queries that must return nothing, in tests and in production."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from cinema.billing.store import ledger
from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.module import Invariant

STUCK = timedelta(hours=2)
"""Due rows are acted on within this time."""


def invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    return (
        _query("I1", "an order is paid once", PAID_TWICE),
        _query("I1", "a period of a subscription is ordered once", ORDERED_TWICE),
        _query("I1", "one charge of a subscription is under way at a time", CHARGED_BESIDE),
        _query("I2", "captured money has its effect: a right, or its way back", WITHOUT_EFFECT),
        _query("I3", "the ledger balances in every currency", UNBALANCED),
        _query("I3", "captured and returned money is in the ledger, to the kopeck", NOT_BOOKED),
        _query("I3", "stored balances are the sums of their entries", BALANCES_OFF),
        Invariant(number="I3", name="the ledger's hash chain holds", find=_broken_chain),
        _query("I4", "refunds never exceed the payment", REFUNDED_TOO_MUCH),
        _query("I5", "a paid period is covered by a right", NOT_COVERED),
        _query("I5", "a film that is paid for is given", FILM_WITHHELD),
        _query("I5", "a right rests on a paid order", RIGHT_WITHOUT_MONEY),
        _query("I9", "what was answered is stored", ANSWER_LOST),
        _query("I11", "nothing is charged without a notice that was handed over before", CHARGED_UNTOLD),
        _query("I12", "nothing is charged but by the method that was agreed to", CHARGED_WITHOUT_CONSENT),
        Invariant(number="I10", name="nothing in billing is stuck", find=_stuck(clock)),
    )


def _query(number: str, name: str, sql: str) -> Invariant:
    async def find(tx: ReadTx) -> list[str]:
        return [row["violation"] for row in await tx.all(sql + " LIMIT 20")]

    return Invariant(number=number, name=name, find=find)


async def _broken_chain(tx: ReadTx) -> list[str]:
    return [f"seal {number} does not fit its entries" for number in await ledger.broken_seals(tx)]


def _stuck(clock: Clock) -> Callable[[ReadTx], Awaitable[list[str]]]:
    async def find(tx: ReadTx) -> list[str]:
        rows = await tx.all(OVERDUE, clock.now() - STUCK)
        return [row["violation"] for row in rows]

    return find


PAID_TWICE = """
SELECT format('order %s has %s paid charges', order_id, count(*)) AS violation
FROM billing.charges WHERE status = 'succeeded' AND NOT is_surplus GROUP BY order_id HAVING count(*) > 1
"""

ORDERED_TWICE = """
SELECT format('subscription %s has %s orders for period %s', subscription_id, count(*), period_no) AS violation
FROM billing.orders WHERE status <> 'canceled' AND subscription_id IS NOT NULL
GROUP BY subscription_id, period_no HAVING count(*) > 1
"""

CHARGED_BESIDE = """
SELECT format('subscription %s has %s charges under way', o.subscription_id, count(*)) AS violation
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.status = 'open' AND o.subscription_id IS NOT NULL GROUP BY o.subscription_id HAVING count(*) > 1
"""

WITHOUT_EFFECT = """
SELECT format('payment %s of order %s (%s) gave neither a right nor a refund',
              c.payment_id, o.id, o.status) AS violation
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.status = 'succeeded'
  AND (c.is_surplus OR NOT EXISTS (SELECT FROM billing.entitlements WHERE order_id = o.id AND kind = 'paid'))
  AND c.amount_minor > (SELECT coalesce(sum(amount_minor), 0) FROM billing.refunds
                       WHERE order_id = o.id AND payment_id = c.payment_id AND status IN ('requested', 'succeeded'))
"""

UNBALANCED = """
SELECT format('entry %s is off by %s %s', entry_id, sum(minor), currency) AS violation
FROM billing.ledger_postings GROUP BY entry_id, currency HAVING sum(minor) <> 0
"""

NOT_BOOKED = """
SELECT * FROM (
  SELECT format('payment %s is not in the ledger with %s', c.payment_id, c.amount_minor) AS violation
  FROM billing.charges AS c
  WHERE c.status = 'succeeded' AND c.amount_minor IS DISTINCT FROM (
    SELECT -sum(p.minor) FROM billing.ledger_entries AS e JOIN billing.ledger_postings AS p ON p.entry_id = e.id
    WHERE e.kind = 'payment' AND e.source_id = c.payment_id AND p.account = 'liabilities:deferred-revenue')
  UNION ALL
  SELECT format('refund %s is not in the ledger with %s', r.id, r.amount_minor)
  FROM billing.refunds AS r
  WHERE r.status = 'succeeded' AND r.amount_minor IS DISTINCT FROM (
    SELECT -sum(p.minor) FROM billing.ledger_entries AS e JOIN billing.ledger_postings AS p ON p.entry_id = e.id
    WHERE e.kind = 'refund' AND e.source_id = r.id AND p.account LIKE 'assets:provider:%')
) AS both_kinds
"""

BALANCES_OFF = """
SELECT format('%s %s is stored as %s at seal %s, its entries sum to %s',
              b.account, b.currency, b.minor, b.seal, r.minor) AS violation
FROM (
  SELECT * FROM billing.ledger_balances WHERE seal = (SELECT max(number) FROM billing.ledger_seals)
) AS b FULL JOIN (
  SELECT account, currency, sum(minor) AS minor
  FROM billing.ledger_postings JOIN billing.ledger_sealed USING (entry_id) GROUP BY account, currency
) AS r USING (account, currency)
WHERE b.minor IS DISTINCT FROM r.minor
"""

REFUNDED_TOO_MUCH = """
SELECT * FROM (
  SELECT format('order %s: %s of %s returned, %s counted',
                o.id, sum(r.amount_minor), o.total_minor, o.refunded_minor) AS violation
  FROM billing.orders AS o
  JOIN billing.refunds AS r ON r.order_id = o.id AND r.status IN ('requested', 'succeeded')
  WHERE NOT EXISTS (SELECT FROM billing.charges WHERE payment_id = r.payment_id AND is_surplus)
  GROUP BY o.id HAVING sum(r.amount_minor) > o.total_minor OR sum(r.amount_minor) <> o.refunded_minor
  UNION ALL
  SELECT format('payment %s, which bought nothing: %s of %s returned',
                c.payment_id, sum(r.amount_minor), c.amount_minor)
  FROM billing.charges AS c
  JOIN billing.refunds AS r ON r.payment_id = c.payment_id AND r.status IN ('requested', 'succeeded')
  WHERE c.is_surplus GROUP BY c.payment_id HAVING sum(r.amount_minor) > c.amount_minor
) AS both_kinds
"""

NOT_COVERED = """
SELECT format('subscription %s is %s for [%s, %s) without a right',
              s.id, s.status, s.period_start, s.period_end) AS violation
FROM billing.subscriptions AS s
WHERE s.status IN ('active', 'past_due') AND NOT EXISTS (
  SELECT FROM billing.entitlements AS e
  WHERE e.subscription_id = s.id AND e.kind = 'paid' AND e.starts_at = s.period_start AND e.ends_at = s.period_end
    AND (e.revoked_at IS NULL OR EXISTS (
      SELECT FROM billing.refunds
      WHERE order_id = e.order_id AND status = 'requested' AND access_effect = 'revoke')))
"""

RIGHT_WITHOUT_MONEY = """
SELECT format('right %s rests on order %s, which is %s', e.id, o.id, o.status) AS violation
FROM billing.entitlements AS e JOIN billing.orders AS o ON o.id = e.order_id
WHERE e.kind = 'paid' AND e.revoked_at IS NULL
  AND (o.status NOT IN ('paid', 'partially_refunded', 'refunded')
       OR (o.total_minor > 0 AND NOT EXISTS (
             SELECT FROM billing.charges WHERE order_id = o.id AND status = 'succeeded' AND NOT is_surplus)))
"""

FILM_WITHHELD = """
SELECT format('order %s is %s and gave no right to its film', o.id, o.status) AS violation
FROM billing.orders AS o
WHERE o.film_id IS NOT NULL AND o.status IN ('paid', 'partially_refunded')
  AND NOT EXISTS (SELECT FROM billing.entitlements WHERE order_id = o.id AND film_id = o.film_id)
"""

ANSWER_LOST = """
SELECT format('the answer to %s names order %s, which is not there', k.scope, k.body #>> '{order,id}') AS violation
FROM kit.idempotency AS k
WHERE k.body #>> '{order,id}' IS NOT NULL
  AND NOT EXISTS (SELECT FROM billing.orders WHERE id = (k.body #>> '{order,id}')::uuid)
"""

CHARGED_UNTOLD = """
SELECT format('payment %s of order %s was asked for at %s without a notice of it', c.payment_id, c.order_id,
              c.requested_at) AS violation
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.method_id IS NOT NULL AND NOT c.is_of_before AND NOT EXISTS (
  SELECT FROM billing.notices AS n
  WHERE n.id = c.notice_id AND n.subscription_id = o.subscription_id AND n.method_id = c.method_id
    AND n.amount_minor = c.amount_minor AND n.currency = o.currency
    AND n.delivered_at <= c.requested_at AND n.charge_at <= c.requested_at)
"""

CHARGED_WITHOUT_CONSENT = """
SELECT format('payment %s of order %s was asked for at %s by a method that was not agreed to', c.payment_id,
              c.order_id, c.requested_at) AS violation
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.method_id IS NOT NULL AND NOT c.is_of_before AND NOT EXISTS (
  SELECT FROM billing.agreements AS a
  WHERE a.subscription_id = o.subscription_id AND a.user_id = o.user_id AND a.method_id = c.method_id
    AND a.bound_at <= c.requested_at AND (a.ended_at IS NULL OR a.ended_at >= c.requested_at))
"""

OVERDUE = """
SELECT * FROM (
  SELECT format('subscription %s was due at %s', id, next_attempt_at) AS violation
  FROM billing.subscriptions WHERE status <> 'ended' AND next_attempt_at <= $1
  UNION ALL
  SELECT format('subscription %s goes on since %s, neither paid nor in its grace', id, period_end)
  FROM billing.subscriptions AS s WHERE status IN ('active', 'past_due') AND period_end <= $1
    AND NOT EXISTS (SELECT FROM billing.entitlements
                    WHERE subscription_id = s.id AND kind = 'grace' AND revoked_at IS NULL AND ends_at > $1)
    AND NOT EXISTS (SELECT FROM billing.orders WHERE subscription_id = s.id AND status = 'open' AND expires_at > $1)
    AND NOT EXISTS (SELECT FROM billing.notices WHERE id = s.notice_id AND charge_at > $1)
  UNION ALL
  SELECT format('order %s was to be recognized at %s', id, recognize_at)
  FROM billing.orders WHERE recognize_at <= $1
  UNION ALL
  SELECT format('order %s was to be given up at %s and no payment is under way', id, give_up_at)
  FROM billing.orders AS o WHERE give_up_at <= $1
    AND NOT EXISTS (SELECT FROM billing.charges WHERE order_id = o.id AND status = 'open')
) AS all_kinds LIMIT 20
"""
