"""Notifications: taken in at once, handled once later, believed only as far as the provider confirms them.

B8, F4, F5, F6 and S22 of the acceptance list.
"""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from cinema.contracts.enums import PaymentStatus, RefundStatus
from cinema.contracts.ids import OrderId, PaymentId
from cinema.contracts.payments import PaymentRequest
from cinema.contracts.text import Language
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import ChargeOrder, Held, Sealed, Seen
from cinema.payments.providers.fake import FakeProvider
from make import count
from payments.stage import VIEWER, Stage, make_receipt

PARTIAL = Money(minor=10000, currency="RUB")


async def asked(stage: Stage) -> tuple[PaymentRequest, str]:
    """A payment on the provider's page, and its id there."""
    request = stage.make_request()
    await stage.payments.request(request)
    return request, await stage.provider_id(request.payment_id)


async def test_a_notification_is_stored_raw_with_its_sender_and_answered_200(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    body = fake.notification("payment.succeeded", provider_id)

    status = await stage.notify(body)

    assert status == 200
    rows = await stage.rows("SELECT * FROM payments.webhooks")
    assert [(one["provider"], one["address"], one["received_at"], one["body"]) for one in rows] == [
        ("fake", "127.0.0.1", stage.clock.now(), body)
    ]
    assert rows[0]["outcome"] is None
    assert await stage.names() == []
    assert fake.calls["read"] == 0


async def test_a_true_notification_moves_the_payment_once(stage: Stage, fake: FakeProvider) -> None:
    request, provider_id = await asked(stage)
    fake.confirm(provider_id)
    await stage.notify(fake.notification("payment.succeeded", provider_id))

    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded"]
    assert await stage.verdicts() == [("applied", None)]
    assert await stage.violations() == []


@pytest.mark.parametrize("copies", [2, 50])
async def test_duplicates_act_once(stage: Stage, fake: FakeProvider, copies: int) -> None:
    request, provider_id = await asked(stage)
    fake.confirm(provider_id)
    body = fake.notification("payment.succeeded", provider_id)

    await asyncio.gather(*(stage.notify(body) for _ in range(copies)))
    await stage.drain()
    stage.clock.advance(timedelta(days=3))
    await stage.notify(body)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded"]
    assert Counter(outcome for outcome, _ in await stage.verdicts()) == {"applied": 1, "duplicate": copies}
    assert fake.calls["read"] == 1


async def test_a_flood_of_copies_acts_once_for_each_event(stage: Stage, fake: FakeProvider) -> None:
    """Twenty copies of each event on average, many at once, half of them days later."""
    dice = random.Random(4)  # noqa: S311 - repeatable chance
    bodies = []
    for _ in range(events := count(reduced=25, full=5_000)):
        _, provider_id = await asked(stage)
        fake.confirm(provider_id)
        bodies.append(fake.notification("payment.succeeded", provider_id))
    waves = [[body for body in bodies for _ in range(dice.randint(1, 20))] for _ in range(2)]

    for wave in waves:
        dice.shuffle(wave)
        for chunk in range(0, len(wave), 50):
            assert set(await asyncio.gather(*map(stage.notify, wave[chunk : chunk + 50]))) == {200}
        await stage.drain()
        stage.clock.advance(timedelta(days=3))

    outcomes = Counter(outcome for outcome, _ in await stage.verdicts())
    assert outcomes == {"applied": events, "duplicate": sum(map(len, waves)) - events}
    assert await stage.names() == ["PaymentSucceeded"] * events
    assert fake.calls["read"] == events
    assert await stage.violations() == []


async def tell(stage: Stage, lives: Sequence[Sequence[bytes]]) -> None:
    """Each life's notifications in its own order, the lives side by side."""
    for told in zip(*lives, strict=True):
        for body in told:
            assert await stage.notify(body) == 200
        await stage.drain()


async def test_any_order_of_five_notifications_pays_once(stage: Stage, fake: FakeProvider) -> None:
    """Held, paid, both again, and one that tells of a cancellation that never was: all 120 orders."""
    requests, lives = [], []
    for order in permutations(range(5)):
        request, provider_id = await asked(stage)
        fake.settle(provider_id, Held())
        held = fake.notification("payment.waiting_for_capture", provider_id)
        fake.confirm(provider_id, decline=DeclineReason.FRAUD_SUSPECTED)
        canceled = fake.notification("payment.canceled", provider_id)
        fake.confirm(provider_id)
        paid = fake.notification("payment.succeeded", provider_id)
        told = [held, paid, held, paid, canceled]
        requests.append(request)
        lives.append([told[index] for index in order])

    await tell(stage, lives)

    assert len(requests) == 120
    assert {(await stage.view(request)).status for request in requests} == {PaymentStatus.SUCCEEDED}
    assert await stage.names() == ["PaymentSucceeded"] * 120
    verdicts = Counter(await stage.verdicts())
    assert (verdicts["applied", None], verdicts["refused", "state"]) == (120, 120)
    assert sum(verdicts.values()) == 600
    assert await stage.violations() == []


async def test_any_order_of_five_notifications_refunds_once(stage: Stage, fake: FakeProvider) -> None:
    """Held and paid, late, and three refunds that nobody has heard the end of: all 120 orders."""
    requests, refunds, lives = [], [], []
    fake.next_refunds = [RefundStatus.PENDING] * 360
    for order in permutations(range(5)):
        request, provider_id = await asked(stage)
        fake.settle(provider_id, Held())
        told = [fake.notification("payment.waiting_for_capture", provider_id)]
        fake.confirm(provider_id)
        told.append(fake.notification("payment.succeeded", provider_id))
        requests.append((request, provider_id))
        lives.append((order, told))
    await stage.pass_time(timedelta(seconds=5))
    for (request, provider_id), (_, told) in zip(requests, lives, strict=True):
        for _ in range(3):
            refund = stage.make_refund(request, amount=PARTIAL)
            refunds.append(refund)
            assert await stage.payments.refund(refund) is RefundStatus.PENDING
        for provider_refund_id in [
            one for one, seen in fake.refunds.items() if seen.provider_payment_id == provider_id
        ]:
            fake.settle_refund(provider_refund_id)
            told.append(fake.notification("refund.succeeded", provider_refund_id))

    await tell(stage, [[told[index] for index in order] for order, told in lives])

    assert {await stage.refund_status(refund) for refund in refunds} == {RefundStatus.SUCCEEDED}
    assert Counter(await stage.names()) == {"PaymentSucceeded": 120, "RefundSucceeded": 360}
    assert Counter(await stage.verdicts()) == {("applied", None): 360, ("ignored", "known_already"): 240}
    assert await stage.violations() == []


async def test_a_notification_that_is_late_is_applied_as_the_provider_says_now(
    stage: Stage, fake: FakeProvider
) -> None:
    request, provider_id = await asked(stage)
    fake.settle(provider_id, Held())
    held = fake.notification("payment.waiting_for_capture", provider_id)
    fake.confirm(provider_id)

    await stage.notify(held)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.verdicts() == [("applied", None)]


async def test_a_cancellation_after_success_changes_nothing(stage: Stage, fake: FakeProvider) -> None:
    request, provider_id = await asked(stage)
    fake.confirm(provider_id, decline=DeclineReason.FRAUD_SUSPECTED)
    canceled = fake.notification("payment.canceled", provider_id)
    fake.confirm(provider_id)
    await stage.pass_time(timedelta(minutes=1))
    before = await stage.snapshot()

    await stage.notify(canceled)
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.snapshot() == before
    assert await stage.verdicts() == [("refused", "state")]


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every field."""
    if isinstance(value, dict):
        return [path, *(one for name, part in value.items() for one in leaves(part, (*path, name)))]
    return [path]


MUTATIONS: tuple[Any, ...] = (
    None,
    "",
    "x",
    0,
    1,
    -1,
    10**30,
    True,
    [],
    {},
    "0190a000-0000-7000-8000-00000000ffff",
    "2020-01-01T00:00:00Z",
)


def mutated(body: bytes, path: tuple[str, ...], value: object) -> bytes:
    message = json.loads(body)
    place = message
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(message).encode()


@pytest.mark.parametrize("truth", ["pending", "succeeded"])
async def test_a_forged_notification_changes_nothing_whatever_field_is_forged(
    stage: Stage, fake: FakeProvider, truth: str
) -> None:
    """A payment that waits for news, and a message about it in which one field after the other is another."""
    request, provider_id = await asked(stage)
    other, other_id = await asked(stage)
    waiting = fake.payments[provider_id]
    fake.confirm(provider_id)
    genuine = fake.notification("payment.succeeded", provider_id)
    if truth == "pending":
        fake.payments[provider_id] = waiting
    before = await stage.snapshot()
    forged = [
        mutated(genuine, path, value)
        for path in leaves(json.loads(genuine))[1:]
        for value in (*MUTATIONS, other_id, str(other.payment_id))
    ]
    forged = [body for body in forged if json.loads(body) != json.loads(genuine)]

    statuses = Counter([await stage.notify(body) for body in forged])
    await stage.drain()

    assert set(statuses) == {200, 400}
    verdicts = Counter(outcome for outcome, _ in await stage.verdicts())
    harmless = [reason for outcome, reason in await stage.verdicts() if outcome != "refused"]
    assert sum(verdicts.values()) == statuses[200]
    if truth == "pending":
        assert await stage.snapshot() == before
        assert set(harmless) <= {"known_already", "not_used"}
    else:
        # Where only words were forged that nobody reads, the provider itself says that it is paid.
        assert await stage.names() in ([], ["PaymentSucceeded"])
        assert (await stage.view(other)).status is PaymentStatus.PENDING
    assert verdicts["refused"] >= 30
    assert len(forged) >= 150
    assert request != other


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("object", "amount", "minor"), 1, "amount"),
        (("object", "amount", "currency"), "USD", "amount"),
        (("object", "payment_id"), "0190a000-0000-7000-8000-00000000ffff", "payment_id"),
        (("object", "payment_id"), None, "payment_id"),
        (("object", "account"), "another shop", "account"),
        (("object", "is_test"), False, "is_test"),
        (("object", "created_at"), "2020-01-01T00:00:00Z", "created_at"),
        (("object", "state", "captured_at"), "2020-01-01T00:00:00Z", "state"),
        (("object", "state", "instrument", "token"), "another token", "state"),
        (("object", "provider_payment_id"), "nowhere", "object_unknown"),
    ],
)
async def test_a_notification_that_differs_from_the_provider_is_refused_by_name(
    stage: Stage, fake: FakeProvider, path: tuple[str, ...], value: object, reason: str
) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    before = await stage.snapshot()

    status = await stage.notify(mutated(fake.notification("payment.succeeded", provider_id), path, value))
    await stage.drain()

    assert status == 200
    assert await stage.verdicts() == [("refused", reason)]
    assert await stage.snapshot() == before


async def test_a_payment_of_the_shop_that_we_did_not_ask_for_is_refused(stage: Stage, fake: FakeProvider) -> None:
    order = ChargeOrder(
        payment_id=PaymentId(uuid7(stage.clock.now())),
        order_id=OrderId(uuid7(stage.clock.now())),
        user_id=VIEWER,
        amount=PARTIAL,
        description="made by hand",
        language=Language.RU,
        receipt=make_receipt(PARTIAL),
        method_token=None,
        save_method=False,
        return_url="http://cinema.test/account",
    )
    seen = await fake.charge(Sealed(key="by hand", body=fake.write_charge(order)))
    assert isinstance(seen, Seen)
    provider_id = seen.provider_payment_id
    fake.confirm(provider_id)

    await stage.notify(fake.notification("payment.succeeded", provider_id))
    await stage.drain()

    assert await stage.verdicts() == [("refused", "payment_unknown")]
    assert await stage.snapshot() == []


async def test_a_provider_that_confirms_another_amount_is_not_believed_either(stage: Stage, fake: FakeProvider) -> None:
    request, provider_id = await asked(stage)
    fake.confirm(provider_id)
    fake.payments[provider_id] = replace(fake.payments[provider_id], amount=Money(minor=1, currency="RUB"))
    before = await stage.snapshot()

    await stage.notify(fake.notification("payment.succeeded", provider_id))
    await stage.drain()

    assert await stage.verdicts() == [("refused", "amount")]
    assert await stage.snapshot() == before
    assert (await stage.view(request)).status is PaymentStatus.PENDING


async def test_a_replayed_notification_changes_nothing(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    body = fake.notification("payment.succeeded", provider_id)
    await stage.notify(body)
    await stage.drain()
    before = await stage.snapshot()

    stage.clock.advance(timedelta(days=40))
    await stage.notify(body)
    await stage.drain()

    assert await stage.snapshot() == before


async def test_bodies_at_random_change_nothing(stage: Stage, fake: FakeProvider) -> None:
    dice = random.Random(7)  # noqa: S311 - repeatable chance
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    genuine = fake.notification("payment.succeeded", provider_id)
    fake.payments.pop(provider_id)
    before = await stage.snapshot()

    statuses: Counter[int] = Counter()
    for number in range(count(reduced=300, full=100_000)):
        if number % 500 == 499:
            await stage.drain()
        body = bytearray(genuine)
        for _ in range(dice.randint(1, 5)):
            place = dice.randrange(len(body))
            body[place : place + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
        statuses[await stage.notify(bytes(body))] += 1
    await stage.drain()

    assert set(statuses) <= {200, 400}
    assert await stage.snapshot() == before
