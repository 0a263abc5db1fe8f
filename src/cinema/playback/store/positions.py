"""Positions of viewers in films. One row for each film that a viewer has begun."""

from collections.abc import Collection, Sequence
from datetime import datetime

from cinema.contracts.ids import FilmId, UserId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.playback.domain.position import Position

COLUMNS = "user_id, film_id, position_s, duration_s, is_midway, is_watched, is_taken_out, updated_at"

ROW = Listing(
    select=f"SELECT {COLUMNS} FROM playback.positions",  # noqa: S608 - our own columns
    columns=("updated_at", "film_id"),
    filters=("user_id",),
    where="is_midway AND NOT is_taken_out",
)


async def keep(tx: Tx, *, position: Position) -> Position:
    """Keeps a position and tells what is kept, by one statement: of two devices the last that tells counts.

    What was watched stays watched. What was taken out of the row comes back at another place.
    """
    row = await tx.one(
        f"""INSERT INTO playback.positions AS old ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (user_id, film_id) DO UPDATE SET
              position_s = excluded.position_s, duration_s = excluded.duration_s, is_midway = excluded.is_midway,
              is_watched = old.is_watched OR excluded.is_watched,
              is_taken_out = old.is_taken_out AND old.position_s = excluded.position_s,
              updated_at = greatest(old.updated_at, excluded.updated_at)
            RETURNING {COLUMNS}""",  # noqa: S608 - our own columns
        position.user_id,
        position.film_id,
        position.position_s,
        position.duration_s,
        position.is_midway,
        position.is_watched,
        position.is_taken_out,
        position.updated_at,
    )
    assert row is not None
    return _position(row)


async def of(tx: ReadTx, *, user_id: UserId, film_ids: Collection[FilmId]) -> Sequence[Position]:
    """The viewer's positions in these films, by one statement."""
    rows = await tx.all(
        f"SELECT {COLUMNS} FROM playback.positions WHERE user_id = $1 AND film_id = ANY ($2)",  # noqa: S608 - as above
        user_id,
        list(film_ids),
    )
    return [_position(row) for row in rows]


async def row(tx: ReadTx, *, user_id: UserId, after: tuple[datetime, FilmId] | None, limit: int) -> Sequence[Position]:
    """At most ``limit`` films to go on with, the newest first, from behind the place ``after`` on."""
    rows = await ROW.page(tx, wanted={"user_id": user_id}, after=after, limit=limit)
    return [_position(row) for row in rows]


async def set_taken_out(tx: Tx, *, user_id: UserId, film_id: FilmId, is_taken_out: bool) -> Position | None:
    """Takes a film out of the row, or puts it back; None where the viewer has no position in it."""
    row = await tx.one(
        f"""UPDATE playback.positions SET is_taken_out = $3 WHERE user_id = $1 AND film_id = $2
            RETURNING {COLUMNS}""",  # noqa: S608 - as above
        user_id,
        film_id,
        is_taken_out,
    )
    return None if row is None else _position(row)


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes positions that were last kept before ``before``; returns how many."""
    return await tx.execute(
        """DELETE FROM playback.positions WHERE (user_id, film_id) IN (
             SELECT user_id, film_id FROM playback.positions WHERE updated_at < $1
             ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        before,
        limit,
    )


def _position(row: Row) -> Position:
    return Position(
        user_id=UserId(row["user_id"]),
        film_id=FilmId(row["film_id"]),
        position_s=row["position_s"],
        duration_s=row["duration_s"],
        is_midway=row["is_midway"],
        is_watched=row["is_watched"],
        is_taken_out=row["is_taken_out"],
        updated_at=row["updated_at"],
    )
