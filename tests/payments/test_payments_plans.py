"""What the hot paths ask for is found by an index, however few rows the statistics promise."""

from datetime import UTC, datetime
from uuid import UUID

from cinema.contracts.enums import RefundStatus
from cinema.contracts.ids import PaymentId, RefundId, UserId
from cinema.kit.db import Database
from cinema.payments.domain.attempt import Result
from cinema.payments.domain.method import Token
from cinema.payments.store import attempts, bindings, methods, payments, receipts, refunds
from payments.test_payments_domain import REFUND, make_refund
from payments.test_payments_findings import SENT, make_attempt, make_method
from payments.test_payments_receipts_domain import SENT as SENT_RECEIPT
from plans import Plans

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
ID = PaymentId(UUID(int=1))


async def test_a_batch_of_charges_is_claimed_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await payments.due_to_charge(plans, providers=["fake"], now=NOW, limit=100)
        await payments.due_to_ask_about(plans, providers=["fake"], now=NOW, limit=100)
        await methods.lock_active(plans, [make_method().method_id])
        await attempts.latest_charges(plans, [ID])
        await attempts.first_sent(plans, [ID])
        await payments.requests(plans, [ID])
        await attempts.send_again(plans, [make_attempt(SENT)], now=NOW)

    assert (len(plans.found), plans.slow()) == (7, [])
    due, to_ask_about, active, *_ = plans.found
    assert ("payments_to_charge" in due, "payments_to_ask_about" in to_ask_about) == (True, True)
    assert (due.count("payments_of_order"), to_ask_about.count("payments_of_order")) == (1, 1)
    assert "methods_pkey" in active


async def test_a_batch_of_findings_is_recorded_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await payments.lock_all(plans, [ID])
        await payments.owners(plans, {("fake", "p")})
        await methods.known(plans, [make_method().method_id], [Token(provider="fake", token="t")])
        await payments.save(plans, [SENT])
        await attempts.settle_charges(plans, {ID: Result.ACCEPTED}, now=NOW)

    assert (len(plans.found), plans.slow()) == (5, [])


async def test_a_batch_of_refunds_is_handled_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await refunds.due_to_send(plans, providers=["fake"], now=NOW, limit=100)
        await refunds.due_to_ask_about(plans, providers=["fake"], now=NOW, limit=100)
        await attempts.latest_refunds(plans, [RefundId(ID)])
        await payments.provider_ids(plans, [ID])
        await refunds.save(plans, [make_refund(RefundStatus.CREATED)])
        await attempts.settle_refunds(plans, {REFUND.refund_id: Result.ACCEPTED}, now=NOW)
        await payments.release_refunds(plans, {ID: 1})

    assert (len(plans.found), plans.slow()) == (7, [])
    assert ("refunds_to_send" in plans.found[0], "refunds_to_reconcile" in plans.found[1]) == (True, True)


async def test_bindings_are_found_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await bindings.due(plans, providers=["fake"], now=NOW, limit=100)
        await bindings.begun_since(plans, UserId(ID), since=NOW, limit=5)
        await bindings.id_at_provider(plans, provider="fake", provider_method_id="m")
        await bindings.forget(plans, before=NOW, limit=100)

    assert (len(plans.found), plans.slow()) == (4, [])
    assert ("bindings_due" in plans.found[0], "bindings_of_user" in plans.found[1]) == (True, True)


async def test_receipts_are_found_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await receipts.due(plans, providers=["fake"], now=NOW, limit=100)
        await receipts.lock(plans, ID)
        await receipts.save(plans, [SENT_RECEIPT])
        await receipts.forget_addresses(plans, before=NOW, limit=100)

    assert (len(plans.found), plans.slow()) == (4, [])
    assert ("receipts_due" in plans.found[0], "receipts_with_address" in plans.found[3]) == (True, True)


async def test_what_is_heard_and_asked_is_found_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await methods.providers_of(plans, [make_method().method_id])
        await methods.of_user(plans, UserId(ID))
        await payments.has_paid(plans, SENT.order_id, but=ID)

    assert (len(plans.found), plans.slow()) == (3, [])
    assert "methods_pkey" in plans.found[0]


async def test_what_is_to_be_forgotten_is_found_by_indexes(db: Database) -> None:
    async with db.write() as tx:
        plans = Plans(tx)
        await attempts.forget(plans, before=NOW, limit=100)
        await payments.forget_addresses(plans, before=NOW, limit=100)
        await refunds.forget_addresses(plans, before=NOW, limit=100)

    assert (len(plans.found), plans.slow()) == (3, [])
    assert [plan.count("_with_address") for plan in plans.found] == [0, 1, 1]
