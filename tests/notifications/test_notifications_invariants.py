"""What always holds of messages: the invariants see what is planted, the database refuses the rest."""

from datetime import timedelta

import asyncpg
import pytest

from cinema.contracts.enums import MessageStatus
from cinema.contracts.notifications import NoticeDelivered
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.notifications.domain.message import MESSAGES
from cinema.notifications.domain.told import BY_EVENT
from cinema.notifications.invariants import OVERDUE_MAX
from notifications.facts import (
    NOON,
    NOTICE,
    ORDER,
    VIEWER,
    activated,
    film_paid,
    paid,
    registered,
    renewed,
    samples,
    upcoming,
)
from notifications.office import Office


async def test_a_run_without_trouble_breaks_no_invariant(office: Office) -> None:
    await office.say(paid())
    for event in samples():
        await office.say(event)
        await office.work()
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()

    assert await office.violations() == []


async def test_the_invariants_see_a_message_that_nobody_sends(office: Office) -> None:
    await office.say(registered())
    await office.hear()
    office.clock.advance(OVERDUE_MAX)
    seen_in_time = await office.violations()
    office.clock.advance(timedelta(seconds=1))

    [violation] = await office.violations()
    assert seen_in_time == []
    assert "(welcome) has been due since 2026-01-15 09:00:00+00:00" in violation


async def test_the_invariants_see_a_message_without_its_event(office: Office) -> None:
    await office.say(registered())
    await office.work()
    async with office.db.write() as tx:
        await tx.execute("UPDATE notifications.messages SET event_id = gen_random_uuid()")

    [violation] = await office.violations()
    assert "tells of identity.UserRegistered" in violation


async def test_the_invariants_see_two_messages_of_one_event(office: Office) -> None:
    await office.say(registered())
    await office.work()
    async with office.db.write() as tx:
        await tx.execute("ALTER TABLE notifications.messages DROP CONSTRAINT messages_event_id_key")
    try:
        async with office.db.write() as tx:
            await tx.execute(
                """INSERT INTO notifications.messages
                   SELECT (m2).* FROM (
                     SELECT jsonb_populate_record(m, jsonb_build_object('id', $2::uuid, 'fact_key', 'other',
                       'status', 'queued', 'sent_at', NULL, 'next_attempt_at', $1::timestamptz)) AS m2
                     FROM notifications.messages AS m) AS copy""",
                office.clock.now(),
                uuid7(office.clock.now()),
            )
        violations = await office.violations()
    finally:
        async with office.db.write() as tx:
            await tx.execute("TRUNCATE notifications.messages CASCADE")
            await tx.execute("ALTER TABLE notifications.messages ADD UNIQUE (event_id)")

    [violation] = violations
    assert violation.startswith("2 messages tell of identity.UserRegistered")


@pytest.mark.parametrize("thanks", [activated(), renewed(), film_paid()], ids=lambda event: type(event).__name__)
async def test_the_invariants_see_thanks_for_money_that_did_not_come(office: Office, thanks: Event) -> None:
    await office.say(thanks)
    await office.work()

    [violation] = await office.violations()
    assert violation.endswith(f"({BY_EVENT[type(thanks)].kind}) thanks for order {ORDER}, never paid")


async def test_the_invariants_see_a_notice_that_is_told_as_handed_over_and_was_not(office: Office) -> None:
    async with office.db.write() as tx:
        await publish(tx, NoticeDelivered(notice_id=NOTICE, user_id=VIEWER, delivered_at=NOON))

    assert await office.violations() == [f"notice {NOTICE} is told as handed over, its mail is not sent"]


async def test_the_invariants_see_a_notice_that_was_handed_over_and_nobody_heard_of(office: Office) -> None:
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()
    async with office.db.write() as tx:
        await tx.execute("UPDATE kit.outbox SET name = 'other' WHERE name = 'notifications.NoticeDelivered'")

    assert await office.violations() == [f"notice {NOTICE} is not told as handed over, its mail is sent"]


# The database's own guards


async def test_the_database_keeps_the_moves_that_are_not_in_the_table(office: Office) -> None:
    await office.say(registered())
    await office.work()

    for status in set(MessageStatus) - {MessageStatus.SENT}:
        with pytest.raises(asyncpg.CheckViolationError):
            async with office.db.write() as tx:
                await tx.execute("UPDATE notifications.messages SET status = $1", status)

    assert await office.standing() == [("welcome", "sent")]


async def test_a_try_that_is_noted_cannot_be_changed(office: Office) -> None:
    await office.say(registered())
    await office.work()

    for statement in ("UPDATE notifications.attempts SET detail = ''", "DELETE FROM notifications.attempts"):
        with pytest.raises(asyncpg.RestrictViolationError):
            async with office.db.write() as tx:
                await tx.execute(statement)

    assert await office.results() == ["accepted"]


def test_every_status_has_its_place_in_the_table_of_moves() -> None:
    named = MESSAGES.starts | {status for move in MESSAGES.moves for status in move}

    assert named == set(MessageStatus)
    assert MESSAGES.ends() == {MessageStatus.SENT, MessageStatus.FAILED, MessageStatus.SKIPPED}
