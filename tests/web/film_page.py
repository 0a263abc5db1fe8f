"""A page made of three contexts, as one of the site will be: a film, what the viewer has, and what it is paid with.

It is not shipped. It shows that a page needs nothing but the contracts.
"""

from collections.abc import Callable, Iterable
from html import escape
from typing import TypeVar

from cinema.contracts.billing import BillingReader
from cinema.contracts.catalog import CatalogReader
from cinema.contracts.enums import SubscriptionStatus
from cinema.contracts.ids import UserId
from cinema.contracts.payments import PaymentsReader
from cinema.contracts.text import Language
from cinema.contracts.views.billing import OrderView, SubscriptionView
from cinema.contracts.views.catalog import FilmCard
from cinema.contracts.views.payments import MethodView
from cinema.kit.page import Page

T = TypeVar("T")


async def film_page(
    *,
    film: str,
    user_id: UserId,
    language: Language,
    catalog: CatalogReader,
    billing: BillingReader,
    payments: PaymentsReader,
) -> str:
    """The page as HTML. Raises a `NotFound` for a film that is not there."""
    card = await catalog.card(film=film, language=language)
    active = SubscriptionStatus.ACTIVE
    subscriptions = await billing.subscriptions(user_id=user_id, status=active, cursor=None, limit=1)
    orders = await billing.orders(user_id=user_id, status=None, cursor=None, limit=2)
    methods = await payments.methods(user_id=user_id)
    parts = (
        _head(card),
        _list("subscriptions", subscriptions, lambda one: _subscription(one, language)),
        _list("orders", orders, lambda one: _order(one, language)),
        _list("methods", methods, lambda one: _method(one, language)),
    )
    return f'<!doctype html><html lang="{language}"><title>{escape(card.title)}</title>{"".join(parts)}</html>'


def _head(card: FilmCard) -> str:
    genres = ", ".join(genre.name for genre in card.genres)
    about = f"<p>{escape(genres)}, {card.age}+</p><p>{escape(card.description)}</p>"
    return f'<h1>{escape(card.title)} ({card.year})</h1><img src="{escape(card.poster)}" alt="">{about}'


def _subscription(one: SubscriptionView, language: Language) -> str:
    until = f" → {one.renews_at:%d.%m.%Y}" if one.renews_at else ""
    return f"{one.title.in_(language)}{until}"


def _order(one: OrderView, language: Language) -> str:
    total = f"{one.total.minor // 100}.{one.total.minor % 100:02} {one.total.currency}"
    return f"{one.title.in_(language)}: {total}, {one.status}"


def _method(one: MethodView, language: Language) -> str:
    return one.label.in_(language)


def _list(name: str, page: Page[T], shown: Callable[[T], str]) -> str:
    more = f'<a href="?cursor={escape(page.next_cursor)}">…</a>' if page.next_cursor else ""
    return f'<ul id="{name}">{_lines(shown(one) for one in page.items)}</ul>{more}'


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"<li>{escape(text)}</li>" for text in texts)
