"""Money that comes after we had ended its payment: it counts, once, whatever the end was (I1, I2)."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.payment import LEASE
from cinema.payments.domain.port import ActionRequired, Canceled, ChargeOrder, Sealed, Seen
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.service.crash_points import CrashPoint
from payments.death import Death, Killed
from payments.stage import RETURN_URL, Stage
from payments.test_payments_lies import LIES

HOUR = timedelta(hours=1)


async def canceled_by_provider(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    fake.settle(await stage.provider_id(request.payment_id), Canceled(reason=CancelReason.NOT_CONFIRMED))
    await stage.pass_time(timedelta(minutes=1))
    return request


async def declined_by_provider(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    fake.confirm(await stage.provider_id(request.payment_id), decline=DeclineReason.INSUFFICIENT_FUNDS)
    await stage.pass_time(timedelta(minutes=1))
    return request


async def not_found(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request(lives=HOUR)
    fake.fail("charge", Fault.LOST_BEFORE, times=1000)
    await stage.payments.request(request)
    await stage.pass_time(timedelta(hours=2))
    return request


async def not_sent_in_time(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request(lives=HOUR)
    fake.fail("charge", Fault.NOT_SENT, times=1000)
    await stage.payments.request(request)
    await stage.pass_time(timedelta(hours=2))
    return request


async def given_up(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request()
    fake.fail("charge", Fault.NOT_SENT)
    await stage.payments.request(request)
    await stage.withdraw(request)
    return request


async def called_wrong(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request()
    fake.fail("charge", Fault.REJECTED)
    await stage.payments.request(request)
    return request


async def method_removed(stage: Stage, fake: FakeProvider) -> PaymentRequest:
    request = stage.make_request(method_id=await stage.save_method(fake))
    fake.fail("charge", Fault.LOST_BEFORE)
    await stage.payments.request(request)
    async with stage.browser("viewer") as browser:
        await browser.delete(f"/v1/payment-methods/{request.method_id}")
    await stage.pass_time(HOUR)
    return request


ENDS: dict[str, tuple[Callable[[Stage, FakeProvider], Awaitable[PaymentRequest]], str, str]] = {
    "canceled by the provider": (canceled_by_provider, "canceled", "not_confirmed"),
    "declined by the provider": (declined_by_provider, "declined", "insufficient_funds"),
    "not found": (not_found, "canceled", "provider_unavailable"),
    "not sent in time": (not_sent_in_time, "canceled", "provider_unavailable"),
    "given up": (given_up, "canceled", "given_up"),
    "called wrong": (called_wrong, "canceled", "request_rejected"),
    "method removed": (method_removed, "declined", "method_removed"),
}


async def paid_late(stage: Stage, fake: FakeProvider, request: PaymentRequest) -> str:
    """What was sent long ago arrives at last, or is paid after all; returns the provider's id."""
    fake.heal()
    known = [one for one, seen in fake.payments.items() if seen.payment_id == str(request.payment_id)]
    if known:
        fake.confirm(known[0])
        return known[0]
    attempts = await stage.rows(
        "SELECT key, body FROM payments.attempts WHERE payment_id = $1 ORDER BY id", request.payment_id
    )
    seen = await fake.charge(Sealed(key=attempts[0]["key"], body=attempts[0]["body"]))
    assert isinstance(seen, Seen)
    if isinstance(seen.state, ActionRequired):
        fake.confirm(seen.provider_payment_id)
    return seen.provider_payment_id


async def told_paid(stage: Stage, fake: FakeProvider, provider_id: str) -> None:
    assert await stage.notify(fake.notification("payment.succeeded", provider_id)) == 200
    await stage.drain()


async def row_of(stage: Stage, request: PaymentRequest) -> dict[str, object]:
    (row,) = await stage.rows("SELECT * FROM payments.payments WHERE id = $1", request.payment_id)
    return row


