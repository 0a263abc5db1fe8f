"""The viewer's browser on the site: reads pages, and sends their forms as a person without scripts would."""

import re
from dataclasses import dataclass
from html import unescape
from typing import Self
from urllib.parse import urljoin

import httpx2

from cinema.main.demo.forms import Form, find_form
from cinema.main.demo.steps import PATIENCE_S, Unexpected, expect, until

HOPS_MAX = 10
"""Redirects that are followed from one page."""

OK, SEE_OTHER = 200, 303
WRONG = re.compile(r'<p class="error"[^>]*>.*?<span>(.*?)</span>', re.DOTALL)
"""What a page says beside a field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A page as it was sent."""

    url: str
    html: str

    @property
    def title(self) -> str:
        """Its first heading."""
        found = re.search(r"<h1[^>]*>(.*?)</h1>", self.html, re.DOTALL)
        return unescape(re.sub(r"<[^>]+>", "", found[1])).strip() if found else ""

    def link(self, beginning: str) -> str:
        """Where its first link to a path with this beginning leads; `Unexpected` if there is none."""
        found = re.search(rf'<a [^>]*href="({re.escape(beginning)}[^"]*)"', self.html)
        if found is None:
            raise Unexpected(f"{self.url} should link to {beginning}; its heading is {self.title!r}")
        return unescape(found[1])

    def form(self, field: str) -> Form:
        """Its first form that asks for ``field``."""
        return find_form(self.html, field)


class Browser:
    """One person's browser; it keeps its cookies."""

    def __init__(self, base_url: str) -> None:
        self._home = base_url
        self._client = httpx2.Client(
            base_url=base_url, timeout=PATIENCE_S, trust_env=False, headers={"Sec-Fetch-Site": "same-origin"}
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def open(self, place: str) -> Shown:
        """A page of the site; `Unexpected` when it is not there."""
        answer = self._client.get(place)
        for _ in range(HOPS_MAX):
            if not answer.has_redirect_location:
                break
            answer = self._client.get(self._inside(answer))
        if answer.status_code != OK:
            raise Unexpected(f"{answer.url} should be a page; it was {answer.status_code}: {answer.text[:300]}")
        return Shown(url=str(answer.url), html=answer.text)

    def send(self, page: Shown, form: Form, **typed: str) -> str:
        """Sends a form with what was typed; returns where the answer leads, which is the site's or the provider's."""
        address = urljoin(page.url, form.action)
        answer = self._client.post(address, data=form.fields | typed, headers={"Origin": self._home})
        if answer.status_code != SEE_OTHER:
            wrong = [unescape(one) for one in WRONG.findall(answer.text)]
            raise Unexpected(f"the form at {address} should be taken; it was {answer.status_code}: {wrong}")
        return urljoin(address, answer.headers["location"])

    def leave(self, place: str) -> str:
        """Follows ``place`` up to where it leads away from the site, and waits until it does."""

        def away() -> str | None:
            to = place
            for _ in range(HOPS_MAX):
                if not to.startswith(self._home):
                    return to
                answer = self._client.get(to)
                if not answer.has_redirect_location:
                    return None
                to = urljoin(to, answer.headers["location"])
            return None

        return str(until(away, bool, wish=f"{place} leads on to the provider"))

    def wait(self, place: str, mark: str, *, wish: str) -> Shown:
        """Loads a page again until it holds ``mark``."""
        shown: Shown = until(lambda: self.open(place), lambda one: mark in one.html, wish=wish)
        return shown

    def _inside(self, answer: httpx2.Response) -> str:
        place = urljoin(str(answer.url), answer.headers["location"])
        expect(place.startswith(self._home), f"{answer.url} leads to a page of the site; it leads to {place}")
        return place
