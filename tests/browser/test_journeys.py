"""The main job, as people do it on pages: by mouse, by keyboard alone, and without scripts, in both languages."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from browser.conftest import OpenPage
from browser.people import ASKS_FOR_CODE, Person, signed_in, subjects
from browser.visitor import Hands, Keyboard, Mouse, Visitor
from cinema.main.demo.service import Service

FILM = "nosferatu"
PRICE = 39_900


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How somebody uses the site."""

    name: str
    language: str
    hands: Hands
    has_scripts: bool = True


MANNERS = (
    Manner(name="mouse-ru", language="ru", hands=Mouse()),
    Manner(name="keyboard-en", language="en", hands=Keyboard()),
    Manner(name="no-scripts-en", language="en", hands=Mouse(), has_scripts=False),
    Manner(name="no-scripts-keyboard-ru", language="ru", hands=Keyboard(), has_scripts=False),
)
MAILS = {
    "en": [
        "Welcome to Cinema",
        "Payment received: Monthly, RUB 399.00",
        "Subscription canceled: Monthly",
        "Subscription goes on: Monthly",
        "Refund begun: Monthly, RUB 399.00",
        "Subscription ended: Monthly",
        "Refund: Monthly, RUB 399.00",
    ],
    "ru": [
        "Добро пожаловать в Cinema",
        "Оплата получена: Месяц, 399,00 ₽",
        "Подписка отменена: Месяц",
        "Подписка снова продлевается: Месяц",
        "Возврат начат: Месяц, 399,00 ₽",
        "Подписка закончилась: Месяц",
        "Возврат: Месяц, 399,00 ₽",
    ],
}


@pytest.mark.parametrize("manner", MANNERS, ids=lambda manner: manner.name)
def test_somebody_finds_a_film_pays_for_all_cancels_and_takes_the_money_back(
    manner: Manner, open_page: OpenPage, cinema: Service
) -> None:
    login = f"viewer-{manner.name}"
    page = open_page(
        viewport={"width": 1280, "height": 800}, java_script_enabled=manner.has_scripts, reduced_motion="reduce"
    )
    visitor = Visitor(
        page=page, home=cinema.url, language=manner.language, hands=manner.hands, has_scripts=manner.has_scripts
    )

    finds_a_film(visitor)
    signs_up(visitor, login)
    one = signed_in(cinema, login)
    orders_a_month(visitor)
    pays(visitor)
    next_charge = has_it_all(visitor, one)
    cancels(visitor, one)
    comes_back(visitor, next_charge)
    takes_the_money_back(visitor)
    has_nothing_left(visitor)

    expected = sorted(MAILS[manner.language])
    assert sorted(subjects(cinema, one.address, count=len(expected))) == expected


def finds_a_film(visitor: Visitor) -> None:
    visitor.go("/")
    sections = visitor.page.get_by_role("navigation", name=visitor.words("nav-main"))
    visitor.hands.press(sections.get_by_role("link", name=visitor.words("nav-genres")))
    visitor.hands.press(visitor.page.locator("main a[href$='/genres/horror']"))
    visitor.hands.press(visitor.page.locator(f"main a[href$='/films/{FILM}']"))
    expect(visitor.page.locator(".standing")).to_contain_text(visitor.words("film-in-plans"))
    visitor.press("way-plan")


def signs_up(visitor: Visitor, login: str) -> None:
    """Is asked to sign in first, and comes back to the purchase."""
    visitor.sees("sign-in-title")
    visitor.press("sign-up-title")
    visitor.sign_up(login)
    visitor.sees("checkout-title")


def orders_a_month(visitor: Visitor) -> None:
    box = visitor.page.locator("[name=renew]")
    expect(box).not_to_be_checked()
    expect(visitor.page.locator(".then-off")).to_be_visible()
    visitor.hands.tick(box)
    expect(visitor.page.locator(".then-on")).to_be_visible()
    visitor.press("checkout-pay", price=visitor.money(PRICE))


def pays(visitor: Visitor) -> None:
    visitor.pays(card=ASKS_FOR_CODE, code="123")
    paid = visitor.page.get_by_role("heading", level=1, name=visitor.words("payment-paid-title"), exact=True)
    visitor.page.wait_for_url(re.compile(r"/orders/"))
    visitor.waits(known=lambda: bool(paid.count()))
    visitor.sees("payment-paid-title")
    expect(visitor.named("film-watch")).to_have_attribute("href", f"/{visitor.language}/watch/{FILM}")


def has_it_all(visitor: Visitor, one: Person) -> str:
    """Returns the day of the next charge, as the account says it."""
    (subscription,) = one.call("GET", "/subscriptions")["items"]
    day = visitor.day(subscription["renews_at"])
    visitor.reads(day)
    visitor.hands.press(visitor.page.locator("header summary"))
    visitor.hands.press(visitor.page.get_by_role("banner").get_by_role("link", name=visitor.words("nav-account")))
    visitor.sees("standing-renews", level=2, day=day)
    visitor.reads(visitor.money(PRICE))
    visitor.reads("*4477")
    return day


def cancels(visitor: Visitor, one: Person) -> None:
    (subscription,) = one.call("GET", "/subscriptions")["items"]
    visitor.press("standing-manage")
    visitor.press("subscription-cancel")
    visitor.sees("cancel-title")
    visitor.press("cancel-do")
    visitor.is_told("subscription-done-canceled")
    visitor.sees("standing-ending", level=2, day=visitor.day(subscription["period_end"]))


def comes_back(visitor: Visitor, next_charge: str) -> None:
    visitor.press("subscription-resume")
    visitor.is_told("subscription-done-resumed")
    visitor.sees("standing-renews", level=2, day=next_charge)


def takes_the_money_back(visitor: Visitor) -> None:
    visitor.press("account-orders")
    visitor.hands.press(visitor.page.get_by_role("main").locator(".line-link"))
    visitor.press("refund-start")
    visitor.reads(visitor.money(PRICE))
    visitor.reads(visitor.words("refund-access-revoke"))
    visitor.fill(reason="No time")
    visitor.press("refund-do", sum=visitor.money(PRICE))
    visitor.is_told("order-done-refund")


def has_nothing_left(visitor: Visitor) -> None:
    visitor.go(f"/films/{FILM}")
    expect(visitor.page.locator(".standing")).to_contain_text(visitor.words("film-in-plans"))
