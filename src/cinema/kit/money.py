"""Money: an integer number of minor units and a currency, nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

EXPONENTS = {"RUB": 2, "EUR": 2, "USD": 2, "KZT": 2, "BYN": 2}
"""Decimal places of each currency that we take (ISO 4217)."""


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
    try:
        minor = Decimal(value).scaleb(EXPONENTS[currency])
    except (InvalidOperation, TypeError):
        minor = Decimal("NaN")
    if not minor.is_finite() or minor != minor.to_integral_value():
        msg = f"not an amount of {currency}: {value!r}"
        raise ValueError(msg)
    return Money(minor=int(minor), currency=currency)
