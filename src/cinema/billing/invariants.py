"""Queries that must return nothing, in tests and in production."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from cinema.billing.store import ledger
from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.proving import swept
from cinema.kit.sweep import Invariant, Key, Sweep, always, by_id, by_moment, by_number, by_position

STUCK = timedelta(hours=2)
"""Due rows are acted on within this time."""


CHARGES = by_id("billing.charges", key="payment_id", open_while="status = 'open' OR ended_at >= $3")
ORDERS = by_id("billing.orders")
REFUNDS = by_id("billing.refunds")
RIGHTS = by_id("billing.entitlements")
SUBSCRIPTIONS = always("billing.subscriptions")
ANSWERS = by_moment("kit.idempotency", key="created_at")
ENTRIES = by_position("billing.ledger_entries", at="posted_at")
SEALS = by_number("billing.ledger_seals", key="number")
SEALS_OF_A_SLICE = 10
"""Each with up to a thousand entries."""


def invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    return (
        swept("I1", "an order is paid once", Sweep(along=CHARGES, thing="order_id", find=PAID_TWICE)),
        swept("I1", "a period of a subscription is ordered once", Sweep(along=ORDERS, moves=True, find=ORDERED_TWICE)),
        _query("I1", "one charge of a subscription is under way at a time", CHARGED_BESIDE),
        swept(
            "I2",
            "captured money has its effect: a right, or its way back",
            Sweep(along=CHARGES, find=WITHOUT_EFFECT),
            Sweep(along=REFUNDS, thing="payment_id", moves=True, find=WITHOUT_EFFECT),
        ),
        swept("I3", "the ledger balances in every currency", Sweep(along=ENTRIES, thing="id", find=UNBALANCED)),
        swept(
            "I3",
            "captured and returned money is in the ledger, to the kopeck",
            Sweep(along=CHARGES, find=PAYMENT_NOT_BOOKED),
            Sweep(along=REFUNDS, moves=True, find=REFUND_NOT_BOOKED),
        ),
        swept(
            "I3",
            "what was paid ahead and is earned has its closing receipt",
            Sweep(along=ENTRIES, thing="id", find=NOT_CLOSED),
        ),
        swept(
            "I3",
            "stored balances are the sums of their entries",
            Sweep(along=SEALS, find=BALANCES_OFF, limit=SEALS_OF_A_SLICE),
        ),
        swept("I3", "the ledger's hash chain holds", Sweep(along=SEALS, find=_broken_chain, limit=SEALS_OF_A_SLICE)),
        swept("I4", "refunds never exceed the payment", Sweep(along=REFUNDS, moves=True, find=REFUNDED_TOO_MUCH)),
        swept("I5", "a paid period is covered by a right", Sweep(along=SUBSCRIPTIONS, find=NOT_COVERED)),
        swept("I5", "a film that is paid for is given", Sweep(along=ORDERS, moves=True, find=FILM_WITHHELD)),
        swept("I5", "a right rests on a paid order", Sweep(along=RIGHTS, find=RIGHT_WITHOUT_MONEY)),
        swept("I9", "what was answered is stored", Sweep(along=ANSWERS, find=ANSWER_LOST)),
        swept(
            "I11",
            "nothing is charged without a notice that was handed over before",
            Sweep(along=CHARGES, find=CHARGED_UNTOLD),
        ),
        swept(
            "I12",
            "nothing is charged but by the method that was agreed to",
            Sweep(along=CHARGES, find=CHARGED_WITHOUT_CONSENT),
        ),
        Invariant(number="I10", name="nothing in billing is stuck", find=_stuck(clock)),
    )


def _query(number: str, name: str, sql: str) -> Invariant:
    async def find(tx: ReadTx) -> list[str]:
        return [row["violation"] for row in await tx.all(sql + " LIMIT 20")]

    return Invariant(number=number, name=name, find=find)


async def _broken_chain(tx: ReadTx, *, after: Key, until: Key) -> list[str]:
    broken = await ledger.broken_seals(tx, after=after, until=until)
    return [f"seal {number} does not fit its entries" for number in broken]


def _stuck(clock: Clock) -> Callable[[ReadTx], Awaitable[list[str]]]:
    async def find(tx: ReadTx) -> list[str]:
        rows = await tx.all(OVERDUE, clock.now() - STUCK)
        return [row["violation"] for row in rows]

    return find


PAID_TWICE = """
SELECT format('order %s has %s paid charges', c.order_id, count(*)) AS violation
FROM {these} AS these JOIN billing.charges AS c ON c.order_id = these.id
WHERE c.status = 'succeeded' AND NOT c.is_surplus GROUP BY c.order_id HAVING count(*) > 1
"""

ORDERED_TWICE = """
SELECT format('subscription %s has %s orders for period %s', o.subscription_id, count(*), o.period_no) AS violation
FROM (
  SELECT DISTINCT subscription_id, period_no FROM {these} AS these JOIN billing.orders USING (id)
  WHERE status <> 'canceled' AND subscription_id IS NOT NULL
) AS asked JOIN billing.orders AS o USING (subscription_id, period_no)
WHERE o.status IN ('open', 'paid') OR (o.status <> 'canceled' AND EXISTS (
  SELECT FROM billing.entitlements AS e WHERE e.order_id = o.id AND e.kind = 'paid' AND e.revoked_at IS NULL))
