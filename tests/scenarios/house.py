"""The whole product in one process, on a manual clock; only the provider and the mails are in memory."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from cinema.billing.settings import BillingSettings
from cinema.identity.settings import IdentitySettings
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.jobs import drain
from cinema.kit.migrate import declare
from cinema.kit.settings import load
from cinema.main.sandbox_settings import SandboxSettings
from cinema.main.settings import AllSettings, ProcessSettings, RetentionSettings
from cinema.main.web_settings import WebSettings
from cinema.main.wiring import Cinema, build_cinema
from cinema.notifications.mailers import MemoryMailer
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.service.crash_points import Passes, no_crash
from cinema.payments.settings import PaymentsSettings
from cinema.playback.settings import PlaybackSettings

URL = "http://cinema.test"
PASSWORD = "a long sentence nobody knows"

NEXT_DUE = """
SELECT min(due) FROM (
  SELECT min(next_attempt_at) AS due FROM payments.payments
  UNION ALL SELECT min(next_attempt_at) FROM payments.refunds
  UNION ALL SELECT min(next_attempt_at) FROM payments.receipts
  UNION ALL SELECT min(next_attempt_at) FROM payments.webhooks
  UNION ALL SELECT min(next_attempt_at) FROM billing.subscriptions WHERE status <> 'ended'
  UNION ALL SELECT min(remind_at) FROM billing.subscriptions
  UNION ALL SELECT min(recognize_at) FROM billing.orders
  UNION ALL SELECT min(next_attempt_at) FROM notifications.messages
  UNION ALL SELECT min(next_attempt_at) FROM kit.inbox WHERE status = 'postponed') AS times
"""


def all_settings(*, provider: str = "fake", currency: str = "RUB") -> AllSettings:
    def of(kind: Any, **values: Any) -> Any:
        return load(kind, env_file=None, values=values)

    return AllSettings(
        process=of(ProcessSettings, public_url=URL),
        web=of(WebSettings),
        keep=of(RetentionSettings, events_days=3_650, moves_days=3_650),  # tests look at what happened
        sandbox=of(SandboxSettings),
        parts=(
            of(IdentitySettings, hash_memory_kib=1024, hash_passes=1, issuer=URL),
            of(BillingSettings, renewal_spread_minutes=0, currency=currency),  # tests tell times to the minute
            of(PaymentsSettings, provider=provider),
            of(PlaybackSettings),
            of(NotificationsSettings, url="smtp://127.0.0.1", site_url=URL),
        ),
        has_own_provider=True,
        has_own_mail=True,
    )


@dataclass(slots=True, kw_only=True)
class Viewer:
    """A signed-in viewer."""

    user_id: UUID
    token: str
    email: str
    keys: int = 0


@dataclass(slots=True, kw_only=True)
class House:
    """One installation. `restart` is what a crash of the process does: all memory is gone, the rest stays."""

    db: Database
    clock: ManualClock
    provider: FakeProvider
    mailer: MemoryMailer
    cinema: Cinema = field(init=False)

    async def open(self) -> "House":
        self.restart()
        await declare(self.cinema.modules, db=self.db, clock=self.clock)
        await self.cinema.billing.plans.add_first()
        return self

    def restart(self, *, passes: Passes = no_crash) -> None:
        self.cinema = build_cinema(
            all_settings(),
            pools=self.db.pools,
            clock=self.clock,
            providers={"fake": self.provider},
            mailer=self.mailer,
            passes=passes,
        )

    async def drain(self) -> None:
        await drain(self.cinema.jobs(), waker=self.db.pools.waker)

    async def pass_time(self, by: timedelta, *, grain: timedelta = timedelta(0)) -> None:
        """Lets time pass, and everything happen when it comes due, ``grain`` after the last look at the soonest."""
        end = self.clock.now() + by
        await self.drain()
        while self.clock.now() < end:
            async with self.db.read() as tx:
                due: datetime | None = await tx.value(NEXT_DUE)
            self.clock.advance(min(max(due or end, self.clock.now() + grain), end) - self.clock.now())
            await self.drain()

    async def call(self, viewer: Viewer | None, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = options.pop("headers", {})
        if viewer is not None:
            viewer.keys += 1
            headers = {"Authorization": f"Bearer {viewer.token}", "Idempotency-Key": f"k{viewer.keys}"} | headers
        transport = httpx2.ASGITransport(app=self.cinema.app)
        async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:
            return await client.request(method, path, headers=headers, **options)

    async def ok(self, viewer: Viewer | None, method: str, path: str, **options: Any) -> Any:
        answer = await self.call(viewer, method, path, **options)
        assert answer.status_code < 400, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def sign_up(self, login: str) -> Viewer:
        body = {
            "login": login,
            "email": f"{login}@viewers.example",
            "password": PASSWORD,
            "language": "en",
            "time_zone": "Europe/Moscow",
        }
        await self.ok(None, "POST", "/v1/auth/register", json=body)
        return await self.sign_in(login)

    async def sign_in(self, login: str) -> Viewer:
        tokens = await self.ok(None, "POST", "/v1/auth/login", json={"login": login, "password": PASSWORD})
        viewer = Viewer(user_id=UUID(int=0), token=tokens["access_token"], email=f"{login}@viewers.example")
        viewer.user_id = UUID((await self.ok(viewer, "GET", "/v1/me"))["id"])
        return viewer

    async def refresh(self, viewer: Viewer) -> None:
        """A new token: the old one ends after some minutes."""
        viewer.token = (await self.sign_in(viewer.email.partition("@")[0])).token

    async def order(self, viewer: Viewer, *, plan: str = "month") -> Any:
        return await self.ok(
            viewer, "POST", "/v1/subscriptions", json={"plan": plan, "return_url": URL + "/back", "save_method": True}
        )

    async def provider_id(self, payment_id: str) -> str:
        async with self.db.read() as tx:
            found = await tx.value("SELECT provider_payment_id FROM payments.payments WHERE id = $1", UUID(payment_id))
        assert isinstance(found, str)
        return found

    async def pay(self, checkout: Any) -> None:
        """The viewer pays on the provider's page, and the provider says so."""
        provider_id = await self.provider_id(checkout["payment_id"])
        self.provider.confirm(provider_id)
        await self.notify("payment.succeeded", provider_id)

    async def notify(self, event: str, provider_id: str) -> None:
        body = self.provider.notification(event, provider_id)
        answer = await self.call(None, "POST", "/v1/webhooks/fake", content=body)
        assert answer.status_code == 200

    async def subscribed(self, login: str = "anna") -> Viewer:
        viewer = await self.sign_up(login)
        checkout = await self.order(viewer)
        await self.pay(checkout)
        await self.drain()
        return viewer

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async with self.db.read() as tx:
            return [dict(row) for row in await tx.all(sql, *values)]

    async def events(self) -> list[str]:
        return [row["name"] for row in await self.rows("SELECT name FROM kit.outbox ORDER BY position")]

    async def violations(self) -> list[str]:
        found: list[str] = []
        for module in self.cinema.modules:
            for one in module.invariants:
                async with self.db.read() as tx:
                    found += [f"{one.number} {one.name}: {text}" for text in await one.find(tx)]
        return found
