"""Checkout: from what a viewer chose to an order that can be paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from cinema.billing.domain.agreement import Agreement, terms
from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId, Note, viewer
from cinema.billing.domain.charging import ByHand, charge_by_hand
from cinema.billing.domain.delivery import Payment, deliver
from cinema.billing.domain.goods import (
    FilmNotForSale,
    FilmPurchase,
    FilmRental,
    Goods,
    PlanPeriod,
    SoldFilm,
)
from cinema.billing.domain.order import (
    ChargeStatus,
    Fiscal,
    Line,
    LineKind,
    NewOrder,
    Order,
    OrderBeingPaid,
    OrderNotOpen,
    new_order,
)
from cinema.billing.domain.plan import Plan, plan_line
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.renewal import switched
from cinema.billing.domain.subscription import (
    AlreadySubscribed,
    ChargeUnderWay,
    CheckoutOpen,
    RefundUnderWay,
    Subscription,
    new_subscription,
)
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import FilmGoods
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import (
    Access,
    GoodsKind,
    HistoryEntity,
    OrderKind,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.identity import Contact
from cinema.contracts.ids import AgreementId, OrderId, SubscriptionId
from cinema.contracts.payments import ChargeLimits
from cinema.contracts.views.billing import Fact
from cinema.contracts.views.payments import MethodView
from cinema.kit.errors import Invalid
from cinema.kit.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who buys, where the payer comes back to, until when the order may be paid, and what can be taken at all.

    The ``link`` will lead to the payment page.
    """

    contact: Contact
    link: UUID
    return_url: str
    expires_at: datetime
    limits: ChargeLimits | None


class AmountNotPayable(Invalid):
    """No payment provider takes this amount.

    ``minimum_minor`` and ``maximum_minor`` say what is taken, where anything is.
    """

    code = "amount-not-payable"
    members: ClassVar[Mapping[str, Any]] = {
        "minimum_minor": Annotated[int, "The smallest amount that is taken, in minor units."],
        "maximum_minor": Annotated[int, "The largest amount that is taken, in minor units."],
        "currency": Annotated[str, "ISO 4217 code of the currency."],
    }


class MethodNotSavable(Invalid):
    """No payment method can be kept for renewals here; buy without renewal."""

    code = "payment-method-not-savable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A plan, and whether it is to be renewed: then what is paid with is kept for that."""

    plan: Plan
    save_method: bool


def order_plan(buyer: Buyer, choice: Choice, *, policies: Policies, new_id: NewId, now: datetime) -> Changes:
    """A subscription that begins when its first order is paid."""
    plan = choice.plan
    subscription = new_subscription(
        subscription_id=SubscriptionId(new_id()),
        user_id=buyer.contact.user_id,
        plan=plan,
        time_zone=buyer.contact.time_zone,
        is_agreed=choice.save_method or not plan.price.amount.minor,
        next_attempt_at=buyer.expires_at,
        now=now,
    )
    goods = PlanPeriod(subscription_id=subscription.subscription_id, period_no=0)
    placed = _place_plan(buyer, choice, goods, Standing(subscription=subscription), policies, new_id=new_id, now=now)
    return Changes(new_subscriptions=(subscription,)) + placed


def order_ahead(
    buyer: Buyer, choice: Choice, standing: Standing, *, policies: Policies, new_id: NewId, now: datetime
) -> Changes:
    """The next period of a subscription that runs, bought by hand; it begins where the running one ends.

    It costs what the subscription costs. Raises `AlreadySubscribed` for another plan and where
    the next period is bought already, `RefundUnderWay`, and `ChargeUnderWay`.
    """
    subscription, period = standing.subscription, standing.subscription.period
    is_other = subscription.plan_id != choice.plan.plan_id
    is_active = subscription.status is SubscriptionStatus.ACTIVE
    if is_other or not is_active or period is None or not period.start <= now < period.end:
        raise AlreadySubscribed(subscription_id=subscription.subscription_id)
    if standing.is_refunding:
        raise RefundUnderWay
    if standing.is_under_way:
        raise ChargeUnderWay
    goods = PlanPeriod(subscription_id=subscription.subscription_id, period_no=subscription.period_no + 1)
    return _place_plan(buyer, choice, goods, standing, policies, new_id=new_id, now=now)


