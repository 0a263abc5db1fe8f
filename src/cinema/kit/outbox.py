"""The outbox: a fact is written in the transaction that makes it true.

The database itself puts it in line for every group that listens (the trigger ``deliver``
on ``kit.outbox``), in the same statement, whichever release has written it. So nothing
relays, nothing is skipped when transactions commit out of order, and whoever rolls back
has told nobody. Events of one thing are written under that thing's row lock, so their
positions are in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.kit.db import Database, Tx
from cinema.kit.events import Event, encode
from cinema.kit.ids import uuid7

INBOX = "inbox"
"""Prefix of the loops to wake when something was put in line, one for each group."""

BACKLOG_STRETCH = 5_000
"""How many old events are looked through at once for a group that wants to hear some of them."""


async def publish(tx: Tx, *events: Event, now: datetime | None = None) -> None:
    """Writes ``events``, in this order, to be heard by others after the commit; one statement for all.

    They are dated ``now``, the transaction's own time where none is given.
    """
    if not events:
        return
    at = now or tx.now
    groups = await tx.all(
        PUBLISH,
        [uuid7(at) for _ in events],
        [event.name() for event in events],
        [event.aggregate_id for event in events],
        [encode(event) for event in events],
        [",".join(event.personal) or None for event in events],
        at,
    )
    for row in groups:
        tx.wake(f"{INBOX}.{row['group_name']}")


class Since(StrEnum):
    """Since when a group hears an event that it did not listen to before."""

    BEGINNING = "beginning"
    """From the oldest that is kept: for groups that build something out of all facts."""

    NOW = "now"
    """From the next one on: for groups that tell people news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """``group`` wants to hear every event called ``name``, ``since`` some time."""

    group: str
    name: str
    since: Since = Since.BEGINNING


async def declare_subscriptions(tx: Tx, wanted: Iterable[Listening], *, now: datetime | None = None) -> None:
    """Adds those of ``wanted`` that are not stored yet; whoever else listens goes on listening.

    To take one away is the work of a migration: a process of another release may be
    running beside this one. What is new waits for all who publish at this moment, so that
    each event either is history to it, or is put in line for it.
    """
    known = {(row["group_name"], row["event_name"]) for row in await tx.all("SELECT * FROM kit.subscriptions")}
    fresh = [one for one in wanted if (one.group, one.name) not in known]
    if not fresh:
        return
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('cinema.subscriptions'))")
    for one in fresh:
        await tx.execute(LISTEN, one.group, one.name, one.since is Since.BEGINNING)
    await copy_backlog(tx, now=now or tx.now)


async def copy_backlog(tx: Tx, *, now: datetime) -> int:
    """Looks through a stretch of old events for a group that is new to them; returns 1 if there was one, else 0.

    Meanwhile the group hears nothing that is younger than what was looked through, so
    that it hears the events of one thing in order.
    """
    row = await tx.one(COPY, now, BACKLOG_STRETCH)
    if row is None:
        return 0
    tx.wake(f"{INBOX}.{row['group_name']}")
    return 1


async def copy_backlogs(db: Database) -> int:
    """The same in a transaction of its own, for the job."""
    return await db.transact(lambda tx: copy_backlog(tx, now=tx.now))


PUBLISH = """
WITH facts AS (
  INSERT INTO kit.outbox (event_id, name, aggregate_id, payload, personal, occurred_at)
  SELECT event_id, name, aggregate_id, payload, string_to_array(personal, ','), $6
  FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::text[]) WITH ORDINALITY
    AS e (event_id, name, aggregate_id, payload, personal, number)
  ORDER BY number
)
SELECT DISTINCT group_name FROM kit.subscriptions WHERE event_name = ANY($2)
"""

LISTEN = """
INSERT INTO kit.subscriptions (group_name, event_name, heard_from, backlog_until)
SELECT $1, $2, CASE WHEN $3 THEN 0 ELSE coalesce(max(position), 0) END, CASE WHEN $3 THEN max(position) END
FROM kit.outbox ON CONFLICT DO NOTHING
"""

COPY = """
WITH next AS (
  SELECT group_name, event_name, backlog_from AS after, least(backlog_from + $2, backlog_until) AS last, backlog_until
  FROM kit.subscriptions WHERE backlog_until IS NOT NULL
  ORDER BY group_name, event_name LIMIT 1 FOR UPDATE SKIP LOCKED
), copied AS (
  INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
  SELECT n.group_name, o.position, o.event_id, o.aggregate_id, $1
  FROM next AS n JOIN kit.outbox AS o ON o.name = n.event_name AND o.position > n.after AND o.position <= n.last
  ON CONFLICT DO NOTHING
)
UPDATE kit.subscriptions AS s
SET backlog_from = n.last, backlog_until = nullif(n.backlog_until, n.last)
FROM next AS n WHERE s.group_name = n.group_name AND s.event_name = n.event_name
RETURNING s.group_name
"""
