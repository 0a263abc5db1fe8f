"""What somebody wants to buy, looked up before it is shown, and what stands against it."""

from dataclasses import dataclass

from starlette.exceptions import HTTPException

from cinema.contracts.enums import GoodsKind, OrderStatus, RenewalState
from cinema.contracts.ids import FilmId, OrderId, SubscriptionId
from cinema.contracts.views.billing import FOR_GOOD, AccessGrant, AgreementTerms, Offer, PlanPreview
from cinema.contracts.views.catalog import FilmCard
from cinema.contracts.views.playback import AccessView
from cinema.kit.errors import Conflict
from cinema.kit.money import Money
from cinema.web.site.naming import NAME
from cinema.web.site.obstacles import Obstacle, obstacle, shut
from cinema.web.site.page import Site
from cinema.web.site.ways import Button, days_or_hours
from cinema.web.visit import Visit

EACH = {"day": "each-day", "month": "each-month", "year": "each-year"}
"""The texts that say how often a plan is charged, by the unit of its interval."""

FILM_GOODS = {"film_rental": GoodsKind.FILM_RENTAL, "film_purchase": GoodsKind.FILM_PURCHASE}
OPEN_ORDERS = 20
"""Unpaid orders that are looked through for one of the same film; they are given up after some hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the address says: a ``plan`` by its code, or a ``film`` by its slug and how it is bought."""

    plan: str = ""
    film: str = ""
    goods: GoodsKind = GoodsKind.PLAN_PERIOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Then:
    """What follows a period whose buyer agrees that it renews: how often it is charged, from which day on.

    ``is_agreed``: the subscription renews already, so that nothing is asked.
    """

    each: str
    day: str
    terms: AgreementTerms
    is_agreed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be bought, in words; ``order_id`` waits for its payment already.

    ``then`` is None where nothing can be renewed. ``note`` says what one should know before.
    """

    title: str
    line: str
    price: Money
    then: Then | None
    film: FilmCard | None
    note: str
    order_id: OrderId | None


def choice(visit: Visit) -> Choice:
    """Raises a 404 for an address that names nothing that can be sold."""
    query = visit.request.query_params
    plan, film, goods = query.get("plan", ""), query.get("film", ""), FILM_GOODS.get(query.get("goods", ""))
    if NAME.fullmatch(plan) and not film:
        return Choice(plan=plan)
    if NAME.fullmatch(film) and goods is not None and not plan:
        return Choice(film=film, goods=goods)
    raise HTTPException(404)


async def wanted(site: Site, visit: Visit, chosen: Choice) -> Wanted | Obstacle:
    """What the viewer chose, or why it cannot be bought now. Raises a `NotFound`."""
    if chosen.film:
        return await _film(site, visit, chosen)
    try:
        preview = await site.services.purchases.plan_preview(user_id=visit.who.user_id, plan=chosen.plan)
    except Conflict as refusal:
        return await obstacle(site, visit, refusal)
    return await _plan(site, visit, preview)


async def _plan(site: Site, visit: Visit, preview: PlanPreview) -> Wanted:
    t = visit.words
    is_ahead = preview.subscription_id is not None
    return Wanted(
        title=t("checkout-plan", name=visit.text(preview.title)),
        line=t(
            "checkout-days-ahead" if is_ahead else "checkout-days",
            start=visit.day(preview.period_start),
            end=visit.day(preview.period_end),
        ),
        price=preview.price,
        then=_then(visit, preview, is_agreed=await _renews(site, visit, preview.subscription_id)),
        film=None,
        note=t("checkout-ahead-note") if is_ahead else "",
        order_id=preview.order_id,
    )


async def _renews(site: Site, visit: Visit, subscription_id: SubscriptionId | None) -> bool:
    if subscription_id is None:
        return False
    own = await site.services.billing.subscription(subscription_id=subscription_id, user_id=visit.who.user_id)
    return own.renewal is RenewalState.ON


def _then(visit: Visit, preview: PlanPreview, *, is_agreed: bool) -> Then | None:
    if preview.terms is None or preview.renews_at is None:
        return None
    count, _, unit = preview.interval.partition(" ")
    return Then(
        each=visit.words(EACH[unit], n=int(count)),
        day=visit.day(preview.renews_at),
        terms=preview.terms,
        is_agreed=is_agreed,
    )


async def _film(site: Site, visit: Visit, chosen: Choice) -> Wanted | Obstacle:
    card = await site.services.catalog.card(film=chosen.film, language=visit.language)
    answer = await site.services.playback.access(film_id=card.id, user_id=visit.who.user_id)
    found = _against(visit, card, chosen, answer)
    if found is not None:
        return found
    offers = (await site.services.playback.access(film_id=card.id, user_id=None)).offers
    offer = next((one for one in offers if one.goods is chosen.goods), None)
    if offer is None:
        return _not_for_sale(visit, card)
    return Wanted(
        title=card.title,
        line=_term(visit, offer),
        price=offer.price,
        then=None,
        film=card,
        note=visit.words("checkout-open-already") if answer.grants else "",
        order_id=await _waiting(site, visit, card.id, chosen.goods),
    )


def _term(visit: Visit, offer: Offer) -> str:
    if offer.goods is GoodsKind.FILM_PURCHASE:
        return visit.words("checkout-for-good")
    return visit.words("checkout-rental", term=days_or_hours(visit, offer.hours or 0))


def _against(visit: Visit, card: FilmCard, chosen: Choice, answer: AccessView) -> Obstacle | None:
    """What the viewer has already, or what would stand against watching what they pay for."""
    t = visit.words
    own: list[AccessGrant] = [one for one in answer.grants if one.subscription_id is None]
    watch = Button(text=t("film-watch"), place=visit.path(f"/watch/{card.slug}"), sign="play")
    if any(one.ends_at >= FOR_GOOD for one in own):
        return shut(t("obstacle-owned"), t("problem-film-owned"), watch)
    if own and chosen.goods is GoodsKind.FILM_RENTAL:
        until = max(one.ends_at for one in own)
        line = t("obstacle-rented-until", day=visit.day(until), time=visit.wording.time(until))
        return shut(t("obstacle-rented"), line, watch)
    if answer.blocks:
        account = Button(text=t("film-to-account"), place=visit.path("/account"), sign="user")
        return shut(t("obstacle-blocked"), t("obstacle-blocked-why"), account)
    return None


def _not_for_sale(visit: Visit, card: FilmCard) -> Obstacle:
    t = visit.words
    film = Button(text=t("obstacle-to-film"), place=visit.path(f"/films/{card.slug}"), sign="film")
    return shut(t("obstacle-not-for-sale"), t("problem-film-not-for-sale"), film)


async def _waiting(site: Site, visit: Visit, film_id: FilmId, goods: GoodsKind) -> OrderId | None:
    """The viewer's order of the same that is not paid yet."""
    page = await site.services.billing.orders(
        user_id=visit.who.user_id, status=OrderStatus.OPEN, cursor=None, limit=OPEN_ORDERS
    )
    return next((one.id for one in page.items if one.film_id == film_id and one.goods is goods), None)
