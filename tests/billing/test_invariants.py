"""Each invariant is seen failing: the violation is planted, found, and undone."""

import pytest

from billing.corners import charging
from billing.stage import Stage
from cinema.kit.db import Tx
from cinema.kit.proving import check
from cinema.kit.sweep import SETTLED
from within import Within


class Undo(Exception):
    pass


PLANTED = {
    "an order is paid once": """
        DROP INDEX billing.one_paid_charge;
        INSERT INTO billing.charges (payment_id, order_id, attempt, status, amount_minor, requested_at, ended_at)
        SELECT gen_random_uuid(), order_id, 9, 'succeeded', amount_minor, requested_at, ended_at
        FROM billing.charges LIMIT 1""",
    "a period of a subscription is ordered once": """
        DROP INDEX billing.one_order_for_a_period;
        INSERT INTO billing.orders (id, user_id, kind, status, subscription_id, period_no, title_ru, title_en, currency,
          total_minor, email, language, expires_at, created_at, updated_at)
        SELECT gen_random_uuid(), user_id, kind, 'open', subscription_id, period_no, title_ru, title_en, currency,
          total_minor, email, language, expires_at, created_at, updated_at FROM billing.orders LIMIT 1""",
    "one charge of a subscription is under way at a time": """
        INSERT INTO billing.orders (id, user_id, kind, status, subscription_id, period_no, title_ru, title_en, currency,
          total_minor, email, language, expires_at, created_at, updated_at)
        SELECT gen_random_uuid(), user_id, kind, 'open', subscription_id, period_no + n, title_ru, title_en, currency,
          total_minor, email, language, expires_at, created_at, updated_at
        FROM billing.orders, generate_series(1, 2) AS n;
        INSERT INTO billing.charges (payment_id, order_id, attempt, status, amount_minor, requested_at)
        SELECT gen_random_uuid(), id, 1, 'open', total_minor, created_at FROM billing.orders WHERE status = 'open'""",
    "captured money has its effect: a right, or its way back": "DELETE FROM billing.entitlements",
    "the ledger balances in every currency": """
        UPDATE billing.ledger_postings SET minor = minor + 1 WHERE number = 1""",
    "captured and returned money is in the ledger, to the kopeck": """
        UPDATE billing.ledger_postings SET minor = minor + 1 WHERE account = 'liabilities:deferred-revenue'""",
    "what was paid ahead and is earned has its closing receipt": """
        UPDATE billing.order_lines SET payment_mode = 'full_prepayment';
        UPDATE billing.ledger_entries SET kind = 'recognition', source_id = order_id""",
    "stored balances are the sums of their entries": """
        UPDATE billing.ledger_balances SET minor = minor + 1 WHERE minor > 0""",
    "the ledger's hash chain holds": "UPDATE billing.ledger_entries SET posted_at = posted_at + interval '1 second'",
    "refunds never exceed the payment": """
        INSERT INTO billing.refunds (id, order_id, user_id, payment_id, status, amount_minor, currency, access_effect,
          reason, created_at, updated_at)
        SELECT gen_random_uuid(), id, user_id, id, 'succeeded', total_minor + 1, currency, 'keep', 'x', created_at,
          created_at FROM billing.orders LIMIT 1""",
    "a paid period is covered by a right": "UPDATE billing.entitlements SET ends_at = ends_at - interval '1 second'",
    "a film that is paid for is given": """
        UPDATE billing.orders SET goods = 'film_purchase', film_id = id, subscription_id = NULL, period_no = NULL""",
    "a right rests on a paid order": """
        UPDATE billing.orders SET status = 'canceled', paid_at = NULL""",
    "what was answered is stored": """
        UPDATE kit.idempotency SET body = jsonb_set(body::jsonb, '{order,id}', to_jsonb(gen_random_uuid()))::json""",
    "nothing is charged without a notice that was handed over before": """
        UPDATE billing.charges SET method_id = gen_random_uuid()""",
    "nothing is charged but by the method that was agreed to": """
        UPDATE billing.charges SET method_id = gen_random_uuid()""",
    "nothing in billing is stuck": """
        UPDATE billing.subscriptions SET next_attempt_at = next_attempt_at - interval '60 days'""",
}