def _place_plan(
    buyer: Buyer,
    choice: Choice,
    goods: PlanPeriod,
    standing: Standing,
    policies: Policies,
    *,
    new_id: NewId,
    now: datetime,
) -> Changes:
    subscription = standing.subscription
    line = plan_line(
        title=subscription.title, price_id=subscription.price_id, price=subscription.price, fiscal=policies.fiscal
    )
    facts: dict[str, Fact] = {
        "plan": subscription.plan,
        "period_no": goods.period_no,
        "save_method": choice.save_method,
    }
    wants_renewal = choice.save_method and not subscription.is_free
    agreement = agree(subscription, buyer.contact, new_id=new_id, now=now) if wants_renewal else None
    return _place(
        buyer,
        goods,
        line,
        standing=standing,
        agreement=agreement,
        facts=facts,
        policies=policies,
        new_id=new_id,
        now=now,
    )


def agree(
    subscription: Subscription,
    contact: Contact,
    *,
    method: MethodView | None = None,
    new_id: NewId,
    now: datetime,
) -> Agreement:
    """What the viewer agrees to who wants the subscription renewed: by ``method``, or by what they pay with."""
    said = terms(
        title=subscription.title,
        price=subscription.price,
        interval=subscription.interval,
        method=method.label if method else None,
    )
    return Agreement(
        agreement_id=AgreementId(new_id()),
        subscription_id=subscription.subscription_id,
        user_id=subscription.user_id,
        version=said.version,
        language=contact.language,
        text=said.text.in_(contact.language),
        agreed_at=now,
        method_id=method.id if method else None,
        method_title=method.title if method else None,
        bound_at=now if method else None,
        ended_at=None,
    )


