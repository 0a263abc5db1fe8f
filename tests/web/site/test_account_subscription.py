"""The subscription: canceled in two clicks, taken back, renewed by another method, paid by hand."""

import re
from datetime import timedelta

from cinema.billing.domain.agreement import VERSION
from scenarios.house import House
from web.site.accounts import (
    MONTH,
    again,
    another_card,
    late,
    ordered,
    subjects,
    subscribed,
    the_methods,
    the_order,
    the_subscription,
    told,
)
from web.stage import Browser

HERE = "/ru/account/subscription"


async def test_canceling_takes_two_clicks_and_says_before_what_it_means(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    first = await browser.get(HERE)
    second = await browser.get(first.links["Отменить подписку"])

    answer = await browser.submit(second.form(f"{HERE}/cancel"))
    await house.drain()

    told(second, "Больше ничего не спишем.", "Смотреть можно до 15 февраля 2026 г. в 12:00 (GMT+3).", "закроются")
    assert second.form(f"{HERE}/cancel").buttons == ["Отменить подписку"]
    assert (answer.status, answer.leads_to) == (303, f"{HERE}?done=canceled")
    subscription = await the_subscription(house, viewer)
    assert (subscription["renewal"], subscription["renewal_reason"], subscription["renews_at"]) == (
        "off",
        "canceled",
        None,
    )
    assert subjects(house)[-1] == "Subscription canceled: Monthly"
    told(await browser.follow(answer), "Продление отключено.", "Подписка закончится 15 февраля")


async def test_a_form_that_is_sent_twice_cancels_once(browser: Browser, house: House) -> None:
    await subscribed(house, browser)
    form = (await browser.get(f"{HERE}/cancel")).form(f"{HERE}/cancel")

    answers = [await browser.submit(form), await browser.submit(form)]
    await house.drain()

    assert [one.leads_to for one in answers] == [f"{HERE}?done=canceled"] * 2
    assert (await house.events()).count("billing.CancellationScheduled") == 1


async def test_a_cancellation_is_undone_until_the_end(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    await browser.submit((await browser.get(f"{HERE}/cancel")).form(f"{HERE}/cancel"))
    page = await browser.get(HERE)

    answer = await browser.submit(page.form(HERE))

    told(page, "около 15 февраля спишем 399,00 ₽ («Банковская карта *4444»)")
    assert page.form(HERE).buttons == ["Вернуть подписку"]
    assert answer.leads_to == f"{HERE}?done=resumed"
    assert (await the_subscription(house, viewer))["renewal"] == "on"
    told(await browser.follow(answer), "Подписка снова продлевается.", "Следующее списание 15 февраля")


async def test_a_form_of_an_old_page_cancels_again(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    form = (await browser.get(f"{HERE}/cancel")).form(f"{HERE}/cancel")
    await browser.submit(form)
    resume = (await browser.get(HERE)).form(HERE)
    twice = [await browser.submit(resume), await browser.submit(resume)]
    renewing = await the_subscription(house, viewer)

    await browser.submit(form)

    assert [one.leads_to for one in twice] == [f"{HERE}?done=resumed"] * 2
    assert renewing["renewal"] == "on"
    assert (await the_subscription(house, viewer))["renewal"] == "off"


async def test_a_choice_that_is_sent_again_later_says_only_how_it_stands(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    (first,) = await the_methods(house, viewer)
    card = await another_card(house, viewer)
    form = (await browser.get(f"{HERE}/method?method={card}")).forms[-2]
    await browser.submit(form)
    await browser.submit((await browser.get(f"{HERE}/method?method={first['id']}")).forms[-2])

    answer = await browser.submit(form)

    assert answer.leads_to == HERE
    assert (await the_subscription(house, viewer))["agreement"]["method_id"] == first["id"]


async def test_what_was_not_done_is_not_said_to_be(browser: Browser, house: House) -> None:
    await subscribed(house, browser)

    page = await browser.get(f"{HERE}?done=canceled")

    assert "Продление отключено" not in page.text


async def test_there_is_nothing_to_cancel_where_nothing_runs(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser, renews=False)
    await house.pass_time(MONTH + timedelta(hours=1))
    await again(house, browser, viewer)

    answer = await browser.get(f"{HERE}/cancel")

    assert (answer.status, answer.leads_to) == (303, HERE)
    assert (await browser.get(HERE)).links["Оформить снова"] == "/ru/plans"


async def test_nobody_cancels_for_somebody_else(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    subscription = await the_subscription(house, viewer)
    stranger = Browser(house=house)
    await subscribed(house, stranger, login="boris")
    form = (await stranger.get(f"{HERE}/cancel")).form(f"{HERE}/cancel")

    answer = await stranger.submit(form, subscription=subscription["id"])

    assert answer.status == 404
    told(answer, "Такой подписки у вас нет.")
    assert (await the_subscription(house, viewer))["renewal"] == "on"


async def test_canceling_in_the_grace_says_that_access_ends_at_once(browser: Browser, house: House) -> None:
    viewer = await late(house, browser)
    before = await browser.get(f"{HERE}/cancel")
    await house.pass_time(timedelta(hours=1))
    await again(house, browser, viewer)
    after = await browser.get(f"{HERE}/cancel")

    answer = await browser.submit(after.form(f"{HERE}/cancel"))

    told(before, "Попытки списать деньги прекратятся.", "Смотреть можно до 15 февраля 2026 г. в 12:00")
    told(after, "Попытки списать деньги прекратятся.", "фильмы по подписке закроются сразу")
    assert after.form(f"{HERE}/cancel").buttons == ["Отменить и закрыть доступ"]
    told(await browser.follow(answer), "Подписки нет", "вы её отменили")


async def test_a_method_is_chosen_by_the_very_text_that_is_kept(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    card = await another_card(house, viewer)
    page = await browser.get(f"/en/account/subscription/method?method={card}")

    answer = await browser.submit(page.forms[-2])

    kept = (await the_subscription(house, viewer))["agreement"]
    assert answer.leads_to == "/en/account/subscription?done=method"
    assert (kept["method_id"], kept["version"]) == (str(card), VERSION)
    told(page, kept["text"])
    told(await browser.follow(answer), "Done: your subscription renews by this method.")
    listed = await browser.get((await browser.get("/en/account/subscription")).links["What you agreed to"])
    assert listed.html.count('class="terms"') == 2
    told(listed, "Holds", kept["text"], f"Version {VERSION}.", "Over since 15 January 2026 at 12:01 (GMT+3)")


async def test_terms_that_were_not_shown_are_agreed_to_by_nobody(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    card = await another_card(house, viewer)
    form = (await browser.get(f"{HERE}/method?method={card}")).forms[-2]

    outdated = await browser.submit(form, version="2020-01")
    unseen = await browser.submit(form, version="", intent="another")

    assert (outdated.status, unseen.status) == (409, 409)
    told(outdated, "Условия с тех пор изменились. Прочтите новые и подтвердите ещё раз.", "Версия условий")
    assert (await the_subscription(house, viewer))["agreement"]["method_id"] != str(card)


async def test_another_card_for_a_late_renewal_is_charged_at_once_and_says_so(browser: Browser, house: House) -> None:
    viewer = await late(house, browser)
    card = await another_card(house, viewer)
    page = await browser.get(f"{HERE}/method?method={card}")

    answer = await browser.submit(page.forms[-2])
    await house.drain()

    told(page, "Сразу спишем 399,00 ₽: «Банковская карта *4444».")
    assert page.forms[-2].buttons == ["Согласиться и заплатить 399,00 ₽"]
    assert answer.leads_to == f"{HERE}?done=method"
    assert (await the_subscription(house, viewer))["status"] == "active"
    told(await browser.get(HERE), "Следующее списание 15 марта")


async def test_who_has_no_saved_card_is_led_to_add_one(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    (method,) = await the_methods(house, viewer)
    await house.ok(viewer, "DELETE", f"/v1/payment-methods/{method['id']}")
    await house.drain()

    page = await browser.get(f"{HERE}/method")

    told(page, "Сохранённых карт пока нет.")
    assert page.links["Добавить карту"] == "/ru/account/methods"


async def test_a_refused_renewal_is_paid_by_hand_on_the_providers_page(browser: Browser, house: House) -> None:
    viewer = await late(house, browser)
    page = await browser.get(f"{HERE}/pay")

    answer = await browser.submit(page.form(f"{HERE}/pay"))

    told(page, "Подписка «Месяц»", "399,00 ₽", "на счёте не хватило денег", "Оплатить можно до 22 февраля 2026 г.")
    assert page.form(f"{HERE}/pay").boxes == {"agree": False}
    assert answer.status == 303
    assert answer.leads_to is not None
    assert answer.leads_to.startswith("https://pay.example/")
    sent = b"".join(body for bodies in house.provider.sent.values() for body in bodies)
    assert f"http://cinema.test/ru/orders/{(await the_order(house, viewer))['id']}/return".encode() in sent
    house.provider.confirm(answer.leads_to.rpartition("/")[2])
    await house.notify("payment.succeeded", answer.leads_to.rpartition("/")[2])
    await house.drain()
    assert (await the_subscription(house, viewer))["status"] == "active"


async def test_paying_by_hand_while_that_is_under_way_leads_to_where_it_is_waited_for(
    browser: Browser, house: House
) -> None:
    await late(house, browser)
    form = (await browser.get(f"{HERE}/pay")).form(f"{HERE}/pay")
    first = await browser.submit(form)

    second = await browser.submit(form, intent="another")
    page = await browser.get(f"{HERE}/pay")

    assert first.leads_to is not None
    assert re.fullmatch(r"/ru/orders/[0-9a-f-]{36}/return", second.leads_to or "")
    told(page, "Сейчас идёт ещё один платёж, ждём ответа банка.")


async def test_the_next_period_can_be_bought_ahead_once(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    before = await browser.get(HERE)
    await house.pay(await ordered(house, viewer))
    await house.drain()

    after = await browser.get(HERE)

    told(before, "новый период начнётся 15 февраля, сразу за этим")
    assert before.links["Купить следующий период"] == "/ru/checkout?plan=month"
    assert "Купить следующий период" not in after.links


async def test_earlier_subscriptions_stay_with_what_was_agreed_to(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    first = await the_subscription(house, viewer)
    await house.ok(viewer, "POST", f"/v1/subscriptions/{first['id']}/cancellation")
    await house.pass_time(MONTH + timedelta(hours=1))
    await again(house, browser, viewer)
    await house.pay(await ordered(house, viewer, renews=False))
    await house.drain()

    page = await browser.get(HERE)

    told(page, "Прежние подписки", "до 15 февраля 2026 г.: вы её отменили")
    assert page.links["Месяц"] == f"/ru/account/subscriptions/{first['id']}/agreements"
    told(await browser.get(page.links["На что вы согласились"]), "О продлении вы ничего не подписывали")
