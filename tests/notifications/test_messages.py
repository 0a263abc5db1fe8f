"""Messages from the event to the mail server: once, in time, truthfully, at least once over the wire."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cinema.contracts.billing import EndedReason
from cinema.contracts.text import Language
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.events import Event
from cinema.kit.inbox import replay
from cinema.notifications.domain.mail import Accepted, Answer, Deferred, Mail
from cinema.notifications.domain.message import PAUSE_MAX, pause
from cinema.notifications.mailers import MemoryMailer
from cinema.notifications.service.queueing import Queueing
from cinema.notifications.service.sending import LEASE_MARGIN
from notifications.facts import (
    NOON,
    VIEWER,
    activated,
    cancelled,
    checkout_failed,
    ended,
    make_contact,
    registered,
    registration_repeated,
    renewal_failed,
    renewed,
    samples,
    undone,
    upcoming,
)
from notifications.office import Office, open_office

LEASE = timedelta(seconds=30) + LEASE_MARGIN


async def test_every_fact_that_people_are_told_of_becomes_one_mail(office: Office) -> None:
    for event in samples():
        await office.say(event)
        await office.work()

    assert [kind for kind, _ in await office.standing()] == [
        "welcome",
        "registration_repeated",
        "subscription_activated",
        "renewal_upcoming",
        "subscription_renewed",
        "renewal_failed",
        "checkout_failed",
        "cancellation_scheduled",
        "cancellation_undone",
        "order_refunded",
        "subscription_ended",
    ]
    assert {status for _, status in await office.standing()} == {"sent"}
    assert len(office.mailer.mails) == 11
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
    await office.say(cancelled())
    await office.work()
    async with office.db.write() as tx:
        await tx.execute("UPDATE kit.inbox SET status = 'waiting', handled_at = NULL")
    await office.work()

    assert await office.standing() == [("cancellation_scheduled", "sent")]
    assert len(office.mailer.mails) == 1


async def test_who_cancels_twice_is_told_twice(office: Office) -> None:
    for event in (cancelled(), undone(), cancelled()):
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


async def test_no_message_is_made_of_what_was_never_published(office: Office) -> None:
    queueing = Queueing(clock=office.clock)
    with pytest.raises(LookupError, match="without having been published"):
        async with office.db.write() as tx:
            await queueing.tell(tx, registered())
    async with office.db.write() as tx:
        tx.cause = VIEWER  # an id, but of no event
        with pytest.raises(LookupError, match="was never published"):
            await queueing.tell(tx, registered())

    assert await office.standing() == []


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


async def test_who_is_gone_gets_no_mail(office: Office) -> None:
    await office.say(activated())
    await office.hear()
    office.people.forget(VIEWER)
    await office.work()

    [message] = await office.rows("SELECT status, reason FROM notifications.messages")
    assert (message["status"], message["reason"]) == ("skipped", "there is no such user any more")
    assert list(office.mailer.mails) == []


async def test_a_mail_that_cannot_be_written_is_kept_and_tried_again(office: Office) -> None:
    office.people.set(make_contact(time_zone="Mars/Olympus"))
    await office.say(activated())
    await office.work()
    standing_meanwhile = await office.standing()
    [attempt] = await office.rows("SELECT result, detail FROM notifications.attempts")
    office.people.set(make_contact())
    office.clock.advance(timedelta(minutes=1))
    await office.work()

    assert standing_meanwhile == [("subscription_activated", "queued")]
    assert attempt["result"] == "deferred"
    assert attempt["detail"].startswith("ZoneInfoNotFoundError:")
    assert await office.standing() == [("subscription_activated", "sent")]


# At least once over the wire, recognisable by the receiver


class Killed(BaseException):
    """The process is gone."""


@dataclass(kw_only=True)
class DyingMailer:
    """Hands the mail over and dies before anybody can note it, ``deaths`` times."""

    inner: MemoryMailer = field(default_factory=MemoryMailer)
    deaths: int = 1

    async def send(self, mail: Mail) -> Answer:
        answer = await self.inner.send(mail)
        if self.deaths:
            self.deaths -= 1
            raise Killed
        return answer


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


@dataclass(kw_only=True)
class SlowMailer:
    """Its first mail takes longer than the lease: another worker has taken the message before it is done."""

    rival: Office | None = None
    rivals_work: asyncio.Task[int] | None = None
    has_rival_begun: asyncio.Event = field(default_factory=asyncio.Event)
    may_rival_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, mail: Mail) -> Answer:
        if self.rivals_work is None:
            assert self.rival is not None
            self.rival.clock.advance(LEASE)
            self.rivals_work = asyncio.create_task(self.rival.send())
            await self.has_rival_begun.wait()
            return Accepted(detail=f"{mail.message_id} kept at last")
        self.has_rival_begun.set()
        await self.may_rival_end.wait()
        return Deferred(detail="busy")


async def test_a_worker_that_was_overtaken_leaves_the_record_to_the_other(db: Database, clock: ManualClock) -> None:
    slow = SlowMailer()
    office = await open_office(db, clock, mailer=slow)
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
    await office.say(activated(), checkout_failed(), cancelled(), registered())
    await office.hear()

    await asyncio.gather(office.send(), office.send(), office.send())

    assert len(office.mailer.mails) == 4
    assert await office.results() == ["accepted"] * 4


# Nothing untrue is told


async def test_a_renewal_that_will_not_happen_is_not_announced(office: Office) -> None:
    await office.say(upcoming())
    await office.say(cancelled())
    await office.hear()
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped"), ("cancellation_scheduled", "sent")]
    [skipped] = await office.rows("SELECT reason FROM notifications.messages WHERE status = 'skipped'")
    assert skipped["reason"] == "overtaken by billing.CancellationScheduled"


async def test_a_renewal_is_not_announced_after_its_time(office: Office) -> None:
    await office.say(upcoming(charge_at=NOON + timedelta(days=3)))
    await office.hear()
    office.clock.advance(timedelta(days=3))
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped")]
    assert list(office.mailer.mails) == []


async def test_a_failed_payment_is_not_told_after_the_next_one_succeeded(office: Office) -> None:
    await office.say(renewal_failed())
    await office.say(renewed())
    await office.hear()
    await office.work()

    assert await office.standing() == [("renewal_failed", "skipped"), ("subscription_renewed", "sent")]


@dataclass(kw_only=True)
class OvertakenMailer:
    """While it fails to hand its first mail over, another fact is heard."""

    inner: MemoryMailer = field(default_factory=MemoryMailer)
    office: Office | None = None
    fact: Event | None = None

    async def send(self, mail: Mail) -> Answer:
        if self.office is None or self.fact is None:
            return await self.inner.send(mail)
        office, fact, self.fact = self.office, self.fact, None
        office.clock.advance(timedelta(seconds=1))
        await office.say(fact)
        await office.hear()
        return Deferred(detail="busy")


async def test_what_becomes_untrue_while_it_is_being_sent_is_not_sent_again(db: Database, clock: ManualClock) -> None:
    mailer = OvertakenMailer()
    office = await open_office(db, clock, mailer=mailer)
    mailer.office, mailer.fact = office, cancelled()
    await office.say(upcoming())
    await office.work()
    clock.advance(timedelta(minutes=1))
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped"), ("cancellation_scheduled", "sent")]
    assert len(mailer.inner.mails) == 1
    [skipped] = await office.rows("SELECT reason FROM notifications.messages WHERE status = 'skipped'")
    assert skipped["reason"] == "overtaken by billing.CancellationScheduled"


async def test_what_became_untrue_after_a_crash_is_not_sent(db: Database, clock: ManualClock) -> None:
    dying = DyingMailer()
    office = await open_office(db, clock, mailer=dying)
    await office.say(renewal_failed())
    await office.hear()
    with pytest.raises(Killed):
        await office.send()
    clock.advance(LEASE)
    await office.say(renewed())
    await office.hear()
    await office.work()

    assert await office.standing() == [("renewal_failed", "skipped"), ("subscription_renewed", "sent")]
    assert await office.results() == ["lost", "dropped", "accepted"]


async def test_a_fact_that_is_heard_after_what_overtook_it_is_not_told(office: Office) -> None:
    await office.say(upcoming())
    office.clock.advance(timedelta(seconds=1))
    await office.say(ended(reason=EndedReason.REFUNDED))
    [relay, *_] = office.jobs
    await relay.run()
    async with office.db.write() as tx:
        await tx.execute(
            "UPDATE kit.inbox SET status = 'parked' WHERE position = (SELECT min(position) FROM kit.inbox)"
        )
    await office.work()
    await replay(office.db, now=office.clock.now())
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped"), ("subscription_ended", "sent")]
    assert len(office.mailer.mails) == 1


@pytest.mark.parametrize(
    ("untrue", "truth"),
    [
        (cancelled(), ended(reason=EndedReason.REFUNDED)),
        (undone(), ended(reason=EndedReason.REFUNDED)),
        (undone(), cancelled()),
        (cancelled(), undone()),
        (upcoming(), upcoming(charge_at=NOON + timedelta(days=40))),
        (renewal_failed(), renewal_failed(attempt=2)),
        (renewal_failed(), cancelled()),
    ],
    ids=lambda event: event.name().partition(".")[2],
)
async def test_of_two_facts_that_contradict_each_other_the_later_is_told(
    office: Office, untrue: Event, truth: Event
) -> None:
    await office.say(untrue)
    await office.say(truth)
    await office.hear()
    await office.work()

    assert [status for _, status in await office.standing()] == ["skipped", "sent"]


async def test_what_is_sent_stays_sent(office: Office) -> None:
    await office.say(upcoming())
    await office.work()
    await office.say(cancelled())
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "sent"), ("cancellation_scheduled", "sent")]
