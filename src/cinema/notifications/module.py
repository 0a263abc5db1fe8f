"""Builds notifications: hears what happens, and tells the people whom it concerns."""

from dataclasses import dataclass

from cinema.contracts.identity import Contacts
from cinema.contracts.notifications import NotificationsReader
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module
from cinema.kit.texts import Texts
from cinema.notifications.consumers import GROUP, consumers
from cinema.notifications.domain.message import MESSAGES
from cinema.notifications.http import routes
from cinema.notifications.invariants import invariants
from cinema.notifications.jobs import jobs
from cinema.notifications.mailers import Mailer, SmtpMailer
from cinema.notifications.service.reading import Reader
from cinema.notifications.service.rendering import Renderer
from cinema.notifications.service.sending import Sending
from cinema.notifications.settings import NotificationsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsFacades:
    """What notifications is to others."""

    reader: NotificationsReader


def build(
    *,
    db: Database,
    clock: Clock,
    contacts: Contacts,
    texts: Texts,
    settings: NotificationsSettings,
    mailer: Mailer | None = None,
) -> Built[NotificationsFacades]:
    """The context; mails go to the mail server of ``settings`` unless another ``mailer`` is given.

    ``texts`` have the words for published reasons (`cinema.notifications.domain.reasons`).
    """
    bound = db.bound(GROUP)
    sending = Sending(
        db=bound,
        clock=clock,
        contacts=contacts,
        mailer=mailer or SmtpMailer(settings=settings),
        renderer=Renderer(),
        texts=texts,
        settings=settings,
    )
    reader = Reader(db=bound)
    module = Module(
        name=GROUP,
        routes=(routes(reader=reader),),
        consumers=consumers(),
        jobs=jobs(db=bound, sending=sending, settings=settings),
        invariants=invariants(clock=clock),
        machines=(MESSAGES,),  # type: ignore[arg-type] # a machine of one enum is a machine of enums
    )
    return Built(module=module, facades=NotificationsFacades(reader=reader))
