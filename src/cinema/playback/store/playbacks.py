"""Playbacks, media of films, and secrets."""

from collections.abc import Sequence
from datetime import datetime

from cinema.contracts.ids import EntitlementId, FilmId, PlaybackId, SessionId, UserId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.playback.domain.playback import Ending, Playback, Stream


async def lock_viewer(tx: Tx, *, user_id: UserId) -> None:
    """Lets one start of this viewer at a time through, until it commits."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('cinema.playback ' || $1::text, 0))", str(user_id))


async def add_playback(tx: Tx, *, playback: Playback) -> None:
    await tx.execute(
        """INSERT INTO playback.playbacks
             (playback_id, user_id, session_id, film_id, device, started_at, seen_at, expires_at, entitlement_id)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        playback.playback_id,
        playback.user_id,
        playback.session_id,
        playback.film_id,
        playback.device,
        playback.started_at,
        playback.seen_at,
        playback.expires_at,
        playback.entitlement_id,
    )


async def playback(tx: ReadTx, *, playback_id: PlaybackId) -> Playback | None:
    row = await tx.one("SELECT * FROM playback.playbacks WHERE playback_id = $1", playback_id)
    return None if row is None else _playback(row)


async def playback_and_folder(tx: ReadTx, *, playback_id: PlaybackId) -> tuple[Playback, str | None] | None:
    """The playback, and the folder of its film's own media."""
    row = await tx.one(
        """SELECT p.*, a.folder FROM playback.playbacks AS p LEFT JOIN playback.assets AS a USING (film_id)
           WHERE p.playback_id = $1""",
        playback_id,
    )
    return None if row is None else (_playback(row), row["folder"])


async def open_streams(tx: ReadTx, *, user_id: UserId, now: datetime) -> list[Stream]:
    """The viewer's playbacks that are neither ended nor expired, oldest first."""
    rows = await tx.all(
        """SELECT playback_id, film_id, device, started_at, seen_at FROM playback.playbacks
           WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY started_at, playback_id LIMIT 1000""",
        user_id,
        now,
    )
    return [
        Stream(
            playback_id=PlaybackId(row["playback_id"]),
            film_id=FilmId(row["film_id"]),
            device=row["device"],
            started_at=row["started_at"],
            seen_at=row["seen_at"],
        )
        for row in rows
    ]


async def end_expired(tx: Tx, *, user_id: UserId, now: datetime) -> None:
    """Ends what has expired of one viewer, each at its own time: a heartbeat that is late cannot revive it."""
    await tx.execute(
        """UPDATE playback.playbacks SET ended_at = expires_at, ending = 'expired'
           WHERE user_id = $1 AND ended_at IS NULL AND expires_at <= $2""",
        user_id,
        now,
    )


async def end_lapsed(
    tx: Tx, *, user_id: UserId, silent_since: datetime, count: int, now: datetime
) -> Sequence[PlaybackId]:
    """Ends at most ``count`` of the viewer's playbacks without a sign of life after ``silent_since``."""
    rows = await tx.all(
        """UPDATE playback.playbacks SET ended_at = $4, ending = 'lapsed'
           WHERE playback_id IN (
             SELECT playback_id FROM playback.playbacks
             WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $4 AND seen_at <= $2
             ORDER BY seen_at, playback_id LIMIT $3 FOR UPDATE)
             AND ended_at IS NULL AND seen_at <= $2
           RETURNING playback_id""",
        user_id,
        silent_since,
        count,
        now,
    )
    return [PlaybackId(row["playback_id"]) for row in rows]


async def extend(tx: Tx, *, playback_id: PlaybackId, expires_at: datetime, now: datetime) -> bool:
    """Notes a sign of life; False when the playback is over."""
    count = await tx.execute(
        """UPDATE playback.playbacks SET seen_at = greatest(seen_at, $2), expires_at = greatest(expires_at, $3)
           WHERE playback_id = $1 AND ended_at IS NULL AND expires_at > $2""",
        playback_id,
        now,
        expires_at,
    )
    return count == 1


async def use(tx: Tx, *, playback_id: PlaybackId, entitlement_id: EntitlementId) -> bool:
    """Notes by which right a playback goes on; False when that was known, or the playback is over."""
    count = await tx.execute(
        """UPDATE playback.playbacks SET entitlement_id = $2
           WHERE playback_id = $1 AND ended_at IS NULL AND expires_at > $3 AND entitlement_id IS DISTINCT FROM $2""",
        playback_id,
        entitlement_id,
        tx.now,
    )
    return count == 1


async def end(tx: Tx, *, playback_id: PlaybackId, ending: Ending, now: datetime) -> bool:
    """Ends a playback; False when it was over."""
    count = await tx.execute(
        """UPDATE playback.playbacks SET ended_at = greatest(started_at, $2), ending = $3
           WHERE playback_id = $1 AND ended_at IS NULL AND expires_at > $2""",
        playback_id,
        now,
        ending,
    )
    return count == 1


async def close_expired(tx: Tx, *, now: datetime, limit: int) -> int:
    """Ends what has expired, each at its own time; returns how many."""
    return await tx.execute(
        """UPDATE playback.playbacks SET ended_at = expires_at, ending = 'expired'
           WHERE playback_id IN (
             SELECT playback_id FROM playback.playbacks WHERE ended_at IS NULL AND expires_at <= $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        now,
        limit,
    )


async def forget_ended(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes playbacks that ended before ``before``; returns how many."""
    return await tx.execute(
        """DELETE FROM playback.playbacks WHERE playback_id IN (
             SELECT playback_id FROM playback.playbacks WHERE ended_at < $1
             ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        before,
        limit,
    )


async def set_asset(tx: Tx, *, film_id: FilmId, folder: str, now: datetime) -> None:
    await tx.execute(
        """INSERT INTO playback.assets (film_id, folder, created_at) VALUES ($1, $2, $3)
           ON CONFLICT (film_id) DO UPDATE SET folder = excluded.folder""",
        film_id,
        folder,
        now,
    )


async def remove_asset(tx: Tx, *, film_id: FilmId) -> bool:
    return await tx.execute("DELETE FROM playback.assets WHERE film_id = $1", film_id) == 1


async def secret(tx: ReadTx, *, name: str) -> bytes | None:
    found: bytes | None = await tx.value("SELECT secret FROM playback.secrets WHERE name = $1", name)
    return found


async def add_secret(tx: Tx, *, name: str, secret: bytes, now: datetime) -> None:
    """Keeps the secret unless another process was first."""
    await tx.execute(
        "INSERT INTO playback.secrets (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        name,
        secret,
        now,
    )


def _playback(row: Row) -> Playback:
    return Playback(
        playback_id=PlaybackId(row["playback_id"]),
        user_id=UserId(row["user_id"]),
        session_id=SessionId(row["session_id"]),
        film_id=FilmId(row["film_id"]),
        device=row["device"],
        started_at=row["started_at"],
        seen_at=row["seen_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        ending=Ending(row["ending"]) if row["ending"] else None,
        entitlement_id=EntitlementId(row["entitlement_id"]) if row["entitlement_id"] else None,
    )
