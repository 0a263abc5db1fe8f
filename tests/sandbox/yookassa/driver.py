"""A test shop on a real socket, the merchant that it notifies, and a payer's browser."""

import asyncio
import json
import queue
import socket
import ssl
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from cinema.kit.clock import ManualClock
from cinema.sandbox.yookassa import YookassaSandbox, YookassaSandboxSettings, build_yookassa

START = datetime(2026, 3, 2, 10, 0, 0, 123000, tzinfo=UTC)
SHOP_ID = "100500"
SECRET_KEY = "test_key_of_the_shop"
GOOD_CARD = "4111111111111111"
SECURE_CARD = "5555555555554477"
TLS = ssl.create_default_context()  # unused on loopback, but slow to make for each client
T = TypeVar("T")


class LoopbackServer:
    """uvicorn in a thread; serves whichever shop the running test has put in."""

    def __init__(self) -> None:
        self.shop: ASGIApp | None = None
        self.merchant: ASGIApp | None = None
        self.loop = asyncio.new_event_loop()
        # named as TCP, or asyncio leaves out TCP_NODELAY and each answer waits 40 ms for an acknowledgement
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()  # at once: who calls before the thread is up waits, and is not refused
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self._serve, interface="asgi3", lifespan="off", log_level="error"))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs ``work`` in the server's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._server.serve(sockets=[self._socket]))
        self.loop.close()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.merchant if scope["path"] == "/merchant" else self.shop
        assert app is not None
        await app(scope, receive, send)


class Merchant:
    """Takes notifications: answers with the next of ``answers``, then always 200, and only while ``gate`` is open."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[bytes, bytes]] = []
        self.answers: list[int] = []
        self.arrivals: queue.Queue[str] = queue.Queue()
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def events(self) -> list[str]:
        return [notification["event"] for notification in self.received]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        self.headers.append(dict(scope["headers"]))
        notification = json.loads(body)
        self.received.append(notification)
        self.arrivals.put(notification["event"])
        await self.gate.wait()
        status = self.answers.pop(0) if self.answers else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class Driver:
    """Everything that a test does to one shop."""

    def __init__(self, *, server: LoopbackServer, clock: ManualClock, **settings: Any) -> None:
        self.server = server
        self.clock = clock
        self.merchant = Merchant()
        self.settings = YookassaSandboxSettings(
            **{
                "shop_id": SHOP_ID,
                "secret_key": SECRET_KEY,
                "public_url": server.url,
                "webhook_url": f"{server.url}/merchant",
                **settings,
            },
        )
        self.sandbox: YookassaSandbox = build_yookassa(settings=self.settings, clock=clock)
        self.browser = httpx2.AsyncClient(base_url=server.url, verify=TLS, trust_env=False)
        self.api = httpx2.AsyncClient(base_url=server.url, verify=TLS, trust_env=False, auth=(SHOP_ID, SECRET_KEY))

    @contextmanager
    def serving(self) -> Iterator[None]:
        self.server.shop, self.server.merchant = self.sandbox.app, self.merchant
        yield
        self.server.shop = self.server.merchant = None

    async def aclose(self) -> None:
        await self.api.aclose()
        await self.browser.aclose()
        await self.server.do(self.sandbox.aclose())

    def new_key(self) -> str:
        return str(uuid4())

    async def get(self, path: str, **query: str) -> httpx2.Response:
        return await self.api.get(f"/v3{path}", params=query)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx2.Response:
        return await self.api.post(f"/v3{path}", json=body or {}, headers={"Idempotence-Key": key or self.new_key()})

    async def control(self, path: str, body: Any = None, *, method: str = "POST") -> Any:
        response = await self.browser.request(method, f"/control{path}", json=body)
        assert response.status_code == 200, response.text
        return response.json()

    async def create(self, value: str = "399.00", **fields: Any) -> Any:
        """A payment that waits for its payer."""
        response = await self.post("/payments", payment_body(value, **fields))
        assert response.status_code == 200, response.text
        return response.json()

    async def payment(self, payment_id: str) -> Any:
        return (await self.get(f"/payments/{payment_id}")).json()

    async def pay(self, payment: Any, card: str = GOOD_CARD, **fields: str) -> Any:
        """The payer fills in the form, and the code where one is asked for."""
        response = await self.browser.post(path_of(payment), data={**card_fields(card), **fields})
        assert response.status_code == 303, response.text
        if response.headers["location"].endswith("/3ds"):
            response = await self.browser.post(response.headers["location"], data={"code": "12345"})
            assert response.status_code == 303, response.text
        return await self.payment(payment["id"])

    async def bind(self, method_id: str, card: str = GOOD_CARD) -> None:
        """The owner gives a card to be saved, and the code where one is asked for."""
        response = await self.browser.post(f"/checkout/bindings/{method_id}", data=card_fields(card))
        assert response.status_code == 303, response.text
        if response.headers["location"].endswith("/3ds"):
            response = await self.browser.post(response.headers["location"], data={"code": "12345"})
            assert response.status_code == 303, response.text

    async def paid(self, value: str = "399.00", **fields: Any) -> Any:
        """A payment that has succeeded."""
        payment = await self.pay(await self.create(value, **fields))
        assert payment["status"] == "succeeded"
        return payment

    async def charge(self, method_id: str, value: str = "399.00", **fields: Any) -> httpx2.Response:
        """An autopayment."""
        body = {"amount": rub(value), "capture": True, "payment_method_id": method_id, **fields}
        return await self.post("/payments", body)

    async def tick(self, advance: timedelta = timedelta(0)) -> None:
        self.clock.advance(advance)
        await self.server.do(self.sandbox.tick())


def rub(value: str) -> dict[str, str]:
    return {"value": value, "currency": "RUB"}


def payment_body(value: str = "399.00", **fields: Any) -> dict[str, Any]:
    return {
        "amount": rub(value),
        "capture": True,
        "confirmation": {"type": "redirect", "return_url": "https://cinema.example/return?order=1"},
        "description": "One month",
        **fields,
    }


def card_fields(card: str) -> dict[str, str]:
    return {"card_number": card, "expiry_month": "12", "expiry_year": "2031", "cvc": "123"}


def path_of(payment: Any) -> str:
    """The path of a payment's page."""
    return httpx2.URL(payment["confirmation"]["confirmation_url"]).path
