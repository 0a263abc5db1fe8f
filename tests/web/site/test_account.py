"""The account's first page: what one has, until when, and what is charged next, in each state."""

import re
from datetime import timedelta

from cinema.kit.db import Database
from cinema.payments.domain.decline import DeclineReason
from scenarios.house import House
from statements import counted
from web.site.accounts import MONTH, again, bought, late, ordered, subscribed, the_order, the_subscription, told
from web.stage import Browser


async def test_who_is_not_signed_in_signs_in_and_comes_back(browser: Browser) -> None:
    answer = await browser.get("/ru/account")

    assert (answer.status, answer.leads_to) == (303, "/ru/sign-in?next=%2Fru%2Faccount")


async def test_who_has_nothing_is_told_so_with_one_way_on(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/ru/account")

    assert (page.status, page.h1) == (200, "Личный кабинет")
    told(page, "Подписки нет", "Здесь будут фильмы", "Заказов пока нет")
    assert page.links["Выбрать тариф"] == "/ru/plans"


async def test_who_renews_sees_what_until_when_how_much_when_and_from_where(browser: Browser, house: House) -> None:
    await subscribed(house, browser)

    russian, english = await browser.get("/ru/account"), await browser.get("/en/account")

    told(
        russian,
        "Действует Следующее списание 15 февраля Что есть Подписка «Месяц» 399,00 ₽ за месяц",
        "Доступ Фильмы открыты до 15 февраля 2026 г. в 12:00 (GMT+3)",
        "Что спишем 399,00 ₽, 15 февраля 2026 г. в 11:00 (GMT+3) Банковская карта *4444",
    )
    told(
        english,
        "Next charge on 15 February What you have The subscription “Monthly” RUB 399.00 for a month",
        "Films are open until 15 February 2026 at 12:00 (GMT+3)",
        "RUB 399.00, 15 February 2026 at 11:00 (GMT+3) Bank card *4444",
    )


async def test_the_account_asks_little_of_the_database(browser: Browser, house: House, db: Database) -> None:
    await subscribed(house, browser)

    async with counted(db) as statements:
        await browser.get("/en/account")

    assert statements.total == 6, statements.texts


async def test_one_period_says_when_it_ends_and_that_nothing_is_charged(browser: Browser, house: House) -> None:
    await subscribed(house, browser, renews=False)

    page = await browser.get("/ru/account")

    told(page, "Подписка закончится 15 февраля", "Ничего не спишем. Почему: вы оформили её без продления.")
    assert page.links["Остаться"] == "/ru/account/subscription"


async def test_what_waits_for_its_payment_leads_on_to_that(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    order = (await ordered(house, viewer))["order"]

    page = await browser.get("/ru/account")

    told(page, "Ждёт оплаты", "Фильмы по подписке сейчас закрыты", "399,00 ₽, когда вы оплатите заказ")
    assert page.links["Оплатить 399,00 ₽"] == f"/ru/orders/{order['id']}/return"


async def test_a_refused_renewal_says_why_when_it_is_tried_again_and_until_when_films_are_open(
    browser: Browser, house: House
) -> None:
    await late(house, browser)

    page = await browser.get("/ru/account")

    told(
        page,
        "Оплата не прошла Не удалось списать",
        "Фильмы открыты до 22 февраля 2026 г. в 12:00 (GMT+3)",
        "399,00 ₽ списать не удалось: на счёте не хватило денег. Попробуем ещё раз 16 февраля 2026 г. в 11:00 (GMT+3).",
    )
    assert page.links["Заплатить 399,00 ₽ сейчас"] == "/ru/account/subscription/pay"
    assert page.links["Сменить карту"] == "/ru/account/subscription/method"


async def test_a_card_that_is_over_is_not_tried_again(browser: Browser, house: House) -> None:
    await late(house, browser, reason=DeclineReason.CARD_EXPIRED)

    page = await browser.get("/ru/account")

    told(page, "399,00 ₽ списать не удалось: истёк срок действия карты. Сами больше не спишем. Почему: способ оплаты")
    assert "Попробуем ещё раз" not in page.text


async def test_who_has_no_card_is_told_that_in_other_words_than_whose_card_was_refused(
    browser: Browser, house: House
) -> None:
    viewer = await subscribed(house, browser)
    (method,) = (await house.ok(viewer, "GET", "/v1/payment-methods"))["items"]
    await house.ok(viewer, "DELETE", f"/v1/payment-methods/{method['id']}")
    await house.drain()

    page = await browser.get("/ru/account")

    told(page, "Нечем продлить Подписка закончится 15 февраля", "Почему: вы удалили способ оплаты")
    assert page.links["Выбрать способ оплаты"] == "/ru/account/subscription/method"
    assert "Не удалось списать" not in page.text


async def test_money_on_its_way_back_closes_access_and_says_so(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/refunds", json={"reason": "not mine"})

    page = await browser.get("/ru/account")

    told(page, "Деньги возвращаются", "Фильмы по подписке сейчас закрыты", "Ничего не спишем.", "Возвращаем деньги")
    assert page.links["Посмотреть возврат"] == "/ru/account/refunds"


async def test_what_is_over_says_why_and_can_be_had_again(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser, renews=False)
    await house.pass_time(MONTH + timedelta(hours=1))
    await again(house, browser, viewer)

    page = await browser.get("/ru/account")

    told(page, "Подписки нет Подписка «Месяц» закончилась: период истёк, а оформлена она была без продления.")
    assert page.links["Оформить снова"] == "/ru/plans"


async def test_a_period_that_was_bought_ahead_counts_until_its_end(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    await house.pay(await ordered(house, viewer))
    await house.drain()

    page = await browser.get("/ru/account")

    told(page, "Фильмы открыты до 15 марта 2026 г. в 12:00 (GMT+3)", "Следующее списание 15 марта")


async def test_bought_and_rented_films_stand_with_their_ends(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    await bought(house, viewer, "metropolis", goods="film_rental")

    rented = await browser.get("/ru/account")
    await bought(house, viewer, "metropolis")
    owned = await browser.get("/ru/account")

    told(rented, "доступен до 17 января 2026 г. в 12:00 (GMT+3)")
    told(owned, "ваш навсегда")
    assert owned.html.count('href="/ru/films/metropolis"') == 1
    assert "доступен до" not in owned.text


async def test_all_films_stand_on_a_page_of_their_own(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    empty = await browser.get("/en/account/films")
    await bought(house, viewer, "metropolis")

    page = await browser.get("/en/account/films")

    told(empty, "Films that you buy or rent will be here.")
    assert page.h1 == "My films"
    told(page, "Metropolis yours for good")


async def test_each_page_of_the_account_marks_where_one_is(browser: Browser) -> None:
    await browser.sign_up("anna")

    marked = {
        place: set(re.findall(r'<a href="([^"]+)" aria-current="(page|true)"', (await browser.get(place)).html))
        for place in ("/en/account", "/en/account/orders", "/en/account/sign-ins", "/en/account/password")
    }

    assert marked == {
        "/en/account": {("/en/account", "page")},
        "/en/account/orders": {("/en/account/orders", "page")},
        "/en/account/sign-ins": {("/en/account/devices", "true")},
        "/en/account/password": {("/en/account/settings", "true")},
    }


async def test_only_pages_that_lead_to_the_provider_may_do_so(browser: Browser, house: House) -> None:
    await subscribed(house, browser)

    policies = {
        place: (await browser.get(place)).headers["content-security-policy"]
        for place in ("/en/account", "/en/account/subscription", "/en/account/methods")
    }

    assert "form-action 'self';" in policies["/en/account"]
    assert "form-action 'self';" in policies["/en/account/subscription"]
    assert "form-action 'self' https: http://127.0.0.1:* http://localhost:*;" in policies["/en/account/methods"]


async def test_somebody_elses_subscription_shows_nothing(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    subscription = await the_subscription(house, viewer)
    stranger = Browser(house=house)
    await stranger.sign_up("boris")

    page = await stranger.get(f"/en/account/subscriptions/{subscription['id']}/agreements")

    assert page.status == 404
    told(page, "You have no such subscription.")
    assert "Monthly" not in page.text