GROUP BY o.subscription_id, o.period_no HAVING count(*) > 1
"""

CHARGED_BESIDE = """
SELECT format('subscription %s has %s charges under way', o.subscription_id, count(*)) AS violation
FROM billing.charges AS c JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.status = 'open' AND o.subscription_id IS NOT NULL GROUP BY o.subscription_id HAVING count(*) > 1
"""

WITHOUT_EFFECT = """
SELECT format('payment %s of order %s (%s) gave neither a right nor a refund',
              c.payment_id, o.id, o.status) AS violation
FROM {these} AS these JOIN billing.charges AS c ON c.payment_id = these.id
JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.status = 'succeeded'
  AND (c.is_surplus OR NOT EXISTS (SELECT FROM billing.entitlements WHERE order_id = o.id AND kind = 'paid'))
  AND c.amount_minor > (SELECT coalesce(sum(amount_minor), 0) FROM billing.refunds
                       WHERE order_id = o.id AND payment_id = c.payment_id AND status IN ('requested', 'succeeded'))
"""

UNBALANCED = """
SELECT format('entry %s is off by %s %s', p.entry_id, sum(p.minor), p.currency) AS violation
FROM {these} AS these JOIN billing.ledger_postings AS p ON p.entry_id = these.id
GROUP BY p.entry_id, p.currency HAVING sum(p.minor) <> 0
"""

PAYMENT_NOT_BOOKED = """
SELECT format('payment %s is not in the ledger with %s', c.payment_id, c.amount_minor) AS violation
FROM {these} AS these JOIN billing.charges AS c ON c.payment_id = these.id
WHERE c.status = 'succeeded' AND c.amount_minor IS DISTINCT FROM (
  SELECT -sum(p.minor) FROM billing.ledger_entries AS e JOIN billing.ledger_postings AS p ON p.entry_id = e.id
  WHERE e.kind = 'payment' AND e.source_id = c.payment_id AND p.account = 'liabilities:deferred-revenue')
"""

REFUND_NOT_BOOKED = """
SELECT format('refund %s is not in the ledger with %s', r.id, r.amount_minor) AS violation
FROM {these} AS these JOIN billing.refunds AS r ON r.id = these.id
WHERE r.status = 'succeeded' AND r.amount_minor IS DISTINCT FROM (
  SELECT -sum(p.minor) FROM billing.ledger_entries AS e JOIN billing.ledger_postings AS p ON p.entry_id = e.id
  WHERE e.kind = 'refund' AND e.source_id = r.id AND p.account LIKE 'assets:provider:%')
"""

NOT_CLOSED = """
SELECT format('order %s was paid ahead, and %s of it are earned without a closing receipt',
              e.source_id, p.minor) AS violation
FROM {these} AS these JOIN billing.ledger_entries AS e ON e.id = these.id
JOIN billing.ledger_postings AS p ON p.entry_id = e.id AND p.account = 'liabilities:deferred-revenue'
WHERE e.kind = 'recognition'
  AND EXISTS (SELECT FROM billing.order_lines AS l
              WHERE l.order_id = e.source_id AND l.payment_mode = 'full_prepayment')
  AND NOT EXISTS (SELECT FROM billing.receipts AS r
                  WHERE r.source_id = e.source_id AND r.kind = 'closing' AND r.amount_minor = p.minor)
"""

BALANCES_OFF = """
WITH expected AS (
  SELECT seal, account, currency, sum(minor) AS minor FROM (
    SELECT seal + 1 AS seal, account, currency, minor FROM billing.ledger_balances WHERE seal >= $1 AND seal < $2
    UNION ALL
    SELECT s.seal, p.account, p.currency, p.minor
    FROM billing.ledger_sealed AS s JOIN billing.ledger_postings AS p USING (entry_id)
    WHERE s.seal > $1 AND s.seal <= $2
  ) AS before_and_new GROUP BY seal, account, currency
)
SELECT format('%s %s is stored as %s at seal %s, its entries sum to %s',
              account, currency, b.minor, seal, r.minor) AS violation
