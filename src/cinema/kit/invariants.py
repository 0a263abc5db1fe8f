"""The kit's own invariants: statuses move along their tables (I6), and every event is heard once (I7)."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.proving import swept
from cinema.kit.sweep import MOVES, Invariant, Sweep, by_position

WAITING_MAX = timedelta(hours=1, minutes=15)
"""How long an event may be late; the longest pause between two tries is an hour."""

LIMIT = 20

MANY = 50_000
"""Rows of a slice where each is quickly looked at."""


def kit_invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    """The invariants that hold whatever the contexts."""

    async def no_event_waits_too_long(tx: ReadTx) -> list[str]:
        rows = await tx.all(LATE, clock.now() - WAITING_MAX, LIMIT)
        return [f"Event {row['event_id']} waits for {row['waits_for']} since {row['since']}." for row in rows]

    events = by_position("kit.outbox", at="occurred_at")
    return (
        swept("I6", "every move is declared", Sweep(along=MOVES, find=UNDECLARED, limit=MANY)),
        swept("I6", "each history is one line", Sweep(along=MOVES, find=BROKEN, limit=MANY)),
        swept(
            "I7", "every event reached its groups", Sweep(along=events, find=UNDELIVERED, basis=LISTENING, limit=MANY)
        ),
        Invariant(number="I7", name="no event waits too long", find=no_event_waits_too_long),
    )


UNDECLARED = """
SELECT format('%s went from ''%s'' to ''%s''.', entity, from_state, to_state) AS violation
FROM (SELECT DISTINCT entity, from_state, to_state FROM kit.state_history WHERE position > $1 AND position <= $2) AS h
WHERE EXISTS (SELECT FROM kit.moves AS m WHERE m.entity = h.entity)
  AND NOT EXISTS (SELECT FROM kit.moves AS m
    WHERE m.entity = h.entity AND m.from_state = h.from_state AND m.to_state = h.to_state)
"""

BROKEN = """
SELECT format('%s %s was ''%s'' and moved from ''%s''.', entity, entity_id, before_state, from_state) AS violation
FROM (
  SELECT entity, entity_id, from_state, position, coalesce(
    lag(to_state) OVER (PARTITION BY entity_id, entity ORDER BY position),
    (SELECT to_state FROM kit.state_history AS earlier
     WHERE earlier.entity = h.entity AND earlier.entity_id = h.entity_id AND earlier.position <= $1
     ORDER BY earlier.position DESC LIMIT 1)) AS before_state
  FROM kit.state_history AS h WHERE position > $1 AND position <= $2) AS steps
WHERE before_state <> from_state
"""
"""The move before one is in the same slice, or the last before the slice. The oldest ones may be forgotten."""

UNDELIVERED = """
SELECT format('Event %s (%s) never reached %s.', o.event_id, o.name, s.group_name) AS violation
FROM kit.outbox AS o JOIN kit.subscriptions AS s ON s.event_name = o.name
WHERE o.position > $1 AND o.position <= $2 AND o.position > s.heard_from AND s.backlog_until IS NULL AND NOT EXISTS (
  SELECT FROM kit.inbox AS i WHERE i.group_name = s.group_name AND i.event_id = o.event_id)
"""
"""Of the events that happened since a group listens; what is older and not copied yet is on its way."""

LISTENING = """
SELECT string_agg(concat_ws(' ', group_name, event_name, heard_from, backlog_until), ', '
                  ORDER BY group_name, event_name)
FROM kit.subscriptions
"""

LATE = """
SELECT event_id, group_name AS waits_for, next_attempt_at AS since FROM kit.inbox
WHERE status = 'waiting' AND next_attempt_at < $1
UNION ALL
SELECT event_id, group_name, next_attempt_at FROM kit.inbox
WHERE status = 'postponed' AND next_attempt_at < $1
LIMIT $2
"""
