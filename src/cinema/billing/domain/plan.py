"""Plans: what can be bought. A published price never changes; a new price is a new version."""

from dataclasses import dataclass

from cinema.billing.domain.order import Fiscal, Line, LineKind
from cinema.billing.domain.period import Interval
from cinema.contracts.ids import PlanId, PriceId
from cinema.contracts.text import Text
from cinema.kit.errors import NotFound
from cinema.kit.money import Money


class PlanNotFound(NotFound):
    """There is no such plan on sale."""

    code = "plan-not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One published version of what a plan costs in one currency."""

    price_id: PriceId
    version: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A subscription plan with its newest price."""

    plan_id: PlanId
    code: str
    title: Text
    interval: Interval
    price: Price


def plan_line(*, title: Text, price_id: PriceId, price: Money, fiscal: Fiscal) -> Line:
    """The line of an order for one period of a plan."""
    return Line(kind=LineKind.PLAN, price_id=price_id, title=title, quantity=1, unit=price, fiscal=fiscal)