FROM (SELECT * FROM billing.ledger_balances WHERE seal > $1 AND seal <= $2) AS b
FULL JOIN expected AS r USING (seal, account, currency)
WHERE b.minor IS DISTINCT FROM r.minor
"""
"""What is stored at a seal is what is stored at the one before and the entries between them."""

REFUNDED_TOO_MUCH = """
SELECT * FROM (
  SELECT format('order %s: %s of %s returned, %s counted',
                o.id, sum(r.amount_minor), o.total_minor, o.refunded_minor) AS violation
  FROM billing.orders AS o JOIN billing.refunds AS r ON r.order_id = o.id AND r.status IN ('requested', 'succeeded')
  WHERE o.id IN (SELECT order_id FROM {these} AS these JOIN billing.refunds USING (id))
    AND NOT EXISTS (SELECT FROM billing.charges WHERE payment_id = r.payment_id AND is_surplus)
  GROUP BY o.id HAVING sum(r.amount_minor) > o.total_minor OR sum(r.amount_minor) <> o.refunded_minor
  UNION ALL
  SELECT format('payment %s, which bought nothing: %s of %s returned',
                c.payment_id, sum(r.amount_minor), c.amount_minor)
  FROM billing.charges AS c
  JOIN billing.refunds AS r
    ON r.order_id = c.order_id AND r.payment_id = c.payment_id AND r.status IN ('requested', 'succeeded')
  WHERE c.is_surplus AND c.payment_id IN (SELECT payment_id FROM {these} AS these JOIN billing.refunds USING (id))
  GROUP BY c.payment_id HAVING sum(r.amount_minor) > c.amount_minor
) AS both_kinds
"""

NOT_COVERED = """
SELECT format('subscription %s is %s for [%s, %s) without a right',
              s.id, s.status, s.period_start, s.period_end) AS violation
FROM billing.subscriptions AS s
WHERE s.id > $1 AND s.id <= $2 AND s.status IN ('active', 'past_due') AND NOT EXISTS (
  SELECT FROM billing.entitlements AS e
  WHERE e.user_id = s.user_id AND e.subscription_id = s.id AND e.kind = 'paid'
    AND e.starts_at = s.period_start AND e.ends_at = s.period_end
    AND (e.revoked_at IS NULL OR EXISTS (
      SELECT FROM billing.refunds
      WHERE order_id = e.order_id AND status = 'requested' AND access_effect = 'revoke')))
"""

RIGHT_WITHOUT_MONEY = """
SELECT format('right %s rests on order %s, which is %s', e.id, o.id, o.status) AS violation
FROM billing.entitlements AS e JOIN billing.orders AS o ON o.id = e.order_id
WHERE e.id > $1 AND e.id <= $2 AND e.kind = 'paid' AND e.revoked_at IS NULL
  AND (o.status NOT IN ('paid', 'partially_refunded', 'refunded')
       OR (o.total_minor > 0 AND NOT EXISTS (
             SELECT FROM billing.charges WHERE order_id = o.id AND status = 'succeeded' AND NOT is_surplus)))
"""

FILM_WITHHELD = """
SELECT format('order %s is %s and gave no right to its film', o.id, o.status) AS violation
FROM {these} AS these JOIN billing.orders AS o ON o.id = these.id
WHERE o.film_id IS NOT NULL AND o.status IN ('paid', 'partially_refunded')
  AND NOT EXISTS (SELECT FROM billing.entitlements WHERE order_id = o.id AND film_id = o.film_id)
"""

ANSWER_LOST = """
SELECT format('the answer to %s names order %s, which is not there', scope, order_id) AS violation
FROM (
  SELECT scope, body #>> '{order,id}' AS order_id FROM kit.idempotency
  WHERE created_at > $1 AND created_at <= $2 OFFSET 0  -- the answer is read once
) AS k
WHERE order_id IS NOT NULL AND NOT EXISTS (SELECT FROM billing.orders WHERE id = order_id::uuid)
"""

CHARGED_UNTOLD = """
SELECT format('payment %s of order %s was asked for at %s without a notice of it', c.payment_id, c.order_id,
              c.requested_at) AS violation
FROM {these} AS these JOIN billing.charges AS c ON c.payment_id = these.id
JOIN billing.orders AS o ON o.id = c.order_id
WHERE c.method_id IS NOT NULL AND NOT c.is_of_before AND NOT EXISTS (
  SELECT FROM billing.notices AS n
  WHERE n.id = c.notice_id AND n.subscription_id = o.subscription_id AND n.method_id = c.method_id
    AND n.amount_minor = c.amount_minor AND n.currency = o.currency
    AND n.delivered_at <= c.requested_at AND n.charge_at <= c.requested_at)
"""

CHARGED_WITHOUT_CONSENT = """
SELECT format('payment %s of order %s was asked for at %s by a method that was not agreed to', c.payment_id,
              c.order_id, c.requested_at) AS violation
FROM {these} AS these JOIN billing.charges AS c ON c.payment_id = these.id
JOIN billing.orders AS o ON o.id = c.order_id
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
