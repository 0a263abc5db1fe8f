"""What a payment method is called, in the words of its readers.

A method is stored, and told in events, by a title in one language: the English name of its
kind, and the last four digits of its card or account where they are known, such as
``SBP (Faster Payments)`` and ``Bank card *4444``. Here a title is made, and understood.
"""

import re
from collections.abc import Mapping

from cinema.contracts.text import Text

KINDS: Mapping[str, Text] = {
    "alfa_pay": Text(ru="Alfa Pay", en="Alfa Pay"),
    "apple_pay": Text(ru="Apple Pay", en="Apple Pay"),
    "b2b_sberbank": Text(ru="СберБизнес", en="SberBusiness"),
    "bank_card": Text(ru="Банковская карта", en="Bank card"),
    "cash": Text(ru="Наличные", en="Cash"),
    "electronic_certificate": Text(ru="Электронный сертификат", en="Electronic certificate"),
    "google_pay": Text(ru="Google Pay", en="Google Pay"),
    "mir_pay": Text(ru="Mir Pay", en="Mir Pay"),
    "mobile_balance": Text(ru="Баланс телефона", en="Mobile phone balance"),
    "sber_bnpl": Text(ru="Плати частями от Сбера", en="Sber pay in parts"),
    "sber_loan": Text(ru="Кредит от Сбера", en="Sber loan"),
    "sberbank": Text(ru="SberPay", en="SberPay"),
    "sbp": Text(ru="СБП", en="SBP (Faster Payments)"),
    "tinkoff_bank": Text(ru="T-Pay", en="T-Pay"),
    "yoo_money": Text(ru="Кошелёк ЮMoney", en="YooMoney wallet"),
}
"""The kinds of method that have a name of their own. Titles are stored: an English name once used stays known."""

ANY = Text(ru="Способ оплаты", en="Payment method")
"""The name of every other kind."""

DIGITS = re.compile(r" \*[0-9]{4}")
CODE = re.compile(r"[a-z0-9_]*")

_KIND_OF = {words.en: kind for kind, words in KINDS.items()}


def method_title(kind: str, last4: str | None) -> str:
    """The title of a method of this kind, with the last digits of its card or account."""
    name = KINDS.get(kind, ANY).en
    return f"{name} *{last4}" if last4 else name


def method_kind(title: str | None) -> str | None:
    """Of which kind the method with this title is; None where the title does not tell."""
    name, _ = _parts(title or "")
    return _KIND_OF.get(name) or (name if name in KINDS else None)


def method_words(title_or_code: str) -> Text:
    """A title, or the code of a kind, in both languages; a title in other words stays as it is."""
    name, digits = _parts(title_or_code)
    kind = method_kind(name)
    if kind is not None:
        words = KINDS[kind]
    else:
        words = ANY if name == ANY.en or CODE.fullmatch(name) else Text(ru=name, en=name)
    return Text(ru=words.ru + digits, en=words.en + digits)


def _parts(title: str) -> tuple[str, str]:
    """The name and, with the space before them, the digits."""
    is_numbered = DIGITS.fullmatch(title[-6:])
    return (title[:-6], title[-6:]) if is_numbered else (title, "")
