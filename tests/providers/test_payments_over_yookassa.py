"""Payments and the adapter together, before the stand-in on a socket: the whole way, with lies and forgeries on it."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from cinema.contracts.billing import ReceiptRequested
from cinema.contracts.enums import PaymentStatus, RefundStatus
from cinema.contracts.ids import MethodId
from cinema.contracts.payments import PaymentRequest, ReceiptRequest
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.kit.outbox import publish
from make import count
from payments.binding import begun, bind, provider_method_id, shown
from payments.stage import VIEWER, Stage
from providers.rigs import make_yookassa
from sandbox.yookassa.driver import GOOD_CARD, Driver, card_fields

NO_FUNDS_CARD = "5555555555554600"
LIES = (
    "wrong_amount",
    "wrong_currency",
    "wrong_status",
    "wrong_shop",
    "wrong_metadata",
    "malformed_json",
    "oversized_body",
)


@pytest.fixture
async def stage(db: Database, shop: Driver) -> AsyncIterator[Stage]:
    provider = make_yookassa(shop.server.url)
    yield await Stage(db=db, clock=shop.clock, provider=provider).open()
    await provider.close()


async def asked(stage: Stage, *, save_method: bool = False) -> tuple[PaymentRequest, str]:
    request = stage.make_request(save_method=save_method)
    await stage.payments.request(request)
    return request, await stage.provider_id(request.payment_id)


async def deliver(stage: Stage, shop: Driver) -> list[int]:
    """Hands everything that the stand-in tells to the door of payments."""
    await shop.tick()
    told, shop.merchant.received = shop.merchant.received, []
    return [await stage.notify(json.dumps(one).encode(), provider="yookassa") for one in told]


async def paid(stage: Stage, shop: Driver, *, save_method: bool = False) -> PaymentRequest:
    request, provider_id = await asked(stage, save_method=save_method)
    await shop.pay(await shop.payment(provider_id))
    await deliver(stage, shop)
    await stage.drain()
    return request


async def test_the_whole_way(stage: Stage, shop: Driver) -> None:
    request = await paid(stage, shop, save_method=True)
    method = await stage.default_method(VIEWER)
    assert method is not None
    renewal = stage.make_request(method_id=method.id)

    renewed = await stage.payments.request(renewal)
    part = await stage.payments.refund(stage.make_refund(renewal, amount=Money(minor=10000, currency="RUB")))
    whole = await stage.payments.refund(stage.make_refund(request))
    statuses = await deliver(stage, shop)
    await stage.drain()

    assert (await stage.view(request)).status is renewed.status is PaymentStatus.SUCCEEDED
    assert (part, whole) == (RefundStatus.SUCCEEDED, RefundStatus.SUCCEEDED)
    assert statuses == [200, 200, 200]
    assert await stage.names() == [
        "PaymentSucceeded",
        "MethodSaved",
        "PaymentSucceeded",
        "RefundSucceeded",
        "RefundSucceeded",
    ]
    assert Counter(await stage.verdicts()) == {("applied", None): 1, ("ignored", "known_already"): 3}
    assert await stage.violations() == []


async def test_a_declined_card_is_told_in_our_word(stage: Stage, shop: Driver) -> None:
    request, provider_id = await asked(stage)

    await shop.pay(await shop.payment(provider_id), NO_FUNDS_CARD)
    await deliver(stage, shop)
    await stage.drain()

    assert (await stage.view(request)).decline_reason == "insufficient_funds"


async def test_who_never_confirms_is_canceled_by_the_provider(stage: Stage, shop: Driver) -> None:
    request, _ = await asked(stage)

    shop.clock.advance(timedelta(hours=1))
    await shop.tick()
    await stage.drain()

    assert (await stage.view(request)).status is PaymentStatus.CANCELED
    assert [one["reason"] for one in await stage.events()] == ["not_confirmed"]


async def test_a_withheld_notification_is_made_up_for_by_asking(stage: Stage, shop: Driver) -> None:
    await shop.control("/faults", {"kind": "webhook_withhold", "times": 10})
    request, provider_id = await asked(stage)

    await shop.pay(await shop.payment(provider_id))
    delivered = await deliver(stage, shop)
    await stage.pass_time(timedelta(minutes=1))

    assert delivered == []
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("saved", [False, True])
async def test_a_charge_whose_answer_lies_is_not_believed(stage: Stage, shop: Driver, lie: str, *, saved: bool) -> None:
    await paid(stage, shop, save_method=True)
    method = await stage.default_method(VIEWER)
    assert method is not None
    request = stage.make_request(method_id=method.id) if saved else stage.make_request()
    told = await stage.names()
    # A charge at once is "succeeded" in truth, so that word is a lie for a payment on the page only.
    value = {"value": "canceled"} if saved and lie == "wrong_status" else {}
    await shop.control("/faults", {"kind": lie, "operation": "create_payment", "times": 2, **value})

    view = await stage.payments.request(request)
    told_while_lying = await stage.names()
    await stage.pass_time(timedelta(minutes=2))

    assert view.status is PaymentStatus.UNKNOWN
    assert told_while_lying == told
    assert (await stage.view(request)).status is (PaymentStatus.SUCCEEDED if saved else PaymentStatus.PENDING)
    made = await shop.control(f"/payments?metadata.payment_id={request.payment_id}", method="GET")
    assert (made["total"], made["succeeded"]) == (1, int(saved))
    assert await stage.violations() == []


@pytest.mark.parametrize("lie", [*LIES, "wrong_id"])
async def test_a_reading_that_lies_is_not_believed(stage: Stage, shop: Driver, lie: str) -> None:
    request, provider_id = await asked(stage)
    value = {"value": "canceled"} if lie == "wrong_status" else {}
    await shop.control("/faults", {"kind": lie, "operation": "get_payment", "times": None, **value})
    await shop.browser.post(f"/checkout/payments/{provider_id}", data=card_fields(GOOD_CARD))

    await deliver(stage, shop)
    await stage.drain()
    await stage.pass_time(timedelta(minutes=5))
    while_lying = await stage.view(request)
    told_while_lying = await stage.names()
    await shop.control("/faults", method="DELETE")
    await stage.pass_time(timedelta(minutes=10))

    assert while_lying.status is PaymentStatus.PENDING
    assert told_while_lying == []
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded"]


async def test_a_false_id_at_the_start_is_put_right(stage: Stage, shop: Driver) -> None:
    await shop.control("/faults", {"kind": "wrong_id", "operation": "create_payment"})
    request, wrong_id = await asked(stage)
    made = await shop.control(f"/payments?metadata.payment_id={request.payment_id}", method="GET")

    await shop.pay(made["items"][0])
    await stage.pass_time(timedelta(minutes=1))

    assert await stage.provider_id(request.payment_id) == made["items"][0]["id"] != wrong_id
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_before", "error_after", "processing"])
async def test_ambiguous_answers_charge_nobody_twice(stage: Stage, shop: Driver, fault: str) -> None:
    await paid(stage, shop, save_method=True)
    method = await stage.default_method(VIEWER)
    assert method is not None
    requests = [stage.make_request(method_id=method.id) for _ in range(count(reduced=20, full=2_000))]
    await shop.control("/faults", {"kind": fault, "operation": "create_payment", "times": 2 * len(requests)})

    for request in requests:
        await stage.ask_for(request)
    await stage.pass_time(timedelta(minutes=10))

    assert {(await stage.view(request)).status for request in requests} == {PaymentStatus.SUCCEEDED}
    made = await shop.control("/payments", method="GET")
    counts = made["by_metadata"]["payment_id"]
    assert {counts[str(request.payment_id)]["succeeded"] for request in requests} == {1}
    assert {counts[str(request.payment_id)]["total"] for request in requests} == {1}
    assert (await stage.names()).count("PaymentSucceeded") == len(requests) + 1
    assert await stage.violations() == []


async def test_a_card_is_bound_without_a_purchase(stage: Stage, shop: Driver) -> None:
    binding = await begun(stage)
    its_id = await provider_method_id(stage, binding["id"])
    page = await shop.browser.get(binding["confirmation_url"])

    await shop.bind(its_id)
    statuses = await deliver(stage, shop)
    await stage.drain()
    done = await shown(stage, binding["id"])
    renewal = stage.make_request(method_id=MethodId(UUID(done["method_id"])))
    renewed = await stage.payments.request(renewal)

    assert (page.status_code, statuses) == (200, [200])
    assert (done["status"], renewed.status) == ("succeeded", PaymentStatus.SUCCEEDED)
    assert await stage.names() == ["MethodSaved", "PaymentSucceeded"]
    assert await stage.verdicts() == [("applied", None)]
    assert await stage.violations() == []


async def test_a_binding_that_is_refused_is_told_by_nobody_and_found_out(stage: Stage, shop: Driver) -> None:
    binding = await begun(stage)

    await shop.bind(await provider_method_id(stage, binding["id"]), NO_FUNDS_CARD)
    told = await deliver(stage, shop)
    await stage.pass_time(timedelta(minutes=1))

    assert told == []
    assert (await shown(stage, binding["id"]))["reason"] == "declined"
    assert await stage.names() == []


async def test_a_binding_whose_page_is_left_fails_after_its_hour(stage: Stage) -> None:
    binding = await begun(stage)

    await stage.pass_time(timedelta(hours=1))

    assert (await shown(stage, binding["id"]))["reason"] == "not_confirmed"


@pytest.mark.parametrize("fault", ["drop_before", "drop_after", "error_before", "error_after", "processing"])
async def test_an_ambiguous_answer_binds_once(stage: Stage, shop: Driver, fault: str) -> None:
    await shop.control("/faults", {"kind": fault, "operation": "create_payment_method"})

    binding = (await bind(stage)).json()
    await stage.pass_time(timedelta(minutes=1))

    assert binding["status"] == "created"
    assert (await shown(stage, binding["id"]))["status"] == "pending"
    assert (await shop.control("/payment-methods", method="GET"))["total"] == 1


@pytest.mark.parametrize("lie", ["wrong_status", "wrong_shop", "wrong_metadata", "malformed_json", "oversized_body"])
async def test_a_binding_whose_answer_lies_is_not_believed(stage: Stage, shop: Driver, lie: str) -> None:
    await shop.control("/faults", {"kind": lie, "operation": "create_payment_method"})

    binding = (await bind(stage)).json()
    await stage.pass_time(timedelta(minutes=1))

    assert (binding["status"], binding["confirmation_url"]) == ("created", None)
    assert (await shown(stage, binding["id"]))["status"] == "pending"
    assert await stage.violations() == []


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The path of every field."""
    if isinstance(value, dict):
        return [path, *(one for name, part in value.items() for one in leaves(part, (*path, name)))]
    return [path]


