"""What templates are given: plain text, numbers and dates already as the viewer writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from cinema.contracts.methods import method_words
from cinema.contracts.text import Language, Text
from cinema.kit.money import Money
from cinema.kit.wording import Wording
from cinema.notifications.domain.mail import one_line
from cinema.notifications.domain.reasons import Why, Words, in_words

PAGES: Mapping[str, str] = {
    "home_url": "/",
    "films_url": "/films",
    "plans_url": "/plans",
    "sign_in_url": "/sign-in",
    "help_url": "/help",
    "account_url": "/account",
    "subscription_url": "/account/subscription",
    "orders_url": "/account/orders",
}
"""The pages that mails lead to, below their language."""

Values: TypeAlias = dict[str, str | bool | dict[str, str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the cinema calls itself, where it is (``url``, without a slash at its end), and which address helps."""

    name: str
    url: str
    support: str

    def values(self, language: Language) -> dict[str, str]:
        """What templates may say of it; the addresses are those of its pages in ``language``."""
        pages = {name: f"{self.url}/{language.value}{path}" for name, path in PAGES.items()}
        return {"name": one_line(self.name), "url": self.url, "support": self.support, **pages}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Writes for one person: in their language, by their clock."""

    language: Language
    time_zone: str
    words: Words

    def money(self, amount: Money) -> str:
        """``399,00 ₽``, ``RUB 399.00``."""
        return self._wording.money(amount)

    def moment(self, at: datetime) -> str:
        """``15 января 2026 г. в 12:00 (GMT+3)``."""
        return self._wording.moment(at)

    def day(self, at: datetime) -> str:
        """``15 января``."""
        return self._wording.day(at)

    def title(self, text: Text) -> str:
        return one_line(text.in_(self.language))

    def method(self, title: str | None) -> str | None:
        """A method by its title, in words of the reader's language."""
        return None if title is None else self.title(method_words(title))

    def reason(self, why: Why, reason: str) -> str:
        """A published reason, to continue a sentence."""
        return in_words(self.words, why, reason)

    @property
    def _wording(self) -> Wording:
        return Wording(language=self.language.value, time_zone=self.time_zone)
