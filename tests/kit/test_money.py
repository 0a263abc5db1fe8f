"""Money: whole minor units of one currency; nothing is lost, made or rounded in silence."""

from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import get_currency_precision
from hypothesis import given
from hypothesis import strategies as st

from cinema.kit.money import EXPONENTS, CurrencyMismatch, Money, parse_money

MINORS = st.integers(min_value=-(10**15), max_value=10**15)
CURRENCIES = st.sampled_from(sorted(EXPONENTS))
WEIGHTS = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=40).filter(any)


def roubles(minor: int) -> Money:
    return Money(minor=minor, currency="RUB")


@given(MINORS, MINORS)
def test_sums_are_those_of_the_minor_units(a: int, b: int) -> None:
    assert roubles(a) + roubles(b) == roubles(a + b)
    assert roubles(a) - roubles(b) == roubles(a - b)
    assert -roubles(a) == roubles(-a)
    assert roubles(a) * 3 == roubles(a) + roubles(a) + roubles(a)
    assert (roubles(a) < roubles(b), roubles(a) <= roubles(b)) == (a < b, a <= b)


@given(MINORS, CURRENCIES)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    money = Money(minor=minor, currency=currency)

    assert parse_money(money.decimal(), currency) == money
    assert Decimal(money.decimal()).as_tuple().exponent == -EXPONENTS[currency]


@given(MINORS, WEIGHTS)
def test_shares_sum_to_the_whole(minor: int, weights: list[int]) -> None:
    parts = roubles(minor).share(weights)

    assert sum(part.minor for part in parts) == minor
    assert len(parts) == len(weights)


@given(MINORS, WEIGHTS)
def test_a_share_is_off_by_less_than_one_unit(minor: int, weights: list[int]) -> None:
    parts = roubles(minor).share(weights)

    total = sum(weights)
    assert all(abs(part.minor * total - minor * weight) < total for part, weight in zip(parts, weights, strict=True))


def test_the_units_left_over_go_to_the_largest_remainders() -> None:
    assert roubles(100).share([1, 1, 1]) == [roubles(34), roubles(33), roubles(33)]
    assert roubles(10).share([1, 2, 4]) == [roubles(1), roubles(3), roubles(6)]


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [3, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights are not negative and one is positive"):
        roubles(100).share(weights)


def test_currencies_do_not_mix() -> None:
    euros = Money(minor=1, currency="EUR")

    for attempt in (
        lambda: roubles(1) + euros,
        lambda: roubles(1) - euros,
        lambda: roubles(1) < euros,
        lambda: roubles(1) <= euros,
    ):
        with pytest.raises(CurrencyMismatch, match="RUB and EUR do not mix"):
            attempt()


@pytest.mark.parametrize("minor", [1.0, "1", True, None, Decimal(1)])
def test_minor_units_are_whole_numbers(minor: Any) -> None:
    with pytest.raises(TypeError, match="minor units are an int"):
        Money(minor=minor, currency="RUB")


@pytest.mark.parametrize("currency", ["", "rub", "XTS", "BTC"])  # XTS: a code of ISO 4217 that is no currency
def test_an_unknown_currency_is_refused(currency: str) -> None:
    with pytest.raises(ValueError, match="unknown currency"):
        Money(minor=1, currency=currency)
    with pytest.raises(ValueError, match="unknown currency"):
        parse_money("1", currency)


@pytest.mark.parametrize(
    ("text", "minor"), [("399.00", 39_900), ("399", 39_900), ("399.9", 39_990), ("0.01", 1), ("-1.50", -150)]
)
def test_a_decimal_is_read_exactly(text: str, minor: int) -> None:
    assert parse_money(text, "RUB") == roubles(minor)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "399.001",
        "1e-3",
        "NaN",
        "Infinity",
        "399,00",
        "399.00 RUB",
        "0x10",
        "--1",
        "1E3",
        "1_0",
        " 1",
        "1\n",
        "１",
        "1.",
        ".5",
        "9" * 19,
        "1.0000000",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount of RUB"):
        parse_money(text, "RUB")


def test_money_reads_like_money() -> None:
    assert str(roubles(39_900)) == "399.00 RUB"
    assert str(roubles(-5)) == "-0.05 RUB"


@pytest.mark.parametrize(
    ("currency", "minor", "text"),
    [
        ("JPY", 4_900, "4900"),
        ("ISK", -1, "-1"),
        ("UGX", 0, "0"),
        ("HUF", 4_900, "49.00"),
        ("KWD", 4_900, "4.900"),
        ("IQD", 1, "0.001"),
        ("CLF", 4_900, "0.4900"),
        ("UYW", 12_345, "1.2345"),
    ],
)
def test_each_currency_has_the_places_of_the_standard(currency: str, minor: int, text: str) -> None:
    assert Money(minor=minor, currency=currency).decimal() == text
    assert parse_money(text, currency) == Money(minor=minor, currency=currency)
    with pytest.raises(ValueError, match=f"not an amount of {currency}"):
        parse_money(f"{Decimal(text):.{EXPONENTS[currency]}f}{'' if EXPONENTS[currency] else '.'}1", currency)


USUALLY_ROUNDED = {"AFN", "ALL", "IQD", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "SYP", "YER"}
"""Currencies whose prices are written with fewer places than the standard has, which the library goes by."""


def test_the_table_is_the_standards() -> None:
    by_places = {places: sum(one == places for one in EXPONENTS.values()) for places in range(5)}
    of_libraries = {code: get_currency_precision(code) for code in EXPONENTS}

    assert by_places == {0: 17, 1: 0, 2: 139, 3: 7, 4: 2}
    assert {code for code, places in of_libraries.items() if places != EXPONENTS[code]} == USUALLY_ROUNDED
    assert not {"XAU", "XDR", "XTS", "XXX", "BGN", "HRK"} & set(EXPONENTS)
