"""Signs media addresses, with the operator's secret or one that is made on first use."""

import secrets
from contextlib import suppress

from pydantic import SecretStr

from cinema.contracts.ids import FilmId
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.errors import Forbidden
from cinema.playback.domain.files import MASTER
from cinema.playback.domain.playback import Playback
from cinema.playback.domain.token import SECRET_BYTES, Claim, TokenInvalid, read, sign
from cinema.playback.settings import PlaybackSettings
from cinema.playback.store import playbacks as store

NAME = "media"


class MediaForbidden(Forbidden):
    """This address was not given out by us."""

    code = "media-forbidden"


class Signer:
    """Makes and reads the tokens of media addresses."""

    def __init__(self, *, db: Database, clock: Clock, settings: PlaybackSettings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._secret = _bytes(settings.secret)
        self._before = _bytes(settings.secret_before)

    async def address(self, playback: Playback) -> str:
        """Where the film's master list lies for this playback; the address lasts from the last sign of life."""
        claim = Claim(
            playback_id=playback.playback_id,
            film_id=playback.film_id,
            expires_at=playback.seen_at + self._settings.address,
        )
        return f"/media/{sign(claim, secret=await self._found())}/{MASTER}"

    async def claim(self, token: str) -> Claim:
        """What a token says, expired or not. Raises `MediaForbidden`."""
        for secret in (await self._found(), self._before):
            if secret is not None:
                with suppress(TokenInvalid):
                    return read(token, secret=secret)
        raise MediaForbidden

    async def _found(self) -> bytes:
        if self._secret is None:
            self._secret = await self._kept()
        return self._secret

    async def _kept(self) -> bytes:
        """The secret in the database; of several processes that make one, the first wins."""
        async with self._db.read() as tx:
            kept = await store.secret(tx, name=NAME)
        if kept is not None:
            return kept
        async with self._db.write() as tx:
            fresh = secrets.token_bytes(SECRET_BYTES)
            await store.add_secret(tx, name=NAME, secret=fresh, now=self._clock.now())
            kept = await store.secret(tx, name=NAME)
        assert kept is not None
        return kept


def _bytes(secret: SecretStr | None) -> bytes | None:
    return None if secret is None else secret.get_secret_value().encode()


def film_of(claim: Claim, playback: Playback) -> FilmId:
    """The film that both name. Raises `MediaForbidden` when they differ."""
    if claim.film_id != playback.film_id:
        raise MediaForbidden
    return playback.film_id
