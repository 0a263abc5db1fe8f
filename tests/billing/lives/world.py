"""The world of random lives: a stage with viewers, what we know of each by ourselves, and the story so far."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2

from billing.lives.wallets import Letters, Wallets
from billing.stage import Stage, set_stage
from cinema.billing.settings import BillingSettings
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import EntitlementId, MethodId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Row

TURNS = 6
"""In so many turns a time passes; work is done at each."""


@dataclass(slots=True, kw_only=True)
class Viewer:
    """A viewer, with what they agreed to as a person beside them would know it.

    ``agreed``: the card that may be charged for the subscription that runs; ``wants``: they
    want it renewed; ``is_plain``: no refund ever touched their renewal. ``view`` is what the
    cinema shows of the subscription.
    """

    name: str
    user_id: UserId
    agreed: MethodId | None = None
    wants: bool = False
    is_plain: bool = True
    view: dict[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return str(self.view.get("status", "none"))

    def stop(self) -> None:
        """Nothing is agreed to any more."""
        self.agreed, self.wants = None, False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A charge that a viewer was told of; ``heard_at`` None: not yet handed over."""

    user_id: UserId
    title: str
    minor: int
    charge_at: datetime
    told_at: datetime
    heard_at: datetime | None


@dataclass(slots=True, kw_only=True)
class World:
    """Everything there is, and the ``story`` of it; ``loose`` are orders that others than their buyer took money of."""

    stage: Stage
    wallets: Wallets
    letters: Letters
    viewers: tuple[Viewer, ...]
    settings: BillingSettings
    story: list[str] = field(default_factory=list)
    played: set[EntitlementId] = field(default_factory=set)
    failed: set[PaymentId] = field(default_factory=set)
    paid: set[PaymentId] = field(default_factory=set)
    refused: set[RefundId] = field(default_factory=set)
    returned: set[RefundId] = field(default_factory=set)
    loose: set[OrderId] = field(default_factory=set)
    by_hand: dict[PaymentId, int] = field(default_factory=dict)
    on_the_page: list[Told] = field(default_factory=list)
    used: dict[Told, OrderId] = field(default_factory=dict)
    promised: dict[UserId, datetime] = field(default_factory=dict)
    seen: set[PaymentId] = field(default_factory=set)
    keys: int = 0

    @property
    def now(self) -> datetime:
        return self.stage.clock.now()

    async def ask(
        self, viewer: Viewer | UserId, path: str, body: Mapping[str, Any] | None = None, *, verb: str = "POST"
    ) -> httpx2.Response:
        """A request in the name of a viewer, or of staff."""
        self.keys += 1
        user_id, role = (viewer.user_id, "") if isinstance(viewer, Viewer) else (viewer, "finance")
        headers = {"Idempotency-Key": f"key-{self.keys}"} if verb == "POST" else {}
        async with self.stage.client(user_id, role=role) as client:
            answer = await client.request(verb, path, json=body, headers=headers)
        assert answer.status_code < 500, answer.text
        return answer

    async def rows(self, sql: str, *args: object) -> list[Row]:
        async with self.stage.db.read() as tx:
            return await tx.all(sql, *args)

    async def orders(self, viewer: Viewer) -> list[dict[str, Any]]:
        """The viewer's orders that were paid, newest first."""
        answer = await self.ask(viewer, "/v1/orders?limit=100", verb="GET")
        return [one for one in answer.json()["items"] if one["paid_at"]]

    def money_of(self, order_id: OrderId) -> Iterator[PaymentRequest]:
        """The payments of an order that succeeded."""
        return (
            one for one in self.wallets.requests.values() if one.order_id == order_id and one.payment_id in self.paid
        )

    def notices(self, user_id: UserId) -> list[Told]:
        """What a viewer was told of charges, oldest first."""
        mails = [
            Told(
                user_id=one.user_id,
                title=str(one.method_title),
                minor=one.amount.minor,
                charge_at=one.charge_at,
                told_at=at,
                heard_at=self.letters.handed_over.get(one.notice_id),
            )
            for one, at in zip(self.letters.told, self.letters.times, strict=True)
        ]
        return sorted((one for one in mails + self.on_the_page if one.user_id == user_id), key=lambda one: one.told_at)

    async def pass_time(self, by: timedelta, bank: str) -> None:
        """Time passes in turns; the bank answers what is charged off-session at the next, or not at all."""
        turn = by / TURNS
        for _ in range(TURNS):
            self.stage.clock.advance(turn)
            await self.settle()
            for viewer in self.viewers:
                for request in self.wallets.open(viewer.user_id):
                    await self.answer(viewer, request, bank)

    async def answer(self, viewer: Viewer, request: PaymentRequest, bank: str) -> None:
        """What the provider makes of a payment by itself: nobody waits for one that is over or not wanted any more."""
        if request.payment_id in self.wallets.given_up or self.now >= request.expires_at:
            await self.fail(request, "cancels")
        elif request.method_id is not None and bank == "pays":
            await self.pay(viewer, request)
        elif request.method_id is not None and bank == "declines":
            await self.fail(request, "declines")

    async def settle(self) -> None:
        """Does what is due, and looks at each charge that was begun."""
        await self.stage.drain()
        for payment_id in [one for one in self.wallets.requests if one not in self.seen]:
            self.seen.add(payment_id)
            self.look_at(self.wallets.requests[payment_id])

    def look_at(self, request: PaymentRequest) -> None:
        """B26: by the method that was agreed to, after the newest notice, which was heard and names it."""
        if request.method_id is None:
            return
        (viewer,) = [one for one in self.viewers if one.user_id == request.user_id]
        self.note(f"    {viewer.name} is charged {request.amount} by {self.wallets.titles[request.method_id]}")
        assert viewer.wants, f"{viewer.name} does not want to be charged"
        assert request.method_id == viewer.agreed, f"{viewer.name} agreed to {viewer.agreed}"
        newest = self.notices(request.user_id)[-1]
        named = (newest.title, newest.minor)
        assert named == (self.wallets.titles[request.method_id], request.amount.minor), f"told was {newest}"
        assert newest.heard_at is not None, f"nobody heard of {newest}"
        assert newest.heard_at <= self.now, f"{newest} was heard later"
        assert newest.charge_at <= self.now, f"too early for {newest}"
        order_id = self.used.setdefault(newest, request.order_id)
        assert order_id == request.order_id, f"{newest} was of another charge"
        promised = self.promised.get(request.user_id)
        assert promised is None or promised <= self.now, f"too early for what was shown: {promised}"

    async def pay(self, viewer: Viewer, request: PaymentRequest, *, is_saved: bool = True) -> None:
        """The money of a payment comes, and with it what its payer agreed to."""
        order = (await self.ask(viewer, f"/v1/orders/{request.order_id}", verb="GET")).json()["order"]
        is_first = viewer.status == "incomplete"
        is_late = request.payment_id in self.failed
        kept = await self.wallets.succeed(request, is_saved=is_saved)
        self.wallets.answered.add(request.payment_id)
        self.paid.add(request.payment_id)
        await self.settle()
        if order["status"] != "open" or not request.save_method or (is_late and viewer.view["renewal"] != "on"):
            return
        if kept is not None:
            viewer.agreed, viewer.wants = kept, True
        elif is_first:
            viewer.wants = True

    async def fail(self, request: PaymentRequest, how: str) -> None:
        """A payment ends without money."""
        match how:
            case "declines":
                await self.wallets.decline(request)
            case "refuses":
                await self.wallets.decline(request, reason="card_expired", how=DeclineClass.HARD)
            case _:
                await self.wallets.cancel(request)
        self.wallets.answered.add(request.payment_id)
        self.failed.add(request.payment_id)
        await self.settle()

    async def look_around(self) -> None:
        """Reads what the cinema shows of each viewer's newest subscription."""
        for viewer in self.viewers:
            answer = await self.ask(viewer, "/v1/subscriptions?limit=1", verb="GET")
            items = answer.json()["items"]
            viewer.view = items[0] if items else {}
            if viewer.status == "ended":
                viewer.stop()
                viewer.is_plain = True
            shown = viewer.view.get("renews_at")
            if shown:
                self.promised[viewer.user_id] = datetime.fromisoformat(shown)
            else:
                self.promised.pop(viewer.user_id, None)

    def note(self, line: str) -> None:
        self.story.append(f"{self.now:%d %b %H:%M:%S}  {line}")


async def begin(db: Database, clock: ManualClock, settings: BillingSettings, *, names: tuple[str, ...]) -> World:
    """A new world in an empty database."""
    wallets, letters = Wallets(db, clock), Letters(clock)
    stage = await set_stage(db, clock, settings, payments=wallets, mails=letters)
    viewers = tuple(Viewer(name=name, user_id=stage.new_user()) for name in names)
    return World(stage=stage, wallets=wallets, letters=letters, viewers=viewers, settings=settings)


STAFF = (UserId(UUID(int=7)), UserId(UUID(int=8)))
"""Two people of the cinema."""
