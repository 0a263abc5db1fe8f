"""Bank cards: the provider's published test cards and how each of them ends.

Source: https://yookassa.ru/developers/payment-acceptance/testing-and-going-live/testing.

A number that is no test card but passes the Luhn check is declined with
``invalid_card_number``, so that nobody can pay here with a real one. The number
itself is never kept: `Card` holds what the provider's API shows.
"""

import re
from dataclasses import dataclass
from datetime import datetime

NUMBER_LENGTHS = range(13, 20)
BANK_NAME = "Test Bank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What may be known of a card: no full number and no code."""

    first6: str
    last4: str
    expiry_month: str
    expiry_year: str
    card_type: str

    def expired(self, now: datetime) -> bool:
        """True after the last day of the printed month."""
        return (int(self.expiry_year), int(self.expiry_month)) < (now.year, now.month)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCard:
    """One published number; without a ``reason`` it pays."""

    number: str
    brand: str
    three_d_secure: bool = False
    reason: str | None = None
    party: str = "payment_network"


_PAYING = (
    ("5555555555554477", "MasterCard", True),
    ("5555555555554444", "MasterCard", False),
    ("6759649826438453", "MasterCard", False),
    ("4793128161644804", "Visa", True),
    ("4111111111111111", "Visa", False),
    ("4175001000000017", "Visa", False),
    ("2200000000000004", "Mir", True),
    ("2202474301322987", "Mir", False),
    ("370000000000002", "AmericanExpress", False),
    ("3528000700000000", "JCB", False),
    ("36700102000000", "DinersClub", False),
)

_DECLINED = (
    ("3d_secure_failed", "payment_network", ("5555555555554592", "4839665499603842", "2200000000000012")),
    ("call_issuer", "payment_network", ("5555555555554535", "4926946416239025", "2200000000000020")),
    ("card_expired", "payment_network", ("5555555555554543", "4141435412630840", "2200000000000038")),
    ("fraud_suspected", "payment_network", ("5555555555554568", "4483274282299972", "2200000000000046")),
    ("general_decline", "payment_network", ("5555555555554527", "4889971706588753", "2202202212312379")),
    ("insufficient_funds", "payment_network", ("5555555555554600", "4562265587712390", "2200000000000053")),
    ("invalid_card_number", "payment_network", ("5555555555554618", "4951017853630544", "2201382000000013")),
    ("invalid_csc", "payment_network", ("5555555555554626", "4194180666146368", "2200770212727079")),
    ("issuer_unavailable", "payment_network", ("5555555555554501", "4654130848359150", "2201382000000021")),
    ("payment_method_limit_exceeded", "payment_network", ("5555555555554576", "4565231022577548", "2201382000000039")),
    ("payment_method_restricted", "payment_network", ("5555555555554550", "4233961169071671", "2201382000000047")),
    ("country_forbidden", "yoo_money", ("5555555555554584", "4969751510013864", "2201382000000054")),
    ("fraud_suspected", "yoo_money", ("5555555555554634", "4119098878796485", "2201696981989955")),
)

TEST_CARDS: dict[str, PublishedCard] = {
    card.number: card
    for card in (
        *(PublishedCard(number=number, brand=brand, three_d_secure=secure) for number, brand, secure in _PAYING),
        *(
            PublishedCard(
                number=number, brand=brand, reason=reason, party=party, three_d_secure=reason == "3d_secure_failed"
            )
            for reason, party, numbers in _DECLINED
            for number, brand in zip(numbers, ("MasterCard", "Visa", "Mir"), strict=True)
        ),
    )
}
"""Every published test card by its number."""

OUTCOMES: dict[tuple[str | None, bool], tuple[PublishedCard, ...]] = {
    ending: tuple(card for card in TEST_CARDS.values() if (card.reason, card.three_d_secure) == ending)
    for ending in dict.fromkeys((card.reason, card.three_d_secure) for card in TEST_CARDS.values())
}
"""The same by how they end: why they are declined, if they are, and whether a code is asked for."""

_BRANDS = (
    (re.compile(r"3[47]"), "AmericanExpress"),
    (re.compile(r"3(0[0-5]|[689])"), "DinersClub"),
    (re.compile(r"35(2[89]|[3-8])"), "JCB"),
    (re.compile(r"220[0-4]"), "Mir"),
    (re.compile(r"4"), "Visa"),
    (re.compile(r"5[1-5]|2(22[1-9]|2[3-9]|[3-6]|7[01]|720)|5018|5020|5038|6304|67"), "MasterCard"),
    (re.compile(r"62"), "UnionPay"),
    (re.compile(r"6(011|4[4-9]|5)"), "DiscoverCard"),
)


def brand_of(number: str) -> str:
    """The ``card_type`` of API v3 by the number's range; ``Unknown`` outside of all."""
    return next((brand for pattern, brand in _BRANDS if pattern.match(number)), "Unknown")


def card_numbered(number: str) -> PublishedCard:
    """The published card, or a declined one for any other number."""
    known = TEST_CARDS.get(number)
    return known or PublishedCard(number=number, brand=brand_of(number), reason="invalid_card_number")


def passes_luhn(number: str) -> bool:
    """The check digit of ISO/IEC 7812-1."""
    total = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digits of a two-digit product are summed
    return total % 10 == 0
