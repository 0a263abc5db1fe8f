"""Money: an integer number of minor units and a currency, nothing else."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

EXPONENTS = {
    code: places
    for places, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW"
        " CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
        " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK"
        " MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP"
        " SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG"
        " YER ZAR ZMW ZWG",
        3: "BHD IQD JOD KWD LYD OMR TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}
"""Decimal places of each currency: ISO 4217, list one as of January 2026, without codes that have none (XAU, XTS …).

Libraries of formats differ from it, as they say how prices are usually written (IQD and RSD without any): amounts are
counted and sent in the units of the standard.
"""

AMOUNT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,6})?")


class CurrencyMismatch(ValueError):
    """Two currencies met in one sum."""


@dataclass(frozen=True, slots=True, kw_only=True, order=False)
class Money:
    """``minor`` units of ``currency``: ``Money(minor=39900, currency="RUB")`` is 399 roubles."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            msg = f"minor units are an int, not {type(self.minor).__name__}"
            raise TypeError(msg)
        if self.currency not in EXPONENTS:
            msg = f"unknown currency {self.currency!r}"
            raise ValueError(msg)

    def __add__(self, other: Self) -> "Money":
        self._same(other)
        return Money(minor=self.minor + other.minor, currency=self.currency)

    def __sub__(self, other: Self) -> "Money":
        self._same(other)
        return Money(minor=self.minor - other.minor, currency=self.currency)

    def __neg__(self) -> "Money":
        return Money(minor=-self.minor, currency=self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(minor=self.minor * quantity, currency=self.currency)

    def __lt__(self, other: Self) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Self) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def decimal(self) -> str:
        """The amount as providers write it: ``"399.00"``."""
        exponent = EXPONENTS[self.currency]
        return str(Decimal(self.minor).scaleb(-exponent).quantize(Decimal(1).scaleb(-exponent)))

    def share(self, weights: Sequence[int]) -> list["Money"]:
        """Splits in proportion to ``weights``; the parts sum to the whole.

        Each part is rounded down; the units left over go one each to the first
        parts with the largest remainders (the largest remainder method).
        """
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            msg = "weights are not negative and one is positive"
            raise ValueError(msg)
        parts = [self.minor * weight // total for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: -(self.minor * weights[i] % total))
        for i in by_remainder[: self.minor - sum(parts)]:
            parts[i] += 1
        return [Money(minor=part, currency=self.currency) for part in parts]

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            msg = f"{self.currency} and {other.currency} do not mix"
            raise CurrencyMismatch(msg)


def parse_money(value: str, currency: str) -> Money:
    """Reads a provider's decimal string exactly.

    Raises ValueError when it is no plain decimal number or has more places than
    the currency, so that nothing is ever rounded in silence.
    """
    if currency not in EXPONENTS:
        msg = f"unknown currency {currency!r}"
        raise ValueError(msg)
    minor = Decimal(value) * 10 ** EXPONENTS[currency] if AMOUNT.fullmatch(value) else None
    if minor is None or minor != minor.to_integral_value():
        msg = f"not an amount of {currency}: {value!r}"
        raise ValueError(msg)
    return Money(minor=int(minor), currency=currency)
