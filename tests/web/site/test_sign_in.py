"""Signing up, in and out as a person sees it, and what a browser is given and keeps."""

import pytest

from cinema.kit.auth import COOKIE
from scenarios.house import PASSWORD, House
from web.stage import Browser

NEWCOMER = {
    "email": "anna@viewers.example",
    "login": "anna",
    "password": PASSWORD,
    "time_zone": "Asia/Yekaterinburg",
}


async def test_who_signs_up_is_signed_in_and_back_where_they_came_from(browser: Browser, house: House) -> None:
    page = await browser.get("/ru/sign-up?next=/ru/plans")

    answer = await browser.submit(page.form("/ru/sign-up"), **NEWCOMER)

    assert (page.status, page.h1) == (200, "Регистрация")
    assert (answer.status, answer.leads_to) == (303, "/ru/plans")
    assert COOKIE in browser.cookies
    (row,) = await house.rows("SELECT login, language, time_zone FROM identity.users")
    assert row == {"login": "anna", "language": "ru", "time_zone": "Asia/Yekaterinburg"}


async def test_sign_up_offers_the_zone_of_the_language_and_the_rules_of_a_password_before(browser: Browser) -> None:
    russian, english = await browser.get("/ru/sign-up"), await browser.get("/en/sign-up")

    assert russian.form("/ru/sign-up").fields["time_zone"] == "Europe/Moscow"
    assert english.form("/en/sign-up").fields["time_zone"] == "UTC"
    assert "Москва (GMT+3)" in russian.text
    assert "От 8 знаков" in russian.text
    assert "8 characters or more" in english.text
    for told in ('autocomplete="email"', 'autocomplete="username"', 'autocomplete="new-password"'):
        assert told in english.html


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"login": "1anna"}, "login", "A login has 3 to 32 Latin letters"),
        ({"email": "anna"}, "email", "There seems to be a mistake in the address"),
        ({"password": "short"}, "password", "A password has 8 to 128 characters"),
        ({"password": "password1"}, "password", "among the first that are tried"),
        ({"login": "long-login", "password": "long-login"}, "password", "must not be your login"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone", "We do not know this time zone"),
        ({"login": " "}, "login", "Please fill this in"),
    ],
)
async def test_a_mistake_is_said_beside_its_field_and_what_was_typed_stays_but_the_password(
    browser: Browser, house: House, typed: dict[str, str], field: str, sentence: str
) -> None:
    form = (await browser.get("/en/sign-up")).form("/en/sign-up")

    answer = await browser.submit(form, **NEWCOMER | typed)

    assert answer.status == 422
    said = answer.error(field)
    assert said is not None
    assert sentence in said
    kept = answer.form("/en/sign-up").fields
    assert kept["email"] == (NEWCOMER | typed)["email"]
    assert kept["password"] == ""
    assert PASSWORD not in answer.html
    assert browser.cookies.keys() == {"cinema-language"}
    assert await house.rows("SELECT FROM identity.users") == []


async def test_a_taken_login_is_said_beside_it(browser: Browser, house: House) -> None:
    await house.sign_up("anna")
    form = (await browser.get("/ru/sign-up")).form("/ru/sign-up")

    answer = await browser.submit(form, **NEWCOMER | {"email": "other@viewers.example"})

    assert answer.status == 422
    assert answer.error("login") == "Этот логин занят. Придумайте другой."


async def test_a_stranger_with_a_taken_address_reads_nothing_of_the_account(browser: Browser, house: House) -> None:
    await house.sign_up("anna")
    form = (await browser.get("/en/sign-up?next=/en/plans")).form("/en/sign-up")

    answer = await browser.submit(form, **NEWCOMER | {"login": "stranger"})
    page = await browser.follow(answer)

    assert answer.leads_to == "/en/sign-in?next=%2Fen%2Fplans&from=sign-up"
    assert COOKIE not in browser.cookies
    assert page.h1 == "Sign in"
    assert "If we know this address already, we have sent a mail to it" in page.text
    assert "anna" not in page.text
    await house.drain()
    subjects = sorted(mail.subject for mail in house.mailer.mails)
    assert subjects == ["Someone tried to sign up with your address", "Welcome to Cinema"]


