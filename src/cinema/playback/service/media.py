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
from cinema.playback.domain.files import media_type
from cinema.playback.domain.playback import Ending, Playback
from cinema.playback.service.playing import PlaybackEnded, Player
from cinema.playback.service.rights import Rights
from cinema.playback.service.signing import MediaForbidden, Signer, film_of
from cinema.playback.settings import PlaybackSettings
from cinema.playback.store import playbacks as store

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
    """Until when each right need not be asked for again here; forgets the oldest beyond ``CHECKS_KEPT_MAX``."""

    def __init__(self) -> None:
        self._good_until: OrderedDict[PlaybackId, datetime] = OrderedDict()

    def is_good(self, playback_id: PlaybackId, now: datetime) -> bool:
        until = self._good_until.get(playback_id)
        return until is not None and now < until

    def note(self, playback_id: PlaybackId, *, until: datetime) -> None:
        self._good_until[playback_id] = until
        self._good_until.move_to_end(playback_id)
        if len(self._good_until) > CHECKS_KEPT_MAX:
            self._good_until.popitem(last=False)

    def forget(self, playback_id: PlaybackId) -> None:
        self._good_until.pop(playback_id, None)


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
        """Asks for the right unless that was done less than ``recheck_s`` ago; ends the playback when it is gone.

        What was found holds no longer than the right itself. No file is handed out by a right
        that billing does not know as used.
        """
        if self._recent.is_good(playback.playback_id, now):
            return
        judgement = await self._rights.use(film_id=playback.film_id, user_id=playback.user_id, now=now)
        if not judgement.decision.is_allowed:
            self._recent.forget(playback.playback_id)
            await self._player.revoke(playback_id=playback.playback_id)
            raise PlaybackEnded(reason=Ending.REVOKED)
        right = judgement.decision.right
        await self._player.go_on(playback, right=right)
        recheck_at = now + self._settings.recheck
        self._recent.note(playback.playback_id, until=min(recheck_at, right.ends_at) if right else recheck_at)

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
