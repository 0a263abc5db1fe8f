"""Sending in three steps: claim (a short transaction), hand over (none open), record (a shared transaction).

A mail is handed over at least once, each time with the same Message-ID: what a process
had under way when it was killed is sent again when the lease ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from cinema.contracts.enums import MessageStatus, SendingResult
from cinema.contracts.identity import Contact, Contacts
from cinema.kit.clock import Clock
from cinema.kit.commits import SharedCommits
from cinema.kit.db import Database, Tx
from cinema.kit.events import decode
from cinema.kit.jobs import work_through
from cinema.kit.outbox import publish
from cinema.kit.texts import Texts
from cinema.notifications import store
from cinema.notifications.domain.mail import Accepted, Answer, Deferred, Mail, Refused, without_addresses
from cinema.notifications.domain.message import Message, Outcome, Tried, masked, settled
from cinema.notifications.domain.told import BY_NAME, heard_by_others, values
from cinema.notifications.mailers import Mailer
from cinema.notifications.service.rendering import Renderer
from cinema.notifications.settings import NotificationsSettings

LEASE_MARGIN = timedelta(seconds=60)
"""How much longer than the mail server's time a message stays claimed."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """A message that is being sent, and how to reach its user; None: there is no such user any more."""

    message: Message
    contact: Contact | None


class Sending:
    """Sends what is due, in any number of workers."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        contacts: Contacts,
        mailer: Mailer,
        renderer: Renderer,
        texts: Texts,
        settings: NotificationsSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._contacts = contacts
        self._mailer = mailer
        self._renderer = renderer
        self._texts = texts
        self._settings = settings
        self._commits = SharedCommits[Tried, bool](db, record, batch=settings.concurrency)

    async def run(self) -> int:
        """Sends due messages, some at a time, until there are none; returns how many were tried.

        What is claimed is handed over at once, so that no lease runs out in a queue.
        """
        return await work_through(self._claim, self._send, size=self._settings.concurrency)

    async def _claim(self, limit: int) -> list[Addressed]:
        lease = timedelta(seconds=self._settings.timeout_s) + LEASE_MARGIN
        async with self._db.write() as tx:
            messages = await store.claim(tx, now=tx.now, lease_until=tx.now + lease, limit=limit)
        if not messages:
            return []
        contacts = await self._contacts.contacts({message.user_id for message in messages})
        return [Addressed(message=message, contact=contacts.get(message.user_id)) for message in messages]

    async def _send(self, addressed: Addressed) -> None:
        message = addressed.message
        outcome = await self._try(message, addressed.contact)
        now = self._clock.now()
        settlement = settled(message, outcome.result, retry_for=self._settings.retry_for, now=now)
        tried = Tried(message=message, outcome=outcome, settlement=settlement, ended_at=now)
        is_ours = await self._commits.write(tried)
        log.info(
            "message.tried",
            message_id=str(message.message_id),
            kind=message.kind.value,
            attempt=message.attempt,
            result=outcome.result.value,
            status=settlement.status.value if is_ours else "taken by another",
            detail=outcome.detail,
        )

    async def _try(self, message: Message, contact: Contact | None) -> Outcome:
        if message.overtaken_by is not None:
            return Outcome(result=SendingResult.DROPPED, detail=f"overtaken by {message.overtaken_by}")
        if message.useful_until is not None and message.useful_until <= self._clock.now():
            return Outcome(result=SendingResult.DROPPED, detail="its time is over")
        if contact is None:
            return Outcome(result=SendingResult.DROPPED, detail="there is no such user any more")
        try:
            mail = self._mail(message, contact)
        except Exception as error:  # whatever a template does wrong is kept with its message, and tried again
            log.exception("message.unwritten", message_id=str(message.message_id), kind=message.kind.value)
            return Outcome(result=SendingResult.DEFERRED, detail=without_addresses(f"{type(error).__name__}: {error}"))
        answer = await self._mailer.send(mail)
        return replace(_outcome(answer), subject=mail.subject, language=contact.language, address=masked(contact.email))

    def _mail(self, message: Message, contact: Contact) -> Mail:
        event = decode(BY_NAME[message.event_name].event, message.facts)
        given = values(
            event,
            contact=contact,
            words=self._texts.of(contact.language.value),
            site=self._settings.site,
            occurred_at=message.occurred_at,
        )
        rendered = self._renderer.render(kind=message.kind, language=contact.language, values=given)
        return Mail(
            message_id=f"{message.message_id}@{self._settings.from_address.rpartition('@')[2]}",
            sender_name=self._settings.from_name,
            sender_address=self._settings.from_address,
            to=contact.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            language=contact.language,
            date=self._clock.now(),
        )


async def record(tx: Tx, tried: Sequence[Tried]) -> list[bool]:
    """Records how tries ended, and tells who waits for it what was handed over; returns what `store.settle` does."""
    ours = await store.settle(tx, tried)
    handed_over = [
        heard_by_others(one.message, at=one.ended_at)
        for one, is_ours in zip(tried, ours, strict=True)
        if is_ours and one.settlement.status is MessageStatus.SENT
    ]
    await publish(tx, *(event for event in handed_over if event is not None))
    return ours


def _outcome(answer: Answer) -> Outcome:
    results = {Accepted: SendingResult.ACCEPTED, Deferred: SendingResult.DEFERRED, Refused: SendingResult.REFUSED}
    return Outcome(result=results[type(answer)], detail=without_addresses(answer.detail))