async def dead_or_waiting(stage: Stage) -> list[dict[str, object]]:
    return await stage.rows("SELECT status, last_error FROM kit.inbox WHERE status <> 'done'")


@pytest.mark.parametrize("end", ENDS)
async def test_money_that_comes_after_the_end_counts(stage: Stage, fake: FakeProvider, end: str) -> None:
    come_to_an_end, status, reason = ENDS[end]
    request = await come_to_an_end(stage, fake)
    ended = await row_of(stage, request)
    provider_id = await paid_late(stage, fake, request)

    await told_paid(stage, fake, provider_id)

    row = await row_of(stage, request)
    assert (ended["status"], ended["reason"]) == (status, reason)
    assert (row["status"], row["reason"], row["next_attempt_at"]) == ("succeeded", None, None)
    assert (row["provider_payment_id"], row["captured_at"]) == (provider_id, stage.clock.now())
    told = [one for one in await stage.events() if one.get("payment_id") == str(request.payment_id)]
    assert [one["name"] for one in told] == [f"Payment{status.capitalize()}", "PaymentSucceeded"]
    assert told[1]["fee"] == {"minor": 1396, "currency": "RUB"}
    assert await stage.verdicts() == [("applied", None)]
    assert fake.charges[str(request.payment_id)] == 1
    assert await stage.violations() == []


@pytest.mark.parametrize("end", ENDS)
async def test_fifty_twins_of_late_news_act_once(stage: Stage, fake: FakeProvider, end: str) -> None:
    request = await ENDS[end][0](stage, fake)
    provider_id = await paid_late(stage, fake, request)
    body = fake.notification("payment.succeeded", provider_id)

    await asyncio.gather(*(stage.notify(body) for _ in range(50)))
    await stage.drain()
    stage.clock.advance(timedelta(days=3))
    await stage.notify(body)
    await stage.drain()

    told = [one for one in await stage.events("PaymentSucceeded") if one["payment_id"] == str(request.payment_id)]
    assert len(told) == 1
    assert Counter(outcome for outcome, _ in await stage.verdicts()) == {"applied": 1, "duplicate": 50}
    history = await stage.rows(
        "SELECT from_state FROM kit.state_history WHERE entity_id = $1 AND to_state = 'succeeded'", request.payment_id
    )
    assert [one["from_state"] for one in history] == [ENDS[end][1]]
    assert await stage.violations() == []


@pytest.mark.parametrize("point", [CrashPoint.RECORD_CHANGED, CrashPoint.RECORD_PUBLISHED])
@pytest.mark.parametrize("end", ["declined by the provider", "not found"])
async def test_late_news_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint, end: str
) -> None:
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    request = await ENDS[end][0](stage, fake)
    provider_id = await paid_late(stage, fake, request)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    before = await stage.snapshot()

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=Death(point)).drain()
    after_death = await stage.snapshot()
    clock.advance(LEASE)
    await stage.drain()

    assert after_death == before
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert len(await stage.events("PaymentSucceeded")) == 1
    assert await stage.violations() == []


@pytest.mark.parametrize("lie", LIES)
async def test_late_news_that_is_not_true_in_every_field_changes_nothing(
    stage: Stage, fake: FakeProvider, lie: str
) -> None:
    request = await declined_by_provider(stage, fake)
    provider_id = await paid_late(stage, fake, request)
    fake.payments[provider_id] = LIES[lie](fake.payments[provider_id])
    before = await stage.snapshot()

    await told_paid(stage, fake, provider_id)

    assert [outcome for outcome, _ in await stage.verdicts()] == ["refused"]
    assert await stage.snapshot() == before


async def test_other_late_news_changes_nothing(stage: Stage, fake: FakeProvider) -> None:
    request = await declined_by_provider(stage, fake)
    provider_id = await stage.provider_id(request.payment_id)
    fake.settle(provider_id, Canceled(reason=CancelReason.NOT_CONFIRMED))
    before = await stage.snapshot()

    await stage.notify(fake.notification("payment.canceled", provider_id))
    await stage.drain()

    assert await stage.verdicts() == [("ignored", "known_already")]
    assert await stage.snapshot() == before


