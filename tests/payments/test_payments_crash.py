"""A process that dies between any two points: at most one charge, and everything converges (F2, B3)."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus, RefundStatus
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.payments.domain.payment import LEASE
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.crash_points import CrashPoint
from make import count
from payments.binding import bind
from payments.death import Death, Killed
from payments.stage import Stage

CHARGE_POINTS = (
    CrashPoint.CHARGE_STORED,
    CrashPoint.CHARGE_CLAIMED,
    CrashPoint.CHARGE_SENDING,
    CrashPoint.CHARGE_ANSWERED,
    CrashPoint.RECORD_CHANGED,
    CrashPoint.RECORD_PUBLISHED,
    CrashPoint.RECORD_COMMITTED,
)
RECONCILE_POINTS = (
    CrashPoint.RECONCILE_CLAIMED,
    CrashPoint.RECONCILE_ANSWERED,
    CrashPoint.RECORD_CHANGED,
    CrashPoint.RECORD_PUBLISHED,
    CrashPoint.RECORD_COMMITTED,
)
REFUND_POINTS = (
    CrashPoint.REFUND_CLAIMED,
    CrashPoint.REFUND_SENDING,
    CrashPoint.REFUND_ANSWERED,
    CrashPoint.REFUND_CHANGED,
    CrashPoint.REFUND_COMMITTED,
)
BINDING_POINTS = (
    CrashPoint.BINDING_STORED,
    CrashPoint.BINDING_SENDING,
    CrashPoint.BINDING_ANSWERED,
    CrashPoint.BINDING_CHANGED,
    CrashPoint.BINDING_COMMITTED,
)
ROUNDS = count(reduced=1, full=20)


async def test_all_points_are_rehearsed() -> None:
    rehearsed = {*CHARGE_POINTS, *RECONCILE_POINTS, *REFUND_POINTS, *BINDING_POINTS}
    assert rehearsed == set(CrashPoint)


@pytest.mark.parametrize("by_event", [False, True])
@pytest.mark.parametrize("point", CHARGE_POINTS * ROUNDS)
async def test_a_charge_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, *, by_event: bool
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    request = before.make_request(method_id=method_id)
    await before.ask_for(request)
    death = Death(point)
    dying = Stage(db=db, clock=clock, provider=fake, passes=death)

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
@pytest.mark.parametrize("point", RECONCILE_POINTS * ROUNDS)
async def test_finding_out_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, fault: Fault
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    request = before.make_request(method_id=method_id)
    fake.fail("charge", fault)
    await before.payments.request(request)
    clock.advance(timedelta(seconds=5))
    dying = Stage(db=db, clock=clock, provider=fake, passes=Death(point))

    with pytest.raises(Killed):
        await dying.drain()
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert (await after.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert [one["payment_id"] for one in await after.events("PaymentSucceeded")].count(str(request.payment_id)) == 1
    assert await after.violations() == []


@pytest.mark.parametrize("point", REFUND_POINTS * ROUNDS)
async def test_a_refund_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    refund = before.make_refund(await before.pay(fake))
    await before.ask_back(refund)
    dying = Stage(db=db, clock=clock, provider=fake, passes=Death(point))

    with pytest.raises(Killed):
        await dying.payments.refund(refund)
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert await after.refund_status(refund) is RefundStatus.SUCCEEDED
    assert fake.returned == {str(refund.refund_id): 1}
    assert (await after.names()).count("RefundSucceeded") == 1
    assert await after.violations() == []


@pytest.mark.parametrize("point", BINDING_POINTS * ROUNDS)
async def test_a_binding_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint
) -> None:
    await Stage(db=db, clock=clock, provider=fake).open()
    death = Death(point)
    dying = Stage(db=db, clock=clock, provider=fake, passes=death)

    with pytest.raises(Killed):
        await bind(dying, key="the-key")
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()
    again = (await bind(after, key="the-key")).json()

    assert death.has_struck
    assert again["status"] == "pending"
    assert fake.created == {again["id"]: 1}
    [seen] = fake.bindings.values()
    assert again["confirmation_url"] == f"https://pay.example/bindings/{seen.provider_method_id}"
    fake.confirm_binding(seen.provider_method_id)
    await after.pass_time(timedelta(minutes=1))
    assert (await bind(after, key="the-key")).json()["status"] == "succeeded"
    assert await after.names() == ["MethodSaved"]
    assert await after.violations() == []


BATCH = 5
PLACES = (1, 3, BATCH)
"""The first item of a batch, one in its middle, and the last."""


async def converges(stage: Stage, fake: FakeProvider, requests: Sequence[PaymentRequest]) -> None:
    """After a start everything is paid, once, and everybody has been told once."""
    await stage.drain()
    told = Counter(one["payment_id"] for one in await stage.events("PaymentSucceeded"))
    for request in requests:
        payment_id = str(request.payment_id)
        assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
        assert (fake.charges[payment_id], fake.created[payment_id], told[payment_id]) == (1, 1, 1)
    assert await stage.violations() == []


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("point", CHARGE_POINTS)
async def test_a_batch_of_charges_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, place: int
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    requests = [before.make_request(method_id=method_id) for _ in range(BATCH)]
    for request in requests:
        await before.ask_for(request)
    death = Death(point, times=place)

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=death).drain()
    taken_before = [fake.charges[str(request.payment_id)] for request in requests]
    clock.advance(LEASE)

    assert death.has_struck
    assert max(taken_before) <= 1
    await converges(await Stage(db=db, clock=clock, provider=fake).open(), fake, requests)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", [Fault.LOST_BEFORE, Fault.LOST_AFTER])
@pytest.mark.parametrize("point", RECONCILE_POINTS)
async def test_finding_out_about_a_batch_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, *, fault: Fault, place: int
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    requests = [before.make_request(method_id=method_id) for _ in range(BATCH)]
    fake.fail("charge", fault, times=BATCH)
    for request in requests:
        await before.payments.request(request)
    clock.advance(timedelta(seconds=5))
    death = Death(point, times=place)

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=death).drain()
    clock.advance(LEASE)

    assert death.has_struck
    await converges(await Stage(db=db, clock=clock, provider=fake).open(), fake, requests)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("point", REFUND_POINTS)
async def test_a_batch_of_refunds_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, place: int
) -> None:
    before = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await before.save_method(fake)
    paid = [before.make_request(method_id=method_id) for _ in range(BATCH)]
    for request in paid:
        await before.payments.request(request)
    refunds = [before.make_refund(request) for request in paid]
    for refund in refunds:
        await before.ask_back(refund)
    death = Death(point, times=place)

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=death).drain()
    clock.advance(LEASE)
    after = await Stage(db=db, clock=clock, provider=fake).open()
    await after.drain()

    assert death.has_struck
    assert {await after.refund_status(refund) for refund in refunds} == {RefundStatus.SUCCEEDED}
    assert fake.returned == {str(refund.refund_id): 1 for refund in refunds}
    assert (await after.names()).count("RefundSucceeded") == BATCH
    assert await after.violations() == []


async def test_dying_again_and_again_still_charges_once(db: Database, clock: ManualClock, fake: FakeProvider) -> None:
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    await stage.ask_for(request)

    for point in (CrashPoint.CHARGE_CLAIMED, CrashPoint.CHARGE_ANSWERED, *RECONCILE_POINTS[:4]):
        with pytest.raises(Killed):
            await Stage(db=db, clock=clock, provider=fake, passes=Death(point)).drain()
        clock.advance(LEASE)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert fake.created[str(request.payment_id)] == 1
