"""What happens around a payment: cards that are refused, providers that are silent, and people who press twice."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from browser.conftest import OpenPage
from browser.people import HAS_TOO_LITTLE, PAYS, Person, Provider, mail, sign_up
from browser.visitor import Mouse, Visitor
from cinema.kit.auth import COOKIE_PLAIN
from cinema.main.demo.service import Service

PRICE = 39_900
CHECKOUT = "/checkout?plan=month"
DESK = {"width": 1280, "height": 800}
SLOW_MS = 5_000
"""More than a checkout waits for the provider's page."""


@pytest.fixture
def provider(cinema: Service) -> Iterator[Provider]:
    """The stand-in of the provider; what a test has switched is switched back."""
    provider = Provider(cinema)
    yield provider
    provider.control("DELETE", "faults")
    provider.control("POST", "webhooks/release")


def arrives(person: Person, page: Page, *, language: str = "en", has_scripts: bool = True) -> Visitor:
    """The person at a browser where they are signed in."""
    home = person.cinema.url
    page.context.add_cookies([{"name": COOKIE_PLAIN, "value": person.cookie, "url": home}])
    return Visitor(page=page, home=home, language=language, hands=Mouse(), has_scripts=has_scripts)


def orders_a_month(visitor: Visitor, *, renews: bool = True) -> None:
    visitor.go(CHECKOUT)
    if renews:
        visitor.hands.tick(visitor.page.locator("[name=renew]"))
    visitor.press("checkout-pay", price=visitor.money(PRICE))


def orders_of(person: Person) -> list[str]:
    """The status of every order."""
    return [one["status"] for one in person.call("GET", "/orders")["items"]]


@pytest.mark.parametrize("language", ["ru", "en"])
def test_after_a_refused_card_the_same_order_is_paid_by_another(
    language: str, open_page: OpenPage, cinema: Service
) -> None:
    person = sign_up(cinema, f"unlucky-{language}")
    visitor = arrives(person, open_page(viewport=DESK), language=language)
    orders_a_month(visitor)

    visitor.pays(card=HAS_TOO_LITTLE)

    visitor.sees("payment-declined-title")
    visitor.reads(visitor.words("reason-payment-insufficient_funds"))
    visitor.reads(visitor.words("payment-nothing-charged"))
    expect(visitor.page.locator("[name=renew]")).not_to_be_checked()
    assert orders_of(person) == ["open"]
    declined_at = visitor.page.url

    visitor.hands.tick(visitor.page.locator("[name=renew]"))
    visitor.press("checkout-pay", price=visitor.money(PRICE))
    visitor.pays(card=PAYS)

    visitor.sees("payment-paid-title")
    assert visitor.page.url == declined_at
    assert orders_of(person) == ["paid"]


def test_while_the_provider_is_silent_nobody_is_told_that_it_failed_nor_to_pay_again(
    open_page: OpenPage, cinema: Service, provider: Provider
) -> None:
    person = sign_up(cinema, "patient")
    visitor = arrives(person, open_page(viewport=DESK))
    orders_a_month(visitor)
    provider.control("POST", "faults", kind="webhook_withhold", times=None)
    provider.control("POST", "faults", kind="drop_before", operation="get_payment", times=None)

    visitor.pays(card=PAYS)

    visitor.sees("payment-waiting-title")
    visitor.reads(visitor.words("payment-waiting-line"))
    visitor.reads(person.call("GET", "/orders")["items"][0]["id"])
    expect(visitor.named("checkout-pay", price=visitor.money(PRICE))).to_have_count(0)
    visitor.press("payment-again")
    visitor.sees("payment-waiting-title")
    assert orders_of(person) == ["open"]

    provider.control("DELETE", "faults")
    provider.control("POST", "webhooks/release")

    visitor.sees("payment-paid-title")
    visitor.is_told_aloud("payment-paid-title")
    assert orders_of(person) == ["paid"]


def test_a_slow_provider_is_waited_for_and_its_page_opens_by_itself(
    open_page: OpenPage, cinema: Service, provider: Provider
) -> None:
    person = sign_up(cinema, "calm")
    visitor = arrives(person, open_page(viewport=DESK))
    provider.control("POST", "faults", kind="delay", operation="create_payment", times=1, delay_ms=SLOW_MS)

    orders_a_month(visitor)

    visitor.sees("payment-going-title")
    visitor.pays(card=PAYS)
    visitor.sees("payment-paid-title")
    assert orders_of(person) == ["paid"]


