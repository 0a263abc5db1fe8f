"""How long the kit keeps what is over: events that everybody has heard, moves, idempotency keys."""

from dataclasses import dataclass
from datetime import timedelta

from cinema.kit.db import Database

BATCH = 1_000
"""Rows that one transaction forgets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Counted from when something happened."""

    events: timedelta = timedelta(days=90)
    moves: timedelta = timedelta(days=1_100)
    keys: timedelta = timedelta(days=30)


USUAL = Retention()
"""Where nothing else is set."""


async def forget_personal(db: Database, *, limit: int = BATCH) -> int:
    """Takes the personal fields out of events that everybody who listens has heard; returns of how many."""
    async with db.write() as tx:
        return await tx.execute(FORGET_PERSONAL, limit)


async def forget_events(db: Database, *, older_than: timedelta, limit: int = BATCH) -> int:
    """Deletes old events that everybody has heard, with their letters; returns how many."""
    async with db.write() as tx:
        return await tx.execute(FORGET_EVENTS, tx.now - older_than, limit)


async def forget_moves(db: Database, *, older_than: timedelta, limit: int = BATCH) -> int:
    """Deletes old moves of states; returns how many. The states themselves stay where they are."""
    async with db.write() as tx:
        await tx.value(MAY_FORGET, "kit.state_history")
        return await tx.execute(FORGET_MOVES, tx.now - older_than, limit)


async def forget_keys(db: Database, *, older_than: timedelta, limit: int = BATCH) -> int:
    """Deletes old idempotency keys; returns how many."""
    async with db.write() as tx:
        return await tx.execute(FORGET_KEYS, tx.now - older_than, limit)


MAY_FORGET = "SELECT set_config('cinema.forgets', $1, true)"
"""Lets this transaction delete from an append-only table that has a retention (see ``kit.append_only``)."""

FORGET_PERSONAL = """
UPDATE kit.outbox AS o SET payload = payload - personal, personal = NULL
FROM (
  SELECT position FROM kit.outbox AS heard
  WHERE personal IS NOT NULL
    AND NOT EXISTS (SELECT FROM kit.inbox WHERE event_id = heard.event_id AND status <> 'done')
    AND NOT EXISTS (SELECT FROM kit.subscriptions WHERE event_name = heard.name AND backlog_until IS NOT NULL)
  ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED
) AS heard
WHERE o.position = heard.position
"""

FORGET_EVENTS = """
WITH old AS (
  SELECT position, event_id FROM (
    SELECT position, event_id, occurred_at FROM kit.outbox AS heard
    WHERE NOT EXISTS (SELECT FROM kit.inbox WHERE event_id = heard.event_id AND status <> 'done')
    ORDER BY position LIMIT $2) AS oldest
  WHERE occurred_at < $1
    AND NOT EXISTS (SELECT FROM kit.subscriptions WHERE backlog_until IS NOT NULL)
), letters AS (
  DELETE FROM kit.inbox USING old WHERE inbox.event_id = old.event_id
)
DELETE FROM kit.outbox USING old WHERE outbox.position = old.position
"""

FORGET_MOVES = """
DELETE FROM kit.state_history AS h
USING (SELECT position, at FROM kit.state_history ORDER BY position LIMIT $2) AS oldest
WHERE h.position = oldest.position AND oldest.at < $1
"""

FORGET_KEYS = """
DELETE FROM kit.idempotency
WHERE (scope, key) IN (SELECT scope, key FROM kit.idempotency WHERE created_at < $1 LIMIT $2)
"""