MUTATIONS: tuple[Any, ...] = (
    *(None, "", "x", 0, -1, True, False, [], {}),
    *("1.00", "USD", "canceled", "2020-01-01T00:00:00Z"),
)
HARMLESS = {
    # Facts that we do not read, so that another value is no claim about anything.
    "authorization_details",
    "description",
    "income_amount",
    "merchant_customer_id",
    "payment_method",
    "receipt_registration",
    "refundable",
    "refunded_amount",
    "order_id",
    "gateway_id",
}


async def test_every_field_of_a_notification_forged_changes_nothing(stage: Stage, shop: Driver) -> None:
    """The payer has paid; every message about it is forged in one field; none may say so to us."""
    request, provider_id = await asked(stage)
    other, other_id = await asked(stage)
    await shop.pay(await shop.payment(provider_id))
    await shop.tick()
    genuine = shop.merchant.received[-1]
    before = await stage.snapshot()
    read = [path for path in leaves(genuine)[1:] if not HARMLESS & set(path)]
    forged = [
        message
        for path in read
        for value in (*MUTATIONS, other_id, str(other.payment_id), ...)
        if (message := forge(genuine, path, value)) != genuine
    ]

    statuses = Counter([await stage.notify(json.dumps(message).encode(), provider="yookassa") for message in forged])
    await stage.drain()

    assert set(statuses) == {200, 400}
    assert statuses[200] >= 20
    assert {outcome for outcome, _ in await stage.verdicts()} <= {"refused", "ignored"}
    assert await stage.snapshot() == before
    assert (await stage.view(request)).status is PaymentStatus.PENDING
    assert {path[-1] for path in read} >= {"type", "event", "id", "status", "paid", "value", "currency"}
    assert {path[-1] for path in read} >= {"created_at", "captured_at", "test", "account_id", "payment_id"}


