"""A viewer's checkout over HTTP, from the choice of a plan to the right to watch."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from cinema.kit.clock import stopwatch_s
from harness import Broken
from shop import Shop
from viewers import PLAN, Viewer
from wire import Line, request

OK, CREATED, SEE_OTHER, CONFLICT = 200, 201, 303, 409
NOT_READY, NOT_READY_PAUSE_S = b"payment-not-ready", 0.01
PATIENCE_S = 60.0


class Lookout:
    """Sees rights appear in the database, for everybody who waits, so that nobody has to poll the service.

    What is committed is what the service answers: it keeps no copies of rights. Each
    viewer asks the service once, afterwards, and that answer counts.
    """

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]", *, every_s: float) -> None:
        self._connection = connection
        self._every_s = every_s
        self._waiting: dict[UUID, asyncio.Future[None]] = {}

    async def wait(self, user_id: UUID) -> None:
        self._waiting[user_id] = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(PATIENCE_S):
            await self._waiting[user_id]

    async def look_out(self) -> None:
        while True:
            if self._waiting:
                rows = await self._connection.fetch(
                    "SELECT DISTINCT user_id FROM billing.entitlements WHERE user_id = ANY($1)", list(self._waiting)
                )
                for row in rows:
                    self._waiting.pop(row["user_id"]).set_result(None)
            await asyncio.sleep(self._every_s)


@asynccontextmanager
async def lookout(dsn: str, *, every_s: float) -> AsyncIterator[Lookout]:
    """A lookout at work. It sees a right ``every_s`` / 2 too late on average, which counts against us."""
    connection = await asyncpg.connect(dsn)
    one = Lookout(connection, every_s=every_s)
    task = asyncio.create_task(one.look_out())
    try:
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await connection.close()


@dataclass(slots=True, kw_only=True)
class Checkouts:
    """Many viewers who buy, ``clients`` at a time. ``lasted_s`` has each one's time."""

    service_port: int
    shop: Shop
    lookout: Lookout
    lasted_s: list[float] = field(default_factory=list)

    async def run(self, viewers: Sequence[Viewer], *, clients: int) -> float:
        """All of them; returns the seconds from the first request to the last answer."""
        waiting = iter(viewers)
        started_s = stopwatch_s()
        async with asyncio.TaskGroup() as group:
            for _ in range(clients):
                group.create_task(self._client(waiting))
        return stopwatch_s() - started_s

    async def _client(self, waiting: Iterator[Viewer]) -> None:
        service = Line(self.service_port)
        page = Line(self.shop.port)
        for viewer in waiting:
            started_s = stopwatch_s()
            await self._buy(viewer, service, page)
            self.lasted_s.append(stopwatch_s() - started_s)
        service.close()
        page.close()

    async def _buy(self, viewer: Viewer, service: Line, page: Line) -> None:
        bearer = {"Authorization": f"Bearer {viewer.token}"}
        order_id = await self._order(viewer, service, bearer)
        location = await self._page(order_id, service, bearer)
        seen = asyncio.create_task(self.lookout.wait(viewer.user_id))
        paid = await page.ask(request("POST", "/pay/" + location.rpartition("/")[2]))
        if paid.status != SEE_OTHER:
            raise Broken(f"the provider's page: {paid.status}")
        await seen
        answer = await service.ask(request("GET", "/v1/entitlements", headers=bearer))
        if answer.status != OK or len(answer.json()["items"]) != 1:
            raise Broken(f"the rights: {answer.status} {answer.body[:300]!r}")

    async def _page(self, order_id: str, service: Line, bearer: dict[str, str]) -> str:
        """Where the order is paid; asks again, as the answer says, while the page is being prepared."""
        raw = request("GET", f"/v1/orders/{order_id}/payment", headers=bearer)
        async with asyncio.timeout(PATIENCE_S):
            while (answer := await service.ask(raw)).status == CONFLICT and NOT_READY in answer.body:  # noqa: ASYNC110 - the service is another process
                await asyncio.sleep(NOT_READY_PAUSE_S)
        if answer.status != SEE_OTHER:
            raise Broken(f"the payment page: {answer.status} {answer.body[:300]!r}")
        return answer.header("location") or ""

    async def _order(self, viewer: Viewer, service: Line, bearer: dict[str, str]) -> str:
        body = json.dumps(
            {"plan": PLAN, "return_url": f"http://127.0.0.1:{self.service_port}/account", "save_method": True}
        ).encode()
        headers = bearer | {"Idempotency-Key": f"bench-{viewer.user_id}"}
        answer = await service.ask(request("POST", "/v1/subscriptions", body=body, headers=headers))
        if answer.status != CREATED:
            raise Broken(f"the order: {answer.status} {answer.body[:300]!r}")
        return str(answer.json()["order"]["id"])
