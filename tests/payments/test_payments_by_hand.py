"""Refunds that somebody makes at the provider, and refunds of ours that went through after all: our books follow."""

import asyncio
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cinema.contracts.enums import PaymentStatus, RefundFailure, RefundStatus
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.money import Money
from cinema.payments.domain.decline import CancelReason
from cinema.payments.domain.payment import LEASE
from cinema.payments.domain.port import Canceled, SeenRefund
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.crash_points import CrashPoint
from payments.death import Death, Killed
from payments.stage import PRICE, Stage

PART = Money(minor=10000, currency="RUB")


async def tell(stage: Stage, fake: FakeProvider, seen: SeenRefund) -> None:
    assert await stage.notify(fake.notification("refund.succeeded", seen.provider_refund_id)) == 200
    await stage.drain()


async def by_hand(stage: Stage, fake: FakeProvider, paid: PaymentRequest, amount: Money = PART) -> SeenRefund:
    return fake.refund_by_hand(await stage.provider_id(paid.payment_id), amount)


async def kept(stage: Stage) -> list[tuple[object, ...]]:
    rows = await stage.rows("SELECT origin, status, amount_minor FROM payments.refunds ORDER BY id")
    return [tuple(row.values()) for row in rows]


def critical(lines: list[MutableMapping[str, Any]]) -> list[str]:
    return [str(line["event"]) for line in lines if line["log_level"] == "critical"]


@pytest.mark.parametrize("amount", [PART, PRICE])
async def test_a_refund_made_at_the_provider_becomes_ours(stage: Stage, fake: FakeProvider, amount: Money) -> None:
    paid = await stage.pay(fake)

    await tell(stage, fake, seen := await by_hand(stage, fake, paid, amount))

    (row,) = await stage.rows("SELECT * FROM payments.refunds")
    assert (row["origin"], row["status"], row["provider_refund_id"]) == (
        "provider",
        "succeeded",
        seen.provider_refund_id,
    )
    assert (row["payment_id"], row["order_id"], row["next_attempt_at"]) == (paid.payment_id, paid.order_id, None)
    assert sum(line["unit"]["minor"] * line["quantity"] for line in row["request"]["receipt"]["lines"]) == amount.minor
    (event,) = await stage.events("RefundSucceeded")
    assert (event["origin"], event["refund_id"], event["amount"]["minor"]) == ("provider", str(row["id"]), amount.minor)
    assert await stage.verdicts() == [("applied", None)]
    assert await stage.violations() == []


async def test_fifty_twins_of_a_refund_made_at_the_provider_act_once(stage: Stage, fake: FakeProvider) -> None:
    seen = await by_hand(stage, fake, await stage.pay(fake))
    body = fake.notification("refund.succeeded", seen.provider_refund_id)

    await asyncio.gather(*(stage.notify(body) for _ in range(50)))
    await stage.drain()
    stage.clock.advance(timedelta(days=3))
    await stage.notify(body)
    await stage.drain()

    assert await kept(stage) == [("provider", "succeeded", PART.minor)]
    assert (await stage.names()).count("RefundSucceeded") == 1
    assert Counter(outcome for outcome, _ in await stage.verdicts()) == {"applied": 1, "duplicate": 50}


async def test_refunds_made_at_the_provider_count_with_ours(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    await stage.payments.refund(stage.make_refund(paid, amount=Money(minor=20000, currency="RUB")))
    await tell(stage, fake, await by_hand(stage, fake, paid))

    too_much = await stage.payments.refund(stage.make_refund(paid, amount=PART))
    rest = await stage.payments.refund(stage.make_refund(paid, amount=Money(minor=9900, currency="RUB")))

    assert (too_much, rest) == (RefundStatus.FAILED, RefundStatus.SUCCEEDED)
    assert await stage.violations() == []


@pytest.mark.parametrize("point", [CrashPoint.REFUND_CHANGED, CrashPoint.RECORD_CHANGED])
async def test_adopting_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint
) -> None:
    """Where the payment's own success is news, too."""
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    await stage.payments.request(request := stage.make_request())
    fake.confirm(await stage.provider_id(request.payment_id))
    seen = await by_hand(stage, fake, request)
    await stage.notify(fake.notification("refund.succeeded", seen.provider_refund_id))
    before = await stage.snapshot()

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=Death(point)).drain()
    after_death = await stage.snapshot()
    clock.advance(LEASE)
    await stage.drain()

    assert after_death == before
    assert await stage.names() == ["PaymentSucceeded", "RefundSucceeded"]
    assert await kept(stage) == [("provider", "succeeded", PART.minor)]
    assert await stage.violations() == []


