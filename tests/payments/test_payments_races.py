"""Rivals: workers that sleep, twins, and the poll, the notification and the page at once (B8, F7, F10)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.payments.domain.payment import LEASE
from cinema.payments.domain.port import Answer, Sealed
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.crash_points import CrashPoint
from make import count
from payments.death import Death, Killed
from payments.stage import Stage


class SlowProvider(FakeProvider):
    """Lets something else happen while an answer is on its way."""

    def __init__(self, *, clock: ManualClock) -> None:
        super().__init__(clock=clock)
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def charge(self, sealed: Sealed) -> Answer:
        rival, self.meanwhile = self.meanwhile, None
        try:
            return await super().charge(sealed)
        finally:
            if rival is not None:
                # A task of its own, as another worker would be.
                await asyncio.create_task(_run(rival))


async def _run(rival: Callable[[], Awaitable[object]]) -> None:
    await rival()


@pytest.fixture
def fake(clock: ManualClock) -> SlowProvider:
    return SlowProvider(clock=clock)


async def test_many_workers_and_callers_charge_once(db: Database, clock: ManualClock, fake: SlowProvider) -> None:
    stages = [await Stage(db=db, clock=clock, provider=fake).open() for _ in range(4)]
    method_id = await stages[0].save_method(fake)
    requests = [stages[0].make_request(method_id=method_id) for _ in range(count(reduced=30, full=1_000))]
    for request in requests:
        await stages[0].ask_for(request)

    await asyncio.gather(
        *(stage.drain() for stage in stages),
        *(stage.payments.request(request) for stage in stages for request in requests[:10]),
    )
    await stages[0].drain()

    assert {(await stages[0].view(request)).status for request in requests} == {PaymentStatus.SUCCEEDED}
    assert {fake.charges[str(request.payment_id)] for request in requests} == {1}
    assert len(await stages[0].events("PaymentSucceeded")) == len(requests) + 1
    assert await stages[0].violations() == []


async def test_a_worker_that_slept_past_its_lease_does_not_send(
    db: Database, clock: ManualClock, fake: SlowProvider
) -> None:
    asleep = {CrashPoint.CHARGE_CLAIMED}

    def fall_asleep(point: CrashPoint) -> None:
        if point in asleep:
            asleep.remove(point)
            clock.advance(LEASE)

    stage = await Stage(db=db, clock=clock, provider=fake, passes=fall_asleep).open()

    view = await stage.payments.request(request := stage.make_request())
    sent = fake.calls["charge"]
    await stage.pass_time(timedelta(minutes=1))

    assert (view.status, sent) == (PaymentStatus.SENT, 0)
    assert (await stage.view(request)).status is PaymentStatus.PENDING
    assert fake.created == {str(request.payment_id): 1}


@pytest.mark.parametrize(
    "late", [Fault.NOT_ALLOWED, Fault.NOT_SENT, Fault.REJECTED, Fault.LOST_BEFORE, Fault.LOST_AFTER]
)
async def test_a_worker_that_wakes_up_late_does_not_speak_for_its_successor(
    stage: Stage, fake: SlowProvider, late: Fault
) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    fake.fail("charge", late)
    seen: list[PaymentStatus] = []

    async def successor() -> None:
        stage.clock.advance(LEASE)
        await stage.drain()
        seen.append((await stage.view(request)).status)

    fake.meanwhile = successor
    view = await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=10))

    assert seen == [PaymentStatus.SUCCEEDED]
    assert view.status is (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert fake.created[str(request.payment_id)] == 1
    assert await stage.violations() == []


async def test_a_refusal_that_comes_days_late_does_not_take_the_key_from_a_later_charge(
    db: Database, clock: ManualClock, fake: SlowProvider
) -> None:
    """The first worker sleeps over it, a second one charges anew and dies with the answer, then the first wakes up."""
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id, lives=timedelta(days=9))
    jobs = {job.name: job.run for job in stage.jobs}
    fake.fail("charge", Fault.NOT_ALLOWED)
    fake.fail("charge", Fault.LOST_BEFORE)
    dying = Stage(db=db, clock=clock, provider=fake, passes=Death(CrashPoint.CHARGE_ANSWERED))

    async def successor() -> None:
        clock.advance(LEASE)
        await jobs["payments.reconcile"]()
        clock.advance(timedelta(days=2))
        await jobs["payments.reconcile"]()
        with pytest.raises(Killed):
            await dying.drain()

    fake.meanwhile = successor
    view = await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=10))

    assert view.status is PaymentStatus.SENT
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert fake.created[str(request.payment_id)] == 1
    assert await stage.violations() == []


async def test_poll_notification_and_page_race_to_one_transition(stage: Stage, fake: SlowProvider) -> None:
    requests = [stage.make_request(save_method=True) for _ in range(count(reduced=10, full=300))]
    for request in requests:
        await stage.payments.request(request)
        fake.confirm(await stage.provider_id(request.payment_id))
    stage.clock.advance(timedelta(minutes=1))
    for request in requests:
        body = fake.notification("payment.succeeded", await stage.provider_id(request.payment_id))
        assert await stage.notify(body) == 200

    jobs = {job.name: job.run for job in stage.jobs}
    await asyncio.gather(
        jobs["payments.reconcile"](),
        jobs["payments.handle_webhooks"](),
        *(stage.payments.request(request) for request in requests),
    )
    await stage.drain()

    assert {(await stage.view(request)).status for request in requests} == {PaymentStatus.SUCCEEDED}
    names = await stage.names()
    assert (names.count("PaymentSucceeded"), names.count("MethodSaved")) == (len(requests), len(requests))
    history = await stage.rows("SELECT to_state FROM kit.state_history WHERE to_state = 'succeeded'")
    assert len(history) == len(requests)
    methods = await stage.rows("SELECT is_default FROM payments.methods")
    assert [one["is_default"] for one in methods].count(True) == 1


async def test_a_notification_may_come_before_the_answer(stage: Stage, fake: SlowProvider) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)

    async def notified() -> None:
        provider_id = next(one for one, seen in fake.payments.items() if seen.payment_id == str(request.payment_id))
        assert await stage.notify(fake.notification("payment.succeeded", provider_id)) == 200
        await stage.drain()

    fake.meanwhile = notified
    view = await stage.payments.request(request)
    await stage.drain()

    assert view.status is PaymentStatus.SUCCEEDED
    assert (await stage.names()).count("PaymentSucceeded") == 2
    assert await stage.verdicts() == [("applied", None)]
    assert await stage.violations() == []
