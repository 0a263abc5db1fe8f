"""A provider whose answers are false, field by field, at every place where an answer is read (S23)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.kit.money import Money
from cinema.payments.domain.payment import new_payment
from cinema.payments.domain.port import Seen, Succeeded
from cinema.payments.domain.trust import Identity, contradictions, differences
from cinema.payments.providers.fake import FakeProvider
from payments.stage import STRANGER, VIEWER, Stage

LIES: dict[str, Callable[[Seen], Seen]] = {
    "amount": lambda seen: replace(seen, amount=Money(minor=1, currency="RUB")),
    "more": lambda seen: replace(seen, amount=Money(minor=3990000, currency="RUB")),
    "currency": lambda seen: replace(seen, amount=Money(minor=39900, currency="USD")),
    "our id": lambda seen: replace(seen, payment_id="0190a000-0000-7000-8000-00000000ffff"),
    "no id of ours": lambda seen: replace(seen, payment_id=None),
    "account": lambda seen: replace(seen, account="another shop"),
    "test flag": lambda seen: replace(seen, is_test=not seen.is_test),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_charge_whose_answer_is_false_stays_unknown_until_the_truth_is_told(
    stage: Stage, fake: FakeProvider, lie: str
) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id)
    told = await stage.names()
    fake.twist = LIES[lie]

    view = await stage.payments.request(request)
    await stage.pass_time(timedelta(minutes=30))
    while_lying = await stage.view(request)
    told_while_lying = await stage.names()
    fake.twist = None
    await stage.pass_time(timedelta(minutes=10))

    assert view.status is while_lying.status is PaymentStatus.UNKNOWN
    assert told_while_lying == told
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert await stage.violations() == []


@pytest.mark.parametrize("lie", LIES)
async def test_a_poll_whose_answer_is_false_changes_nothing(stage: Stage, fake: FakeProvider, lie: str) -> None:
    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    fake.confirm(await stage.provider_id(request.payment_id))
    fake.twist = LIES[lie]

    await stage.pass_time(timedelta(minutes=30))
    while_lying = await stage.view(request)
    told_while_lying = await stage.names()
    method_while_lying = await stage.default_method(VIEWER)
    fake.twist = None
    await stage.pass_time(timedelta(minutes=10))

    assert while_lying.status is PaymentStatus.PENDING
    assert (told_while_lying, method_while_lying) == ([], None)
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded", "MethodSaved"]


@pytest.mark.parametrize("lie", LIES)
async def test_a_look_up_whose_answer_is_false_changes_nothing(stage: Stage, fake: FakeProvider, lie: str) -> None:
    method_id = await stage.save_method(fake)
    request = stage.make_request(method_id=method_id, lives=timedelta(days=9))
    fake.twist = LIES[lie]
    await stage.payments.request(request)
    stage.clock.advance(timedelta(days=2))

    await stage.pass_time(timedelta(minutes=5))
    while_lying = await stage.view(request)
    fake.twist = None
    await stage.pass_time(timedelta(minutes=15))

    assert while_lying.status is PaymentStatus.UNKNOWN
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert fake.charges[str(request.payment_id)] == 1
    assert fake.created[str(request.payment_id)] == 1


@pytest.mark.parametrize("lie", LIES)
async def test_a_notification_that_is_confirmed_by_a_lie_is_refused(stage: Stage, fake: FakeProvider, lie: str) -> None:
    request = stage.make_request()
    await stage.payments.request(request)
    provider_id = await stage.provider_id(request.payment_id)
    fake.confirm(provider_id)
    fake.payments[provider_id] = LIES[lie](fake.payments[provider_id])
    before = await stage.snapshot()

    await stage.notify(fake.notification("payment.succeeded", provider_id))
    await stage.drain()

    assert [outcome for outcome, _ in await stage.verdicts()] == ["refused"]
    assert await stage.snapshot() == before


async def test_a_false_id_at_the_start_is_put_right_by_ours(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    fake.twist = lambda seen: replace(seen, provider_payment_id="another")
    await stage.payments.request(request)
    fake.twist = None
    true_id = next(iter(fake.payments))
    wrong_id = await stage.provider_id(request.payment_id)
    fake.confirm(true_id)

    await stage.pass_time(timedelta(minutes=1))

    assert wrong_id == "another"
    assert await stage.provider_id(request.payment_id) == true_id
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED


async def test_an_answer_with_the_id_of_another_payment_is_not_believed(stage: Stage, fake: FakeProvider) -> None:
    first, second = stage.make_request(), stage.make_request()
    await stage.payments.request(first)
    taken = await stage.provider_id(first.payment_id)
    fake.twist = lambda seen: replace(seen, provider_payment_id=taken)

    view = await stage.payments.request(second)
    fake.twist = None
    await stage.pass_time(timedelta(minutes=1))

    assert view.status is PaymentStatus.UNKNOWN
    assert (await stage.view(second)).status is PaymentStatus.PENDING
    assert await stage.provider_id(second.payment_id) != taken


async def test_a_saved_method_that_is_another_users_is_not_taken_over(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake, user_id=STRANGER)
    token = (await stage.rows("SELECT token FROM payments.methods"))[0]["token"]
    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    paid = fake.confirm(await stage.provider_id(request.payment_id))
    assert isinstance(paid.state, Succeeded)
    assert paid.state.instrument is not None
    stolen = replace(paid.state, instrument=replace(paid.state.instrument, token=token))
    fake.payments[paid.provider_payment_id] = replace(paid, state=stolen)

    await stage.pass_time(timedelta(minutes=1))

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.default_method(VIEWER) is None
    default = await stage.default_method(STRANGER)
    assert default is not None
    assert default.id == method_id


async def test_every_field_that_is_compared_has_a_lie(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    await stage.payments.request(request)
    seen = fake.payments[await stage.provider_id(request.payment_id)]
    payment = replace(
        new_payment(request, provider="fake", now=stage.clock.now()), provider_payment_id=seen.provider_payment_id
    )
    identity = Identity(account=fake.account, is_test=fake.is_test)
    lies = [lie(seen) for lie in LIES.values()] + [replace(seen, provider_payment_id="another")]

    found = {name for lie in lies for name in differences(lie, payment=payment, identity=identity)}

    assert found == {"amount", "currency", "payment_id", "account", "is_test", "provider_payment_id"}
    assert differences(seen, payment=payment, identity=identity) == ()
    assert contradictions(seen, truth=seen) == ()
