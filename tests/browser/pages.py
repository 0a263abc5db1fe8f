"""Every page of the site in every state that it can be in, and how to get there.

What looks at all pages goes by this list: pictures, axe, and the checks of what axe cannot see.
"""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from browser.roles import BEGUN_FILM, OWN_FILM, RENTED_FILM, Company
from cinema.kit.auth import COOKIE_PLAIN

SOLD_FILM = "man-with-a-movie-camera"
"""Bought and rented by nobody."""

ADDRESS_UNKNOWN = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A page in a state. ``path`` stands below the language, with facts of ``who`` in braces; nobody is a stranger.

    ``then`` is done on the page first, so that the state appears. ``status`` is that of the address itself.
    """

    page: str
    state: str
    path: str
    who: str = ""
    then: Callable[[Page], None] | None = None
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.page}-{self.state}"


def go(page: Page, place: Place, *, home: str, company: Company, language: str) -> None:
    """Brings a browser there; fails if the site leads elsewhere."""
    facts = {}
    if place.who:
        person = company[place.who]
        facts = person.facts
        page.context.add_cookies([{"name": COOKIE_PLAIN, "value": person.cookie, "url": home}])
    address = f"{home}/{language}{place.path.format_map(facts)}"
    answer = page.goto(address)
    assert answer is not None
    assert (page.url, answer.status) == (address, place.status), f"{address} led to {page.url}: {answer.status}"
    if place.then:
        place.then(page)


def send_blank(page: Page) -> None:
    """Sends the page's form with nothing in it, as the browser itself would not."""
    form = page.locator("main form:has([data-once])")
    form.evaluate("form => (form.noValidate = true)")
    for field in form.locator("input.input, textarea").all():
        field.fill("")
    form.locator("[data-once]").click()
    page.locator("[role=alert]").wait_for()


def sign_in_wrongly(page: Page) -> None:
    page.locator("#name").fill("nobody")
    page.locator("#password").fill("not the password")
    page.locator("main form button.button-main").click()
    page.locator("[role=alert]").wait_for()


def agree(page: Page) -> None:
    """Ticks the box by which a subscription renews."""
    page.locator("main input[type=checkbox]").check()


def open_menu(page: Page) -> None:
    page.locator("details.menu > summary").first.click()


def open_card_menu(page: Page) -> None:
    page.locator(".card-menu > summary").first.click()


def remove_from_row(page: Page) -> None:
    open_card_menu(page)
    page.locator(".card-menu[open] button").click()
    page.locator("[role=status]").wait_for()


def agree_to_old_terms(page: Page) -> None:
    agree(page)
    page.locator("[name=version]").evaluate("field => (field.value = '1999-01')")
    page.locator("form.checkout [data-once]").click()
    page.locator("[role=alert]").wait_for()


def of(
    page: str, state: str, path: str, who: str = "", *, then: Callable[[Page], None] | None = None, status: int = 200
) -> Place:
    return Place(page=page, state=state, path=path, who=who, then=then, status=status)


CATALOGUE = (
    of("home", "stranger", "/"),
    of("home", "subscriber", "/", "subscriber"),
    of("home", "menu", "/", "subscriber", then=open_menu),
    of("home", "card-menu", "/", "subscriber", then=open_card_menu),
    of("home", "session-over", "/", "gone"),
    of("continue", "films", "/continue", "subscriber"),
    of("continue", "empty", "/continue", "newcomer"),
    of("films", "all", "/films"),
    of("films", "by-year", "/films?sort=-year"),
    of("genres", "all", "/genres"),
    of("genre", "films", "/genres/film-noir"),
    of("people", "all", "/people"),
    of("person", "films", "/people/fritz-lang"),
    of("film", "in-plans", f"/films/{BEGUN_FILM}"),
    of("film", "for-sale", f"/films/{SOLD_FILM}"),
    of("film", "open", f"/films/{BEGUN_FILM}", "subscriber"),
    of("film", "owned", f"/films/{OWN_FILM}", "subscriber"),
    of("film", "rented", f"/films/{RENTED_FILM}", "subscriber"),
    of("film", "late", f"/films/{BEGUN_FILM}", "late"),
    of("help", "all", "/help"),
    of("offline", "all", "/offline"),
    of("trouble", "not-found", "/films/there-is-no-such-film", status=404),
)

DOORS = (
    of("sign-in", "empty", "/sign-in"),
    of("sign-in", "wrong", "/sign-in", then=sign_in_wrongly),
    of("sign-in", "blank", "/sign-in", then=send_blank),
    of("sign-in", "session-over", "/sign-in", "gone"),
    of("sign-in", "after-sign-up", "/sign-in?from=sign-up"),
    of("sign-in", "to-pay", "/sign-in?next=%2Fen%2Fcheckout%3Fplan%3Dmonth"),
    of("sign-up", "empty", "/sign-up"),
    of("sign-up", "blank", "/sign-up", then=send_blank),
)

