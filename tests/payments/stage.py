"""Payments on a stage: real payments, database and bus; the provider in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2

from cinema.contracts.billing import PaymentRequested, PaymentWithdrawn, RefundRequested
from cinema.contracts.enums import RefundStatus
from cinema.contracts.identity import Contact
from cinema.contracts.ids import MethodId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import PaymentRequest, Payments, ReceiptData, ReceiptLine, RefundRequest
from cinema.contracts.text import Language
from cinema.contracts.views.payments import MethodView, PaymentView
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.errors import Unauthenticated
from cinema.kit.ids import uuid7
from cinema.kit.invariants import kit_invariants
from cinema.kit.jobs import Job, drain
from cinema.kit.migrate import declare
from cinema.kit.money import Money
from cinema.kit.outbox import publish
from cinema.kit.settings import load
from cinema.kit.worker import jobs_of
from cinema.payments.domain.port import Provider
from cinema.payments.module import build
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.service.crash_points import Passes, no_crash
from cinema.payments.settings import PaymentsSettings

RETURN_URL = "http://cinema.test/account"
PRICE = Money(minor=39900, currency="RUB")
VIEWER = UserId(UUID("0190a000-0000-7000-8000-000000000001"))
STRANGER = UserId(UUID("0190a000-0000-7000-8000-000000000002"))
ADMIN = UserId(UUID("0190a000-0000-7000-8000-000000000003"))


NEXT_DUE = """
SELECT min(due) FROM (
  SELECT next_attempt_at AS due FROM payments.payments
  UNION ALL SELECT next_attempt_at FROM payments.refunds
  UNION ALL SELECT next_attempt_at FROM payments.bindings
  UNION ALL SELECT next_attempt_at FROM payments.receipts
  UNION ALL SELECT next_attempt_at FROM payments.webhooks
  UNION ALL SELECT next_attempt_at FROM kit.inbox WHERE status = 'postponed') AS times
