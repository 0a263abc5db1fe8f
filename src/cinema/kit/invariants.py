"""The kit's own invariants: statuses move along their tables (I6), and every event is heard once (I7)."""

from datetime import timedelta

from cinema.kit.clock import Clock
from cinema.kit.db import ReadTx
from cinema.kit.module import Invariant

WAITING_MAX = timedelta(hours=1, minutes=15)
"""How long an event may be late; the longest pause between two tries is an hour."""

LIMIT = 20


def kit_invariants(*, clock: Clock) -> tuple[Invariant, ...]:
    """The invariants that hold whatever the contexts."""

    async def no_event_waits_too_long(tx: ReadTx) -> list[str]:
        rows = await tx.all(LATE, clock.now() - WAITING_MAX, LIMIT)
        return [f"Event {row['event_id']} waits for {row['waits_for']} since {row['since']}." for row in rows]

    return (
        Invariant(number="I6", name="every move is declared", find=_undeclared_moves),
        Invariant(number="I6", name="each history is one line", find=_broken_histories),
        Invariant(number="I7", name="every event reached its groups", find=_undelivered),
        Invariant(number="I7", name="no event waits too long", find=no_event_waits_too_long),
    )


async def _undeclared_moves(tx: ReadTx) -> list[str]:
    rows = await tx.all(
        """SELECT DISTINCT h.entity, h.from_state, h.to_state FROM kit.state_history AS h
           WHERE EXISTS (SELECT FROM kit.moves AS m WHERE m.entity = h.entity)
             AND NOT EXISTS (SELECT FROM kit.moves AS m
               WHERE m.entity = h.entity AND m.from_state = h.from_state AND m.to_state = h.to_state)
           LIMIT $1""",
        LIMIT,
    )
    return [f"{row['entity']} went from {row['from_state']!r} to {row['to_state']!r}." for row in rows]


async def _broken_histories(tx: ReadTx) -> list[str]:
    rows = await tx.all(
        """SELECT entity, entity_id, before_state, from_state FROM (
             SELECT entity, entity_id, from_state, position,
                    lag(to_state, 1, from_state) OVER (PARTITION BY entity, entity_id ORDER BY position) AS before_state
             FROM kit.state_history) AS steps
           WHERE before_state <> from_state ORDER BY position LIMIT $1""",
        LIMIT,
    )
    return [
        f"{row['entity']} {row['entity_id']} was {row['before_state']!r} and moved from {row['from_state']!r}."
        for row in rows
    ]


async def _undelivered(tx: ReadTx) -> list[str]:
    """Of the events that happened since a group listens; what is older and not copied yet is on its way."""
    rows = await tx.all(
        """SELECT o.event_id, o.name, s.group_name FROM kit.outbox AS o
           JOIN kit.subscriptions AS s ON s.event_name = o.name
           WHERE o.position > s.heard_from AND s.backlog_until IS NULL AND NOT EXISTS (
             SELECT FROM kit.inbox AS i WHERE i.group_name = s.group_name AND i.event_id = o.event_id)
           ORDER BY o.position LIMIT $1""",
        LIMIT,
    )
    return [f"Event {row['event_id']} ({row['name']}) never reached {row['group_name']}." for row in rows]


LATE = """
SELECT event_id, group_name AS waits_for, next_attempt_at AS since FROM kit.inbox
WHERE status IN ('waiting', 'postponed') AND next_attempt_at < $1
LIMIT $2
"""
