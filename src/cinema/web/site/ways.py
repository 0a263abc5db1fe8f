"""How a film stands to who looks at it: may it be watched, why, and what would open it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cinema.contracts.enums import Access, BlockReason, GoodsKind, GrantKind
from cinema.contracts.views.billing import FOR_GOOD, AccessBlock, AccessGrant, Offer, PlanView
from cinema.contracts.views.playback import AccessView, PositionView
from cinema.kit.money import Money
from cinema.web.visit import Visit

TERMS: Mapping[str, str] = {"day": "term-day", "month": "term-month", "year": "term-year"}
"""The texts that say for how long a plan is, by the unit of its interval."""

BLOCKS: Mapping[BlockReason, str] = {
    BlockReason.AGE: "block-age",
    BlockReason.DUNNING: "block-dunning",
    BlockReason.FRAUD: "block-fraud",
    BlockReason.REGION: "block-region",
}
"""The texts that say what stands against a right."""

USUAL_INTERVAL = "1 month"
"""The plan that is named where there is room for one."""

HOURS_IN_DAY = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A link that does the next thing; ``sign`` is its icon."""

    text: str
    place: str
    sign: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in: what it is called, what it costs for how long, what comes next, and the button that takes it."""

    name: str
    price: Money
    term: str
    next: str
    button: Button


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``title`` and ``line`` say what it costs, or why it is open or closed; the first of ``buttons`` is the main one.

    ``is_sold``: to who is not signed in, who may have a right already.
    """

    title: str
    line: str
    buttons: tuple[Button, ...]
    ways: tuple[Way, ...]
    is_open: bool
    is_sold: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The film that is asked about."""

    slug: str
    access: Access
    answer: AccessView
    position: PositionView | None


def standing(visit: Visit, film: Subject) -> Standing:
    """What the viewer may do about the film, in words."""
    t, answer = visit.words, film.answer
    if answer.allowed:
        title, line = _right(visit, answer.grants)
        return _open(title, line, watch_button(visit, film))
    if answer.blocks:
        return _shut(t("film-closed"), _against(visit, answer.blocks[0]), (_account_button(visit),))
    if film.access is Access.FREE:
        return _open(t("film-free"), t("film-free-sign-in"), watch_button(visit, film))
    if answer.offers:
        return _for_sale(visit, film)
    return _shut(t("film-closed"), t("film-not-sold"), ())


def watch_button(visit: Visit, film: Subject) -> Button:
    """Plays the film, from where the viewer stopped if that is neither its beginning nor its end."""
    place = visit.path(f"/watch/{film.slug}")
    if film.position is not None and is_under_way(film.position):
        return Button(text=visit.words("film-resume", at=clock_of(film.position.position_s)), place=place, sign="play")
    return Button(text=visit.words("film-watch"), place=place, sign="play")


def is_under_way(position: PositionView) -> bool:
    """Between 5 and 90 % of the film."""
    return 5 * position.duration_s <= 100 * position.position_s <= 90 * position.duration_s


def clock_of(seconds: int) -> str:
    """``12:40``, ``1:02:40``."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def term(visit: Visit, interval: str) -> str:
    """For how long a plan's price is: ``за месяц``, ``for 3 months``."""
    count, _, unit = interval.partition(" ")
    return visit.words(TERMS[unit], n=int(count))


def days_or_hours(visit: Visit, hours: int) -> str:
    """For how long a film is rented: ``на 2 дня``, ``for 50 hours``."""
    days, rest = divmod(hours, HOURS_IN_DAY)
    return visit.words("term-hours", n=hours) if rest else visit.words("term-days", n=days)


def usual(plans: Sequence[PlanView]) -> PlanView | None:
    """The plan that is named alone: by the month, else the first on sale."""
    return next((one for one in plans if one.interval == USUAL_INTERVAL), plans[0] if plans else None)


def checkout_path(visit: Visit, film: str, offer: Offer) -> str:
    """Where an offer is taken; afterwards one comes back to the film."""
    what = {"plan": offer.plan} if offer.plan else {"film": film, "goods": offer.goods.value}
    return visit.path("/checkout") + "?" + urlencode({**what, "next": visit.path(f"/films/{film}")})


