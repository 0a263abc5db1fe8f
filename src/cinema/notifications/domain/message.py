"""A message: one fact, told to one person, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.kit.errors import NotFound
from cinema.kit.states import Machine

PAUSE_FIRST = timedelta(minutes=1)
PAUSE_MAX = timedelta(hours=6)


class MessageNotFound(NotFound):
    """There is no such message."""

    code = "message-not-found"


class Kind(StrEnum):
    """What a message says. Each kind has one template in each language."""

    WELCOME = "welcome"
    REGISTRATION_REPEATED = "registration_repeated"
    SUBSCRIPTION_ACTIVATED = "subscription_activated"
    FILM_PAID = "film_paid"
    RENEWAL_UPCOMING = "renewal_upcoming"
    SUBSCRIPTION_RENEWED = "subscription_renewed"
    RENEWAL_FAILED = "renewal_failed"
    CHECKOUT_FAILED = "checkout_failed"
    CANCELLATION_SCHEDULED = "cancellation_scheduled"
    CANCELLATION_UNDONE = "cancellation_undone"
    ORDER_REFUNDED = "order_refunded"
    SUBSCRIPTION_ENDED = "subscription_ended"


class Status(StrEnum):
    """Where a message stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """The mail server took it."""
    FAILED = "failed"
    """The mail server refused it for good, or its time to be tried is over; it is kept."""
    SKIPPED = "skipped"
    """It would no longer be true, or there is nobody to tell."""


class Result(StrEnum):
    """How one try to send a message ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    DROPPED = "dropped"
    """Nothing was sent: no longer true, or nobody there."""
    LOST = "lost"
    """The worker that tried never reported back; the mail may have been sent."""


MESSAGES = Machine(
    name="message",
    table="notifications.messages",
    states=Status,
    starts=frozenset({Status.QUEUED}),
    moves={
        (Status.QUEUED, Status.SENDING): "claimed",
        (Status.QUEUED, Status.SKIPPED): "overtaken",
        (Status.SENDING, Status.SENT): "accepted",
        (Status.SENDING, Status.QUEUED): "deferred",
        (Status.SENDING, Status.FAILED): "given up",
        (Status.SENDING, Status.SKIPPED): "dropped",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that is being sent. ``facts`` are the fields of the event ``event_name``; ``attempt`` counts from 1.

    After ``useful_until`` it would be wrong. ``overtaken_by`` names a later event that makes it untrue.
    """

    message_id: UUID
    kind: Kind
    event_name: str
    user_id: UserId
    facts: dict[str, Any]
    occurred_at: datetime
    useful_until: datetime | None
    overtaken_by: str | None
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a try ended, and what was sent to whom. ``address`` is masked: people read it."""

    result: Result
    detail: str
    subject: str | None = None
    language: Language | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a message after a try."""

    status: Status
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A message that was tried, with what is to be recorded of it."""

    message: Message
    outcome: Outcome
    settlement: Settlement
    ended_at: datetime


def settled(message: Message, result: Result, *, retry_for: timedelta, now: datetime) -> Settlement:
    """The message after a try that ended with ``result``.

    It is tried for ``retry_for`` after it was made, and once even if it comes to be
    tried later than that.
    """
    final = {Result.ACCEPTED: Status.SENT, Result.REFUSED: Status.FAILED, Result.DROPPED: Status.SKIPPED}
    if result in final:
        return Settlement(status=final[result], next_attempt_at=None)
    give_up_at = message.created_at + retry_for
    if now >= give_up_at:
        return Settlement(status=Status.FAILED, next_attempt_at=None)
    return Settlement(status=Status.QUEUED, next_attempt_at=min(now + pause(message.attempt), give_up_at))


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th try: 1, 2, 4 … minutes, six hours at most."""
    return PAUSE_MAX if attempts > 9 else min(PAUSE_FIRST * 2 ** (attempts - 1), PAUSE_MAX)  # noqa: PLR2004 - 2**9 minutes


def first_id(at: datetime) -> UUID:
    """The smallest id that a message made at ``at`` or later may have: ids are UUIDv7."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def masked(address: str) -> str:
    """An address as logs may show it: ``v***@example.org``."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"
