"""A payment provider on this machine that takes no time: what is measured is ours, not its.

It speaks as much of YooKassa's API v3 over HTTP as a checkout needs (create, page, read,
notification), keeps everything in memory and answers at once. The sandbox is a faithful
stand-in and therefore slower than what it stands in for would be; here that would count
against us and against the peer alike, and hide both.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from cinema.kit.ids import uuid7
from harness import expect
from wire import HOST, Line, request, take_message

SHOP_ID = "100500"
SECRET_KEY = "test_" + "loopback" * 4
AUTHORIZATION = b"authorization: basic " + b64encode(f"{SHOP_ID}:{SECRET_KEY}".encode()).lower()

OK, CREATED_PAGE, NOT_FOUND = "200 OK", "303 See Other", "404 Not Found"


@dataclass(slots=True)
class Shop:
    """The shop's memory, and where it tells that something was paid."""

    port: int = 0
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    notified: int = 0
    """How many notifications were answered 200."""
    webhook_port: int = 0
    _lines: list[Line] = field(default_factory=list)
    _lost: list[str] = field(default_factory=list)
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    def answer(self, head: bytes, body: bytes) -> bytes:
        """The answer to one request."""
        method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ", 2)
        if path.startswith("/v3/") and AUTHORIZATION not in head.lower():
            return _answer("401 Unauthorized", {"type": "error", "code": "invalid_credentials"})
        if method == "POST" and path == "/v3/payments":
            return self._create(head, json.loads(body))
        if method == "GET" and path.startswith("/v3/payments/"):
            payment = self.payments.get(path.removeprefix("/v3/payments/"))
            return _answer(OK, payment) if payment else _answer(NOT_FOUND, {"type": "error", "code": "not_found"})
        if method == "POST" and path.startswith("/pay/"):
            return self._pay(path.removeprefix("/pay/"))
        return _answer(NOT_FOUND, {"type": "error", "code": "not_found"})

    def _create(self, head: bytes, order: dict[str, Any]) -> bytes:
        key = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"idempotence-key:")).decode()
        if key not in self.by_key:
            now = datetime.now(UTC)
            payment_id = self.by_key[key] = str(uuid7(now))
            self.payments[payment_id] = {
                "id": payment_id,
                "status": "pending",
                "amount": order["amount"],
                "description": order.get("description"),
                "recipient": {"account_id": SHOP_ID, "gateway_id": "2000001"},
                "created_at": _moment(now),
                "confirmation": {
                    "type": "redirect",
                    "return_url": order["confirmation"]["return_url"],
                    "confirmation_url": f"http://{HOST}:{self.port}/pay/{payment_id}",
                },
                "test": True,
                "paid": False,
                "refundable": False,
                "metadata": order.get("metadata", {}),
            }
        return _answer(OK, self.payments[self.by_key[key]])

    def _pay(self, payment_id: str) -> bytes:
        """The payer pays; the notification leaves at once."""
        payment = self.payments[payment_id]
        back = payment["confirmation"]["return_url"]
        if payment["status"] == "pending":
            method_id = str(uuid7(datetime.now(UTC)))
            self.payments[payment_id] = paid(payment, method_id=method_id)
            task = asyncio.create_task(self._notify(self.payments[payment_id]))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return f"HTTP/1.1 {CREATED_PAGE}\r\nLocation: {back}\r\nContent-Length: 0\r\n\r\n".encode()

    async def _notify(self, payment: dict[str, Any]) -> None:
        """Tries once: a notification that is not answered 200 is a loss."""
        raw = request("POST", "/v1/webhooks/yookassa", body=notification(payment))
        line = self._lines.pop() if self._lines else Line(self.webhook_port)
        try:
            answer = await line.ask(raw)
        except (OSError, TimeoutError) as error:
            self._lost.append(repr(error))
            return
        self._lines.append(line)
        if answer.status == 200:  # noqa: PLR2004 - OK
            self.notified += 1
        else:
            self._lost.append(f"{answer.status} {answer.body[:200]!r}")

    async def settle(self) -> None:
        """Waits for notifications on their way. Raises `Broken` when one was not taken."""
        await asyncio.gather(*self._tasks)
        expect(not self._lost, f"every notification is answered 200; it was {self._lost[:3]}")

    def forget(self) -> None:
        """Forgets every payment, before another database is served."""
        self.payments.clear()
        self.by_key.clear()
        self.notified = 0

    def hang_up(self) -> None:
        """Closes the connections for notifications, because the service stops."""
        while self._lines:
            self._lines.pop().close()


class _Door(asyncio.Protocol):
    """One connection to the shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        assert self._transport is not None
        while (taken := take_message(self._buffer)) is not None:
            self._transport.write(self._shop.answer(*taken))


@asynccontextmanager
async def open_shop() -> AsyncIterator[Shop]:
    """The provider, on a free port."""
    shop = Shop()
    server = await asyncio.get_running_loop().create_server(lambda: _Door(shop), HOST, 0)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        shop.hang_up()
        server.close()


def paid(payment: dict[str, Any], *, method_id: str) -> dict[str, Any]:
    """The payment once a card has paid it and was kept for later."""
    amount = payment["amount"]
    return {name: value for name, value in payment.items() if name != "confirmation"} | {
        "status": "succeeded",
        "paid": True,
        "refundable": True,
        "captured_at": _moment(datetime.now(UTC)),
        "income_amount": amount,
        "refunded_amount": {"value": "0.00", "currency": amount["currency"]},
        "receipt_registration": "succeeded",
        "authorization_details": {"rrn": "10000000000", "auth_code": "000000", "three_d_secure": {"applied": True}},
        "payment_method": {
            "type": "bank_card",
            "id": method_id,
            "saved": True,
            "status": "active",
            "title": "Bank card *4477",
            "card": {
                "first6": "555555",
                "last4": "4477",
                "expiry_year": "2030",
                "expiry_month": "12",
                "card_type": "MasterCard",
                "issuer_country": "RU",
            },
        },
    }


def notification(payment: dict[str, Any]) -> bytes:
    """What the provider sends when a payment is paid."""
    return json.dumps({"type": "notification", "event": "payment.succeeded", "object": payment}).encode()


def _answer(status: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def _moment(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