async def test_the_first_of_two_charges_that_turns_up_paid_after_the_second_was_declined_counts(
    stage: Stage, fake: FakeProvider
) -> None:
    """The look-up found nothing, a new charge was declined, and then the lost one appears under another id."""
    request = stage.make_request(method_id=await stage.save_method(fake), lives=timedelta(days=9))
    fake.fail("charge", Fault.LOST_BEFORE)
    await stage.payments.request(request)
    lost = (await stage.rows("SELECT key, body FROM payments.attempts ORDER BY id DESC LIMIT 1"))[0]
    token = (await stage.rows("SELECT token FROM payments.methods"))[0]["token"]
    fake.revoke(token, reason=DeclineReason.INSUFFICIENT_FUNDS)
    stage.clock.advance(timedelta(days=2))
    await stage.pass_time(timedelta(minutes=1))
    declined = await stage.view(request)
    declined_id = await stage.provider_id(request.payment_id)
    fake.revoke(token, reason=None)
    seen = await fake.charge(Sealed(key=lost["key"], body=lost["body"]))
    assert isinstance(seen, Seen)

    await told_paid(stage, fake, seen.provider_payment_id)

    assert declined.decline_reason == "insufficient_funds"
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.provider_id(request.payment_id) == seen.provider_payment_id != declined_id
    assert await stage.violations() == []


