import asyncio
import json
from typing import Any

import httpx2
import pytest

from cinema.kit.clock import stopwatch_s
from cinema.sandbox.yookassa.faults import ON_WEBHOOKS, FaultKind
from sandbox.yookassa.driver import SHOP_ID, Driver, payment_body, rub

BROKEN = (httpx2.RemoteProtocolError, httpx2.ReadError)


async def count(shop: Driver) -> int:
    return int((await shop.control("/payments", method="GET"))["total"])


async def test_a_connection_breaks_before_the_effect(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "drop_before"})

    with pytest.raises(BROKEN):
        await shop.post("/payments", payment_body(), key="one")

    assert await count(shop) == 0
    assert (await shop.post("/payments", payment_body(), key="one")).status_code == 200
    assert await count(shop) == 1


async def test_a_connection_breaks_after_the_effect(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    await shop.control("/faults", {"kind": "drop_after", "operation": "create_payment"})
    body = {"amount": rub("399.00"), "capture": True, "payment_method_id": first["id"]}

    with pytest.raises(BROKEN):
        await shop.post("/payments", body, key="one")
    after_drop = await count(shop)
    answer = await shop.post("/payments", body, key="one")

    assert after_drop == 2
    assert (answer.status_code, answer.json()["status"]) == (200, "succeeded")
    assert await count(shop) == 2


async def test_a_dropped_connection_carries_not_a_byte(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "drop_after"})
    url = httpx2.URL(shop.server.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(b"GET /v3/me HTTP/1.1\r\nHost: shop\r\n\r\n")

    received = await asyncio.wait_for(reader.read(), timeout=5)

    writer.close()
    assert received == b""
    assert (await shop.get("/me")).status_code == 200


async def test_another_server_still_breaks_the_answer(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "drop_before"})
    sent: list[Any] = []

    async def send(message: Any) -> None:  # a function has no socket behind it
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    await shop.sandbox.app({"type": "http", "method": "GET", "path": "/v3/me", "headers": []}, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[1]["more_body"] is True
    assert int(dict(sent[0]["headers"])[b"content-length"]) > len(sent[1]["body"])


@pytest.mark.parametrize(("kind", "effects"), [("error_before", 0), ("error_after", 1)])
async def test_an_internal_error_before_or_after_the_effect(shop: Driver, kind: str, effects: int) -> None:
    await shop.control("/faults", {"kind": kind})

    failed = await shop.post("/payments", payment_body(), key="one")
    in_between = await count(shop)
    answer = await shop.post("/payments", payment_body(), key="one")

    assert (failed.status_code, failed.json()["code"]) == (500, "internal_server_error")
    assert in_between == effects
    assert (answer.status_code, await count(shop)) == (200, 1)


async def test_too_many_requests_change_nothing(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "too_many_requests", "times": 2})

    answers = [await shop.post("/payments", payment_body(), key="one") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].json()["code"] == "too_many_requests"
    assert await count(shop) == 1


async def test_an_answer_may_be_still_processing(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "processing"})

    answers = [await shop.post("/payments", payment_body(), key="one") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 200]
    assert (answers[0].json()["type"], answers[0].json()["retry_after"]) == ("processing", 1800)
    assert await count(shop) == 1


@pytest.mark.parametrize("kind", ["delay", "delay_before"])
async def test_an_answer_comes_late(shop: Driver, kind: str) -> None:
    await shop.control("/faults", {"kind": kind, "delay_ms": 50})
    started = stopwatch_s()

    answer = await shop.get("/me")

    assert answer.status_code == 200
    assert 0.05 <= stopwatch_s() - started < 5


