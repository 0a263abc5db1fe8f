"""What people were told is kept for a time, and forgetting it, or its event, looks like no fault."""

from datetime import timedelta

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.retention import forget_events
from cinema.kit.settings import BadSetting, load
from cinema.main.settings import RetentionSettings
from cinema.notifications import store
from cinema.notifications.invariants import LOOKS_BACK
from notifications.facts import paid, registered, registration_repeated, renewed, samples, upcoming
from notifications.office import Office, make_settings, open_office

DAY = timedelta(days=1)


async def counted(office: Office) -> tuple[int, int]:
    """How many messages and tries there are."""
    [row] = await office.rows(
        """SELECT (SELECT count(*) FROM notifications.messages) AS messages,
                  (SELECT count(*) FROM notifications.attempts) AS attempts"""
    )
    return row["messages"], row["attempts"]


async def test_messages_and_tries_are_forgotten_after_their_days(db: Database, clock: ManualClock) -> None:
    office = await open_office(db, clock, days_kept=60)
    office.mailer.lost_answers = 1
    await office.say(registered())
    await office.work()
    clock.advance(DAY)
    await office.work()
    await office.say(registration_repeated(at=clock.now()))
    await office.work()

    clock.advance(59 * DAY)
    await office.work()
    before = await counted(office)
    clock.advance(timedelta(milliseconds=1))
    await office.work()

    assert before == (2, 3)
    assert await counted(office) == (1, 1)
    assert await office.standing() == [("registration_repeated", "sent")]
    assert await office.violations() == []


async def test_what_is_still_to_be_sent_is_not_forgotten(office: Office) -> None:
    await office.say(registered())
    await office.hear()
    office.clock.advance(500 * DAY)

    async with office.db.write() as tx:
        forgotten = await store.forget(tx, before=office.clock.now(), limit=10)

    assert forgotten == 0
    assert await office.standing() == [("welcome", "queued")]


async def test_messages_are_forgotten_some_at_a_time_the_oldest_first(office: Office) -> None:
    for event in samples()[:3]:
        await office.say(event)
        await office.work()
        office.clock.advance(DAY)

    async with office.db.write() as tx:
        forgotten = await store.forget(tx, before=office.clock.now(), limit=2)

    assert forgotten == 2
    assert await counted(office) == (1, 1)
    assert await office.standing() == [("subscription_activated", "sent")]


async def test_a_message_whose_event_was_forgotten_is_no_violation(office: Office) -> None:
    await office.say(upcoming())
    async with office.db.write() as tx:
        await tx.execute("UPDATE kit.inbox SET status = 'parked'")  # its event stays while younger ones go
    await office.say(paid())
    await office.say(renewed())
    await office.work()
    office.clock.advance(7 * DAY + timedelta(seconds=1))

    forgotten = await forget_events(office.db, older_than=7 * DAY)

    assert forgotten == 2
    assert await counted(office) == (1, 1)
    assert await office.violations() == []


def test_events_are_kept_for_longer_than_the_invariants_look_back() -> None:
    with pytest.raises(BadSetting):
        load(RetentionSettings, env_file=None, values={"events_days": LOOKS_BACK.days})


def test_messages_are_kept_for_longer_than_they_are_tried_and_looked_at() -> None:
    shortest = make_settings(days_kept=60, retry_days=30)

    assert shortest.kept_for > max(shortest.retry_for, LOOKS_BACK)
