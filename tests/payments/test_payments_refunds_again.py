"""What a provider refuses for a passing reason is sent anew for days; what it refuses for good is told at once (M5)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.payments.domain.decline import PASSING
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import PRICE, Stage

POOR = RefundFailure.SHOP_BALANCE_TOO_LOW


@pytest.mark.parametrize("reason", sorted(PASSING))
async def test_a_refund_that_is_refused_for_now_is_made_anew(
    stage: Stage, fake: FakeProvider, reason: RefundFailure
) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [reason, reason]

    status = await stage.payments.refund(refund)
    await stage.pass_time(timedelta(hours=2))
    meanwhile = await stage.rows("SELECT status, reason, refusals, provider_refund_id FROM payments.refunds")
    await stage.pass_time(timedelta(hours=2))

    assert status is RefundStatus.CREATED
    assert meanwhile == [{"status": "created", "reason": reason, "refusals": 2, "provider_refund_id": None}]
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    attempts = await stage.rows(
        "SELECT result FROM payments.attempts WHERE refund_id = $1 ORDER BY id", refund.refund_id
    )
    assert [one["result"] for one in attempts] == ["refused", "refused", "accepted"]
    assert len(fake.sent) == 1 + 3
    assert await stage.names() == ["PaymentSucceeded", "RefundSucceeded"]
    assert await stage.violations() == []


async def test_a_pending_refund_that_is_refused_for_now_is_made_anew(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [RefundStatus.PENDING]
    await stage.payments.refund(refund)
    await stage.pass_time(timedelta(days=9))

    fake.settle_refund(next(iter(fake.refunds)), failure=POOR)
    await stage.pass_time(timedelta(hours=2))

    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert (fake.calls["refund"], fake.returned) == (2, {str(refund.refund_id): 1})


async def test_pauses_grow_and_after_days_it_has_failed(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [POOR] * 100
    await stage.payments.refund(refund)
    counts = []

    for _ in range(8):
        counts.append(fake.calls["refund"])
        await stage.pass_time(timedelta(days=1))

    assert counts == [1, 5, 7, 9, 11, 13, 15, 17]
    assert await stage.refund_status(refund) is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events("RefundFailed")] == [POOR]
    assert fake.returned == {}
    assert await stage.violations() == []


@pytest.mark.parametrize("reason", sorted(set(RefundFailure) - PASSING))
async def test_what_is_refused_for_good_is_told_at_once(
    stage: Stage, fake: FakeProvider, reason: RefundFailure
) -> None:
    fake.next_refunds = [reason]

    status = await stage.payments.refund(stage.make_refund(await stage.pay(fake)))

    assert status is RefundStatus.FAILED
    assert [one["reason"] for one in await stage.events("RefundFailed")] == [reason]
    assert fake.calls["refund"] == 1


async def test_what_is_unknown_is_found_out_before_it_is_made_anew(stage: Stage, fake: FakeProvider) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [POOR]
    fake.fail("refund", Fault.LOST_AFTER)
    status = await stage.payments.refund(refund)

    await stage.pass_time(timedelta(hours=2))

    assert status is RefundStatus.UNKNOWN
    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert (len(fake.refunds), fake.returned) == (2, {str(refund.refund_id): 1})
    keys = await stage.rows("SELECT sends FROM payments.attempts WHERE refund_id IS NOT NULL ORDER BY id")
    assert [one["sends"] for one in keys] == [2, 1]


async def test_money_that_went_back_although_it_was_refused_for_now_is_not_sent_again(
    stage: Stage, fake: FakeProvider
) -> None:
    refund = stage.make_refund(await stage.pay(fake))
    fake.next_refunds = [POOR]
    await stage.payments.refund(refund)
    ((provider_refund_id, refused),) = fake.refunds.items()
    fake.refunds[provider_refund_id] = replace(refused, status=RefundStatus.SUCCEEDED, failure=None)

    await stage.notify(fake.notification("refund.succeeded", provider_refund_id))
    await stage.pass_time(timedelta(days=1))

    assert await stage.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.calls["refund"] == 1
    assert [one["amount"]["minor"] for one in await stage.events("RefundSucceeded")] == [PRICE.minor]
    assert await stage.violations() == []
