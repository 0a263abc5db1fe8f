"""What a viewer agrees to, in both languages, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from billing.domain.wholes import AGREEMENT, END, METHOD, NOTICE, PRICE, TITLE
from cinema.billing.domain.agreement import VERSION, terms
from cinema.billing.domain.period import Interval, Unit
from cinema.contracts.ids import MethodId
from cinema.contracts.methods import method_words
from cinema.contracts.text import Text
from cinema.kit.money import Money

MONTH = Interval(unit=Unit.MONTH, count=1)


@pytest.mark.parametrize(
    ("unit", "count", "en", "ru"),
    [
        (Unit.DAY, 1, "each day", "каждый день"),
        (Unit.DAY, 2, "every 2 days", "раз в 2 дня"),
        (Unit.DAY, 5, "every 5 days", "раз в 5 дней"),
        (Unit.DAY, 10, "every 10 days", "раз в 10 дней"),
        (Unit.DAY, 11, "every 11 days", "раз в 11 дней"),
        (Unit.DAY, 14, "every 14 days", "раз в 14 дней"),
        (Unit.DAY, 21, "every 21 days", "раз в 21 день"),
        (Unit.DAY, 24, "every 24 days", "раз в 24 дня"),
        (Unit.DAY, 25, "every 25 days", "раз в 25 дней"),
        (Unit.DAY, 90, "every 90 days", "раз в 90 дней"),
        (Unit.DAY, 101, "every 101 days", "раз в 101 день"),
        (Unit.DAY, 111, "every 111 days", "раз в 111 дней"),
        (Unit.DAY, 112, "every 112 days", "раз в 112 дней"),
        (Unit.DAY, 122, "every 122 days", "раз в 122 дня"),
        (Unit.MONTH, 1, "each month", "каждый месяц"),
        (Unit.MONTH, 3, "every 3 months", "раз в 3 месяца"),
        (Unit.MONTH, 6, "every 6 months", "раз в 6 месяцев"),
        (Unit.MONTH, 12, "every 12 months", "раз в 12 месяцев"),
        (Unit.MONTH, 21, "every 21 months", "раз в 21 месяц"),
        (Unit.YEAR, 1, "each year", "каждый год"),
        (Unit.YEAR, 2, "every 2 years", "раз в 2 года"),
        (Unit.YEAR, 3, "every 3 years", "раз в 3 года"),
        (Unit.YEAR, 5, "every 5 years", "раз в 5 лет"),
    ],
)
def test_how_often_it_renews_is_said_with_the_right_plural(unit: Unit, count: int, en: str, ru: str) -> None:
    text = terms(title=TITLE, price=PRICE, interval=Interval(unit=unit, count=count)).text

    assert text.en.startswith(f"I agree that my subscription “Monthly” is renewed {en}: RUB\xa0399.00 are charged ")
    assert text.ru.startswith(f"Я соглашаюсь с тем, что подписка «Месяц» продлевается {ru}: 399,00\xa0₽ списываются ")


@pytest.mark.parametrize(
    ("method", "en", "ru"),
    [
        (None, "to the payment method with which I pay", "с платёжного средства, которым я плачу,"),
        (method_words("Bank card *4444"), "to “Bank card *4444”", f"с «{method_words('Bank card *4444').ru}»"),
        (Text(en="Wallet", ru="Кошелёк"), "to “Wallet”", "с «Кошелёк»"),
    ],
)
def test_what_is_charged_is_named_where_it_is_known(method: Text | None, en: str, ru: str) -> None:
    said = terms(title=TITLE, price=PRICE, interval=MONTH, method=method)

    assert said.version == VERSION
    assert f"RUB\xa0399.00 are charged {en} shortly before the paid period ends." in said.text.en
    assert f"399,00\xa0₽ списываются {ru} незадолго до конца оплаченного периода." in said.text.ru


def test_an_agreement_holds_once_its_method_is_known_even_after_it_had_come_to_nothing() -> None:
    waiting = replace(AGREEMENT, method_id=None, method_title=None, bound_at=None)
    failed = waiting.ended(now=END)
    later = END + timedelta(days=1)

    assert failed == replace(waiting, ended_at=END)
    assert failed.bound(method_id=METHOD, method_title="Bank card *4444", now=later) == replace(
        AGREEMENT, bound_at=later, ended_at=None
    )


@pytest.mark.parametrize(
    ("method", "minor", "currency", "names"),
    [
        (METHOD, 39_900, "RUB", True),
        (METHOD, 39_901, "RUB", False),
        (METHOD, 39_900, "EUR", False),
        (MethodId(UUID(int=99)), 39_900, "RUB", False),
    ],
)
def test_a_notice_names_one_method_and_one_amount(method: MethodId, minor: int, currency: str, *, names: bool) -> None:
    assert NOTICE.names(method_id=method, amount=Money(minor=minor, currency=currency)) is names
