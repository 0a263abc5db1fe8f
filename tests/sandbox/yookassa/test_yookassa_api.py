import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from sandbox.yookassa.driver import SECRET_KEY, SHOP_ID, Driver, payment_body, rub

BODY_LIMIT = 256 * 1024


async def count(shop: Driver) -> int:
    return int((await shop.control("/payments", method="GET"))["total"])


@pytest.mark.parametrize(
    "auth",
    [("1", SECRET_KEY), (SHOP_ID, "wrong"), (SHOP_ID, ""), ("", SECRET_KEY)],
    ids=["shop", "key", "empty key", "empty shop"],
)
async def test_a_wrong_pair_is_refused(shop: Driver, auth: tuple[str, str]) -> None:
    response = await shop.browser.post("/v3/payments", json=payment_body(), auth=auth, headers={"Idempotence-Key": "1"})

    error = response.json()
    assert response.status_code == 401
    assert error == {
        "type": "error",
        "id": error["id"],
        "code": "invalid_credentials",
        "description": "Error in shopId or secret key. Check their validity.",
        "parameter": "Authorization",
    }
    assert await count(shop) == 0


@pytest.mark.parametrize("header", ["Bearer abc", "Basic not-base64!", "Basic", ""])
async def test_another_kind_of_authorization_is_refused(shop: Driver, header: str) -> None:
    response = await shop.browser.get("/v3/payments", headers={"Authorization": header})

    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")


@pytest.mark.parametrize("key", [None, "", "k" * 65])
async def test_a_post_needs_an_idempotence_key_of_up_to_64_characters(shop: Driver, key: str | None) -> None:
    headers = {} if key is None else {"Idempotence-Key": key}

    response = await shop.api.post("/v3/payments", json=payment_body(), headers=headers)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert response.json()["parameter"] == "Idempotence-Key"
    assert await count(shop) == 0


async def test_the_same_key_and_body_give_the_first_answer(shop: Driver) -> None:
    key = "k" * 64
    first = await shop.post("/payments", payment_body(), key=key)
    await shop.pay(first.json())
    reordered = dict(reversed(payment_body().items()))

    again = await shop.post("/payments", reordered, key=key)

    assert again.status_code == 200
    assert again.content == first.content
    assert await count(shop) == 1


async def test_the_same_key_and_another_body_are_refused(shop: Driver) -> None:
    await shop.post("/payments", payment_body("399.00"), key="one")

    response = await shop.post("/payments", payment_body("400.00"), key="one")

    assert (response.status_code, response.json()["parameter"]) == (400, "Idempotence-Key")
    assert await count(shop) == 1


async def test_a_key_belongs_to_one_operation_of_the_shop(shop: Driver) -> None:
    held = [await shop.pay(await shop.create(capture=False)) for _ in range(2)]
    await shop.post(f"/payments/{held[0]['id']}/capture", key="one")

    response = await shop.post(f"/payments/{held[1]['id']}/capture", key="one")

    assert (response.status_code, response.json()["parameter"]) == (400, "Idempotence-Key")
    assert await shop.payment(held[1]["id"]) == held[1]


async def test_a_key_is_forgotten_after_24_hours(shop: Driver) -> None:
    first = (await shop.post("/payments", payment_body(), key="one")).json()

    shop.clock.advance(timedelta(hours=24) - timedelta(milliseconds=1))
    before = (await shop.post("/payments", payment_body(), key="one")).json()
    shop.clock.advance(timedelta(milliseconds=1))
    after = (await shop.post("/payments", payment_body(), key="one")).json()

    assert before["id"] == first["id"]
    assert after["id"] != first["id"]
    assert await count(shop) == 2


async def test_a_refused_request_does_not_use_its_key_up(shop: Driver) -> None:
    refused = await shop.post("/payments", payment_body("0.99"), key="one")

    response = await shop.post("/payments", payment_body("1.00"), key="one")

    assert (refused.status_code, response.status_code) == (400, 200)


