"""People of the running cinema, as its API and the stand-in provider know them: quick to bring into any state."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx2

from cinema.kit.auth import COOKIE_PLAIN
from cinema.main.demo.forms import find_form
from cinema.main.demo.service import Service
from cinema.main.demo.steps import PATIENCE_S, until

PASSWORD = "a long sentence nobody knows"
ZONE = "Europe/Moscow"

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
"""What pages call the device that these people have signed in by."""

PAYS = "5555555555554444"
PAYS_TOO = "2202474301322987"
ASKS_FOR_CODE = "5555555555554477"
HAS_TOO_LITTLE = "5555555555554600"
"""Test cards of the provider: paid, paid as well, paid after 3-D Secure, and declined."""


def client(base_url: str, **headers: str) -> httpx2.Client:
    """One that leaves no connection open, so that nobody has to close it."""
    return httpx2.Client(
        base_url=base_url, timeout=PATIENCE_S, trust_env=False, headers=headers | {"Connection": "close"}
    )


class Provider:
    """The stand-in of the payment provider, from behind the scenes (docs/stand-ins.md)."""

    def __init__(self, cinema: Service) -> None:
        self.url = cinema.mailbox_url.removesuffix("/mail")
        self._api = client(self.url)

    def control(self, method: str, path: str, **body: Any) -> Any:
        answer = self._api.request(method, f"/control/{path}", json=body or None)
        answer.raise_for_status()
        return answer.json()

    def pay(self, page: str, *, card: str) -> None:
        """Fills in the form of a payment page, up to the way back."""
        form = find_form(self._api.get(page).text, "card_number")
        typed = {"card_number": card, "expiry_month": "12", "expiry_year": "2030", "cvc": "123"}
        answer = self._api.post(urljoin(page, form.action), data=form.fields | typed, follow_redirects=False)
        assert answer.status_code == 303, answer.text

    def decline_next(self, order_id: str, *, times: int) -> None:
        """Has the bank refuse what is charged next to the method by which an order was paid."""
        (payment,) = self._api.get("/control/payments", params={"metadata.order_id": order_id}).json()["items"]
        method = payment["payment_method"]["id"]
        plan = {"times": times, "reason": "insufficient_funds", "payment_method_id": method}
        self.control("POST", "autopayments/outcomes", **plan)


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody with an account of their own. ``cookie`` is what their browser shows; ``facts`` are ids of theirs."""

    cinema: Service
    login: str
    api: httpx2.Client
    cookie: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    _keys: int = 0

    @property
    def address(self) -> str:
        return f"{self.login}@example.org"

    def call(self, method: str, path: str, *, expected: int = 200, **options: Any) -> Any:
        """The JSON of the answer, which has this status."""
        self._keys += 1
        headers = {"Idempotency-Key": f"{self.login}-{self._keys}"} if method == "POST" else {}
        answer = self.api.request(method, f"/v1{path}", headers=headers, **options)
        assert answer.status_code == expected, f"{method} {path}: {answer.status_code} {answer.text[:300]}"
        return answer.json() if answer.content else None

    def wait(self, path: str, is_done: Callable[[Any], bool]) -> Any:
        """Asks until ``is_done``."""
        return until(lambda: self.call("GET", path), is_done, wish=f"{path} is as {self.login} needs it")

    def sign_in(self) -> None:
        body = {"login": self.login, "password": PASSWORD, "cookie": True}
        answer = self.api.post("/v1/auth/login", json=body)
        assert answer.status_code == 200, answer.text
        self.cookie = answer.cookies[COOKIE_PLAIN]

    def film(self, slug: str) -> str:
        """The id of a film."""
        return str(self.call("GET", f"/films/{slug}")["id"])

    def order_plan(self, plan: str, *, renews: bool = True) -> str:
        """Orders a plan; returns the order's id, which is ``order`` among the facts, as ``subscription`` is."""
        terms = self.call("GET", f"/plans/{plan}/terms")["version"] if renews else None
        body = {"plan": plan, "return_url": self.cinema.url, "save_method": renews, "agreement_version": terms}
        answer = self.call("POST", "/subscriptions", expected=201, json=body)
        self.facts |= {"order": answer["order"]["id"], "subscription": answer["subscription"]["id"]}
        return self.facts["order"]

    def order_film(self, slug: str, goods: str) -> str:
        body = {"goods": goods, "film_id": self.film(slug), "return_url": self.cinema.url}
        return str(self.call("POST", "/orders", expected=201, json=body)["order"]["id"])

    def payment_page(self, order_id: str) -> str:
        """Where an order is paid, once the provider has answered."""

        def ask() -> str | None:
            answer = self.api.get(f"/v1/orders/{order_id}/payment", follow_redirects=False)
            return answer.headers.get("location") if answer.status_code == 303 else None

        return str(until(ask, bool, wish=f"the order {order_id} has a payment page"))

    def pay(self, order_id: str, *, card: str = PAYS) -> None:
        """Pays an order, and waits until it is paid and its receipt is there."""
        Provider(self.cinema).pay(self.payment_page(order_id), card=card)
        paid = self.wait(f"/orders/{order_id}", lambda one: one["order"]["status"] == "paid" and one["receipt_ids"])
        self.facts |= {"receipt": paid["receipt_ids"][0]}

    def fail_to_pay(self, order_id: str) -> None:
        """Tries to pay by a card that the bank refuses, and waits for that to be known."""
        Provider(self.cinema).pay(self.payment_page(order_id), card=HAS_TOO_LITTLE)
        self.wait(f"/orders/{order_id}", lambda one: one["payment"]["status"] == "declined")

    def subscribe(self, plan: str = "month", *, renews: bool = True) -> None:
        """A subscription that runs; ``method`` is what it is renewed by."""
        self.pay(self.order_plan(plan, renews=renews))
        self.wait(f"/subscriptions/{self.facts['subscription']}", lambda one: one["status"] == "active")
        if renews:
            self.facts["method"] = self.wait("/payment-methods", lambda page: page["items"])["items"][0]["id"]

    def save_card(self, card: str) -> None:
        """Saves a card without a purchase."""
        binding = self.call("POST", "/payment-methods", expected=201, json={"return_url": self.cinema.url})
        path = f"/payment-method-bindings/{binding['id']}"
        page = self.wait(path, lambda one: one["confirmation_url"])["confirmation_url"]
        Provider(self.cinema).pay(page, card=card)
        self.wait(path, lambda one: one["status"] == "succeeded")
        self.facts["binding"] = binding["id"]

    def watch(self, slug: str, *, minute: int, of: int) -> None:
        """Is this far in a film."""
        place = {"position_s": minute * 60, "duration_s": of * 60}
        self.call("PUT", f"/films/{self.film(slug)}/position", json=place)