SURPLUS = """
INSERT INTO billing.charges (payment_id, order_id, attempt, status, is_surplus, amount_minor, requested_at, ended_at)
SELECT '0190a000-0000-7000-8000-00000000ffff', order_id, 9, 'succeeded', true, amount_minor, requested_at, ended_at
FROM billing.charges LIMIT 1;
INSERT INTO billing.refunds (id, order_id, user_id, payment_id, status, amount_minor, currency, access_effect, reason,
  created_at, updated_at)
SELECT gen_random_uuid(), id, user_id, '0190a000-0000-7000-8000-00000000ffff', 'succeeded', total_minor + {more},
  currency, 'keep', 'x', created_at, created_at FROM billing.orders LIMIT 1"""

OF_A_SURPLUS = {
    "captured money has its effect: a right, or its way back": SURPLUS.format(more=-1),
    "refunds never exceed the payment": SURPLUS.format(more=1),
    "a right rests on a paid order": "UPDATE billing.charges SET is_surplus = true",
    "captured and returned money is in the ledger, to the kopeck": SURPLUS.format(more=0).partition(";")[0],
}


RENEWED = {
    "another method was named": ("I11", "UPDATE billing.notices SET method_id = gen_random_uuid()"),
    "another amount was named": ("I11", "UPDATE billing.notices SET amount_minor = amount_minor - 1"),
    "a later time was named": ("I11", "UPDATE billing.notices SET charge_at = charge_at + interval '1 day'"),
    "it was handed over afterwards": ("I11", "UPDATE billing.notices SET delivered_at = charge_at + interval '1 day'"),
    "it was never handed over": ("I11", "UPDATE billing.notices SET delivered_at = NULL"),
    "it was of another subscription": ("I11", "UPDATE billing.notices SET subscription_id = gen_random_uuid()"),
    "another method was agreed to": ("I12", "UPDATE billing.agreements SET method_id = gen_random_uuid()"),
    "it was agreed to afterwards": ("I12", "UPDATE billing.agreements SET bound_at = bound_at + interval '1 year'"),
    "the agreement had ended": ("I12", "UPDATE billing.agreements SET ended_at = bound_at"),
    "somebody else had agreed": ("I12", "UPDATE billing.agreements SET user_id = gen_random_uuid()"),
}


@pytest.mark.parametrize("fault", RENEWED)
async def test_a_charge_that_nobody_agreed_to_or_was_told_of_is_found(stage: Stage, fault: str) -> None:
    await charging(stage)
    number, violation = RENEWED[fault]
    invariant = next(one for one in stage.billing.module.invariants if one.number == number)
    found: list[list[str]] = []

    async def work(tx: Tx) -> None:
        found.append(await invariant.find(tx))
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute(violation)
        found.append(await invariant.find(tx))
        raise Undo

    with pytest.raises(Undo):
        await stage.db.transact(work)

    assert (found[0], len(found[1])) == ([], 1)


async def test_every_invariant_has_its_violation(stage: Stage) -> None:
    assert {one.name for one in stage.billing.module.invariants} == set(PLANTED)


@pytest.mark.parametrize(("name", "violation"), [*PLANTED.items(), *OF_A_SURPLUS.items()])
async def test_a_planted_violation_is_found(stage: Stage, name: str, violation: str) -> None:
    await stage.subscribed(stage.new_user())
    invariant = next(one for one in stage.billing.module.invariants if one.name == name)
    found: list[list[str]] = []

    async def work(tx: Tx) -> None:
        found.append(await invariant.find(tx))
        await tx.execute("SET LOCAL session_replication_role = replica")
        for statement in violation.split(";"):
            await tx.execute(statement)
        found.append(await invariant.find(tx))
        for is_whole in (False, True):
            checked = await check(Within(tx, stage.db), invariant, seconds=60, is_whole=is_whole)
            found.append([*checked.found])
        raise Undo

    with pytest.raises(Undo):
        await stage.db.transact(work)

    assert found[0] == []
    assert len(found[1]) == 1
    assert found[2] == found[3] == found[1]


