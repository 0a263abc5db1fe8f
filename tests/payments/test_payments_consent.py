"""Methods are kept, and charged, only as their owner agreed (B17, M1)."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from cinema.contracts.billing import AgreementBound, MethodUnwanted
from cinema.contracts.ids import MethodId, SubscriptionId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.payments.domain.port import Instrument, Seen, Succeeded
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import STRANGER, VIEWER, Stage
from payments.test_payments_invariants import found_after

CARD = Instrument(token="one-card", kind="bank_card", title="Bank card *4444", is_saved=True)


async def pay_by(stage: Stage, fake: FakeProvider, card: Instrument = CARD) -> tuple[PaymentRequest, MethodId]:
    """A purchase that keeps a card."""
    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    state = Succeeded(captured_at=stage.clock.now(), fee=None, instrument=card)
    fake.settle(await stage.provider_id(request.payment_id), state)
    await stage.pass_time(timedelta(minutes=1))
    [method_id] = [one["method_id"] for one in await stage.events("PaymentSucceeded")][-1:]
    return request, MethodId(UUID(method_id))


async def say_unwanted(
    stage: Stage, request: PaymentRequest, method_id: MethodId, *, user_id: UserId = VIEWER
) -> list[str]:
    """Billing does not want what was kept; what payments say of removals since."""
    event = MethodUnwanted(
        order_id=request.order_id, user_id=user_id, payment_id=request.payment_id, method_id=method_id
    )
    for _ in range(2):  # an event may be told twice
        async with stage.db.write() as tx:
            await publish(tx, event, now=stage.clock.now())
    await stage.drain()
    return [one["reason"] for one in await stage.events("MethodRemoved")]


async def test_a_method_that_just_an_unwanted_purchase_kept_goes_with_it(stage: Stage, fake: FakeProvider) -> None:
    older = await stage.save_method(fake)
    request, method_id = await pay_by(stage, fake)

    removed = await say_unwanted(stage, request, method_id)

    assert removed == ["unwanted"]
    assert set(await stage.payments.methods([older, method_id])) == {older}
    assert await stage.default_id(VIEWER) == older
    assert (await stage.payments.request(stage.make_request(method_id=method_id))).decline_reason == "method_removed"
    assert await stage.violations() == []


async def test_a_method_that_an_earlier_purchase_had_kept_stays(stage: Stage, fake: FakeProvider) -> None:
    first, method_id = await pay_by(stage, fake)
    second, same = await pay_by(stage, fake)

    removed = await say_unwanted(stage, second, method_id) + await say_unwanted(stage, first, method_id)

    assert (same, removed) == (method_id, [])
    assert set(await stage.payments.methods([method_id])) == {method_id}


async def test_a_method_that_comes_back_belongs_to_the_purchase_that_brought_it(
    stage: Stage, fake: FakeProvider
) -> None:
    first, method_id = await pay_by(stage, fake)
    async with stage.browser("viewer") as browser:
        await browser.delete(f"/v1/payment-methods/{method_id}")
    second, _ = await pay_by(stage, fake)

    kept = await say_unwanted(stage, first, method_id)
    gone = await say_unwanted(stage, second, method_id)

    assert (kept, gone) == (["removed"], ["removed", "unwanted"])


async def test_who_relies_on_a_method_that_is_gone_is_told_once_more(stage: Stage, fake: FakeProvider) -> None:
    kept = await stage.save_method(fake)
    _, method_id = await pay_by(stage, fake)
    async with stage.browser("viewer") as browser:
        await browser.delete(f"/v1/payment-methods/{method_id}")
    before = len(await stage.events("MethodRemoved"))

    for one in (kept, method_id, MethodId(uuid7(stage.clock.now()))):
        bound = AgreementBound(subscription_id=SubscriptionId(uuid7(stage.clock.now())), user_id=VIEWER, method_id=one)
        async with stage.db.write() as tx:
            await publish(tx, bound, now=stage.clock.now())
    await stage.drain()

    told = [(one["method_id"], one["reason"]) for one in await stage.events("MethodRemoved")]
    assert (before, told) == (1, [(str(method_id), "removed")] * 2)


async def test_nobody_ends_the_method_of_another(stage: Stage, fake: FakeProvider) -> None:
    request, method_id = await pay_by(stage, fake)

    assert await say_unwanted(stage, request, method_id, user_id=STRANGER) == []
    assert set(await stage.payments.methods([method_id])) == {method_id}


async def test_a_method_is_not_kept_without_consent_whatever_the_provider_shows(
    stage: Stage, fake: FakeProvider
) -> None:
    request = stage.make_request(save_method=False)
    await stage.payments.request(request)
    state = Succeeded(captured_at=stage.clock.now(), fee=None, instrument=CARD)
    fake.settle(await stage.provider_id(request.payment_id), state)

    await stage.pass_time(timedelta(minutes=1))

    [event] = await stage.events()
    assert (event["name"], event["method_id"], event["method_title"]) == ("PaymentSucceeded", None, CARD.title)
    assert await stage.default_method(VIEWER) is None


async def test_a_method_is_not_kept_that_the_provider_did_not_save(stage: Stage, fake: FakeProvider) -> None:
    def unsaved(seen: Seen) -> Seen:
        if not isinstance(seen.state, Succeeded):
            return seen
        return replace(seen, state=replace(seen.state, instrument=replace(CARD, is_saved=False)))

    request = stage.make_request(save_method=True)
    await stage.payments.request(request)
    fake.confirm(await stage.provider_id(request.payment_id))
    fake.twist = unsaved

    await stage.pass_time(timedelta(minutes=1))

    assert await stage.names() == ["PaymentSucceeded"]
    assert await stage.default_method(VIEWER) is None


@pytest.mark.parametrize("fault", [Fault.NOT_SENT, Fault.TOO_BUSY, Fault.NOT_ALLOWED, Fault.LOST_BEFORE])
async def test_nothing_leaves_on_an_unwanted_method_not_even_what_is_tried_again(
    stage: Stage, fake: FakeProvider, fault: Fault
) -> None:
    request, method_id = await pay_by(stage, fake)
    waiting = stage.make_request(method_id=method_id)
    fake.fail("charge", fault)
    await stage.payments.request(waiting)
    sent = fake.calls["charge"]

    await say_unwanted(stage, request, method_id)
    await stage.pass_time(timedelta(hours=1))

    assert (await stage.view(waiting)).decline_reason == "method_removed"
    assert (fake.calls["charge"], fake.charges[str(waiting.payment_id)]) == (sent, 0)
    assert await stage.violations() == []


async def test_a_charge_that_leaves_on_a_removed_method_is_found(stage: Stage, fake: FakeProvider) -> None:
    _, method_id = await pay_by(stage, fake)
    charged = stage.make_request(method_id=method_id)
    await stage.payments.request(charged)
    planted = "UPDATE payments.methods SET ended_reason = 'removed', is_default = false, ended_at = $1"

    at_once = await found_after(stage, (planted, stage.clock.now()))
    long_before = await found_after(stage, (planted, stage.clock.now() - timedelta(minutes=2)))

    assert at_once == []
    assert [one.split(" was sent")[0] for one in long_before] == [f"I12: Payment {charged.payment_id}"]
