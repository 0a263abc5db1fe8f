"""Buying over HTTP: bad input, repeated keys, parallel clicks."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from billing.stage import RETURN_URL, Stage
from cinema.billing.domain.changes import Receipt
from cinema.billing.store import orders
from cinema.contracts.enums import ReceiptKind
from cinema.contracts.ids import UserId
from cinema.kit.ids import uuid7
from make import count

GOOD = {"plan": "month", "return_url": RETURN_URL}
JSON = "application/json"


async def rows(stage: Stage) -> dict[str, int]:
    tables = ("billing.orders", "billing.subscriptions", "billing.charges", "kit.outbox", "kit.idempotency")
    async with stage.db.read() as tx:
        return {table: await tx.value(f"SELECT count(*) FROM {table}") for table in tables}  # noqa: S608 - names above


async def post(
    stage: Stage,
    user: UserId | None,
    path: str,
    *,
    key: str | None = "k",
    media_type: str | None = None,
    **options: Any,
) -> httpx2.Response:
    headers = ({"Idempotency-Key": key} if key else {}) | ({"Content-Type": media_type} if media_type else {})
    async with stage.client(user) as client:
        return await client.post(path, headers=headers, **options)


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"json": GOOD | {"plan": "decade"}}, 404, "plan-not-found"),
        ({"json": GOOD | {"plan": "Robert'); DROP TABLE"}}, 422, "input-invalid"),
        ({"json": GOOD | {"plan": 5}}, 422, "input-invalid"),
        ({"json": GOOD | {"plan": "m" * 33}}, 422, "input-invalid"),
        ({"json": {"plan": "month"}}, 422, "input-invalid"),
        ({"json": GOOD | {"price": 1}}, 422, "input-invalid"),
        ({"json": GOOD | {"return_url": "https://evil.test/"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cinema.test@evil.test/"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "javascript:alert(1)"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://[cinema.test"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://a\u2100b/back"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cin\nema.test/back"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cinema.test/\r\nX: y"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": " http://cinema.test/back"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cinema.test/\u202eback"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cinema.test/\x7f"}}, 422, "return-url-forbidden"),
        ({"json": GOOD | {"return_url": "http://cinema.test/" + "x" * 2048}}, 422, "input-invalid"),
        ({"json": [GOOD]}, 422, "input-invalid"),
        ({"content": b"{not json", "media_type": JSON}, 400, "not-json"),
        ({"content": b"\xff\xfe", "media_type": JSON}, 400, "not-json"),
        ({"content": b"{}"}, 415, "media-type-unsupported"),
        ({"content": b"x" * 10_000_000}, 413, "body-too-large"),
        ({"content": b"{}", "media_type": "text/plain"}, 415, "media-type-unsupported"),
        ({"json": GOOD, "key": None}, 400, "idempotency-key-missing"),
        ({"json": GOOD, "key": "k" * 129}, 400, "idempotency-key-missing"),
        ({"json": GOOD, "key": "two words"}, 400, "idempotency-key-missing"),
    ],
)
async def test_bad_input_is_refused_and_changes_nothing(
    stage: Stage, options: dict[str, Any], status: int, code: str
) -> None:
    user = stage.new_user()
    before = await rows(stage)

    answer = await post(stage, user, "/v1/subscriptions", **options)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert await rows(stage) == before


async def test_strangers_are_asked_to_sign_in(stage: Stage) -> None:
    answer = await post(stage, None, "/v1/subscriptions", json=GOOD)

    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/orders?cursor=nonsense", 400, "cursor-invalid"),
        ("/v1/orders?limit=0", 422, "input-invalid"),
        ("/v1/orders?limit=101", 422, "input-invalid"),
        ("/v1/orders?status=unknown", 422, "input-invalid"),
        ("/v1/orders/not-a-uuid", 422, "input-invalid"),
        ("/v1/orders/00000000-0000-7000-8000-000000000000", 404, "order-not-found"),
        ("/v1/subscriptions/00000000-0000-7000-8000-000000000000", 404, "subscription-not-found"),
        ("/v1/receipts/00000000-0000-7000-8000-000000000000", 404, "receipt-not-found"),
        ("/v1/admin/ledger", 403, "forbidden"),
        ("/v1/nowhere", 404, "route-not-found"),
    ],
)
async def test_bad_questions_get_clear_problems(stage: Stage, path: str, status: int, code: str) -> None:
    async with stage.client(stage.new_user()) as client:
        answer = await client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_receipt_shows_what_was_sold_to_its_buyer_alone(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    async with stage.client(user) as client:
        (receipt_id,) = (await client.get(f"/v1/orders/{request.order_id}")).json()["receipt_ids"]
        seen = (await client.get(f"/v1/receipts/{receipt_id}")).json()
    async with stage.client(stage.new_user()) as client:
        foreign = await client.get(f"/v1/receipts/{receipt_id}")

    (line,) = seen["lines"]
    (asked,) = request.receipt.lines
    assert (seen["id"], seen["kind"], seen["order_id"]) == (receipt_id, "payment", str(request.order_id))
    assert (line["description"], line["unit"]) == (asked.description, {"minor": 39_900, "currency": "RUB"})
    assert (line["vat_code"], line["mode"], line["quantity"]) == (1, "full_payment", 1)
    assert (foreign.status_code, foreign.json()["code"]) == (404, "receipt-not-found")


async def test_a_receipt_whose_only_line_was_stored_alone_is_shown_all_the_same(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    async with stage.db.write() as tx:
        await tx.execute("SET LOCAL session_replication_role = replica")
        await tx.execute("UPDATE billing.receipts SET lines = lines -> 0")
        receipt_id = await tx.value("SELECT id FROM billing.receipts")

    async with stage.client(user) as client:
        seen = (await client.get(f"/v1/receipts/{receipt_id}")).json()

    assert [line["mode"] for line in seen["lines"]] == ["full_payment"]


async def test_a_receipt_keeps_every_line(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    receipt = Receipt(
        receipt_id=uuid7(stage.clock.now()),
        kind=ReceiptKind.REFUND,
        source_id=uuid7(stage.clock.now()),
        order_id=request.order_id,
        user_id=user,
        amount=request.amount,
        lines=request.receipt.lines * 2,
        issued_at=stage.clock.now(),
    )

    async with stage.db.write() as tx:
        await orders.add_receipts(tx, [receipt, replace(receipt, receipt_id=uuid7(tx.now), source_id=uuid7(tx.now))])
        kept = await orders.receipt(tx, receipt_id=receipt.receipt_id, user_id=user)

    assert kept is not None
    assert [line["quantity"] for line in kept["lines"]] == [1, 1]


@pytest.mark.parametrize("action", ["payment", "cancellation", "refunds"])
async def test_another_viewers_order_is_not_there(stage: Stage, action: str) -> None:
    request = await stage.subscribed(stage.new_user())
    before = await rows(stage)
    body: dict[str, Any] = {"json": {"reason": "mine now"}} if action == "refunds" else {}

    answer = await post(stage, stage.new_user(), f"/v1/orders/{request.order_id}/{action}", **body)

    assert (answer.status_code, answer.json()["code"]) == (404, "order-not-found")
    assert await rows(stage) == before


async def test_a_key_with_another_body_is_refused(stage: Stage) -> None:
    user = stage.new_user()
    await post(stage, user, "/v1/subscriptions", json=GOOD)
    before = await rows(stage)

    answer = await post(stage, user, "/v1/subscriptions", json=GOOD | {"plan": "year"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await rows(stage) == before


async def test_a_key_belongs_to_its_user(stage: Stage) -> None:
    mine = await post(stage, stage.new_user(), "/v1/subscriptions", json=GOOD)

    theirs = await post(stage, stage.new_user(), "/v1/subscriptions", json=GOOD)

    assert theirs.status_code == 201
    assert theirs.json()["order"]["id"] != mine.json()["order"]["id"]
    assert "Idempotent-Replayed" not in theirs.headers


async def test_a_refused_request_does_not_burn_its_key(stage: Stage) -> None:
    user = stage.new_user()
    refused = await post(stage, user, "/v1/subscriptions", json=GOOD | {"plan": "decade"})

    answer = await post(stage, user, "/v1/subscriptions", json=GOOD)

    assert refused.status_code == 404
    assert answer.status_code == 201


@pytest.mark.parametrize("same_key", [True, False])
async def test_parallel_clicks_buy_once(stage: Stage, *, same_key: bool) -> None:
    for _ in range(count(reduced=3, full=1000)):
        user = stage.new_user()
        async with stage.client(user) as client:
            answers = await asyncio.gather(
                *(
                    client.post(
                        "/v1/subscriptions",
                        json=GOOD,
                        headers={"Idempotency-Key": "k" if same_key else f"k{number}"},
                    )
                    for number in range(50)
                )
            )

        assert {one.status_code for one in answers} == {201}
        assert len({one.json()["order"]["id"] for one in answers}) == 1
        assert sum("Idempotent-Replayed" in one.headers for one in answers) == (49 if same_key else 0)
        assert len([one for one in stage.payments.requests.values() if one.user_id == user]) == 1


async def every_mutation(stage: Stage, user: UserId) -> list[tuple[str, dict[str, Any]]]:
    request = await stage.subscribed(user)
    return [
        (f"/v1/subscriptions/{(await stage.subscription(user))['id']}/cancellation", {}),
        (f"/v1/subscriptions/{(await stage.subscription(user))['id']}/resumption", {}),
        (f"/v1/orders/{request.order_id}/refunds", {"json": {"reason": "no"}}),
    ]


async def test_every_mutating_route_repeats_its_answer(stage: Stage) -> None:
    user = stage.new_user()
    for path, options in await every_mutation(stage, user):
        first = await post(stage, user, path, **options)
        after_first = await rows(stage)
        again = await post(stage, user, path, **options)
        other = await post(stage, user, path, json={"reason": "another"}) if options else None

        assert first.status_code in {200, 201}, (path, first.text)
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replayed"] == "true"
        assert other is None or other.json()["code"] == "idempotency-key-reused"
        assert await rows(stage) == after_first


async def test_fifty_parallel_refunds_return_the_money_once(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    async with stage.client(user) as client:
        answers = await asyncio.gather(
            *(
                client.post(
                    f"/v1/orders/{request.order_id}/refunds",
                    json={"reason": "again"},
                    headers={"Idempotency-Key": f"k{number}"},
                )
                for number in range(50)
            )
        )
    await stage.drain()

    assert sorted(one.status_code for one in answers) == [201] + [409] * 49
    assert len(stage.payments.refunds) == 1
    assert await stage.violations() == []


async def test_staff_return_a_part_and_never_more_than_the_whole(stage: Stage) -> None:
    request = await stage.subscribed(stage.new_user())
    path = f"/v1/admin/orders/{request.order_id}/refunds"
    part = {"amount": {"minor": 10000, "currency": "RUB"}, "access_effect": "keep", "reason": "a bad evening"}
    staff = UserId(uuid7(stage.clock.now()))

    async with stage.client(staff, role="finance") as client:
        answers = [await client.post(path, json=part, headers={"Idempotency-Key": f"k{number}"}) for number in range(4)]
    for refund in list(stage.payments.refunds.values()):
        await stage.payments.give_back(refund)
    await stage.drain()

    async with stage.client(staff, role="finance") as client:
        order = (await client.get(f"/v1/admin/orders/{request.order_id}")).json()["order"]
    assert [one.status_code for one in answers] == [201, 201, 201, 422]
    assert answers[3].json()["code"] == "refund-too-large"
    assert answers[3].json()["left_minor"] == 9900
    assert (order["status"], order["refunded"]["minor"]) == ("partially_refunded", 30000)
    assert (await stage.subscription(request.user_id))["status"] == "active"
    assert await stage.violations() == []


async def test_what_was_ordered_is_read_where_the_answer_says(stage: Stage) -> None:
    user = stage.new_user()
    first = await post(stage, user, "/v1/subscriptions", json=GOOD, key="a")
    order = first.json()["order"]
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()
    again = await post(stage, user, f"/v1/orders/{order['id']}/payment", key="b")
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    back = await post(stage, user, f"/v1/orders/{order['id']}/refunds", json={"reason": "not mine"}, key="c")

    addresses = [answer.headers["location"] for answer in (first, again, back)]
    async with stage.client(user) as client:
        found = [(await client.get(address)).json() for address in addresses]

    assert found[0]["id"] == first.json()["subscription"]["id"]
    assert found[1]["order"]["id"] == again.json()["order"]["id"]
    assert found[2] == back.json()
