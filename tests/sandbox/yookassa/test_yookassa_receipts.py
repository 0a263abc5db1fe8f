from collections.abc import Callable
from typing import Any

import pytest

from sandbox.yookassa.driver import Driver, payment_body, rub


def receipt(value: str = "399.00", **fields: Any) -> dict[str, Any]:
    item = {
        "description": "One month",
        "quantity": 1,
        "amount": rub(value),
        "vat_code": 1,
        "payment_subject": "service",
        "payment_mode": "full_payment",
        "measure": "piece",
    }
    return {"customer": {"email": "viewer@cinema.example"}, "items": [item], **fields}


def item(**change: Any) -> dict[str, Any]:
    return {**receipt()["items"][0], **change}


async def test_a_receipt_is_registered_with_its_payment(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)
    pending = await shop.create(receipt=receipt())

    paid = await shop.pay(pending)

    receipts = (await shop.get("/receipts", payment_id=paid["id"])).json()["items"]
    assert (pending["receipt_registration"], paid["receipt_registration"]) == ("pending", "succeeded")
    assert [(each["type"], each["status"], each["payment_id"]) for each in receipts] == [
        ("payment", "succeeded", paid["id"]),
    ]
    assert receipts[0]["items"] == receipt()["items"]
    assert len(receipts[0]["id"]) == 39
    assert (await shop.get(f"/receipts/{receipts[0]['id']}")).json() == receipts[0]


async def test_a_declined_payment_has_no_receipt(shop: Driver) -> None:
    declined = await shop.pay(await shop.create(receipt=receipt()), "5555555555554600")

    assert declined["receipt_registration"] == "canceled"
    assert (await shop.get("/receipts")).json()["items"] == []


@pytest.mark.parametrize(
    "bad",
    [
        None,
        receipt("398.99"),
        receipt(customer={}),
        receipt(customer={"phone": "79000000000"}),
        receipt(items=[item(measure=None)]),
        receipt(items=[item(payment_mode="advance")]),
        receipt(items=[item(amount={"value": "399.00", "currency": "USD"})]),
    ],
    ids=["missing", "another sum", "no customer", "no e-mail", "no measure", "wrong mode", "another currency"],
)
async def test_a_missing_or_wrong_receipt_is_refused(open_shop: Callable[..., Driver], bad: Any) -> None:
    shop = open_shop(receipts_required=True)

    response = await shop.post("/payments", payment_body(receipt=bad))

    assert (response.status_code, response.json()["parameter"]) == (400, "receipt")
    assert response.json()["description"] == "Receipt is missing or illegal"
    assert (await shop.control("/payments", method="GET"))["total"] == 0


@pytest.mark.parametrize(
    ("bad", "parameter"),
    [
        (receipt(items=[]), "receipt.items"),
        (receipt(items=[item()] * 81), "receipt.items"),
        (receipt(items=[item(vat_code=13)]), "receipt.items.0.vat_code"),
        (receipt(items=[item(quantity=0)]), "receipt.items.0.quantity"),
        (receipt(items=[item(quantity=1.0001)]), "receipt.items.0.quantity"),
        (receipt(items=[item(description="")]), "receipt.items.0.description"),
        (receipt(items=[item(description="x" * 129)]), "receipt.items.0.description"),
        (receipt(customer={"email": "nobody"}), "receipt.customer.email"),
        (receipt(customer={"phone": "+79000000000"}), "receipt.customer.phone"),
        (receipt(tax_system_code=7), "receipt.tax_system_code"),
    ],
)
async def test_a_wrong_field_of_a_receipt_is_named(shop: Driver, bad: Any, parameter: str) -> None:
    response = await shop.post("/payments", payment_body(receipt=bad))

    assert (response.status_code, response.json()["parameter"]) == (400, parameter)


async def test_fractions_of_a_line_are_rounded_to_a_kopeck(shop: Driver) -> None:
    line = item(quantity=1.5, amount=rub("266.00"))

    payment = await shop.create("399.00", receipt=receipt(items=[line]))

    assert payment["receipt_registration"] == "pending"


