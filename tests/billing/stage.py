"""Billing on a stage: real billing, real database and bus; payments and identity played by small complete stand-ins."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx2
from fastapi import FastAPI

from cinema.billing.module import BillingFacades, build
from cinema.billing.settings import BillingSettings
from cinema.contracts.billing import PaymentRequested, PaymentWithdrawn, RefundRequested, RenewalUpcoming
from cinema.contracts.catalog import FilmFacts, FilmNotFound
from cinema.contracts.enums import Access, DeclineClass, PaymentStatus, RefundFailure, RefundStatus
from cinema.contracts.identity import Contact, UserNotFound
from cinema.contracts.ids import FilmId, MethodId, PaymentId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.notifications import NoticeDelivered
from cinema.contracts.payments import (
    ChargeLimits,
    MethodNotFound,
    PaymentCanceled,
    PaymentDeclined,
    PaymentNotFound,
    PaymentRequest,
    PaymentSucceeded,
    RefundFailed,
    RefundLimits,
    RefundRequest,
    RefundSucceeded,
)
from cinema.contracts.text import Language, Text
from cinema.contracts.views.payments import MethodView, PaymentView
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Unauthenticated
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import Consumer
from cinema.kit.jobs import Job, drain
from cinema.kit.migrate import declare
from cinema.kit.module import Built, Module
from cinema.kit.money import Money
from cinema.kit.outbox import publish
from cinema.kit.retention import Retention
from cinema.kit.settings import load
from cinema.kit.worker import jobs_of

RETURN_URL = "http://cinema.test/account"

FOR_EVER = Retention(events=timedelta(days=36_500), moves=timedelta(days=36_500))
"""Tests look at what happened."""


class PaymentsPlayed:
    """Payments that take every request and end it when the test says how."""

    def __init__(self, db: Database, clock: ManualClock) -> None:
        self._db = db
        self._clock = clock
        self.requests: dict[PaymentId, PaymentRequest] = {}
        self.refunds: dict[UUID, RefundRequest] = {}
        self.saved: dict[UserId, MethodView] = {}
        self.given_up: list[PaymentId] = []
        self.rival: Callable[[], Awaitable[None]] | None = None
        """Runs once, when a method is asked for: between the claim of a renewal and the renewal."""

    async def request(self, request: PaymentRequest) -> PaymentView:
        known = self.requests.setdefault(request.payment_id, request)
        assert known == request
        return await self.payment(request.payment_id)

    async def payment(self, payment_id: PaymentId) -> PaymentView:
        if payment_id not in self.requests:
            raise PaymentNotFound
        request = self.requests[payment_id]
        return PaymentView(
            id=payment_id,
            order_id=request.order_id,
            status=PaymentStatus.PENDING,
            amount=request.amount,
            confirmation_url=f"https://provider.test/{payment_id}" if request.method_id is None else None,
            decline_reason=None,
        )

    async def refund(self, request: RefundRequest) -> RefundStatus:
        self.refunds.setdefault(request.refund_id, request)
        return RefundStatus.PENDING

    async def methods(self, method_ids: Collection[MethodId]) -> Mapping[MethodId, MethodView]:
        rival, self.rival = self.rival, None
        if rival is not None:
            await rival()
        return {one.id: one for one in self.saved.values() if one.id in method_ids}

    async def method_of(self, *, user_id: UserId, method_id: MethodId) -> MethodView:
        method = self.saved.get(user_id)
        if method is None or method.id != method_id:
            raise MethodNotFound
        return method

    async def charge_limits(self, *, currency: str) -> ChargeLimits | None:
        least, most = Money(minor=1, currency=currency), Money(minor=10**11, currency=currency)
        return ChargeLimits(minimum=least, maximum=most, saves_methods=True)

    async def refund_limits(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, RefundLimits]:
        until = self._clock.now() + timedelta(days=36_500)
        return {
            payment_id: RefundLimits(minimum=least, rest_minimum=least, is_partial=True, until=until)
            for payment_id in payment_ids
            if payment_id in self.requests
            for least in [Money(minor=1, currency=self.requests[payment_id].amount.currency)]
        }

    async def hear_payment(self, tx: Tx, event: PaymentRequested) -> None:
        await tx.value("SELECT 1")
        self.requests.setdefault(event.request.payment_id, event.request)

    async def hear_withdrawal(self, tx: Tx, event: PaymentWithdrawn) -> None:
        await tx.value("SELECT 1")
        self.given_up.append(event.payment_id)

    async def hear_refund(self, tx: Tx, event: RefundRequested) -> None:
        await tx.value("SELECT 1")
        self.refunds.setdefault(event.request.refund_id, event.request)

    async def say(self, *events: Event) -> None:
        async with self._db.write() as tx:
            await publish(tx, *events, now=self._clock.now())

    async def succeed(self, request: PaymentRequest, *, is_saved: bool = True) -> None:
        now = self._clock.now()
        if is_saved and request.save_method:
            self.saved[request.user_id] = MethodView(
                id=MethodId(uuid7(now)),
                title="Bank card *4444",
                label=method_words("Bank card *4444"),
                kind="bank_card",
                is_default=True,
                saved_at=now,
            )
        method = self.saved.get(request.user_id) if request.save_method or request.method_id else None
        event = PaymentSucceeded(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            fee=None,
            provider="played",
            method_id=method.id if method else None,
            method_title=method.title if method else None,
            captured_at=now,
        )
        await self.say(event)

    async def decline(
        self, request: PaymentRequest, *, reason: str = "insufficient_funds", how: DeclineClass = DeclineClass.SOFT
    ) -> None:
        event = PaymentDeclined(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            reason=reason,
            decline_class=how,
            method_id=request.method_id,
            declined_at=self._clock.now(),
        )
        await self.say(event)

    async def cancel(self, request: PaymentRequest, *, reason: str = "expired") -> None:
        event = PaymentCanceled(
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            reason=reason,
            canceled_at=self._clock.now(),
        )
        await self.say(event)

    async def give_back(self, request: RefundRequest) -> None:
        event = RefundSucceeded(
            refund_id=request.refund_id,
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            provider="played",
            refunded_at=self._clock.now(),
        )
        await self.say(event)

    async def refuse_refund(self, request: RefundRequest) -> None:
        event = RefundFailed(
            refund_id=request.refund_id,
            payment_id=request.payment_id,
            order_id=request.order_id,
            user_id=request.user_id,
            amount=request.amount,
            reason=RefundFailure.SHOP_BALANCE_TOO_LOW,
            failed_at=self._clock.now(),
        )
        await self.say(event)


class MailsPlayed:
    """Notifications that hand every notice over as soon as they hear of it, unless the test says otherwise."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.is_working = True
        self.told: list[RenewalUpcoming] = []

    async def hear(self, tx: Tx, event: RenewalUpcoming) -> None:
        self.told.append(event)
        if self.is_working:
            await self.deliver(tx, event)

    async def deliver(self, tx: Tx, event: RenewalUpcoming) -> None:
        assert event.notice_id is not None
        delivered = NoticeDelivered(notice_id=event.notice_id, user_id=event.user_id, delivered_at=self._clock.now())
        await publish(tx, delivered)