def test_a_payment_that_fails_while_one_looks_on_says_so_by_itself(
    open_page: OpenPage, cinema: Service, provider: Provider
) -> None:
    person = sign_up(cinema, "watchful")
    order = person.order_plan("month")
    page = person.payment_page(order)
    visitor = arrives(person, open_page(viewport=DESK))
    visitor.go(f"/orders/{order}/return")
    visitor.sees("payment-waiting-title")

    payment = page.rpartition("/")[2]
    provider.control("POST", f"payments/{payment}/resolution", status="canceled", reason="expired_on_confirmation")

    visitor.sees("payment-declined-title")
    visitor.reads(visitor.words("payment-nothing-charged"))
    assert orders_of(person) == ["open"]


@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_double_click_orders_once(has_scripts: bool, open_page: OpenPage, cinema: Service) -> None:  # noqa: FBT001
    person = sign_up(cinema, f"hasty-{has_scripts}".lower())
    visitor = arrives(person, open_page(viewport=DESK, java_script_enabled=has_scripts), has_scripts=has_scripts)
    visitor.go(CHECKOUT)

    visitor.named("checkout-pay", price=visitor.money(PRICE)).dblclick(no_wait_after=True)

    visitor.pays(card=PAYS)
    paid = visitor.page.get_by_role("heading", level=1, name=visitor.words("payment-paid-title"))
    visitor.waits(known=lambda: bool(paid.count()))
    visitor.sees("payment-paid-title")
    assert orders_of(person) == ["paid"]


def test_two_tabs_order_once(open_page: OpenPage, cinema: Service) -> None:
    person = sign_up(cinema, "torn")
    first = arrives(person, open_page(viewport=DESK))
    second = arrives(person, first.page.context.new_page())
    first.go(CHECKOUT)
    second.go(CHECKOUT)

    first.press("checkout-pay", price=first.money(PRICE))
    first.page.locator("[name=card_number]").wait_for()
    second.press("checkout-pay", price=second.money(PRICE))
    second.page.locator("[name=card_number]").wait_for()

    assert second.page.url == first.page.url
    assert orders_of(person) == ["open"]


def test_the_back_button_leads_to_the_order_that_was_begun(open_page: OpenPage, cinema: Service) -> None:
    person = sign_up(cinema, "doubtful")
    visitor = arrives(person, open_page(viewport=DESK))
    orders_a_month(visitor)
    visitor.page.locator("[name=card_number]").wait_for()
    payment = visitor.page.url

    visitor.page.go_back()

    visitor.sees("payment-waiting-title")
    visitor.press("payment-go-on")
    visitor.page.locator("[name=card_number]").wait_for()
    assert visitor.page.url == payment
    assert orders_of(person) == ["open"]


def test_whose_session_is_over_comes_back_to_the_same_step(open_page: OpenPage, cinema: Service) -> None:
    person = sign_up(cinema, "sleepy")
    visitor = arrives(person, open_page(viewport=DESK))
    visitor.go(CHECKOUT)
    person.call("POST", "/auth/logout", expected=204)

    visitor.press("checkout-pay", price=visitor.money(PRICE))

    visitor.sees("sign-in-title")
    visitor.is_told("sign-in-ended")
    visitor.sign_in(person.login)
    visitor.sees("checkout-title")
    person.sign_in()
    assert orders_of(person) == []
    visitor.press("checkout-pay", price=visitor.money(PRICE))
    visitor.pays(card=PAYS)
    visitor.sees("payment-paid-title")


def test_the_last_card_can_be_removed_and_the_renewal_ends_with_it(open_page: OpenPage, cinema: Service) -> None:
    person = sign_up(cinema, "careful")
    person.subscribe()
    visitor = arrives(person, open_page(viewport=DESK))
    visitor.go("/account/methods")

    visitor.hands.press(visitor.page.get_by_role("main").get_by_role("link", name=visitor.words("methods-remove")))
    visitor.reads(visitor.words("remove-last"))
    visitor.reads(visitor.words("remove-never"))
    visitor.press("remove-do-ends")

    visitor.is_told("methods-done-removed")
    visitor.reads(visitor.words("methods-none"))
    mail(cinema, person.address, "will not renew")
    visitor.press("account-overview")
    (subscription,) = person.call("GET", "/subscriptions")["items"]
    visitor.sees("standing-ending", level=2, day=visitor.day(subscription["period_end"]))
    assert subscription["renewal"] == "no_method"


def test_the_address_of_an_order_says_nothing_to_others(open_page: OpenPage, cinema: Service) -> None:
    order = sign_up(cinema, "private").order_plan("month")
    visitor = arrives(sign_up(cinema, "curious"), open_page(viewport=DESK))

    visitor.go(f"/orders/{order}/return")

    visitor.sees("trouble-not-found")
    expect(visitor.page.get_by_role("main")).not_to_contain_text(re.compile("399"))
