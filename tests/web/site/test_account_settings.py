"""Devices, sign-ins, mails, settings and the password, as their owner sees and changes them."""

import pytest

from cinema.web.site.devices import device
from scenarios.house import PASSWORD, House
from web.site.accounts import subscribed, told
from web.stage import Browser

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/19.0 Mobile/15E148 Safari/604.1"
)


@pytest.mark.parametrize(
    ("user_agent", "name", "icon"),
    [
        (FIREFOX, "Firefox, Linux", "monitor"),
        (PHONE, "Safari, iPhone", "smartphone"),
        (
            "Mozilla/5.0 (Windows NT 10.0; x64) AppleWebKit/537.36 Chrome/142.0 YaBrowser/25.10 Safari/537.36",
            "Yandex Browser, Windows",
            "monitor",
        ),
        ("Mozilla/5.0 (SMART-TV; LINUX; Tizen 9.0) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "Chrome, TV", "tv"),
        ("cinema-client/1.0", "cinema-client/1.0", "monitor"),
        ("x" * 80, "x" * 60 + "…", "monitor"),
        ("", "", "monitor"),
    ],
)
def test_a_device_is_called_as_people_call_it(user_agent: str, name: str, icon: str) -> None:
    found = device(user_agent)

    assert (found.name, found.icon) == (name, icon)


async def signed_in_elsewhere(house: House, user_agent: str) -> Browser:
    """The same person's other browser."""
    other = Browser(house=house)
    await other.post("/en/sign-in", {"name": "anna", "password": PASSWORD}, **{"User-Agent": user_agent})
    return other


async def test_devices_are_named_this_one_is_marked_and_one_is_signed_out(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    other = await signed_in_elsewhere(house, PHONE)
    page = await browser.get("/ru/account/devices")
    (button,) = [one for one in page.forms if "Выйти Safari, iPhone" in one.buttons]
    (ended,) = await house.rows("SELECT id FROM identity.sessions WHERE user_agent LIKE '%iPhone%'")

    answer = await browser.submit(button, session=str(ended["id"]))

    told(page, "Safari, iPhone Вход 15 января 2026 г. в 12:00 (GMT+3).", "Это устройство")
    assert answer.leads_to == "/ru/account/devices?ended=1"
    told(await browser.follow(answer), "Готово: вышли на 1 устройстве.")
    assert (await other.get("/ru/account")).status == 303
    assert (await browser.get("/ru/account")).status == 200


async def test_all_other_devices_are_signed_out_at_once(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")  # the API's own session is one more
    others = [await signed_in_elsewhere(house, FIREFOX) for _ in range(2)]
    (form,) = [one for one in (await browser.get("/ru/account/devices")).forms if "Выйти на всех других" in one.buttons]

    answer = await browser.submit(form, others="1")

    told(await browser.follow(answer), "Готово: вышли на 3 устройствах.")
    assert [(await one.get("/ru/account")).status for one in others] == [303, 303]
    assert (await browser.get("/ru/account")).status == 200


async def test_the_device_of_somebody_else_stays_signed_in(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    (theirs,) = await house.rows("SELECT id FROM identity.sessions ORDER BY created_at DESC, id DESC LIMIT 1")
    stranger = Browser(house=house)
    await stranger.sign_up("boris")

    answer = await stranger.post("/ru/account/devices", {"session": str(theirs["id"])})

    assert answer.status == 404
    told(answer, "На этом устройстве уже вышли.")
    assert (await browser.get("/ru/account")).status == 200


async def test_what_a_device_calls_itself_is_shown_and_never_run(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await signed_in_elsewhere(house, "<script>alert(1)</script>")

    devices, sign_ins = await browser.get("/en/account/devices"), await browser.get("/en/account/sign-ins")

    for page in (devices, sign_ins):
        assert "<script>alert" not in page.html
        told(page, "<script>alert(1)</script>")


async def test_attempts_to_sign_in_are_listed_with_what_became_of_them(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    stranger = Browser(house=house)
    await stranger.post("/en/sign-in", {"name": "anna", "password": "wrong"}, **{"User-Agent": FIREFOX})

    page = await browser.get("/ru/account/sign-ins")

    told(page, "Firefox, Linux 15 января 2026 г. в 12:00 (GMT+3), адрес", "Не пустили", "Вошли")
    assert page.links["Сменить пароль"] == "/ru/account/password"


async def test_mails_are_listed_with_what_became_of_them(browser: Browser, house: House) -> None:
    await subscribed(house, browser)

    page = await browser.get("/ru/account/notifications")

    told(
        page,
        "Письма приходят на anna@viewers.example.",
        "Payment received: Monthly, RUB 399.00 Отправлено 15 января 2026 г. в 12:00 (GMT+3) Отправлено",
        "Welcome to Cinema",
    )


async def test_settings_are_kept_and_the_next_page_speaks_the_new_language(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    form = (await browser.get("/en/account/settings")).form("/en/account/settings")

    answer = await browser.submit(form, login="anna.k", language="ru", time_zone="Asia/Yekaterinburg")

    assert form.fields == {"login": "anna", "language": "en", "time_zone": "Europe/Moscow"}
    assert answer.leads_to == "/ru/account/settings?done=saved"
    (row,) = await house.rows("SELECT login, language, time_zone FROM identity.users")
    assert row == {"login": "anna.k", "language": "ru", "time_zone": "Asia/Yekaterinburg"}
    told(await browser.follow(answer), "Сохранено.", "anna.k")


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"login": "boris"}, "login", "Этот логин занят."),
        ({"login": "1"}, "login", "Логин: от 3 до 32 латинских букв"),
        ({"time_zone": "Europe/Nowhere"}, "time_zone", "Такого часового пояса мы не знаем."),
    ],
)
async def test_what_cannot_be_set_is_said_beside_its_field_and_stays_typed(
    browser: Browser, house: House, typed: dict[str, str], field: str, sentence: str
) -> None:
    await house.sign_up("boris")
    await browser.sign_up("anna")
    form = (await browser.get("/ru/account/settings")).form("/ru/account/settings")

    answer = await browser.submit(form, **typed)

    assert answer.status in {409, 422}
    assert (answer.error(field) or "").startswith(sentence)
    if field == "login":
        assert f'value="{typed[field]}"' in answer.html
    (row,) = await house.rows("SELECT login, language, time_zone FROM identity.users WHERE login = 'anna'")
    assert row == {"login": "anna", "language": "en", "time_zone": "Europe/Moscow"}


async def test_a_new_password_signs_all_other_devices_out(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    other = await signed_in_elsewhere(house, FIREFOX)
    form = (await browser.get("/ru/account/password")).form("/ru/account/password")
    new = "another sentence nobody knows"

    answer = await browser.submit(form, old=PASSWORD, new=new, again=new)

    told(await browser.follow(answer), "Пароль сменён. На других устройствах мы из аккаунта вышли.")
    assert (await other.get("/ru/account")).status == 303
    fresh = Browser(house=house)
    assert (await fresh.post("/en/sign-in", {"name": "anna", "password": new})).status == 303


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"old": "wrong"}, "old", "Это не ваш нынешний пароль."),
        ({"new": "short", "again": "short"}, "new", "В пароле должно быть от 8 до 128 знаков."),
        ({"new": "password1", "again": "password1"}, "new", "Такой пароль подбирают одним из первых."),
        ({"again": "something else"}, "again", "Пароли не совпали."),
    ],
)
async def test_a_password_that_is_refused_says_why_and_stays_what_it_was(
    browser: Browser, house: House, typed: dict[str, str], field: str, sentence: str
) -> None:
    await browser.sign_up("anna")
    form = (await browser.get("/ru/account/password")).form("/ru/account/password")
    good = {"old": PASSWORD, "new": "another sentence nobody knows", "again": "another sentence nobody knows"}

    answer = await browser.submit(form, **good | typed)

    assert answer.status in {403, 422}
    assert (answer.error(field) or "").startswith(sentence)
    assert "another sentence" not in answer.html
    assert (await Browser(house=house).post("/en/sign-in", {"name": "anna", "password": PASSWORD})).status == 303


async def test_the_theme_is_chosen_on_the_page_of_settings_too(browser: Browser) -> None:
    await browser.sign_up("anna")
    page = await browser.get("/ru/account/settings")
    (form,) = [one for one in page.forms if "Тёмный" in one.buttons]

    answer = await browser.submit(form, theme="dark")

    assert answer.leads_to == "/ru/account/settings"
    assert 'data-theme="dark"' in (await browser.follow(answer)).html
