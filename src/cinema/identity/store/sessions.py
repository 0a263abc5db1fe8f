"""SQL over sessions and refresh tokens."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cinema.contracts.ids import SessionId, UserId
from cinema.identity.domain.session import Ending, Lifetimes, LiveSession, RefreshToken, Session
from cinema.kit.db import ReadTx, Row, Tx

LAST = UUID(int=2**128 - 1)
"""Where a list that begins with the newest begins: after every id."""

COLUMNS = "id, user_id, user_agent, address, created_at, last_used_at, ended_at"

LIVE = """
SELECT s.id, s.user_id, s.last_used_at, array(SELECT role FROM identity.role_grants WHERE user_id = s.user_id) AS roles
FROM identity.sessions AS s
WHERE s.ended_at IS NULL AND s.last_used_at > $2 AND s.created_at > $3
"""


async def add(tx: Tx, *, session: Session, cookie_hash: bytes | None) -> None:
    await tx.execute(
        """INSERT INTO identity.sessions (id, user_id, cookie_hash, user_agent, address, created_at, last_used_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        session.session_id,
        session.user_id,
        cookie_hash,
        session.user_agent,
        session.address,
        session.created_at,
        session.last_used_at,
    )


async def live_by_id(tx: ReadTx, *, session_id: SessionId, lifetimes: Lifetimes, now: datetime) -> LiveSession | None:
    """The session if it runs at ``now``, with the roles of its user at this moment."""
    row = await tx.one(LIVE + "AND s.id = $1", session_id, lifetimes.used_after(now), lifetimes.begun_after(now))
    return _live_of(row)


async def live_by_cookie(tx: ReadTx, *, cookie_hash: bytes, lifetimes: Lifetimes, now: datetime) -> LiveSession | None:
    """As `live_by_id`, for the bearer of a cookie."""
    values = (cookie_hash, lifetimes.used_after(now), lifetimes.begun_after(now))
    return _live_of(await tx.one(LIVE + "AND s.cookie_hash = $1", *values))


async def touch(tx: Tx, *, session_id: SessionId, now: datetime) -> None:
    """Notes that the session was used."""
    await tx.execute(
        "UPDATE identity.sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2 AND ended_at IS NULL",
        session_id,
        now,
    )


async def get(tx: ReadTx, *, session_id: UUID) -> Session | None:
    row = await tx.one(f"SELECT {COLUMNS} FROM identity.sessions WHERE id = $1", session_id)  # noqa: S608
    return _session_of(row) if row else None


async def lock(tx: Tx, *, session_id: SessionId) -> Session | None:
    """The session, which nobody else changes until the commit."""
    row = await tx.one(
        f"SELECT {COLUMNS} FROM identity.sessions WHERE id = $1 FOR UPDATE",  # noqa: S608 - our own columns
        session_id,
    )
    return _session_of(row) if row else None


async def running(
    tx: ReadTx, *, user_id: UserId, lifetimes: Lifetimes, now: datetime, before: UUID | None, limit: int
) -> Sequence[Session]:
    """A user's sessions that run at ``now``, the newest first, one more than ``limit``."""
    rows = await tx.all(
        f"""SELECT {COLUMNS} FROM identity.sessions
            WHERE user_id = ANY($1) AND ended_at IS NULL AND last_used_at > $2 AND created_at > $3
              AND (user_id, id) < ($4, $5)
            ORDER BY user_id DESC, id DESC LIMIT $6""",  # noqa: S608 - our own columns; as `kit.listing` does
        [user_id],
        lifetimes.used_after(now),
        lifetimes.begun_after(now),
        user_id,
        before or LAST,
        limit + 1,
    )
    return [_session_of(row) for row in rows]


async def end(tx: Tx, *, session_id: SessionId, reason: Ending, now: datetime) -> None:
    """Ends the session unless it has ended."""
    await tx.execute(
        "UPDATE identity.sessions SET ended_at = $2, ended_reason = $3 WHERE id = $1 AND ended_at IS NULL",
        session_id,
        now,
        reason.value,
    )


async def end_others(
    tx: Tx, *, user_id: UserId, kept: SessionId, reason: Ending, lifetimes: Lifetimes, now: datetime
) -> int:
    """Ends every session of the user but ``kept``, also those that time has ended; returns how many were running."""
    count = await tx.value(
        """WITH ended AS (
             UPDATE identity.sessions SET ended_at = $3, ended_reason = $4
             WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL
             RETURNING last_used_at > $5 AND created_at > $6 AS was_running)
           SELECT count(*) FILTER (WHERE was_running) FROM ended""",
        user_id,
        kept,
        now,
        reason.value,
        lifetimes.used_after(now),
        lifetimes.begun_after(now),
    )
    assert isinstance(count, int)
    return count


async def end_surplus(tx: Tx, *, user_id: UserId, kept_max: int, now: datetime) -> int:
    """Ends the sessions that were unused for longest when there are more than ``kept_max``; returns how many."""
    return await tx.execute(
        """UPDATE identity.sessions SET ended_at = $3, ended_reason = $4
           WHERE id IN (
             SELECT id FROM identity.sessions WHERE user_id = $1 AND ended_at IS NULL
             ORDER BY last_used_at DESC, id DESC OFFSET $2)""",
        user_id,
        kept_max,
        now,
        Ending.TOO_MANY.value,
    )


async def forget(tx: Tx, *, ended_by: datetime, lifetimes: Lifetimes, limit: int) -> int:
    """Deletes sessions that were over at ``ended_by``, with their tokens; returns how many."""
    return await tx.execute(
        """DELETE FROM identity.sessions WHERE id IN (
             SELECT id FROM identity.sessions
             WHERE last_used_at <= $1 AND (ended_at <= $1 OR last_used_at <= $2 OR created_at <= $3)
             ORDER BY last_used_at LIMIT $4 FOR UPDATE SKIP LOCKED)""",
        ended_by,
        lifetimes.used_after(ended_by),
        lifetimes.begun_after(ended_by),
        limit,
    )


async def add_token(tx: Tx, *, token_hash: bytes, session_id: SessionId, now: datetime) -> None:
    """Adds the live refresh token of a session; the one before it was rotated."""
    await tx.execute(
        "INSERT INTO identity.refresh_tokens (token_hash, session_id, issued_at) VALUES ($1, $2, $3)",
        token_hash,
        session_id,
        now,
    )


async def token(tx: ReadTx, *, token_hash: bytes) -> RefreshToken | None:
    row = await tx.one("SELECT session_id, rotated_at FROM identity.refresh_tokens WHERE token_hash = $1", token_hash)
    if row is None:
        return None
    return RefreshToken(token_hash=token_hash, session_id=SessionId(row["session_id"]), rotated_at=row["rotated_at"])


async def rotate_token(tx: Tx, *, session_id: SessionId, now: datetime) -> None:
    """Takes the session's live refresh token out of use."""
    await tx.execute(
        "UPDATE identity.refresh_tokens SET rotated_at = $2 WHERE session_id = $1 AND rotated_at IS NULL",
        session_id,
        now,
    )


def _session_of(row: Row) -> Session:
    return Session(
        session_id=SessionId(row["id"]),
        user_id=UserId(row["user_id"]),
        user_agent=row["user_agent"],
        address=row["address"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
        ended_at=row["ended_at"],
    )


def _live_of(row: Row | None) -> LiveSession | None:
    if row is None:
        return None
    return LiveSession(
        session_id=SessionId(row["id"]),
        user_id=UserId(row["user_id"]),
        last_used_at=row["last_used_at"],
        roles=frozenset(row["roles"]),
    )
