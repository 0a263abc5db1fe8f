"""Checkout: from what a viewer chose to an order that can be paid."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cinema.billing.domain.changes import Changes, NewId, Note, viewer
from cinema.billing.domain.charging import charge
from cinema.billing.domain.delivery import Payment, deliver
from cinema.billing.domain.goods import (
    FilmGoods,
    FilmKind,
    FilmNotForSale,
    FilmPurchase,
    FilmRental,
    Goods,
    PlanPeriod,
)
from cinema.billing.domain.order import ChargeStatus, Line, LineKind, NewOrder, OrderBeingPaid, OrderNotOpen, new_order
from cinema.billing.domain.plan import Plan, plan_line
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.subscription import (
    AlreadySubscribed,
    CheckoutOpen,
    new_subscription,
)
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import Access, GoodsKind, OrderKind, SubscriptionStatus
from cinema.contracts.identity import Contact
from cinema.contracts.ids import OrderId, SubscriptionId
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys, where the payer comes back to, and until when the order may be paid."""

    contact: Contact
    return_url: str
    expires_at: datetime


def leads_home(return_url: str, *, hosts: Container[str]) -> bool:
    """Whether a payer may be sent to this address: one of ours, written without spaces and control characters.

    Those are dropped by whoever takes an address apart, but not by whoever passes it on.
    """
    if not return_url.isprintable() or " " in return_url:
        return False
    try:
        parts = urlsplit(return_url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.netloc in hosts


def order_plan(buyer: Buyer, plan: Plan, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """A subscription that begins when its first order is paid."""
    subscription = new_subscription(
        subscription_id=SubscriptionId(new_id()),
        user_id=buyer.contact.user_id,
        plan=plan,
        time_zone=buyer.contact.time_zone,
        next_attempt_at=buyer.expires_at,
        now=now,
    )
    price = plan.price.amount
    line = plan_line(title=plan.title, price_id=plan.price.price_id, price=price, vat_code=policies.vat_code)
    goods = PlanPeriod(subscription_id=subscription.subscription_id, period_no=0)
    facts = {"plan": plan.code, "price_version": plan.price.version}
    placed = _place(
        buyer, goods, line, Standing(subscription=subscription), facts, policies=policies, new_id=new_id, now=now
    )
    return Changes(new_subscriptions=(subscription,)) + placed


def order_film(
    buyer: Buyer,
    film: FilmFacts,
    kind: FilmKind,
    *,
    rental: timedelta,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """One film, bought or rented at the catalogue's price. Raises `FilmNotForSale`."""
    goods, line = _film(film, kind, rental=rental, vat_code=policies.vat_code)
    facts = {"goods": goods.kind, "film": film.slug}
    return _place(buyer, goods, line, None, facts, policies=policies, new_id=new_id, now=now)


def repeat_film(whole: Whole, film: FilmFacts, kind: FilmKind) -> Whole:
    """A click after the first finds the checkout of the same film, if it costs the same.

    Raises `FilmNotForSale`, and `CheckoutOpen` for another price.
    """
    if _price(film, kind) != whole.order.total:
        raise CheckoutOpen(order_id=whole.order.order_id)
    return whole


def repeat(standing: Standing, plan: Plan) -> Whole:
    """A click after the first finds the same checkout if it is the same plan.

    Raises `AlreadySubscribed`, and `CheckoutOpen` for another plan or price.
    """
    running = standing.subscription
    if running.status is not SubscriptionStatus.INCOMPLETE or standing.awaited is None:
        raise AlreadySubscribed(subscription_id=running.subscription_id)
    if running.plan_id != plan.plan_id or running.price_id != plan.price.price_id:
        raise CheckoutOpen(order_id=standing.awaited.order_id)
    return Whole(order=standing.awaited, lines=standing.lines, charges=standing.charges, standing=standing)


def pay_again(whole: Whole, *, return_url: str | None, new_id: NewId, now: datetime) -> Changes:
    """Begins a new payment, by hand, of an open order after one that failed.

    A renewal that was refused can be paid so too, by another card; its payer comes back
    to ``return_url``. Raises `OrderNotOpen` and `OrderBeingPaid`.
    """
    order = whole.order
    is_canceled = whole.standing is not None and whole.standing.subscription.cancel_at_period_end
    if not whole.is_open or is_canceled or now >= order.expires_at:
        raise OrderNotOpen(order_status=order.status)
    if any(one.status is ChargeStatus.OPEN for one in whole.charges):
        raise OrderBeingPaid
    return charge(order, whole.lines, whole.charges, method_id=None, new_id=new_id, now=now, return_url=return_url)


def _place(
    buyer: Buyer,
    goods: Goods,
    line: Line,
    standing: Standing | None,
    facts: Mapping[str, object],
    *,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """The order with its first payment; what costs nothing is delivered at once."""
    fresh = new_order(
        order_id=OrderId(new_id()),
        contact=buyer.contact,
        kind=OrderKind.CHECKOUT,
        goods=goods,
        lines=(line,),
        return_url=buyer.return_url,
        expires_at=buyer.expires_at,
        now=now,
    )
    placed = Changes(new_orders=(fresh,), notes=(_note(fresh, facts),))
    if not fresh.order.total.minor:
        whole = Whole(order=fresh.order, lines=fresh.lines, standing=standing)
        payment = Payment(amount=fresh.order.total)
        return placed + deliver(whole, payment, policy=policies.renewal, new_id=new_id, now=now)
    return placed + charge(fresh.order, fresh.lines, (), method_id=None, new_id=new_id, now=now)


def _note(fresh: NewOrder, facts: Mapping[str, object]) -> Note:
    order = fresh.order
    return Note(
        actor=viewer(order.user_id),
        entity="order",
        entity_id=order.order_id,
        action="ordered",
        after={**facts, "total": str(order.total)},
    )


def _film(film: FilmFacts, kind: FilmKind, *, rental: timedelta, vat_code: int) -> tuple[FilmGoods, Line]:
    def line(sold: LineKind) -> Line:
        price = _price(film, kind)
        return Line(kind=sold, price_id=None, title=film.title, quantity=1, unit=price, vat_code=vat_code)

    match kind:
        case GoodsKind.FILM_PURCHASE:
            return FilmPurchase(film_id=film.film_id), line(LineKind.FILM_PURCHASE)
        case GoodsKind.FILM_RENTAL:
            return FilmRental(film_id=film.film_id, lasts=rental), line(LineKind.FILM_RENTAL)


def _price(film: FilmFacts, kind: FilmKind) -> Money:
    price = None if film.access is Access.FREE else _listed(film, kind)
    if price is None:
        raise FilmNotForSale(film_id=str(film.film_id))
    return price


def _listed(film: FilmFacts, kind: FilmKind) -> Money | None:
    match kind:
        case GoodsKind.FILM_PURCHASE:
            return film.buy
        case GoodsKind.FILM_RENTAL:
            return film.rent
