"""The log of messages over HTTP."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeAlias
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.ids import UserId
from cinema.kit.app import build_app
from cinema.kit.auth import Actor
from cinema.kit.errors import Unauthenticated
from cinema.kit.ids import uuid7
from notifications.facts import NOON, VIEWER, activated, canceled, make_contact, registered, upcoming
from notifications.office import Office

Browsing: TypeAlias = Callable[[str | None], AbstractAsyncContextManager[httpx2.AsyncClient]]
OTHER = UserId(UUID("019bc0de-0000-7000-8000-0000000000ab"))


class Tokens:
    """Knows three people by name."""

    async def actor(self, token: str) -> Actor:
        known = {"viewer": (VIEWER, ()), "other": (OTHER, ()), "admin": (uuid7(NOON), ("admin",))}
        if token not in known:
            raise Unauthenticated
        user_id, roles = known[token]
        return Actor(user_id=user_id, session_id=uuid7(NOON), roles=frozenset(roles))


@pytest.fixture
def browsing(office: Office) -> Browsing:
    app = build_app(modules=[office.module], authenticator=Tokens(), clock=office.clock)

    @asynccontextmanager
    async def as_(token: str | None) -> AsyncIterator[httpx2.AsyncClient]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://test/v1", headers=headers) as client:
            yield client

    return as_


async def get(browsing: Browsing, token: str | None, path: str, **params: Any) -> Any:
    async with browsing(token) as client:
        answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refused(browsing: Browsing, token: str | None, path: str, **params: Any) -> tuple[int, str]:
    async with browsing(token) as client:
        answer = await client.get(path, params=params)
    return answer.status_code, answer.json()["code"]


async def test_a_viewer_sees_what_they_were_told_and_nothing_of_others(office: Office, browsing: Browsing) -> None:
    office.people.set(make_contact(user_id=OTHER, email="other@example.org"))
    await office.say(upcoming())
    await office.say(canceled())
    await office.say(registered(user_id=OTHER))
    await office.hear()
    await office.work()

    mine = await get(browsing, "viewer", "/me/notifications")
    theirs = await get(browsing, "other", "/me/notifications")

    assert mine["next_cursor"] is None
    assert [(one["kind"], one["status"], one["subject"]) for one in mine["items"]] == [
        ("cancellation_scheduled", "sent", "Подписка отменена: Месяц кино")
    ]
    assert set(mine["items"][0]) == {"id", "kind", "status", "subject", "occurred_at", "sent_at"}
    assert [one["kind"] for one in theirs["items"]] == ["welcome"]


async def test_staff_filter_messages_by_user_and_status(office: Office, browsing: Browsing) -> None:
    office.people.set(make_contact(user_id=OTHER, email="other@example.org"))
    office.mailer.refused.add("other@example.org")
    await office.say(activated(), registered(user_id=OTHER))
    await office.work()

    everything = await get(browsing, "admin", "/admin/messages")
    failed = await get(browsing, "admin", "/admin/messages", status="failed")
    of_viewer = await get(browsing, "admin", "/admin/messages", user_id=str(VIEWER))
    none = await get(browsing, "admin", "/admin/messages", user_id=str(VIEWER), status="failed")

    assert sorted(one["kind"] for one in everything["items"]) == ["subscription_activated", "welcome"]
    [failure] = failed["items"]
    assert (failure["user_id"], failure["address"], failure["attempts"]) == (str(OTHER), "o***@example.org", 1)
    assert failure["reason"] == "550 no such mailbox: o***@example.org"
    assert [one["kind"] for one in of_viewer["items"]] == ["subscription_activated"]
    assert none["items"] == []


async def test_pages_hold_every_message_once(office: Office, browsing: Browsing) -> None:
    for number in range(7):
        await office.say(registered(user_id=UserId(UUID(int=number))))
    await office.hear()

    found: list[str] = []
    sizes: list[int] = []
    cursor: str | None = None
    while cursor is not None or not sizes:
        page = await get(browsing, "admin", "/admin/messages", limit=3, **({"cursor": cursor} if cursor else {}))
        found += [one["id"] for one in page["items"]]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]

    assert sizes == [3, 3, 1]
    assert len(set(found)) == 7
    assert found == sorted(found, reverse=True)


async def test_one_message_is_shown_with_every_try(office: Office, browsing: Browsing) -> None:
    office.mailer.lost_answers = 1
    await office.say(activated())
    await office.work()
    [waiting] = await office.rows("SELECT id, next_attempt_at FROM notifications.messages")
    office.clock.advance(waiting["next_attempt_at"] - office.clock.now())
    await office.work()

    shown = await get(browsing, "admin", f"/admin/messages/{waiting['id']}")

    assert (shown["message"]["event"], shown["message"]["status"]) == ("billing.SubscriptionActivated", "sent")
    assert shown["message"]["reason"] is None
    assert [(one["number"], one["result"], one["detail"]) for one in shown["attempts"]] == [
        (1, "deferred", "the connection was lost"),
        (2, "accepted", "kept"),
    ]
    assert {one["address"] for one in shown["attempts"]} == {"v***@example.org"}
    assert {one["language"] for one in shown["attempts"]} == {"ru"}


@pytest.mark.parametrize(
    ("token", "path", "params", "answer"),
    [
        (None, "/me/notifications", {}, (401, "unauthenticated")),
        ("forged", "/me/notifications", {}, (401, "unauthenticated")),
        ("viewer", "/admin/messages", {}, (403, "forbidden")),
        ("viewer", f"/admin/messages/{OTHER}", {}, (403, "forbidden")),
        ("admin", f"/admin/messages/{OTHER}", {}, (404, "message-not-found")),
        ("admin", "/admin/messages/none", {}, (422, "input-invalid")),
        ("admin", "/admin/messages", {"status": "lost"}, (422, "input-invalid")),
        ("admin", "/admin/messages", {"user_id": "me"}, (422, "input-invalid")),
        ("admin", "/admin/messages", {"limit": 101}, (422, "input-invalid")),
        ("admin", "/admin/messages", {"cursor": "x"}, (400, "cursor-invalid")),
        ("viewer", "/me/notifications", {"cursor": "WyJ4Il0"}, (400, "cursor-invalid")),
    ],
)
async def test_what_is_not_allowed_or_not_right_is_refused(
    browsing: Browsing, token: str | None, path: str, params: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert await refused(browsing, token, path, **params) == answer
