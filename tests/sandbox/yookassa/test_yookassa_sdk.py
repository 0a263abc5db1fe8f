"""The provider's official SDK, pointed at the stand-in, works as it is."""

import asyncio
import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.yookassa.driver import SECRET_KEY, SHOP_ID, Driver, payment_body, rub

yookassa = pytest.importorskip("yookassa")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:yookassa")


@pytest.fixture
def sdk(shop: Driver) -> Iterator[Any]:
    yookassa.Configuration.configure(SHOP_ID, SECRET_KEY, api_url=f"{shop.server.url}/v3")
    yield yookassa
    yookassa.Configuration.configure(None, None)


def page_of(created: Any) -> dict[str, Any]:
    return {"id": created.id, "confirmation": {"confirmation_url": created.confirmation.confirmation_url}}


async def call(function: Any, *arguments: Any) -> Any:
    return await asyncio.to_thread(function, *arguments)


async def test_the_sdk_takes_a_payment_from_page_to_refund(sdk: Any, shop: Driver) -> None:
    created = await call(sdk.Payment.create, payment_body(metadata={"order_id": "1"}), "key-1")
    await shop.pay(page_of(created))
    paid = await call(sdk.Payment.find_one, created.id)
    refund = await call(sdk.Refund.create, {"payment_id": created.id, "amount": rub("399.00")}, "key-2")
    found = await call(sdk.Refund.find_one, refund.id)

    assert (created.status, paid.status, refund.status, found.status) == (
        "pending",
        "succeeded",
        "succeeded",
        "succeeded",
    )
    assert created.metadata == {"order_id": "1", "cms_name": "yookassa_sdk_python"}
    assert (str(paid.amount.value), paid.amount.currency) == ("399.00", "RUB")
    assert paid.payment_method.card.last4 == "1111"
    assert paid.authorization_details.three_d_secure.applied is False
    assert str((await call(sdk.Payment.find_one, created.id)).refunded_amount.value) == "399.00"


async def test_the_sdk_captures_and_cancels(sdk: Any, shop: Driver) -> None:
    held = [await shop.pay(await shop.create(capture=False)) for _ in range(3)]

    whole = await call(sdk.Payment.capture, held[0]["id"])
    part = await call(sdk.Payment.capture, held[1]["id"], {"amount": rub("100.00")})
    canceled = await call(sdk.Payment.cancel, held[2]["id"])

    assert (whole.status, str(whole.amount.value)) == ("succeeded", "399.00")
    assert (part.status, str(part.amount.value)) == ("succeeded", "100.00")
    assert (canceled.status, canceled.cancellation_details.reason) == ("canceled", "canceled_by_merchant")


async def test_the_sdk_charges_a_saved_method_once_for_one_key(sdk: Any, shop: Driver) -> None:
    first = await shop.paid(save_payment_method=True)
    body = {"amount": rub("299.00"), "capture": True, "payment_method_id": first["id"], "description": "Next month"}

    charges = [await call(sdk.Payment.create, dict(body), "key-1") for _ in range(2)]

    assert charges[0].id == charges[1].id
    assert (charges[0].status, charges[0].payment_method.saved) == ("succeeded", True)
    assert (await shop.control("/payments", method="GET"))["total"] == 2


async def test_the_sdk_sends_receipts(sdk: Any, shop: Driver) -> None:
    items = [
        {
            "description": "One month",
            "quantity": "1.00",
            "amount": rub("399.00"),
            "vat_code": 1,
            "payment_subject": "service",
            "payment_mode": "full_payment",
        },
    ]
    receipt = {"customer": {"email": "viewer@cinema.example"}, "items": items}

    created = await call(sdk.Payment.create, payment_body(receipt=receipt))
    paid = await shop.pay(page_of(created))
    receipts = await call(sdk.Receipt.list, {"payment_id": created.id})
    separate = await call(
        sdk.Receipt.create,
        {
            **receipt,
            "type": "payment",
            "payment_id": created.id,
            "send": True,
            "settlements": [{"type": "prepayment", "amount": rub("399.00")}],
        },
    )

    assert paid["receipt_registration"] == "succeeded"
    assert [(each.type, each.status) for each in receipts.items] == [("payment", "succeeded")]
    assert (separate.status, separate.payment_id) == ("succeeded", created.id)


async def test_the_sdk_lists_with_filters_and_cursor(sdk: Any, shop: Driver) -> None:
    ids = [(await shop.create())["id"] for _ in range(3)]
    paid = await shop.paid()
    await call(sdk.Refund.create, {"payment_id": paid["id"], "amount": rub("10.00")})

    first = await call(sdk.Payment.list, {"limit": 2, "status": "pending", "created_at.gte": paid["created_at"]})
    rest = await call(sdk.Payment.list, {"limit": 2, "status": "pending", "cursor": first.next_cursor})
    refunds = await call(sdk.Refund.list, {"payment_id": paid["id"]})

    assert [each.id for each in [*first.items, *rest.items]] == ids[::-1]
    assert rest.next_cursor is None
    assert len(refunds.items) == 1


async def test_the_sdk_binds_a_method_and_reads_the_shop(sdk: Any, shop: Driver) -> None:
    confirmation = {"type": "redirect", "return_url": "https://cinema.example/cards"}

    bound = await call(sdk.PaymentMethod.create, {"type": "bank_card", "confirmation": confirmation}, "key-1")
    found = await call(sdk.PaymentMethod.find_one, bound.id)
    me = await call(sdk.Settings.get_account_settings)

    assert (bound.status, found.status, found.saved) == ("pending", "pending", False)
    assert bound.confirmation.confirmation_url == f"{shop.server.url}/checkout/bindings/{bound.id}"
    assert me["account_id"] == SHOP_ID


async def test_the_sdk_reads_notifications(sdk: Any, shop: Driver) -> None:
    factory = importlib.import_module("yookassa.domain.notification").WebhookNotificationFactory
    paid = await shop.paid()
    await shop.post("/refunds", {"payment_id": paid["id"], "amount": rub("10.00")})
    await shop.tick()

    told = [factory().create(body) for body in shop.merchant.received]

    assert sdk.Configuration.account_id == SHOP_ID
    assert [each.event for each in told] == ["payment.succeeded", "refund.succeeded"]
    assert told[1].object.payment_id == paid["id"]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"kind": "error_before"}, "InternalServerError"),
        ({"kind": "too_many_requests"}, "TooManyRequestsError"),
        ({"kind": "processing"}, "ResponseProcessingError"),
        ({"kind": "missing_as_400"}, "BadRequestError"),
        (None, "NotFoundError"),
    ],
)
async def test_the_sdk_raises_its_errors(sdk: Any, shop: Driver, fault: Any, error: str) -> None:
    exceptions = importlib.import_module("yookassa.domain.exceptions")

    if fault is not None:
        await shop.control("/faults", fault)

    with pytest.raises(getattr(exceptions, error)):
        await call(sdk.Payment.find_one, "00000000-0000-7000-8000-000000000000")


async def test_the_sdk_sees_wrong_credentials_and_forbidden_products(sdk: Any, shop: Driver) -> None:
    exceptions = importlib.import_module("yookassa.domain.exceptions")

    with pytest.raises(exceptions.ForbiddenError):
        await call(sdk.Webhook.list)
    sdk.Configuration.configure(SHOP_ID, "wrong", api_url=f"{shop.server.url}/v3")
    with pytest.raises(exceptions.UnauthorizedError):
        await call(sdk.Payment.list)
