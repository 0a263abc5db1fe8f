"""Orders, receipts and refunds as their buyer sees them."""

from datetime import timedelta

from scenarios.house import House
from web.site.accounts import MONTH, again, bought, late, ordered, subjects, subscribed, the_order, told
from web.stage import Browser

HERE = "/ru/account/orders"


async def test_orders_say_what_when_how_much_and_where_they_stand(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    await bought(house, viewer, "metropolis")

    page = await browser.get(HERE)

    assert (page.status, page.h1) == (200, "Заказы")
    told(
        page,
        "Метрополис фильм навсегда, 15 января 2026 г. 299,00 ₽ Оплачен",
        "Подписка «Месяц» подписка, 15 января 2026 г. 399,00 ₽ Оплачен",
    )


async def test_a_long_list_goes_on_page_by_page_and_back_to_its_beginning(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    for _ in range(21):
        order = (await ordered(house, viewer))["order"]
        await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/cancellation")
        house.clock.advance(timedelta(seconds=1))

    first = await browser.get(HERE)
    second = await browser.get(first.links["Показать ещё"])

    assert (first.text.count("Отменён"), second.text.count("Отменён")) == (20, 1)
    assert second.links["К началу списка"] == HERE


async def test_an_order_shows_its_payment_and_its_receipt(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)

    page = await browser.get(f"{HERE}/{order['id']}")
    receipt = await browser.get(page.links["Чек: приход"])

    assert page.h1 == "Подписка «Месяц»"
    told(page, "Заказ от 15 января 2026 г.", "Оплачен", "399,00 ₽", "Платёж Прошёл", "Сейчас можно вернуть 399,00 ₽.")
    assert receipt.h1 == "Чек: приход"
    told(receipt, "Monthly без НДС 1 399,00 ₽ 399,00 ₽ Итого оплачено 399,00 ₽", order["id"])
    assert receipt.links["К заказу"] == f"{HERE}/{order['id']}"


async def test_an_unpaid_order_is_gone_on_with_or_given_up(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    order = (await ordered(house, viewer))["order"]
    page = await browser.get(f"{HERE}/{order['id']}")

    answer = await browser.submit(page.form(f"{HERE}/{order['id']}"))

    assert page.links["Оплатить 399,00 ₽"] == f"/ru/orders/{order['id']}/return"
    assert page.form(f"{HERE}/{order['id']}").buttons == ["Отказаться от заказа"]
    assert answer.leads_to == f"{HERE}/{order['id']}"
    assert (await the_order(house, viewer))["status"] == "canceled"
    given_up = await browser.follow(answer)
    told(given_up, "Отменён")
    assert "Оплатить 399,00 ₽" not in given_up.links


async def test_an_order_that_was_paid_meanwhile_is_not_given_up(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    checkout = await ordered(house, viewer)
    form = (await browser.get(f"{HERE}/{checkout['order']['id']}")).form(f"{HERE}/{checkout['order']['id']}")
    await house.pay(checkout)
    await house.drain()

    answer = await browser.submit(form)

    assert answer.status == 409
    told(answer, "Этот заказ уже не ждёт оплаты.", "Оплачен")
    assert (await the_order(house, viewer))["status"] == "paid"


async def test_an_unpaid_renewal_is_paid_where_the_subscription_is(browser: Browser, house: House) -> None:
    viewer = await late(house, browser)
    order = await the_order(house, viewer)

    page = await browser.get(f"{HERE}/{order['id']}")

    told(page, "Ждёт оплаты", "на счёте не хватило денег. Ничего не списано.", "Это продление подписки.")
    assert page.links["К подписке"] == "/ru/account/subscription"


async def test_the_order_and_the_receipt_of_somebody_else_are_not_there(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    receipt = (await browser.get(f"{HERE}/{order['id']}")).links["Чек: приход"]
    stranger = Browser(house=house)
    await stranger.sign_up("boris")

    answers = [
        await stranger.get(f"{HERE}/{order['id']}"),
        await stranger.get(f"{HERE}/{order['id']}/refund"),
        await stranger.post(f"{HERE}/{order['id']}"),
        await stranger.get(receipt),
    ]

    assert [one.status for one in answers] == [404] * 4
    assert (await the_order(house, viewer))["status"] == "paid"


async def test_a_refund_says_before_how_much_comes_back_and_what_it_ends(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    page = await browser.get(f"{HERE}/{order['id']}/refund")

    answer = await browser.submit(page.form(f"{HERE}/{order['id']}/refund"), reason="<script>не то</script>")
    await house.drain()

    told(
        page,
        "Вернём 399,00 ₽ Основание: покупка новая, и по ней ничего не смотрели.",
        "Доступ Закроется сразу, как вы попросите деньги назад.",
        "Продление Подписка перестанет продлеваться.",
    )
    assert page.form(f"{HERE}/{order['id']}/refund").buttons == ["Вернуть 399,00 ₽"]
    assert answer.leads_to == f"{HERE}/{order['id']}?done=refund"
    done = await browser.follow(answer)
    told(done, "Возврат начат.", "Деньги возвращены", "Деньги вернулись", "Чек: возврат прихода")
    assert "<script>не то" not in done.html
    assert "Refund: Monthly, RUB 399.00" in subjects(house)
    listed = await browser.get("/ru/account/refunds")
    told(listed, "Подписка «Месяц» Запрошен 15 января 2026 г. в 12:00 (GMT+3). Деньги ушли к вам 15 января 2026 г.")


async def test_a_part_of_the_time_says_what_is_kept(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    await house.pass_time(timedelta(days=15, hours=12))
    await again(house, browser, viewer)

    page = await browser.get(f"{HERE}/{order['id']}/refund")

    told(page, "Вернём 199,50 ₽ Основание: время, которое ещё не прошло.", "Останется за использованное 199,50 ₽")


async def test_a_refund_without_a_reason_is_not_asked_for_and_says_where_it_lacks(
    browser: Browser, house: House
) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    form = (await browser.get(f"{HERE}/{order['id']}/refund")).form(f"{HERE}/{order['id']}/refund")

    empty = await browser.submit(form, reason="  ")
    long = await browser.submit(form, reason="о" * 501)

    assert (empty.status, long.status) == (422, 422)
    assert empty.error("reason") == "Напишите пару слов, не больше 500 знаков."
    assert "о" * 501 in long.html
    assert await house.rows("SELECT 1 FROM billing.refunds") == []


async def test_an_amount_that_changed_meanwhile_is_shown_anew_and_nothing_goes_back(
    browser: Browser, house: House
) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)
    await house.pass_time(timedelta(days=15))
    await again(house, browser, viewer)
    form = (await browser.get(f"{HERE}/{order['id']}/refund")).form(f"{HERE}/{order['id']}/refund")
    house.clock.advance(timedelta(hours=12))

    answer = await browser.submit(form, reason="не то")

    assert answer.status == 409
    told(answer, "Пока вы смотрели, сумма изменилась: теперь это 199,50 ₽. Проверьте её ещё раз.", "Вернём 199,50 ₽")
    assert ">не то</textarea>" in answer.html
    assert answer.form(f"{HERE}/{order['id']}/refund").fields["minor"] == "19950"
    assert await house.rows("SELECT 1 FROM billing.refunds") == []


async def test_a_form_without_its_sum_returns_nothing(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    order = await the_order(house, viewer)

    answers = [
        await browser.post(f"{HERE}/{order['id']}/refund", {"reason": "не то", **sum_})
        for sum_ in ({}, {"minor": "39900"}, {"minor": "-1", "currency": "RUB"}, {"minor": "٣", "currency": "RUB"})
    ]

    assert [one.status for one in answers] == [400] * 4
    assert await house.rows("SELECT 1 FROM billing.refunds") == []


async def test_a_second_refund_is_a_matter_for_support_and_says_how_to_reach_it(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    first = await the_order(house, viewer)
    await house.ok(viewer, "POST", f"/v1/orders/{first['id']}/refunds", json={"reason": "not mine"})
    await house.drain()
    house.clock.advance(timedelta(seconds=1))
    await house.pay(await ordered(house, viewer))
    await house.drain()
    second = await the_order(house, viewer)

    order = await browser.get(f"{HERE}/{second['id']}")
    refund = await browser.get(f"{HERE}/{second['id']}/refund")

    sentence = (
        "Вы недавно уже возвращали деньги, поэтому это решим мы: напишите нам. Сами вы снова сможете вернуть деньги"
    )
    told(order, sentence)
    told(refund, sentence)
    assert "Вернуть деньги" not in order.links
    assert [one for one in refund.forms if one.action.endswith("/refund")] == []


async def test_a_period_that_is_over_leaves_nothing_to_take_back(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser, renews=False)
    order = await the_order(house, viewer)
    await house.pass_time(MONTH + timedelta(hours=1))
    await again(house, browser, viewer)

    page = await browser.get(f"{HERE}/{order['id']}")

    told(page, "Вернуть деньги самому уже нельзя: срок вышел.")
    assert "Вернуть деньги" not in page.links


async def test_no_refunds_is_one_sentence_with_one_way_on(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get("/en/account/refunds")

    told(page, "There were no refunds. You can ask for one on the page of an order.")
    assert page.links["To the orders"] == "/en/account/orders"
