"""Messages from the event to the mail server: once, in time, truthfully, at least once over the wire."""

import asyncio
from datetime import timedelta

import pytest

from cinema.contracts.enums import EndedReason
from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.notifications.domain.message import PAUSE_MAX, pause
from notifications.facts import (
    NOON,
    VIEWER,
    activated,
    canceled,
    checkout_failed,
    ended,
    make_contact,
    registered,
    registration_repeated,
    renewal_failed,
    samples,
    undone,
)
from notifications.office import LEASE, DyingMailer, Killed, Office, SlowMailer, open_office


async def test_every_fact_that_people_are_told_of_becomes_one_mail(office: Office) -> None:
    for event in samples():
        await office.say(event)
        await office.work()

    assert [kind for kind, _ in await office.standing()] == [
        "welcome",
        "registration_repeated",
        "subscription_activated",
        "film_paid",
        "renewal_upcoming",
        "subscription_renewed",
        "renewal_failed",
        "checkout_failed",
        "cancellation_scheduled",
        "cancellation_undone",
        "method_agreed",
        "renewal_stopped",
        "renewal_restored",
        "subscription_ending",
        "refund_requested",
        "refund_failed",
        "order_refunded",
        "subscription_ended",
    ]
    assert {status for _, status in await office.standing()} == {"sent"}
    assert len(office.mailer.mails) == 18
    assert {mail.to for mail in office.mailer.mails} == {"viewer@example.org"}


async def test_a_subscription_that_was_never_paid_ends_without_a_mail(office: Office) -> None:
    await office.say(ended(reason=EndedReason.NEVER_PAID))
    await office.work()

    assert await office.standing() == []
    assert list(office.mailer.mails) == []


async def test_a_fact_that_is_published_twice_is_told_once(office: Office) -> None:
    await office.say(activated(), activated())
    await office.work()
    await office.say(activated())
    await office.work()

    assert await office.standing() == [("subscription_activated", "sent")]
    assert len(office.mailer.mails) == 1


async def test_an_event_that_is_delivered_twice_is_told_once(office: Office) -> None:
    await office.say(canceled())
    await office.work()
    async with office.db.write() as tx:
        await tx.execute("UPDATE kit.inbox SET status = 'waiting', handled_at = NULL")
    await office.work()

    assert await office.standing() == [("cancellation_scheduled", "sent")]
    assert len(office.mailer.mails) == 1


async def test_a_viewer_who_cancels_twice_is_told_twice(office: Office) -> None:
    for event in (canceled(), undone(), canceled()):
        await office.say(event)
        await office.work()

    assert await office.standing() == [
        ("cancellation_scheduled", "sent"),
        ("cancellation_undone", "sent"),
        ("cancellation_scheduled", "sent"),
    ]


async def test_nobody_can_have_a_mailbox_filled_by_signing_up_again_and_again(office: Office) -> None:
    for _ in range(20):
        await office.say(registration_repeated(at=office.clock.now()))
        office.clock.advance(timedelta(hours=1))
        await office.work()

    assert await office.standing() == [("registration_repeated", "sent")] * 2
    assert len(office.mailer.mails) == 2


async def test_each_try_of_a_renewal_is_a_fact_of_its_own(office: Office) -> None:
    for attempt in (1, 2, 2):
        await office.say(renewal_failed(attempt=attempt))
        await office.work()

    assert await office.standing() == [("renewal_failed", "sent"), ("renewal_failed", "sent")]


async def test_the_address_and_the_language_are_asked_for_when_the_mail_is_sent(office: Office) -> None:
    await office.say(activated())
    await office.hear()
    office.people.set(make_contact(email="moved@example.org", language=Language.EN))
    await office.work()

    [mail] = office.mailer.mails
    assert mail.to == "moved@example.org"
    assert mail.subject == "Payment received: A month of films, RUB\N{NO-BREAK SPACE}399.00"


async def test_no_table_keeps_an_address(office: Office) -> None:
    office.mailer.refused.add("viewer@example.org")
    await office.say(activated())
    await office.work()

    kept = await office.rows(
        """SELECT row_to_json(m)::text AS text FROM notifications.messages AS m
           UNION ALL SELECT row_to_json(a)::text FROM notifications.attempts AS a"""
    )
    assert len(kept) == 2
    assert [row["text"] for row in kept if "viewer@" in row["text"]] == []
    [attempt] = await office.rows("SELECT address, detail FROM notifications.attempts")
    assert (attempt["address"], attempt["detail"]) == ("v***@example.org", "550 no such mailbox: v***@example.org")


# Trouble on the way


async def test_a_mail_that_cannot_be_handed_over_now_is_tried_again(office: Office) -> None:
    office.mailer.deferred.add("viewer@example.org")
    await office.say(activated())
    await office.work()
    standing_meanwhile = await office.standing()
    [waiting] = await office.rows("SELECT next_attempt_at, reason FROM notifications.messages")
    office.mailer.deferred.clear()
    office.clock.advance(timedelta(seconds=59))
    await office.work()
    mails_too_early = len(office.mailer.mails)
    office.clock.advance(timedelta(seconds=1))
    await office.work()

    assert standing_meanwhile == [("subscription_activated", "queued")]
    assert waiting["next_attempt_at"] == NOON + timedelta(minutes=1)
    assert waiting["reason"] == "451 try again later"
    assert mails_too_early == 0
    assert len(office.mailer.mails) == 1
    assert await office.standing() == [("subscription_activated", "sent")]
    assert await office.results() == ["deferred", "accepted"]