async def test_fifty_parallel_twins_have_one_effect(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    body = {"amount": rub("399.00"), "capture": True, "payment_method_id": first["id"]}

    answers = await asyncio.gather(*(shop.post("/payments", body, key="one") for _ in range(50)))

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert await count(shop) == 2


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"amount": None}, "amount"),
        ({"amount": {"value": "399.00"}}, "amount.currency"),
        ({"amount": {"value": 399, "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "399,00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "399.001", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "-1.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "1e3", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "NaN", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "0.00", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "0.99", "currency": "RUB"}}, "amount.value"),
        ({"amount": {"value": "399.00", "currency": "USD"}}, "amount.currency"),
        ({"amount": {"value": "399.00", "currency": "rub"}}, "amount.currency"),
        ({"description": "x" * 129}, "description"),
        ({"capture": "true"}, "capture"),
        ({"confirmation": None}, "confirmation"),
        ({"confirmation": {"type": "redirect"}}, "confirmation.return_url"),
        ({"confirmation": {"type": "redirect", "return_url": "javascript:alert(1)"}}, "confirmation.return_url"),
        (
            {"confirmation": {"type": "redirect", "return_url": "https://a.example/" + "x" * 2048}},
            "confirmation.return_url",
        ),
        ({"confirmation": {"type": "qr"}}, "confirmation.type"),
        ({"confirmation": {"type": "carrier_pigeon"}}, "confirmation.type"),
        (
            {"confirmation": {"type": "redirect", "return_url": "https://a.example/", "locale": "ru_ru"}},
            "confirmation.locale",
        ),
        ({"payment_method_data": {"type": "sbp"}}, "payment_method_data.type"),
        ({"payment_method_data": {"type": "barter"}}, "payment_method_data.type"),
        ({"payment_method_data": {"type": "bank_card"}, "payment_method_id": "1"}, "payment_method_id"),
        ({"payment_token": "unknown"}, "payment_token"),
        ({"save_payment_method": "yes"}, "save_payment_method"),
        ({"metadata": {f"key{n}": "value" for n in range(17)}}, "metadata"),
        ({"metadata": {"k" * 33: "value"}}, "metadata." + "k" * 33 + ".[key]"),
        ({"metadata": {"key": "v" * 513}}, "metadata.key"),
        ({"metadata": {"key": 1}}, "metadata.key"),
        ({"client_ip": "not an address"}, "client_ip"),
        ({"merchant_customer_id": "x" * 201}, "merchant_customer_id"),
    ],
)
async def test_a_wrong_field_is_named(shop: Driver, change: dict[str, Any], parameter: str) -> None:
    response = await shop.post("/payments", {**payment_body(), **change})

    error = response.json()
    assert response.status_code == 400
    assert {**error, "description": ""} == {
        "type": "error",
        "id": error["id"],
        "code": "invalid_request",
        "description": "",
        "parameter": parameter,
    }
    assert error["description"]
    assert await count(shop) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": {f"{n:032}": "v" * 512 for n in range(16)}},
        {"metadata": {"key": None}},
        {"description": "x" * 128},
        {"client_ip": "2a02:5180::1"},
        {"statements": [], "transfers": []},
        {"field_of_tomorrow": 1},
        {"payment_method_data": {"type": "yoo_money"}},
        {"amount": {"value": "1", "currency": "RUB"}},
    ],
)
async def test_what_fits_the_limits_is_taken(shop: Driver, change: dict[str, Any]) -> None:
    response = await shop.post("/payments", {**payment_body(), **change})

    assert response.status_code == 200
    assert response.json().get("metadata") == change.get("metadata", {})


@pytest.mark.parametrize(
    "change",
    [{"payment_method_data": {"type": "bank_card", "card": {"number": "4111111111111111"}}}, {"transfers": [{}]}],
)
async def test_what_the_shop_may_not_do_is_forbidden(shop: Driver, change: dict[str, Any]) -> None:
    response = await shop.post("/payments", {**payment_body(), **change})

    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert await count(shop) == 0


@pytest.mark.parametrize("raw", [b"{", b"\xff", b"[]", b"1", b'"text"'])
async def test_a_body_that_is_no_json_object_is_refused(shop: Driver, raw: bytes) -> None:
    headers = {"Idempotence-Key": "1", "Content-Type": "application/json"}

    response = await shop.api.post("/v3/payments", content=raw, headers=headers)

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert await count(shop) == 0