async def test_money_made_by_another_hand_for_a_method_that_never_was_counts(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(method_id=MethodId(uuid7(stage.clock.now())))
    await stage.payments.request(request)
    order = ChargeOrder(
        payment_id=request.payment_id,
        order_id=request.order_id,
        user_id=request.user_id,
        amount=request.amount,
        description=request.description,
        language=request.language,
        receipt=request.receipt,
        method_token=None,
        save_method=False,
        return_url=RETURN_URL,
    )
    seen = await fake.charge(Sealed(key="by hand", body=fake.write_charge(order)))
    assert isinstance(seen, Seen)
    fake.confirm(seen.provider_payment_id)

    await told_paid(stage, fake, seen.provider_payment_id)

    assert (await row_of(stage, request))["method_id"] is None
    assert [one["method_id"] for one in await stage.events("PaymentSucceeded")] == [None]
    assert await stage.violations() == []


# Nobody tells.


TURNED_UP = ["not found", "not sent in time", "given up", "method removed"]
"""Ends that are our own guess, after something had been tried."""


async def paid_unlisted(stage: Stage, fake: FakeProvider, request: PaymentRequest) -> None:
    """It was made when it was sent, but the provider's list did not show it in time."""
    provider_id = await paid_late(stage, fake, request)
    (sent,) = await stage.rows(
        "SELECT min(last_sent_at) AS at FROM payments.attempts WHERE payment_id = $1", request.payment_id
    )
    fake.payments[provider_id] = replace(fake.payments[provider_id], created_at=sent["at"])


@pytest.mark.parametrize("end", TURNED_UP)
async def test_what_we_gave_up_on_is_found_within_a_day_if_nobody_tells(
    stage: Stage, fake: FakeProvider, end: str
) -> None:
    request = await ENDS[end][0](stage, fake)
    await paid_unlisted(stage, fake, request)

    await stage.pass_time(timedelta(days=1, minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    told = [one for one in await stage.events("PaymentSucceeded") if one["payment_id"] == str(request.payment_id)]
    assert len(told) == 1
    assert (await row_of(stage, request))["next_attempt_at"] is None
    assert fake.charges[str(request.payment_id)] == 1
    assert await stage.violations() == []


async def test_what_we_gave_up_on_is_looked_for_twice_and_then_no_more(stage: Stage, fake: FakeProvider) -> None:
    request = await given_up(stage, fake)
    ended_at = stage.clock.now()
    first = (await row_of(stage, request))["next_attempt_at"]
    before = await stage.names()

    await stage.pass_time(timedelta(hours=1))
    second = (await row_of(stage, request))["next_attempt_at"]
    looks = fake.calls["look_up"]
    await stage.pass_time(timedelta(days=30))

    assert (first, second) == (ended_at + timedelta(hours=1), ended_at + timedelta(days=1))
    assert (looks, fake.calls["look_up"]) == (1, 2)
    assert (await row_of(stage, request))["next_attempt_at"] is None
    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    assert await stage.names() == before
    assert fake.calls["charge"] == 1
    assert await stage.violations() == []


async def test_a_provider_that_is_away_is_asked_again_for_what_we_gave_up_on(stage: Stage, fake: FakeProvider) -> None:
    request = await given_up(stage, fake)
    await paid_unlisted(stage, fake, request)
    fake.fail("look_up", Fault.LOST_BEFORE, times=2)

    await stage.pass_time(timedelta(hours=1))
    while_away = await stage.view(request)
    await stage.pass_time(timedelta(minutes=20))

    assert while_away.status is PaymentStatus.CANCELED
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.calls["look_up"] == 3


async def test_a_provider_that_never_answers_is_not_asked_for_ever(stage: Stage, fake: FakeProvider) -> None:
    request = await given_up(stage, fake)
    fake.fail("look_up", Fault.NOT_ALLOWED, times=100_000)

    for _ in range(32):
        stage.clock.advance(timedelta(hours=6))
        await stage.drain()

    assert (await row_of(stage, request))["next_attempt_at"] is None
    assert await stage.violations() == []


@pytest.mark.parametrize("lie", LIES)
async def test_a_look_that_is_answered_with_a_lie_changes_nothing(stage: Stage, fake: FakeProvider, lie: str) -> None:
    request = await given_up(stage, fake)
    await paid_unlisted(stage, fake, request)
    fake.twist = LIES[lie]
    before = await stage.names()

    await stage.pass_time(timedelta(days=2))

    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    assert await stage.names() == before


@pytest.mark.parametrize("end", ["canceled by the provider", "declined by the provider", "called wrong"])
async def test_where_the_provider_itself_said_no_nothing_is_looked_for(
    stage: Stage, fake: FakeProvider, end: str
) -> None:
    request = await ENDS[end][0](stage, fake)

    assert (await row_of(stage, request))["next_attempt_at"] is None


async def test_what_was_never_tried_is_not_looked_for(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request(lives=timedelta(minutes=1))
    await stage.ask_for(request)
    stage.clock.advance(timedelta(minutes=1))
    await stage.drain()

    assert (await row_of(stage, request))["next_attempt_at"] is None
    assert fake.calls["look_up"] == 0


@pytest.mark.parametrize(
    "point", [CrashPoint.RECONCILE_CLAIMED, CrashPoint.RECONCILE_ANSWERED, CrashPoint.RECORD_CHANGED]
)
async def test_looking_again_survives_death_at(
    db: Database, clock: ManualClock, fake: FakeProvider, point: CrashPoint
) -> None:
    stage = await Stage(db=db, clock=clock, provider=fake).open()
    request = await given_up(stage, fake)
    await paid_unlisted(stage, fake, request)
    clock.advance(timedelta(hours=1))

    with pytest.raises(Killed):
        await Stage(db=db, clock=clock, provider=fake, passes=Death(point)).drain()
    clock.advance(LEASE)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert len(await stage.events("PaymentSucceeded")) == 1
    assert await stage.violations() == []


async def test_a_look_that_is_overdue_is_found(stage: Stage, fake: FakeProvider) -> None:
    request = await given_up(stage, fake)
    await stage.drain()
    due = (await row_of(stage, request))["next_attempt_at"]
    stage.clock.advance(timedelta(hours=2))

    assert await stage.violations() == [f"I10: Payment {request.payment_id} is canceled and was due at {due}."]
