"""Sending in three steps: claim (a short transaction), hand over (none open), record (a short transaction)."""

from dataclasses import replace
from datetime import timedelta

import structlog

from cinema.contracts.identity import Contact, Contacts, UserNotFound
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.events import decode
from cinema.kit.jobs import work_off
from cinema.notifications import store
from cinema.notifications.domain.mail import Accepted, Answer, Deferred, Mail, Refused, without_addresses
from cinema.notifications.domain.message import Message, Outcome, Result, masked, settled
from cinema.notifications.domain.told import BY_NAME, values
from cinema.notifications.mailers import Mailer
from cinema.notifications.service.rendering import Renderer
from cinema.notifications.settings import NotificationsSettings

LEASE_MARGIN = timedelta(seconds=60)
"""How much longer than the mail server's time a message stays claimed."""

log = structlog.get_logger()


class Sending:
    """Sends what is due. Any number of workers may."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        contacts: Contacts,
        mailer: Mailer,
        renderer: Renderer,
        settings: NotificationsSettings,
    ) -> None:
        self._db = db
        self._clock = clock
        self._contacts = contacts
        self._mailer = mailer
        self._renderer = renderer
        self._settings = settings

    async def run(self) -> int:
        """Tries one batch of due messages; returns how many there were.

        A batch is what is handed over at once, so that no lease runs out in the queue.
        """
        return await work_off(self._claim, self._send, concurrency=self._settings.concurrency)

    async def _claim(self) -> list[Message]:
        now = self._clock.now()
        lease_until = now + timedelta(seconds=self._settings.timeout_s) + LEASE_MARGIN
        async with self._db.write() as tx:
            return await store.claim(tx, now=now, lease_until=lease_until, limit=self._settings.concurrency)

    async def _send(self, message: Message) -> None:
        outcome = await self._try(message)
        now = self._clock.now()
        settlement = settled(message, outcome.result, retry_for=self._settings.retry_for, now=now)
        is_ours = await self._db.transact(
            lambda tx: store.settle(tx, message=message, outcome=outcome, settlement=settlement, now=now)
        )
        log.info(
            "message.tried",
            message_id=str(message.message_id),
            kind=message.kind.value,
            attempt=message.attempt,
            result=outcome.result.value,
            status=settlement.status.value if is_ours else "taken by another",
            detail=outcome.detail,
        )

    async def _try(self, message: Message) -> Outcome:
        if message.overtaken_by is not None:
            return Outcome(result=Result.DROPPED, detail=f"overtaken by {message.overtaken_by}")
        if message.useful_until is not None and message.useful_until <= self._clock.now():
            return Outcome(result=Result.DROPPED, detail="its time is over")
        try:
            contact = await self._contacts.contact(message.user_id)
        except UserNotFound:
            return Outcome(result=Result.DROPPED, detail="there is no such user any more")
        try:
            mail = self._mail(message, contact)
        except Exception as error:  # whatever a template does wrong is kept with its message, and tried again
            log.exception("message.unwritten", message_id=str(message.message_id), kind=message.kind.value)
            return Outcome(result=Result.DEFERRED, detail=f"{type(error).__name__}: {error}"[:500])
        answer = await self._mailer.send(mail)
        return replace(_outcome(answer), subject=mail.subject, language=contact.language, address=masked(contact.email))

    def _mail(self, message: Message, contact: Contact) -> Mail:
        event = decode(BY_NAME[message.event_name].event, message.facts)
        rendered = self._renderer.render(
            kind=message.kind,
            language=contact.language,
            values=values(event, contact=contact, site=self._settings.site, occurred_at=message.occurred_at),
        )
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


def _outcome(answer: Answer) -> Outcome:
    results = {Accepted: Result.ACCEPTED, Deferred: Result.DEFERRED, Refused: Result.REFUSED}
    return Outcome(result=results[type(answer)], detail=without_addresses(answer.detail))
