import asyncio
import json
import socket
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from cinema.sandbox.yookassa.webhooks import PAUSES
from sandbox.yookassa.driver import Driver, LoopbackServer, card_fields, path_of, rub


async def states(shop: Driver) -> list[tuple[str, str, int, str | None]]:
    items = (await shop.control("/webhooks", method="GET"))["items"]
    return [(item["event"], item["state"], item["attempts"], item["last_answer"]) for item in items]


async def test_a_notification_carries_the_object_as_it_was(shop: Driver) -> None:
    held = await shop.pay(await shop.create(capture=False))
    await shop.tick()
    captured = (await shop.post(f"/payments/{held['id']}/capture")).json()
    refunded = (await shop.post("/refunds", {"payment_id": held["id"], "amount": rub("399.00")})).json()
    await shop.tick()

    assert shop.merchant.received == [
        {"type": "notification", "event": "payment.waiting_for_capture", "object": held},
        {"type": "notification", "event": "payment.succeeded", "object": captured},
        {"type": "notification", "event": "refund.succeeded", "object": refunded},
    ]
    headers = shop.merchant.headers[0]
    assert headers[b"content-type"] == b"application/json"
    assert not [name for name in headers if b"sign" in name or b"authorization" in name]


async def test_every_end_of_a_payment_is_told_once(shop: Driver) -> None:
    await shop.paid()
    await shop.pay(await shop.create(), "5555555555554600")
    await shop.create()
    await shop.tick()

    await shop.tick(timedelta(hours=1))
    await shop.tick(timedelta(hours=1))

    assert shop.merchant.events == ["payment.succeeded", "payment.canceled", "payment.canceled"]


async def test_a_bound_method_is_told(shop: Driver) -> None:
    confirmation = {"type": "redirect", "return_url": "https://cinema.example/cards"}
    bound = (await shop.post("/payment_methods", {"type": "bank_card", "confirmation": confirmation})).json()
    await shop.browser.post(path_of(bound), data=card_fields("4111111111111111"))

    await shop.tick()

    assert shop.merchant.events == ["payment_method.active"]
    assert shop.merchant.received[0]["object"] == (await shop.get(f"/payment_methods/{bound['id']}")).json()


@pytest.mark.parametrize("answer", [201, 204, 302, 400, 500])
async def test_anything_but_200_is_tried_again(shop: Driver, answer: int) -> None:
    shop.merchant.answers = [answer]
    await shop.paid()

    await shop.tick()
    after_first = await states(shop)
    await shop.tick(PAUSES[0] - timedelta(milliseconds=1))
    before_second = len(shop.merchant.received)
    await shop.tick(timedelta(milliseconds=1))

    assert after_first == [("payment.succeeded", "waiting", 1, str(answer))]
    assert before_second == 1
    assert shop.merchant.received[0] == shop.merchant.received[1]
    assert await states(shop) == [("payment.succeeded", "delivered", 2, "200")]


async def test_a_merchant_that_never_answers_200_is_given_up_after_a_day(shop: Driver) -> None:
    shop.merchant.answers = [500] * 100
    await shop.paid()
    started = shop.clock.now()
    times: list[timedelta] = []

    for _ in range(26 * 60):
        seen = len(shop.merchant.received)
        await shop.tick()
        if len(shop.merchant.received) > seen:
            times.append(shop.clock.now() - started)
        shop.clock.advance(timedelta(minutes=1))

    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert len(times) == 8
    assert pauses == sorted(pauses)
    assert times[-1] < timedelta(hours=24)
    assert await states(shop) == [("payment.succeeded", "abandoned", 8, "500")]


async def test_a_merchant_that_is_down_hears_later(shop: Driver) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = closed.getsockname()
    await shop.control("/webhooks/url", {"url": f"http://127.0.0.1:{address[1]}/"}, method="PUT")
    await shop.paid()
    await shop.tick()
    refused = await states(shop)

    await shop.control("/webhooks/url", {"url": f"{shop.server.url}/merchant"}, method="PUT")
    await shop.tick(timedelta(minutes=1))

    assert refused == [("payment.succeeded", "waiting", 1, "ConnectError")]
    assert shop.merchant.events == ["payment.succeeded"]


async def test_a_later_event_waits_for_the_earlier_one_of_its_payment_only(shop: Driver) -> None:
    shop.merchant.answers = [500]
    held = await shop.pay(await shop.create(capture=False))
    await shop.tick()
    await shop.post(f"/payments/{held['id']}/capture")
    await shop.paid()

    await shop.tick()
    meanwhile = list(shop.merchant.received)
    await shop.tick(PAUSES[0])

    assert [each["object"]["id"] == held["id"] for each in meanwhile] == [True, False]
    assert [each["event"] for each in shop.merchant.received if each["object"]["id"] == held["id"]] == [
        "payment.waiting_for_capture",
        "payment.waiting_for_capture",
        "payment.succeeded",
    ]


