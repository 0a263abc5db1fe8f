"""The plans: what each costs and saves, what all of them open, and which one is the viewer's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from starlette.responses import Response

from cinema.contracts.enums import FilmSort, SubscriptionStatus
from cinema.contracts.ids import UserId
from cinema.contracts.views.billing import PlanView, SubscriptionView
from cinema.contracts.views.catalog import FilmItem
from cinema.kit.money import Money
from cinema.web.site.page import Page, Site
from cinema.web.site.payment_pages import next_of
from cinema.web.site.ways import term, usual
from cinema.web.visit import Visit

MONTHS = {"month": 1, "year": 12}
"""Months of a unit; days are not compared with them, as months differ."""

CARDS_MAX = 4
"""Of more plans than these, those of one interval are shown at a time."""

RECENT = 10
"""Subscriptions that are looked through for one that runs: at most one does, and it is among the newest."""

RUNNING = frozenset(
    {
        SubscriptionStatus.ACTIVE,
        SubscriptionStatus.TRIALING,
        SubscriptionStatus.PAST_DUE,
        SubscriptionStatus.PAUSED,
    }
)

COUNT_GOOD_FOR = timedelta(minutes=10)
POSTERS_GOOD_FOR = timedelta(minutes=10)
POSTERS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A plan; ``monthly`` is what a month of it costs, ``saving`` what it saves against months paid one by one."""

    plan: PlanView
    term: str
    monthly: Money | None
    is_rounded: bool
    saving: Money | None


async def plans(site: Site, visit: Visit) -> Response:
    """All plans side by side, or those of one interval where there are many."""
    every = (await site.services.billing.plans()).items
    intervals = tuple(dict.fromkeys(one.interval for one in every))
    chosen = visit.request.query_params.get("interval", "")
    named = usual(every)
    interval = chosen if chosen in intervals or named is None else named.interval
    is_cut = len(every) > CARDS_MAX
    shown = [one for one in every if one.interval == interval] if is_cut else every
    return site.page(
        visit,
        "plans.html",
        cards=tuple(_card(visit, one, every) for one in shown),
        intervals=tuple((one, term(visit, one)) for one in intervals) if is_cut else (),
        interval=interval,
        own=await running(site, visit.viewer.user_id) if visit.viewer else None,
        film_count=await film_count(site),
        posters=await posters(site, visit),
        policies=await site.services.billing.policies(),
        next=next_of(visit),
    )


async def running(site: Site, user_id: UserId) -> SubscriptionView | None:
    """The subscription of the viewer that runs."""
    page = await site.services.billing.subscriptions(user_id=user_id, status=None, cursor=None, limit=RECENT)
    return next((one for one in page.items if one.status in RUNNING), None)


async def film_count(site: Site) -> int:
    """How many films a subscription opens: all of them."""
    return await site.memory.recall("film-count", site.services.catalog.film_count, good_for=COUNT_GOOD_FOR)


async def posters(site: Site, visit: Visit) -> tuple[FilmItem, ...]:
    """Some of the newest films, to be seen."""

    async def look() -> tuple[FilmItem, ...]:
        page = await site.services.catalog.films(
            language=visit.language, sort=FilmSort.ADDED, genre=None, cursor=None, limit=POSTERS
        )
        return page.items

    return await site.memory.recall(("posters", visit.language), look, good_for=POSTERS_GOOD_FOR)


def _card(visit: Visit, plan: PlanView, every: Sequence[PlanView]) -> Card:
    months = _months(plan)
    alone = [one.price for one in every if _months(one) == 1]
    saving = alone[0] * months - plan.price if len(alone) == 1 and months > 1 else None
    return Card(
        plan=plan,
        term=term(visit, plan.interval),
        monthly=Money(minor=-(-plan.price.minor // months), currency=plan.price.currency) if months > 1 else None,
        is_rounded=months > 1 and bool(plan.price.minor % months),
        saving=saving if saving is not None and saving.minor > 0 else None,
    )


def _months(plan: PlanView) -> int:
    """How many months a plan is for; 0 where it is counted in days."""
    count, _, unit = plan.interval.partition(" ")
    return int(count) * MONTHS.get(unit, 0)


PAGES = (Page(path="/plans", show=plans),)
