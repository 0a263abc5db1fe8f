"""The courier: brings notifications to the merchant until the answer is exactly 200.

Source: https://yookassa.ru/developers/using-api/webhooks.

Notifications about one payment go one after another; different payments do not wait
for each other. A refused one is tried again after growing pauses for 24 hours from the
event. The pauses are our choice, for the provider publishes none. There is no signature.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import httpx2
import structlog

from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.store import Delivery

PAUSES = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
"""Between one try and the next, on the clock."""

DELIVER_WITHIN = timedelta(hours=24)
AT_ONCE_MAX = 16
TIMEOUT = httpx2.Timeout(10.0, connect=3.0)

log = structlog.get_logger(__name__)


class Courier:
    """Delivers what is due. `start_due` begins and returns, `drain` waits for the end."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._on_the_way: dict[str, asyncio.Task[None]] = {}
        self._client: httpx2.AsyncClient | None = None
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There may be something to do now."""
        self._news.set()

    async def wait(self, *, timeout_s: float) -> None:
        """Until there is news, or so long."""
        try:
            await asyncio.wait_for(self._news.wait(), timeout_s)
        except TimeoutError:
            return
        self._news.clear()

    def start_due(self) -> None:
        """Sends off the next notification of each chain whose time has come."""
        room = AT_ONCE_MAX - len(self._on_the_way)
        due = self._shop.store.due_deliveries(self._shop.now(), limit=AT_ONCE_MAX * 2)
        for delivery in [each for each in due if each.chain not in self._on_the_way][: max(room, 0)]:
            task = asyncio.create_task(self._deliver(delivery))
            self._on_the_way[delivery.chain] = task
            task.add_done_callback(partial(self._arrived, delivery.chain))

    async def drain(self) -> None:
        """Delivers everything that is due now; what is refused waits for its next try."""
        self.start_due()
        while self._on_the_way:
            done, _ = await asyncio.wait(self._on_the_way.values(), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            self.start_due()

    async def aclose(self) -> None:
        """Stops; what was on its way is tried again after a restart."""
        tasks = list(self._on_the_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _arrived(self, chain: str, _task: asyncio.Task[None]) -> None:
        self._on_the_way.pop(chain, None)
        self._news.set()

    async def _deliver(self, delivery: Delivery) -> None:
        answer = await self._post(delivery)
        now = self._shop.now()
        attempts = delivery.attempts + 1
        tried = replace(delivery, attempts=attempts, last_answer=answer)
        due_at = now + PAUSES[min(attempts, len(PAUSES)) - 1]
        if answer == "200":
            tried = replace(tried, state="delivered")
        elif due_at > delivery.created_at + DELIVER_WITHIN:
            tried = replace(tried, state="abandoned")
            log.warning("sandbox.webhook_abandoned", event_name=delivery.event, object_id=delivery.object_id)
        else:
            tried = replace(tried, due_at=due_at)
        with self._shop.store.transaction():
            self._shop.store.update_delivery(tried)

    async def _post(self, delivery: Delivery) -> str:
        """The status as text, or the name of what went wrong."""
        if self._shop.webhook_url is None:
            return "no address"
        if self._client is None:
            # the provider takes self-signed certificates too
            self._client = httpx2.AsyncClient(timeout=TIMEOUT, trust_env=False, verify=False)
        try:
            response = await self._client.post(
                self._shop.webhook_url,
                content=delivery.body.encode(),
                headers={"Content-Type": "application/json"},
            )
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            return type(error).__name__
        return str(response.status_code)
