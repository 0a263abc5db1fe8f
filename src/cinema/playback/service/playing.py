"""Starts, keeps alive and stops playbacks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

import structlog

from cinema.contracts.ids import FilmId, PlaybackId, SessionId, UserId
from cinema.contracts.playback import AccessDenied, PlaybackStarted, RightUsed
from cinema.contracts.views.billing import AccessGrant
from cinema.contracts.views.playback import PlaybackView
from cinema.kit.auth import Actor
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Conflict, Gone, NotFound
from cinema.kit.idempotency import jsonable
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish
from cinema.playback.domain.device import device_name
from cinema.playback.domain.playback import Ending, Playback, Stream
from cinema.playback.service.rights import Rights
from cinema.playback.service.signing import Signer
from cinema.playback.settings import PlaybackSettings
from cinema.playback.store import playbacks as store

log = structlog.get_logger()


class StreamLimit(Conflict):
    """You are watching on as many devices as you may; stop one of them first.

    ``streams`` lists them, oldest first.
    """

    code = "stream-limit"
    members: ClassVar[Mapping[str, Any]] = {
        "streams_max": Annotated[int, "How many devices may play at once."],
        "streams": Annotated[list[Stream], "What plays now, oldest first."],
    }


class PlaybackNotFound(NotFound):
    """There is no such playback of yours."""

    code = "playback-not-found"


class PlaybackEnded(Gone):
    """This playback is over; start another one.

    ``reason`` is ``stopped``, ``lapsed``, ``expired`` or ``revoked``.
    """

    code = "playback-ended"
    members: ClassVar[Mapping[str, Any]] = {
        "reason": Annotated[Ending, "Why it is over."],
    }


class Player:
    """What a viewer does with films."""

    def __init__(
        self, *, db: Database, clock: Clock, settings: PlaybackSettings, rights: Rights, signer: Signer
    ) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings
        self._rights = rights
        self._signer = signer

    async def wish(self, *, actor: Actor, film_id: FilmId, user_agent: str | None) -> Playback:
        """The playback that the viewer may `start`. Raises `FilmNotFound` and `AccessDenied`."""
        now = self._clock.now()
        user_id = UserId(actor.user_id)
        right = await self._rights.demand(film_id=film_id, user_id=user_id, now=now)
        return Playback(
            playback_id=PlaybackId(uuid7(now)),
            user_id=user_id,
            session_id=SessionId(actor.session_id),
            film_id=film_id,
            device=device_name(user_agent),
            started_at=now,
            seen_at=now,
            expires_at=now + self._settings.grant,
            ended_at=None,
            ending=None,
            entitlement_id=right.entitlement_id if right else None,
        )

    async def start(self, tx: Tx, *, playback: Playback) -> Playback:
        """Starts the playback. Raises `StreamLimit` when the viewer's other streams are alive."""
        await self._take_place(tx, user_id=playback.user_id, now=playback.started_at)
        await store.add_playback(tx, playback=playback)
        started = PlaybackStarted(
            playback_id=playback.playback_id,
            user_id=playback.user_id,
            film_id=playback.film_id,
            started_at=playback.started_at,
        )
        await publish(tx, started, *_used(playback, at=playback.started_at))
        return playback

    async def show(self, *, actor: Actor, playback_id: PlaybackId) -> PlaybackView:
        """A playback of the viewer that goes on. Raises `PlaybackNotFound`, `PlaybackEnded`."""
        playback = await self._own(actor, playback_id)
        ending = playback.ending_at(self._clock.now())
        if ending is not None:
            raise PlaybackEnded(reason=ending)
        return await self.view(playback)

    async def heartbeat(self, *, actor: Actor, playback_id: PlaybackId) -> PlaybackView:
        """Keeps a playback alive while the right holds.

        Raises `PlaybackNotFound`, `PlaybackEnded`, and `AccessDenied`, which also ends it.
        """
        now = self._clock.now()
        playback = await self._own(actor, playback_id)
        ending = playback.ending_at(now)
        if ending is not None:
            raise PlaybackEnded(reason=ending)
        try:
            right = await self._rights.demand(film_id=playback.film_id, user_id=playback.user_id, now=now)
        except AccessDenied:
            await self.revoke(playback_id=playback_id)
            raise
        expires_at = now + self._settings.grant
        async with self._db.write() as tx:
            is_open = await store.extend(tx, playback_id=playback_id, expires_at=expires_at, now=now)
            if is_open:
                await _go_on(tx, playback, right=right)
        if not is_open:
            rival = await self._own(actor, playback_id)
            raise PlaybackEnded(reason=rival.ending_at(now))
        return await self.view(replace(playback, seen_at=now, expires_at=expires_at))

    async def stop(self, *, actor: Actor, playback_id: PlaybackId) -> None:
        """Ends a playback of the viewer, on whichever device; one that is over stays as it is.

        Raises `PlaybackNotFound`.
        """
        await self._own(actor, playback_id)
        async with self._db.write() as tx:
            is_ended = await store.end(tx, playback_id=playback_id, ending=Ending.STOPPED, now=self._clock.now())
        if is_ended:
            log.info("playback.ended", playback_id=str(playback_id), ending=Ending.STOPPED)

    async def go_on(self, playback: Playback, *, right: AccessGrant | None) -> None:
        """Tells by which right an open playback goes on, where that is another one than before."""
        if right is not None and right.entitlement_id != playback.entitlement_id:
            async with self._db.write() as tx:
                await _go_on(tx, playback, right=right)

    async def revoke(self, *, playback_id: PlaybackId) -> None:
        """Ends a playback whose right is gone."""
        async with self._db.write() as tx:
            is_ended = await store.end(tx, playback_id=playback_id, ending=Ending.REVOKED, now=self._clock.now())
        if is_ended:
            log.info("playback.ended", playback_id=str(playback_id), ending=Ending.REVOKED)

    async def _own(self, actor: Actor, playback_id: PlaybackId) -> Playback:
        async with self._db.read() as tx:
            playback = await store.playback(tx, playback_id=playback_id)
        if playback is None or playback.user_id != actor.user_id:
            raise PlaybackNotFound
        return playback

    async def _take_place(self, tx: Tx, *, user_id: UserId, now: datetime) -> None:
        """Makes sure that one more stream is within the limit; silent ones give up their places."""
        await store.lock_viewer(tx, user_id=user_id)
        await store.end_expired(tx, user_id=user_id, now=now)
        streams = await store.open_streams(tx, user_id=user_id, now=now)
        surplus = len(streams) - self._settings.streams_max + 1
        if surplus <= 0:
            return
        silent_since = now - self._settings.silence
        ended = await store.end_lapsed(tx, user_id=user_id, silent_since=silent_since, count=surplus, now=now)
        if len(ended) < surplus:
            raise StreamLimit(streams_max=self._settings.streams_max, streams=_alive(streams, ended))

    async def view(self, playback: Playback) -> PlaybackView:
        """What the player is told. The address is signed for each answer and never stored."""
        return PlaybackView(
            id=playback.playback_id,
            film_id=playback.film_id,
            manifest_url=await self._signer.address(playback),
            started_at=playback.started_at,
            expires_at=playback.expires_at,
            heartbeat_every_s=self._settings.heartbeat_every_s,
        )


async def _go_on(tx: Tx, playback: Playback, *, right: AccessGrant | None) -> None:
    """See `Player.go_on`; of several requests at once one tells it."""
    if right is None or right.entitlement_id == playback.entitlement_id:
        return
    if await store.use(tx, playback_id=playback.playback_id, entitlement_id=right.entitlement_id):
        await publish(tx, *_used(replace(playback, entitlement_id=right.entitlement_id), at=tx.now))


def _used(playback: Playback, *, at: datetime) -> list[RightUsed]:
    if playback.entitlement_id is None:
        return []
    return [
        RightUsed(
            playback_id=playback.playback_id,
            user_id=playback.user_id,
            film_id=playback.film_id,
            entitlement_id=playback.entitlement_id,
            used_at=at,
        )
    ]


def _alive(streams: Sequence[Stream], ended: Sequence[PlaybackId]) -> list[Any]:
    return [jsonable(stream) for stream in streams if stream.playback_id not in ended]
