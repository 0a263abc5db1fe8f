"""Notifications as a whole, stepped by hand."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database, Row
from cinema.kit.events import Event
from cinema.kit.jobs import Job, drain
from cinema.kit.migrate import declare
from cinema.kit.module import Module
from cinema.kit.outbox import publish
from cinema.kit.texts import Texts
from cinema.kit.worker import jobs_of
from cinema.main.website import LOCALE
from cinema.notifications.domain.mail import Accepted, Answer, Deferred, Mail
from cinema.notifications.mailers import Mailer, MemoryMailer
from cinema.notifications.module import build
from cinema.notifications.service.sending import LEASE_MARGIN
from cinema.notifications.settings import NotificationsSettings
from notifications.facts import People, make_contact

TEXTS = Texts(LOCALE)
LEASE = timedelta(seconds=30) + LEASE_MARGIN

SETTINGS = {
    "url": "smtp://127.0.0.1:1",
    "from_address": "mail@cinema.example.org",
    "site_url": "https://cinema.example.org",
}


def make_settings(**more: Any) -> NotificationsSettings:
    return NotificationsSettings(_env_file=None, **(SETTINGS | more))


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    db: Database
    clock: ManualClock
    people: People
    mailer: MemoryMailer
    module: Module
    jobs: list[Job]

    async def say(self, *events: Event) -> None:
        """Publishes events, as other contexts would."""
        async with self.db.write() as tx:
            await publish(tx, *events, now=self.clock.now())

    async def work(self) -> None:
        """Does all that is due."""
        await drain(self.jobs, waker=self.db.pools.waker)

    async def hear(self) -> None:
        """Does all that is due but sending."""
        await drain([job for job in self.jobs if job.name != "notifications.send"], waker=self.db.pools.waker)

    async def send(self) -> int:
        """Sends what is due."""
        [job] = [job for job in self.module.jobs if job.name == "notifications.send"]
        return await job.run()

    async def rows(self, sql: str, *values: object) -> list[Row]:
        async with self.db.read() as tx:
            return await tx.all(sql, *values)

    async def standing(self) -> list[tuple[str, str]]:
        """Kind and status of every message, in the order in which the facts were published."""
        rows = await self.rows(
            """SELECT m.kind, m.status FROM notifications.messages AS m JOIN kit.outbox AS o USING (event_id)
               ORDER BY o.position"""
        )
        return [(row["kind"], row["status"]) for row in rows]

    async def results(self) -> list[str]:
        """How every try ended."""
        rows = await self.rows("SELECT result FROM notifications.attempts ORDER BY message_id, number")
        return [row["result"] for row in rows]

    async def violations(self) -> list[str]:
        found: list[str] = []
        async with self.db.read() as tx:
            for invariant in self.module.invariants:
                found += await invariant.find(tx)
        return found


async def open_office(db: Database, clock: ManualClock, *, mailer: Mailer | None = None, **settings: Any) -> Office:
    people = People(make_contact())
    memory = MemoryMailer()
    chosen = make_settings(**settings)
    mails_by = mailer or memory
    module = build(db=db, clock=clock, contacts=people, texts=TEXTS, settings=chosen, mailer=mails_by).module
    await declare([module], db=db, clock=clock)
    jobs = jobs_of([module], db=db, clock=clock)
    return Office(db=db, clock=clock, people=people, mailer=memory, module=module, jobs=jobs)


class Killed(BaseException):
    """The process is gone."""


@dataclass(kw_only=True)
class DyingMailer:
    """Hands the mail over and dies before anybody can note it, at the ``dies_at``-th one."""

    inner: MemoryMailer = field(default_factory=MemoryMailer)
    dies_at: int = 1

    async def send(self, mail: Mail) -> Answer:
        answer = await self.inner.send(mail)
        if len(self.inner.mails) == self.dies_at:
            raise Killed
        return answer


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