def _open(title: str, line: str, button: Button) -> Standing:
    return Standing(title=title, line=line, buttons=(button,), ways=(), is_open=True, is_sold=False)


def _shut(title: str, line: str, buttons: tuple[Button, ...]) -> Standing:
    return Standing(title=title, line=line, buttons=buttons, ways=(), is_open=False, is_sold=False)


def _right(visit: Visit, grants: tuple[AccessGrant, ...]) -> tuple[str, str]:
    """What the longest right is, and what it rests on."""
    t = visit.words
    right = max(grants, key=lambda grant: grant.ends_at, default=None)
    if right is None:
        return t("film-free"), t("film-free-yours")
    if right.ends_at >= FOR_GOOD:
        return t("film-for-good"), t("film-by-purchase")
    until = t("film-until", day=visit.day(right.ends_at), time=visit.wording.time(right.ends_at))
    if right.kind is GrantKind.GRACE:
        return until, t("film-by-grace")
    return until, t("film-by-subscription") if right.subscription_id else t("film-by-rental")


def _against(visit: Visit, block: AccessBlock) -> str:
    return visit.words(BLOCKS[block.reason])


def _account_button(visit: Visit) -> Button:
    return Button(text=visit.words("film-to-account"), place=visit.path("/account"), sign="user")


def _for_sale(visit: Visit, film: Subject) -> Standing:
    """The film itself is the nearest thing to buy, then the usual plan."""
    t, offers = visit.words, film.answer.offers
    plans = [offer for offer in offers if offer.goods is GoodsKind.PLAN_PERIOD]
    plan = next((one for one in plans if one.interval == USUAL_INTERVAL), plans[0] if plans else None)
    rent = next((offer for offer in offers if offer.goods is GoodsKind.FILM_RENTAL), None)
    buy = next((offer for offer in offers if offer.goods is GoodsKind.FILM_PURCHASE), None)
    prices = [_price_of(visit, offer) for offer in (plan, rent, buy) if offer]
    nearest = [_way(visit, film.slug, offer).button for offer in (rent or buy,) if offer]
    if plan:
        place = checkout_path(visit, film.slug, plan)
        nearest.append(Button(text=t("way-plan"), place=place, sign="credit-card"))
    return Standing(
        title=t("film-in-plans") if plan else t("film-for-sale"),
        line=" · ".join(prices),
        buttons=tuple(nearest),
        ways=tuple(_way(visit, film.slug, offer) for offer in (*plans, rent, buy) if offer),
        is_open=False,
        is_sold=visit.viewer is None,
    )


def _price_of(visit: Visit, offer: Offer) -> str:
    """``399,00 ₽ за месяц``, ``прокат 99,00 ₽``."""
    price = visit.wording.money(offer.price)
    if offer.goods is GoodsKind.PLAN_PERIOD and offer.interval:
        return visit.words("price-plan", price=price, term=term(visit, offer.interval))
    return visit.words("price-rent" if offer.goods is GoodsKind.FILM_RENTAL else "price-buy", price=price)


def _way(visit: Visit, film: str, offer: Offer) -> Way:
    t = visit.words
    price, place = visit.wording.money(offer.price), checkout_path(visit, film, offer)
    match offer.goods:
        case GoodsKind.PLAN_PERIOD:
            return Way(
                name=t("way-plan-name", name=visit.text(offer.title)),
                price=offer.price,
                term=term(visit, offer.interval or USUAL_INTERVAL),
                next=t("way-plan-next"),
                button=Button(text=t("way-plan-for", price=price), place=place, sign="credit-card"),
            )
        case GoodsKind.FILM_RENTAL:
            return Way(
                name=t("way-rent-name"),
                price=offer.price,
                term=days_or_hours(visit, offer.hours or 0),
                next=t("way-rent-next"),
                button=Button(text=t("way-rent", price=price), place=place, sign="clock"),
            )
        case GoodsKind.FILM_PURCHASE:
            return Way(
                name=t("way-buy-name"),
                price=offer.price,
                term=t("term-for-good"),
                next=t("way-buy-next"),
                button=Button(text=t("way-buy", price=price), place=place, sign="check"),
            )
