"""What every provider that binds methods without a purchase does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.kit.client import NoAnswer
from cinema.payments.domain.port import (
    ActionRequired,
    Bound,
    NotAllowed,
    NotBound,
    Rejected,
    Seen,
    SeenBinding,
    Succeeded,
)
from providers.rigs import Rig, make_binding, make_order, seal
from providers.test_provider_contract import bound

NOWHERE = "0190a000-0000-7000-8000-00000000ffff"


async def test_an_owner_is_sent_to_a_page_to_bind_a_card(rig: Rig) -> None:
    order = make_binding(rig.clock)

    seen = await rig.provider.bind(seal(rig, rig.provider.write_binding(order)))

    assert isinstance(seen, SeenBinding)
    assert isinstance(seen.state, ActionRequired)
    assert (seen.binding_id, seen.account) == (str(order.binding_id), rig.provider.account)
    assert await rig.provider.read_binding(seen.provider_method_id) == seen


async def test_a_bound_card_is_charged_at_once(rig: Rig) -> None:
    binding = await bound(rig)
    await rig.bind(binding.provider_method_id, declines=False)

    seen = await rig.provider.read_binding(binding.provider_method_id)

    assert isinstance(seen, SeenBinding)
    assert isinstance(seen.state, Bound)
    instrument = seen.state.instrument
    assert (instrument.is_saved, instrument.kind) == (True, "bank_card")
    assert instrument.title == f"Bank card *{instrument.card_last4}"
    assert instrument.card_expiry is not None
    order = make_order(rig.clock, method_token=instrument.token)
    charge = await rig.provider.charge(seal(rig, rig.provider.write_charge(order)))
    assert isinstance(charge, Seen)
    assert isinstance(charge.state, Succeeded)
    assert await rig.taken(order.payment_id) == 1


async def test_a_card_that_is_refused_is_not_bound(rig: Rig) -> None:
    binding = await bound(rig)
    await rig.bind(binding.provider_method_id, declines=True)

    seen = await rig.provider.read_binding(binding.provider_method_id)

    assert seen == replace(binding, state=NotBound())


async def test_a_page_to_bind_a_card_is_open_for_an_hour(rig: Rig) -> None:
    binding = await bound(rig)

    rig.clock.advance(timedelta(hours=1) - timedelta(seconds=1))
    before = await rig.provider.read_binding(binding.provider_method_id)
    rig.clock.advance(timedelta(seconds=1))
    after = await rig.provider.read_binding(binding.provider_method_id)

    assert before == binding
    assert after == replace(binding, state=NotBound())


@pytest.mark.parametrize("after", [False, True])
async def test_a_binding_whose_answer_got_lost_is_repeated_under_its_key(rig: Rig, *, after: bool) -> None:
    sealed = seal(rig, rig.provider.write_binding(make_binding(rig.clock)))
    await rig.lose("bind", after=after)

    with pytest.raises(NoAnswer):
        await rig.provider.bind(sealed)
    first = await rig.provider.bind(sealed)
    second = await rig.provider.bind(sealed)

    assert isinstance(first, SeenBinding)
    assert first == second


async def test_a_key_of_another_binding_is_refused(rig: Rig) -> None:
    sealed = seal(rig, rig.provider.write_binding(make_binding(rig.clock)))
    await rig.provider.bind(sealed)

    other = await rig.provider.bind(replace(sealed, body=rig.provider.write_binding(make_binding(rig.clock))))

    assert isinstance(other, Rejected)


async def test_a_binding_that_may_not_be_is_not(rig: Rig) -> None:
    await rig.forbid_binding()

    with pytest.raises(NotAllowed):
        await rig.provider.bind(seal(rig, rig.provider.write_binding(make_binding(rig.clock))))


async def test_a_binding_that_is_not_there_is_rejected(rig: Rig) -> None:
    assert isinstance(await rig.provider.read_binding(NOWHERE), Rejected)


async def test_a_notification_tells_of_a_bound_card(rig: Rig) -> None:
    binding = await bound(rig)
    await rig.bind(binding.provider_method_id, declines=False)

    body = await rig.notification("payment_method.active", binding.provider_method_id)
    told = rig.provider.parse_notification(body=body, headers={})

    assert (told.event, told.object_id) == ("payment_method.active", binding.provider_method_id)
    assert told.claim == await rig.provider.read_binding(binding.provider_method_id)
