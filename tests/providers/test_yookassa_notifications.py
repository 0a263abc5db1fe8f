"""What the adapter makes of notifications: which have a claim, which have none, which are none."""

import json
from typing import Any

import pytest

from cinema.contracts.enums import RefundStatus
from cinema.kit.money import Money
from cinema.payments.domain.port import Bound, NotificationInvalid, Pending, Seen, SeenBinding, SeenRefund
from cinema.payments.providers.yookassa.adapter import Yookassa
from cinema.payments.providers.yookassa.settings import YookassaSettings

PAYMENT = "2d9a3f0e-000f-5000-8000-1a2b3c4d5e6f"
METHOD = "2d9a3f0e-000f-5000-8000-1a2b3c4d5e70"
REFUND = "2d9a3f0e-0015-5000-9000-1a2b3c4d5e6f"
FIELDS_OF_PAYMENT: dict[str, Any] = {
    "id": PAYMENT,
    "status": "pending",
    "paid": False,
    "amount": {"value": "399.00", "currency": "RUB"},
    "created_at": "2026-03-02T10:00:00.123Z",
    "test": True,
    "recipient": {"account_id": "100500"},
}
FIELDS_OF_REFUND: dict[str, Any] = {
    "id": REFUND,
    "payment_id": PAYMENT,
    "status": "succeeded",
    "amount": {"value": "399.00", "currency": "RUB"},
    "created_at": "2026-03-02T10:00:00.123Z",
}

FIELDS_OF_METHOD: dict[str, Any] = {
    "id": METHOD,
    "type": "bank_card",
    "saved": True,
    "status": "active",
    "card": {"last4": "4477", "expiry_year": "2030", "expiry_month": "12", "card_type": "MasterCard"},
    "holder": {"account_id": "100500", "gateway_id": "1"},
    "metadata": {"binding_id": "ours"},
}


@pytest.fixture
def yookassa() -> Yookassa:
    return Yookassa(settings=YookassaSettings(shop_id="100500", secret_key="test_key"))


def message(event: str, fields: object, **more: object) -> bytes:
    return json.dumps({"type": "notification", "event": event, "object": fields} | more).encode()


def test_one_about_a_payment_claims_it(yookassa: Yookassa) -> None:
    told = yookassa.parse_notification(body=message("payment.pending", FIELDS_OF_PAYMENT, sent="now"), headers={})

    assert (told.event, told.object_id) == ("payment.pending", PAYMENT)
    assert isinstance(told.claim, Seen)
    assert (told.claim.amount, told.claim.state) == (Money(minor=39900, currency="RUB"), Pending())


def test_one_about_a_refund_claims_it(yookassa: Yookassa) -> None:
    told = yookassa.parse_notification(body=message("refund.succeeded", FIELDS_OF_REFUND), headers={})

    assert (told.event, told.object_id) == ("refund.succeeded", REFUND)
    assert isinstance(told.claim, SeenRefund)
    assert (told.claim.provider_payment_id, told.claim.status) == (PAYMENT, RefundStatus.SUCCEEDED)


def test_one_about_a_method_claims_it(yookassa: Yookassa) -> None:
    told = yookassa.parse_notification(body=message("payment_method.active", FIELDS_OF_METHOD), headers={})

    assert (told.event, told.object_id) == ("payment_method.active", METHOD)
    assert isinstance(told.claim, SeenBinding)
    assert (told.claim.provider_method_id, told.claim.binding_id, told.claim.account) == (METHOD, "ours", "100500")
    assert isinstance(told.claim.state, Bound)
    assert (told.claim.state.instrument.token, told.claim.state.instrument.title) == (METHOD, "Bank card *4477")


@pytest.mark.parametrize("event", ["payout.succeeded", "deal.closed"])
@pytest.mark.parametrize("fields", [{"id": "po-1"}, FIELDS_OF_PAYMENT])
def test_one_about_anything_else_has_no_claim(yookassa: Yookassa, event: str, fields: dict[str, Any]) -> None:
    told = yookassa.parse_notification(body=message(event, fields), headers={})

    assert (told.event, told.object_id, told.claim) == (event, fields["id"], None)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("payment.succeeded", {"id": PAYMENT}),
        ("payment.succeeded", FIELDS_OF_REFUND),
        ("payment.succeeded", FIELDS_OF_PAYMENT | {"paid": "false"}),
        ("payment.succeeded", FIELDS_OF_PAYMENT | {"status": "succeeded"}),
        ("payment.succeeded", FIELDS_OF_PAYMENT | {"amount": {"value": "399.005", "currency": "RUB"}}),
        ("payment.Succeeded", FIELDS_OF_PAYMENT),
        ("payment.succeeded\n", FIELDS_OF_PAYMENT),
        ("refund.succeeded", {"id": REFUND}),
        ("refund.succeeded", FIELDS_OF_PAYMENT),
        ("payment_method.active", {"id": "po-1"}),
        ("payment_method.active", FIELDS_OF_PAYMENT),
        ("payment_method.active", FIELDS_OF_METHOD | {"saved": False}),
        ("payment_method.active", FIELDS_OF_METHOD | {"status": "closed"}),
        ("payment_method.active", FIELDS_OF_METHOD | {"id": "../payments"}),
        ("payment_method.active", FIELDS_OF_METHOD | {"holder": None}),
        ("payout.succeeded", {}),
        ("payout.succeeded", {"id": 1}),
        ("payout.succeeded", {"id": "po 1"}),
        ("payout.succeeded", []),
        ("payout", {"id": "po-1"}),
    ],
)
def test_one_that_cannot_be_is_none(yookassa: Yookassa, event: str, fields: object) -> None:
    with pytest.raises(NotificationInvalid):
        yookassa.parse_notification(body=message(event, fields), headers={})


def test_what_is_of_another_type_is_none(yookassa: Yookassa) -> None:
    with pytest.raises(NotificationInvalid):
        yookassa.parse_notification(body=message("payment.pending", FIELDS_OF_PAYMENT, type="message"), headers={})


def test_who_may_send_is_told_the_same_each_time(yookassa: Yookassa) -> None:
    answers = [yookassa.admits(address) for address in ("185.71.76.1", "203.0.113.7", "", "185.71.76.1", "203.0.113.7")]

    assert answers == [True, False, False, True, False]
