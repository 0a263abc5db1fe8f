"""Lost answers: found out, never charged again (B7, F3)."""

import random
from collections import Counter
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import Declined
from cinema.payments.providers.fake import FakeProvider, Fault
from make import count
from payments.stage import Stage

AMBIGUOUS = (Fault.LOST_BEFORE, Fault.LOST_AFTER, Fault.ERROR_AFTER)


@pytest.mark.parametrize("fault", AMBIGUOUS)
async def test_a_lost_answer_is_found_out_with_the_same_bytes_and_key(
    stage: Stage, fake: FakeProvider, fault: Fault
) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    fake.fail("charge", fault, times=3)

    first = await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=10))

    assert first.status is PaymentStatus.UNKNOWN
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    attempts = await stage.rows(
        "SELECT key, body, sends, result FROM payments.attempts WHERE payment_id = $1", request.payment_id
    )
    assert [(one["sends"], one["result"]) for one in attempts] == [(4, "accepted")]
    assert set(fake.sent[attempts[0]["key"]]) == {attempts[0]["body"]}
    assert (await stage.names()).count("PaymentSucceeded") == 2
    assert await stage.violations() == []


async def test_an_unknown_payment_blocks_every_other_charge_of_its_order(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    fake.fail("charge", Fault.LOST_AFTER, times=1000)
    await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=5))

    for _ in range(3):
        await stage.ask_for(stage.make_request(order_id=request.order_id))
    await stage.pass_time(timedelta(minutes=5))

    assert fake.created == {str(request.payment_id): 1}
    rows = await stage.rows("SELECT status FROM payments.payments")
    assert [row["status"] for row in rows] == ["unknown"]


async def test_after_the_keys_life_a_lost_payment_is_looked_up(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id, lives=timedelta(days=5))
    fake.fail("charge", Fault.LOST_AFTER)
    await stage.payments.request(request)
    stage.clock.advance(timedelta(days=2))

    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert (fake.calls["look_up"], fake.charges[str(request.payment_id)]) == (1, 1)
    assert fake.created[str(request.payment_id)] == 1


async def test_after_the_keys_life_what_never_arrived_is_sent_anew(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id, lives=timedelta(days=5))
    fake.fail("charge", Fault.LOST_BEFORE)
    await stage.payments.request(request)
    stage.clock.advance(timedelta(days=2))

    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    attempts = await stage.rows(
        "SELECT result FROM payments.attempts WHERE payment_id = $1 ORDER BY id", request.payment_id
    )
    assert [one["result"] for one in attempts] == ["absent", "accepted"]


async def test_what_is_no_longer_wanted_is_looked_up_instead_of_sent_again(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(lives=timedelta(hours=1))
    fake.fail("charge", Fault.LOST_BEFORE, times=1000)
    await stage.payments.request(request)
    await stage.withdraw(request)
    sent = fake.calls["charge"]

    await stage.pass_time(timedelta(minutes=9))
    meanwhile = await stage.view(request)
    await stage.pass_time(timedelta(minutes=20))

    assert meanwhile.status is PaymentStatus.UNKNOWN
    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    assert [one["reason"] for one in await stage.events("PaymentCanceled")] == ["given_up"]
    assert fake.calls["charge"] == sent
    assert fake.created == {}


async def test_a_lost_charge_of_a_method_that_is_removed_meanwhile_does_not_leave_again(
    stage: Stage, fake: FakeProvider
) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    fake.fail("charge", Fault.LOST_BEFORE)
    await stage.payments.request(request)
    async with stage.browser("viewer") as browser:
        await browser.delete(f"/v1/payment-methods/{method_id}")
    sent = fake.calls["charge"]

    await stage.pass_time(timedelta(hours=1))

    assert (await stage.view(request)).decline_reason == "method_removed"
    assert fake.calls["charge"] == sent
    assert fake.charges[str(request.payment_id)] == 0
    assert await stage.violations() == []


async def test_a_look_up_that_does_not_work_proves_nothing(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(lives=timedelta(days=5))
    fake.fail("charge", Fault.LOST_AFTER)
    await stage.payments.request(request)
    stage.clock.advance(timedelta(days=2))
    fake.fail("look_up", Fault.LOST_BEFORE, times=3)

    await stage.pass_time(timedelta(minutes=10))

    assert (await stage.view(request)).status is PaymentStatus.PENDING
    assert fake.created == {str(request.payment_id): 1}
    assert fake.calls["look_up"] == 4


async def test_a_repeat_that_is_called_wrong_is_looked_up(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    fake.fail("charge", Fault.LOST_AFTER)
    fake.fail("charge", Fault.REJECTED)
    await stage.payments.request(request)

    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.PENDING
    assert fake.created == {str(request.payment_id): 1}


async def test_a_lost_decline_is_found_out_too(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    fake.next_states = [Declined(reason=DeclineReason.INSUFFICIENT_FUNDS)]
    fake.fail("charge", Fault.LOST_AFTER)
    request = stage.make_request(method_id=method_id)

    await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).decline_reason == "insufficient_funds"
    assert fake.created[str(request.payment_id)] == 1


@pytest.mark.parametrize("seed", [1, 2])
async def test_hundreds_of_ambiguous_charges_charge_nobody_twice(stage: Stage, fake: FakeProvider, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - repeatable chance
    method_id = await stage.save_method(fake)
    requests = [stage.make_request(method_id=method_id) for _ in range(count(reduced=250, full=5_000))]
    for request in requests:
        await stage.ask_for(request)
    for _ in requests:
        fake.fail("charge", dice.choice((*AMBIGUOUS, Fault.NOT_SENT, Fault.TOO_BUSY, Fault.NOT_ALLOWED)))
    for _ in range(20):
        fake.fail("look_up", dice.choice(AMBIGUOUS))

    await stage.pass_time(timedelta(hours=2))

    statuses = Counter([(await stage.view(request)).status for request in requests])
    assert statuses == {PaymentStatus.SUCCEEDED: len(requests)}
    assert Counter(fake.charges[str(request.payment_id)] for request in requests) == {1: len(requests)}
    told = Counter(event["payment_id"] for event in await stage.events("PaymentSucceeded"))
    assert {told[str(request.payment_id)] for request in requests} == {1}
    assert await stage.violations() == []
