"""What templates are given: plain text, numbers and dates already as the viewer writes them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_symbol

from cinema.contracts.methods import method_words
from cinema.contracts.text import Language, Text
from cinema.kit.money import EXPONENTS, Money
from cinema.kit.zones import zone
from cinema.notifications.domain.mail import one_line

Values: TypeAlias = dict[str, str | bool | dict[str, str] | None]

MOMENT = {Language.RU: "d MMMM y 'г.' 'в' HH:mm", Language.EN: "d MMMM y 'at' HH:mm"}
DAY = {Language.RU: "d MMMM", Language.EN: "d MMMM"}
SIGN = "¤"
CODE_FIRST = "¤\N{NO-BREAK SPACE}#,##0.00"
"""Where signs stand before the number and a currency has only its code, a space parts the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the cinema calls itself, where it is (``url``, without a slash at its end), and which address helps."""

    name: str
    url: str
    support: str

    def values(self) -> dict[str, str]:
        return {
            "name": one_line(self.name),
            "url": self.url,
            "account_url": f"{self.url}/account",
            "support": self.support,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Writes for one person: in their language, by their clock."""

    language: Language
    time_zone: str

    def money(self, amount: Money) -> str:
        """``399,00 ₽``, ``RUB 399.00``; a code stands where the language puts a sign."""
        locale = self.language.value
        is_code = get_currency_symbol(amount.currency, locale=locale).isalpha()
        usual = Locale.parse(locale).currency_formats["standard"].pattern
        spaced = CODE_FIRST if is_code and usual.startswith(SIGN) else usual
        pattern = spaced.replace("0.00", f"{0:.{EXPONENTS[amount.currency]}f}")  # the library's own places are others
        return format_currency(
            Decimal(amount.decimal()), amount.currency, pattern, locale=locale, currency_digits=False
        )

    def moment(self, at: datetime) -> str:
        """``15 января 2026 г. в 12:00 (GMT+3)``."""
        local = at.astimezone(zone(self.time_zone))
        return f"{format_datetime(local, MOMENT[self.language], locale=self.language.value)} ({gmt(local)})"

    def day(self, at: datetime) -> str:
        """``15 января``."""
        local = at.astimezone(zone(self.time_zone))
        return format_datetime(local, DAY[self.language], locale=self.language.value)

    def title(self, text: Text) -> str:
        return one_line(text.in_(self.language))

    def method(self, title: str | None) -> str | None:
        """A method by its title, in words of the reader's language."""
        return None if title is None else self.title(method_words(title))


def gmt(local: datetime) -> str:
    """The offset of a local time: ``GMT+3``, ``GMT+5:30``."""
    offset = local.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "GMT"
    return f"GMT{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