async def test_signing_in_leads_back_inside_and_never_outside(browser: Browser, house: House) -> None:
    await house.sign_up("anna")

    inside = await browser.sign_in("anna", back="/ru/films/metropolis?from=list")
    outside = [
        (await Browser(house=house).sign_in("anna", back=place)).leads_to
        for place in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/v1/me")
    ]

    assert (inside.status, inside.leads_to) == (303, "/ru/films/metropolis?from=list")
    assert outside == ["/en/"] * 5


async def test_who_is_signed_in_goes_on_from_the_door_at_once(browser: Browser) -> None:
    await browser.sign_up("anna")

    answers = [await browser.get(f"/en/{door}?next=/en/plans") for door in ("sign-in", "sign-up")]

    assert [(one.status, one.leads_to) for one in answers] == [(303, "/en/plans")] * 2


async def test_a_wrong_password_and_an_unknown_name_read_the_same(browser: Browser, house: House) -> None:
    await house.sign_up("anna")

    answers = [
        await browser.post("/ru/sign-in", {"name": name, "password": "not the password"}) for name in ("anna", "nobody")
    ]

    assert [one.status for one in answers] == [422, 422]
    assert [one.text.replace("nobody", "anna") for one in answers[1:]] == [answers[0].text]
    assert "Логин или пароль не подходят" in answers[0].text
    assert answers[0].form("/ru/sign-in").fields == {"name": "anna", "password": ""}
    assert COOKIE not in browser.cookies


async def test_too_many_tries_are_told_when_to_try_again(browser: Browser, house: House) -> None:
    await house.sign_up("anna")

    while True:
        answer = await browser.post("/en/sign-in", {"name": "anna", "password": "not the password"})
        if answer.status != 422:
            break

    assert answer.status == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many tries in a row. Try again in " in answer.text
    assert answer.h1 == "Sign in"


async def test_signing_out_ends_the_session_and_takes_its_cookie(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    stolen = dict(browser.cookies)

    answer = await browser.post("/en/sign-out")

    assert (answer.status, answer.leads_to) == (303, "/en/")
    assert COOKIE not in browser.cookies
    again = await Browser(house=house, cookies=stolen).get("/en/sign-in")
    assert again.status == 200
    assert "Your session is over" in again.text


async def test_another_site_can_neither_sign_in_nor_out(browser: Browser) -> None:
    await browser.sign_up("anna")

    answers = [
        await browser.post(path, {"name": "anna", "password": PASSWORD}, **{"Sec-Fetch-Site": "cross-site"})
        for path in ("/en/sign-out", "/en/sign-in", "/en/theme")
    ]

    assert [one.status for one in answers] == [403] * 3
    assert COOKIE in browser.cookies


async def test_a_theme_is_kept_and_an_unknown_one_is_not(browser: Browser) -> None:
    chosen = await browser.post("/ru/theme", {"theme": "light", "next": "/ru/sign-in"})
    unknown = await browser.post("/ru/theme", {"theme": "pink", "next": "https://evil.example/"})

    assert (chosen.status, chosen.leads_to) == (303, "/ru/sign-in")
    assert (unknown.status, unknown.leads_to) == (303, "/ru/")
    assert browser.cookies["cinema-theme"] == "light"
    assert 'data-theme="light"' in (await browser.get("/ru/sign-in")).html


async def test_what_somebody_hostile_types_is_shown_and_not_obeyed(browser: Browser) -> None:
    name = '"><script>alert(1)</script>'

    answer = await browser.post("/en/sign-in?next=%22%3E%3Cscript%3E", {"name": name, "password": "x"})

    assert answer.status == 422
    assert "<script>alert" not in answer.html
    assert answer.form("/en/sign-in").fields["name"] == name


async def test_a_session_that_ran_out_is_said_at_the_door(browser: Browser) -> None:
    await browser.sign_up("anna")
    browser.cookies[COOKIE] = browser.cookies[COOKIE][:-4] + "AAAA"

    page = await browser.get("/ru/sign-in?next=/ru/plans")

    assert "Сеанс закончился. Войдите снова, и мы вернём вас туда же." in page.text
    assert page.text.count("Сеанс закончился") == 1