async def test_a_partial_refund_needs_a_receipt_and_a_full_one_reuses_it(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)
    payment = await shop.paid("399.00", receipt=receipt())
    other = await shop.paid("399.00", receipt=receipt())
    part = {"payment_id": payment["id"], "amount": rub("100.00")}

    without = await shop.post("/refunds", part)
    partial = (await shop.post("/refunds", {**part, "receipt": receipt("100.00")})).json()
    full = (await shop.post("/refunds", {"payment_id": other["id"], "amount": rub("399.00")})).json()

    assert (without.status_code, without.json()["parameter"]) == (400, "receipt")
    assert (partial["receipt_registration"], full["receipt_registration"]) == ("succeeded", "succeeded")
    for refund in (partial, full):
        receipts = (await shop.get("/receipts", refund_id=refund["id"])).json()["items"]
        assert [(each["type"], each["refund_id"]) for each in receipts] == [("refund", refund["id"])]


async def test_the_demand_for_a_receipt_can_be_switched_off_and_on(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)
    at_first = await shop.control("/receipts", method="GET")

    switched = await shop.control("/receipts", {"required": False}, method="PUT")
    without = await shop.paid("399.00")
    part = await shop.post("/refunds", {"payment_id": without["id"], "amount": rub("100.00")})
    told = (await shop.get("/me")).json()["fiscalization"]["enabled"]
    await shop.control("/receipts", {"required": True}, method="PUT")
    refused = await shop.post("/payments", payment_body("399.00"))

    assert (at_first, switched, told) == ({"required": True}, {"required": False}, False)
    assert (part.status_code, refused.status_code, refused.json()["parameter"]) == (200, 400, "receipt")
    assert (await shop.get("/receipts")).json()["items"] == []
    assert (await shop.get("/me")).json()["fiscalization"]["enabled"] is True


async def test_a_shop_that_forgets_demands_what_it_did_at_first(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)
    await shop.control("/receipts", {"required": False}, method="PUT")

    await shop.control("/state", method="DELETE")

    assert await shop.control("/receipts", method="GET") == {"required": True}


async def test_a_partial_capture_needs_its_own_receipt(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)
    held = await shop.pay(await shop.create("399.00", capture=False, receipt=receipt()))
    part = {"amount": rub("100.00")}

    without = await shop.post(f"/payments/{held['id']}/capture", part)
    captured = (await shop.post(f"/payments/{held['id']}/capture", {**part, "receipt": receipt("100.00")})).json()

    receipts = (await shop.get("/receipts", payment_id=held["id"])).json()["items"]
    assert (without.status_code, without.json()["parameter"]) == (400, "receipt")
    assert (captured["status"], captured["receipt_registration"]) == ("succeeded", "succeeded")
    assert [each["items"][0]["amount"] for each in receipts] == [rub("100.00")]


async def test_a_separate_receipt_is_registered_for_a_paid_payment(shop: Driver) -> None:
    paid = await shop.paid("399.00")
    body = {
        **receipt(),
        "type": "payment",
        "payment_id": paid["id"],
        "send": True,
        "settlements": [{"type": "prepayment", "amount": rub("399.00")}],
    }

    created = await shop.post("/receipts", body)
    unpaid = await shop.post("/receipts", {**body, "payment_id": (await shop.create())["id"]})
    uneven = await shop.post("/receipts", {**body, "settlements": [{"type": "cashless", "amount": rub("1.00")}]})

    assert (created.status_code, created.json()["status"]) == (200, "succeeded")
    assert created.json()["settlements"] == body["settlements"]
    assert (unpaid.status_code, unpaid.json()["parameter"]) == (400, "payment_id")
    assert (uneven.status_code, uneven.json()["parameter"]) == (400, "settlements")
    assert len((await shop.get("/receipts")).json()["items"]) == 1
