"""The page after a payment: it waits for the truth, says it in plain words, and never asks to pay twice."""

from datetime import timedelta

import pytest

from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import Pending
from cinema.payments.providers.fake import Fault
from scenarios.house import House
from web.site.paying import (
    BACK,
    PURCHASE,
    RENTAL,
    buy,
    order_id,
    orders,
    pay,
    provider_page,
    returned,
    run_out,
)
from web.stage import Browser, Shown


def buttons(page: Shown) -> list[str]:
    """What may be done on the page, beside its frame."""
    return [one for form in page.forms if "/orders/" in form.action for one in form.buttons]


# Nobody knows yet


async def test_who_comes_back_before_the_bank_waits_and_is_not_asked_to_pay_again(
    browser: Browser, house: House
) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    house.provider.settle(list(house.provider.payments)[-1], Pending())
    await house.pass_time(timedelta(minutes=1))

    page = await returned(browser, house)

    assert (page.status, page.h1) == (200, "Ждём подтверждения оплаты")
    assert "Платить ещё раз не нужно." in page.text
    assert "Страницу можно закрыть: как только всё выяснится, мы пришлём письмо." in page.text
    assert await order_id(house) in page.text
    assert page.links["Проверить снова"] == f"/ru/orders/{await order_id(house)}/return{BACK}"
    assert buttons(page) == []
    assert "data-waits" in page.html
    for never in ("не прошёл", "Оплатить 399"):
        assert never not in page.text


async def test_who_has_not_finished_can_go_on_or_give_up(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)

    page = await returned(browser, house)

    assert page.h1 == "Ждём подтверждения оплаты"
    assert page.links["Вернуться к оплате"] == provider_page(house)
    assert buttons(page) == ["Отменить заказ"]


