"""Agreements: that a subscription is renewed by itself, and charged to which payment method.

Consent belongs to a subscription and a method: a method that its owner has taken away is
never charged again (Federal Law 376-FZ), and another one needs an agreement of its own.
What was agreed to is kept as it was shown, with its version and time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from cinema.billing.domain.period import Interval, Unit
from cinema.contracts.billing import AgreementBound
from cinema.contracts.ids import AgreementId, MethodId, NoticeId, SubscriptionId, UserId
from cinema.contracts.text import Language, Text
from cinema.contracts.views.billing import AgreementTerms
from cinema.kit.errors import Conflict
from cinema.kit.money import Money
from cinema.kit.wording import Wording

VERSION = "2026-11-27"
"""The version of `terms`; another wording is another version."""


class AgreementOutdated(Conflict):
    """What you agreed to has changed meanwhile; ``version`` is the one that holds now."""

    code = "agreement-outdated"
    members: ClassVar[Mapping[str, Any]] = {
        "version": Annotated[str, "The version of the terms that holds."],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement as stored. Until the payment with which it was made succeeds, it names no method.

    ``ended_at``: when it ceased to hold; None while it does, or may come to.
    """

    agreement_id: AgreementId
    subscription_id: SubscriptionId
    user_id: UserId
    version: str
    language: Language
    text: str
    agreed_at: datetime
    method_id: MethodId | None
    method_title: str | None
    bound_at: datetime | None
    ended_at: datetime | None

    def bound(self, *, method_id: MethodId, method_title: str | None, now: datetime) -> "Agreement":
        """The agreement once its method is known, even if its payment was said to have failed before."""
        return replace(self, method_id=method_id, method_title=method_title, bound_at=now, ended_at=None)

    def told(self) -> AgreementBound:
        """What others hear of an agreement whose method is known."""
        assert self.method_id is not None
        return AgreementBound(subscription_id=self.subscription_id, user_id=self.user_id, method_id=self.method_id)

    def ended(self, *, now: datetime) -> "Agreement":
        """The agreement once it does not hold any more."""
        return replace(self, ended_at=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A charge to come that the viewer is told of: how much, from which method, when.

    It is not made before the notice was handed over (``delivered_at``).
    """

    notice_id: NoticeId
    subscription_id: SubscriptionId
    method_id: MethodId
    amount: Money
    charge_at: datetime
    told_at: datetime
    delivered_at: datetime | None

    def names(self, *, method_id: MethodId, amount: Money) -> bool:
        """Whether it tells of a charge of this amount to this method."""
        return self.method_id == method_id and self.amount == amount


def terms(*, title: Text, price: Money, interval: Interval, method: Text | None = None) -> AgreementTerms:
    """What a viewer agrees to whose subscription is to be renewed, by ``method`` or by what they pay with."""
    each = _each(interval)
    en_method = f"to “{method.en}”" if method else "to the payment method with which I pay"
    ru_method = f"с «{method.ru}»" if method else "с платёжного средства, которым я плачу,"
    en_price, ru_price = (
        Wording(language=one.value, time_zone="UTC").money(price) for one in (Language.EN, Language.RU)
    )
    return AgreementTerms(
        version=VERSION,
        text=Text(
            en=f"I agree that my subscription “{title.en}” is renewed {each.en}: {en_price} are charged {en_method} "
            f"shortly before the paid period ends. A mail tells me of each charge before it is made, with its amount, "
            f"time and payment method. I can switch the renewal off or remove the payment method in my account at any "
            f"time; then nothing more is charged, and access lasts until the paid period ends.",
            ru=f"Я соглашаюсь с тем, что подписка «{title.ru}» продлевается {each.ru}: {ru_price} списываются "
            f"{ru_method} незадолго до конца оплаченного периода. О каждом списании мне заранее сообщают письмом: "
            f"сумму, время и платёжное средство. Я могу в любое время отключить продление или удалить платёжное "
            f"средство в личном кабинете; тогда больше ничего не списывается, а доступ сохраняется до конца "
            f"оплаченного периода.",
        ),
    )


def _each(interval: Interval) -> Text:
    """How often: ``each month``, ``every 3 months``; ``каждый месяц``, ``раз в 3 месяца``."""
    en, ru = WORDS[interval.unit]
    count = interval.count
    if count == 1:
        return Text(en=f"each {en}", ru=f"каждый {ru[0]}")
    return Text(en=f"every {count} {en}s", ru=f"раз в {count} {ru[_russian_form(count)]}")


def _russian_form(count: int) -> int:
    """Which of the forms that stand for 1, 2 and 5 of a thing a number goes with."""
    if count % 100 in TEENS or count % 10 not in ONE_TO_FOUR:
        return 2
    return 0 if count % 10 == 1 else 1


TEENS = range(11, 15)
ONE_TO_FOUR = range(1, 5)

WORDS = {
    Unit.DAY: ("day", ("день", "дня", "дней")),
    Unit.MONTH: ("month", ("месяц", "месяца", "месяцев")),
    Unit.YEAR: ("year", ("год", "года", "лет")),
}
