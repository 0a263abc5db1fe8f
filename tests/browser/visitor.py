"""Somebody at a browser, who goes by what is written on pages, in either language, by mouse or by keyboard alone."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from browser.people import PASSWORD, ZONE
from cinema.kit.money import Money
from cinema.kit.texts import Texts, Words
from cinema.kit.wording import Wording
from cinema.main.website import LOCALE

TEXTS = Texts(LOCALE)
STOPS_MAX = 150
"""Places that the focus may stop at on one page before what is looked for."""

LOOKS_MAX = 60
"""How often somebody without scripts looks again whether the truth is known."""


class Hands(Protocol):
    """How somebody works a page."""

    def press(self, target: Locator) -> None: ...

    def fill(self, field: Locator, text: str) -> None: ...

    def tick(self, box: Locator) -> None: ...


class Mouse:
    """Points and clicks."""

    def press(self, target: Locator) -> None:
        target.click()

    def fill(self, field: Locator, text: str) -> None:
        field.fill(text)

    def tick(self, box: Locator) -> None:
        box.check()


class Keyboard:
    """Never touches the mouse: goes on with Tab to what is wanted, as far as that can be reached."""

    def press(self, target: Locator) -> None:
        self._reach(target)
        target.page.keyboard.press("Enter")

    def fill(self, field: Locator, text: str) -> None:
        self._reach(field)
        field.page.keyboard.press("ControlOrMeta+a")
        field.page.keyboard.type(text)

    def tick(self, box: Locator) -> None:
        self._reach(box)
        box.page.keyboard.press("Space")

    def _reach(self, target: Locator) -> None:
        target.wait_for()
        for _ in range(STOPS_MAX):
            if target.evaluate("one => one === document.activeElement"):
                return
            target.page.keyboard.press("Tab")
        raise AssertionError(f"{target} cannot be reached by Tab")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One person at one page of the site at ``home``."""

    page: Page
    home: str
    language: str
    hands: Hands
    has_scripts: bool = True

    @property
    def words(self) -> Words:
        return TEXTS.of(self.language)

    def money(self, minor: int) -> str:
        return self._wording.money(Money(minor=minor, currency="RUB"))

    def day(self, at: str) -> str:
        """A day as pages write it, of a time as the API does."""
        return self._wording.day(datetime.fromisoformat(at))

    @property
    def _wording(self) -> Wording:
        return Wording(language=self.language, time_zone=ZONE)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.home}/{self.language}{path}")

    def named(self, key: str, /, **values: str | int) -> Locator:
        """The link or button of the page itself that has this text."""
        name, main = self.words(key, **values), self.page.get_by_role("main")
        return main.get_by_role("link", name=name, exact=True).or_(main.get_by_role("button", name=name, exact=True))

    def press(self, key: str, /, **values: str | int) -> None:
        self.hands.press(self.named(key, **values))

    def fill(self, **fields: str) -> None:
        """Fills in fields by their names."""
        for name, text in fields.items():
            self.hands.fill(self.page.locator(f"[name={name}]:visible"), text)

    def sees(self, key: str, /, level: int = 1, **values: str | int) -> None:
        """A heading says this, or does soon."""
        heading = self.page.get_by_role("heading", level=level, name=self.words(key, **values))
        expect(heading.first).to_be_visible()

    def reads(self, text: str) -> None:
        """The page says this somewhere."""
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def is_told(self, key: str) -> None:
        """A status message says this."""
        expect(self.page.get_by_role("status").filter(has_text=self.words(key))).to_be_visible()

    def is_told_aloud(self, key: str) -> None:
        """Whoever does not see the page hears this, though nothing of it has to be looked for."""
        expect(self.page.locator("[data-said]")).to_have_text(self.words(key))

    def waits(self, *, known: Callable[[], bool]) -> None:
        """Waits on the page of a payment until the truth is known: by looking again, where no script does that."""
        for _ in range(LOOKS_MAX):
            if self.has_scripts or known():
                return
            again = self.named("payment-again")
            if again.count():
                self.hands.press(again)
        raise AssertionError("the truth about the payment stays unknown")

    def sign_up(self, login: str) -> None:
        """Fills in the form of the page for new people."""
        self.sees("sign-up-title")
        self.fill(email=f"{login}@example.org", login=login, password=PASSWORD)
        self.hands_on_zone()
        self.press("sign-up-act")

    def hands_on_zone(self) -> None:
        """The list of zones: a keyboard chooses in it by arrows and letters, a mouse by a click."""
        self.page.locator("[name=time_zone]").select_option(ZONE)

    def sign_in(self, login: str) -> None:
        self.sees("sign-in-title")
        self.fill(name=login, password=PASSWORD)
        self.press("sign-in-act")

    def pays(self, *, card: str, code: str = "") -> None:
        """Fills in the provider's page, with the code of the bank where it asks for one."""
        self.page.locator("[name=card_number]").wait_for()
        self.fill(card_number=card, expiry_month="12", expiry_year="2030", cvc="123")
        self.hands.press(self.page.locator("button[value=bank_card]"))
        if code:
            self.page.locator("[name=code]").wait_for()
            self.fill(code=code)
            self.hands.press(self.page.locator("button:not([name])"))
