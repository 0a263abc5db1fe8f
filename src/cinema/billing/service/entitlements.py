"""Entitlements: who may watch what. The implementation of `contracts.billing.Entitlements`."""

from datetime import datetime

from cinema.billing.settings import BillingSettings
from cinema.billing.store import plans, rights
from cinema.contracts.billing import AccessAnswer
from cinema.contracts.catalog import FilmFacts
from cinema.contracts.enums import GoodsKind
from cinema.contracts.ids import EntitlementId, UserId
from cinema.contracts.views.billing import Offer
from cinema.kit.db import Database


class EntitlementService:
    """Answers from the rows that hold at a moment; nothing is cached, so a change holds at once."""

    def __init__(self, *, db: Database, settings: BillingSettings) -> None:
        self._db = db
        self._settings = settings

    async def check(self, *, user_id: UserId, film: FilmFacts, now: datetime) -> AccessAnswer:
        """All grants and blocks of the user for the film at ``now``."""
        async with self._db.read() as tx:
            return AccessAnswer(
                grants=await rights.grants(tx, user_id=user_id, film_id=film.film_id, now=now),
                blocks=await rights.blocks(tx, user_id=user_id, now=now),
            )

    async def use(self, *, entitlement_id: EntitlementId, now: datetime) -> bool:
        """Notes that a film is played by the right; waits while a refund of it is decided, which may refuse it."""
        async with self._db.write() as tx:
            return await rights.use(tx, entitlement_id=entitlement_id, now=now)

    async def offers(self, *, film: FilmFacts) -> tuple[Offer, ...]:
        """The plans that would open the film, and the film itself, cheapest first.

        What is sold in the shop's own currency comes before what is not: two currencies do not compare.
        """
        async with self._db.read() as tx:
            on_sale = await plans.active_plans(tx, currency=self._settings.currency)
        offers = [
            Offer(
                goods=GoodsKind.PLAN_PERIOD,
                title=plan.title,
                price=plan.price.amount,
                plan=plan.code,
                interval=str(plan.interval),
            )
            for plan in on_sale
        ]
        if film.buy is not None:
            offers.append(Offer(goods=GoodsKind.FILM_PURCHASE, title=film.title, price=film.buy))
        if film.rent is not None:
            hours = self._settings.rental_hours
            offers.append(Offer(goods=GoodsKind.FILM_RENTAL, title=film.title, price=film.rent, hours=hours))
        return tuple(sorted(offers, key=self._place))

    def _place(self, offer: Offer) -> tuple[bool, str, int]:
        price = offer.price
        return price.currency != self._settings.currency, price.currency, price.minor
