"""A process that dies between any two steps: at most one charge, and everything converges (F2, B3)."""

from datetime import timedelta

import pytest

from cinema.contracts.payments import PaymentStatus, RefundStatus
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.payments.domain.payment import LEASE
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.steps import Step
from make import count
from payments.death import Death, Killed
from payments.stage import Stage

CHARGE_STEPS = (
    Step.CHARGE_STORED,
    Step.CHARGE_CLAIMED,
    Step.CHARGE_SENDING,
    Step.CHARGE_ANSWERED,
    Step.RECORD_CHANGED,
    Step.RECORD_PUBLISHED,
    Step.RECORD_COMMITTED,
)
RECONCILE_STEPS = (
    Step.RECONCILE_CLAIMED,
    Step.RECONCILE_ANSWERED,
    Step.RECORD_CHANGED,
    Step.RECORD_PUBLISHED,
    Step.RECORD_COMMITTED,
)
REFUND_STEPS = (
    Step.REFUND_CLAIMED,
    Step.REFUND_SENDING,
    Step.REFUND_ANSWERED,
    Step.REFUND_CHANGED,
    Step.REFUND_COMMITTED,
)
ROUNDS = count(reduced=1, full=20)


async def test_all_steps_are_rehearsed() -> None:
    assert set(CHARGE_STEPS) | set(RECONCILE_STEPS) | set(REFUND_STEPS) == set(Step)


@pytest.mark.parametrize("by_event", [False, True])
@pytest.mark.parametrize("step", CHARGE_STEPS * ROUNDS)
async def test_a_charge_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, step: Step, *, by_event: bool
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    request = before.make_request(method_id=method_id)
    await before.ask_for(request)
    death = Death(step)
    dying = Stage(db=db, clock=clock, provider=fake, steps=death)

    with pytest.raises(Killed):
        await (dying.drain() if by_event else dying.payments.request(request))
    taken_before = fake.charges[str(request.payment_id)]
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert death.has_struck
    assert taken_before <= 1
    assert (await after.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert [one["payment_id"] for one in await after.events("PaymentSucceeded")].count(str(request.payment_id)) == 1
    assert await after.violations() == []


@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
@pytest.mark.parametrize("step", RECONCILE_STEPS * ROUNDS)
async def test_finding_out_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, step: Step, fault: Fault
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    request = before.make_request(method_id=method_id)
    fake.fail("charge", fault)
    await before.payments.request(request)
    clock.advance(timedelta(seconds=5))
    dying = Stage(db=db, clock=clock, provider=fake, steps=Death(step))

    with pytest.raises(Killed):
        await dying.drain()
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert (await after.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert [one["payment_id"] for one in await after.events("PaymentSucceeded")].count(str(request.payment_id)) == 1
    assert await after.violations() == []


@pytest.mark.parametrize("step", REFUND_STEPS * ROUNDS)
async def test_a_refund_survives_death_at(db: Database, clock: ManualClock, fake: FakeProvider, step: Step) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    refund = before.make_refund(await before.pay(fake))
    await before.ask_back(refund)
    dying = Stage(db=db, clock=clock, provider=fake, steps=Death(step))

    with pytest.raises(Killed):
        await dying.payments.refund(refund)
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert await after.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    assert (await after.names()).count("RefundSucceeded") == 1
    assert await after.violations() == []


async def test_dying_again_and_again_still_charges_once(db: Database, clock: ManualClock, fake: FakeProvider) -> None:
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    await stage.ask_for(request)

    for step in (Step.CHARGE_CLAIMED, Step.CHARGE_ANSWERED, *RECONCILE_STEPS[:4]):
        with pytest.raises(Killed):
            await Stage(db=db, clock=clock, provider=fake, steps=Death(step)).drain()
        clock.advance(LEASE)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert fake.created[str(request.payment_id)] == 1
