"""What the adapter makes of answers: each documented one, and each that lies."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.contracts.ids import PaymentId
from cinema.kit.client import HttpClient, NoAnswer, NotSent
from cinema.kit.clock import ManualClock
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.kit.settings import load
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.port import (
    ActionRequired,
    Canceled,
    Declined,
    Held,
    Instrument,
    NotAllowed,
    Pending,
    Rejected,
    Sealed,
    Seen,
    SeenRefund,
    Succeeded,
    TooBusy,
    Unknown,
)
from cinema.payments.providers.yookassa.adapter import PAGES_MAX, Yookassa
from cinema.payments.providers.yookassa.answers import is_trusted_url
from cinema.payments.providers.yookassa.reasons import PAYMENT_REASONS, REFUND_REASONS, payment_reason, refund_reason
from cinema.payments.providers.yookassa.settings import YookassaSettings
from cinema.sandbox.yookassa import domain as documented
from providers.rigs import make_yookassa

SEALED = Sealed(key="a-key", body=b'{"amount":{"value":"399.00","currency":"RUB"}}')
PAYMENT = "2d9a3f0e-000f-5000-8000-1a2b3c4d5e6f"
CREATED = "2026-03-02T10:00:00.123Z"
PENDING: dict[str, Any] = {
    "id": PAYMENT,
    "status": "pending",
    "paid": False,
    "refundable": False,
    "amount": {"value": "399.00", "currency": "RUB"},
    "created_at": CREATED,
    "test": True,
    "recipient": {"account_id": "100500", "gateway_id": "1"},
    "metadata": {"payment_id": "ours", "order_id": "an order"},
    "confirmation": {"type": "redirect", "confirmation_url": f"http://127.0.0.1:1/checkout/{PAYMENT}"},
}
SUCCEEDED: dict[str, Any] = {
    **{name: value for name, value in PENDING.items() if name != "confirmation"},
    "status": "succeeded",
    "paid": True,
    "refundable": True,
    "captured_at": "2026-03-02T10:05:00.500Z",
    "income_amount": {"value": "385.04", "currency": "RUB"},
    "payment_method": {
        "type": "bank_card",
        "id": "a-token",
        "saved": True,
        "status": "active",
        "title": "Bank card *4444",
        "card": {
            "first6": "555555",
            "last4": "4444",
            "expiry_year": "2030",
            "expiry_month": "12",
            "card_type": "MasterCard",
        },
    },
}
REFUND: dict[str, Any] = {
    "id": "2d9a4000-0015-5000-9000-1a2b3c4d5e6f",
    "payment_id": PAYMENT,
    "status": "succeeded",
    "amount": {"value": "399.00", "currency": "RUB"},
    "created_at": CREATED,
    "metadata": {"refund_id": "ours"},
}


def shop_that(answer: Callable[[httpx2.Request], httpx2.Response], **values: object) -> Yookassa:
    client = HttpClient(base_url="http://shop.test/v3", transport=httpx2.MockTransport(answer))
    return make_yookassa("http://shop.test", client=client, **values)


def answering(body: object, *, status: int = 200) -> Yookassa:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return shop_that(lambda _: httpx2.Response(status, content=content))


def changed(body: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """``body`` with another value at ``path``; `...` takes the field away."""
    copy = deepcopy(body)
    *parents, last = path.split(".")
    place = copy
    for name in parents:
        place = place[name]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return copy


async def test_a_pending_payment_is_read() -> None:
    seen = await answering(PENDING).charge(SEALED)

    assert seen == Seen(
        provider_payment_id=PAYMENT,
        payment_id="ours",
        amount=Money(minor=39900, currency="RUB"),
        account="100500",
        is_test=True,
        created_at=datetime(2026, 3, 2, 10, 0, 0, 123000, tzinfo=UTC),
        state=ActionRequired(url=f"http://127.0.0.1:1/checkout/{PAYMENT}"),
    )


async def test_a_succeeded_payment_is_read_with_its_fee_and_instrument() -> None:
    seen = await answering(SUCCEEDED).read(PAYMENT)

    assert isinstance(seen, Seen)
    assert seen.state == Succeeded(
        captured_at=datetime(2026, 3, 2, 10, 5, 0, 500000, tzinfo=UTC),
        fee=Money(minor=1396, currency="RUB"),
        instrument=Instrument(
            token="a-token",
            kind="bank_card",
            title="Bank card *4444",
            is_saved=True,
            card_last4="4444",
            card_expiry="2030-12",
        ),
    )


@pytest.mark.parametrize(
    ("change", "state"),
    [
        ({"status": "waiting_for_capture", "paid": True}, Held()),
        ({"confirmation": None}, Pending()),
        ({"confirmation": {"type": "embedded", "confirmation_token": "ct-1"}}, Pending()),
        ({"status": "canceled", "cancellation_details": None}, Declined(reason=DeclineReason.GENERAL_DECLINE)),
    ],
)
async def test_other_states_are_read(change: dict[str, Any], state: object) -> None:
    seen = await answering({**PENDING, **change}).read(PAYMENT)

    assert isinstance(seen, Seen)
    assert seen.state == state


async def test_unknown_fields_and_methods_are_passed_over() -> None:
    method = {"type": "moon_money", "id": "m", "saved": False, "status": "active", "crater": 7}

    seen = await answering({**SUCCEEDED, "payment_method": method, "novelty": [1, {"a": None}]}).read(PAYMENT)

    assert isinstance(seen, Seen)
    assert isinstance(seen.state, Succeeded)
    assert seen.state.instrument == Instrument(token="m", kind="moon_money", title="Payment method", is_saved=False)


def test_every_documented_reason_of_a_payment_has_our_word() -> None:
    assert set(PAYMENT_REASONS) >= documented.PAYMENT_REASONS
    assert len(documented.PAYMENT_REASONS) == 21


@pytest.mark.parametrize(("word", "ours"), sorted(PAYMENT_REASONS.items()))
async def test_each_reason_of_a_canceled_payment_is_told_in_our_word(
    word: str, ours: DeclineReason | CancelReason
) -> None:
    details = {"party": "payment_network", "reason": word}

    seen = await answering({**PENDING, "status": "canceled", "cancellation_details": details}).read(PAYMENT)

    assert isinstance(seen, Seen)
    assert seen.state == (Canceled(reason=ours) if isinstance(ours, CancelReason) else Declined(reason=ours))


def test_every_documented_reason_of_a_refund_has_our_word() -> None:
    assert set(REFUND_REASONS) == set(documented.REFUND_REASONS)


@pytest.mark.parametrize(("word", "ours"), sorted(REFUND_REASONS.items()))
async def test_each_reason_of_a_canceled_refund_is_told_in_our_word(word: str, ours: RefundFailure) -> None:
    details = {"party": "refund_network", "reason": word}

    seen = await answering({**REFUND, "status": "canceled", "cancellation_details": details}).read_refund(REFUND["id"])

    assert isinstance(seen, SeenRefund)
    assert (seen.status, seen.failure) == (RefundStatus.FAILED, ours)


def test_a_reason_that_nobody_knows_is_the_general_one() -> None:
    assert payment_reason("mercury_retrograde") is payment_reason(None) is DeclineReason.GENERAL_DECLINE
    assert refund_reason("mercury_retrograde") is refund_reason(None) is RefundFailure.GENERAL_FAILURE


ERROR = {"type": "error", "id": "e", "code": "invalid_request", "description": "words", "parameter": "receipt"}


@pytest.mark.parametrize("status", [400, 404, 405, 410, 415])
@pytest.mark.parametrize("body", [ERROR, b"", b"<html>"])
async def test_a_refused_request_is_rejected(status: int, body: object) -> None:
    answer = await answering(body, status=status).charge(SEALED)

    known = Rejected(code="invalid_request", parameter="receipt")
    assert answer == (known if body is ERROR else Rejected(code=f"http_{status}"))


async def test_an_unknown_method_is_told_apart_from_other_mistakes() -> None:
    answer = await answering({**ERROR, "parameter": "payment_method_id"}, status=400).charge(SEALED)

    assert isinstance(answer, Rejected)
    assert answer.decline is DeclineReason.METHOD_UNKNOWN


@pytest.mark.parametrize(
    ("status", "kind"), [(401, NotAllowed), (403, NotAllowed), (429, TooBusy)], ids=["401", "403", "429"]
)
async def test_what_was_not_let_in_did_not_happen(status: int, kind: type[Exception]) -> None:
    shop = answering({**ERROR, "code": "forbidden"}, status=status)

    for call in (shop.charge, shop.refund):
        with pytest.raises(kind):
            await call(SEALED)


@pytest.mark.parametrize("status", [201, 202, 204, 301, 302, 402, 409, 418, 500, 502, 503, 504])
async def test_any_other_status_proves_nothing(status: int) -> None:
    charged = await answering(PENDING, status=status).charge(SEALED)
    refunded = await answering(REFUND, status=status).refund(SEALED)

    assert isinstance(charged, Unknown)
    assert isinstance(refunded, Unknown)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ConnectError("x"), NotSent),
        (httpx2.ConnectTimeout("x"), NotSent),
        (httpx2.ReadTimeout("x"), NoAnswer),
        (httpx2.ReadError("x"), NoAnswer),
        (httpx2.WriteError("x"), NoAnswer),
        (httpx2.RemoteProtocolError("x"), NoAnswer),
    ],
)
async def test_a_broken_line_is_told_by_how_far_the_request_got(error: Exception, kind: type[Exception]) -> None:
    def fail(_request: httpx2.Request) -> httpx2.Response:
        raise error

    with pytest.raises(kind):
        await shop_that(fail).charge(SEALED)


@pytest.mark.parametrize("content", [b"", b"{", b"null", b"[]", b'"x"', b"\xff", b"[" * 100_000, b'{"id":1e999}'])
async def test_an_answer_that_is_no_payment_is_not_believed(content: bytes) -> None:
    assert isinstance(await answering(content).charge(SEALED), Unknown)
    assert isinstance(await answering(content).refund(SEALED), Unknown)


async def test_an_answer_without_end_is_cut_off() -> None:
    with pytest.raises(NoAnswer):
        await answering({**PENDING, "padding": "x" * 1_000_001}).charge(SEALED)


LIES: list[tuple[str, object]] = [
    ("id", "short"),
    ("id", 7),
    ("id", None),
    ("id", ...),
    ("status", "paid"),
    ("status", None),
    ("status", ...),
    ("status", "pending"),
    ("status", "canceled"),
    ("paid", False),
    ("paid", "true"),
    ("paid", 1),
    ("paid", ...),
    ("amount", None),
    ("amount", ...),
    ("amount.value", "-399.00"),
    ("amount.value", "399.001"),
    ("amount.value", "3.99e2"),
    ("amount.value", " 399.00"),
    ("amount.value", "NaN"),
    ("amount.value", 399.0),
    ("amount.value", ...),
    ("amount.currency", "BTC"),
    ("amount.currency", "rub"),
    ("amount.currency", None),
    ("amount.currency", ...),
    ("created_at", "yesterday"),
    ("created_at", "2026-03-02T10:00:00"),
    ("created_at", None),
    ("created_at", ...),
    ("test", "true"),
    ("test", None),
    ("test", ...),
    ("recipient", None),
    ("recipient", ...),
    ("recipient.account_id", 100500),
    ("recipient.account_id", ""),
    ("recipient.account_id", ...),
    ("metadata", []),
    ("metadata", {"payment_id": 7}),
    ("captured_at", None),
    ("captured_at", ...),
    ("captured_at", "soon"),
    ("income_amount.value", "399.01"),
    ("income_amount.value", "many"),
    ("income_amount.currency", "USD"),
    ("payment_method.id", ""),
    ("payment_method.id", 7),
    ("payment_method.id", "a\u0000b"),
    ("payment_method.saved", "yes"),
    ("payment_method.saved", None),
    ("payment_method.type", None),
    ("payment_method.account_number", "4100\u0000"),
    ("payment_method.account_number", "4100"),
    ("payment_method.card.source", 7),
    ("payment_method.card.last4", "444"),
    ("payment_method.card.last4", "44444"),
    ("payment_method.card.expiry_month", "13"),
    ("payment_method.card.expiry_year", "30"),
]


@pytest.mark.parametrize(("path", "value"), LIES)
async def test_a_payment_with_a_field_that_cannot_be_is_not_believed(path: str, value: object) -> None:
    answer = await answering(changed(SUCCEEDED, path, value)).read(PAYMENT)

    assert isinstance(answer, Unknown)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("id", "short"),
        ("id", ...),
        ("payment_id", "short"),
        ("payment_id", ...),
        ("status", "done"),
        ("status", ...),
        ("amount.value", "1e3"),
        ("amount.currency", "BTC"),
        ("amount", ...),
        ("created_at", "now"),
        ("metadata", "x"),
    ],
)
async def test_a_refund_with_a_field_that_cannot_be_is_not_believed(path: str, value: object) -> None:
    assert isinstance(await answering(changed(REFUND, path, value)).refund(SEALED), Unknown)


async def test_an_answer_about_another_object_is_not_believed() -> None:
    other = "2d9a3f0e-000f-5000-8000-ffffffffffff"

    assert isinstance(await answering(SUCCEEDED).read(other), Unknown)
    assert isinstance(await answering(REFUND).read_refund(other), Unknown)


HOSTS = ("yoomoney.ru", "yookassa.ru")


@pytest.mark.parametrize(
    ("url", "is_trusted"),
    [
        ("https://yoomoney.ru/checkout/payments/v2/contract?orderId=1", True),
        ("https://pay.yookassa.ru/x", True),
        ("https://yoomoney.ru:443/x", True),
        ("http://yoomoney.ru/x", False),
        ("https://yoomoney.ru.evil.example/x", False),
        ("https://evilyoomoney.ru/x", False),
        ("https://yoomoney.ru@evil.example/x", False),
        ("https://user:secret@yoomoney.ru/x", False),
        ("https://evil.example/yoomoney.ru", False),
        ("https://evil.example\\@yoomoney.ru/x", False),
        ("//yoomoney.ru/x", False),
        ("javascript:alert(1)//yoomoney.ru", False),
        ("https://yoomoney.ru/\r\nSet-Cookie: a=b", False),
        ("https://уoomoney.ru/x", False),
        ("https://[::1", False),
        ("http://127.0.0.1/x", False),
        ("", False),
    ],
)
def test_a_payer_is_sent_to_known_hosts_only(url: str, is_trusted: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_trusted_url(url, hosts=HOSTS) is is_trusted


async def test_an_answer_that_sends_the_payer_elsewhere_is_not_believed() -> None:
    lie = changed(PENDING, "confirmation.confirmation_url", "https://evil.example/checkout")

    assert isinstance(await answering(lie).charge(SEALED), Unknown)


async def test_the_same_bytes_and_key_go_out_again() -> None:
    seen: list[tuple[str | None, bytes]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append((request.headers.get("Idempotence-Key"), request.content))
        return httpx2.Response(500)

    shop = shop_that(answer)
    for _ in range(3):
        await shop.charge(SEALED)

    assert seen == [("a-key", SEALED.body)] * 3


async def test_the_shop_shows_its_credentials() -> None:
    headers: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        headers.append(request.headers["Authorization"])
        return httpx2.Response(200, content=json.dumps(PENDING).encode())

    client = HttpClient(base_url="http://shop.test/v3", auth=("100500", "k"), transport=httpx2.MockTransport(answer))
    await make_yookassa("http://shop.test", client=client).charge(SEALED)

    assert headers == ["Basic MTAwNTAwOms="]


def pages(*bodies: dict[str, Any]) -> tuple[Yookassa, list[dict[str, str]]]:
    queries: list[dict[str, str]] = []
    rest = list(bodies)

    def answer(request: httpx2.Request) -> httpx2.Response:
        queries.append(dict(request.url.params))
        return httpx2.Response(200, content=json.dumps(rest.pop(0) if len(rest) > 1 else rest[0]).encode())

    return shop_that(answer), queries


async def test_a_lost_payment_is_looked_for_on_every_page_of_the_window(clock: ManualClock) -> None:
    payment_id = PaymentId(uuid7(clock.now()))
    ours = changed(SUCCEEDED, "metadata", {"payment_id": str(payment_id)})
    shop, queries = pages({"type": "list", "items": [PENDING], "next_cursor": "c1"}, {"type": "list", "items": [ours]})

    found = await shop.look_up(
        payment_id=payment_id, since=clock.now(), until=clock.now() + timedelta(minutes=5, milliseconds=7)
    )

    assert isinstance(found, Seen)
    assert found.payment_id == str(payment_id)
    window = {"created_at.gte": "2026-03-02T10:00:00.123Z", "created_at.lt": "2026-03-02T10:05:00.130Z", "limit": "100"}
    assert queries == [window, {**window, "cursor": "c1"}]


async def test_a_list_that_breaks_off_is_no_proof_of_absence(clock: ManualClock) -> None:
    now = clock.now()
    window = {"since": now, "until": now + timedelta(minutes=5)}
    nobody = PaymentId(uuid7(now))
    endless, queries = pages({"type": "list", "items": [], "next_cursor": "again"})
    broken, _ = pages({"type": "list", "items": [{**PENDING, "id": 7}]})

    for shop in (endless, broken, answering(b"", status=500), answering(b"{}")):
        with pytest.raises(NoAnswer):
            await shop.look_up(payment_id=nobody, since=window["since"], until=window["until"])
    assert len(queries) == PAGES_MAX


async def test_a_found_payment_that_cannot_be_is_unknown_not_absent(clock: ManualClock) -> None:
    payment_id = PaymentId(uuid7(clock.now()))
    lie = {**SUCCEEDED, "paid": False, "metadata": {"payment_id": str(payment_id)}}
    shop, _ = pages({"type": "list", "items": [lie]})

    found = await shop.look_up(payment_id=payment_id, since=clock.now(), until=clock.now() + timedelta(minutes=5))

    assert isinstance(found, Unknown)


def test_by_default_only_the_documented_networks_are_admitted() -> None:
    values = {"shop_id": "100500", "secret_key": "a key"}
    shop = Yookassa(settings=load(YookassaSettings, env_file=None, values=values))

    admitted = ["185.71.76.1", "185.71.76.31", "77.75.156.11", "2a02:5180::1"]
    refused = ["185.71.76.32", "77.75.156.12", "127.0.0.1", "2a02:5181::1", "185.71.76.1, 1.1.1.1"]
    assert [shop.admits(one) for one in admitted] == [True] * 4
    assert [shop.admits(one) for one in refused] == [False] * 5