def sign_up(cinema: Service, login: str) -> Person:
    """Somebody new, signed in."""
    one = person(cinema, login)
    body = {"login": login, "email": one.address, "password": PASSWORD, "language": "en", "time_zone": ZONE}
    one.call("POST", "/auth/register", expected=202, json=body)
    one.sign_in()
    return one


def signed_in(cinema: Service, login: str) -> Person:
    """Somebody who has an account already."""
    one = person(cinema, login)
    one.sign_in()
    return one


def person(cinema: Service, login: str) -> Person:
    """Somebody who is not signed in yet."""
    home = {"Origin": cinema.url, "Sec-Fetch-Site": "same-origin", "Accept-Language": "en", "User-Agent": FIREFOX}
    return Person(cinema=cinema, login=login, api=client(cinema.url, **home))


def mail(cinema: Service, address: str, word: str) -> Any:
    """The newest mail to somebody whose subject has this word; waits for it."""
    box = client(cinema.mailbox_url)

    def newest() -> Any:
        found = box.get("/messages", params={"to": address}).json()["items"]
        return next((one for one in found if word.lower() in one["subject"].lower()), None)

    return until(newest, bool, wish=f"a mail to {address} speaks of {word!r}")


def subjects(cinema: Service, address: str, *, count: int) -> list[str]:
    """The subjects of all mails to somebody, the oldest first, as soon as there are so many."""
    box = client(cinema.mailbox_url)

    def ask() -> list[str]:
        found = box.get("/messages", params={"to": address, "limit": 100}).json()["items"]
        return [" ".join(one["subject"].split()) for one in reversed(found)]

    return list(until(ask, lambda found: len(found) >= count, wish=f"{count} mails to {address}"))
