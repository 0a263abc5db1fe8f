"""Signing in: uniform refusals, slow-down, history, cookies."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from cinema.contracts.identity import Caller
from cinema.contracts.ids import SessionId, UserId
from cinema.identity.domain.account import CredentialsWrong
from cinema.identity.service.accounts import Accounts
from cinema.identity.service.doorkeeper import Doorkeeper
from cinema.identity.service.hashing import Hasher, HashingBusy
from cinema.identity.service.keys import Keys
from cinema.identity.service.sessions import Sessions
from cinema.identity.service.tokens import AccessTokens
from cinema.identity.settings import IdentitySettings
from identity.people import (
    OTHER_PASSWORD,
    PASSWORD,
    Place,
    close_place,
    make_settings,
    names,
    open_place,
    refusal,
    register,
    sign_in,
)


async def attempt(client: httpx2.AsyncClient, login: str, password: str) -> httpx2.Response:
    return await client.post("/v1/auth/login", json={"login": login, "password": password})


async def test_whether_login_or_password_is_wrong_is_not_told(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)

    wrong_password = await attempt(client, "viewer", OTHER_PASSWORD)
    wrong_login = await attempt(client, "nobody", OTHER_PASSWORD)
    wrong_address = await attempt(client, "nobody@example.com", OTHER_PASSWORD)
    nonsense = await attempt(client, "@@", OTHER_PASSWORD)

    refusals = [wrong_password, wrong_login, wrong_address, nonsense]
    assert [refusal(answer) for answer in refusals] == [(401, "credentials-wrong")] * 4
    bodies = [answer.json() for answer in refusals]
    for body in bodies:
        del body["request_id"]
    assert bodies == [bodies[0]] * 4
    assert await place.count("identity.sessions") == 0


class CountingHasher(Hasher):
    """Notes what its threads were given to do."""

    def __init__(self, settings: IdentitySettings) -> None:
        super().__init__(settings)
        self.works = 0

    async def _run(self, work: Any) -> Any:
        self.works += 1
        return await super()._run(work)


def accounts_with(hasher: Hasher, place: Place, settings: IdentitySettings) -> Accounts:
    """Another process of the same place, which hashes with ``hasher``."""
    db = place.db.bound("identity")
    tokens = AccessTokens(keys=Keys(db=db, clock=place.clock, settings=settings), rules=settings.token_rules)
    return Accounts(
        db=db,
        clock=place.clock,
        hasher=hasher,
        sessions=Sessions(db=db, clock=place.clock, settings=settings, tokens=tokens),
        tokens=tokens,
        doorkeeper=Doorkeeper(clock=place.clock, settings=settings),
    )


async def test_an_unknown_user_costs_as_much_work_as_a_known_one(
    place: Place, client: httpx2.AsyncClient, settings: IdentitySettings
) -> None:
    await register(client)
    hasher = CountingHasher(settings)
    accounts = accounts_with(hasher, place, settings)
    spent = []

    for name in ("viewer", "nobody"):
        hashes, rows = hasher.works, await place.count("identity.logins")
        with pytest.raises(CredentialsWrong):
            await accounts.sign_in(
                name=name, password=OTHER_PASSWORD, caller=Caller(address="::1", user_agent=""), with_cookie=False
            )
        spent.append((hasher.works - hashes, await place.count("identity.logins") - rows))
    hasher.close()

    assert spent == [(1, 1), (1, 1)]


async def test_stored_hashes_follow_the_settings_at_the_next_sign_in(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    (before,) = await place.rows("SELECT password_hash FROM identity.users")
    stronger = await open_place(place.db, place.clock, make_settings(hash_memory_kib=2048, hash_passes=3))

    refused = await attempt(stronger.client(), "viewer", OTHER_PASSWORD)
    (untouched,) = await place.rows("SELECT password_hash FROM identity.users")
    await sign_in(stronger.client())
    (after,) = await place.rows("SELECT password_hash FROM identity.users")
    await sign_in(stronger.client())
    (settled,) = await place.rows("SELECT password_hash FROM identity.users")
    await close_place(stronger)

    assert refused.status_code == 401
    assert untouched == before
    assert after["password_hash"].startswith("$argon2id$v=19$m=2048,t=3,p=1$")
    assert settled == after


class OvertakenHasher(Hasher):
    """Something happens between its first verification and what is done with the answer."""

    def __init__(self, settings: IdentitySettings, *, rival: Callable[[], Awaitable[object]]) -> None:
        super().__init__(settings)
        self._rival: Callable[[], Awaitable[object]] | None = rival

    async def verify(self, password: str, password_hash: str | None) -> tuple[bool, str | None]:
        answer = await super().verify(password, password_hash)
        rival, self._rival = self._rival, None
        if rival is not None:
            await rival()
        return answer


async def test_a_rival_sign_in_that_stores_a_stronger_hash_refuses_nobody(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    settings = make_settings(hash_passes=2)
    stronger = await open_place(place.db, place.clock, settings)
    hasher = OvertakenHasher(settings, rival=lambda: sign_in(stronger.client()))
    accounts = accounts_with(hasher, place, settings)

    await accounts.sign_in(
        name="viewer", password=PASSWORD, caller=Caller(address="::1", user_agent=""), with_cookie=False
    )
    hasher.close()
    await close_place(stronger)

    attempts = await place.rows("SELECT succeeded FROM identity.logins")
    assert [row["succeeded"] for row in attempts] == [True, True]
    assert await place.count("identity.sessions") == 2


async def test_a_password_that_is_changed_while_it_is_checked_opens_nothing(
    place: Place, client: httpx2.AsyncClient, settings: IdentitySettings
) -> None:
    await register(client)
    await sign_in(client)
    change = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    hasher = OvertakenHasher(settings, rival=lambda: client.post("/v1/me/password", json=change))
    accounts = accounts_with(hasher, place, settings)

    with pytest.raises(CredentialsWrong):
        await accounts.sign_in(
            name="viewer", password=PASSWORD, caller=Caller(address="::1", user_agent=""), with_cookie=False
        )
    hasher.close()

    attempts = await place.rows("SELECT succeeded FROM identity.logins ORDER BY succeeded")
    assert [row["succeeded"] for row in attempts] == [False, True]
    assert await place.count("identity.sessions") == 1


async def test_wrong_passwords_slow_down_their_place_but_not_the_owner(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    attacker, owner = place.client(address="203.0.113.5"), place.client(address="192.0.2.1")

    tries = [await attempt(attacker, "viewer", f"guess number {n}") for n in range(15)]
    right_too_soon = await attempt(attacker, "viewer", PASSWORD)
    await sign_in(owner)
    place.clock.advance(timedelta(seconds=30))
    right_in_time = await attempt(attacker, "viewer", PASSWORD)

    assert [answer.status_code for answer in tries] == [401] * 10 + [429] * 5
    assert refusal(tries[-1]) == (429, "rate-limited")
    assert tries[-1].headers["retry-after"] == "30"
    assert right_too_soon.status_code == 429
    assert right_in_time.status_code == 200


async def test_unknown_users_are_slowed_down_alike(place: Place) -> None:
    attacker = place.client(address="203.0.113.5")

    tries = [await attempt(attacker, "nobody", f"guess number {n}") for n in range(15)]

    assert [answer.status_code for answer in tries] == [401] * 10 + [429] * 5


@pytest.mark.parametrize("is_there", [True, False])
async def test_the_limit_does_not_tell_whether_there_is_such_a_user(
    place: Place, client: httpx2.AsyncClient, *, is_there: bool
) -> None:
    if is_there:
        await register(client)
    attacker = place.client(address="203.0.113.5")
    spellings = ("viewer@example.com", "VIEWER@example\u3002COM", "Viewer")

    answers = [[(await attempt(attacker, name, OTHER_PASSWORD)).status_code for _ in range(6)] for name in spellings]

    assert answers == [[401] * 6, [401] * 4 + [429] * 2, [401] * 6]


async def test_guessing_from_many_places_does_not_lock_the_owner_out(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)

    tries = [
        await attempt(place.client(address=f"203.0.113.{n}"), "viewer", f"guess number {n}") for n in range(1, 111)
    ]
    home = await attempt(client, "viewer", PASSWORD)

    assert [answer.status_code for answer in tries] == [401] * 100 + [429] * 10
    assert home.status_code == 200


async def test_a_home_is_known_though_its_devices_change_their_addresses(place: Place) -> None:
    home, neighbour = "2001:db8:1:1::", "2001:db8:1:2::"
    owner = place.client(address=f"{home}1")
    await register(owner)
    await sign_in(owner)
    for number in range(1, 111):
        await attempt(place.client(address=f"203.0.113.{number}"), "viewer", f"guess number {number}")

    next_day = await attempt(place.client(address=f"{home}abcd"), "viewer", PASSWORD)
    next_door = await attempt(place.client(address=f"{neighbour}1"), "viewer", PASSWORD)

    assert next_day.status_code == 200
    assert refusal(next_door) == (429, "rate-limited")


async def test_right_passwords_are_not_counted(client: httpx2.AsyncClient) -> None:
    await register(client)

    answers = [await attempt(client, "viewer", PASSWORD) for _ in range(30)]

    assert [answer.status_code for answer in answers] == [200] * 30


@pytest.fixture
def settings_values(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("parametrize")
    return dict(request.node.callspec.params.get("values", {})) if marker else {}


class BusyHasher(Hasher):
    """Has no room for the first ``refusals`` passwords."""

    refusals = 15

    async def _run(self, work: Any) -> Any:
        if self.refusals:
            self.refusals -= 1
            raise HashingBusy(retry_after_s=1)
        return await super()._run(work)


async def test_a_password_that_was_never_looked_at_is_not_counted(
    place: Place, client: httpx2.AsyncClient, settings: IdentitySettings
) -> None:
    await register(client)
    hasher = BusyHasher(settings)
    accounts = accounts_with(hasher, place, settings)
    caller = Caller(address="::1", user_agent="")
    refused = 0

    for _ in range(BusyHasher.refusals):
        with pytest.raises(HashingBusy):
            await accounts.sign_in(name="viewer", password=PASSWORD, caller=caller, with_cookie=False)
        refused += 1
    await accounts.sign_in(name="viewer", password=PASSWORD, caller=caller, with_cookie=False)
    hasher.close()

    assert refused == 15
    assert await place.count("identity.sessions") == 1


async def test_a_present_password_that_was_never_looked_at_is_not_counted(
    place: Place, client: httpx2.AsyncClient, settings: IdentitySettings
) -> None:
    await register(client)
    session_id = SessionId(UUID((await sign_in(client))["session_id"]))
    user_id = UserId(UUID((await client.get("/v1/me")).json()["id"]))
    hasher = BusyHasher(settings)
    accounts = accounts_with(hasher, place, settings)

    async def change() -> None:
        caller = Caller(address="::1", user_agent="")
        await accounts.change_password(
            user_id=user_id, session_id=session_id, old=PASSWORD, new=OTHER_PASSWORD, caller=caller
        )

    for _ in range(BusyHasher.refusals):
        with pytest.raises(HashingBusy):
            await change()
    await change()
    hasher.close()

    await sign_in(place.client(), password=OTHER_PASSWORD)


@pytest.mark.parametrize("values", [{"attempts_max": 5, "attempt_wait_s": 7}])
async def test_one_address_may_not_knock_at_every_door(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    answers = [await attempt(client, f"user{n}", PASSWORD) for n in range(values["attempts_max"] + 1)]
    registered = await client.post(
        "/v1/auth/register",
        json={
            "login": "viewer",
            "email": "v@example.com",
            "password": PASSWORD,
            "language": "ru",
            "time_zone": "Europe/Moscow",
        },
    )

    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "7"
    assert refusal(registered) == (429, "rate-limited")
    assert await place.count("identity.users") == 0


async def test_attempts_are_kept_for_the_user_to_see(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    stranger = place.client(address="203.0.113.5", **{"user-agent": "curl/8 \x7f" + "x" * 400})
    await attempt(stranger, "viewer", OTHER_PASSWORD)
    await attempt(stranger, "nobody", OTHER_PASSWORD)
    place.clock.advance(timedelta(seconds=1))
    client.headers["user-agent"] = "browser"
    await sign_in(client)

    first = (await client.get("/v1/me/logins", params={"limit": 1})).json()
    second = (await client.get("/v1/me/logins", params={"limit": 1, "cursor": first["next_cursor"]})).json()

    (newest,), (oldest,) = first["items"], second["items"]
    assert (newest["succeeded"], newest["address"], newest["user_agent"]) == (True, "192.0.2.1", "browser")
    assert (oldest["succeeded"], oldest["address"]) == (False, "203.0.113.5")
    assert oldest["user_agent"] == "curl/8 " + "x" * 293
    assert second["next_cursor"] is None


async def test_a_session_cookie_is_set_on_request_only(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)

    without_cookie = await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD})
    with_cookie = await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})

    assert "set-cookie" not in without_cookie.headers
    name, _, rest = with_cookie.headers["set-cookie"].partition("=")
    value, *attributes = rest.split("; ")
    assert name == "__Host-cinema"
    assert len(value) == 43
    assert sorted(attributes) == ["HttpOnly", "Max-Age=31536000", "Path=/", "SameSite=lax", "Secure"]
    assert value not in str(await place.rows("SELECT * FROM identity.sessions"))
    assert (await client.get("/v1/me")).json()["login"] == "viewer"


async def test_a_cookie_is_good_for_changes_from_our_own_pages_only(client: httpx2.AsyncClient) -> None:
    await register(client)
    await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})

    from_elsewhere = await client.patch("/v1/me", json={"language": "en"}, headers={"sec-fetch-site": "cross-site"})
    unchanged = (await client.get("/v1/me")).json()["language"]
    from_us = await client.patch("/v1/me", json={"language": "en"}, headers={"sec-fetch-site": "same-origin"})

    assert refusal(from_elsewhere) == (403, "cross-site")
    assert unchanged == "ru"
    assert from_us.json()["language"] == "en"


async def test_signing_out_ends_the_cookie_at_the_server(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})
    cookie = client.cookies["__Host-cinema"]

    answer = await client.post("/v1/auth/logout", headers={"sec-fetch-site": "same-origin"})

    assert answer.status_code == 204
    assert 'cinema="";' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert dict(client.cookies) == {}
    thief = place.client(cookie=f"__Host-cinema={cookie}")
    assert refusal(await thief.get("/v1/me")) == (401, "token-invalid")


@pytest.mark.parametrize("values", [{"cookie_secure": False}])
async def test_without_tls_the_cookie_has_its_plain_name(place: Place, values: dict[str, bool]) -> None:
    client = place.client(scheme="http")
    await register(client)

    answer = await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})

    assert values == {"cookie_secure": False}
    assert answer.headers["set-cookie"].startswith("cinema=")
    assert "secure" not in answer.headers["set-cookie"].lower()
    assert (await client.get("/v1/me")).status_code == 200


async def test_every_sign_in_has_secrets_of_its_own(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    planted = "x" * 43
    client.headers["cookie"] = f"__Host-cinema={planted}"

    answers = [
        await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})
        for _ in range(3)
    ]

    for field in ("access_token", "refresh_token", "session_id"):
        assert len(set(names([answer.json() for answer in answers], field))) == 3
    cookies = {answer.headers["set-cookie"].partition(";")[0] for answer in answers}
    assert len(cookies) == 3
    assert f"__Host-cinema={planted}" not in cookies
    assert refusal(await place.client(cookie=f"__Host-cinema={planted}").get("/v1/me")) == (401, "token-invalid")


async def test_no_secret_stands_in_a_log_line(client: httpx2.AsyncClient, log_lines: list[dict[str, Any]]) -> None:
    await register(client)
    tokens = await sign_in(client)
    await client.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    await client.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    await attempt(client, "viewer", OTHER_PASSWORD)

    told = str(log_lines)

    assert "identity.refresh_reused" in told
    for secret in (PASSWORD, OTHER_PASSWORD, tokens["access_token"], tokens["refresh_token"], "viewer@example.com"):
        assert secret not in told
