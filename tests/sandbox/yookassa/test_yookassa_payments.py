from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sandbox.yookassa.driver import SHOP_ID, Driver, payment_body, rub


async def test_a_new_payment_waits_for_its_payer(shop: Driver) -> None:
    payment = await shop.create(metadata={"order_id": "42"}, merchant_customer_id="viewer-1")

    assert payment == {
        "id": payment["id"],
        "status": "pending",
        "amount": rub("399.00"),
        "description": "One month",
        "recipient": {"account_id": SHOP_ID, "gateway_id": "2000001"},
        "created_at": "2026-03-02T10:00:00.123Z",
        "confirmation": {
            "type": "redirect",
            "return_url": "https://cinema.example/return?order=1",
            "confirmation_url": f"{shop.server.url}/checkout/payments/{payment['id']}",
        },
        "test": True,
        "paid": False,
        "refundable": False,
        "metadata": {"order_id": "42"},
        "merchant_customer_id": "viewer-1",
    }
    assert len(payment["id"]) == 36
    assert await shop.payment(payment["id"]) == payment


async def test_a_one_stage_payment_succeeds_with_its_fee_taken(shop: Driver) -> None:
    payment = await shop.create("399.00")

    paid = await shop.pay(payment)

    assert paid["status"] == "succeeded"
    assert (paid["paid"], paid["refundable"]) == (True, True)
    assert paid["income_amount"] == rub("385.03")
    assert paid["refunded_amount"] == rub("0.00")
    assert paid["captured_at"] == "2026-03-02T10:00:00.123Z"
    assert paid["authorization_details"]["three_d_secure"] == {"applied": False}
    assert paid["payment_method"] == {
        "type": "bank_card",
        "id": payment["id"],
        "saved": False,
        "status": "inactive",
        "title": "Bank card *1111",
        "card": {
            "first6": "411111",
            "last4": "1111",
            "expiry_year": "2031",
            "expiry_month": "12",
            "card_type": "Visa",
            "issuer_country": "RU",
        },
    }
    assert "confirmation" not in paid
    assert "expires_at" not in paid


async def test_a_two_stage_payment_is_held_for_seven_days_and_captured(shop: Driver) -> None:
    held = await shop.pay(await shop.create(capture=False))

    response = await shop.post(f"/payments/{held['id']}/capture")

    assert (held["status"], held["paid"], held["refundable"]) == ("waiting_for_capture", True, False)
    assert held["expires_at"] == "2026-03-09T10:00:00.123Z"
    assert (response.status_code, response.json()["status"]) == (200, "succeeded")
    assert "expires_at" not in response.json()


async def test_capture_is_two_stage_unless_asked_otherwise(shop: Driver) -> None:
    body = payment_body()
    del body["capture"]
    payment = (await shop.post("/payments", body)).json()

    held = await shop.pay(payment)

    assert held["status"] == "waiting_for_capture"


async def test_a_part_of_a_hold_is_captured(shop: Driver) -> None:
    held = await shop.pay(await shop.create("399.00", capture=False))

    captured = (await shop.post(f"/payments/{held['id']}/capture", {"amount": rub("100.00")})).json()

    assert (captured["status"], captured["amount"]) == ("succeeded", rub("100.00"))
    assert captured["income_amount"] == rub("96.50")


async def test_a_hold_is_canceled_by_the_merchant(shop: Driver) -> None:
    held = await shop.pay(await shop.create(capture=False))

    canceled = (await shop.post(f"/payments/{held['id']}/cancel")).json()

    assert (canceled["status"], canceled["paid"]) == ("canceled", False)
    assert canceled["cancellation_details"] == {"party": "merchant", "reason": "canceled_by_merchant"}


@pytest.mark.parametrize("action", ["capture", "cancel"])
async def test_only_a_hold_is_captured_or_canceled(shop: Driver, action: str) -> None:
    pending = await shop.create()
    paid = await shop.paid()

    for payment in (pending, paid):
        response = await shop.post(f"/payments/{payment['id']}/{action}")

        assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
        assert await shop.payment(payment["id"]) == payment


async def test_no_more_is_captured_than_was_held(shop: Driver) -> None:
    held = await shop.pay(await shop.create("399.00", capture=False))

    response = await shop.post(f"/payments/{held['id']}/capture", {"amount": rub("399.01")})

    assert (response.status_code, response.json()["parameter"]) == (400, "amount.value")
    assert await shop.payment(held["id"]) == held


async def test_a_payment_that_nobody_confirms_expires_after_an_hour(shop: Driver) -> None:
    payment = await shop.create()

    shop.clock.advance(timedelta(minutes=60) - timedelta(milliseconds=1))
    before = await shop.payment(payment["id"])
    shop.clock.advance(timedelta(milliseconds=1))
    after = await shop.payment(payment["id"])

    assert before == payment
    assert after["status"] == "canceled"
    assert after["cancellation_details"] == {"party": "yoo_money", "reason": "expired_on_confirmation"}


