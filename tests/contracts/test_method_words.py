"""Methods are called in the words of their readers, never by a provider's codes."""

import pytest

from cinema.contracts.methods import KINDS, method_kind, method_title, method_words
from cinema.contracts.text import Text


@pytest.mark.parametrize(
    ("title", "ru", "en"),
    [
        ("Bank card *4444", "Банковская карта *4444", "Bank card *4444"),
        ("Bank card", "Банковская карта", "Bank card"),
        ("bank_card", "Банковская карта", "Bank card"),
        ("sbp", "СБП", "SBP (Faster Payments)"),
        ("sberbank *1234", "SberPay *1234", "SberPay *1234"),
        ("SBP (Faster Payments)", "СБП", "SBP (Faster Payments)"),
        ("SberPay *1234", "SberPay *1234", "SberPay *1234"),
        ("YooMoney wallet *1136", "Кошелёк ЮMoney *1136", "YooMoney wallet *1136"),
        ("Payment method *0001", "Способ оплаты *0001", "Payment method *0001"),
        ("yoo_money *1136", "Кошелёк ЮMoney *1136", "YooMoney wallet *1136"),
        ("telepathy_2030", "Способ оплаты", "Payment method"),
        ("telepathy *0001", "Способ оплаты *0001", "Payment method *0001"),
        ("", "Способ оплаты", "Payment method"),
        ("Gift card of a friend", "Gift card of a friend", "Gift card of a friend"),
    ],
)
def test_a_title_is_told_in_both_languages(title: str, ru: str, en: str) -> None:
    assert method_words(title) == Text(ru=ru, en=en)


@pytest.mark.parametrize("kind", [*KINDS, "telepathy"])
@pytest.mark.parametrize("last4", [None, "4444"])
def test_no_title_that_we_make_is_shown_by_its_code(kind: str, last4: str | None) -> None:
    words = method_words(method_title(kind, last4))

    assert kind not in words.ru
    assert kind not in words.en
    assert words.en.endswith("*4444") == (last4 is not None)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("last4", [None, "4444"])
def test_a_title_tells_its_kind(kind: str, last4: str | None) -> None:
    assert method_kind(method_title(kind, last4)) == method_kind(kind) == kind


@pytest.mark.parametrize("title", [None, "", "telepathy", "Payment method *0001", "Gift card of a friend"])
def test_other_titles_tell_no_kind(title: str | None) -> None:
    assert method_kind(title) is None


def test_titles_of_cards_are_what_they_always_were() -> None:
    assert method_title("bank_card", "4444") == "Bank card *4444"