async def test_a_shop_without_an_address_tells_nobody(open_shop: Callable[..., Driver]) -> None:
    shop = open_shop(webhook_url=None)
    await shop.paid()

    await shop.tick()

    assert await states(shop) == []
    assert shop.merchant.events == []


async def test_notifications_are_duplicated(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "webhook_duplicate", "copies": 3, "operation": "payment.succeeded"})
    await shop.pay(await shop.create(), "5555555555554600")
    paid = await shop.paid()
    await shop.paid()

    await shop.tick()

    told = [each["object"]["id"] for each in shop.merchant.received]
    assert (len(told), told.count(paid["id"])) == (6, 4)


async def test_notifications_are_withheld_and_released(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "webhook_withhold", "times": 2})
    ids = [(await shop.paid())["id"] for _ in range(3)]
    await shop.tick(timedelta(days=2))
    first = [each["object"]["id"] for each in shop.merchant.received]

    released = await shop.control("/webhooks/release", {"order": "reverse"})
    await shop.tick()

    assert first == [ids[2]]
    assert released == {"released": 2}
    assert [each["object"]["id"] for each in shop.merchant.received] == [ids[2], ids[1], ids[0]]


async def test_chosen_notifications_are_released_in_the_given_order(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "webhook_withhold", "times": None})
    held = await shop.pay(await shop.create(capture=False))
    await shop.post(f"/payments/{held['id']}/capture")
    await shop.post("/refunds", {"payment_id": held["id"], "amount": rub("399.00")})
    waiting, succeeded, refunded = (await shop.control("/webhooks", method="GET"))["items"]

    await shop.control("/webhooks/release", {"ids": [refunded["id"], waiting["id"]]})
    await shop.tick()
    unknown = await shop.browser.post("/control/webhooks/release", json={"ids": [waiting["id"]]})

    assert shop.merchant.events == ["refund.succeeded", "payment.waiting_for_capture"]
    assert unknown.status_code == 400
    items = (await shop.control("/webhooks", method="GET"))["items"]
    assert [item["id"] for item in items if item["state"] == "withheld"] == [succeeded["id"]]


async def test_notifications_arrive_in_reverse_order(shop: Driver) -> None:
    await shop.control("/faults", {"kind": "webhook_reorder", "times": 3})
    held = await shop.pay(await shop.create(capture=False))
    await shop.post(f"/payments/{held['id']}/capture")
    await shop.tick()
    early = list(shop.merchant.events)

    await shop.post("/refunds", {"payment_id": held["id"], "amount": rub("399.00")})
    await shop.tick()

    assert early == []
    assert shop.merchant.events == ["refund.succeeded", "payment.succeeded", "payment.waiting_for_capture"]


async def test_a_notification_comes_again_days_later(shop: Driver) -> None:
    await shop.paid()
    await shop.tick()
    delivered = (await shop.control("/webhooks", method="GET"))["items"][0]

    await shop.tick(timedelta(days=3))
    await shop.control(f"/webhooks/{delivered['id']}/redelivery")
    await shop.tick()

    assert shop.merchant.events == ["payment.succeeded"] * 2
    assert shop.merchant.received[0] == shop.merchant.received[1]


async def test_the_background_loop_delivers_at_once_and_follows_the_clock(
    shop: Driver, loopback: LoopbackServer
) -> None:
    loop = asyncio.run_coroutine_threadsafe(shop.sandbox.run(), loopback.loop)
    await shop.paid()
    first = await asyncio.to_thread(shop.merchant.arrivals.get, timeout=5)
    await shop.create()
    shop.clock.advance(timedelta(hours=1))
    second = await asyncio.to_thread(shop.merchant.arrivals.get, timeout=5)

    loop.cancel()
    assert (first, second) == ("payment.succeeded", "payment.canceled")


async def test_a_merchant_that_takes_its_time_is_not_told_twice(shop: Driver, loopback: LoopbackServer) -> None:
    shop.merchant.gate.clear()
    loop = asyncio.run_coroutine_threadsafe(shop.sandbox.run(), loopback.loop)
    slow = await shop.paid()
    await asyncio.to_thread(shop.merchant.arrivals.get, timeout=5)
    other = await shop.paid()  # wakes the courier while the first is on its way
    await asyncio.to_thread(shop.merchant.arrivals.get, timeout=5)
    loop.cancel()

    loopback.loop.call_soon_threadsafe(shop.merchant.gate.set)
    await shop.tick()

    assert [each["object"]["id"] for each in shop.merchant.received] == [slow["id"], other["id"]]


async def test_many_payments_are_told_side_by_side(shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    await asyncio.gather(*(shop.charge(first["id"]) for _ in range(40)))

    await shop.tick()

    told = [each["object"]["id"] for each in shop.merchant.received]
    assert (len(told), len(set(told))) == (41, 41)


@pytest.mark.parametrize("body", [{"url": "ftp://merchant.example"}, {"url": 1}, {}])
async def test_a_wrong_address_is_refused(shop: Driver, body: Any) -> None:
    response = await shop.browser.put("/control/webhooks/url", json=body)

    assert response.status_code == 400
    assert json.loads(response.content)["parameter"] == "url"
