"""What templates are given: plain text, numbers and dates already as the viewer writes them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_symbol

from cinema.contracts.billing import (
    AccessEffect,
    CancellationScheduled,
    CancellationUndone,
    CheckoutFailed,
    OrderRefunded,
    RenewalFailed,
    RenewalUpcoming,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
)
from cinema.contracts.identity import Contact, RegistrationRepeated, UserRegistered
from cinema.contracts.text import Language, Text
from cinema.kit.events import Event
from cinema.kit.money import Money
from cinema.notifications.domain.mail import one_line
from cinema.notifications.domain.reasons import in_words

Values: TypeAlias = dict[str, str | bool | dict[str, str] | None]

MOMENT = {Language.RU: "d MMMM y 'г.' 'в' HH:mm", Language.EN: "d MMMM y 'at' HH:mm"}
DAY = {Language.RU: "d MMMM", Language.EN: "d MMMM"}
CODE_FIRST = "¤\N{NO-BREAK SPACE}#,##0.00"
"""Where a currency has no sign, only its code, the code stands before the number."""

CARD = re.compile(r"Bank card \*(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How the cinema calls itself, and where it is. ``url`` has no slash at its end."""

    name: str
    url: str

    def values(self) -> dict[str, str]:
        return {"name": one_line(self.name), "url": self.url, "account_url": f"{self.url}/account"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Writes for one person: in their language, by their clock."""

    language: Language
    time_zone: str

    def money(self, amount: Money) -> str:
        """``399,00 ₽``, ``RUB 399.00``."""
        locale = self.language.value
        is_code = get_currency_symbol(amount.currency, locale=locale).isalpha()
        pattern = CODE_FIRST if is_code else None
        return format_currency(Decimal(amount.decimal()), amount.currency, pattern, locale=locale)

    def moment(self, at: datetime) -> str:
        """``15 января 2026 г. в 12:00 (GMT+3)``."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return f"{format_datetime(local, MOMENT[self.language], locale=self.language.value)} ({gmt(local)})"

    def day(self, at: datetime) -> str:
        """``15 января``."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        return format_datetime(local, DAY[self.language], locale=self.language.value)

    def title(self, text: Text) -> str:
        return one_line(text.in_(self.language))

    def method(self, title: str | None) -> str | None:
        """A saved method by its title; the usual form, ``Bank card *4444``, in the reader's language."""
        if title is None:
            return None
        card = CARD.fullmatch(title)
        if card and self.language is Language.RU:
            return f"банковская карта *{card[1]}"
        return one_line(title)


def values(event: Event, *, contact: Contact, site: Site, occurred_at: datetime) -> Values:
    """Everything that the template of ``event``'s message may say."""
    reader = Reader(language=contact.language, time_zone=contact.time_zone)
    shared: Values = {
        "site": site.values(),
        "login": one_line(contact.login),
        "occurred_at": reader.moment(occurred_at),
    }
    return shared | _of(event, reader)


def _of(event: Event, reader: Reader) -> Values:
    match event:
        case UserRegistered() | RegistrationRepeated():
            return {}
        case SubscriptionActivated() | SubscriptionRenewed():
            return _paid(event, reader)
        case RenewalUpcoming() | RenewalFailed():
            return _renewal(event, reader)
        case CheckoutFailed() | OrderRefunded():
            return _order(event, reader)
        case CancellationScheduled() | CancellationUndone() | SubscriptionEnded():
            return _turn(event, reader)
        case _:
            raise LookupError(f"there is no message about {event.name()}")


def _paid(event: SubscriptionActivated | SubscriptionRenewed, reader: Reader) -> Values:
    return {
        "title": reader.title(event.title),
        "amount": reader.money(event.amount),
        "order_id": str(event.order_id),
        "method": reader.method(event.method_title),
        "period_start": reader.moment(event.period_start),
        "period_end": reader.moment(event.period_end),
        "period_end_day": reader.day(event.period_end),
        "renews": isinstance(event, SubscriptionRenewed) or event.renews,
    }


def _order(event: CheckoutFailed | OrderRefunded, reader: Reader) -> Values:
    shared: Values = {
        "title": reader.title(event.title),
        "amount": reader.money(event.amount),
        "order_id": str(event.order_id),
    }
    if isinstance(event, CheckoutFailed):
        return shared | {"reason": in_words(event.reason, reader.language)}
    return shared | {
        "refund_id": str(event.refund_id),
        "keeps_access": event.access_effect is AccessEffect.KEEP,
    }


def _renewal(event: RenewalUpcoming | RenewalFailed, reader: Reader) -> Values:
    shared: Values = {"title": reader.title(event.title), "amount": reader.money(event.amount)}
    if isinstance(event, RenewalUpcoming):
        return shared | {
            "charge_at": reader.moment(event.charge_at),
            "charge_day": reader.day(event.charge_at),
            "method": reader.method(event.method_title),
        }
    return shared | {
        "reason": in_words(event.reason, reader.language),
        "order_id": str(event.order_id),
        "next_attempt_at": reader.moment(event.next_attempt_at) if event.next_attempt_at else None,
        "access_until": reader.moment(event.access_until),
    }


def _turn(event: CancellationScheduled | CancellationUndone | SubscriptionEnded, reader: Reader) -> Values:
    title = reader.title(event.title)
    match event:
        case CancellationScheduled():
            return {"title": title, "access_until": reader.moment(event.access_until)}
        case CancellationUndone():
            return {"title": title, "renews_at": reader.moment(event.renews_at)}
        case SubscriptionEnded():
            return {"title": title, "ended_reason": event.reason.value, "ended_at": reader.moment(event.ended_at)}


def gmt(local: datetime) -> str:
    """The offset of a local time: ``GMT+3``, ``GMT+5:30``."""
    offset = local.utcoffset() or timedelta(0)
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    if not hours and not minutes:
        return "GMT"
    return f"GMT{'-' if offset < timedelta(0) else '+'}{hours}" + (f":{minutes:02}" if minutes else "")
