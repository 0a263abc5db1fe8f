"""Registering."""

import asyncio
from typing import Any

import httpx2
import pytest

from identity.people import PASSWORD, Place, refusal, register, registration, sign_in


async def test_someone_registers_and_then_signs_in(place: Place, client: httpx2.AsyncClient) -> None:
    registered = await client.post("/v1/auth/register", json=registration("Viewer"))
    tokens = await sign_in(client, "viewer")
    profile = await client.get("/v1/me")

    assert (registered.status_code, registered.json()) == (202, {"status": "accepted"})
    assert sorted(tokens) == [
        "access_token",
        "expires_at",
        "expires_in",
        "refresh_expires_at",
        "refresh_token",
        "session_id",
        "token_type",
    ]
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert {name: value for name, value in profile.json().items() if name != "id"} == {
        "login": "Viewer",
        "email": "Viewer@example.com",
        "language": "ru",
        "time_zone": "Europe/Moscow",
        "roles": ["viewer"],
        "created_at": "2026-01-15T09:00:00Z",
    }
    assert await place.events() == ["identity.UserRegistered"]


async def test_login_and_address_are_recognised_in_any_spelling(client: httpx2.AsyncClient) -> None:
    await register(client, "Viewer")
    found = []

    for name in ("viewer", "VIEWER", "viewer@example.com", "Viewer@EXAMPLE.com"):
        await sign_in(client, name)
        found.append((await client.get("/v1/me")).json()["login"])

    assert found == ["Viewer"] * 4


@pytest.mark.parametrize("login", ["viewer", "VIEWER"])
async def test_a_taken_login_is_refused(place: Place, client: httpx2.AsyncClient, login: str) -> None:
    await register(client, "viewer")

    answer = await client.post("/v1/auth/register", json=registration(login, email="else@example.com"))

    assert refusal(answer) == (409, "login-taken")
    assert await place.count("identity.users") == 1
    assert await place.events() == ["identity.UserRegistered"]


async def test_a_taken_address_is_told_to_its_owner_only(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client, "owner")
    fresh = await client.post("/v1/auth/register", json=registration("other"))

    taken = await client.post("/v1/auth/register", json=registration("stranger", email="OWNER@example.com"))

    ids = {"x-request-id", "date"}
    assert (taken.status_code, taken.content) == (fresh.status_code, fresh.content)
    assert {k: v for k, v in taken.headers.items() if k not in ids} == {
        k: v for k, v in fresh.headers.items() if k not in ids
    }
    assert await place.events() == [
        "identity.UserRegistered",
        "identity.UserRegistered",
        "identity.RegistrationRepeated",
    ]
    owner = await place.rows("SELECT id FROM identity.users WHERE login = 'owner'")
    told = await place.rows("SELECT aggregate_id AS id FROM kit.outbox WHERE name = 'identity.RegistrationRepeated'")
    assert told == owner
    assert await place.count("identity.users") == 2


async def test_a_taken_login_says_nothing_of_the_address(client: httpx2.AsyncClient) -> None:
    await register(client, "owner")

    answers = [
        await client.post("/v1/auth/register", json=registration("owner", email=email))
        for email in ("owner@example.com", "fresh@example.com")
    ]

    assert [refusal(answer) for answer in answers] == [(409, "login-taken"), (409, "login-taken")]