async def found_later(stage: Stage, name: str, *planted: str) -> list[list[str]]:
    """What a check finds on the way from its mark after each statement, and at last when it looks at everything.

    Before that all is clean, and old enough to be proved for good.
    """
    await stage.subscribed(stage.new_user())
    stage.clock.advance(2 * SETTLED)
    invariant = next(one for one in stage.billing.module.invariants if one.name == name)
    found: list[list[str]] = []

    async def work(tx: Tx) -> None:
        within = Within(tx, stage.db)
        await tx.execute("SET LOCAL session_replication_role = replica")
        for statement in ("SELECT 1", *planted):
            await tx.execute(statement)
            found.append([*(await check(within, invariant, seconds=60)).found])
        found.append([*(await check(within, invariant, seconds=60, is_whole=True)).found])
        raise Undo

    with pytest.raises(Undo):
        await stage.db.transact(work)
    return found


@pytest.mark.parametrize(
    ("name", "violation"),
    [
        ("the ledger balances in every currency", PLANTED["the ledger balances in every currency"]),
        ("stored balances are the sums of their entries", PLANTED["stored balances are the sums of their entries"]),
        ("the ledger's hash chain holds", PLANTED["the ledger's hash chain holds"]),
        (
            "captured and returned money is in the ledger, to the kopeck",
            PLANTED["captured and returned money is in the ledger, to the kopeck"],
        ),
        ("a film that is paid for is given", PLANTED["a film that is paid for is given"]),
        ("a right rests on a paid order", PLANTED["a right rests on a paid order"]),
        ("what was answered is stored", PLANTED["what was answered is stored"]),
    ],
)
async def test_what_is_broken_behind_the_mark_is_found_by_the_whole_pass(
    stage: Stage, name: str, violation: str
) -> None:
    clean, passed_by, whole = await found_later(stage, name, violation)

    assert (clean, passed_by) == ([], [])
    assert len(whole) == 1


async def test_what_may_always_change_is_always_looked_at(stage: Stage) -> None:
    name = "a paid period is covered by a right"

    clean, found, whole = await found_later(stage, name, PLANTED[name])

    assert clean == []
    assert len(found) == 1
    assert found == whole


async def test_what_has_moved_since_is_looked_at_wherever_it_stands(stage: Stage) -> None:
    name = "a film that is paid for is given"
    moved = """INSERT INTO kit.state_history (entity, entity_id, from_state, to_state, at)
               SELECT 'billing.orders', id, 'open', 'paid', updated_at + interval '2 hours' FROM billing.orders"""

    clean, passed_by, found, whole = await found_later(stage, name, PLANTED[name], moved)

    assert (clean, passed_by) == ([], [])
    assert len(found) == 1
    assert found == whole


async def test_what_is_open_holds_the_mark(stage: Stage) -> None:
    name = "captured and returned money is in the ledger, to the kopeck"
    opened = """INSERT INTO billing.charges (payment_id, order_id, attempt, status, amount_minor, requested_at)
                SELECT overlay(payment_id::text PLACING 'fff' FROM 34)::uuid, order_id, 9, 'open', amount_minor,
                       requested_at
                FROM billing.charges"""
    succeeded = """UPDATE billing.charges SET status = 'succeeded', is_surplus = true, ended_at = requested_at
                   WHERE status = 'open'"""

    clean, still_open, found, whole = await found_later(stage, name, opened, succeeded)

    assert (clean, still_open) == ([], [])
    assert len(found) == 1
    assert found == whole
