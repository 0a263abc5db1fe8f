"""Sessions: refresh, reuse, lifetimes, ends."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from identity.people import OTHER_PASSWORD, PASSWORD, Place, names, refusal, register, sign_in
from rivals import held_up


@pytest.fixture
def settings_values(request: pytest.FixtureRequest) -> dict[str, Any]:
    marker = request.node.get_closest_marker("parametrize")
    return dict(request.node.callspec.params.get("values", {})) if marker else {}


async def refresh(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post("/v1/auth/refresh", json={"refresh_token": token})


async def me(client: httpx2.AsyncClient, access_token: str) -> int:
    return (await client.get("/v1/me", headers={"authorization": f"Bearer {access_token}"})).status_code


async def test_a_refresh_token_is_exchanged_for_new_tokens_of_the_same_session(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    first = await sign_in(client)
    place.clock.advance(timedelta(minutes=11))
    expired = await me(client, first["access_token"])

    second = (await refresh(client, first["refresh_token"])).json()

    assert expired == 401
    assert second["session_id"] == first["session_id"]
    assert second["refresh_token"] != first["refresh_token"]
    assert await me(client, second["access_token"]) == 200
    assert await place.count("identity.sessions") == 1


async def test_using_a_refresh_token_twice_ends_the_whole_family(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    first = await sign_in(client)
    other = await sign_in(place.client())
    second = (await refresh(client, first["refresh_token"])).json()
    third = (await refresh(client, second["refresh_token"])).json()

    stolen = await refresh(client, first["refresh_token"])

    assert refusal(stolen) == (401, "refresh-token-invalid")
    assert refusal(await refresh(client, third["refresh_token"])) == (401, "refresh-token-invalid")
    assert await me(client, third["access_token"]) == 401
    assert await me(client, other["access_token"]) == 200
    rows = await place.rows("SELECT ended_reason FROM identity.sessions ORDER BY ended_at NULLS LAST")
    assert names(rows, "ended_reason") == ["refresh_reused", None]


async def test_of_parallel_exchanges_of_one_token_one_succeeds(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    tokens = await sign_in(client)

    answers = await asyncio.gather(*(refresh(client, tokens["refresh_token"]) for _ in range(10)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 9
    assert names(await place.rows("SELECT ended_reason FROM identity.sessions"), "ended_reason") == ["refresh_reused"]


async def test_of_twins_that_meet_in_an_exchange_the_second_is_taken_for_a_thief(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    tokens = await sign_in(client)

    async with held_up(place.db, "SELECT FROM identity.sessions FOR UPDATE", rivals=2):
        twins = [asyncio.create_task(refresh(client, tokens["refresh_token"])) for _ in range(2)]
    answers = await asyncio.gather(*twins)

    assert sorted(answer.status_code for answer in answers) == [200, 401]
    [fresh] = [answer.json() for answer in answers if answer.status_code == 200]
    assert await me(client, fresh["access_token"]) == 401
    assert names(await place.rows("SELECT ended_reason FROM identity.sessions"), "ended_reason") == ["refresh_reused"]


async def test_a_session_that_ends_during_an_exchange_stays_ended(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    tokens = await sign_in(client)

    async with held_up(place.db, "SELECT FROM identity.sessions FOR UPDATE", rivals=2):
        ending = asyncio.create_task(client.post("/v1/auth/logout"))
        exchange = asyncio.create_task(refresh(client, tokens["refresh_token"]))
    ended, exchanged = await ending, await exchange

    assert ended.status_code == 204
    assert exchanged.status_code in {200, 401}
    if exchanged.status_code == 200:
        assert await me(client, exchanged.json()["access_token"]) == 401
    assert names(await place.rows("SELECT ended_reason FROM identity.sessions"), "ended_reason") == ["signed_out"]


@pytest.mark.parametrize("values", [{"refresh_grace_s": 10}])
async def test_a_lost_answer_is_forgiven_within_the_grace(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    await register(client)
    lost = await sign_in(client)
    unseen = (await refresh(client, lost["refresh_token"])).json()
    place.clock.advance(timedelta(seconds=values["refresh_grace_s"] - 1))
    again = await refresh(client, lost["refresh_token"])
    place.clock.advance(timedelta(seconds=values["refresh_grace_s"]))

    too_late = await refresh(client, unseen["refresh_token"])

    assert again.status_code == 200
    assert await place.count("identity.refresh_tokens") == 3
    assert refusal(too_late) == (401, "refresh-token-invalid")
    assert await me(client, again.json()["access_token"]) == 401


async def test_a_token_that_was_never_given_out_is_refused(client: httpx2.AsyncClient) -> None:
    await register(client)
    tokens = await sign_in(client)
    foreign = ["x", "x" * 43, "é" * 20, "0" * 200, tokens["refresh_token"][:-1], tokens["access_token"][:200]]

    answers = [refusal(await refresh(client, token)) for token in foreign]

    assert answers == [(401, "refresh-token-invalid")] * 6
    assert await me(client, tokens["access_token"]) == 200


@pytest.mark.parametrize("values", [{"session_idle_s": 86_400, "session_absolute_s": 10 * 86_400}])
async def test_a_session_that_is_not_used_ends(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    await register(client)
    tokens = await sign_in(client)
    place.clock.advance(timedelta(seconds=values["session_idle_s"]))

    assert refusal(await refresh(client, tokens["refresh_token"])) == (401, "refresh-token-invalid")


@pytest.mark.parametrize("values", [{"session_idle_s": 86_400, "session_absolute_s": 10 * 86_400}])
async def test_a_session_ends_in_the_end_however_much_it_is_used(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    await register(client)
    begun_at = place.clock.now()
    answer = await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})
    token, used = answer.json()["refresh_token"], 0
    while (exchanged := await refresh(client, token)).status_code == 200 and used < 100:
        assert (await client.get("/v1/me")).status_code == 200
        token, used = exchanged.json()["refresh_token"], used + 1
        place.clock.advance(timedelta(hours=23))

    assert used == 11
    assert place.clock.now() - begun_at >= timedelta(seconds=values["session_absolute_s"])
    assert refusal(exchanged) == (401, "refresh-token-invalid")
    assert refusal(await client.get("/v1/me")) == (401, "token-invalid")


@pytest.mark.parametrize("values", [{"session_idle_s": 86_400}])
async def test_using_a_cookie_keeps_its_session_alive(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    await register(client)
    await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD, "cookie": True})
    answers = []

    for _ in range(3):
        place.clock.advance(timedelta(seconds=values["session_idle_s"] - 1))
        answers.append((await client.get("/v1/me")).status_code)
    place.clock.advance(timedelta(seconds=values["session_idle_s"]))

    assert answers == [200, 200, 200]
    assert (await client.get("/v1/me")).status_code == 401


async def test_signing_out_ends_all_tokens_of_the_session_at_once(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    tokens, other = await sign_in(place.client()), await sign_in(client)

    answer = await client.post("/v1/auth/logout")

    assert answer.status_code == 204
    assert refusal(await client.get("/v1/me")) == (401, "token-invalid")
    assert refusal(await refresh(client, other["refresh_token"])) == (401, "refresh-token-invalid")
    assert await me(place.client(), tokens["access_token"]) == 200


async def test_a_user_sees_and_ends_the_own_sessions(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    television = place.client(address="192.0.2.44", **{"user-agent": "television"})
    lost = await sign_in(television)
    place.clock.advance(timedelta(seconds=1))
    current = await sign_in(client)

    before = (await client.get("/v1/me/sessions")).json()
    answer = await client.delete(f"/v1/me/sessions/{lost['session_id']}")
    after = (await client.get("/v1/me/sessions")).json()

    assert names(before["items"], "id") == [current["session_id"], lost["session_id"]]
    assert names(before["items"], "is_current") == [True, False]
    assert before["items"][1]["user_agent"] == "television"
    assert before["items"][1]["address"] == "192.0.2.44"
    assert answer.status_code == 204
    assert names(after["items"], "id") == [current["session_id"]]
    assert (await television.get("/v1/me")).status_code == 401


async def test_a_user_ends_all_sessions_but_the_one_that_asks(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await register(client, "other")
    stranger = place.client()
    await sign_in(stranger, "other")
    lost = [place.client() for _ in range(2)]
    for device in lost:
        await sign_in(device)
    await sign_in(client)

    answer = await client.delete("/v1/me/sessions")
    again = await client.delete("/v1/me/sessions")

    assert (answer.status_code, answer.json()) == (200, {"ended": 2})
    assert again.json() == {"ended": 0}
    assert [(await device.get("/v1/me")).status_code for device in lost] == [401, 401]
    assert [(await one.get("/v1/me")).status_code for one in (client, stranger)] == [200, 200]
    rows = await place.rows("SELECT ended_reason FROM identity.sessions ORDER BY ended_reason")
    assert names(rows, "ended_reason") == ["revoked", "revoked", None, None]


async def test_a_session_that_time_had_ended_is_not_counted_and_never_runs_again(
    place: Place, client: httpx2.AsyncClient
) -> None:
    await register(client)
    await sign_in(place.client())
    place.clock.advance(timedelta(days=400))
    await sign_in(client)

    answer = await client.delete("/v1/me/sessions")

    assert answer.json() == {"ended": 0}
    rows = await place.rows("SELECT ended_reason FROM identity.sessions ORDER BY ended_reason")
    assert names(rows, "ended_reason") == ["revoked", None]


async def test_the_sessions_of_others_do_not_exist(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client, "viewer")
    await register(client, "other")
    tokens = await sign_in(client, "viewer")
    stranger = place.client()
    await sign_in(stranger, "other")

    answer = await stranger.delete(f"/v1/me/sessions/{tokens['session_id']}")
    missing = await stranger.delete("/v1/me/sessions/0198a000-0000-7000-8000-000000000000")
    unreadable = await stranger.delete("/v1/me/sessions/mine")

    assert refusal(answer) == refusal(missing) == (404, "session-not-found")
    assert refusal(unreadable) == (422, "input-invalid")
    assert (await client.get("/v1/me")).status_code == 200


@pytest.mark.parametrize("values", [{"sessions_max": 3}])
async def test_one_session_too_many_ends_the_one_unused_for_longest(
    place: Place, client: httpx2.AsyncClient, values: dict[str, int]
) -> None:
    await register(client)
    tokens = []
    for _ in range(values["sessions_max"]):
        tokens.append(await sign_in(place.client()))
        place.clock.advance(timedelta(minutes=2))
    await me(client, tokens[0]["access_token"])

    await sign_in(client)

    assert [await me(place.client(), one["access_token"]) for one in tokens] == [200, 401, 200]


async def test_a_new_password_ends_every_other_session(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    elsewhere = place.client()
    tokens = await sign_in(elsewhere)
    await sign_in(client)

    answer = await client.post("/v1/me/password", json={"old_password": PASSWORD, "new_password": OTHER_PASSWORD})

    assert answer.status_code == 204
    assert (await client.get("/v1/me")).status_code == 200
    assert (await elsewhere.get("/v1/me")).status_code == 401
    assert refusal(await refresh(elsewhere, tokens["refresh_token"])) == (401, "refresh-token-invalid")
    old = await elsewhere.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD})
    assert refusal(old) == (401, "credentials-wrong")
    await sign_in(elsewhere, password=OTHER_PASSWORD)


BAD: list[tuple[dict[str, str], tuple[int, str]]] = [
    ({"old_password": OTHER_PASSWORD, "new_password": OTHER_PASSWORD}, (403, "password-wrong")),
    ({"old_password": PASSWORD, "new_password": "iloveyou"}, (422, "password-common")),
    ({"old_password": PASSWORD, "new_password": "Viewer@example.com"}, (422, "password-personal")),
    ({"old_password": PASSWORD, "new_password": "short"}, (422, "password-length")),
    ({"new_password": OTHER_PASSWORD}, (422, "input-invalid")),
]


async def test_a_refused_new_password_changes_nothing(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    elsewhere = place.client()
    await sign_in(elsewhere)
    await sign_in(client)
    before = await place.rows("SELECT password_hash FROM identity.users")

    answers = [refusal(await client.post("/v1/me/password", json=body)) for body, _ in BAD]

    assert answers == [expected for _, expected in BAD]
    assert await place.rows("SELECT password_hash FROM identity.users") == before
    assert (await elsewhere.get("/v1/me")).status_code == 200


async def test_guessing_the_present_password_is_slowed_down(client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)

    answers = [
        await client.post("/v1/me/password", json={"old_password": f"guess number {n}", "new_password": OTHER_PASSWORD})
        for n in range(12)
    ]

    assert [answer.status_code for answer in answers] == [403] * 10 + [429] * 2


async def test_sessions_that_are_long_over_are_forgotten(place: Place, client: httpx2.AsyncClient) -> None:
    await register(client)
    await sign_in(client)
    await client.post("/v1/auth/logout")
    await sign_in(place.client())
    place.clock.advance(timedelta(days=29))
    kept = client
    await sign_in(kept)
    await place.settle()
    sessions_kept = await place.count("identity.sessions")

    place.clock.advance(timedelta(days=1))
    await place.settle()
    after_a_month = await place.count("identity.sessions")
    place.clock.advance(timedelta(days=61))
    await place.settle()
    after_three_months = await place.count("identity.sessions")

    assert (sessions_kept, after_a_month, after_three_months) == (3, 2, 1)
    assert await place.count("identity.refresh_tokens") == 1