async def test_another_content_type_is_refused(shop: Driver) -> None:
    response = await shop.api.post("/v3/payments", data={"amount": "1"}, headers={"Idempotence-Key": "1"})

    assert response.status_code == 415


async def test_a_body_over_the_limit_is_refused(shop: Driver) -> None:
    at_limit = b" " * BODY_LIMIT
    headers = {"Idempotence-Key": "1", "Content-Type": "application/json"}

    responses = [
        await shop.api.post("/v3/payments", content=content, headers=headers) for content in (at_limit, at_limit + b" ")
    ]

    assert [response.status_code for response in responses] == [400, 413]


async def test_another_method_is_refused(shop: Driver) -> None:
    assert (await shop.api.put("/v3/payments", json={})).status_code == 405


@pytest.mark.parametrize(
    "path", ["/payments/unknown", "/refunds/unknown", "/receipts/unknown", "/payment_methods/unknown"]
)
async def test_an_unknown_object_is_not_found(shop: Driver, path: str) -> None:
    response = await shop.get(path)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_an_unknown_path_is_not_found(shop: Driver) -> None:
    response = await shop.get("/nothing")

    assert (response.status_code, response.json()["type"]) == (404, "error")


@pytest.mark.parametrize("product", ["invoices", "webhooks", "deals", "payouts", "personal_data", "sbp_banks"])
async def test_other_products_are_forbidden(shop: Driver, product: str) -> None:
    responses = [await shop.get(f"/{product}"), await shop.get(f"/{product}/1"), await shop.post(f"/{product}")]

    assert [response.status_code for response in responses] == [403, 403, 403]
    assert {response.json()["code"] for response in responses} == {"forbidden"}


async def test_the_shop_describes_itself(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(receipts_required=True)

    assert (await shop.get("/me")).json() == {
        "account_id": SHOP_ID,
        "status": "enabled",
        "test": True,
        "name": "Cinema",
        "fiscalization": {"enabled": True, "provider": "avanpost"},
        "payment_methods": ["bank_card", "yoo_money"],
    }


async def test_a_list_is_read_page_by_page_from_the_newest(shop: Driver) -> None:
    ids = [(await shop.create())["id"] for _ in range(25)]

    pages: list[list[str]] = []
    query: dict[str, str] = {}
    while True:
        page = (await shop.get("/payments", **query)).json()
        pages.append([item["id"] for item in page["items"]])
        if "next_cursor" not in page:
            break
        query = {"cursor": page["next_cursor"]}

    assert [len(page) for page in pages] == [10, 10, 5]
    assert [*pages[0], *pages[1], *pages[2]] == ids[::-1]
    assert page["type"] == "list"


async def test_a_page_that_takes_the_rest_has_no_cursor(shop: Driver) -> None:
    for _ in range(2):
        await shop.create()

    page = (await shop.get("/payments", limit="2")).json()

    assert (len(page["items"]), "next_cursor" in page) == (2, False)


async def test_a_list_of_payments_is_filtered(shop: Driver) -> None:
    early = await shop.paid()
    shop.clock.advance(timedelta(minutes=1))
    late = await shop.create()
    early_at, late_at = early["created_at"], late["created_at"]

    async def found(**query: str) -> list[str]:
        items = (await shop.get("/payments", **query)).json()["items"]
        return ["early" if item["id"] == early["id"] else "late" for item in items]

    assert await found() == ["late", "early"]
    assert await found(status="succeeded") == ["early"]
    assert await found(status="canceled") == []
    assert await found(payment_method="bank_card") == ["early"]
    assert await found(payment_method="yoo_money") == []
    assert await found(**{"created_at.gte": late_at}) == ["late"]
    assert await found(**{"created_at.gt": early_at}) == ["late"]
    assert await found(**{"created_at.gt": late_at}) == []
    assert await found(**{"created_at.lte": early_at}) == ["early"]
    assert await found(**{"created_at.lt": early_at}) == []
    assert await found(**{"captured_at.gte": early["captured_at"]}) == ["early"]
    assert await found(**{"captured_at.gt": early["captured_at"]}) == []
    assert await found(**{"captured_at.lte": early["captured_at"]}) == ["early"]
    assert await found(**{"captured_at.lt": early["captured_at"]}) == []


async def test_a_list_reaches_three_years_back(shop: Driver) -> None:
    await shop.create()

    shop.clock.advance(timedelta(days=3 * 365))
    before = (await shop.get("/payments")).json()["items"]
    shop.clock.advance(timedelta(milliseconds=1))
    after = (await shop.get("/payments")).json()["items"]

    assert (len(before), len(after)) == (1, 0)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "101"}, "limit"),
        ({"limit": "ten"}, "limit"),
        ({"cursor": "unknown"}, "cursor"),
        ({"status": "paid"}, "status"),
        ({"created_at.gte": "yesterday"}, "created_at.gte"),
        ({"created_at.gte": "2026-01-01T00:00:00"}, "created_at.gte"),
        ({"created_at.since": "2026-01-01T00:00:00Z"}, "created_at.since"),
        ({"metadata": "42"}, "metadata"),
        ({"refund_id": "42"}, "refund_id"),
    ],
)
async def test_a_wrong_filter_is_named(shop: Driver, query: dict[str, str], parameter: str) -> None:
    response = await shop.get("/payments", **query)

    assert (response.status_code, response.json()["parameter"]) == (400, parameter)