async def test_a_lost_answer_of_the_provider_is_waited_for(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    house.provider.fail("charge", Fault.LOST_AFTER)
    await buy(browser)

    page = await returned(browser, house)

    assert page.h1 == "Ждём подтверждения оплаты"
    assert buttons(page) == []
    assert len(house.provider.payments) == 1


async def test_a_page_that_was_prepared_is_led_to(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    house.provider.fail("charge", Fault.NOT_SENT)
    waiting = await browser.follow(await buy(browser))
    await house.pass_time(timedelta(minutes=5))

    again = await returned(browser, house, query="?go=1")
    by_script = await browser.get(f"/ru/orders/{await order_id(house)}/return?go=1", **{"HX-Request": "true"})

    assert waiting.h1 == "Готовим страницу оплаты"
    assert (again.status, again.leads_to) == (303, provider_page(house))
    assert (by_script.status, f'data-go="{provider_page(house)}"' in by_script.html) == (200, True)


async def test_a_script_is_given_the_changed_part_alone(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    path = f"/ru/orders/{await order_id(house)}/return"

    waiting = await browser.get(path, **{"HX-Request": "true"})
    await pay(house)
    paid = await browser.get(path, **{"HX-Request": "true"})

    assert waiting.html.lstrip().startswith('<div class="stack" data-state="waiting"')
    assert 'data-state="paid" data-title="Оплачено"' in paid.html
    assert "<html" not in waiting.html + paid.html
    assert "HX-Request" in waiting.headers["vary"]


# Paid


async def test_a_paid_plan_says_what_is_open_and_what_comes_next(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, renew="on")
    await pay(house)

    page = await returned(browser, house)

    assert (page.status, page.h1) == (200, "Оплачено")
    assert "Все фильмы открыты до 15 февраля." in page.text
    assert "Следующее списание 15 февраля: 399,00 ₽ (Банковская карта *4444). Заранее пришлём письмо." in page.text
    assert page.links["Смотреть"] == "/ru/watch/metropolis"
    assert page.links["Чек и заказ"] == f"/ru/account/orders/{await order_id(house)}"
    assert "data-waits" not in page.html
    assert buttons(page) == []


async def test_without_renewal_it_says_that_nothing_follows(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house)

    page = await returned(browser, house, query="")

    assert "Сама подписка не продлится: больше ничего не спишется." in page.text
    assert page.links["К фильмам"] == "/ru/films"


async def test_a_rented_film_says_until_when(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, RENTAL)
    await pay(house)

    page = await returned(browser, house)
    await house.pass_time(timedelta(days=3))
    later = await returned(browser, house)

    assert "Фильм открыт до 17 января, 12:00." in page.text
    assert page.links["Смотреть"] == "/ru/watch/metropolis"
    assert "Время, на которое фильм был взят напрокат, вышло." in later.text


async def test_a_bought_film_is_for_good(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, PURCHASE)
    await pay(house)

    page = await returned(browser, house, query="")

    assert "Фильм ваш навсегда." in page.text
    assert page.links["Смотреть"] == "/ru/watch/metropolis"


async def test_a_method_that_could_not_be_kept_is_said(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, renew="on")
    await pay(house, is_saved=False)

    page = await returned(browser, house)

    assert "Сохранить способ оплаты не удалось" in page.text


# Declined


async def test_a_declined_payment_says_why_and_that_nothing_was_charged(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=DeclineReason.INSUFFICIENT_FUNDS)

    page = await returned(browser, house)

    assert (page.status, page.h1) == (200, "Платёж не прошёл")
    assert "Причина: на счёте не хватило денег. Ничего не списано." in page.text
    assert buttons(page) == ["Оплатить 399,00 ₽", "Отменить заказ"]
    assert await orders(house) == [("open", 39_900)]


@pytest.mark.parametrize(
    ("reason", "russian", "english"),
    [
        (DeclineReason.CARD_EXPIRED, "истёк срок действия карты", "the card has expired"),
        (
            DeclineReason.THREE_D_SECURE_FAILED,
            "платёж не подтверждён кодом от банка",
            "the payment was not confirmed with the bank",
        ),
    ],
)
async def test_a_reason_is_said_in_the_words_of_the_mails(
    browser: Browser, house: House, reason: DeclineReason, russian: str, english: str
) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=reason)
    path = f"orders/{await order_id(house)}/return"

    pages = [await browser.get(f"/{language}/{path}") for language in ("ru", "en")]

    assert f"Причина: {russian}." in pages[0].text
    assert f"The reason: {english}." in pages[1].text


async def test_the_same_order_is_paid_after_a_refusal(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=DeclineReason.CARD_EXPIRED)
    form = (await returned(browser, house)).form(f"/ru/orders/{await order_id(house)}/pay")

    first, second = await browser.submit(form, renew="on"), await browser.submit(form, renew="on")
    leads_to = provider_page(house)
    await pay(house)
    page = await returned(browser, house)

    assert (first.status, first.leads_to) == (303, leads_to)
    assert second.leads_to == leads_to
    assert len(house.provider.payments) == 2
    assert await orders(house) == [("paid", 39_900)]
    assert "Следующее списание 15 февраля: 399,00 ₽" in page.text


async def test_a_second_tab_does_not_begin_another_payment(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=DeclineReason.CARD_EXPIRED)
    path = f"/ru/orders/{await order_id(house)}/pay"
    tabs = [(await returned(browser, house)).form(path) for _ in range(2)]

    first, second = [await browser.submit(form) for form in tabs]

    assert first.leads_to == provider_page(house)
    assert second.leads_to == f"/ru/orders/{await order_id(house)}/return{BACK}"
    assert len(house.provider.payments) == 2


async def test_consent_to_older_terms_is_asked_for_again(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=DeclineReason.CARD_EXPIRED)
    form = (await returned(browser, house)).form(f"/ru/orders/{await order_id(house)}/pay")

    answer = await browser.submit(form, renew="on", version="1999-01")

    assert (answer.status, answer.h1) == (409, "Платёж не прошёл")
    assert "Условия с тех пор изменились." in answer.text
    assert len(house.provider.payments) == 1


# Given up, over, returned


async def test_an_order_is_given_up_and_can_be_made_anew(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    form = (await returned(browser, house)).form(f"/ru/orders/{await order_id(house)}/cancel")

    page = await browser.follow(await browser.submit(form))

    assert page.h1 == "Заказ отменён"
    assert "Если деньги всё же спишутся, они вернутся сами." in page.text
    assert page.links["Оформить заново"] == "/ru/checkout?plan=month"
    assert await orders(house) == [("canceled", 39_900)]


async def test_money_that_comes_for_an_order_given_up_is_said_to_go_back(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    form = (await returned(browser, house)).form(f"/ru/orders/{await order_id(house)}/cancel")
    await browser.submit(form)
    await pay(house)

    page = await returned(browser, house)

    assert page.h1 == "Заказ отменён"
    assert "Деньги по этому заказу возвращаются" in page.text


async def test_an_order_that_nobody_paid_says_that_nothing_was_charged(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser, RENTAL)
    await run_out(house)
    await house.pass_time(timedelta(days=2))

    page = await returned(browser, house)

    assert (page.h1, "Ничего не списано." in page.text) == ("Заказ отменён", True)
    assert page.links["Оформить заново"] == "/ru/checkout?film=metropolis&goods=film_rental"


async def test_an_order_that_was_paid_meanwhile_is_not_given_up(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    form = (await returned(browser, house)).form(f"/ru/orders/{await order_id(house)}/cancel")
    await pay(house)

    page = await browser.follow(await browser.submit(form))

    assert page.h1 == "Оплачено"
    assert await orders(house) == [("paid", 39_900)]


async def test_money_that_went_back_is_said(browser: Browser, house: House) -> None:
    viewer = await browser.sign_up("anna")
    await buy(browser)
    await pay(house)
    await house.ok(viewer, "POST", f"/v1/orders/{await order_id(house)}/refunds", json={"reason": "not my taste"})
    await house.drain()

    page = await returned(browser, house)

    assert page.h1 == "Деньги возвращены"
    assert "Возвращено 399,00 ₽ из 399,00 ₽." in page.text


# Who may look


async def test_a_payer_whose_session_is_lost_signs_in_and_is_back(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house)
    elsewhere = Browser(house=house)

    answer = await returned(elsewhere, house)
    door = await elsewhere.follow(answer)
    back = await elsewhere.submit(door.form("/ru/sign-in"), name="anna", password="a long sentence nobody knows")
    page = await elsewhere.follow(back)

    assert "Войдите, и мы вернём вас к покупке." in door.text
    assert page.h1 == "Оплачено"


@pytest.mark.parametrize("place", ["return", "pay", "cancel"])
async def test_nobody_sees_or_changes_the_order_of_another(browser: Browser, house: House, place: str) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    other = Browser(house=house)
    await other.sign_up("boris")
    path = f"/ru/orders/{await order_id(house)}/{place}"

    answer = await other.get(path) if place == "return" else await other.post(path, {"intent": "a"})

    assert answer.status == 404
    assert await orders(house) == [("open", 39_900)]


async def test_what_is_no_order_is_not_found(browser: Browser) -> None:
    await browser.sign_up("anna")

    answers = [
        await browser.get(f"/ru/orders/{name}/return") for name in ("nothing", "01900000-0000-7000-8000-0", "%00")
    ]

    assert [one.status for one in answers] == [404] * 3


async def test_a_form_whose_session_ended_leads_back_to_its_page(browser: Browser, house: House) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house, decline=DeclineReason.CARD_EXPIRED)
    page = f"/ru/orders/{await order_id(house)}/return"
    form = (await browser.get(page)).form(f"/ru/orders/{await order_id(house)}/pay")
    await browser.post("/ru/sign-out")

    answer = await browser.post(form.action, form.fields, Referer=f"http://cinema.test{page}")
    stranger = await browser.post(form.action, form.fields, Referer="https://evil.example//evil.example/")

    assert answer.leads_to == f"/ru/sign-in?next={page.replace('/', '%2F')}"
    assert stranger.leads_to == "/ru/sign-in?next=%2Fru%2F"
    assert len(house.provider.payments) == 1


async def test_what_somebody_hostile_puts_into_the_address_is_neither_obeyed_nor_followed(
    browser: Browser, house: House
) -> None:
    await browser.sign_up("anna")
    await buy(browser)
    await pay(house)

    page = await returned(browser, house, query='?next=javascript:alert(1)&go="><script>alert(1)</script>')

    assert page.links["К фильмам"] == "/ru/films"
    assert "<script>alert" not in page.html
