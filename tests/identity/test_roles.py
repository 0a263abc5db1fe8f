"""Roles: by admins and by what billing tells."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.billing import SubscriptionActivated, SubscriptionEnded
from cinema.contracts.enums import EndedReason
from cinema.contracts.identity import CreatedAdmin, UserNotFound
from cinema.contracts.ids import OrderId, SubscriptionId, UserId
from cinema.contracts.text import Language, Text
from cinema.identity.domain.account import EmailTaken
from cinema.identity.domain.password import PasswordCommon
from cinema.kit.events import Event
from cinema.kit.ids import uuid7
from cinema.kit.inbox import ATTEMPTS_MAX, parked
from cinema.kit.money import Money
from cinema.kit.outbox import publish
from identity.people import PASSWORD, Place, admin_at, names, refusal, register, sign_in
from rivals import held_up

TITLE = Text(ru="Месяц", en="Month")
BECAUSE = {"reason": "because the test says so"}


def begun(user_id: UUID, subscription_id: UUID, now: datetime) -> Event:
    return SubscriptionActivated(
        subscription_id=SubscriptionId(subscription_id),
        user_id=UserId(user_id),
        order_id=OrderId(uuid7(now)),
        plan="month",
        title=TITLE,
        amount=Money(minor=39900, currency="RUB"),
        period_start=now,
        period_end=now + timedelta(days=31),
        renews=True,
        method_title=None,
    )


def ended(user_id: UUID, subscription_id: UUID, now: datetime) -> Event:
    return SubscriptionEnded(
        subscription_id=SubscriptionId(subscription_id),
        user_id=UserId(user_id),
        title=TITLE,
        reason=EndedReason.CANCELED,
        ended_at=now,
    )


async def tell(place: Place, *events: Event) -> None:
    async with place.db.write() as tx:
        await publish(tx, *events, now=place.clock.now())
    await place.settle()


async def viewer_at(place: Place, login: str = "viewer") -> tuple[httpx2.AsyncClient, UUID]:
    client = place.client()
    await register(client, login)
    await sign_in(client, login)
    return client, UUID((await client.get("/v1/me")).json()["id"])


async def roles_of(client: httpx2.AsyncClient) -> list[str]:
    found: list[str] = (await client.get("/v1/me")).json()["roles"]
    return found


async def role_events(place: Place) -> list[str]:
    return [name for name in await place.events() if "Role" in name]


async def test_a_subscription_makes_a_subscriber_until_it_ends(place: Place) -> None:
    client, user = await viewer_at(place)
    now, subscription = place.clock.now(), uuid7(place.clock.now())

    await tell(place, begun(user, subscription, now))
    during = await roles_of(client)
    await tell(place, ended(user, subscription, now))

    assert during == ["subscriber", "viewer"]
    assert await roles_of(client) == ["viewer"]
    assert await role_events(place) == ["identity.RoleGranted", "identity.RoleRevoked"]


async def test_the_end_of_an_old_subscription_leaves_the_role_of_a_newer_one(place: Place) -> None:
    client, user = await viewer_at(place)
    now = place.clock.now()
    old, new = uuid7(now), uuid7(now)

    await tell(place, begun(user, old, now), begun(user, new, now))
    await tell(place, ended(user, old, now))
    between = await roles_of(client)
    await tell(place, ended(user, new, now))

    assert between == ["subscriber", "viewer"]
    assert await roles_of(client) == ["viewer"]
    assert await role_events(place) == ["identity.RoleGranted", "identity.RoleRevoked"]


async def test_an_end_that_is_heard_before_the_beginning_holds(place: Place) -> None:
    client, user = await viewer_at(place)
    now, subscription = place.clock.now(), uuid7(place.clock.now())

    await tell(place, ended(user, subscription, now))
    await tell(place, begun(user, subscription, now))

    assert await roles_of(client) == ["viewer"]
    assert await role_events(place) == []


async def test_hearing_a_fact_twice_changes_nothing(place: Place) -> None:
    client, user = await viewer_at(place)
    now, subscription = place.clock.now(), uuid7(place.clock.now())

    await tell(place, begun(user, subscription, now), begun(user, subscription, now))
    during = await roles_of(client)
    await tell(place, ended(user, subscription, now), ended(user, subscription, now))

    assert during == ["subscriber", "viewer"]
    assert await role_events(place) == ["identity.RoleGranted", "identity.RoleRevoked"]
    assert names(await place.rows("SELECT action FROM identity.audit ORDER BY position"), "action") == [
        "role_granted",
        "role_revoked",
    ]


async def test_a_fact_about_nobody_is_put_aside(place: Place) -> None:
    now = place.clock.now()

    await tell(place, begun(uuid7(now), uuid7(now), now))
    for _ in range(ATTEMPTS_MAX):
        place.clock.advance(timedelta(hours=1))
        await place.settle()

    letters = await parked(place.db)
    assert [letter["last_error"] for letter in letters] == ["UserNotFound: There is no such user."]
    assert await place.count("identity.role_grants") == 0


async def test_nobody_gives_a_role_to_their_own_account(place: Place) -> None:
    admin = await admin_at(place)
    me = (await admin.get("/v1/me")).json()["id"]

    answer = await admin.put(f"/v1/admin/users/{me}/roles/finance", json=BECAUSE)

    assert (answer.status_code, answer.json()["code"]) == (403, "own-account")
    assert (await admin.get("/v1/me")).json()["roles"] == ["admin", "viewer"]
    assert await place.count("identity.role_grants") == 1


async def test_an_admin_gives_and_takes_a_role_and_it_holds_at_once(place: Place) -> None:
    admin = await admin_at(place)
    client, user = await viewer_at(place)
    answers = [(await client.get("/v1/admin/roles")).status_code]

    granted = await admin.put(f"/v1/admin/users/{user}/roles/admin", json=BECAUSE)
    answers.append((await client.get("/v1/admin/roles")).status_code)
    revoked = await admin.delete(f"/v1/admin/users/{user}/roles/admin", params=BECAUSE)
    answers.append((await client.get("/v1/admin/roles")).status_code)

    assert answers == [403, 200, 403]
    assert granted.json()["roles"] == ["admin", "viewer"]
    assert granted.json()["grants"] == [{"role": "admin", "source": "admin", "granted_at": "2026-01-15T09:00:00Z"}]
    assert (revoked.json()["roles"], revoked.json()["grants"]) == (["viewer"], [])
    assert await role_events(place) == ["identity.RoleGranted"] * 2 + ["identity.RoleRevoked"]


async def test_the_audit_tells_who_why_and_what_changed(place: Place) -> None:
    admin = await admin_at(place)
    _, user = await viewer_at(place)
    boss = UUID((await admin.get("/v1/me")).json()["id"])

    await admin.put(f"/v1/admin/users/{user}/roles/editor", json=BECAUSE)
    await admin.put(f"/v1/admin/users/{user}/roles/editor", json=BECAUSE)
    await admin.delete(f"/v1/admin/users/{user}/roles/editor", params=BECAUSE)

    rows = await place.rows(
        "SELECT actor_id, user_id, action, reason, before, after FROM identity.audit ORDER BY position"
    )
    assert rows == [
        {
            "actor_id": None,
            "user_id": boss,
            "action": "role_granted",
            "reason": "by the command that makes an admin",
            "before": [],
            "after": ["admin:admin"],
        },
        {
            "actor_id": boss,
            "user_id": user,
            "action": "role_granted",
            **BECAUSE,
            "before": [],
            "after": ["editor:admin"],
        },
        {
            "actor_id": boss,
            "user_id": user,
            "action": "role_revoked",
            **BECAUSE,
            "before": ["editor:admin"],
            "after": [],
        },
    ]


async def test_an_admin_does_not_take_what_a_subscription_gives(place: Place) -> None:
    admin = await admin_at(place)
    client, user = await viewer_at(place)
    await tell(place, begun(user, uuid7(place.clock.now()), place.clock.now()))

    answer = await admin.delete(f"/v1/admin/users/{user}/roles/subscriber", params=BECAUSE)

    assert refusal(answer) == (409, "role-held-otherwise")
    assert await roles_of(client) == ["subscriber", "viewer"]


async def test_the_last_admin_stays_admin(place: Place) -> None:
    admin = await admin_at(place)
    boss = (await admin.get("/v1/me")).json()["id"]

    answer = await admin.delete(f"/v1/admin/users/{boss}/roles/admin", params=BECAUSE)

    assert refusal(answer) == (409, "last-admin")
    assert await roles_of(admin) == ["admin", "viewer"]
    assert await place.count("identity.audit") == 1


async def test_two_admins_who_depose_each_other_leave_one(place: Place) -> None:
    one, two = await admin_at(place, "one"), await admin_at(place, "two")
    ids = [(await browser.get("/v1/me")).json()["id"] for browser in (one, two)]

    async with held_up(place.db, "SELECT FROM identity.users FOR UPDATE", rivals=2):
        first = asyncio.create_task(one.delete(f"/v1/admin/users/{ids[1]}/roles/admin", params=BECAUSE))
        second = asyncio.create_task(two.delete(f"/v1/admin/users/{ids[0]}/roles/admin", params=BECAUSE))
    answers = await asyncio.gather(first, second)

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    rows = await place.rows("SELECT user_id FROM identity.role_grants WHERE role = 'admin'")
    assert len(rows) == 1


async def test_a_grant_with_a_key_is_made_once(place: Place) -> None:
    admin = await admin_at(place)
    _, user = await viewer_at(place)
    key = {"idempotency-key": "one"}
    path = f"/v1/admin/users/{user}/roles/support"

    first = await admin.put(path, json=BECAUSE, headers=key)
    await admin.delete(path, params=BECAUSE)
    again = await admin.put(path, json=BECAUSE, headers=key)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert await place.rows("SELECT * FROM identity.role_grants WHERE role = 'support'") == []


async def test_an_admin_makes_a_role_and_gives_it(place: Place) -> None:
    admin = await admin_at(place)
    client, user = await viewer_at(place)
    role = {"role": "curator", "description": "Chooses the film of the week"}

    made = await admin.post("/v1/admin/roles", json=role | BECAUSE)
    twice = await admin.post("/v1/admin/roles", json=role | BECAUSE)
    listed = (await admin.get("/v1/admin/roles")).json()["items"]
    await admin.put(f"/v1/admin/users/{user}/roles/curator", json=BECAUSE)

    assert (made.status_code, made.json()) == (201, role | {"is_built_in": False})
    assert made.headers["location"] == "/v1/admin/roles/curator"
    assert (await admin.get(made.headers["location"])).json() == made.json()
    assert refusal(await admin.get("/v1/admin/roles/nobody")) == (404, "role-unknown")
    assert refusal(twice) == (409, "role-exists")
    assert names(listed, "role") == [
        "subscriber",
        "admin",
        "editor",
        "support",
        "finance",
        "statistic_manager",
        "manager",
        "curator",
    ]
    assert await roles_of(client) == ["curator", "viewer"]


async def test_built_in_roles_are_not_made_again(place: Place) -> None:
    admin = await admin_at(place)

    answers = [
        refusal(await admin.post("/v1/admin/roles", json={"role": name, "description": "x"} | BECAUSE))
        for name in ("admin", "viewer", "subscriber")
    ]

    assert answers == [(409, "role-exists")] * 3
    assert await place.count("identity.roles") == 0


@pytest.mark.parametrize("role", ["viewer", "curator"])
async def test_only_roles_that_exist_are_given(place: Place, role: str) -> None:
    admin = await admin_at(place)
    _, user = await viewer_at(place)

    answers = [
        await admin.put(f"/v1/admin/users/{user}/roles/{role}", json=BECAUSE),
        await admin.delete(f"/v1/admin/users/{user}/roles/{role}", params=BECAUSE),
    ]

    assert [refusal(answer) for answer in answers] == [(404, "role-unknown")] * 2


async def test_bad_wishes_of_admins_are_refused(place: Place) -> None:
    admin = await admin_at(place)
    _, user = await viewer_at(place)
    nobody = uuid7(place.clock.now())
    put: list[tuple[str, Any, tuple[int, str]]] = [
        (f"/v1/admin/users/{nobody}/roles/editor", BECAUSE, (404, "user-not-found")),
        (f"/v1/admin/users/{user}/roles/Editor", BECAUSE, (422, "input-invalid")),
        (f"/v1/admin/users/{user}/roles/editor", {}, (422, "input-invalid")),
        (f"/v1/admin/users/{user}/roles/editor", {"reason": ""}, (422, "input-invalid")),
        (f"/v1/admin/users/{user}/roles/editor", {"reason": "x" * 501}, (422, "input-invalid")),
        (f"/v1/admin/users/{user}/roles/editor", {"reason": "be\x00cause"}, (422, "input-invalid")),
        (f"/v1/admin/users/{user}/roles/editor", BECAUSE | {"source": "x"}, (422, "input-invalid")),
        ("/v1/admin/users/me/roles/editor", BECAUSE, (422, "input-invalid")),
    ]

    answers = [refusal(await admin.put(path, json=body)) for path, body, _ in put]
    unexplained = await admin.delete(f"/v1/admin/users/{user}/roles/editor")
    unstorable = await admin.delete(f"/v1/admin/users/{user}/roles/editor?reason=be%00cause")

    assert answers == [expected for _, _, expected in put]
    assert refusal(unexplained) == refusal(unstorable) == (422, "input-invalid")
    assert await place.rows("SELECT * FROM identity.role_grants WHERE role <> 'admin'") == []


async def test_users_are_listed_page_by_page_and_found_by_name(place: Place) -> None:
    admin = await admin_at(place)
    for n in range(5):
        place.clock.advance(timedelta(seconds=1))
        await register(place.client(), f"viewer{n}")
    pages: list[list[str]] = []
    cursor: str | None = None

    while not pages or cursor is not None:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        shown = (await admin.get("/v1/admin/users", params=params)).json()
        pages.append(names(shown["items"], "login"))
        cursor = shown["next_cursor"]
    by_login = (await admin.get("/v1/admin/users", params={"login": "VIEWER3"})).json()
    by_email = (await admin.get("/v1/admin/users", params={"email": "Viewer1@example.com"})).json()
    nobody = (await admin.get("/v1/admin/users", params={"login": "nobody"})).json()

    assert pages == [["viewer4", "viewer3"], ["viewer2", "viewer1"], ["viewer0", "boss"]]
    assert names(by_login["items"], "login") == ["viewer3"]
    assert names(by_email["items"], "login") == ["viewer1"]
    assert nobody == {"items": [], "next_cursor": None}


async def test_a_user_is_shown_without_secrets(place: Place) -> None:
    admin = await admin_at(place)
    _, user = await viewer_at(place)
    await admin.put(f"/v1/admin/users/{user}/roles/editor", json=BECAUSE)

    answer = (await admin.get(f"/v1/admin/users/{user}")).json()
    missing = await admin.get(f"/v1/admin/users/{uuid7(place.clock.now())}")

    assert sorted(answer) == ["grants", "user"]
    assert sorted(answer["user"]) == ["created_at", "email", "id", "language", "login", "roles", "time_zone"]
    assert names(answer["grants"], "role") == ["editor"]
    assert refusal(missing) == (404, "user-not-found")


async def test_the_command_makes_an_admin_once(place: Place) -> None:
    async def wished() -> CreatedAdmin:
        return await place.identity.admins.create_admin(
            login="boss", email="boss@example.com", password=None, language=Language.EN, time_zone="Europe/Moscow"
        )

    first = await wished()
    second = await wished()

    assert (first.is_new, second.is_new) == (True, False)
    assert first.user_id == second.user_id
    assert second.password is None
    assert first.password is not None
    assert first.password not in repr(first)
    client = place.client()
    await sign_in(client, "boss", first.password)
    assert await roles_of(client) == ["admin", "viewer"]
    assert await place.events() == ["identity.UserRegistered", "identity.RoleGranted"]


async def test_the_command_makes_an_existing_user_admin(place: Place) -> None:
    client, user = await viewer_at(place)

    made = await place.identity.admins.create_admin(
        login="Viewer", email="else@example.com", password="x y z 1 2 3 4", language=Language.EN, time_zone="UTC"
    )

    assert (made.user_id, made.is_new, made.password) == (user, False, None)
    assert await roles_of(client) == ["admin", "viewer"]
    await sign_in(client, "viewer", PASSWORD)
    assert (await client.get("/v1/me")).json()["email"] == "viewer@example.com"


async def test_the_command_refuses_what_registering_refuses(place: Place) -> None:
    await viewer_at(place)

    with pytest.raises(EmailTaken):
        await place.identity.admins.create_admin(
            login="boss", email="VIEWER@example.com", password=PASSWORD, language=Language.EN, time_zone="UTC"
        )
    with pytest.raises(PasswordCommon):
        await place.identity.admins.create_admin(
            login="boss", email="boss@example.com", password="administrator", language=Language.EN, time_zone="UTC"
        )

    assert await place.count("identity.users") == 1
    assert await place.count("identity.role_grants") == 0


async def test_nobody_has_no_contact(place: Place) -> None:
    with pytest.raises(UserNotFound):
        await place.identity.contacts.contact(UserId(uuid7(place.clock.now())))