async def test_what_was_paid_ahead_is_closed_at_the_register(stage: Stage, shop: Driver) -> None:
    request = await paid(stage, shop)
    provider_id = await stage.provider_id(request.payment_id)
    closing = ReceiptRequest(
        receipt_id=uuid7(stage.clock.now()),
        payment_id=request.payment_id,
        order_id=request.order_id,
        amount=request.amount,
        receipt=request.receipt,
    )
    await shop.control("/faults", {"kind": "drop_after", "operation": "create_receipt"})

    async with stage.db.write() as tx:
        await publish(tx, ReceiptRequested(order_id=request.order_id, request=closing), now=tx.now)
    await stage.pass_time(timedelta(minutes=1))

    settled = [one["settlements"] for one in (await shop.get("/receipts", payment_id=provider_id)).json()["items"]]
    assert settled == [[{"type": "prepayment", "amount": {"value": "399.00", "currency": "RUB"}}], []]
    assert [row["status"] for row in await stage.rows("SELECT status FROM payments.receipts")] == ["succeeded"]
    assert await stage.violations() == []


async def test_forged_facts_that_nobody_reads_do_no_harm(stage: Stage, shop: Driver) -> None:
    """The worst that such a message can do: let us hear from the provider itself what is true."""
    request, provider_id = await asked(stage, save_method=True)
    await shop.pay(await shop.payment(provider_id))
    await shop.tick()
    genuine = shop.merchant.received[-1]
    forged = [
        message
        for path in leaves(genuine)[1:]
        if HARMLESS & set(path)
        for value in (None, "x", 0)
        if (message := forge(genuine, path, value)) != genuine
    ]

    for message in forged:
        assert await stage.notify(json.dumps(message).encode(), provider="yookassa") in {200, 400}
    await stage.drain()
    method = await stage.default_method(VIEWER)

    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded", "MethodSaved"]
    assert method is not None
    assert method.title == genuine["object"]["payment_method"]["title"]
    rows = await stage.rows("SELECT token FROM payments.methods")
    assert [row["token"] for row in rows] == [genuine["object"]["payment_method"]["id"]]


def forge(message: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """``message`` with another value at ``path``; `...` takes the field away."""
    copy: dict[str, Any] = json.loads(json.dumps(message))
    place = copy
    for name in path[:-1]:
        place = place[name]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return copy
