"""What every provider that files receipts by themselves does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.enums import ReceiptStatus
from cinema.kit.client import NoAnswer
from cinema.payments.domain.port import ReceiptOrder, Rejected, Seen, SeenReceipt
from providers.rigs import PRICE, Rig, make_order, make_receipt, seal

NOWHERE = "0190a000-0000-7000-8000-00000000ffff"
SPAN = timedelta(hours=1)


async def paid(rig: Rig) -> str:
    seen = await rig.provider.charge(seal(rig, rig.provider.write_charge(make_order(rig.clock))))
    assert isinstance(seen, Seen)
    await rig.pay(seen.provider_payment_id)
    return seen.provider_payment_id


def closing(provider_payment_id: str) -> ReceiptOrder:
    return ReceiptOrder(provider_payment_id=provider_payment_id, amount=PRICE, receipt=make_receipt(PRICE))


async def listed(rig: Rig, provider_payment_id: str) -> SeenReceipt | None:
    now = rig.clock.now()
    found = await rig.provider.look_up_receipt(
        provider_payment_id=provider_payment_id, since=now - SPAN, until=now + SPAN
    )
    assert found is None or isinstance(found, SeenReceipt)
    return found


async def test_what_was_paid_ahead_is_closed_and_found_again(rig: Rig) -> None:
    payment = await paid(rig)
    before = await listed(rig, payment)

    seen = await rig.provider.send_receipt(seal(rig, rig.provider.write_receipt(closing(payment))))

    assert before is None
    assert isinstance(seen, SeenReceipt)
    assert (seen.provider_payment_id, seen.amount, seen.is_closing) == (payment, PRICE, True)
    assert seen.status is ReceiptStatus.SUCCEEDED
    assert await rig.provider.read_receipt(seen.provider_receipt_id) == seen
    assert await listed(rig, payment) == seen


async def test_the_same_key_files_one_receipt(rig: Rig) -> None:
    sealed = seal(rig, rig.provider.write_receipt(closing(await paid(rig))))

    first = await rig.provider.send_receipt(sealed)
    again = await rig.provider.send_receipt(sealed)

    assert isinstance(first, SeenReceipt)
    assert again == first


async def test_a_key_with_another_body_is_refused(rig: Rig) -> None:
    payment = await paid(rig)
    sealed = seal(rig, rig.provider.write_receipt(closing(payment)))
    await rig.provider.send_receipt(sealed)
    other = ReceiptOrder(
        provider_payment_id=payment,
        amount=replace(PRICE, minor=100),
        receipt=make_receipt(replace(PRICE, minor=100)),
    )

    answer = await rig.provider.send_receipt(replace(sealed, body=rig.provider.write_receipt(other)))

    assert isinstance(answer, Rejected)


async def test_a_lost_answer_is_told_by_a_repeat_and_by_the_list(rig: Rig) -> None:
    payment = await paid(rig)
    sealed = seal(rig, rig.provider.write_receipt(closing(payment)))
    await rig.lose("send_receipt", after=True)

    with pytest.raises(NoAnswer):
        await rig.provider.send_receipt(sealed)

    found = await listed(rig, payment)
    assert isinstance(found, SeenReceipt)
    assert await rig.provider.send_receipt(sealed) == found


async def test_of_a_payment_that_is_not_there_nothing_is_closed(rig: Rig) -> None:
    answer = await rig.provider.send_receipt(seal(rig, rig.provider.write_receipt(closing(NOWHERE))))

    assert isinstance(answer, Rejected)
    assert await listed(rig, NOWHERE) is None


async def test_what_does_not_add_up_is_rejected(rig: Rig) -> None:
    payment = await paid(rig)
    wrong = replace(closing(payment), amount=replace(PRICE, minor=100))

    answer = await rig.provider.send_receipt(seal(rig, rig.provider.write_receipt(wrong)))

    assert isinstance(answer, Rejected)
    assert await listed(rig, payment) is None


async def test_a_receipt_that_is_not_there_is_not_there(rig: Rig) -> None:
    assert isinstance(await rig.provider.read_receipt("rt-nothing"), Rejected)