async def test_a_saved_method_is_bound_without_a_charge(shop: Driver) -> None:
    body = {"type": "bank_card", "confirmation": {"type": "redirect", "return_url": "https://cinema.example/cards"}}
    bound = (await shop.post("/payment_methods", {**body, "metadata": {"viewer": "1"}})).json()

    response = await shop.browser.post(
        httpx2.URL(bound["confirmation"]["confirmation_url"]).path,
        data={"card_number": "4111111111111111", "expiry_month": "1", "expiry_year": "30", "cvc": "000"},
    )
    active = (await shop.get(f"/payment_methods/{bound['id']}")).json()
    charged = (await shop.charge(bound["id"])).json()

    assert (bound["status"], bound["saved"], bound["holder"]["account_id"]) == ("pending", False, SHOP_ID)
    assert (response.status_code, response.headers["location"]) == (303, "https://cinema.example/cards")
    assert active == {
        "type": "bank_card",
        "id": bound["id"],
        "saved": True,
        "status": "active",
        "title": "Bank card *1111",
        "card": active["card"],
        "holder": bound["holder"],
        "metadata": {"viewer": "1"},
    }
    assert active["card"]["expiry_month"] == "01"
    assert charged["status"] == "succeeded"
    assert await count(shop) == 1


async def test_a_binding_fails_with_its_card_or_after_an_hour(shop: Driver) -> None:
    body = {"type": "bank_card", "confirmation": {"type": "redirect", "return_url": "https://cinema.example/cards"}}
    declined, forgotten = [(await shop.post("/payment_methods", body)).json() for _ in range(2)]
    fields = {"card_number": "5555555555554600", "expiry_month": "12", "expiry_year": "30", "cvc": "000"}
    await shop.browser.post(httpx2.URL(declined["confirmation"]["confirmation_url"]).path, data=fields)
    shop.clock.advance(timedelta(hours=1))

    after = [(await shop.get(f"/payment_methods/{each['id']}")).json() for each in (declined, forgotten)]
    await shop.tick()

    assert [(each["status"], each["saved"]) for each in after] == [("inactive", False), ("inactive", False)]
    assert (await shop.charge(forgotten["id"])).json()["description"] == "Payment method is not saved"
    assert shop.merchant.events == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": "sbp", "confirmation": {"type": "qr"}}, 400),
        ({"type": "bank_card"}, 400),
        ({"type": "bank_card", "confirmation": {"type": "redirect"}}, 400),
        ({"type": "yoo_money"}, 400),
        ({"type": "bank_card", "card": {"number": "4111111111111111"}}, 403),
    ],
)
async def test_a_binding_that_cannot_be_is_refused(shop: Driver, body: dict[str, Any], status: int) -> None:
    response = await shop.post("/payment_methods", body)

    assert response.status_code == status
    assert (await shop.control("/payment-methods", method="GET"))["total"] == 0
