"""Who waits for a notice hears that it was handed over: once, with the record of it, and only then."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cinema.contracts.billing import RenewalUpcoming
from cinema.contracts.ids import SubscriptionId
from cinema.contracts.notifications import NoticeDelivered
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.events import decode
from cinema.kit.ids import uuid7
from notifications.facts import NOON, NOTICE, VIEWER, make_contact, method_agreed, renewed, upcoming
from notifications.office import LEASE, DyingMailer, Killed, Office, SlowMailer, open_office
from notifications.statements import counting

SPOIL = "UPDATE notifications.messages SET facts = facts - 'title' WHERE facts ->> 'notice_id' = $1"
MEND = "UPDATE notifications.messages SET facts = facts || jsonb_build_object('title', $1::jsonb)"


async def delivered(office: Office) -> list[NoticeDelivered]:
    rows = await office.rows(
        "SELECT payload FROM kit.outbox WHERE name = 'notifications.NoticeDelivered' ORDER BY position"
    )
    return [decode(NoticeDelivered, row["payload"]) for row in rows]


def notices(number: int) -> list[RenewalUpcoming]:
    return [
        replace(upcoming(notice_id=uuid7(NOON)), subscription_id=SubscriptionId(uuid7(NOON))) for _ in range(number)
    ]


async def test_a_notice_that_was_handed_over_is_told_once(office: Office) -> None:
    event = upcoming(notice_id=NOTICE)
    await office.say(event, event)
    office.clock.advance(timedelta(seconds=3))
    await office.work()
    await office.say(event)
    await office.work()

    assert await delivered(office) == [
        NoticeDelivered(notice_id=NOTICE, user_id=VIEWER, delivered_at=NOON + timedelta(seconds=3))
    ]


async def test_what_nobody_waits_for_is_told_to_nobody(office: Office) -> None:
    await office.say(upcoming(), renewed())
    await office.work()

    assert await delivered(office) == []


async def test_a_notice_that_waits_is_told_when_it_is_handed_over(office: Office) -> None:
    office.mailer.deferred.add("viewer@example.org")
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()
    told_meanwhile = await delivered(office)
    office.mailer.deferred.clear()
    office.clock.advance(timedelta(minutes=1))
    await office.work()

    assert told_meanwhile == []
    assert [one.notice_id for one in await delivered(office)] == [NOTICE]


async def test_a_notice_that_is_refused_is_never_told(office: Office) -> None:
    office.mailer.refused.add("viewer@example.org")
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "failed")]
    assert await delivered(office) == []


async def test_a_notice_to_nobody_is_never_told(office: Office) -> None:
    office.people.forget(VIEWER)
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped")]
    assert await delivered(office) == []


async def test_a_notice_that_is_overtaken_or_late_is_never_told(office: Office) -> None:
    await office.say(upcoming(notice_id=NOTICE), method_agreed())
    await office.work()
    await office.say(upcoming(notice_id=uuid7(NOON), charge_at=NOON))
    await office.work()

    assert await office.standing() == [
        ("renewal_upcoming", "skipped"),
        ("method_agreed", "sent"),
        ("renewal_upcoming", "skipped"),
    ]
    assert await delivered(office) == []


async def test_another_method_for_the_same_moment_is_another_notice(office: Office) -> None:
    first, second = uuid7(NOON), uuid7(NOON)
    await office.say(upcoming(notice_id=first))
    await office.work()
    await office.say(method_agreed())
    await office.say(upcoming(notice_id=second, method_title="Bank card *1111"))
    await office.work()

    assert [one.notice_id for one in await delivered(office)] == [first, second]
    assert len([mail for mail in office.mailer.mails if "*1111" in mail.text]) == 2


async def test_a_notice_whose_record_was_lost_is_told_after_the_next_try(db: Database, clock: ManualClock) -> None:
    office = await open_office(db, clock, mailer=DyingMailer())
    await office.say(upcoming(notice_id=NOTICE))
    await office.hear()
    with pytest.raises(Killed):
        await office.send()
    told_after_crash = await delivered(office)
    clock.advance(LEASE)
    await office.work()

    assert told_after_crash == []
    assert [one.notice_id for one in await delivered(office)] == [NOTICE]


async def test_a_worker_that_was_overtaken_leaves_it_to_the_other_to_tell(db: Database, clock: ManualClock) -> None:
    slow = SlowMailer()
    office = await open_office(db, clock, mailer=slow, concurrency=1)
    slow.rival = office
    await office.say(upcoming(notice_id=NOTICE))
    await office.hear()

    await office.send()
    slow.may_rival_end.set()
    assert slow.rivals_work is not None
    await slow.rivals_work

    assert await office.standing() == [("renewal_upcoming", "queued")]
    assert await delivered(office) == []


@pytest.mark.parametrize("number", [1, 40])
async def test_the_notices_of_a_batch_are_told_in_one_statement(db: Database, clock: ManualClock, number: int) -> None:
    events = notices(number)
    async with counting(db) as (counted, asked):
        office = await open_office(counted, clock, concurrency=40)
        await office.say(*events)
        await office.hear()
        asked.clear()
        await office.send()
        published = [statement for statement in asked if "INSERT INTO kit.outbox" in statement]
        told = await delivered(office)

    assert len(published) == 1
    assert {one.notice_id for one in told} == {event.notice_id for event in events}


async def test_a_notice_that_cannot_be_written_is_postponed_alone(office: Office) -> None:
    spoiled, *others = notices(5)
    await office.say(spoiled, *others)
    await office.hear()
    async with office.db.write() as tx:
        await tx.execute(SPOIL, str(spoiled.notice_id))
    await office.work()
    told_meanwhile = {one.notice_id for one in await delivered(office)}
    standing_meanwhile = await office.standing()
    [unwritten] = await office.rows("SELECT result, detail FROM notifications.attempts WHERE result <> 'accepted'")
    async with office.db.write() as tx:
        await tx.execute(MEND, {"ru": "Месяц кино", "en": "A month of films"})
    office.clock.advance(timedelta(minutes=1))
    await office.work()

    assert told_meanwhile == {one.notice_id for one in others}
    assert standing_meanwhile == [("renewal_upcoming", "queued")] + [("renewal_upcoming", "sent")] * 4
    assert unwritten["result"] == "deferred"
    assert unwritten["detail"].startswith(
        "ValidationError: 1 validation error for RenewalUpcoming title Field required"
    )
    assert {one.notice_id for one in await delivered(office)} == {one.notice_id for one in (spoiled, *others)}


async def test_a_notice_that_can_never_be_written_is_given_up_and_never_told(db: Database, clock: ManualClock) -> None:
    office = await open_office(db, clock, retry_days=1)
    await office.say(upcoming(notice_id=NOTICE))
    await office.hear()
    async with db.write() as tx:
        await tx.execute(SPOIL, str(NOTICE))
    for _ in range(60):
        await office.work()
        clock.advance(timedelta(minutes=30))

    assert await office.standing() == [("renewal_upcoming", "failed")]
    assert await delivered(office) == []


@pytest.mark.parametrize("zone", ["US/Pacific-New", "Mars/Olympus", "America", ""])
async def test_a_zone_that_is_gone_keeps_no_mail_back(office: Office, zone: str) -> None:
    office.people.set(make_contact(time_zone=zone))
    await office.say(upcoming(notice_id=NOTICE))
    await office.work()

    [mail] = office.mailer.mails
    assert "15 февраля 2026 г. в 09:00 (GMT)" in mail.text
    assert [one.notice_id for one in await delivered(office)] == [NOTICE]
