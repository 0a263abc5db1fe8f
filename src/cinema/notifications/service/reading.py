"""Reading the log of messages: implements `contracts.notifications.NotificationsReader`."""

from uuid import UUID

from cinema.contracts.enums import MessageStatus
from cinema.contracts.ids import UserId
from cinema.contracts.views.notifications import MessageDetail, MessageView, NotificationView
from cinema.kit.db import Database
from cinema.kit.keyset import NewestFirst, page
from cinema.kit.page import Page
from cinema.notifications import store
from cinema.notifications.domain.message import MessageNotFound

MESSAGES = NewestFirst("messages")
NOTIFICATIONS = NewestFirst("notifications")


class Reader:
    """Shows what was sent, what waits and what went wrong."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def messages(
        self, *, user_id: UserId | None, status: MessageStatus | None, cursor: str | None, limit: int
    ) -> Page[MessageView]:
        """Messages to all, newest first."""
        before = MESSAGES.before(cursor)
        async with self._db.read() as tx:
            rows = await store.page_of(tx, user_id=user_id, status=status, before=before, limit=limit + 1)
        return page(rows, limit=limit, cursor=lambda row: MESSAGES.cursor(row.id))

    async def message(self, message_id: UUID) -> MessageDetail:
        """One message with its tries. Raises `MessageNotFound`."""
        async with self._db.read() as tx:
            found = await store.detail(tx, message_id=message_id)
        if found is None:
            raise MessageNotFound
        return found

    async def notifications(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[NotificationView]:
        """Messages to one user, newest first."""
        before = NOTIFICATIONS.before(cursor)
        async with self._db.read() as tx:
            rows = await store.notifications(tx, user_id=user_id, before=before, limit=limit + 1)
        return page(rows, limit=limit, cursor=lambda row: NOTIFICATIONS.cursor(row.id))