async def test_a_mail_is_given_up_after_some_days_and_kept(db: Database, clock: ManualClock) -> None:
    office = await open_office(db, clock, retry_days=1)
    office.mailer.deferred.add("viewer@example.org")
    await office.say(activated())
    for _ in range(100):
        await office.work()
        office.clock.advance(timedelta(minutes=30))

    [message] = await office.rows("SELECT * FROM notifications.messages")
    assert (message["status"], message["reason"]) == ("failed", "451 try again later")
    assert message["updated_at"] == NOON + timedelta(days=1)
    assert await office.results() == ["deferred"] * message["attempts"]
    assert list(office.mailer.mails) == []


async def test_a_message_that_comes_late_to_its_first_try_is_tried(office: Office) -> None:
    await office.say(activated())
    await office.hear()
    office.clock.advance(timedelta(days=40))
    await office.work()

    assert await office.standing() == [("subscription_activated", "sent")]


def test_pauses_grow_to_six_hours() -> None:
    minutes = [pause(attempts).total_seconds() / 60 for attempts in range(1, 12)]

    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]
    assert pause(100_000) == PAUSE_MAX


async def test_a_mail_that_is_refused_is_not_tried_again(office: Office) -> None:
    office.mailer.refused.add("viewer@example.org")
    await office.say(activated())
    await office.work()
    office.mailer.refused.clear()
    office.clock.advance(timedelta(days=30))
    await office.work()

    assert await office.standing() == [("subscription_activated", "failed")]
    assert await office.results() == ["refused"]
    assert list(office.mailer.mails) == []


async def test_one_address_in_trouble_holds_up_nobody_else(office: Office) -> None:
    office.people.set(make_contact(email="full@example.org"))
    office.mailer.deferred.add("full@example.org")
    await office.say(activated())
    await office.work()
    office.people.set(make_contact(email="viewer@example.org"))
    await office.say(checkout_failed())
    await office.work()

    assert await office.standing() == [("subscription_activated", "queued"), ("checkout_failed", "sent")]


async def test_a_user_who_is_gone_gets_no_mail(office: Office) -> None:
    await office.say(activated())
    await office.hear()
    office.people.forget(VIEWER)
    await office.work()

    [message] = await office.rows("SELECT status, reason FROM notifications.messages")
    assert (message["status"], message["reason"]) == ("skipped", "there is no such user any more")
    assert list(office.mailer.mails) == []


# At least once over the wire, recognisable by the receiver


async def test_after_a_crash_between_sending_and_noting_the_same_mail_goes_out_again(
    db: Database, clock: ManualClock
) -> None:
    dying = DyingMailer()
    office = await open_office(db, clock, mailer=dying)
    await office.say(activated())
    await office.hear()
    with pytest.raises(Killed):
        await office.send()
    standing_after_crash = await office.standing()
    clock.advance(LEASE - timedelta(seconds=1))
    tried_under_lease = await office.send()
    clock.advance(timedelta(seconds=1))
    await office.work()

    assert standing_after_crash == [("subscription_activated", "sending")]
    assert tried_under_lease == 0
    assert await office.standing() == [("subscription_activated", "sent")]
    assert await office.results() == ["lost", "accepted"]
    first, second = dying.inner.mails
    assert first.message_id == second.message_id


async def test_a_lost_answer_leads_to_the_same_mail_again(office: Office) -> None:
    office.mailer.lost_answers = 1
    await office.say(activated())
    await office.work()
    office.clock.advance(timedelta(minutes=1))
    await office.work()

    first, second = office.mailer.mails
    assert first.message_id == second.message_id
    assert await office.standing() == [("subscription_activated", "sent")]


async def test_two_messages_have_two_ids(office: Office) -> None:
    await office.say(activated(), checkout_failed())
    await office.work()

    assert len({mail.message_id for mail in office.mailer.mails}) == 2


async def test_a_worker_that_was_overtaken_leaves_the_record_to_the_other(db: Database, clock: ManualClock) -> None:
    slow = SlowMailer()
    office = await open_office(db, clock, mailer=slow, concurrency=1)
    slow.rival = office
    await office.say(activated())
    await office.hear()

    await office.send()
    standing_between = (await office.standing(), await office.results())
    slow.may_rival_end.set()
    assert slow.rivals_work is not None
    await slow.rivals_work

    assert standing_between == ([("subscription_activated", "sending")], ["lost"])
    assert await office.standing() == [("subscription_activated", "queued")]
    assert await office.results() == ["lost", "deferred"]


async def test_two_workers_at_once_send_each_mail_once(office: Office) -> None:
    await office.say(activated(), checkout_failed(), canceled(), registered())
    await office.hear()

    await asyncio.gather(office.send(), office.send(), office.send())

    assert len(office.mailer.mails) == 4
    assert await office.results() == ["accepted"] * 4
