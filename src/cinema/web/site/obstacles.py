"""What stands against buying something now, in words, with the way on."""

from dataclasses import dataclass
from uuid import UUID

from cinema.contracts.ids import OrderId
from cinema.contracts.views.billing import OrderView
from cinema.kit.errors import Refusal
from cinema.web.site.page import Site, told
from cinema.web.site.plans import running
from cinema.web.site.ways import Button
from cinema.web.visit import Visit

TITLES = {
    "already-subscribed": "obstacle-subscribed",
    "charge-under-way": "obstacle-charge",
    "refund-under-way": "obstacle-refund",
    "checkout-open": "obstacle-open",
    "film-owned": "obstacle-owned",
    "film-rented": "obstacle-rented",
    "film-not-for-sale": "obstacle-not-for-sale",
    "amount-not-payable": "obstacle-amount",
}
"""The heading for each refusal that a buyer can meet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why not now, and what to do instead. ``order`` is an unpaid one that has to be paid or given up before."""

    title: str
    line: str
    buttons: tuple[Button, ...]
    order: OrderView | None = None


def shut(title: str, line: str, *buttons: Button) -> Obstacle:
    """An obstacle that is no order."""
    return Obstacle(title=title, line=line, buttons=buttons)


async def obstacle(site: Site, visit: Visit, refusal: Refusal) -> Obstacle:
    """A refusal as a buyer reads it."""
    t = visit.words
    title = t(TITLES.get(refusal.code, "trouble-title"))
    if refusal.code == "checkout-open":
        order = await _order(site, visit, str(refusal.facts["order_id"]))
        line = t("obstacle-open-why", name=visit.text(order.title), price=visit.wording.money(order.total))
        return Obstacle(title=title, line=line, buttons=(), order=order)
    account = Button(text=t("film-to-account"), place=visit.path("/account"), sign="user")
    line = await _of_subscription(site, visit) if refusal.code == "already-subscribed" else told(visit, refusal)
    return Obstacle(title=title, line=line, buttons=(account,))


async def _order(site: Site, visit: Visit, order_id: str) -> OrderView:
    found = await site.services.billing.order(order_id=OrderId(UUID(order_id)), user_id=visit.who.user_id)
    return found.order


async def _of_subscription(site: Site, visit: Visit) -> str:
    """Why another plan, or one more period, cannot be bought now."""
    t, own = visit.words, await running(site, visit.who.user_id)
    if own is None or own.period_start is None or own.period_end is None:
        return t("problem-already-subscribed")
    name, end = visit.text(own.title), visit.day(own.period_end)
    if own.period_start > visit.now:
        return t("obstacle-paid-ahead", name=name, end=end)
    return t("obstacle-other-plan", name=name, end=end)
