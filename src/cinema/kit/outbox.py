"""The outbox: a fact is written in the transaction that makes it true.

`Relay` copies facts to the inbox of every group that subscribed. It marks rows rather
than remembering a position, so a transaction that commits late is not skipped; events
of one thing are written under that thing's row lock, so their positions are in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.events import Event, encode
from cinema.kit.ids import uuid7

RELAY = "outbox"
"""The loop to wake when something was published."""

INBOX = "inbox"
"""Prefix of the loops to wake when something was delivered, one for each group."""


async def publish(tx: Tx, *events: Event, now: datetime) -> None:
    """Writes ``events``, in this order, to be told to others after the commit."""
    await tx.execute_many(
        "INSERT INTO kit.outbox (event_id, name, aggregate_id, payload, occurred_at) VALUES ($1, $2, $3, $4, $5)",
        [(uuid7(now), event.name(), event.aggregate_id, encode(event), now) for event in events],
    )
    if events:
        tx.wake(RELAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """``group`` wants to hear every event called ``name``."""

    group: str
    name: str


async def declare_subscriptions(tx: Tx, wanted: Iterable[Subscription], *, now: datetime) -> None:
    """Makes the stored subscriptions equal to ``wanted``.

    A new one starts at the oldest event that is kept, not at the latest.
    """
    rows = {(one.group, one.name) for one in wanted}
    await tx.execute("LOCK TABLE kit.subscriptions IN SHARE ROW EXCLUSIVE MODE")
    known = {(row["group_name"], row["event_name"]) for row in await tx.all("SELECT * FROM kit.subscriptions")}
    await tx.execute_many("DELETE FROM kit.subscriptions WHERE group_name = $1 AND event_name = $2", known - rows)
    for group, name in sorted(rows - known):
        await tx.execute("INSERT INTO kit.subscriptions (group_name, event_name) VALUES ($1, $2)", group, name)
        await tx.execute(
            """INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
               SELECT $1, position, event_id, aggregate_id, $3 FROM kit.outbox
               WHERE name = $2 AND relayed_at IS NOT NULL
               ON CONFLICT DO NOTHING""",
            group,
            name,
            now,
        )
        tx.wake(f"{INBOX}.{group}")


class Relay:
    """Hands published events to the inboxes of their groups."""

    batch = 500

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def run(self) -> int:
        """Relays one batch; returns how many events there were.

        Any number of processes may try: one at a time works, the others see zero. Nobody
        has to wait until the copies are on the disk: a crash takes them and the marks
        together, and an effect that is on the disk lies behind them in the log.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            if not await tx.value(TAKE_TURN):
                return 0
            return await _relay(tx, now)


TAKE_TURN = """
SELECT pg_try_advisory_xact_lock(hashtext('cinema.relay')), set_config('synchronous_commit', 'off', true)
"""


async def _relay(tx: Tx, now: datetime) -> int:
    rows = await tx.all(
        """WITH batch AS (
             SELECT position FROM kit.outbox WHERE relayed_at IS NULL ORDER BY position LIMIT $1
           ), relayed AS (
             UPDATE kit.outbox AS o SET relayed_at = $2 FROM batch WHERE o.position = batch.position
             RETURNING o.position, o.event_id, o.name, o.aggregate_id
           ), delivered AS (
             INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
             SELECT s.group_name, r.position, r.event_id, r.aggregate_id, $2
             FROM relayed AS r JOIN kit.subscriptions AS s ON s.event_name = r.name
             ON CONFLICT DO NOTHING
             RETURNING group_name
           )
           SELECT (SELECT count(*) FROM relayed) AS relayed, array(SELECT DISTINCT group_name FROM delivered) AS groups
        """,
        Relay.batch,
        now,
    )
    for group in rows[0]["groups"]:
        tx.wake(f"{INBOX}.{group}")
    count = rows[0]["relayed"]
    assert isinstance(count, int)
    return count
