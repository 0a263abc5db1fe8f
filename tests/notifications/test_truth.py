"""Nothing untrue is told, in whatever order facts are heard and whatever becomes of a try."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cinema.contracts.enums import EndedReason, RenewalReason
from cinema.contracts.ids import OrderId, RefundId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import replay
from cinema.notifications.domain.mail import Answer, Deferred, Mail
from cinema.notifications.mailers import MemoryMailer
from notifications.facts import (
    MONTH,
    NOON,
    activated,
    canceled,
    checkout_failed,
    ended,
    ending,
    film_paid,
    method_agreed,
    refund_asked,
    refund_failed,
    refunded,
    renewal_failed,
    renewed,
    restored,
    stopped,
    undone,
    upcoming,
)
from notifications.office import LEASE, DyingMailer, Killed, Office, open_office


async def test_a_renewal_that_will_not_happen_is_not_announced(office: Office) -> None:
    await office.say(upcoming())
    await office.say(canceled())
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
    mailer.office, mailer.fact = office, canceled()
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
    async with office.db.write() as tx:
        await tx.execute(
            "UPDATE kit.inbox SET status = 'parked' WHERE position = (SELECT min(position) FROM kit.inbox)"
        )
    await office.work()
    await replay(office.db, now=office.clock.now())
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped"), ("subscription_ended", "sent")]
    assert len(office.mailer.mails) == 1


async def test_what_is_heard_late_takes_nothing_back_that_is_newer(office: Office) -> None:
    office.mailer.deferred.add("viewer@example.org")
    await office.say(upcoming())
    office.clock.advance(timedelta(seconds=1))
    await office.say(upcoming(charge_at=NOON + timedelta(days=40)))
    async with office.db.write() as tx:
        await tx.execute(
            "UPDATE kit.inbox SET status = 'parked' WHERE position = (SELECT min(position) FROM kit.inbox)"
        )
    await office.work()
    await replay(office.db, now=office.clock.now())
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "skipped"), ("renewal_upcoming", "queued")]


@pytest.mark.parametrize(
    "paid", [activated(), renewed(), film_paid()], ids=lambda event: event.name().partition(".")[2]
)
async def test_a_failed_checkout_is_not_told_after_its_order_was_paid(office: Office, paid: Event) -> None:
    office.mailer.deferred.add("viewer@example.org")
    await office.say(checkout_failed())
    await office.work()
    office.mailer.deferred.clear()
    office.clock.advance(timedelta(minutes=1))
    await office.say(paid)
    await office.hear()
    await office.work()

    assert [status for _, status in await office.standing()] == ["skipped", "sent"]
    assert len(office.mailer.mails) == 1


async def test_a_failed_checkout_is_told_after_another_order_was_paid(office: Office) -> None:
    await office.say(checkout_failed(order_id=OrderId(uuid7(NOON))))
    office.clock.advance(timedelta(minutes=1))
    await office.say(activated())
    await office.hear()
    await office.work()

    assert [status for _, status in await office.standing()] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("untrue", "truth"),
    [
        (canceled(), ended(reason=EndedReason.REFUNDED)),
        (undone(), ended(reason=EndedReason.REFUNDED)),
        (undone(), canceled()),
        (canceled(), undone()),
        (upcoming(), upcoming(charge_at=NOON + timedelta(days=40))),
        (renewal_failed(), renewal_failed(attempt=2)),
        (renewal_failed(), canceled()),
        (upcoming(), method_agreed()),
        (upcoming(), stopped()),
        (stopped(), method_agreed()),
        (stopped(), restored()),
        (ending(), renewed()),
        (method_agreed(), stopped()),
        (refund_asked(), refund_failed()),
        (refund_asked(), refunded()),
        (refund_failed(), refunded()),
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


async def test_what_becomes_of_one_refund_says_nothing_of_another_of_the_same_order(office: Office) -> None:
    await office.say(
        refund_failed(refund_id=RefundId(uuid7(NOON))), refund_asked(refund_id=RefundId(uuid7(NOON))), refunded()
    )
    await office.work()

    assert [status for _, status in await office.standing()] == ["sent", "sent", "sent"]


async def test_an_end_is_not_announced_after_its_time(office: Office) -> None:
    await office.say(stopped(), ending(), restored())
    await office.hear()
    office.clock.advance(MONTH)
    await office.work()

    assert [status for _, status in await office.standing()] == ["skipped", "skipped", "skipped"]
    assert list(office.mailer.mails) == []


async def test_that_money_is_on_its_way_stops_a_renewal_whenever_it_is_told(office: Office) -> None:
    await office.say(stopped(reason=RenewalReason.REFUND_REQUESTED))
    await office.hear()
    office.clock.advance(MONTH)
    await office.work()

    assert await office.standing() == [("renewal_stopped", "sent")]


async def test_what_is_sent_stays_sent(office: Office) -> None:
    await office.say(upcoming())
    await office.work()
    await office.say(canceled())
    await office.work()

    assert await office.standing() == [("renewal_upcoming", "sent"), ("cancellation_scheduled", "sent")]
