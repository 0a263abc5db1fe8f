from datetime import timedelta
from typing import Any

import pytest

from sandbox.yookassa.driver import Driver, rub


async def refund(shop: Driver, payment: Any, value: str, **fields: Any) -> Any:
    response = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub(value), **fields})
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_full_refund_leaves_the_payment_succeeded(shop: Driver) -> None:
    payment = await shop.paid("399.00")

    refunded = await refund(shop, payment, "399.00", description="Not for me", metadata={"order_id": "1"})

    after = await shop.payment(payment["id"])
    assert refunded == {
        "id": refunded["id"],
        "payment_id": payment["id"],
        "status": "succeeded",
        "created_at": "2026-03-02T10:00:00.123Z",
        "amount": rub("399.00"),
        "description": "Not for me",
        "metadata": {"order_id": "1"},
        "refund_authorization_details": {"rrn": payment["authorization_details"]["rrn"]},
    }
    assert len(refunded["id"]) == 36
    assert (after["status"], after["refunded_amount"], after["refundable"]) == ("succeeded", rub("399.00"), False)
    assert (await shop.get(f"/refunds/{refunded['id']}")).json() == refunded


async def test_parts_are_refunded_up_to_the_whole(shop: Driver) -> None:
    payment = await shop.paid("399.00")

    for value in ("100.00", "1.00", "298.00"):
        await refund(shop, payment, value)
    too_much = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub("1.00")})

    assert (too_much.status_code, too_much.json()["parameter"]) == (400, "payment_id")
    assert (await shop.payment(payment["id"]))["refunded_amount"] == rub("399.00")
    assert (await shop.control("/refunds", method="GET"))["total"] == 3


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"amount": rub("399.01")}, "amount.value"),
        ({"amount": rub("0.99")}, "amount.value"),
        ({"amount": rub("398.00")}, "amount.value"),
        ({"amount": rub("398.50")}, "amount.value"),
        ({"amount": {"value": "10.00", "currency": "USD"}}, "amount.currency"),
        ({"payment_id": "short"}, "payment_id"),
        ({"payment_id": "00000000-0000-7000-8000-000000000000"}, "payment_id"),
        ({"description": "x" * 251}, "description"),
    ],
)
async def test_a_refund_that_cannot_be_changes_nothing(shop: Driver, change: dict[str, Any], parameter: str) -> None:
    payment = await shop.paid("399.00")

    response = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub("10.00"), **change})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert response.json()["parameter"] == parameter
    assert await shop.payment(payment["id"]) == payment
    assert (await shop.control("/refunds", method="GET"))["total"] == 0


async def test_only_a_succeeded_payment_is_refunded(shop: Driver) -> None:
    pending = await shop.create()
    held = await shop.pay(await shop.create(capture=False))

    for payment in (pending, held):
        response = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub("10.00")})

        assert (response.status_code, response.json()["parameter"]) == (400, "payment_id")


async def test_a_delayed_refund_settles_on_the_clock(shop: Driver) -> None:
    payment = await shop.paid("399.00")
    await shop.control("/refunds/outcomes", {"pending_s": 3600})

    pending = await refund(shop, payment, "399.00")
    meanwhile = await shop.payment(payment["id"])
    another = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub("10.00")})
    await shop.tick(timedelta(hours=1))

    assert (pending["status"], meanwhile["refunded_amount"]) == ("pending", rub("0.00"))
    assert another.status_code == 400
    assert (await shop.get(f"/refunds/{pending['id']}")).json()["status"] == "succeeded"
    assert (await shop.payment(payment["id"]))["refunded_amount"] == rub("399.00")
    assert shop.merchant.events == ["payment.succeeded", "refund.succeeded"]


async def test_a_canceled_refund_is_told_to_nobody_and_may_be_tried_again(shop: Driver) -> None:
    payment = await shop.paid("399.00")
    await shop.control("/refunds/outcomes", {"reason": "insufficient_funds"})

    canceled = await refund(shop, payment, "399.00")
    again = await refund(shop, payment, "399.00")
    await shop.tick()

    assert canceled["cancellation_details"] == {"party": "refund_network", "reason": "insufficient_funds"}
    assert (canceled["status"], again["status"]) == ("canceled", "succeeded")
    assert shop.merchant.events == ["payment.succeeded", "refund.succeeded"]
    assert shop.merchant.received[1]["object"]["id"] == again["id"]


@pytest.mark.parametrize(
    ("resolution", "status", "refunded"),
    [
        ({"status": "succeeded"}, "succeeded", "399.00"),
        ({"status": "canceled", "reason": "rejected_by_payee", "party": "yoo_money"}, "canceled", "0.00"),
    ],
)
async def test_a_held_refund_waits_for_its_resolution(
    shop: Driver, resolution: dict[str, str], status: str, refunded: str
) -> None:
    payment = await shop.paid("399.00")
    await shop.control("/refunds/outcomes", {"held": True})
    held = await refund(shop, payment, "399.00")
    await shop.tick(timedelta(days=30))

    resolved = await shop.control(f"/refunds/{held['id']}/resolution", resolution)

    assert (held["status"], resolved["status"]) == ("pending", status)
    assert (await shop.payment(payment["id"]))["refunded_amount"] == rub(refunded)


async def test_a_card_takes_nothing_back_after_fifteen_months(shop: Driver) -> None:
    payment = await shop.paid("399.00")
    shop.clock.advance(timedelta(days=451))

    late = await refund(shop, payment, "399.00")
    shop.clock.advance(timedelta(days=3 * 365 - 450))
    too_late = await shop.post("/refunds", {"payment_id": payment["id"], "amount": rub("399.00")})

    assert late["cancellation_details"] == {"party": "refund_network", "reason": "payment_expired"}
    assert (too_late.status_code, too_late.json()["parameter"]) == (400, "payment_id")


async def test_refunds_are_listed_by_payment_and_status(shop: Driver) -> None:
    first, second = await shop.paid("399.00"), await shop.paid("399.00")
    refunds = [await refund(shop, payment, "10.00") for payment in (first, first, second)]

    of_first = (await shop.get("/refunds", payment_id=first["id"], limit="1")).json()
    rest = (await shop.get("/refunds", payment_id=first["id"], limit="1", cursor=of_first["next_cursor"])).json()
    canceled = (await shop.get("/refunds", status="canceled")).json()

    assert [item["id"] for item in of_first["items"] + rest["items"]] == [refunds[1]["id"], refunds[0]["id"]]
    assert "next_cursor" not in rest
    assert canceled == {"type": "list", "items": []}
