"""Many payments at once: few statements, shared commits, nothing claimed that is not begun, nobody held up (K12)."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.finding import Finding
from cinema.payments.domain.payment import ABSENCE_BELIEVED_AFTER, PAUSE_FIRST
from cinema.payments.domain.port import Answer, Declined, Instrument, Pending, Sealed, Seen, Succeeded, Unknown
from cinema.payments.domain.trust import Identity
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.crash_points import no_crash
from cinema.payments.service.record import Recorder
from cinema.payments.store import payments
from payments.stage import Stage, make_receipt, make_settings
from statements import counted

BATCH = 100


@pytest.fixture
async def stage(db: Database, clock: ManualClock, fake: FakeProvider) -> Stage:
    settings = make_settings(concurrency=BATCH)
    return await Stage(db=db, clock=clock, provider=fake, settings=settings).open()


async def renewals(stage: Stage, method_id: MethodId, *, count: int = BATCH) -> list[PaymentRequest]:
    """What billing asks for when many subscriptions are due."""
    requests = [stage.make_request(method_id=method_id) for _ in range(count)]
    for request in requests:
        await stage.ask_for(request)
    return requests


async def statuses(stage: Stage, requests: Sequence[PaymentRequest]) -> list[PaymentStatus]:
    return [(await stage.view(one)).status for one in requests]


async def test_a_hundred_renewals_take_few_statements(stage: Stage, fake: FakeProvider) -> None:
    requests = await renewals(stage, await stage.save_method(fake))
    jobs = {job.name: job.run for job in stage.jobs}

    async with counted(stage.db) as hearing:
        heard = await jobs["inbox.payments"]()
    async with counted(stage.db) as charging:
        charged = await jobs["payments.charge"]()

    assert (heard, charged) == (BATCH, BATCH)
    # What is postponed, whose turn it is, what waits; known, methods, new payments; done.
    assert (hearing.total, hearing.commits) == (7, 1), hearing.texts
    # Due, methods, requests, new attempts, sent; locked, ids, payments, attempts, events; due again.
    assert (charging.total, charging.commits) == (11, 3), charging.texts
    assert set(await statuses(stage, requests)) == {PaymentStatus.SUCCEEDED}
    assert {fake.charges[str(one.payment_id)] for one in requests} == {1}
    assert len(await stage.events("PaymentSucceeded")) == BATCH + 1
    assert await stage.violations() == []


async def test_a_hundred_answers_that_were_lost_are_found_out_with_few_statements(
    stage: Stage, fake: FakeProvider
) -> None:
    requests = await renewals(stage, await stage.save_method(fake))
    fake.fail("charge", Fault.LOST_AFTER, times=BATCH)
    await stage.drain()
    stage.clock.advance(PAUSE_FIRST)
    jobs = {job.name: job.run for job in stage.jobs}

    async with counted(stage.db) as asking:
        asked = await jobs["payments.reconcile"]()

    assert asked == BATCH
    # Due, methods, attempts, leased, sent again; locked, ids, payments, attempts, events; due again.
    assert (asking.total, asking.commits) == (11, 3), asking.texts
    assert set(await statuses(stage, requests)) == {PaymentStatus.SUCCEEDED}
    assert {fake.created[str(one.payment_id)] for one in requests} == {1}


async def test_a_hundred_that_may_not_be_sent_any_more_end_with_few_statements(
    stage: Stage, fake: FakeProvider
) -> None:
    method_id = await stage.save_method(fake)
    requests = await renewals(stage, method_id)
    fake.fail("charge", Fault.LOST_BEFORE, times=BATCH)
    await stage.drain()
    async with stage.browser("viewer") as browser:
        assert (await browser.delete(f"/v1/payment-methods/{method_id}")).status_code == 200
    jobs = {job.name: job.run for job in stage.jobs}
    stage.clock.advance(ABSENCE_BELIEVED_AFTER)
    assert await jobs["payments.reconcile"]() == BATCH

    async with counted(stage.db) as ending:
        await jobs["payments.charge"]()

    # Due, methods, latest attempts; payments, events; then there is nothing left.
    assert (ending.total, ending.commits) == (6, 2), ending.texts
    assert {(await stage.view(one)).decline_reason for one in requests} == {"method_removed"}
    assert fake.created.total() == 1
    assert await stage.violations() == []


async def test_a_hundred_refunds_are_claimed_with_few_statements(stage: Stage, fake: FakeProvider) -> None:
    requests = await renewals(stage, await stage.save_method(fake))
    await stage.drain()
    for request in requests:
        await stage.ask_back(stage.make_refund(request))
    jobs = {job.name: job.run for job in stage.jobs}
    await jobs["inbox.payments"]()

    async with counted(stage.db) as sending:
        sent = await jobs["payments.refund"]()

    assert (sent, fake.returned.total()) == (BATCH, BATCH)
    # Due, attempts, payments, new attempts, sent; for each: locked, payment, id, refund, event, attempt; due again.
    assert (sending.total, sending.commits) == (5 + 6 * BATCH + 1, 1 + BATCH + 1), sending.texts
    assert await stage.violations() == []


class SilentProvider(FakeProvider):
    """Lets nobody have an answer until it is told to."""

    def __init__(self, *, clock: ManualClock, called: int) -> None:
        super().__init__(clock=clock)
        self.answers = asyncio.Event()
        self.is_busy = asyncio.Event()
        self._left = called

    async def charge(self, sealed: Sealed) -> Answer:
        self._left -= 1
        if not self._left:
            self.is_busy.set()
        await self.answers.wait()
        return await super().charge(sealed)


async def test_nothing_is_claimed_that_is_not_begun(db: Database, clock: ManualClock) -> None:
    """A lease of 55 seconds is for a call of 45, and not for a queue."""
    silent = SilentProvider(clock=clock, called=7)
    stage = await Stage(db=db, clock=clock, provider=silent, settings=make_settings(concurrency=7)).open()
    requests = [stage.make_request() for _ in range(BATCH)]
    for request in requests:
        await stage.ask_for(request)
    jobs = {job.name: job.run for job in stage.jobs}
    await jobs["inbox.payments"]()

    charging = asyncio.ensure_future(jobs["payments.charge"]())
    await silent.is_busy.wait()
    meanwhile = Counter(await statuses(stage, requests))
    silent.answers.set()
    charged = await charging

    assert meanwhile == {PaymentStatus.SENT: 7, PaymentStatus.CREATED: BATCH - 7}
    assert charged == BATCH
    assert Counter(await statuses(stage, requests)) == {PaymentStatus.PENDING: BATCH}


async def test_a_request_that_conflicts_does_not_hold_up_its_batch(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    first, second, third = (stage.make_request(method_id=method_id) for _ in range(3))
    rival = stage.make_request(method_id=method_id, order_id=second.order_id)
    changed = replace(
        third, amount=Money(minor=1, currency="RUB"), receipt=make_receipt(Money(minor=1, currency="RUB"))
    )
    for request in (first, second, second, rival, third, replace(changed, order_id=first.order_id)):
        await stage.ask_for(request)

    await stage.drain()

    assert set(await statuses(stage, [first, second, third])) == {PaymentStatus.SUCCEEDED}
    rows = await stage.rows("SELECT last_error FROM kit.inbox WHERE status = 'postponed' ORDER BY position")
    assert [row["last_error"].partition(":")[0] for row in rows] == ["PaymentConflict", "PaymentConflict"]
    assert await stage.rows("SELECT id FROM payments.payments WHERE id = $1", rival.payment_id) == []
    assert fake.charges.total() == 4


async def test_an_answer_that_cannot_be_written_does_not_hold_up_the_others(stage: Stage, fake: FakeProvider) -> None:
    """Two payments are shown under one id of the provider: at most one is believed, and it alone waits."""
    requests = await renewals(stage, await stage.save_method(fake), count=5)
    liars = {str(one.payment_id) for one in requests[1:3]}

    def twist(seen: Seen) -> Seen:
        return replace(seen, provider_payment_id="one-for-both") if seen.payment_id in liars else seen

    fake.twist = twist
    await stage.drain()

    assert Counter(await statuses(stage, requests)) == {PaymentStatus.SUCCEEDED: 4, PaymentStatus.UNKNOWN: 1}
    assert len(await stage.events("PaymentSucceeded")) == 5
    assert await stage.violations() == []


async def test_two_findings_about_one_payment_are_written_one_after_the_other(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    fake.next_states = [Pending()]
    await stage.payments.request(request)
    async with stage.db.read() as tx:
        held = await payments.find(tx, request.payment_id)
    assert held is not None
    seen = await fake.read(await stage.provider_id(request.payment_id))
    assert isinstance(seen, Seen)
    paid = replace(seen, state=Succeeded(captured_at=stage.clock.now(), fee=None, instrument=None))
    recorder = Recorder(db=stage.db, passes=no_crash)
    identity = Identity(account=fake.account, is_test=fake.is_test)

    after = await asyncio.gather(
        *(
            recorder.record(Finding(payment_id=held.payment_id, learned=learned, identity=identity, held=held))
            for learned in (Unknown(detail="x"), paid, paid)
        )
    )

    assert [one.status for one in after] == [PaymentStatus.PENDING, PaymentStatus.SUCCEEDED, PaymentStatus.SUCCEEDED]
    assert len(await stage.events("PaymentSucceeded")) == 2


async def test_first_payments_that_save_methods_share_a_commit_too(stage: Stage, fake: FakeProvider) -> None:
    users = [UserId(uuid7(stage.clock.now())) for _ in range(3)]
    requests = [stage.make_request(save_method=True, user_id=user) for user in (*users, users[0])]
    for request in requests:
        await stage.payments.request(request)
        fake.confirm(await stage.provider_id(request.payment_id))
    stage.clock.advance(PAUSE_FIRST)
    jobs = {job.name: job.run for job in stage.jobs}

    async with counted(stage.db) as asking:
        asked = await jobs["payments.reconcile"]()

    assert (asked, asking.commits) == (4, 2)
    defaults = {user: await stage.default_id(user) for user in users}
    saved = await stage.events("MethodSaved")
    last = {one["user_id"]: one["method_id"] for one in saved}
    assert {str(user): str(method_id) for user, method_id in defaults.items()} == last
    paid = await stage.rows("SELECT method_id FROM payments.payments")
    assert {str(row["method_id"]) for row in paid} == {one["method_id"] for one in saved}
    assert len(saved) == 4
    assert await stage.violations() == []


async def test_one_card_that_two_payments_save_at_once_is_one_method(stage: Stage, fake: FakeProvider) -> None:
    requests = [stage.make_request(save_method=True) for _ in range(2)]
    card = Instrument(token="one-card", kind="bank_card", title="Bank card *4444", is_saved=True)
    for request in requests:
        await stage.payments.request(request)
        paid = Succeeded(captured_at=stage.clock.now(), fee=None, instrument=card)
        fake.settle(await stage.provider_id(request.payment_id), paid)
    stage.clock.advance(PAUSE_FIRST)

    await stage.drain()

    [method] = await stage.rows("SELECT id, is_default FROM payments.methods")
    paid_with = await stage.rows("SELECT DISTINCT method_id FROM payments.payments")
    assert [row["method_id"] for row in paid_with] == [method["id"]]
    assert {one["method_id"] for one in await stage.events("MethodSaved")} == {str(method["id"])}
    assert method["is_default"]


async def test_a_method_that_two_declines_end_at_once_is_told_of_once(stage: Stage, fake: FakeProvider) -> None:
    requests = await renewals(stage, await stage.save_method(fake), count=3)
    fake.next_states = [Declined(reason=DeclineReason.CARD_EXPIRED)] * 3

    await stage.drain()

    assert set(await statuses(stage, requests)) == {PaymentStatus.DECLINED}
    assert len(await stage.events("MethodRemoved")) == 1
    assert len(await stage.events("PaymentDeclined")) == 3
