"""Money, dates and times as people write them: one way for pages and mails (CLDR, by Babel)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_symbol

from cinema.kit.money import EXPONENTS, Money
from cinema.kit.zones import zone

MOMENT = {"ru": "d MMMM y 'г.' 'в' HH:mm", "en": "d MMMM y 'at' HH:mm"}
DAY = {"ru": "d MMMM", "en": "d MMMM"}
DATE = {"ru": "d MMMM y 'г.'", "en": "d MMMM y"}
DAY_OF_YEAR = {"ru": "d MMMM y 'года'", "en": "d MMMM y"}
TIME = "HH:mm"
UNITS = (86_400, 3_600, 60)
"""A day, an hour and a minute in seconds."""
COUNTED = re.compile("([0-9]) ")
WAITS_KEPT = 1_000
"""Who asks too often is told the same few again and again."""
SIGN = "¤"
CODE_FIRST = "¤\N{NO-BREAK SPACE}#,##0.00"
"""Where signs stand before the number and a currency has only its code, a space parts the two."""

PRICES_KEPT_MAX = 1_024
"""Amounts that are kept as they are written: a shop has a few prices, and each stands on many pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Writes for one person: in their ``language`` (of the product's), by the clock of their ``time_zone``."""

    language: str
    time_zone: str

    def money(self, amount: Money) -> str:
        """``399,00 ₽``, ``RUB 399.00``, with no-break spaces; a code stands where the language puts a sign."""
        return _money(self.language, amount)

    def number(self, number: int) -> str:
        """``12 345``, ``12,345``."""
        return format_decimal(number, locale=self.language)

    def moment(self, at: datetime) -> str:
        """``15 января 2026 г. в 12:00 (GMT+3)``."""
        local = self.local(at)
        return f"{format_datetime(local, MOMENT[self.language], locale=self.language)} ({gmt(local)})"

    def day(self, at: datetime) -> str:
        """``15 января``."""
        return format_datetime(self.local(at), DAY[self.language], locale=self.language)

    def date(self, at: datetime) -> str:
        """``15 января 2026 г.``."""
        return format_datetime(self.local(at), DATE[self.language], locale=self.language)

    def day_of_year(self, at: datetime) -> str:
        """``15 января 2026 года``: a day of another year than this one, so written that a sentence may end with it."""
        return format_datetime(self.local(at), DAY_OF_YEAR[self.language], locale=self.language)

    def time(self, at: datetime) -> str:
        """``12:00``."""
        return format_datetime(self.local(at), TIME, locale=self.language)

    def country(self, code: str) -> str:
        """``Германия``, ``Germany`` for the ISO 3166 code ``DE``; a code that nobody knows stays as it is."""
        return str(Locale.parse(self.language).territories.get(code, code))

    def tongue(self, code: str) -> str:
        """``немецкий``, ``German`` for the ISO 639 code ``de``; a code that nobody knows stays as it is."""
        return str(Locale.parse(self.language).languages.get(code, code))

    def wait(self, seconds: int) -> str:
        """``через 5 минут``, ``in 5 minutes``: never sooner than it is."""
        return _wait(seconds, self.language)

    def local(self, at: datetime) -> datetime:
        """The same moment by the person's clock."""
        return at.astimezone(zone(self.time_zone))


@lru_cache(WAITS_KEPT)
def _wait(seconds: int, language: str) -> str:
    unit = next((unit for unit in UNITS if seconds >= unit), 1)
    whole = timedelta(seconds=-(-seconds // unit) * unit)
    text = format_timedelta(whole, threshold=1, add_direction=True, locale=language)
    return COUNTED.sub("\\1\N{NO-BREAK SPACE}", text)


@lru_cache(maxsize=PRICES_KEPT_MAX)
def _money(language: str, amount: Money) -> str:
    is_code = get_currency_symbol(amount.currency, locale=language).isalpha()
    usual = Locale.parse(language).currency_formats["standard"].pattern
    spaced = CODE_FIRST if is_code and usual.startswith(SIGN) else usual
    pattern = spaced.replace("0.00", f"{0:.{EXPONENTS[amount.currency]}f}")  # the library's own places are others
    return format_currency(Decimal(amount.decimal()), amount.currency, pattern, locale=language, currency_digits=False)


def gmt(local: datetime) -> str:
    """The offset of a local time: ``GMT+3``, ``GMT+5:30``."""
    offset = local.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "GMT"
    return f"GMT{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
