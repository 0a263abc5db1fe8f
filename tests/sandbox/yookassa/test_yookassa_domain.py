from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from cinema.kit.money import Money
from cinema.sandbox.yookassa.cards import TEST_CARDS, brand_of, passes_luhn
from cinema.sandbox.yookassa.domain import (
    METHOD_MOVES,
    PAYMENT_MOVES,
    PAYMENT_REASONS,
    REFUND_MOVES,
    IllegalMove,
    Method,
    MethodStatus,
    MethodType,
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    StoredMethod,
    income_of,
    move_method,
    move_payment,
    move_refund,
)
from cinema.sandbox.yookassa.settings import YookassaSandboxSettings
from cinema.sandbox.yookassa.texts import REASONS, TEXTS

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUM = Money(minor=39900, currency="RUB")


def payment(status: PaymentStatus) -> Payment:
    return Payment(
        id="1",
        status=status,
        amount=SUM,
        refunded=Money(minor=0, currency="RUB"),
        created_at=NOW,
        capture=True,
        gateway_id="1",
    )


@pytest.mark.parametrize(("start", "end"), list(product(PaymentStatus, PaymentStatus)))
def test_a_payment_moves_along_its_table_only(start: PaymentStatus, end: PaymentStatus) -> None:
    if (start, end) in PAYMENT_MOVES:
        moved, event = move_payment(payment(start), end)

        assert (moved.status, event) == (end, f"payment.{end}")
    else:
        with pytest.raises(IllegalMove):
            move_payment(payment(start), end)


@pytest.mark.parametrize(("start", "end"), list(product(RefundStatus, RefundStatus)))
def test_a_refund_moves_along_its_table_only(start: RefundStatus, end: RefundStatus) -> None:
    refund = Refund(id="1", payment_id="2", status=start, amount=SUM, created_at=NOW)

    if (start, end) in REFUND_MOVES:
        assert move_refund(refund, end)[0].status is end
    else:
        with pytest.raises(IllegalMove):
            move_refund(refund, end)


@pytest.mark.parametrize(("start", "end"), list(product(MethodStatus, MethodStatus)))
def test_a_method_moves_along_its_table_only(start: MethodStatus, end: MethodStatus) -> None:
    method = Method(id="1", type=MethodType.BANK_CARD, status=start)
    stored = StoredMethod(method=method, created_at=NOW)

    if (start, end) in METHOD_MOVES:
        assert move_method(stored, end)[0].method.status is end
    else:
        with pytest.raises(IllegalMove):
            move_method(stored, end)


def test_every_status_is_in_its_table() -> None:
    tables: list[tuple[Any, Any]] = [
        (PAYMENT_MOVES, PaymentStatus),
        (REFUND_MOVES, RefundStatus),
        (METHOD_MOVES, MethodStatus),
    ]
    for moves, statuses in tables:
        assert {status for move in moves for status in move} == set(statuses)


def test_a_revoked_method_stays_saved() -> None:
    method = Method(id="1", type=MethodType.BANK_CARD, status=MethodStatus.PENDING)
    active, _ = move_method(StoredMethod(method=method, created_at=NOW), MethodStatus.ACTIVE)

    revoked, event = move_method(active, MethodStatus.INACTIVE)

    assert (active.method.saved, revoked.method.saved, event) == (True, True, None)
    assert replace(revoked.method, status=MethodStatus.ACTIVE) == active.method


@pytest.mark.parametrize(("minor", "income"), [(100, 96), (101, 97), (39900, 38503), (1, 1), (15, 14), (14, 14)])
def test_the_fee_is_rounded_half_up(minor: int, income: int) -> None:
    assert income_of(Money(minor=minor, currency="RUB"), fee_per_mille=35).minor == income


def test_every_test_card_passes_the_luhn_check() -> None:
    assert len(TEST_CARDS) == 50
    assert [number for number in TEST_CARDS if not passes_luhn(number)] == []
    assert not passes_luhn("4111111111111112")


def test_every_test_card_belongs_to_its_brands_range() -> None:
    assert [card.number for card in TEST_CARDS.values() if brand_of(card.number) != card.brand] == []
    assert {card.reason for card in TEST_CARDS.values() if card.reason} <= PAYMENT_REASONS


@pytest.mark.parametrize(
    ("number", "brand"),
    [("6212345678900", "UnionPay"), ("6011000990139424", "DiscoverCard"), ("9999999999999995", "Unknown")],
)
def test_other_brands_are_told_by_their_ranges(number: str, brand: str) -> None:
    assert brand_of(number) == brand


def test_both_languages_have_the_same_words() -> None:
    assert TEXTS["ru"].keys() == TEXTS["en"].keys()
    assert REASONS["ru"].keys() == REASONS["en"].keys()
    assert {card.reason for card in TEST_CARDS.values() if card.reason} <= REASONS["en"].keys()


def test_the_secret_key_is_not_shown() -> None:
    settings = YookassaSandboxSettings(shop_id="1", secret_key="hidden-key", public_url="http://127.0.0.1:1")

    assert "hidden-key" not in repr(settings)
