"""Messages over HTTP: one's own, and all of them for staff."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from cinema.contracts.enums import MessageStatus
from cinema.contracts.ids import UserId
from cinema.contracts.views.notifications import MessageDetail, MessageView, NotificationView
from cinema.kit.auth import Admin, CurrentActor
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses
from cinema.notifications.domain.message import MessageNotFound
from cinema.notifications.service.reading import Reader

PAGE_USUAL = 20


def routes(*, reader: Reader) -> APIRouter:
    """All routes of notifications."""
    router = APIRouter(prefix="/v1", tags=["notifications"])

    @router.get("/me/notifications", name="notifications.list")
    async def list_notifications(
        actor: CurrentActor, cursor: CursorText = None, limit: Limit = PAGE_USUAL
    ) -> Page[NotificationView]:
        """Lists what the caller was told, newest first."""
        return await reader.notifications(user_id=UserId(actor.user_id), cursor=cursor, limit=limit)

    @router.get("/admin/messages", name="admin.messages.list")
    async def list_messages(
        *,
        _actor: Admin,
        user_id: Annotated[UUID | None, Query(description="only messages to this user")] = None,
        status: Annotated[MessageStatus | None, Query(description="only messages that stand so")] = None,
        cursor: CursorText = None,
        limit: Limit = PAGE_USUAL,
    ) -> Page[MessageView]:
        """Lists messages to everybody, newest first; addresses are masked."""
        whose = UserId(user_id) if user_id else None
        return await reader.messages(user_id=whose, status=status, cursor=cursor, limit=limit)

    @router.get("/admin/messages/{message_id}", name="admin.messages.get", responses=refuses(MessageNotFound))
    async def show_message(_actor: Admin, message_id: UUID) -> MessageDetail:
        """Shows one message with every try to send it."""
        return await reader.message(message_id)

    return router
