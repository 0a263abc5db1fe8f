"""What templates are given: plain text, numbers and dates already as the viewer writes them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_symbol

from cinema.contracts.text import Language, Text
from cinema.kit.money import Money
from cinema.notifications.domain.mail import one_line
from cinema.notifications.domain.reasons import in_words

Values: TypeAlias = dict[str, str | bool | dict[str, str] | None]

MOMENT = {Language.RU: "d MMMM y 'г.' 'в' HH:mm", Language.EN: "d MMMM y 'at' HH:mm"}
DAY = {Language.RU: "d MMMM", Language.EN: "d MMMM"}
CODE_FIRST = "¤\N{NO-BREAK SPACE}#,##0.00"
"""Where a currency has no sign, only its code, the code stands before the number."""

CARD = re.compile(r"Bank card \*(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the cinema calls itself, and where it is. ``url`` has no slash at its end."""

    name: str
    url: str

    def values(self) -> dict[str, str]:
        return {"name": one_line(self.name), "url": self.url, "account_url": f"{self.url}/account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Writes for one person: in their language, by their clock."""

    language: Language
    time_zone: str

    def money(self, amount: Money) -> str:
        """``399,00 ₽``, ``RUB 399.00``."""
        locale = self.language.value
        is_code = get_currency_symbol(amount.currency, locale=locale).isalpha()
        pattern = CODE_FIRST if is_code else None
        return format_currency(Decimal(amount.decimal()), amount.currency, pattern, locale=locale)

    def moment(self, at: datetime) -> str:
        """``15 января 2026 г. в 12:00 (GMT+3)``."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return f"{format_datetime(local, MOMENT[self.language], locale=self.language.value)} ({gmt(local)})"

    def day(self, at: datetime) -> str:
        """``15 января``."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return format_datetime(local, DAY[self.language], locale=self.language.value)

    def title(self, text: Text) -> str:
        return one_line(text.in_(self.language))

    def method(self, title: str | None) -> str | None:
        """A saved method by its title; the usual form, ``Bank card *4444``, in the reader's language."""
        if title is None:
            return None
        card = CARD.fullmatch(title)
        if card and self.language is Language.RU:
            return f"банковская карта *{card[1]}"
        return one_line(title)

    def reason(self, reason: str) -> str:
        """Why a payment failed, as the rest of a sentence."""
        return in_words(reason, self.language)


def gmt(local: datetime) -> str:
    """The offset of a local time: ``GMT+3``, ``GMT+5:30``."""
    offset = local.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "GMT"
    return f"GMT{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