async def test_a_hold_that_nobody_captures_expires_after_seven_days(shop: Driver) -> None:
    held = await shop.pay(await shop.create(capture=False))

    shop.clock.advance(timedelta(days=7) - timedelta(milliseconds=1))
    before = await shop.payment(held["id"])
    shop.clock.advance(timedelta(milliseconds=1))
    after = await shop.payment(held["id"])

    assert before == held
    assert after["cancellation_details"] == {"party": "yoo_money", "reason": "expired_on_capture"}


async def test_no_payment_is_made_that_no_method_takes(shop: Driver) -> None:
    at_limit = await shop.pay(await shop.create("350000.00"))
    over_limit = await shop.post("/payments", payment_body("350000.01"))

    assert at_limit["status"] == "succeeded"
    assert (over_limit.status_code, over_limit.json()["parameter"]) == (400, "amount.value")


async def test_a_saved_card_pays_no_more_than_its_limit(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)

    over_limit = (await shop.charge(first["id"], "350000.01")).json()

    assert over_limit["cancellation_details"] == {"party": "yoo_money", "reason": "payment_method_limit_exceeded"}


async def test_a_saved_card_is_charged_without_its_owner(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)

    response = await shop.charge(first["id"], "299.00", description="Next month", metadata={"period": "2"})

    charged = response.json()
    assert (first["payment_method"]["saved"], first["payment_method"]["status"]) == (True, "active")
    assert response.status_code == 200
    assert (charged["status"], charged["amount"]) == ("succeeded", rub("299.00"))
    assert charged["payment_method"] == first["payment_method"]
    assert charged["id"] != first["id"]
    assert "confirmation" not in charged


async def test_a_saved_card_can_be_held_without_its_owner(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)

    held = (await shop.charge(first["id"], capture=False)).json()

    assert held["status"] == "waiting_for_capture"


async def test_a_card_stays_saved_when_its_hold_is_canceled(shop: Driver) -> None:
    held = await shop.pay(await shop.create("1.00", capture=False, save_payment_method=True))
    await shop.post(f"/payments/{held['id']}/cancel")

    charged = (await shop.charge(held["id"])).json()

    assert charged["status"] == "succeeded"


async def test_an_autopayment_takes_no_confirmation(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)

    response = await shop.charge(first["id"], confirmation=payment_body()["confirmation"])

    assert (response.status_code, response.json()["parameter"]) == (400, "confirmation")
    assert (await shop.control("/payments", method="GET"))["total"] == 1


async def test_a_method_that_was_not_saved_is_not_charged(shop: Driver) -> None:
    paid = await shop.paid()

    unsaved = await shop.charge(paid["id"])
    unknown = await shop.charge("00000000-0000-7000-8000-000000000000")

    assert [each.status_code for each in (unsaved, unknown)] == [400, 400]
    assert unsaved.json()["description"] == "Payment method is not saved"
    assert unknown.json()["description"] == "This payment_method_id doesn't exist"
    assert {each.json()["parameter"] for each in (unsaved, unknown)} == {"payment_method_id"}
    assert (await shop.control("/payments", method="GET"))["total"] == 1


async def test_a_declined_card_is_not_saved(shop: Driver) -> None:
    declined = await shop.pay(await shop.create(save_payment_method=True), "5555555555554600")

    response = await shop.charge(declined["id"])

    assert declined["payment_method"]["saved"] is False
    assert response.json()["description"] == "Payment method is not saved"