async def test_a_refund_of_a_payment_that_we_had_ended_tells_of_both(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    await stage.payments.request(request)
    fake.settle(await stage.provider_id(request.payment_id), Canceled(reason=CancelReason.NOT_CONFIRMED))
    await stage.pass_time(timedelta(minutes=1))
    fake.confirm(await stage.provider_id(request.payment_id))

    await tell(stage, fake, await by_hand(stage, fake, request, PRICE))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentCanceled", "PaymentSucceeded", "RefundSucceeded"]
    assert await stage.violations() == []


async def test_a_provider_that_is_away_is_asked_again(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    fake.fail("read", Fault.LOST_BEFORE, times=2)

    await tell(stage, fake, await by_hand(stage, fake, paid))
    at_once = await kept(stage)
    await stage.pass_time(timedelta(minutes=5))

    assert at_once == []
    assert await kept(stage) == [("provider", "succeeded", PART.minor)]
    assert await stage.verdicts() == [("applied", None)]


# What is not adopted.


async def test_a_refund_of_a_payment_that_is_not_ours_is_refused(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    known = fake.payments[await stage.provider_id(paid.payment_id)]
    fake.payments["stranger"] = replace(known, provider_payment_id="stranger", payment_id=None)
    before = await stage.snapshot()

    await tell(stage, fake, fake.refund_by_hand("stranger", PART))

    assert await stage.verdicts() == [("refused", "refund_unknown")]
    assert await stage.snapshot() == before


async def test_a_refund_that_the_provider_does_not_know_is_refused(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    seen = await by_hand(stage, fake, paid)
    body = fake.notification("refund.succeeded", seen.provider_refund_id)
    fake.refunds.clear()
    before = await stage.snapshot()

    await stage.notify(body)
    await stage.drain()

    assert await stage.verdicts() == [("refused", "object_unknown")]
    assert await stage.snapshot() == before


@pytest.mark.parametrize(
    ("amount", "reason", "event"),
    [
        (Money(minor=39901, currency="RUB"), "exceeds_payment", "refund.exceeds_payment"),
        (Money(minor=10000, currency="USD"), "amount", "refund.strange"),
        (Money(minor=0, currency="RUB"), "amount", "refund.strange"),
        (Money(minor=-10000, currency="RUB"), "amount", "refund.strange"),
    ],
)
async def test_a_refund_that_cannot_be_true_is_refused_and_told_to_a_person(
    stage: Stage,
    fake: FakeProvider,
    *,
    log_lines: list[MutableMapping[str, Any]],
    amount: Money,
    reason: str,
    event: str,
) -> None:
    paid = await stage.pay(fake)
    seen = await by_hand(stage, fake, paid)
    fake.refunds[seen.provider_refund_id] = replace(seen, amount=amount)
    before = await stage.snapshot()

    await tell(stage, fake, fake.refunds[seen.provider_refund_id])

    assert await stage.verdicts() == [("refused", reason)]
    assert await stage.snapshot() == before
    assert critical(log_lines) == [event]
    assert await stage.violations() == []


async def test_more_by_hand_than_is_left_beside_ours_is_refused(
    stage: Stage, fake: FakeProvider, log_lines: list[MutableMapping[str, Any]]
) -> None:
    paid = await stage.pay(fake)
    await stage.payments.refund(stage.make_refund(paid, amount=Money(minor=30000, currency="RUB")))
    before = await stage.snapshot()

    await tell(stage, fake, await by_hand(stage, fake, paid))

    assert await stage.verdicts() == [("refused", "exceeds_payment")]
    assert await stage.snapshot() == before
    assert critical(log_lines) == ["refund.exceeds_payment"]


@pytest.mark.parametrize("status", [RefundStatus.PENDING, RefundStatus.FAILED])
async def test_a_refund_by_hand_that_is_not_done_is_of_no_use(
    stage: Stage, fake: FakeProvider, status: RefundStatus
) -> None:
    seen = await by_hand(stage, fake, await stage.pay(fake))
    failure = RefundFailure.GENERAL_FAILURE if status is RefundStatus.FAILED else None
    fake.refunds[seen.provider_refund_id] = replace(seen, status=status, failure=failure)

    await tell(stage, fake, fake.refunds[seen.provider_refund_id])

    assert await kept(stage) == []
    assert await stage.verdicts() == [("ignored", "not_used")]


# Beside refunds of ours.


@pytest.mark.parametrize("ours_ends", ["failed", "succeeded"])
async def test_a_refund_by_hand_for_which_there_is_no_room_waits_for_ours(
    stage: Stage, fake: FakeProvider, ours_ends: str, log_lines: list[MutableMapping[str, Any]]
) -> None:
    paid = await stage.pay(fake)
    ours = stage.make_refund(paid)
    fake.next_refunds = [RefundStatus.PENDING]
    await stage.payments.refund(ours)
    (ours_id,) = fake.refunds
    await tell(stage, fake, await by_hand(stage, fake, paid, PRICE))
    meanwhile = await kept(stage)

    fake.settle_refund(ours_id, failure=RefundFailure.GENERAL_FAILURE if ours_ends == "failed" else None)
    await stage.pass_time(timedelta(hours=1))

    assert meanwhile == [("ours", "pending", PRICE.minor)]
    if ours_ends == "failed":
        assert sorted(await kept(stage)) == [("ours", "failed", 39900), ("provider", "succeeded", 39900)]
        assert await stage.names() == ["PaymentSucceeded", "RefundFailed", "RefundSucceeded"]
        assert critical(log_lines) == []
    else:
        assert await kept(stage) == [("ours", "succeeded", 39900)]
        assert await stage.verdicts() == [("refused", "exceeds_payment")]
        assert critical(log_lines) == ["refund.exceeds_payment"]
    assert await stage.violations() == []


async def test_what_may_be_ours_is_not_taken_for_another(stage: Stage, fake: FakeProvider) -> None:
    """The answer to ours is lost, and the provider tells of it without our id."""
    paid = await stage.pay(fake)
    ours = stage.make_refund(paid, amount=PART)
    fake.fail("refund", Fault.LOST_AFTER)
    await stage.payments.refund(ours)
    (ours_id,) = fake.refunds
    true = fake.refunds[ours_id]
    fake.refunds[ours_id] = replace(true, refund_id=None)
    await tell(stage, fake, fake.refunds[ours_id])
    meanwhile = await kept(stage)

    fake.refunds[ours_id] = true
    await stage.pass_time(timedelta(minutes=10))

    assert meanwhile == [("ours", "unknown", PART.minor)]
    assert await kept(stage) == [("ours", "succeeded", PART.minor)]
    assert (await stage.names()).count("RefundSucceeded") == 1


async def test_a_second_refund_under_the_name_of_ours_is_kept_beside_it(stage: Stage, fake: FakeProvider) -> None:
    paid = await stage.pay(fake)
    ours = stage.make_refund(paid, amount=PART)
    await stage.payments.refund(ours)
    provider_id = await stage.provider_id(paid.payment_id)

    await tell(stage, fake, fake.refund_by_hand(provider_id, PART, refund_id=str(ours.refund_id)))

    assert sorted(await kept(stage)) == [("ours", "succeeded", PART.minor), ("provider", "succeeded", PART.minor)]
    assert await stage.violations() == []


# Refunds of ours that went through after all.


async def failed_refund(stage: Stage, fake: FakeProvider, paid: PaymentRequest) -> SeenRefund:
    """A refund of ours that the provider said to have failed, and shows as done now."""
    fake.next_refunds = [RefundFailure.GENERAL_FAILURE]
    assert await stage.payments.refund(stage.make_refund(paid)) is RefundStatus.FAILED
    ((provider_refund_id, failed),) = fake.refunds.items()
    fake.refunds[provider_refund_id] = replace(failed, status=RefundStatus.SUCCEEDED, failure=None)
    return fake.refunds[provider_refund_id]


async def test_money_that_went_back_after_its_refund_had_failed_counts(stage: Stage, fake: FakeProvider) -> None:
    seen = await failed_refund(stage, fake, await stage.pay(fake))

    for _ in range(3):
        await tell(stage, fake, seen)

    assert await kept(stage) == [("ours", "succeeded", PRICE.minor)]
    assert await stage.names() == ["PaymentSucceeded", "RefundFailed", "RefundSucceeded"]
    assert [one["origin"] for one in await stage.events("RefundSucceeded")] == ["ours"]
    assert await stage.violations() == []


async def test_money_that_went_back_twice_because_it_was_sent_anew_is_told_to_a_person(
    stage: Stage, fake: FakeProvider, log_lines: list[MutableMapping[str, Any]]
) -> None:
    paid = await stage.pay(fake)
    seen = await failed_refund(stage, fake, paid)
    fake.refunds.clear()
    assert await stage.payments.refund(stage.make_refund(paid)) is RefundStatus.SUCCEEDED
    fake.refunds[seen.provider_refund_id] = seen
    before = await stage.snapshot()

    await tell(stage, fake, seen)

    assert await stage.verdicts() == [("refused", "exceeds_payment")]
    assert await stage.snapshot() == before
    assert critical(log_lines) == ["refund.exceeds_payment"]