async def test_of_parallel_twins_one_account_comes(place: Place, client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(
        *(client.post("/v1/auth/register", json=registration("viewer")) for _ in range(20)),
        *(client.post("/v1/auth/register", json=registration(f"twin{n}", email="one@example.com")) for n in range(10)),
    )

    assert sorted(answer.status_code for answer in answers) == [202] * 11 + [409] * 19
    assert await place.count("identity.users") == 2
    assert sorted(await place.events()) == ["identity.RegistrationRepeated"] * 9 + ["identity.UserRegistered"] * 2


BAD: list[tuple[dict[str, Any], str]] = [
    ({"login": "1viewer"}, "login-invalid"),
    ({"login": "view er"}, "login-invalid"),
    ({"login": "зритель"}, "login-invalid"),
    ({"login": "viewer\n"}, "login-invalid"),
    ({"login": "view@er"}, "login-invalid"),
    ({"login": ""}, "login-invalid"),
    ({"login": "vi"}, "login-invalid"),
    ({"login": "v" * 33}, "login-invalid"),
    ({"login": "v" * 10_000}, "login-invalid"),
    ({"login": "vie\x00wer"}, "input-invalid"),
    ({"login": None}, "input-invalid"),
    ({"login": 12345}, "input-invalid"),
    ({"email": "nobody"}, "email-invalid"),
    ({"email": "nobody@localhost"}, "email-invalid"),
    ({"email": "no body@example.com"}, "email-invalid"),
    ({"email": "nobody@example.com\r\nBcc: all@example.com"}, "email-invalid"),
    ({"email": "nobody@[127.0.0.1]"}, "email-invalid"),
    ({"email": ""}, "email-invalid"),
    ({"email": "n" * 250 + "@example.com"}, "email-invalid"),
    ({"email": "n" * 9_000 + "@example.com"}, "email-invalid"),
    ({"time_zone": "Europe/Atlantis"}, "time-zone-unknown"),
    ({"time_zone": "europe/moscow"}, "time-zone-unknown"),
    ({"time_zone": "localtime"}, "time-zone-unknown"),
    ({"time_zone": "../../etc/passwd"}, "time-zone-unknown"),
    ({"language": "de"}, "input-invalid"),
    ({"password": ""}, "password-length"),
    ({"password": "short12"}, "password-length"),
    ({"password": "x y" * 43}, "password-length"),
    ({"password": "x y" * 3_000}, "password-length"),
    ({"password": "password123"}, "password-common"),
    ({"password": "VIEWER@example.com"}, "password-personal"),
    ({"role": "admin"}, "input-invalid"),
    ({"roles": ["admin"]}, "input-invalid"),
    ({"id": "0198a000-0000-7000-8000-000000000000"}, "input-invalid"),
    ({"is_admin": True}, "input-invalid"),
    ({"created_at": "2020-01-01T00:00:00Z"}, "input-invalid"),
    ({"password_hash": "$argon2id$x"}, "input-invalid"),
]


async def test_bad_input_is_refused_and_changes_nothing(place: Place, client: httpx2.AsyncClient) -> None:
    answers = [
        (changes, refusal(await client.post("/v1/auth/register", json=registration() | changes))) for changes, _ in BAD
    ]

    assert answers == [(changes, (422, code)) for changes, code in BAD]
    assert await place.count("identity.users") == 0
    assert await place.events() == []


async def test_half_a_character_is_no_password(place: Place, client: httpx2.AsyncClient) -> None:
    body = registration(password="PLACE")
    answer = await client.post(
        "/v1/auth/register",
        content=httpx2.Request("POST", "http://x", json=body).content.replace(b"PLACE", rb"long enough \ud800"),
        headers={"content-type": "application/json"},
    )

    assert refusal(answer) == (422, "input-invalid")
    assert await place.count("identity.users") == 0


async def test_a_foreign_domain_is_kept_in_the_form_that_every_mailer_takes(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client, "viewer", email="viewer@пример.рф")

    await sign_in(client, "viewer@ПРИМЕР.рф")

    rows = await place.rows("SELECT email FROM identity.users")
    assert rows == [{"email": "viewer@xn--e1afmkfd.xn--p1ai"}]


async def test_the_contact_of_a_user_is_known_to_other_contexts(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client, "viewer", language="en")
    (row,) = await place.rows("SELECT id FROM identity.users")

    contact = await place.identity.contacts.contact(row["id"])

    assert (contact.login, contact.email, contact.language, contact.time_zone) == (
        "viewer",
        "viewer@example.com",
        "en",
        "Europe/Moscow",
    )


async def test_only_a_hash_of_the_password_is_kept(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)

    (row,) = await place.rows("SELECT * FROM identity.users")

    assert row["password_hash"].startswith("$argon2id$v=19$m=1024,t=1,p=1$")
    assert PASSWORD not in str(row)
