"""What a payment method is called, in the words of its readers.

A method travels and is stored as a short title without a language: the code of its kind,
or, for a card, the words ``Bank card``; then, where they are known, its last four digits:
``sbp``, ``Bank card *4444``, ``yoo_money *1136``.
"""

import re
from collections.abc import Mapping

from cinema.contracts.text import Text

CARD = "Bank card"
"""How the kind ``bank_card`` is written in a title."""

KINDS: Mapping[str, Text] = {
    "alfa_pay": Text(ru="Alfa Pay", en="Alfa Pay"),
    "apple_pay": Text(ru="Apple Pay", en="Apple Pay"),
    "b2b_sberbank": Text(ru="СберБизнес", en="SberBusiness"),
    "bank_card": Text(ru="Банковская карта", en=CARD),
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
"""The kinds of method that have a name of their own."""

ANY = Text(ru="Способ оплаты", en="Payment method")
"""The name of every other kind."""

DIGITS = re.compile(r" (\*\d{4})", re.ASCII)
CODE = re.compile(r"[a-z0-9_]*", re.ASCII)


def method_title(kind: str, last4: str | None) -> str:
    """The title of a method of this kind, with the last digits of its card or account."""
    name = CARD if kind == "bank_card" else kind
    return f"{name} *{last4}" if last4 else name


def method_words(title_or_code: str) -> Text:
    """A title, or the code of a kind alone, in both languages; a title in other words stays as it is."""
    name, digits = title_or_code, ""
    if DIGITS.fullmatch(title_or_code[-6:]):
        name, digits = title_or_code[:-6], title_or_code[-6:]
    words = KINDS["bank_card"] if name == CARD else KINDS.get(name)
    if words is None:
        words = ANY if CODE.fullmatch(name) else Text(ru=name, en=name)
    return Text(ru=words.ru + digits, en=words.en + digits)