class People:
    """Identity's part: contacts by id, actors by token (the token is the user's id, ``!`` marks staff)."""

    def __init__(self) -> None:
        self.known: dict[UserId, Contact] = {}
        self.broken: set[UserId] = set()
        """Users whose contact cannot be told because of a bug."""

    def add(self, user_id: UserId, *, time_zone: str = "Europe/Moscow") -> UserId:
        self.known[user_id] = Contact(
            user_id=user_id,
            login=f"viewer-{user_id.hex[-6:]}",
            email=f"{user_id.hex[-6:]}@viewers.test",
            language=Language.EN,
            time_zone=time_zone,
        )
        return user_id

    async def contact(self, user_id: UserId) -> Contact:
        if user_id in self.broken:
            raise RuntimeError("told to")
        if user_id not in self.known:
            raise UserNotFound
        return self.known[user_id]

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        if self.broken & set(user_ids):
            raise RuntimeError("told to")
        return {user_id: self.known[user_id] for user_id in user_ids if user_id in self.known}

    async def actor(self, token: str) -> Actor:
        identity, _, staff = token.partition("!")
        try:
            user_id = UUID(identity)
        except ValueError:
            raise Unauthenticated from None
        return Actor(user_id=user_id, session_id=user_id, roles=frozenset({staff} if staff else ()))


class Films:
    """The catalogue's part: films by id, with their prices."""

    def __init__(self) -> None:
        self.known: dict[FilmId, FilmFacts] = {}

    def add(self, *, buy: int | None = None, rent: int | None = None, now: datetime) -> FilmFacts:
        film = FilmFacts(
            film_id=FilmId(uuid7(now)),
            slug="the-general",
            title=Text(ru="Генерал", en="The General"),
            access=Access.SUBSCRIPTION,
            age=0,
            buy=Money(minor=buy, currency="RUB") if buy is not None else None,
            rent=Money(minor=rent, currency="RUB") if rent is not None else None,
        )
        self.known[film.film_id] = film
        return film

    async def film(self, film_id: FilmId) -> FilmFacts:
        if film_id not in self.known:
            raise FilmNotFound
        return self.known[film_id]