async def test_a_revoked_consent_cancels_every_later_charge(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    for _ in range(2):
        await shop.control(f"/payment-methods/{first['id']}/revocation")

    charged = [(await shop.charge(first["id"])).json() for _ in range(2)]

    assert {each["status"] for each in charged} == {"canceled"}
    assert charged[0]["cancellation_details"] == {"party": "yoo_money", "reason": "permission_revoked"}
    assert charged[1]["cancellation_details"] == charged[0]["cancellation_details"]


async def test_a_card_out_of_date_declines_an_autopayment(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    second = await shop.paid(save_payment_method=True)
    await shop.control(f"/payment-methods/{second['id']}/card-expiry")

    shop.clock.advance(timedelta(days=365 * 5 + 300))  # the last days of December 2031
    in_its_last_month = (await shop.charge(first["id"])).json()
    by_control = (await shop.charge(second["id"])).json()
    shop.clock.advance(timedelta(days=10))
    a_month_later = (await shop.charge(first["id"])).json()

    assert in_its_last_month["status"] == "succeeded"
    assert by_control["cancellation_details"] == {"party": "payment_network", "reason": "card_expired"}
    assert a_month_later["cancellation_details"] == {"party": "payment_network", "reason": "card_expired"}


async def test_the_next_autopayments_end_as_planned(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    other = await shop.paid(save_payment_method=True)
    plan = {"times": 2, "reason": "insufficient_funds", "payment_method_id": first["id"]}
    await shop.control("/autopayments/outcomes", plan)

    of_other = (await shop.charge(other["id"])).json()
    ends = [(await shop.charge(first["id"])).json() for _ in range(3)]

    assert of_other["status"] == "succeeded"
    assert [end["status"] for end in ends] == ["canceled", "canceled", "succeeded"]
    assert ends[0]["cancellation_details"] == {"party": "payment_network", "reason": "insufficient_funds"}


@pytest.mark.parametrize("operation", ["autopayments", "refunds"])
async def test_what_is_planned_is_listed_and_cleared(shop: Driver, operation: str) -> None:
    path, others = f"/{operation}/outcomes", {"autopayments": "/refunds/outcomes", "refunds": "/autopayments/outcomes"}
    plans: list[dict[str, Any]] = [{"times": 2, "reason": "insufficient_funds"}, {"pending_s": 600}, {"held": True}]
    for plan in plans:
        await shop.control(path, plan)
    await shop.control(others[operation], {"held": True})

    planned = (await shop.control(path, method="GET"))["items"]
    await shop.control(path, method="DELETE")

    usual = {"times": 1, "reason": None, "party": None, "pending_s": 0, "held": False, "payment_method_id": None}
    party = {"autopayments": "payment_network", "refunds": "refund_network"}[operation]
    assert planned == [usual | plans[0] | {"party": party}, usual | plans[1], usual | plans[2]]
    assert (await shop.control(path, method="GET"))["items"] == []
    assert (await shop.control(others[operation], method="GET"))["items"] == [usual | {"held": True}]


async def test_a_plan_that_was_cleared_ends_no_charge(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    plan = {"times": 3, "reason": "insufficient_funds", "payment_method_id": first["id"]}
    await shop.control("/autopayments/outcomes", plan)
    refused = (await shop.charge(first["id"])).json()

    left = (await shop.control("/autopayments/outcomes", method="GET"))["items"]
    await shop.control("/autopayments/outcomes", method="DELETE")
    charged = (await shop.charge(first["id"])).json()

    assert (refused["status"], charged["status"]) == ("canceled", "succeeded")
    assert [(one["times"], one["payment_method_id"]) for one in left] == [(2, first["id"])]


async def test_a_delayed_autopayment_settles_on_the_clock(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    await shop.control("/autopayments/outcomes", {"pending_s": 600})

    charged = (await shop.charge(first["id"])).json()
    shop.clock.advance(timedelta(seconds=599))
    before = await shop.payment(charged["id"])
    shop.clock.advance(timedelta(seconds=1))
    after = await shop.payment(charged["id"])

    assert (charged["status"], before["status"], after["status"]) == ("pending", "pending", "succeeded")


async def test_a_held_back_autopayment_waits_for_its_resolution(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    await shop.control("/autopayments/outcomes", {"held": True, "times": 2})
    charged = [(await shop.charge(first["id"])).json() for _ in range(2)]
    await shop.tick(timedelta(days=30))

    succeeded = await shop.control(f"/payments/{charged[0]['id']}/resolution", {"status": "succeeded"})
    canceled = await shop.control(
        f"/payments/{charged[1]['id']}/resolution",
        {"status": "canceled", "reason": "issuer_unavailable"},
    )

    assert [each["status"] for each in charged] == ["pending", "pending"]
    assert succeeded["status"] == "succeeded"
    assert canceled["cancellation_details"] == {"party": "payment_network", "reason": "issuer_unavailable"}


async def test_a_shop_without_autopayments_neither_saves_nor_charges(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(autopayments_enabled=False)
    paid = await shop.paid()

    saving = await shop.post("/payments", payment_body(save_payment_method=True))
    charging = await shop.charge(paid["id"])
    binding = await shop.post("/payment_methods", {"type": "bank_card"})

    assert [each.status_code for each in (saving, charging, binding)] == [403, 403, 403]
    assert {each.json()["code"] for each in (saving, charging, binding)} == {"forbidden"}
    assert (await shop.control("/payments", method="GET"))["total"] == 1


async def test_controls_count_the_charges_of_each_order(shop: Driver) -> None:
    await shop.paid("399.00", metadata={"order_id": "1"})
    await shop.paid("399.00", metadata={"order_id": "1"})
    await shop.create("100.00", metadata={"order_id": "2"})

    everything = await shop.control("/payments", method="GET")
    second_order = await shop.control("/payments?metadata.order_id=2", method="GET")

    assert everything["total"] == 3
    assert everything["by_metadata"]["order_id"] == {
        "1": {"total": 2, "succeeded": 2, "captured": rub("798.00")},
        "2": {"total": 1, "succeeded": 0, "captured": rub("0.00")},
    }
    assert [item["metadata"] for item in second_order["items"]] == [{"order_id": "2"}]
