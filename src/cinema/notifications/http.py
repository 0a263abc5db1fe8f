"""Messages over HTTP: one's own, and all of them for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cinema.kit.auth import Admin, CurrentActor
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.notifications.domain.message import Status
from cinema.notifications.domain.view import MessageDetail, MessageView, NotificationView
from cinema.notifications.service.reading import Reading

PAGE_USUAL = 20


def routes(*, reading: Reading) -> APIRouter:
    """All routes of notifications."""
    router = APIRouter(prefix="/v1", tags=["notifications"])

    @router.get("/me/notifications")
    async def list_notifications(
        actor: CurrentActor, cursor: CursorText = None, limit: Limit = PAGE_USUAL
    ) -> Page[NotificationView]:
        """Lists what the caller was told, newest first."""
        return await reading.notifications(user_id=actor.user_id, cursor=cursor, limit=limit)

    @router.get("/admin/messages")
    async def list_messages(
        *,
        _actor: Admin,
        user_id: Annotated[UUID | None, Query(description="only messages to this user")] = None,
        status: Annotated[Status | None, Query(description="only messages that stand so")] = None,
        cursor: CursorText = None,
        limit: Limit = PAGE_USUAL,
    ) -> Page[MessageView]:
        """Lists messages to everybody, newest first; addresses are masked."""
        return await reading.messages(user_id=user_id, status=status, cursor=cursor, limit=limit)

    @router.get("/admin/messages/{message_id}")
    async def show_message(_actor: Admin, message_id: UUID) -> MessageDetail:
        """Shows one message with every try to send it."""
        return await reading.message(message_id)

    return router
