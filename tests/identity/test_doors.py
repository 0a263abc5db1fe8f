"""What pages do about accounts: the same that the routes do, with the session in a cookie."""

import httpx2
import pytest

from cinema.contracts.identity import Doors, SessionCookie, caller
from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.identity.domain.account import CredentialsWrong, LoginTaken
from cinema.identity.domain.password import PasswordWrong
from cinema.identity.domain.session import SessionNotFound
from cinema.kit.auth import Actor
from identity.people import OTHER_PASSWORD, PASSWORD, Place, names

HERE = caller(address="192.0.2.1", user_agent="browser")


@pytest.fixture
def doors(place: Place) -> Doors:
    return place.identity.doors


async def registered(doors: Doors, login: str = "viewer") -> None:
    await doors.register(
        login=login,
        email=f"{login}@example.com",
        password=PASSWORD,
        language=Language.RU,
        time_zone="Europe/Moscow",
        caller=HERE,
    )


async def signed_in(place: Place, login: str = "viewer") -> tuple[SessionCookie, Actor]:
    cookie = await place.identity.doors.sign_in(name=login, password=PASSWORD, caller=HERE)
    return cookie, await place.identity.authenticator.actor(cookie.token)


async def test_a_page_registers_and_signs_in_and_its_cookie_is_good_for_routes(place: Place, doors: Doors) -> None:
    await registered(doors)

    cookie, actor = await signed_in(place)

    async with place.client(cookie=f"{cookie.name}={cookie.token}") as browser:
        me = await browser.get("/v1/me")
    assert (cookie.name, cookie.is_secure) == ("__Host-cinema", True)
    assert (cookie.expires_at - place.clock.now()).days == 365
    assert cookie.token not in repr(cookie)
    assert (me.json()["login"], me.json()["id"]) == ("viewer", str(actor.user_id))


@pytest.mark.parametrize("settings_values", [{"cookie_secure": False}])
async def test_without_tls_a_page_gives_the_plain_cookie(place: Place, doors: Doors) -> None:
    await registered(doors)

    cookie, _ = await signed_in(place)

    assert (cookie.name, cookie.is_secure) == ("cinema", False)


async def test_a_wrong_password_begins_no_session(place: Place, doors: Doors) -> None:
    await registered(doors)

    with pytest.raises(CredentialsWrong):
        await doors.sign_in(name="viewer", password=OTHER_PASSWORD, caller=HERE)

    assert await place.count("identity.sessions") == 0


async def test_signing_out_ends_the_session_of_the_cookie(place: Place, doors: Doors) -> None:
    await registered(doors)
    _, actor = await signed_in(place)

    await doors.sign_out(session_id=SessionId(actor.session_id))

    assert names(await place.rows("SELECT ended_reason FROM identity.sessions"), "ended_reason") == ["signed_out"]


async def test_a_page_changes_what_was_filled_in_and_leaves_the_rest(place: Place, doors: Doors) -> None:
    await registered(doors)
    await registered(doors, "other")
    _, actor = await signed_in(place)
    user_id = UserId(actor.user_id)

    profile = await doors.change(user_id=user_id, login=None, language=Language.EN, time_zone=None)
    with pytest.raises(LoginTaken):
        await doors.change(user_id=user_id, login="other", language=Language.RU, time_zone=None)

    assert (profile.login, profile.language, profile.time_zone) == ("viewer", "en", "Europe/Moscow")
    assert await place.identity.reader.profile(user_id=user_id) == profile


async def test_a_new_password_of_a_page_ends_the_other_sessions(place: Place, doors: Doors) -> None:
    await registered(doors)
    await signed_in(place)
    _, actor = await signed_in(place)
    user_id, session_id = UserId(actor.user_id), SessionId(actor.session_id)

    with pytest.raises(PasswordWrong):
        await doors.change_password(
            user_id=user_id, session_id=session_id, old=OTHER_PASSWORD, new=OTHER_PASSWORD, caller=HERE
        )
    await doors.change_password(user_id=user_id, session_id=session_id, old=PASSWORD, new=OTHER_PASSWORD, caller=HERE)

    reasons = await place.rows("SELECT ended_reason FROM identity.sessions ORDER BY ended_reason")
    assert names(reasons, "ended_reason") == ["password_changed", None]


async def test_a_page_ends_one_session_or_all_others(place: Place, doors: Doors) -> None:
    await registered(doors)
    _, first = await signed_in(place)
    await signed_in(place)
    _, last = await signed_in(place)
    user_id = UserId(last.user_id)

    await doors.end_session(user_id=user_id, session_id=SessionId(first.session_id))
    ended = await doors.end_other_sessions(user_id=user_id, kept=SessionId(last.session_id))

    assert ended == 1
    reasons = await place.rows("SELECT ended_reason FROM identity.sessions ORDER BY ended_reason")
    assert names(reasons, "ended_reason") == ["revoked", "revoked", None]


async def test_the_session_of_another_is_not_ended_by_a_page(place: Place, doors: Doors) -> None:
    await registered(doors)
    await registered(doors, "other")
    cookie, anna = await signed_in(place)
    _, boris = await signed_in(place, "other")

    with pytest.raises(SessionNotFound):
        await doors.end_session(user_id=UserId(boris.user_id), session_id=SessionId(anna.session_id))

    assert await place.identity.authenticator.actor(cookie.token) == anna


async def test_signing_out_takes_the_cookie_from_the_browser_that_brought_it_alone(
    doors: Doors, client: httpx2.AsyncClient
) -> None:
    await registered(doors)
    answer = await client.post("/v1/auth/login", json={"login": "viewer", "password": PASSWORD})
    client.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    signed_out = await client.post("/v1/auth/logout")

    assert signed_out.status_code == 204
    assert "set-cookie" not in signed_out.headers
