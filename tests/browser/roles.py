"""People in every state that pages tell of, each made once for a running cinema."""

from collections.abc import Callable

from browser.people import PAYS_TOO, Person, Provider, mail, sign_up
from cinema.main.demo.service import Service

OWN_FILM = "metropolis"
RENTED_FILM = "the-general"
BEGUN_FILM = "nosferatu"
SEEN_FILM = "sunrise"


def late(one: Person) -> None:
    """The bank refused the renewal, and will be asked again."""
    one.subscribe()
    Provider(one.cinema).decline_next(one.facts["order"], times=9)
    one.cinema.command("clock", "advance", "28d")
    mail(one.cinema, one.address, "renew")
    one.cinema.command("clock", "advance", "3d")
    subscription = one.facts["subscription"]
    one.wait(f"/subscriptions/{subscription}", lambda it: it["status"] == "past_due")
    one.wait(f"/subscriptions/{subscription}/unpaid-renewal", lambda it: it["reason"])
    one.facts["renewal"] = one.call("GET", "/orders")["items"][0]["id"]


def newcomer(_: Person) -> None:
    """Has signed up, and done nothing else."""


def buyer(one: Person) -> None:
    """Has ordered a month, and not paid yet."""
    one.order_plan("month")
    one.payment_page(one.facts["order"])


def refused(one: Person) -> None:
    """Has ordered a month; the bank did not take the card."""
    one.fail_to_pay(one.order_plan("month"))


def quitter(one: Person) -> None:
    """Has ordered a month, and given the order up."""
    order = one.order_plan("month")
    one.payment_page(order)
    one.call("POST", f"/orders/{order}/cancellation")


def subscriber(one: Person) -> None:
    """Has a month that renews, two cards, films that were bought, rented, begun and seen."""
    one.subscribe()
    one.save_card(PAYS_TOO)
    one.pay(one.order_film(RENTED_FILM, "film_rental"))
    one.pay(one.order_film(OWN_FILM, "film_purchase"))
    one.watch(BEGUN_FILM, minute=40, of=94)
    one.watch(OWN_FILM, minute=60, of=153)
    one.watch(SEEN_FILM, minute=94, of=94)


def leaver(one: Person) -> None:
    """Has canceled; the paid time still runs."""
    one.subscribe()
    one.call("POST", f"/subscriptions/{one.facts['subscription']}/cancellation")


def cardless(one: Person) -> None:
    """Has removed the only card."""
    one.subscribe()
    one.call("DELETE", f"/payment-methods/{one.facts['method']}")
    one.wait(f"/subscriptions/{one.facts['subscription']}", lambda it: it["renewal"] == "no_method")


def returner(one: Person) -> None:
    """Has taken the money back; the subscription has ended."""
    one.subscribe()
    order = one.facts["order"]
    one.call("POST", f"/orders/{order}/refunds", expected=201, json={"reason": "I have no time for films"})
    one.wait(f"/orders/{order}", lambda it: it["order"]["status"] == "refunded")
    one.wait(f"/subscriptions/{one.facts['subscription']}", lambda it: it["status"] == "ended")


def gone(one: Person) -> None:
    """Has signed out elsewhere: the browser still shows the old cookie."""
    one.call("POST", "/auth/logout", expected=204)


ROLES: tuple[Callable[[Person], None], ...] = (
    late,  # moves the clock: first, so that nobody else's time passes
    newcomer,
    buyer,
    refused,
    quitter,
    subscriber,
    leaver,
    cardless,
    returner,
    gone,
)

Company = dict[str, Person]
"""One person for each role, by its name."""


def gather(cinema: Service) -> Company:
    """Everybody."""
    company: Company = {}
    for role in ROLES:
        company[role.__name__] = one = sign_up(cinema, f"the-{role.__name__}")
        role(one)
    return company
