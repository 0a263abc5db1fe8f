"""Hands out the files of a title to who has a living playback of it, and to nobody else."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio

from cinema.contracts.ids import PlaybackId
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.errors import NotFound
from cinema.playback import store
from cinema.playback.domain.files import media_type
from cinema.playback.domain.playback import Ending, Playback
from cinema.playback.service.playing import PlaybackEnded, Player
from cinema.playback.service.rights import Rights
from cinema.playback.service.signing import MediaForbidden, Signer, film_of
from cinema.playback.settings import PlaybackSettings

SAMPLE = Path(__file__).parents[1] / "sample"
"""What is played for a film that has no media of its own."""

CHECKS_KEPT_MAX = 10_000


class MediaNotFound(NotFound):
    """There is no such file in this title."""

    code = "media-not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file that may be sent now."""

    path: Path
    size: int
    media_type: str


class RecentChecks:
    """When this process last saw each playback's right; forgets the oldest beyond ``CHECKS_KEPT_MAX``."""

    def __init__(self) -> None:
        self._checked_at: OrderedDict[PlaybackId, datetime] = OrderedDict()

    def seen(self, playback_id: PlaybackId) -> datetime | None:
        return self._checked_at.get(playback_id)

    def note(self, playback_id: PlaybackId, now: datetime) -> None:
        self._checked_at[playback_id] = now
        self._checked_at.move_to_end(playback_id)
        if len(self._checked_at) > CHECKS_KEPT_MAX:
            self._checked_at.popitem(last=False)

    def forget(self, playback_id: PlaybackId) -> None:
        self._checked_at.pop(playback_id, None)


class MediaGate:
    """Looks at the token, the playback and the right before every file."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        settings: PlaybackSettings,
        rights: Rights,
        signer: Signer,
        player: Player,
        sample: Path = SAMPLE,
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._rights = rights
        self._signer = signer
        self._player = player
        self._sample = sample
        self._recent = RecentChecks()

    async def file(self, *, token: str, path: str) -> MediaFile:
        """The file at ``path`` of the token's title.

        Raises `MediaForbidden` for a token that we did not make for this title,
        `PlaybackEnded` for one whose playback or right is over, `MediaNotFound` for a
        path that is no file of the title.
        """
        claim = await self._signer.claim(token)
        async with self._db.read() as tx:
            found = await store.playback_and_folder(tx, playback_id=claim.playback_id)
        if found is None:
            raise MediaForbidden
        playback, folder = found
        film_of(claim, playback)
        now = self._clock.now()
        ending = playback.ending_at(now) or (Ending.EXPIRED if claim.expires_at <= now else None)
        if ending is not None:
            raise PlaybackEnded(reason=ending)
        await self._demand_right(playback, now)
        kind = media_type(path)
        root = self._root(folder)
        size = None if kind is None or root is None else await anyio.to_thread.run_sync(_size, root, path)
        if kind is None or root is None or size is None:
            raise MediaNotFound
        return MediaFile(path=root / path, size=size, media_type=kind)

    async def _demand_right(self, playback: Playback, now: datetime) -> None:
        """Asks for the right unless that was done ``recheck_s`` ago or less; ends the playback when it is gone."""
        checked_at = self._recent.seen(playback.playback_id)
        if checked_at is not None and now - checked_at < self._settings.recheck:
            return
        judgement = await self._rights.judge(film_id=playback.film_id, user_id=playback.user_id, now=now)
        if not judgement.decision.is_allowed:
            self._recent.forget(playback.playback_id)
            await self._player.revoke(playback_id=playback.playback_id)
            raise PlaybackEnded(reason=Ending.REVOKED)
        self._recent.note(playback.playback_id, now)

    def _root(self, folder: str | None) -> Path | None:
        if folder is None:
            return self._sample
        return None if self._settings.media_folder is None else self._settings.media_folder / folder


def _size(root: Path, path: str) -> int | None:
    """The size of a file that lies inside ``root`` once links are followed, else None."""
    try:
        real = (root / path).resolve(strict=True)
        return real.stat().st_size if real.is_file() and real.is_relative_to(root.resolve()) else None
    except OSError:
        return None
