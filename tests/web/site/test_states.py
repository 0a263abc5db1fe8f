"""Each state has a word, in each language, with a sign and a colour; none is left to the colour alone."""

from enum import StrEnum
from pathlib import Path

import pytest

import cinema.web
from cinema.contracts.enums import (
    AccessEffect,
    BindingFailure,
    EndedReason,
    GoodsKind,
    MessageKind,
    MessageStatus,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    ReceiptKind,
    RefundBasis,
    RefundState,
    RenewalReason,
    RenewalState,
)
from cinema.contracts.text import Language
from cinema.kit.texts import Texts
from cinema.web.site.standing import Stand

WEB = Path(cinema.web.__file__).parent
TEXTS = Texts(WEB / "locale")

SAID: dict[str, type[StrEnum]] = {
    "order-status-": OrderStatus,
    "order-goods-": GoodsKind,
    "order-kind-": OrderKind,
    "payment-status-": PaymentStatus,
    "refund-status-": RefundState,
    "refund-access-": AccessEffect,
    "receipt-kind-": ReceiptKind,
    "receipt-total-": ReceiptKind,
    "message-status-": MessageStatus,
    "message-": MessageKind,
    "binding-failure-": BindingFailure,
    "subscription-renewal-": RenewalState,
    "reason-renewal-": RenewalReason,
    "reason-ended-": EndedReason,
    "reason-basis-": RefundBasis,
}
"""The beginnings of keys that end with a word of the program."""


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("beginning", SAID)
def test_every_word_of_the_program_has_words_for_people(beginning: str, language: Language) -> None:
    words = TEXTS.of(language)

    assert [one.value for one in SAID[beginning] if f"{beginning}{one.value}" not in words] == []


@pytest.mark.parametrize("language", Language)
def test_every_stand_of_an_account_has_a_word(language: Language) -> None:
    words = TEXTS.of(language)

    assert [one for one in Stand if one is not Stand.NONE and f"standing-word-{one}" not in words] == []


@pytest.mark.parametrize(
    ("macro", "kind"),
    [("order_state", OrderStatus), ("refund_state", RefundState), ("message_state", MessageStatus)],
)
def test_every_state_has_a_sign(macro: str, kind: type[StrEnum]) -> None:
    source = (WEB / "components" / "states.html").read_text(encoding="utf-8")
    body = source.partition(f"macro {macro}(")[2].partition("endmacro")[0]

    assert [one.value for one in kind if f'"{one.value}": (' not in body] == []


def test_every_stand_has_a_sign() -> None:
    source = (WEB / "components" / "standing.html").read_text(encoding="utf-8")

    assert [one for one in Stand if one is not Stand.NONE and f'"{one}": (' not in source] == []