@pytest.mark.parametrize(("kind", "effects"), [("delay", 1), ("delay_before", 0)])
async def test_a_client_that_does_not_wait_loses_the_answer(shop: Driver, kind: str, effects: int) -> None:
    await shop.control("/faults", {"kind": kind, "delay_ms": 400})
    headers = {"Idempotence-Key": "one"}

    with pytest.raises(httpx2.ReadTimeout):
        await shop.api.post("/v3/payments", json=payment_body(), headers=headers, timeout=0.1)
    at_timeout = await count(shop)
    await shop.control("/faults", {"kind": "delay", "delay_ms": 500})
    await shop.get("/me")

    assert at_timeout == effects
    assert await count(shop) == 1  # an operation that began goes on without its client


@pytest.mark.parametrize(
    ("kind", "value", "lie"),
    [
        ("wrong_amount", None, {"amount": rub("1.00")}),
        ("wrong_amount", "399.01", {"amount": rub("399.01")}),
        ("wrong_currency", None, {"amount": {"value": "399.00", "currency": "USD"}}),
        ("wrong_status", None, {"status": "succeeded"}),
        ("wrong_status", "unheard_of", {"status": "unheard_of"}),
        ("wrong_id", "another", {"id": "another"}),
        ("wrong_shop", None, {"recipient": {"account_id": "999999", "gateway_id": "2000001"}}),
        ("wrong_metadata", None, {"metadata": {"order_id": "other"}}),
    ],
)
async def test_the_provider_lies_in_one_field(shop: Driver, kind: str, value: str | None, lie: dict[str, Any]) -> None:
    payment = await shop.create(metadata={"order_id": "1"})
    await shop.control("/faults", {"kind": kind, "value": value, "operation": "get_payment"})

    lied = await shop.payment(payment["id"])

    assert lied == {**payment, **lie}
    assert await shop.payment(payment["id"]) == payment


async def test_the_provider_lies_in_every_item_of_a_list(shop: Driver) -> None:
    for _ in range(2):
        await shop.create()
    await shop.control("/faults", {"kind": "wrong_amount", "operation": "list_payments"})

    items = (await shop.get("/payments")).json()["items"]

    assert [item["amount"] for item in items] == [rub("1.00"), rub("1.00")]
    assert SHOP_ID in {item["recipient"]["account_id"] for item in items}


async def test_an_answer_may_be_no_json(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "malformed_json"})

    answer = await shop.post("/payments", payment_body())

    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert await count(shop) == 1


async def test_an_answer_may_be_huge(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "oversized_body"})

    answer = await shop.get("/me")

    assert (answer.status_code, answer.json()["account_id"]) == (200, SHOP_ID)
    assert len(answer.content) > 12 * 1024 * 1024


async def test_a_missing_payment_may_be_answered_with_400(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "missing_as_400"})
    path = "/payments/00000000-0000-7000-8000-000000000000"

    answers = [await shop.get(path) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [400, 404]
    assert answers[0].json()["code"] == "invalid_request"


async def test_a_switch_acts_on_its_operation_only(shop: Driver) -> None:
    payment = await shop.create()
    await shop.control("/faults", {"kind": "error_before", "operation": "capture"})

    others = [await shop.get("/payments"), await shop.get(f"/payments/{payment['id']}"), await shop.get("/me")]
    capture = await shop.post(f"/payments/{payment['id']}/capture")

    assert [answer.status_code for answer in others] == [200, 200, 200]
    assert capture.status_code == 500


async def test_switches_add_up(shop: Driver) -> None:
    for kind in ("delay", "error_after", "error_after"):
        await shop.control("/faults", {"kind": kind, "delay_ms": 20})
    started = stopwatch_s()

    answers = [(await shop.get("/me")).status_code for _ in range(3)]

    assert answers == [500, 500, 200]
    assert stopwatch_s() - started >= 0.02


async def test_a_chance_is_repeatable(shop: Driver) -> None:
    runs: list[list[int]] = []
    for _ in range(2):
        await shop.control("/faults", method="DELETE")
        await shop.control("/faults", {"kind": "error_before", "times": None, "probability_percent": 30, "seed": 7})
        runs.append([(await shop.get("/me")).status_code for _ in range(40)])

    assert runs[0] == runs[1]
    assert 4 <= runs[0].count(500) <= 20
    assert set(runs[0]) == {200, 500}


async def test_switches_are_read_and_cleared(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "error_before", "times": 3, "operation": "get_me"})
    await shop.get("/me")

    before = await shop.control("/faults", method="GET")
    await shop.control("/faults", method="DELETE")

    assert [(item["kind"], item["times"], item["taken"]) for item in before["items"]] == [("error_before", 3, 1)]
    assert (await shop.control("/faults", method="GET")) == {"items": []}
    assert (await shop.get("/me")).status_code == 200


