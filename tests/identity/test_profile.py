"""The own account."""

from typing import Any

import httpx2
import pytest

from identity.people import Place, refusal, register, sign_in, without

ROUTES = [
    ("GET", "/v1/me"),
    ("PATCH", "/v1/me"),
    ("POST", "/v1/me/password"),
    ("GET", "/v1/me/sessions"),
    ("DELETE", "/v1/me/sessions"),
    ("DELETE", "/v1/me/sessions/0198a000-0000-7000-8000-000000000000"),
    ("GET", "/v1/me/logins"),
    ("POST", "/v1/auth/logout"),
    ("GET", "/v1/admin/users"),
    ("GET", "/v1/admin/users/0198a000-0000-7000-8000-000000000000"),
    ("GET", "/v1/admin/roles"),
    ("POST", "/v1/admin/roles"),
    ("PUT", "/v1/admin/users/0198a000-0000-7000-8000-000000000000/roles/admin"),
    ("DELETE", "/v1/admin/users/0198a000-0000-7000-8000-000000000000/roles/admin?reason=because"),
]
BODIES: dict[str, dict[str, Any]] = {
    "/v1/me": {"language": "en"},
    "/v1/me/password": {"old_password": "xxxxxxxx", "new_password": "xxxxxxxx"},
    "/v1/admin/roles": {"role": "curator", "description": "Curates", "reason": "because"},
    "/v1/admin/users/0198a000-0000-7000-8000-000000000000/roles/admin": {"reason": "because"},
}


async def asked(client: httpx2.AsyncClient, method: str, path: str) -> httpx2.Response:
    body = BODIES.get(path) if method in {"PATCH", "POST", "PUT"} else None
    return await client.request(method, path, json=body)


async def test_a_stranger_is_asked_to_sign_in_everywhere(client: httpx2.AsyncClient) -> None:
    answers = [refusal(await asked(client, method, path)) for method, path in ROUTES]

    assert answers == [(401, "unauthenticated")] * len(ROUTES)


async def test_a_viewer_is_no_admin(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)

    answers = [refusal(await asked(client, method, path)) for method, path in ROUTES if "/admin/" in path]

    assert answers == [(403, "forbidden")] * 6
    assert await place.count("identity.roles") == 0
    assert await place.count("identity.audit") == 0


async def test_the_profile_is_changed_field_by_field(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)
    before = (await client.get("/v1/me")).json()

    first = await client.patch("/v1/me", json={"time_zone": "Asia/Vladivostok"})
    second = await client.patch("/v1/me", json={"language": "en", "login": "Watcher"})
    third = await client.patch("/v1/me", json={"language": "en"})
    nothing = await client.patch("/v1/me", json={})

    assert first.json() == before | {"time_zone": "Asia/Vladivostok"}
    assert second.json() == before | {"time_zone": "Asia/Vladivostok", "language": "en", "login": "Watcher"}
    assert third.json() == nothing.json() == second.json() == (await client.get("/v1/me")).json()
    told = await place.rows("SELECT payload FROM kit.outbox WHERE name = 'identity.UserChanged' ORDER BY position")
    assert [row["payload"]["fields"] for row in told] == [["time_zone"], ["login", "language"]]


@pytest.mark.parametrize("login", ["other", "OTHER"])
async def test_the_login_of_another_is_not_for_you(place: Place, client: httpx2.AsyncClient, login: str) -> None:
    await register(client, "other")
    await register(client)
    await sign_in(client)

    answer = await client.patch("/v1/me", json={"login": login, "language": "en"})

    assert refusal(answer) == (409, "login-taken")
    profile = (await client.get("/v1/me")).json()
    assert (profile["login"], profile["language"]) == ("viewer", "ru")
    assert await place.events() == ["identity.UserRegistered"] * 2


async def test_the_spelling_of_the_own_login_may_change(client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)

    answer = await client.patch("/v1/me", json={"login": "VieWer"})

    assert answer.json()["login"] == "VieWer"


BAD: list[tuple[dict[str, Any], str]] = [
    ({"login": "no spaces"}, "login-invalid"),
    ({"login": "vi"}, "login-invalid"),
    ({"login": "v" * 33}, "login-invalid"),
    ({"time_zone": "Mars/Olympus"}, "time-zone-unknown"),
    ({"time_zone": "x" * 65}, "input-invalid"),
    ({"language": "de"}, "input-invalid"),
    ({"roles": ["admin"]}, "input-invalid"),
    ({"role": "admin"}, "input-invalid"),
    ({"id": "0198a000-0000-7000-8000-000000000000"}, "input-invalid"),
    ({"user_id": "0198a000-0000-7000-8000-000000000000"}, "input-invalid"),
    ({"email": "new@example.com"}, "input-invalid"),
    ({"password": "a new password"}, "input-invalid"),
    ({"password_hash": "$argon2id$"}, "input-invalid"),
    ({"created_at": "2020-01-01T00:00:00Z"}, "input-invalid"),
]


async def test_what_may_not_be_changed_is_refused(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)
    before = await place.rows("SELECT * FROM identity.users")

    answers = [(body, refusal(await client.patch("/v1/me", json={"language": "en"} | body))) for body, _ in BAD]

    assert answers == [(body, (422, code)) for body, code in BAD]
    assert await place.rows("SELECT * FROM identity.users") == before


async def test_a_change_with_a_key_is_made_once(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)
    key = {"idempotency-key": "one"}

    first = await client.patch("/v1/me", json={"language": "en"}, headers=key)
    await client.patch("/v1/me", json={"language": "ru"})
    again = await client.patch("/v1/me", json={"language": "en"}, headers=key)
    reused = await client.patch("/v1/me", json={"language": "ru"}, headers=key)

    assert (again.status_code, again.json()) == (200, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert refusal(reused) == (422, "idempotency-key-reused")
    assert (await client.get("/v1/me")).json()["language"] == "ru"
    assert (await place.events()).count("identity.UserChanged") == 2


async def test_another_user_has_keys_of_its_own(place: Place, client: httpx2.AsyncClient) -> None:
    stranger = place.client()
    for login, browser in (("viewer", client), ("stranger", stranger)):
        await register(browser, login)
        await sign_in(browser, login)
    key = {"idempotency-key": "one"}

    first = await client.patch("/v1/me", json={"language": "en"}, headers=key)
    second = await stranger.patch("/v1/me", json={"language": "en"}, headers=key)

    assert "idempotent-replayed" not in second.headers
    assert without(first.json(), "id", "login", "email") == without(second.json(), "id", "login", "email")
    assert (first.json()["login"], second.json()["login"]) == ("viewer", "stranger")


async def test_a_foreign_cursor_is_refused(client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)

    answers = [
        refusal(await client.get(path, params={"cursor": cursor}))
        for path in ("/v1/me/sessions", "/v1/me/logins")
        for cursor in ("x", "WyJ4Il0", "WzFd", "bnVsbA", "é")
    ]

    assert answers == [(400, "cursor-invalid")] * 10