@dataclass(slots=True, kw_only=True)
class Stage:
    """Everything a test of billing needs."""

    db: Database
    clock: ManualClock
    billing: Built[BillingFacades]
    payments: PaymentsPlayed
    mails: MailsPlayed
    people: People
    films: Films
    app: FastAPI
    heard: list[Event] = field(default_factory=list)

    def new_user(self, *, time_zone: str = "Europe/Moscow") -> UserId:
        return self.people.add(UserId(uuid7(self.clock.now())), time_zone=time_zone)

    def client(self, user_id: UserId | None, *, role: str = "") -> httpx2.AsyncClient:
        headers = {"Authorization": f"Bearer {user_id}{'!' + role if role else ''}"} if user_id else {}
        transport = httpx2.ASGITransport(app=self.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://cinema.test", headers=headers)

    def jobs(self) -> list[Job]:
        return jobs_of(self._modules(), db=self.db, clock=self.clock, retention=FOR_EVER)

    async def drain(self) -> None:
        await drain(self.jobs(), waker=self.db.pools.waker)

    async def pass_time(self, by: timedelta, *, step: timedelta = timedelta(days=2)) -> None:
        """Moves time on in steps and does what is due at each."""
        while by > timedelta(0):
            self.clock.advance(min(step, by))
            by -= step
            await self.drain()

    async def violations(self) -> list[str]:
        found: list[str] = []
        async with self.db.read() as tx:
            for one in self.billing.module.invariants:
                found += [f"{one.number} {one.name}: {text}" for text in await one.find(tx)]
        return found

    def _modules(self) -> list[Module]:
        consumers = (
            Consumer(group="payments", event=PaymentRequested, handle=self.payments.hear_payment),
            Consumer(group="payments", event=PaymentWithdrawn, handle=self.payments.hear_withdrawal),
            Consumer(group="payments", event=RefundRequested, handle=self.payments.hear_refund),
        )
        told = (Consumer(group="notifications", event=RenewalUpcoming, handle=self.mails.hear),)
        return [
            self.billing.module,
            Module(name="payments", consumers=consumers),
            Module(name="notifications", consumers=told),
        ]

    async def subscribe(
        self, user_id: UserId, *, plan: str = "month", key: str = "key-1", save_method: bool = True
    ) -> httpx2.Response:
        async with self.client(user_id) as client:
            return await client.post(
                "/v1/subscriptions",
                json={"plan": plan, "return_url": RETURN_URL, "save_method": save_method},
                headers={"Idempotency-Key": key},
            )

    async def subscribed(self, user_id: UserId, *, plan: str = "month") -> PaymentRequest:
        """A user with a running, renewing subscription; returns the payment that began it."""
        answer = await self.subscribe(user_id, plan=plan)
        assert answer.status_code == 201, answer.text
        request = self.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]
        await self.payments.succeed(request)
        await self.drain()
        return request

    async def subscription(self, user_id: UserId) -> dict[str, object]:
        async with self.client(user_id) as client:
            answer = await client.get("/v1/subscriptions")
        newest: dict[str, object] = answer.json()["items"][0]
        return newest

    def request_for(self, user_id: UserId) -> PaymentRequest:
        """The newest payment asked for this user."""
        return [one for one in self.payments.requests.values() if one.user_id == user_id][-1]


async def set_stage(
    db: Database,
    clock: ManualClock,
    settings: BillingSettings | None = None,
    *,
    payments: PaymentsPlayed | None = None,
    mails: MailsPlayed | None = None,
) -> Stage:
    payments = payments or PaymentsPlayed(db, clock)
    people = People()
    films = Films()
    billing = build(
        db=db,
        clock=clock,
        settings=settings or load(BillingSettings, env_file=None, values={"renewal_spread_minutes": 0}),
        payments=payments,
        contacts=people,
        catalog=films,
        public_url="http://cinema.test",
    )
    app = build_app(modules=[billing.module], authenticator=people, clock=clock)
    stage = Stage(
        db=db,
        clock=clock,
        billing=billing,
        payments=payments,
        mails=mails or MailsPlayed(clock),
        people=people,
        films=films,
        app=app,
    )
    await declare(stage._modules(), db=db, clock=clock)  # noqa: SLF001 - its own part
    await billing.facades.plans.add_first()
    return stage
