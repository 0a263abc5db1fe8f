"""The layer around the API that obeys the switches of `faults.py`: late, broken and false answers."""

import asyncio
import json
import re
import uuid
from collections import deque
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cinema.sandbox.yookassa.errors import error_body
from cinema.sandbox.yookassa.faults import AFTER, BEFORE, LIES, Fault, FaultKind, Switches

OVERSIZED_BYTES = 12 * 1024 * 1024
RETRY_AFTER_MS = 1800

_OPERATIONS = (
    ("POST", re.compile(r"/v3/payments"), "create_payment"),
    ("GET", re.compile(r"/v3/payments"), "list_payments"),
    ("GET", re.compile(r"/v3/payments/[^/]+"), "get_payment"),
    ("POST", re.compile(r"/v3/payments/[^/]+/capture"), "capture"),
    ("POST", re.compile(r"/v3/payments/[^/]+/cancel"), "cancel"),
    ("POST", re.compile(r"/v3/refunds"), "create_refund"),
    ("GET", re.compile(r"/v3/refunds"), "list_refunds"),
    ("GET", re.compile(r"/v3/refunds/[^/]+"), "get_refund"),
    ("POST", re.compile(r"/v3/payment_methods"), "create_payment_method"),
    ("GET", re.compile(r"/v3/payment_methods/[^/]+"), "get_payment_method"),
    ("POST", re.compile(r"/v3/receipts"), "create_receipt"),
    ("GET", re.compile(r"/v3/receipts"), "list_receipts"),
    ("GET", re.compile(r"/v3/receipts/[^/]+"), "get_receipt"),
    ("GET", re.compile(r"/v3/me"), "get_me"),
)


class Misbehaviour:
    """Wraps the application; pages and controls pass untouched."""

    def __init__(self, app: ASGIApp, *, switches: Switches) -> None:
        self._app = app
        self._switches = switches

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        operation = operation_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if operation is None:
            await self._app(scope, receive, send)
            return
        for fault in self._switches.take(BEFORE, operation=operation):
            if fault.kind is FaultKind.DELAY_BEFORE:
                receive = await _read_ahead(receive)
                await asyncio.sleep(fault.delay_ms / 1000)
            elif fault.kind is FaultKind.DROP_BEFORE:
                await drop_connection(receive, send)
                return
            else:
                await _answer(send, *_refusal(fault))
                return
        kept = _KeptAnswer()
        await self._app(scope, receive, kept.send)
        await self._answer_after(kept, operation=operation, receive=receive, send=send)

    async def _answer_after(self, kept: "_KeptAnswer", *, operation: str, receive: Receive, send: Send) -> None:
        status, body = kept.status, kept.body
        for fault in self._switches.take(AFTER, operation=operation):
            if fault.kind is FaultKind.DELAY:
                await asyncio.sleep(fault.delay_ms / 1000)
            elif fault.kind is FaultKind.DROP_AFTER:
                await drop_connection(receive, send)
                return
            elif fault.kind is FaultKind.ERROR_AFTER:
                await _answer(send, *_refusal(fault))
                return
            elif status == 404:  # noqa: PLR2004 - the status of a missing object
                status, body = 400, json.dumps({**json.loads(body), "code": "invalid_request"}).encode()
        if status == 200:  # noqa: PLR2004 - the only status of success
            for fault in self._switches.take(LIES, operation=operation):
                body = _lie(fault, body)
        await _answer(send, status, body, headers=kept.headers)


def operation_of(method: str, path: str) -> str | None:
    """The operation that a request asks for, None outside of the API."""
    return next((name for verb, pattern, name in _OPERATIONS if verb == method and pattern.fullmatch(path)), None)


async def drop_connection(receive: Receive, send: Send) -> None:
    """Breaks the connection without a byte of an answer.

    Under uvicorn ``send`` is a method of the object that owns the socket, which is then
    aborted. Under another server, or below a layer that wraps ``send``, an answer is
    begun and not finished, which every client also reads as a broken connection.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if isinstance(transport, asyncio.BaseTransport) or hasattr(transport, "abort"):
        transport.abort()  # type: ignore[union-attr]  # looked for in the line above
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def _read_ahead(receive: Receive) -> Receive:
    """Takes the whole request in, so that it is carried out even when its client has gone by then."""
    messages = deque([await receive()])
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body"):
        messages.append(await receive())

    async def replay() -> Message:
        return messages.popleft() if messages else await receive()

    return replay


class _KeptAnswer:
    """Collects an answer instead of sending it."""

    def __init__(self) -> None:
        self.status = 500
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [(name, value) for name, value in message["headers"] if name != b"content-length"]
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")


def _refusal(fault: Fault) -> tuple[int, bytes]:
    if fault.kind is FaultKind.TOO_MANY_REQUESTS:
        body = error_body(code="too_many_requests", description="Too many requests", retry_after=RETRY_AFTER_MS)
        return 429, json.dumps(body).encode()
    if fault.kind is FaultKind.PROCESSING:
        body = {"type": "processing", "description": "Request accepted, but not processed yet."}
        return 202, json.dumps({**body, "retry_after": RETRY_AFTER_MS}).encode()
    return 500, json.dumps(error_body(code="internal_server_error", description="Internal server error")).encode()


def _lie(fault: Fault, body: bytes) -> bytes:
    if fault.kind is FaultKind.MALFORMED_JSON:
        return body[:-2]
    truth: dict[str, Any] = json.loads(body)
    if fault.kind is FaultKind.OVERSIZED_BODY:
        return json.dumps({**truth, "padding": "x" * OVERSIZED_BYTES}).encode()
    for item in truth["items"] if truth.get("type") == "list" else [truth]:
        _twist(fault, item)
    return json.dumps(truth, ensure_ascii=False).encode()


def _twist(fault: Fault, item: dict[str, Any]) -> None:
    """Changes one field of an object that has it."""
    if fault.kind is FaultKind.WRONG_AMOUNT and "amount" in item:
        item["amount"]["value"] = fault.value or "1.00"
    elif fault.kind is FaultKind.WRONG_CURRENCY and "amount" in item:
        item["amount"]["currency"] = fault.value or "USD"
    elif fault.kind is FaultKind.WRONG_STATUS:
        item["status"] = fault.value or "succeeded"
    elif fault.kind is FaultKind.WRONG_ID:
        item["id"] = fault.value or str(uuid.uuid4())
    elif fault.kind is FaultKind.WRONG_SHOP and (whose := item.get("recipient") or item.get("holder")):
        whose["account_id"] = fault.value or "999999"
    elif fault.kind is FaultKind.WRONG_METADATA:
        item["metadata"] = dict.fromkeys(item.get("metadata", {}), fault.value or "other")


async def _answer(send: Send, status: int, body: bytes, *, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    kind = [(b"content-type", b"application/json; charset=utf-8")] if headers is None else headers
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*kind, length]})
    await send({"type": "http.response.body", "body": body})