PAYING = (
    of("plans", "stranger", "/plans"),
    of("plans", "subscriber", "/plans", "subscriber"),
    of("checkout", "plan", "/checkout?plan=month", "newcomer"),
    of("checkout", "renewing", "/checkout?plan=month", "newcomer", then=agree),
    of("checkout", "terms-changed", "/checkout?plan=month", "newcomer", then=agree_to_old_terms),
    of("checkout", "next-period", "/checkout?plan=month", "subscriber"),
    of("checkout", "rental", f"/checkout?film={SOLD_FILM}&goods=film_rental", "newcomer"),
    of("checkout", "purchase", f"/checkout?film={SOLD_FILM}&goods=film_purchase", "subscriber"),
    of("obstacle", "other-order", "/checkout?plan=year", "buyer"),
    of("obstacle", "other-plan", "/checkout?plan=year", "subscriber"),
    of("obstacle", "owned", f"/checkout?film={OWN_FILM}&goods=film_purchase", "subscriber"),
    of("obstacle", "rented", f"/checkout?film={RENTED_FILM}&goods=film_rental", "subscriber"),
    of("obstacle", "not-sold", f"/checkout?film={BEGUN_FILM}&goods=film_rental", "newcomer"),
    of("payment", "waiting", "/orders/{order}/return", "buyer"),
    of("payment", "declined", "/orders/{order}/return", "refused"),
    of("payment", "paid", "/orders/{order}/return", "subscriber"),
    of("payment", "refunded", "/orders/{order}/return", "returner"),
    of("payment", "canceled", "/orders/{order}/return", "quitter"),
    of("payment", "renewal-declined", "/orders/{renewal}/return", "late"),
)

ACCOUNT = (
    *(
        of("account", who, "/account", who)
        for who in (
            "newcomer",
            "buyer",
            "subscriber",
            "late",
            "leaver",
            "cardless",
            "returner",
        )
    ),
    *(
        of("subscription", who, "/account/subscription", who)
        for who in (
            "newcomer",
            "buyer",
            "subscriber",
            "late",
            "leaver",
            "cardless",
            "returner",
        )
    ),
    of("subscription", "canceled-now", "/account/subscription?done=canceled", "leaver"),
    of("cancel", "renews", "/account/subscription/cancel", "subscriber"),
    of("cancel", "late", "/account/subscription/cancel", "late"),
    of("cancel", "already", "/account/subscription/cancel", "leaver"),
    of("renew-by", "another-card", "/account/subscription/method", "subscriber"),
    of("renew-by", "no-card", "/account/subscription/method", "cardless"),
    of("renew-by", "late", "/account/subscription/method", "late"),
    of("pay-renewal", "late", "/account/subscription/pay", "late"),
    of("agreements", "one", "/account/subscriptions/{subscription}/agreements", "subscriber"),
    of("methods", "none", "/account/methods", "newcomer"),
    of("methods", "two", "/account/methods", "subscriber"),
    of("method-added", "saved", "/account/methods/added/{binding}", "subscriber"),
    of("method-remove", "renews", "/account/methods/{method}/remove", "subscriber"),
    of("method-remove", "last", "/account/methods/{method}/remove", "leaver"),
    of("orders", "none", "/account/orders", "newcomer"),
    of("orders", "some", "/account/orders", "subscriber"),
    of("order", "paid", "/account/orders/{order}", "subscriber"),
    of("order", "open", "/account/orders/{order}", "buyer"),
    of("order", "refused", "/account/orders/{order}", "refused"),
    of("order", "refunded", "/account/orders/{order}", "returner"),
    of("order", "unknown", f"/account/orders/{ADDRESS_UNKNOWN}", "newcomer", status=404),
    of("receipt", "sale", "/account/receipts/{receipt}", "subscriber"),
    of("refund", "preview", "/account/orders/{order}/refund", "subscriber"),
    of("refund", "blank", "/account/orders/{order}/refund", "subscriber", then=send_blank),
    of("refund", "not-now", "/account/orders/{order}/refund", "returner"),
    of("refunds", "none", "/account/refunds", "newcomer"),
    of("refunds", "one", "/account/refunds", "returner"),
    of("my-films", "none", "/account/films", "newcomer"),
    of("my-films", "some", "/account/films", "subscriber"),
    of("notifications", "some", "/account/notifications", "subscriber"),
    of("devices", "one", "/account/devices", "newcomer"),
    of("sign-ins", "some", "/account/sign-ins", "newcomer"),
    of("settings", "all", "/account/settings", "newcomer"),
    of("settings", "saved", "/account/settings?done=saved", "newcomer"),
    of("settings", "blank", "/account/settings", "newcomer", then=send_blank),
    of("password", "empty", "/account/password", "newcomer"),
    of("password", "blank", "/account/password", "newcomer", then=send_blank),
)

PLACES: tuple[Place, ...] = (*CATALOGUE, *DOORS, *PAYING, *ACCOUNT)
