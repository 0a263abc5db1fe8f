"""What is shown of messages: to whom they are for, and to staff."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.enums import MessageKind, MessageStatus, SendingResult
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageView:
    """A message as staff see it. ``reason`` tells why it waits, failed or was skipped; ``address`` is masked."""

    id: UUID
    user_id: UserId
    kind: MessageKind
    event: str
    event_id: UUID
    status: MessageStatus
    reason: str | None
    attempts: int
    subject: str | None
    language: Language | None
    address: str | None
    occurred_at: datetime
    created_at: datetime
    next_attempt_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One try to send a message."""

    number: int
    result: SendingResult
    detail: str
    subject: str | None
    language: Language | None
    address: str | None
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDetail:
    """A message and every try to send it, oldest first."""

    message: MessageView
    attempts: tuple[AttemptView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """A message as the one it is for sees it."""

    id: UUID
    kind: MessageKind
    status: MessageStatus
    subject: str | None
    occurred_at: datetime
    sent_at: datetime | None
