"""A message: one fact, told to one person, once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cinema.contracts.enums import MessageKind, MessageStatus, SendingResult
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.kit.errors import NotFound
from cinema.kit.states import Machine

PAUSE_FIRST = timedelta(minutes=1)
PAUSE_MAX = timedelta(hours=6)


class MessageNotFound(NotFound):
    """There is no such message."""

    code = "message-not-found"


MESSAGES = Machine(
    name="message",
    table="notifications.messages",
    states=MessageStatus,
    starts=frozenset({MessageStatus.QUEUED}),
    moves={
        (MessageStatus.QUEUED, MessageStatus.SENDING): "claimed",
        (MessageStatus.QUEUED, MessageStatus.SKIPPED): "overtaken",
        (MessageStatus.SENDING, MessageStatus.SENT): "accepted",
        (MessageStatus.SENDING, MessageStatus.QUEUED): "deferred",
        (MessageStatus.SENDING, MessageStatus.FAILED): "given up",
        (MessageStatus.SENDING, MessageStatus.SKIPPED): "dropped",
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that is being sent. ``facts`` are the fields of the event ``event_name``; ``attempt`` counts from 1.

    After ``useful_until`` it would be wrong. ``overtaken_by`` names a later event that makes it untrue.
    """

    message_id: UUID
    kind: MessageKind
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

    result: SendingResult
    detail: str
    subject: str | None = None
    language: Language | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What becomes of a message after a try."""

    status: MessageStatus
    next_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A message that was tried, with what is to be recorded of it."""

    message: Message
    outcome: Outcome
    settlement: Settlement
    ended_at: datetime


def settled(message: Message, result: SendingResult, *, retry_for: timedelta, now: datetime) -> Settlement:
    """The message after a try that ended with ``result``.

    It is tried for ``retry_for`` after it was made, and once even if it comes to be
    tried later than that.
    """
    final = {
        SendingResult.ACCEPTED: MessageStatus.SENT,
        SendingResult.REFUSED: MessageStatus.FAILED,
        SendingResult.DROPPED: MessageStatus.SKIPPED,
    }
    if result in final:
        return Settlement(status=final[result], next_attempt_at=None)
    give_up_at = message.created_at + retry_for
    if now >= give_up_at:
        return Settlement(status=MessageStatus.FAILED, next_attempt_at=None)
    return Settlement(status=MessageStatus.QUEUED, next_attempt_at=min(now + pause(message.attempt), give_up_at))


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th try: 1, 2, 4 … minutes, six hours at most."""
    return PAUSE_MAX if attempts > 9 else min(PAUSE_FIRST * 2 ** (attempts - 1), PAUSE_MAX)  # noqa: PLR2004 - 2**9 minutes


def masked(address: str) -> str:
    """An address as logs may show it: ``v***@example.org``."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***{at}{domain}" if at else "***"
