"""Checkout as a buyer sees it: what, how and how much; one order however often it is sent; and the way to pay it."""

import pytest

from cinema.payments.providers.fake import Fault
from scenarios.house import URL, House
from web.site.paying import MONTH, PURCHASE, RENTAL, buy, order_id, orders, pay, provider_page
from web.stage import Browser

# What is shown before


async def test_a_stranger_signs_in_first_and_comes_back_to_the_same_step(browser: Browser, house: House) -> None:
    await house.sign_up("anna")

    sent_away = await browser.get(MONTH)
    door = await browser.follow(sent_away)
    back = await browser.submit(door.form("/ru/sign-in"), name="anna", password="a long sentence nobody knows")

    assert "Войдите, и мы вернём вас к покупке." in door.text
    assert back.leads_to == MONTH


async def test_a_plan_tells_what_is_paid_today_and_what_follows(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get(MONTH)

    assert (page.status, page.h1) == (200, "Оформление")
    assert "Подписка «Месяц» С сегодняшнего дня до 15 февраля." in page.text
    assert "Сегодня 399,00 ₽" in page.text
    assert "Затем 399,00 ₽ каждый месяц, первый раз 15 февраля." in page.text
    assert "Ничего: сама подписка не продлится." in page.text
    assert "Отменить можно в любой момент, доступ останется до конца оплаченного." in page.text
    form = page.form("/ru/checkout")
    assert form.buttons == ["Оплатить 399,00 ₽"]
    assert form.boxes == {"renew": False}
    assert "Я соглашаюсь с тем, что подписка «Месяц» продлевается каждый месяц: 399,00 ₽ списываются" in page.text


async def test_a_rental_tells_its_price_its_term_and_that_it_is_all(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/en/checkout?film=metropolis&goods=film_rental")

    assert "Metropolis A rental for 2 days. The time begins as soon as it is paid." in page.text
    assert "Today RUB 99.00 Then Nothing: it is a single payment." in page.text
    assert page.form("/en/checkout").boxes == {}
    assert page.form("/en/checkout").buttons == ["Pay RUB 99.00"]


async def test_a_form_may_lead_to_a_provider_and_nothing_else_is_allowed(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get(MONTH)

    policy = page.headers["content-security-policy"]
    assert "form-action 'self' https: http://127.0.0.1:* http://localhost:*;" in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "place",
    [
        "/ru/checkout",
        "/ru/checkout?plan=decade",
        "/ru/checkout?plan=%3Cscript%3E",
        "/ru/checkout?film=nothing&goods=film_rental",
        "/ru/checkout?film=metropolis",
        "/ru/checkout?film=metropolis&goods=plan_period",
        "/ru/checkout?plan=month&film=metropolis&goods=film_rental",
    ],
)
async def test_what_is_not_for_sale_is_not_found(browser: Browser, house: House, place: str) -> None:
    await browser.sign_up("anna")

    seen, sent = await browser.get(place), await browser.post(place)

    assert (seen.status, sent.status) == (404, 404)
    assert await orders(house) == []


# Buying


async def test_the_button_makes_one_order_and_leads_to_the_provider(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    answer = await buy(browser, renew="on")

    assert (answer.status, answer.leads_to) == (303, provider_page(house))
    assert await orders(house) == [("open", 39_900)]
    (charge,) = await house.rows("SELECT agreement_id FROM billing.charges")
    assert charge["agreement_id"] is not None


async def test_the_provider_sends_the_payer_back_to_the_order_and_the_film(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    await buy(browser)

    (bodies,) = house.provider.sent.values()
    place = f"{URL}/ru/orders/{await order_id(house)}/return?next=%2Fru%2Ffilms%2Fmetropolis"
    assert place in bodies[0].decode()


async def test_without_the_tick_nothing_is_agreed_to(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    await buy(browser)

    assert await house.rows("SELECT FROM billing.agreements") == []
    (subscription,) = await house.rows("SELECT renewal FROM billing.subscriptions")
    assert subscription["renewal"] == "off"


async def test_a_double_click_is_one_order_and_one_payment(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    form = (await browser.get(MONTH)).form("/ru/checkout")

    first, second = await browser.submit(form, renew="on"), await browser.submit(form, renew="on")

    assert first.leads_to == second.leads_to
    assert await orders(house) == [("open", 39_900)]
    assert len(house.provider.payments) == 1


async def test_two_tabs_are_one_order_and_one_payment(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    tabs = [(await browser.get(MONTH)).form("/ru/checkout") for _ in range(2)]

    answers = [await browser.submit(form) for form in tabs]

    assert answers[0].leads_to == answers[1].leads_to
    assert await orders(house) == [("open", 39_900)]
    assert len(house.provider.payments) == 1


async def test_going_back_leads_to_the_order_that_waits(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)

    again = await browser.get(MONTH)

    assert (again.status, again.leads_to) == (
        303,
        f"/ru/orders/{await order_id(house)}/return?next=%2Fru%2Ffilms%2Fmetropolis",
    )


async def test_going_back_to_a_film_leads_to_its_order_too(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, RENTAL)

    again, other = await browser.get(RENTAL), await browser.get(PURCHASE)

    assert again.status == 303
    assert f"/orders/{await order_id(house)}/return" in (again.leads_to or "")
    assert other.status == 200


async def test_another_wish_finds_the_open_order_and_can_give_it_up(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    form = (await browser.get(MONTH)).form("/ru/checkout")
    await browser.submit(form)

    refused = await browser.submit(form, renew="on")
    given_up = await browser.submit(refused.form(f"/ru/orders/{await order_id(house)}/cancel"))
    again = await browser.follow(given_up)

    assert (refused.status, refused.h1) == (409, "Сначала закончим с другим заказом")
    assert "Вы начали оформлять «Месяц» за 399,00 ₽." in refused.text
    assert given_up.leads_to == MONTH
    assert again.h1 == "Оформление"
    assert await orders(house) == [("canceled", 39_900)]


async def test_another_plan_is_told_of_the_open_order_before_anything_is_sent(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)

    page = await browser.get("/en/checkout?plan=year")

    assert (page.status, page.h1) == (200, "Another order comes first")
    assert page.links["To that order"] == f"/en/orders/{await order_id(house)}/return"
    assert await orders(house) == [("open", 39_900)]


async def test_terms_that_changed_meanwhile_are_shown_again_unticked(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    answer = await buy(browser, renew="on", version="1999-01")

    assert answer.status == 422
    assert "Условия с тех пор изменились." in answer.text
    assert answer.form("/ru/checkout").boxes == {"renew": False}
    assert answer.form("/ru/checkout").fields["version"] != "1999-01"
    assert await orders(house) == []


async def test_terms_that_were_not_shown_are_not_agreed_to(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    answer = await buy(browser, renew="on", version="")

    assert answer.status == 422
    assert await orders(house) == []


async def test_a_session_that_ended_comes_back_to_the_same_step(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    form = (await browser.get(MONTH)).form("/ru/checkout")
    await browser.post("/ru/sign-out")

    answer = await browser.submit(form)

    assert (answer.status, answer.leads_to) == (
        303,
        "/ru/sign-in?next=%2Fru%2Fcheckout%3Fplan%3Dmonth%26next%3D%2Fru%2Ffilms%2Fmetropolis",
    )
    assert await orders(house) == []


async def test_a_page_of_another_site_orders_nothing(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    answer = await browser.post(MONTH, {"intent": "a"}, **{"Sec-Fetch-Site": "cross-site"})

    assert answer.status == 403
    assert await orders(house) == []


async def test_a_provider_that_is_away_is_waited_for(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    house.provider.fail("charge", Fault.NOT_SENT)

    answer = await buy(browser)
    page = await browser.follow(answer)

    assert answer.leads_to == f"/ru/orders/{await order_id(house)}/return?next=%2Fru%2Ffilms%2Fmetropolis&go=1"
    assert page.h1 == "Готовим страницу оплаты"
    assert await orders(house) == [("open", 39_900)]


async def test_the_way_back_is_left_out_where_the_address_would_be_too_long(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")

    await buy(browser, "/ru/checkout?plan=month&next=/ru/films?q=" + "x" * 1_950)

    (bodies,) = house.provider.sent.values()
    assert f'{URL}/ru/orders/{await order_id(house)}/return"' in bodies[0].decode()


# What is there already


async def test_who_subscribes_is_offered_the_next_period(browser: Browser, house: House) -> None:
    await house.subscribed("anna")
    await browser.sign_in("anna")

    page = await browser.get("/en/checkout?plan=month")
    answer = await browser.submit(page.form("/en/checkout"))

    assert "From 15 February until 15 March." in page.text
    assert "it begins when the paid one ends" in page.text
    assert page.form("/en/checkout").boxes == {}  # it renews already: nothing is asked
    assert "Then RUB 399.00 each month, first on 15 March." in page.text
    assert answer.status == 303
    assert await orders(house) == [("paid", 39_900), ("open", 39_900)]


async def test_another_plan_waits_for_the_end_of_the_present_one(browser: Browser, house: House) -> None:
    await house.subscribed("anna")
    await browser.sign_in("anna")

    page = await browser.get("/ru/checkout?plan=year")
    sent = await browser.post("/ru/checkout?plan=year", {"intent": "a"})

    assert (page.status, page.h1) == (200, "У вас уже есть подписка")
    assert "Подписка «Месяц» оплачена до 15 февраля." in page.text
    assert (sent.status, sent.h1) == (409, "У вас уже есть подписка")
    assert await orders(house) == [("paid", 39_900)]


async def test_a_period_that_is_paid_ahead_is_said(browser: Browser, house: House) -> None:
    viewer = await house.subscribed("anna")
    await house.pay(await house.order(viewer))
    await house.drain()
    await browser.sign_in("anna")

    page = await browser.get("/ru/checkout?plan=month")

    assert page.h1 == "У вас уже есть подписка"
    assert "Подписка «Месяц» оплачена вперёд, до 15 марта." in page.text


async def test_a_film_of_ones_own_is_not_sold_again(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, PURCHASE)
    await pay(house)

    page = await browser.get(PURCHASE)
    sent = await browser.post(PURCHASE, {"intent": "another"})

    assert (page.status, page.h1) == (200, "Этот фильм уже ваш")
    assert page.links["Смотреть"] == "/ru/watch/metropolis"
    assert sent.status == 409
    assert await orders(house) == [("paid", 29_900)]


async def test_a_rented_film_is_not_rented_again_but_can_be_bought(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, RENTAL)
    await pay(house)

    rented, bought = await browser.get(RENTAL), await browser.get(PURCHASE)

    assert rented.h1 == "Вы уже взяли его напрокат"
    assert "Фильм открыт до 17 января, 09:00." in rented.text or "Фильм открыт до 17 января, 12:00." in rented.text
    assert bought.h1 == "Оформление"


async def test_a_film_that_is_not_sold_so_leads_to_its_page(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/ru/checkout?film=nosferatu&goods=film_rental")

    assert page.h1 == "Так этот фильм не продаётся"
    assert page.links["К фильму"] == "/ru/films/nosferatu"


async def test_a_subscriber_is_told_that_the_film_is_open_already(browser: Browser, house: House) -> None:
    await house.subscribed("anna")
    await browser.sign_in("anna")

    page = await browser.get(PURCHASE)

    assert "Этот фильм уже открыт вам по подписке." in page.text
    assert page.form("/ru/checkout").buttons == ["Оплатить 299,00 ₽"]
