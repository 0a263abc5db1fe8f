"""Reading whether a film may be watched: implements `contracts.playback.PlaybackReader`."""

from cinema.contracts.ids import FilmId, UserId
from cinema.contracts.views.playback import AccessView
from cinema.kit.clock import Clock
from cinema.playback.service.rights import Rights


class Reader:
    """What a viewer sees before playing a film."""

    def __init__(self, *, clock: Clock, rights: Rights) -> None:
        self._clock = clock
        self._rights = rights

    async def access(self, *, film_id: FilmId, user_id: UserId | None) -> AccessView:
        """Whether the film may be played now, why, and what could be bought to watch it. Raises `FilmNotFound`."""
        judgement = await self._rights.judge_with_offers(film_id=film_id, user_id=user_id, now=self._clock.now())
        return AccessView(
            film_id=judgement.film.film_id,
            allowed=judgement.decision.is_allowed,
            reasons=judgement.decision.reasons,
            grants=judgement.decision.grants,
            blocks=judgement.decision.blocks,
            offers=judgement.offers,
        )