WHERE due > $1
"""


class Tokens:
    """Knows everybody by the name that is their token."""

    async def actor(self, token: str) -> Actor:
        roles = {"admin": frozenset({"admin"}), "viewer": frozenset[str](), "stranger": frozenset[str]()}
        users = {"admin": ADMIN, "viewer": VIEWER, "stranger": STRANGER}
        if token not in users:
            raise Unauthenticated
        return Actor(user_id=users[token], session_id=users[token], roles=roles[token])


class Owners:
    """Reaches everybody: strangers in English, all others in Russian."""

    async def contact(self, user_id: UserId) -> Contact:
        return Contact(
            user_id=user_id,
            login="owner",
            email="owner@cinema.test",
            language=Language.EN if user_id == STRANGER else Language.RU,
            time_zone="Europe/Moscow",
        )

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        return {user_id: await self.contact(user_id) for user_id in user_ids}


def make_settings(**values: Any) -> PaymentsSettings:
    return load(PaymentsSettings, env_file=None, values={"provider": "fake", **values})


def make_receipt(amount: Money = PRICE) -> ReceiptData:
    line = ReceiptLine(
        description="Подписка на месяц", quantity=1, unit=amount, vat_code=1, subject="service", mode="full_payment"
    )
    return ReceiptData(email="viewer@cinema.test", lines=(line,))


class Stage:
    """One process with payments in it."""

    def __init__(
        self,
        *,
        db: Database,
        clock: ManualClock,
        provider: Provider,
        passes: Passes = no_crash,
        settings: PaymentsSettings | None = None,
    ) -> None:
        self.db = db
        self.clock = clock
        self.built = build(
            db=db,
            clock=clock,
            settings=settings or make_settings(provider=provider.name),
            providers={provider.name: provider},
            contacts=Owners(),
            public_url="http://cinema.test",
            passes=passes,
        )
        self.payments: Payments = self.built.facades.payments
        self.jobs: list[Job] = jobs_of([self.built.module], db=db, clock=clock)
        self.app = build_app(modules=[self.built.module], authenticator=Tokens(), clock=clock)

    async def open(self) -> "Stage":
        await declare([self.built.module], db=self.db, clock=self.clock)
        return self

    def make_request(
        self,
        *,
        method_id: MethodId | None = None,
        save_method: bool = False,
        order_id: OrderId | None = None,
        payment_id: PaymentId | None = None,
        user_id: UserId = VIEWER,
        amount: Money = PRICE,
        lives: timedelta = timedelta(days=3),
    ) -> PaymentRequest:
        now = self.clock.now()
        return PaymentRequest(
            payment_id=payment_id or PaymentId(uuid7(now)),
            order_id=order_id or OrderId(uuid7(now)),
            user_id=user_id,
            amount=amount,
            description="Подписка на месяц",
            language=Language.RU,
            receipt=make_receipt(amount),
            method_id=method_id,
            save_method=save_method,
            return_url=None if method_id else RETURN_URL,
            expires_at=now + lives,
        )

    def make_refund(
        self, paid: PaymentRequest, *, amount: Money | None = None, refund_id: RefundId | None = None
    ) -> RefundRequest:
        sum_back = amount or paid.amount
        return RefundRequest(
            refund_id=refund_id or RefundId(uuid7(self.clock.now())),
            payment_id=paid.payment_id,
            order_id=paid.order_id,
            user_id=paid.user_id,
            amount=sum_back,
            description="Возврат",
            receipt=make_receipt(sum_back),
        )

    async def ask_for(self, request: PaymentRequest) -> None:
        """What billing does: says so, in its own commit."""
        async with self.db.write() as tx:
            now = self.clock.now()
            await publish(tx, PaymentRequested(order_id=request.order_id, request=request), now=now)

    async def withdraw(self, request: PaymentRequest) -> None:
        """Billing does not want it any more, and payments have heard so."""
        async with self.db.write() as tx:
            withdrawn = PaymentWithdrawn(order_id=request.order_id, payment_id=request.payment_id)
            await publish(tx, withdrawn, now=self.clock.now())
        jobs = {job.name: job.run for job in self.jobs}
        await jobs["inbox.payments"]()

    async def ask_back(self, request: RefundRequest) -> None:
        async with self.db.write() as tx:
            now = self.clock.now()
            await publish(tx, RefundRequested(order_id=request.order_id, request=request), now=now)

    async def drain(self) -> int:
        return await drain(self.jobs, waker=self.db.pools.waker)

    async def pass_time(self, by: timedelta) -> None:
        """Lets time pass, and everything happen at the very moment when it comes due."""
        end = self.clock.now() + by
        await self.drain()
        while self.clock.now() < end:
            async with self.db.read() as tx:
                due = await tx.value(NEXT_DUE, self.clock.now())
            self.clock.advance(min(due or end, end) - self.clock.now())
            await self.drain()

    async def view(self, request: PaymentRequest) -> PaymentView:
        return await self.payments.payment(request.payment_id)

    async def provider_id(self, payment_id: PaymentId) -> str:
        async with self.db.read() as tx:
            found = await tx.value("SELECT provider_payment_id FROM payments.payments WHERE id = $1", payment_id)
        assert isinstance(found, str)
        return found

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        async with self.db.read() as tx:
            return [dict(row) for row in await tx.all(sql, *values)]

    async def events(self, *names: str) -> list[dict[str, Any]]:
        """What payments told others, oldest first: the fields of each event, with its ``name``."""
        rows = await self.rows("SELECT name, payload FROM kit.outbox WHERE name LIKE 'payments.%' ORDER BY position")
        told = [{"name": row["name"].removeprefix("payments."), **row["payload"]} for row in rows]
        return [one for one in told if not names or one["name"] in names]

    async def names(self) -> list[str]:
        return [event["name"] for event in await self.events()]

    async def verdicts(self) -> list[tuple[str | None, str | None]]:
        """Outcome and reason of each notification, in the order in which they were handled."""
        rows = await self.rows("SELECT outcome, reason FROM payments.webhooks ORDER BY handled_at, id")
        return [(row["outcome"], row["reason"]) for row in rows]

    async def snapshot(self) -> Sequence[dict[str, Any]]:
        """Everything that counts as a change of state."""
        sql = "SELECT to_jsonb(t) AS row FROM {} AS t ORDER BY id"
        return [
            row
            for table in ("payments.payments", "payments.refunds", "payments.methods", "payments.bindings")
            for row in await self.rows(sql.format(table))
        ] + await self.rows("SELECT event_id, name FROM kit.outbox ORDER BY position")

    async def violations(self) -> list[str]:
        found: list[str] = []
        async with self.db.read() as tx:
            for one in (*self.built.module.invariants, *kit_invariants(clock=self.clock)):
                found += [f"{one.number}: {sentence}" for sentence in await one.find(tx)]
        return found

    def browser(self, who: str | None = None, *, address: str = "127.0.0.1") -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {who}"} if who else {}
        transport = httpx2.ASGITransport(app=self.app, client=(address, 40000))
        return httpx2.AsyncClient(transport=transport, base_url="http://cinema.test", headers=headers)

    async def notify(self, body: bytes, *, provider: str = "fake", address: str = "127.0.0.1") -> int:
        async with self.browser(address=address) as browser:
            return (await browser.post(f"/v1/webhooks/{provider}", content=body)).status_code

    async def save_method(self, fake: FakeProvider, *, user_id: UserId = VIEWER) -> MethodId:
        """A method that its owner saved by paying once."""
        request = self.make_request(save_method=True, user_id=user_id)
        await self.payments.request(request)
        fake.confirm(await self.provider_id(request.payment_id))
        await self.pass_time(timedelta(minutes=1))
        method = await self.default_method(user_id)
        assert method is not None
        return method.id

    async def default_method(self, user_id: UserId) -> MethodView | None:
        """The method that is chosen among the user's."""
        page = await self.built.facades.reader.methods(user_id=user_id)
        return next((one for one in page.items if one.is_default), None)

    async def default_id(self, user_id: UserId) -> MethodId | None:
        """The id of that."""
        method = await self.default_method(user_id)
        return method.id if method else None

    async def pay(self, fake: FakeProvider) -> PaymentRequest:
        """A payment that its payer has paid."""
        request = self.make_request()
        await self.payments.request(request)
        fake.confirm(await self.provider_id(request.payment_id))
        await self.pass_time(timedelta(minutes=1))
        return request

    async def refund_status(self, request: RefundRequest) -> RefundStatus:
        rows = await self.rows("SELECT status FROM payments.refunds WHERE id = $1", request.refund_id)
        return RefundStatus(rows[0]["status"])
