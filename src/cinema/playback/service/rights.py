"""Finds out whether a viewer may play a film."""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.billing import Entitlements
from cinema.contracts.catalog import Catalog, FilmFacts
from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.playback import AccessDenied
from cinema.contracts.views.billing import AccessGrant, Offer
from cinema.kit.idempotency import jsonable
from cinema.playback.domain.decision import Decision, decide, needs_right


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A decision, the film that it is about, and what could be bought where buying would help."""

    film: FilmFacts
    decision: Decision
    offers: tuple[Offer, ...] = ()


class Rights:
    """Asks catalogue and billing, never inside a transaction, and decides."""

    def __init__(self, *, catalog: Catalog, entitlements: Entitlements) -> None:
        self._catalog = catalog
        self._entitlements = entitlements

    async def judge(self, *, film_id: FilmId, user_id: UserId | None, now: datetime) -> Judgement:
        """Decides for a viewer, or for nobody (None). Raises `FilmNotFound`."""
        film = await self._catalog.film(film_id)
        answer = None
        if user_id is not None and needs_right(film):
            answer = await self._entitlements.check(user_id=user_id, film=film, now=now)
        return Judgement(film=film, decision=decide(film=film, is_signed_in=user_id is not None, answer=answer))

    async def use(self, *, film_id: FilmId, user_id: UserId, now: datetime) -> Judgement:
        """As `judge`, and the right by which the film is played is noted as used when this returns.

        One that is taken back between the question and the note is not played by: the next
        answer is without it, so that this ends. Raises `FilmNotFound`.
        """
        while True:
            judgement = await self.judge(film_id=film_id, user_id=user_id, now=now)
            right = judgement.decision.right
            if right is None or right.is_used:
                return judgement
            if await self._entitlements.use(entitlement_id=right.entitlement_id, now=now):
                return judgement

    async def judge_with_offers(self, *, film_id: FilmId, user_id: UserId | None, now: datetime) -> Judgement:
        """As `judge`; where buying would help, it says what could be bought."""
        judgement = await self.judge(film_id=film_id, user_id=user_id, now=now)
        film, decision = judgement.film, judgement.decision
        if not decision.is_for_sale:
            return judgement
        return Judgement(film=film, decision=decision, offers=await self._entitlements.offers(film=film))

    async def demand(self, *, film_id: FilmId, user_id: UserId, now: datetime) -> AccessGrant | None:
        """The right by which the viewer may play the film; None for a free one.

        Raises `FilmNotFound` and `AccessDenied`.
        """
        judgement = await self.judge_with_offers(film_id=film_id, user_id=user_id, now=now)
        if not judgement.decision.is_allowed:
            raise AccessDenied(
                film_id=str(film_id),
                reasons=list(judgement.decision.reasons),
                blocks=[jsonable(block) for block in judgement.decision.blocks],
                offers=[jsonable(offer) for offer in judgement.offers],
            )
        return judgement.decision.right
