"""Many events at once: few statements, and the same messages as one by one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.billing import RenewalUpcoming, SubscriptionRenewed
from cinema.contracts.ids import OrderId, SubscriptionId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from notifications.facts import NOON, registered, renewed, upcoming
from notifications.office import Office, open_office
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
