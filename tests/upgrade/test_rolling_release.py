"""While processes are exchanged one by one, the release before runs beside this one, on the schema of this one."""

import asyncio
import contextvars
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import Consumer
from cinema.kit.jobs import Job, drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import publish
from cinema.kit.states import Machine
from cinema.kit.worker import jobs_of
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from scenarios.house import House
from upgrade.old_release import OldRelease
from upgrade.old_shop import OldShop
from upgrade.recording import Before

NAME = "test_rolling_release.Happened"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Event):
    """What both releases tell."""

    aggregate: ClassVar[str] = "thing_id"
    thing_id: UUID
    number: int


class State(StrEnum):
    """Of something that only this release has."""

    OPEN = "open"
    SHUT = "shut"


DOORS = Machine(
    name="door",
    table="test.doors",
    states=State,
    starts=frozenset({State.OPEN}),
    moves={(State.OPEN, State.SHUT): "shut"},
)


class Group:
    """A group of both releases: notes what each of them has heard, and fails on the numbers it was told to fail on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[int] = []
        self.heard_by_old: list[int] = []
        self.failing: set[int] = set()

    @property
    def all_heard(self) -> list[int]:
        return sorted(self.heard + self.heard_by_old)

    async def handle(self, tx: Tx, event: Happened) -> None:
        await tx.execute("SELECT 1")
        if event.number in self.failing:
            raise RuntimeError("told to fail")
        self.heard.append(event.number)

    async def handle_as_old(self, tx: Tx, fields: dict[str, Any]) -> None:
        await tx.execute("SELECT 1")
        if fields["number"] in self.failing:
            raise RuntimeError("told to fail")
        self.heard_by_old.append(fields["number"])

    def module(self) -> Module:
        consumer = Consumer(group=self.name, event=Happened, handle=self.handle)
        return Module(name=self.name, consumers=(consumer,), machines=(DOORS,))  # type: ignore[arg-type] # as in the contexts


@dataclass(slots=True, kw_only=True)
class Both:
    """Two groups, and the processes of both releases that work for them."""

    db: Database
    clock: ManualClock
    old: OldRelease
    one: Group
    two: Group
    jobs: list[Job]

    async def say(self, thing: UUID, *numbers: int) -> None:
        """The new release publishes."""
        async with self.db.write() as tx:
            await publish(tx, *(Happened(thing_id=thing, number=n) for n in numbers), now=self.clock.now())

    async def say_as_old(self, thing: UUID, *numbers: int) -> None:
        async with self.db.write() as tx:
            for number in numbers:
                await self.say_within(tx, thing, number)

    async def say_within(self, tx: Tx, thing: UUID, number: int) -> None:
        payload = {"thing_id": str(thing), "number": number}
        await self.old.publish(tx, name=NAME, aggregate_id=thing, payload=payload)

    async def hear(self) -> None:
        await drain(self.jobs)

    async def hear_as_old(self) -> None:
        for group in (self.one, self.two):
            await self.old.hear(group.name, group.handle_as_old)

    def thing(self) -> UUID:
        return uuid7(self.clock.now())


@pytest.fixture
async def both(db: Database, clock: ManualClock) -> Both:
    one, two = Group("one"), Group("two")
    modules = [one.module(), two.module()]
    await declare(modules, db=db, clock=clock)
    return Both(
        db=db,
        clock=clock,
        old=OldRelease(db=db, clock=clock),
        one=one,
        two=two,
        jobs=jobs_of(modules, db=db, clock=clock),
    )


async def test_what_the_old_release_publishes_is_heard_once_by_each_group(both: Both) -> None:
    await both.say_as_old(both.thing(), 1, 2)
    await both.say(both.thing(), 3)

    await both.hear()
    await both.hear()

    assert (sorted(both.one.heard), sorted(both.two.heard)) == ([1, 2, 3], [1, 2, 3])


async def test_the_old_relay_delivers_nothing_twice(both: Both) -> None:
    relayed = [await both.old.relay()]
    await both.say_as_old(both.thing(), 1)
    await both.say(both.thing(), 2)
    relayed.append(await both.old.relay())
    await both.hear()
    await both.say_as_old(both.thing(), 3)
    await both.hear()
    relayed.append(await both.old.relay())
    await both.hear()

    assert (sorted(both.one.heard), sorted(both.two.heard)) == ([1, 2, 3], [1, 2, 3])
    assert relayed == [0, 0, 0]


async def test_what_the_old_release_commits_late_is_not_skipped(both: Both) -> None:
    thing = both.thing()

    async with both.db.write() as tx:
        await both.say_within(tx, thing, 1)
        await asyncio.create_task(both.say(both.thing(), 2), context=contextvars.Context())
        await asyncio.create_task(both.hear(), context=contextvars.Context())
        heard_before = list(both.one.heard)
    await both.hear()

    assert heard_before == [2]
    assert (both.one.heard, both.two.heard) == ([2, 1], [2, 1])


async def test_an_old_release_that_starts_takes_nothing_away(both: Both, before: Before) -> None:
    provider = FakeProvider(clock=both.clock)
    await House(db=both.db, clock=both.clock, provider=provider, mailer=MemoryMailer()).open()
    needed = await declared(both.db)

    await both.old.start(moves=before.moves, subscriptions=before.subscriptions)
    await both.say_as_old(both.thing(), 1)
    await both.hear()

    assert needed <= await declared(both.db)
    assert ("one", NAME) in needed
    assert ("test.doors", "open", "shut") in needed
    assert {("payments", "billing.PaymentRequested"), ("billing.orders", "open", "paid")} < needed
    assert (both.one.heard, both.two.heard) == ([1], [1])


async def declared(db: Database) -> set[Sequence[str]]:
    """Every subscription and every move that the database knows."""
    async with db.read() as tx:
        subscriptions = await tx.all("SELECT group_name, event_name FROM kit.subscriptions")
        moves = await tx.all("SELECT entity, from_state, to_state FROM kit.moves")
    return {tuple(row) for row in [*subscriptions, *moves]}


async def test_both_releases_work_for_a_group_and_each_event_is_heard_once(both: Both) -> None:
    for number in range(1, 41, 4):
        await both.say_as_old(both.thing(), number, number + 1)
        await both.say(both.thing(), number + 2)
        await both.say(both.thing(), number + 3)
        if number % 8 == 1:
            await both.hear_as_old()
        await asyncio.gather(both.hear(), both.hear_as_old())
    await both.hear()

    assert both.one.all_heard == list(range(1, 41))
    assert both.two.all_heard == list(range(1, 41))
    assert {1, 2, 3, 4} <= set(both.one.heard_by_old)


async def test_what_the_old_release_failed_on_is_heard_by_the_new_one(both: Both) -> None:
    both.one.failing = {1}
    thing = both.thing()
    await both.say(thing, 1, 2)
    await both.hear_as_old()
    both.one.failing = set()

    both.clock.advance(timedelta(seconds=1))
    await both.hear()

    assert (both.one.heard_by_old, both.one.heard) == ([], [1, 2])
    assert (both.two.heard_by_old, both.two.heard) == ([1, 2], [])


async def test_what_the_new_release_postponed_is_heard_once_though_the_old_one_may_overtake_it(both: Both) -> None:
    """That release does not know that a letter may be postponed: consumers expect any order anyway."""
    both.one.failing = {1}
    await both.say(both.thing(), 1, 2)
    await both.hear()
    both.one.failing = set()

    await both.hear_as_old()
    both.clock.advance(timedelta(seconds=1))
    await both.hear_as_old()
    await both.hear()

    assert (both.one.heard_by_old, both.one.heard) == ([2], [1])
    assert both.two.heard == [1, 2]


async def sold_by_the_old_shop(house: House, shop: OldShop) -> str:
    """The viewer orders at the release before, and pays on the page that this one has opened."""
    async with house.db.write() as tx:
        payment_id = str(await shop.sell(tx, to="newcomer-queued", plan="month"))
    await house.drain()
    await house.pay({"payment_id": payment_id})
    return payment_id


async def assert_bought_once(house: House, payment_id: str) -> None:
    rows = await house.rows(
        """SELECT s.status AS subscription, o.status AS "order", c.status AS charge FROM billing.charges AS c
           JOIN billing.orders AS o ON o.id = c.order_id JOIN billing.subscriptions AS s ON s.id = o.subscription_id
           WHERE c.payment_id = $1""",
        UUID(payment_id),
    )
    assert rows == [{"subscription": "active", "order": "paid", "charge": "succeeded"}]
    assert house.provider.charges[payment_id] == 1
    mails = [mail.subject.partition(":")[0] for mail in house.mailer.mails if "newcomer-queued" in mail.to]
    assert mails == ["Welcome to Cinema", "Payment received"]
    roles = (await house.ok(await house.sign_in("newcomer-queued"), "GET", "/v1/me"))["roles"]
    assert "subscriber" in roles
    assert await house.violations() == []


async def test_what_the_old_release_sells_is_delivered_by_the_new_one(house: House) -> None:
    payment_id = await sold_by_the_old_shop(house, OldShop(old=OldRelease(db=house.db, clock=house.clock)))

    await house.drain()

    await assert_bought_once(house, payment_id)


async def test_what_the_old_release_delivers_is_whole_for_the_new_one(house: House) -> None:
    old = OldRelease(db=house.db, clock=house.clock)
    shop = OldShop(old=old)
    payment_id = await sold_by_the_old_shop(house, shop)
    jobs = {job.name: job.run for job in house.cinema.jobs()}
    await jobs["payments.handle_webhooks"]()

    heard = await old.hear("billing", shop.deliver)
    await house.drain()

    assert heard == 1, "the payment"
    await assert_bought_once(house, payment_id)
