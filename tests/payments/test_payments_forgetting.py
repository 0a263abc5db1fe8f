"""What nobody needs any more is forgotten: what was sent, and the addresses that receipts went to (K10)."""

from datetime import timedelta
from uuid import UUID

import pytest

from cinema.contracts.enums import PaymentStatus, RefundStatus
from cinema.kit.ids import lowest_id, uuid7
from cinema.kit.settings import BadSetting
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.forgetting import Forgetting
from payments.binding import begun
from payments.stage import Stage, make_settings

ADDRESSES = """
SELECT request #>> '{receipt,email}' AS email FROM payments.payments
UNION ALL SELECT request #>> '{receipt,email}' FROM payments.refunds
"""


async def attempts(stage: Stage) -> list[UUID]:
    return [row["payment_id"] for row in await stage.rows("SELECT payment_id FROM payments.attempts ORDER BY id")]


async def addresses(stage: Stage) -> list[str]:
    return sorted(row["email"] for row in await stage.rows(ADDRESSES))


async def test_what_was_sent_and_to_whom_is_forgotten_after_a_time(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    refund = stage.make_refund(paid)
    await stage.payments.refund(refund)
    unsent = stage.make_request(lives=timedelta(minutes=1))
    fake.fail("charge", Fault.NOT_SENT)
    await stage.payments.request(unsent)
    await stage.withdraw(unsent)
    forget = {job.name: job.run for job in stage.jobs}["payments.forget_attempts"]

    stage.clock.advance(timedelta(days=399))
    early = await forget()
    kept = (len(await attempts(stage)), await addresses(stage))
    waiting = stage.make_request(lives=timedelta(days=3))
    fake.fail("charge", Fault.LOST_BEFORE)
    await stage.payments.request(waiting)
    stage.clock.advance(timedelta(days=2))
    forgotten = await forget()

    assert (early, kept) == (0, (3, ["viewer@cinema.test"] * 3))
    assert forgotten == 2 + 3  # the attempt that is open stays
    assert await attempts(stage) == [unsent.payment_id, waiting.payment_id]
    assert await addresses(stage) == ["", "", "", "viewer@cinema.test"]
    assert await forget() == 0
    assert (await stage.view(paid)).status is PaymentStatus.SUCCEEDED
    assert (await stage.view(paid)).amount == paid.amount
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED


async def test_a_refund_by_hand_may_come_after_the_address_is_forgotten(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    stage.clock.advance(timedelta(days=401))
    jobs = {job.name: job.run for job in stage.jobs}
    await jobs["payments.forget_attempts"]()

    seen = fake.refund_by_hand(await stage.provider_id(paid.payment_id), paid.amount)
    await stage.notify(fake.notification("refund.succeeded", seen.provider_refund_id))
    await stage.drain()

    assert await stage.verdicts() == [("applied", None)]
    assert await addresses(stage) == ["", ""]
    assert (await stage.names())[-1] == "RefundSucceeded"


async def test_one_transaction_forgets_so_many_of_each_kind(stage: Stage, fake: FakeProvider) -> None:
    for _ in range(3):
        await stage.pay(fake)
    stage.clock.advance(timedelta(days=31))
    forgetting = Forgetting(db=stage.db)

    counts = [await forgetting.forget(older_than=timedelta(days=30), limit=2) for _ in range(3)]

    assert counts == [4, 2, 0]


def test_a_key_is_never_forgotten_while_a_provider_knows_it() -> None:
    with pytest.raises(BadSetting, match="30"):
        make_settings(attempt_days_kept=29)


async def test_the_lowest_id_of_a_moment_stands_between_what_came_before_and_after(stage: Stage) -> None:
    now = stage.clock.now()

    assert uuid7(now - timedelta(milliseconds=1)) < lowest_id(now) < uuid7(now)


async def test_what_was_sent_is_kept_while_the_end_of_a_refund_is_not_known(stage: Stage, fake: FakeProvider) -> None:
    slow = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [RefundStatus.PENDING]
    await stage.payments.refund(slow)
    forget = {job.name: job.run for job in stage.jobs}["payments.forget_attempts"]

    stage.clock.advance(timedelta(days=401))
    forgotten = await forget()
    fake.settle_refund(next(iter(fake.refunds)))
    await stage.drain()

    assert forgotten == 1 + 1  # the charge and its address
    assert await stage.refund_status(slow) is RefundStatus.SUCCEEDED


async def test_bindings_are_forgotten_after_a_time(stage: Stage) -> None:
    over = await begun(stage)
    await stage.pass_time(timedelta(hours=1))
    stage.clock.advance(timedelta(days=401))
    open_still = await begun(stage, key="another-key")
    stage.clock.advance(timedelta(minutes=1))
    forget = {job.name: job.run for job in stage.jobs}["payments.forget_attempts"]

    forgotten = await forget()

    assert forgotten == 1
    left = await stage.rows("SELECT id FROM payments.bindings")
    assert [str(row["id"]) for row in left] == [open_still["id"]]
    assert over["id"] != open_still["id"]