def order_film(
    buyer: Buyer,
    film: FilmFacts,
    kind: FilmGoods,
    *,
    rental: timedelta,
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """One film, bought or rented at the catalogue's price. Raises `FilmNotForSale`."""
    goods, line = _film(film, kind, rental=rental, fiscal=policies.fiscal)
    facts = {"goods": goods.kind, "film": film.slug}
    return _place(buyer, goods, line, facts=facts, policies=policies, new_id=new_id, now=now)


def repeat_film(whole: Whole, film: FilmFacts, kind: FilmGoods) -> Whole:
    """A click after the first finds the checkout of the same film, if it costs the same.

    Raises `FilmNotForSale`, and `CheckoutOpen` for another price.
    """
    if _price(film, kind) != whole.order.total:
        raise CheckoutOpen(order_id=whole.order.order_id)
    return whole


def repeat(standing: Standing, choice: Choice) -> Whole:
    """A click after the first finds the same checkout, or the renewal that waits for its payment, of the same plan.

    Raises `AlreadySubscribed` where nothing waits, and `CheckoutOpen` for another plan,
    price, or wish to be renewed.
    """
    awaited = demand_awaited(standing, choice.plan)
    wishes = [one.agreement_id is not None for one in standing.charges if one.status is ChargeStatus.OPEN]
    if awaited.kind is OrderKind.CHECKOUT and any(one is not choice.save_method for one in wishes):
        raise CheckoutOpen(order_id=awaited.order_id)
    return Whole(order=awaited, lines=standing.lines, charges=standing.charges, standing=standing)


def demand_awaited(standing: Standing, plan: Plan) -> Order:
    """The order of the plan that waits for its payment.

    Raises `AlreadySubscribed` where none waits, `CheckoutOpen` where it is of another plan or price.
    """
    running, awaited = standing.subscription, standing.awaited
    if awaited is None:
        raise AlreadySubscribed(subscription_id=running.subscription_id)
    is_other_price = running.status is SubscriptionStatus.INCOMPLETE and running.price_id != plan.price.price_id
    if running.plan_id != plan.plan_id or is_other_price:
        raise CheckoutOpen(order_id=awaited.order_id)
    return awaited


def pay_again(
    whole: Whole,
    contact: Contact,
    *,
    link: UUID,
    save_method: bool,
    return_url: str | None,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """Begins a new payment, by hand, of an open order after one that failed.

    A renewal that was refused can be paid so too, by another card; its payer comes back
    to ``return_url``. Raises `OrderNotOpen` and `OrderBeingPaid`.
    """
    order = whole.order
    if not whole.is_open or now >= order.expires_at:
        raise OrderNotOpen(order_status=order.status)
    if any(one.status is ChargeStatus.OPEN for one in whole.charges):
        raise OrderBeingPaid
    agreement, chosen = None, NO_CHANGES
    if whole.standing is not None:
        subscription = whole.standing.subscription
        chosen = _wished(subscription, save_method=save_method, now=now)
        agreement = agree(subscription, contact, new_id=new_id, now=now) if save_method else None
    by_hand = ByHand(link=link, return_url=return_url or order.return_url, agreement=agreement)
    return chosen + charge_by_hand(order, whole.lines, whole.charges, by_hand, new_id=new_id, now=now)


def _wished(subscription: Subscription, *, save_method: bool, now: datetime) -> Changes:
    """Of a subscription that has not begun, the last payment that is tried says whether it renews."""
    if subscription.status is not SubscriptionStatus.INCOMPLETE or subscription.is_renewing is save_method:
        return NO_CHANGES
    renewal = RenewalState.ON if save_method else RenewalState.OFF
    reason = RenewalReason.AGREED if save_method else RenewalReason.NOT_AGREED
    changed, noted = switched(subscription, renewal, reason, actor=viewer(subscription.user_id), now=now)
    return noted + Changes(subscriptions=(changed,))


def _place(
    buyer: Buyer,
    goods: Goods,
    line: Line,
    *,
    standing: Standing | None = None,
    agreement: Agreement | None = None,
    facts: Mapping[str, Fact],
    policies: Policies,
    new_id: NewId,
    now: datetime,
) -> Changes:
    """The order with its first payment; what costs nothing is delivered at once.

    Raises `AmountNotPayable` and `MethodNotSavable`.
    """
    _demand_payable(line.amount, buyer.limits, save_method=agreement is not None)
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
        return placed + deliver(whole, payment, durations=policies.durations, new_id=new_id, now=now)
    by_hand = ByHand(link=buyer.link, return_url=buyer.return_url, agreement=agreement)
    return placed + charge_by_hand(fresh.order, fresh.lines, (), by_hand, new_id=new_id, now=now)


def _demand_payable(amount: Money, limits: ChargeLimits | None, *, save_method: bool) -> None:
    if not amount.minor:
        return
    if limits is None:
        raise AmountNotPayable(currency=amount.currency)
    if not limits.minimum <= amount <= limits.maximum:
        raise AmountNotPayable(
            minimum_minor=limits.minimum.minor, maximum_minor=limits.maximum.minor, currency=amount.currency
        )
    if save_method and not limits.saves_methods:
        raise MethodNotSavable


def _note(fresh: NewOrder, facts: Mapping[str, Fact]) -> Note:
    order = fresh.order
    return Note(
        actor=viewer(order.user_id),
        entity=HistoryEntity.ORDER,
        entity_id=order.order_id,
        action="ordered",
        after={**facts, "total": str(order.total)},
    )


def _film(film: FilmFacts, kind: FilmGoods, *, rental: timedelta, fiscal: Fiscal) -> tuple[SoldFilm, Line]:
    def line(sold: LineKind) -> Line:
        price = _price(film, kind)
        return Line(kind=sold, price_id=None, title=film.title, quantity=1, unit=price, fiscal=fiscal)

    match kind:
        case GoodsKind.FILM_PURCHASE:
            return FilmPurchase(film_id=film.film_id), line(LineKind.FILM_PURCHASE)
        case GoodsKind.FILM_RENTAL:
            return FilmRental(film_id=film.film_id, lasts=rental), line(LineKind.FILM_RENTAL)


def _price(film: FilmFacts, kind: FilmGoods) -> Money:
    price = None if film.access is Access.FREE else _listed(film, kind)
    if price is None:
        raise FilmNotForSale(film_id=str(film.film_id))
    return price


def _listed(film: FilmFacts, kind: FilmGoods) -> Money | None:
    match kind:
        case GoodsKind.FILM_PURCHASE:
            return film.buy
        case GoodsKind.FILM_RENTAL:
            return film.rent
