"""Many events and many mails at once: few statements, and the same messages as one by one."""

import asyncio
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from cinema.contracts.billing import RenewalUpcoming, SubscriptionRenewed
from cinema.contracts.ids import OrderId, SubscriptionId, UserId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.notifications.domain.mail import Answer, Mail
from cinema.notifications.mailers import MemoryMailer
from notifications.facts import NOON, make_contact, registered, renewed, upcoming
from notifications.office import LEASE, DyingMailer, Killed, Office, open_office
from notifications.statements import counting


def many_renewals(number: int) -> list[tuple[RenewalUpcoming, SubscriptionRenewed]]:
    """Of each of so many subscriptions: that it will be renewed, and that it was."""
    ids = [SubscriptionId(uuid7(NOON)) for _ in range(number)]
    return [
        (
            replace(upcoming(), subscription_id=one),
            replace(renewed(), subscription_id=one, order_id=OrderId(uuid7(NOON))),
        )
        for one in ids
    ]


@pytest.mark.parametrize("number", [1, 100])
async def test_telling_a_hundred_costs_the_statements_of_telling_one(
    db: Database, clock: ManualClock, number: int
) -> None:
    renewals = many_renewals(number)
    async with counting(db) as (counted, asked):
        office = await open_office(counted, clock)
        await office.say(*(announced for announced, _ in renewals))
        await office.hear()
        await office.say(*(done for _, done in renewals))
        asked.clear()
        [inbox] = [job for job in office.jobs if job.name == "inbox.notifications"]
        count = await inbox.run()
        standing = await office.standing()
    ours = [statement.partition(" ")[0] for statement in asked if "notifications." in statement]

    assert count == number
    assert ours == ["INSERT", "UPDATE", "SELECT"]  # the last one is the test's
    assert standing == [("renewal_upcoming", "skipped")] * number + [("subscription_renewed", "queued")] * number


async def test_of_the_facts_of_one_batch_each_is_told_once(office: Office) -> None:
    [(_, first), (_, second)] = many_renewals(2)
    await office.say(first)
    await office.work()

    await office.say(second, first, second)
    await office.work()

    assert await office.standing() == [("subscription_renewed", "sent")] * 2


async def test_in_a_batch_the_last_word_on_a_thing_is_the_one_that_is_sent(office: Office) -> None:
    days = [NOON + timedelta(days=day) for day in range(31, 51)]

    await office.say(*(upcoming(charge_at=day) for day in days))
    await office.work()

    [sent] = await office.rows("SELECT facts ->> 'charge_at' AS day FROM notifications.messages WHERE status = 'sent'")
    assert await office.standing() == [("renewal_upcoming", "skipped")] * 19 + [("renewal_upcoming", "sent")]
    assert sent["day"] == days[-1].isoformat().replace("+00:00", "Z")


async def test_messages_of_a_batch_are_listed_as_they_were_heard(office: Office) -> None:
    events = [done for _, done in many_renewals(20)]

    await office.say(*events)
    await office.hear()

    rows = await office.rows("SELECT facts ->> 'order_id' AS order_id FROM notifications.messages ORDER BY id")
    assert [row["order_id"] for row in rows] == [str(event.order_id) for event in events]


async def test_what_happened_before_somebody_was_told_of_its_kind_is_no_news(db: Database, clock: ManualClock) -> None:
    async with db.write() as tx:
        await publish(tx, registered())

    office = await open_office(db, clock)
    await office.say(renewed())
    await office.work()

    assert await office.standing() == [("subscription_renewed", "sent")]


# Sending


def crowd(number: int) -> list[UserId]:
    return [UserId(uuid7(NOON)) for _ in range(number)]


async def test_a_batch_of_mails_is_claimed_addressed_and_recorded_at_once(db: Database, clock: ManualClock) -> None:
    users = crowd(40)
    async with counting(db) as (counted, asked):
        office = await open_office(counted, clock, concurrency=40)
        for user_id in users[:-1]:
            office.people.set(make_contact(user_id=user_id, email=f"{user_id}@example.org"))
        await office.say(*(registered(user_id=user_id) for user_id in users))
        await office.hear()
        asked.clear()
        count = await office.send()
        standing = await office.standing()
    ours = [statement for statement in asked if "notifications." in statement]

    assert count == 40
    assert office.people.asked == [40]
    assert [bool(re.search("INSERT INTO notifications.attempts", one)) for one in ours] == [True, True, True, False]
    assert [bool(re.search("FOR UPDATE SKIP LOCKED", one)) for one in ours] == [True, False, True, False]
    assert sorted(standing) == [("welcome", "sent")] * 39 + [("welcome", "skipped")]
    assert len({mail.to for mail in office.mailer.mails}) == 39


@dataclass(kw_only=True)
class StuckMailer:
    """Holds on to the first mail until all others are through."""

    others: int
    inner: MemoryMailer = field(default_factory=MemoryMailer)
    are_through: asyncio.Event = field(default_factory=asyncio.Event)
    begun: int = 0

    async def send(self, mail: Mail) -> Answer:
        self.begun += 1
        if self.begun == 1:
            await self.are_through.wait()
        answer = await self.inner.send(mail)
        if len(self.inner.mails) == self.others:
            self.are_through.set()
        return answer


async def test_no_mail_waits_for_the_slowest_of_its_batch(db: Database, clock: ManualClock) -> None:
    mailer = StuckMailer(others=11)
    office = await open_office(db, clock, mailer=mailer, concurrency=4)
    await office.say(*(done for _, done in many_renewals(12)))
    await office.hear()

    await office.send()

    assert await office.standing() == [("subscription_renewed", "sent")] * 12
    assert await office.results() == ["accepted"] * 12


async def writers_end() -> None:
    """Waits for those who write what several wait for: they go on when one of these gives up."""
    await asyncio.gather(*(one for one in asyncio.all_tasks() if one.get_name() == "commits"))


@pytest.mark.parametrize("dies_at", [1, 3, 5])
async def test_of_a_batch_that_dies_everything_arrives_and_what_comes_twice_is_the_same_mail(
    db: Database, clock: ManualClock, dies_at: int
) -> None:
    mailer = DyingMailer(dies_at=dies_at)
    office = await open_office(db, clock, mailer=mailer)
    await office.say(*(done for _, done in many_renewals(5)))
    await office.hear()
    with pytest.raises(Killed):
        await office.send()
    await writers_end()

    clock.advance(LEASE)
    office = await open_office(db, clock, mailer=mailer)
    await office.work()
    await writers_end()

    lost = (await office.results()).count("lost")
    assert await office.standing() == [("subscription_renewed", "sent")] * 5
    assert lost in range(1, 6)
    assert len(mailer.inner.mails) == 5 + lost
    assert len({mail.message_id for mail in mailer.inner.mails}) == 5


async def test_a_worker_leaves_alone_what_only_a_newer_release_can_say(office: Office) -> None:
    await office.say(registered(), renewed())
    await office.hear()
    async with office.db.write() as tx:
        await tx.execute("UPDATE notifications.messages SET kind = 'from_the_future' WHERE kind = 'welcome'")

    await office.work()

    assert await office.standing() == [("from_the_future", "queued"), ("subscription_renewed", "sent")]
