"""Saved payment methods: seen, made the default, removed, and added on the provider's page."""

import re

import pytest

from cinema.payments.domain.binding import PER_DAY
from scenarios.house import House
from web.site.accounts import another_card, given_card, subjects, subscribed, the_methods, the_subscription, told
from web.stage import Browser, Shown

HERE = "/ru/account/methods"


async def added(browser: Browser) -> tuple[Shown, str]:
    """A card that is to be saved: where the browser is sent, and the binding's id."""
    form = (await browser.get(HERE)).form(HERE)
    answer = await browser.submit(form)
    (row,) = await browser.house.rows("SELECT id FROM payments.bindings ORDER BY created_at DESC LIMIT 1")
    return answer, str(row["id"])


async def test_without_a_method_one_sentence_and_one_way(browser: Browser) -> None:
    await browser.sign_up("anna")

    page = await browser.get(HERE)

    assert (page.status, page.h1) == (200, "Способы оплаты")
    told(page, "Сохранённых способов оплаты нет.")
    assert page.form(HERE).buttons == ["Добавить карту"]


async def test_each_method_says_when_it_was_saved_and_what_it_renews(browser: Browser, house: House) -> None:
    await subscribed(house, browser)

    page = await browser.get(HERE)

    told(page, "Банковская карта *4444 Сохранён 15 января 2026 г. · С него продлевается подписка «Месяц» Основной")


async def test_another_method_becomes_the_default(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    card = await another_card(house, viewer)
    page = await browser.get(HERE)

    answer = await browser.submit(page.forms[-3], default=str(card))

    assert answer.leads_to == f"{HERE}?done=default"
    assert {one["id"]: one["is_default"] for one in await the_methods(house, viewer)}[str(card)] is True
    told(await browser.follow(answer), "Теперь этот способ основной: его предложим первым.")


@pytest.mark.parametrize("wanted", ["00000000-0000-0000-0000-000000000000", "no id"])
async def test_a_method_that_is_not_there_becomes_nothing(browser: Browser, house: House, wanted: str) -> None:
    viewer = await subscribed(house, browser)

    answer = await browser.post(HERE, {"default": wanted})

    assert answer.status == 404
    told(answer, "Такого способа оплаты у вас нет")
    assert [one["is_default"] for one in await the_methods(house, viewer)] == [True]


async def test_removing_the_last_and_agreed_one_says_that_it_ends_the_renewal_and_does(
    browser: Browser, house: House
) -> None:
    viewer = await subscribed(house, browser)
    page = await browser.get((await browser.get(HERE)).links["Удалить Банковская карта *4444"])
    (form,) = [one for one in page.forms if one.action.endswith("/remove")]

    answer = await browser.submit(form)
    await house.drain()

    told(
        page,
        "Банковская карта *4444",
        "С него продлевается подписка «Месяц»: продление закончится. Смотреть можно до 15 февраля 2026 г. в 12:00",
        "Это последний сохранённый способ.",
    )
    assert form.buttons == ["Удалить и отключить продление"]
    assert answer.leads_to == f"{HERE}?done=removed"
    assert await the_methods(house, viewer) == []
    subscription = await the_subscription(house, viewer)
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("no_method", "method_removed")
    assert subjects(house)[-1] == "Subscription will not renew: Monthly"
    told(await browser.follow(answer), "Удалено.", "Сохранённых способов оплаты нет.")


async def test_removing_one_of_two_that_renews_nothing_says_so_little(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    card = await another_card(house, viewer)

    page = await browser.get(f"{HERE}/{card}/remove")

    assert "продление закончится" not in page.text
    assert "последний" not in page.text
    assert [one.buttons for one in page.forms if one.action.endswith("/remove")] == [["Удалить"]]


async def test_the_method_of_somebody_else_is_not_removed(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    (method,) = await the_methods(house, viewer)
    stranger = Browser(house=house)
    await stranger.sign_up("boris")

    shown = await stranger.get(f"{HERE}/{method['id']}/remove")
    done = await stranger.post(f"{HERE}/{method['id']}/remove")

    assert (shown.leads_to, done.leads_to) == (HERE, HERE)
    assert await the_methods(house, viewer) == [method]


async def test_a_card_is_added_on_the_providers_page_and_led_back_to(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")

    answer, binding_id = await added(browser)

    assert answer.status == 303
    assert (answer.leads_to or "").startswith("https://pay.example/bindings/")
    [[sent]] = house.provider.sent.values()
    assert f"http://cinema.test{HERE}/added/{binding_id}".encode() in sent
    waiting = await browser.get(f"{HERE}/added/{binding_id}")
    await given_card(house, binding_id)
    saved = await browser.get(f"{HERE}/added/{binding_id}")
    assert (waiting.h1, saved.h1) == ("Ждём ответа банка", "Карта сохранена")
    assert waiting.links["Проверить снова"] == f"{HERE}/added/{binding_id}"
    assert waiting.links["Вернуться к вводу карты"] == answer.leads_to
    told(saved, "Банковская карта *4444. С неё ничего не спишется, пока вы не выберете её для подписки.")
    assert len(await the_methods(house, viewer)) == 1


async def test_the_page_that_waits_looks_again_by_itself_ever_more_seldom_and_not_for_ever(
    browser: Browser,
) -> None:
    await browser.sign_up("anna")
    _, binding_id = await added(browser)

    place: str | None = f"{HERE}/added/{binding_id}"
    waits: list[int] = []
    while place is not None:
        page = await browser.get(place, **({"HX-Request": "true"} if waits else {}))
        found = re.search(r'hx-get="([^"]+)" hx-trigger="load delay:(\d+)s"', page.html)
        assert ("<html" in page.html) is (not waits)
        waits += [int(found[2])] if found else []
        place = found[1] if found else None

    assert waits == [1, 2, 3, 5, 5, 5, 10, 10, 10, 10]


async def test_a_card_that_the_bank_refuses_is_not_saved_and_says_so(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    _, binding_id = await added(browser)
    await given_card(house, binding_id, declines=True)

    page = await browser.get(f"{HERE}/added/{binding_id}")

    assert page.h1 == "Карта не сохранилась"
    told(page, "Банк не разрешил сохранить карту. Попробуйте другую. Ничего не списано.")
    assert await the_methods(house, viewer) == []


async def test_a_card_for_a_subscription_that_lacks_one_leads_on_to_that(browser: Browser, house: House) -> None:
    viewer = await subscribed(house, browser)
    (method,) = await the_methods(house, viewer)
    await house.ok(viewer, "DELETE", f"/v1/payment-methods/{method['id']}")
    await house.drain()
    _, binding_id = await added(browser)
    await given_card(house, binding_id)

    page = await browser.get(f"{HERE}/added/{binding_id}")

    (card,) = await the_methods(house, viewer)
    assert page.links["Продлевать с неё подписку"] == f"/ru/account/subscription/method?method={card['id']}"


async def test_the_card_of_somebody_else_is_nobodys_business(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    _, binding_id = await added(browser)
    stranger = Browser(house=house)
    await stranger.sign_up("boris")

    page = await stranger.get(f"{HERE}/added/{binding_id}")

    assert page.status == 404
    told(page, "Такой карты вы не добавляли.")


async def test_whoever_adds_cards_all_day_is_told_when_to_go_on(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    for _ in range(PER_DAY):
        await added(browser)

    answer = await browser.submit((await browser.get(HERE)).form(HERE))

    assert answer.status == 429
    told(answer, "Сегодня вы добавляли карты слишком много раз. Попробуйте снова через")
    assert len(await house.rows("SELECT 1 FROM payments.bindings")) == PER_DAY