@pytest.mark.parametrize("kind", [kind.value for kind in FaultKind if kind not in ON_WEBHOOKS])
async def test_pages_and_controls_are_left_alone(shop: Driver, kind: str) -> None:
    payment = await shop.create()
    await shop.control("/faults", {"kind": kind, "times": None})

    responses = [
        await shop.browser.get(f"/checkout/payments/{payment['id']}"),
        await shop.browser.get("/control/payments"),
    ]

    assert [response.status_code for response in responses] == [200, 200]


@pytest.mark.parametrize(
    ("path", "body", "parameter"),
    [
        ("/faults", {"kind": "earthquake"}, "kind"),
        ("/faults", {"kind": "delay", "operation": "sing"}, "operation"),
        ("/faults", {"kind": "delay", "operation": "payment.succeeded"}, "operation"),
        ("/faults", {"kind": "webhook_withhold", "operation": "get_me"}, "operation"),
        ("/faults", {"kind": "webhook_reorder"}, "times"),
        ("/faults", {"kind": "delay", "times": 0}, "times"),
        ("/faults", {"kind": "delay", "delay_ms": 120_001}, "delay_ms"),
        ("/faults", {"kind": "webhook_duplicate", "copies": 51}, "copies"),
        ("/faults", {"kind": "delay", "probability_percent": 101}, "probability_percent"),
        ("/faults", {"kind": "delay", "colour": "red"}, "colour"),
        ("/autopayments/outcomes", {"reason": "mood"}, "reason"),
        ("/refunds/outcomes", {"reason": "permission_revoked"}, "reason"),
        ("/refunds/outcomes", {"payment_method_id": "1"}, "payment_method_id"),
    ],
)
async def test_a_wrong_switch_is_refused(shop: Driver, path: str, body: Any, parameter: str) -> None:
    response = await shop.browser.post(f"/control{path}", json=body)

    assert (response.status_code, response.json()["parameter"]) == (400, parameter)
    assert (await shop.control("/faults", method="GET")) == {"items": []}


async def test_the_shop_is_emptied(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    await shop.control("/faults", {"kind": "error_before", "times": None})

    await shop.control("/state", method="DELETE")

    assert await count(shop) == 0
    assert (await shop.get(f"/payments/{first['id']}")).status_code == 404
    assert (await shop.charge(first["id"])).status_code == 400


async def test_only_what_is_pending_is_resolved_by_hand(shop: Driver) -> None:
    pending, paid = await shop.create(), await shop.paid()
    refund = (await shop.post("/refunds", {"payment_id": paid["id"], "amount": rub("10.00")})).json()

    responses = [
        await shop.browser.post(f"/control/payments/{pending['id']}/resolution", json={"status": "succeeded"}),
        await shop.browser.post(f"/control/payments/{paid['id']}/resolution", json={"status": "canceled"}),
        await shop.browser.post(f"/control/refunds/{refund['id']}/resolution", json={"status": "canceled"}),
        await shop.browser.post("/control/payments/unknown/resolution", json={"status": "succeeded"}),
        await shop.browser.post("/control/webhooks/unknown/redelivery"),
    ]

    assert [response.status_code for response in responses] == [400, 400, 400, 404, 404]
    assert await shop.payment(pending["id"]) == pending
