"""What the adapter sends."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.money import Money
from cinema.payments.domain.port import ReceiptOrder, Seen
from cinema.payments.providers.yookassa.requests import binding_body, charge_body, receipt_body, refund_body
from providers.rigs import PRICE, YookassaRig, make_binding, make_order, make_receipt, make_refund, seal
from sandbox.yookassa.driver import Driver

RECEIPT = {
    "customer": {"email": "viewer@cinema.test"},
    "items": [
        {
            "description": "Подписка на месяц",
            "quantity": 1,
            "amount": {"value": "399.00", "currency": "RUB"},
            "vat_code": 1,
            "payment_subject": "service",
            "payment_mode": "full_payment",
            "measure": "piece",
        }
    ],
}


def test_a_charge_on_the_page_says_everything_and_leaves_nothing_to_defaults(clock: ManualClock) -> None:
    order = make_order(clock, save_method=True)

    body = json.loads(charge_body(order))

    assert body == {
        "amount": {"value": "399.00", "currency": "RUB"},
        "capture": True,
        "description": "Подписка на месяц",
        "merchant_customer_id": str(order.user_id),
        "metadata": {"payment_id": str(order.payment_id), "order_id": str(order.order_id)},
        "receipt": RECEIPT,
        "save_payment_method": True,
        "confirmation": {"type": "redirect", "return_url": "http://cinema.test/account", "locale": "ru_RU"},
    }


def test_a_charge_of_a_saved_method_asks_for_no_confirmation(clock: ManualClock) -> None:
    body = json.loads(charge_body(make_order(clock, method_token="a-token", save_method=True)))

    assert body["payment_method_id"] == "a-token"
    assert not {"confirmation", "save_payment_method"} & set(body)
    assert body["capture"] is True


def test_a_closing_receipt_settles_what_was_paid_ahead(clock: ManualClock) -> None:
    order = ReceiptOrder(provider_payment_id="p", amount=PRICE, receipt=make_receipt(PRICE))

    body = json.loads(receipt_body(order))

    assert {name: value for name, value in body.items() if name not in {"customer", "items"}} == {
        "type": "payment",
        "payment_id": "p",
        "settlements": [{"type": "prepayment", "amount": {"value": "399.00", "currency": "RUB"}}],
        "send": True,
    }
    assert body["customer"] == json.loads(charge_body(make_order(clock)))["receipt"]["customer"]
    assert body["items"] == json.loads(charge_body(make_order(clock)))["receipt"]["items"]


def test_a_binding_is_of_a_card_and_names_ours(clock: ManualClock) -> None:
    order = make_binding(clock)

    assert json.loads(binding_body(order)) == {
        "type": "bank_card",
        "confirmation": {"type": "redirect", "return_url": "http://cinema.test/account", "locale": "ru_RU"},
        "metadata": {"binding_id": str(order.binding_id)},
    }


def test_the_page_of_a_binding_speaks_its_owners_language(clock: ManualClock) -> None:
    body = json.loads(binding_body(replace(make_binding(clock), language=Language.EN)))

    assert body["confirmation"]["locale"] == "en_US"


def test_a_method_is_not_saved_unless_asked_for(clock: ManualClock) -> None:
    body = json.loads(charge_body(make_order(clock, save_method=False)))

    assert body["save_payment_method"] is False


def test_the_page_speaks_the_payers_language(clock: ManualClock) -> None:
    body = json.loads(charge_body(replace(make_order(clock), language=Language.EN)))

    assert body["confirmation"]["locale"] == "en_US"


def test_a_refund_carries_our_id_and_its_own_receipt(clock: ManualClock) -> None:
    order = make_refund(clock, "2d9a3f0e-000f-5000-8000-1a2b3c4d5e6f", amount=Money(minor=10050, currency="RUB"))

    body = json.loads(refund_body(order))

    assert body["payment_id"] == "2d9a3f0e-000f-5000-8000-1a2b3c4d5e6f"
    assert body["amount"] == {"value": "100.50", "currency": "RUB"}
    assert body["metadata"] == {"refund_id": str(order.refund_id)}
    assert body["receipt"]["items"][0]["amount"] == {"value": "100.50", "currency": "RUB"}


def test_long_descriptions_are_cut_to_what_the_provider_takes(clock: ManualClock) -> None:
    line = replace(make_receipt(make_order(clock).amount).lines[0], description="о" * 500)
    order = replace(make_order(clock), description="о" * 500, receipt=replace(make_order(clock).receipt, lines=(line,)))
    refund = replace(make_refund(clock, "x"), description="о" * 500)

    charge: dict[str, Any] = json.loads(charge_body(order))

    assert len(charge["description"]) == 128
    assert len(charge["receipt"]["items"][0]["description"]) == 128
    assert len(json.loads(refund_body(refund))["description"]) == 250


@pytest.mark.parametrize("save_method", [False, True])
async def test_a_shop_that_demands_receipts_takes_ours(shop: Driver, save_method: bool) -> None:  # noqa: FBT001 - a parameter
    rig = YookassaRig(shop)

    seen = await rig.provider.charge(
        seal(rig, rig.provider.write_charge(make_order(shop.clock, save_method=save_method)))
    )
    await rig.provider.close()

    assert isinstance(seen, Seen)
