"""Notifications: what people were told."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from cinema.contracts.enums import MessageStatus
from cinema.contracts.ids import UserId
from cinema.contracts.views.notifications import MessageDetail, MessageView, NotificationView
from cinema.kit.events import Event
from cinema.kit.page import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDelivered(Event):
    """The mail server took the mail that tells of a charge to come (``billing.RenewalUpcoming.notice_id``)."""

    aggregate: ClassVar[str] = "notice_id"
    notice_id: UUID
    user_id: UserId
    delivered_at: datetime


class NotificationsReader(Protocol):
    """Shows people what they were told, and staff what was sent to whom. Nothing changes by reading.

    What is not there raises a `NotFound`, a wrong cursor a `BadRequest`.
    """

    async def notifications(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[NotificationView]:
        """What the user was told, newest first."""
        ...

    async def messages(
        self, *, user_id: UserId | None, status: MessageStatus | None, cursor: str | None, limit: int
    ) -> Page[MessageView]:
        """For staff: messages to everybody or to one user, newest first; addresses are masked."""
        ...

    async def message(self, message_id: UUID) -> MessageDetail:
        """For staff: one message with every try to send it."""
        ...
