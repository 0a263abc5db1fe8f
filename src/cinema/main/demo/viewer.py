"""A viewer, as the service sees one: an API client, a payer on the provider's page, and a mailbox."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import httpx2

from cinema.main.demo.forms import find_form
from cinema.main.demo.steps import PATIENCE_S, Unexpected, expect, until

CARD = {"card_number": "5555555555554477", "expiry_month": "12", "expiry_year": "2030", "cvc": "123"}
"""A test card of the provider that is paid after 3-D Secure."""


class Viewer:
    """A viewer's API client, signed in."""

    def __init__(self, base_url: str) -> None:
        self.api = httpx2.Client(
            base_url=base_url, timeout=PATIENCE_S, trust_env=False, headers={"Accept-Language": "en"}
        )
        self._refresh = ""

    def sign_in(self, login: str, password: str) -> None:
        self._keep(self.call("POST", "/v1/auth/login", json={"login": login, "password": password}))

    def renew_token(self) -> None:
        self._keep(self.call("POST", "/v1/auth/refresh", json={"refresh_token": self._refresh}))

    def call(self, method: str, path: str, *, expected: int = 200, **options: Any) -> Any:
        """The JSON of the answer; `Unexpected` when the status is another."""
        answer = self.api.request(method, path, **options)
        if answer.status_code != expected:
            raise Unexpected(
                f"{method} {path} should answer {expected}; it was {answer.status_code}: {answer.text[:300]}"
            )
        return answer.json() if answer.content else None

    def wait(self, path: str, is_done: Callable[[Any], bool], *, wish: str) -> Any:
        """Asks until ``is_done``; `Unexpected` with the wish when patience ends."""
        return until(lambda: self.call("GET", path), is_done, wish=wish)

    def _keep(self, tokens: Any) -> None:
        self._refresh = tokens["refresh_token"]
        self.api.headers["Authorization"] = f"Bearer {tokens['access_token']}"


class Mailbox:
    """The mails to one address."""

    def __init__(self, base_url: str, *, address: str) -> None:
        self._client = httpx2.Client(base_url=base_url, timeout=PATIENCE_S, trust_env=False)
        self._address = address
        self._read: set[str] = set()

    def subject(self, word: str) -> str:
        """The subject of a mail not read before that speaks of ``word``; waits for it."""

        def newest() -> str | None:
            for one in self._client.get("/messages", params={"to": self._address}).json()["items"]:
                if one["id"] not in self._read and word.lower() in one["subject"].lower():
                    self._read.add(one["id"])
                    return str(one["subject"])
            return None

        return str(until(newest, bool, wish=f"a mail to {self._address} speaks of {word!r}"))


def pay_by_card(payment_page: str, *, home: str) -> str:
    """Pays as a browser would, with 3-D Secure; returns where it leads back to, which is at ``home``."""
    with httpx2.Client(timeout=PATIENCE_S, trust_env=False) as browser:
        form = find_form(browser.get(payment_page).text, "card_number")
        answer = browser.post(urljoin(payment_page, form.action), data=form.fields | CARD, follow_redirects=False)
        answer = follow(browser, answer, stop=home)
        if answer.status_code == 200:  # noqa: PLR2004 - the 3-D Secure page
            form = find_form(answer.text, "code")
            answer = browser.post(urljoin(str(answer.url), form.action), data=form.fields | {"code": "123"})
            answer = follow(browser, answer, stop=home)
    back = str(answer.headers.get("location", ""))
    expect(back.startswith(home), "the provider sends the payer back to the cinema")
    return back


def follow(browser: httpx2.Client, answer: httpx2.Response, *, stop: str) -> httpx2.Response:
    """Follows redirects up to the one that leads to ``stop``."""
    while answer.has_redirect_location and not answer.headers["location"].startswith(stop):
        answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
    return answer


def media_lines(playlist: str) -> list[str]:
    """The addresses in an HLS playlist."""
    return [line for line in playlist.splitlines() if line and not line.startswith("#")]
