"""Goods: the closed list of what an order buys.

What each of them gives when it is paid, and what becomes of it otherwise, stands in
`cinema.billing.domain.delivery`. Where kinds are told apart they are matched without a
rest, so that the type checker names each place that a new kind has to fill.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, TypeAlias
from uuid import UUID

from cinema.contracts.enums import GoodsKind
from cinema.contracts.ids import FilmId, SubscriptionId
from cinema.kit.errors import Conflict


class FilmNotForSale(Conflict):
    """This film cannot be bought or rented this way."""

    code = "film-not-for-sale"
    members: ClassVar[Mapping[str, Any]] = {
        "film_id": Annotated[UUID, "The film."],
    }


class FilmOwned(Conflict):
    """This film is yours for good already."""

    code = "film-owned"


class FilmRented(Conflict):
    """You have rented this film until ``ends_at``; you can rent it again after that, or buy it now."""

    code = "film-rented"
    members: ClassVar[Mapping[str, Any]] = {
        "ends_at": Annotated[datetime, "When what you have rented is over."],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPeriod:
    """Period ``period_no`` of a subscription, counted from 0: every film that the plan opens, while it runs."""

    kind: ClassVar[GoodsKind] = GoodsKind.PLAN_PERIOD
    subscription_id: SubscriptionId
    period_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmPurchase:
    """One film, for good."""

    kind: ClassVar[GoodsKind] = GoodsKind.FILM_PURCHASE
    film_id: FilmId


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmRental:
    """One film, for as long as it ``lasts`` from the payment on."""

    kind: ClassVar[GoodsKind] = GoodsKind.FILM_RENTAL
    film_id: FilmId
    lasts: timedelta


SoldFilm: TypeAlias = FilmPurchase | FilmRental
Goods: TypeAlias = PlanPeriod | SoldFilm
