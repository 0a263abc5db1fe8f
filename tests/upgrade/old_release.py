"""A process of the release before, still running beside this one: the statements are those of its code (65d971f)."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias
from uuid import UUID

from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.ids import uuid7

ATTEMPTS_MAX = 12

Handle: TypeAlias = Callable[[Tx, dict[str, Any]], Awaitable[None]]
"""Handles the fields of an event."""

PUBLISH = "INSERT INTO kit.outbox (event_id, name, aggregate_id, payload, occurred_at) VALUES ($1, $2, $3, $4, $5)"

TAKE_TURN = """
SELECT pg_try_advisory_xact_lock(hashtext('cinema.relay')), set_config('synchronous_commit', 'off', true)
"""

RELAY = """WITH batch AS (
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
        """

DUE = """
SELECT i.event_id, i.aggregate_id FROM kit.inbox AS i
WHERE i.group_name = $1 AND i.status = 'waiting' AND i.next_attempt_at <= $2
  AND NOT EXISTS (
    SELECT FROM kit.inbox AS earlier
    WHERE earlier.group_name = i.group_name AND earlier.aggregate_id = i.aggregate_id
      AND earlier.status = 'waiting' AND earlier.position < i.position AND earlier.next_attempt_at > $2)
ORDER BY i.position LIMIT $3
"""

TAKE = """
SELECT i.status, i.attempts, o.name, o.payload
FROM kit.inbox AS i JOIN kit.outbox AS o USING (position)
WHERE i.group_name = $1 AND i.event_id = $2
FOR UPDATE OF i SKIP LOCKED
"""

DONE = """UPDATE kit.inbox SET status = 'done', handled_at = $3, attempts = attempts + 1
               WHERE group_name = $1 AND event_id = $2"""

POSTPONE = """UPDATE kit.inbox SET status = $3, attempts = $4, next_attempt_at = $5, last_error = $6
                   WHERE group_name = $1 AND event_id = $2"""

LOCK_SUBSCRIPTIONS = "LOCK TABLE kit.subscriptions IN SHARE ROW EXCLUSIVE MODE"
DROP_SUBSCRIPTION = "DELETE FROM kit.subscriptions WHERE group_name = $1 AND event_name = $2"
ADD_SUBSCRIPTION = "INSERT INTO kit.subscriptions (group_name, event_name) VALUES ($1, $2)"
COPY_HISTORY = """INSERT INTO kit.inbox (group_name, position, event_id, aggregate_id, next_attempt_at)
               SELECT $1, position, event_id, aggregate_id, $3 FROM kit.outbox
               WHERE name = $2 AND relayed_at IS NOT NULL
               ON CONFLICT DO NOTHING"""

LOCK_MOVES = "LOCK TABLE kit.moves IN SHARE ROW EXCLUSIVE MODE"
DROP_MOVES = "DELETE FROM kit.moves"
ADD_MOVE = "INSERT INTO kit.moves (entity, from_state, to_state, event) VALUES ($1, $2, $3, $4)"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldRelease:
    """Acts as that release's process did."""

    db: Database
    clock: Clock

    async def publish(self, tx: Tx, *, name: str, aggregate_id: UUID, payload: dict[str, Any]) -> None:
        """Writes an event; the relay is to find it."""
        now = self.clock.now()
        await tx.execute_many(PUBLISH, [(uuid7(now), name, aggregate_id, payload, now)])

    async def relay(self) -> int:
        """Runs the relay once; returns how many events it delivered."""
        async with self.db.write() as tx:
            if not await tx.value(TAKE_TURN):
                return 0
            rows = await tx.all(RELAY, 500, self.clock.now())
        count = rows[0]["relayed"]
        assert isinstance(count, int)
        return count

    async def hear(self, group: str, handle: Handle) -> int:
        """Works for a group's inbox once; returns how many letters were due."""
        async with self.db.read() as tx:
            due = await tx.all(DUE, group, self.clock.now(), 100)
        things: dict[UUID, list[UUID]] = defaultdict(list)
        for row in due:
            things[row["aggregate_id"]].append(row["event_id"])
        await asyncio.gather(*(self._follow(group, event_ids, handle) for event_ids in things.values()))
        return len(due)

    async def _follow(self, group: str, event_ids: Sequence[UUID], handle: Handle) -> None:
        for event_id in event_ids:
            if not await self._try(group, event_id, handle):
                return

    async def _try(self, group: str, event_id: UUID, handle: Handle) -> bool:
        async def work(tx: Tx) -> bool:
            row = await tx.one(TAKE, group, event_id)
            if row is None or row["status"] != "waiting":
                return row is not None
            await handle(tx, row["payload"])
            await tx.execute(DONE, group, event_id, self.clock.now())
            return True

        try:
            return await self.db.transact(work)
        except Exception as error:  # noqa: BLE001 - as it did
            await self._postpone(group, event_id, error)
            return False

    async def _postpone(self, group: str, event_id: UUID, error: Exception) -> None:
        async with self.db.write() as tx:
            row = await tx.one(TAKE, group, event_id)
            if row is None or row["status"] != "waiting":
                return
            attempts = row["attempts"] + 1
            status = "parked" if attempts >= ATTEMPTS_MAX else "waiting"
            again_at = self.clock.now() + timedelta(seconds=2 ** (attempts - 1))
            await tx.execute(POSTPONE, group, event_id, status, attempts, again_at, str(error))

    async def start(self, *, moves: set[tuple[str, str, str, str]], subscriptions: set[tuple[str, str]]) -> None:
        """Declares what that release knows, as each of its processes did when it started."""
        async with self.db.write() as tx:
            await tx.execute(LOCK_MOVES)
            await tx.execute(DROP_MOVES)
            await tx.execute_many(ADD_MOVE, moves)
            await tx.execute(LOCK_SUBSCRIPTIONS)
            known = {(row["group_name"], row["event_name"]) for row in await tx.all("SELECT * FROM kit.subscriptions")}
            await tx.execute_many(DROP_SUBSCRIPTION, known - subscriptions)
            for group, name in sorted(subscriptions - known):
                await tx.execute(ADD_SUBSCRIPTION, group, name)
                await tx.execute(COPY_HISTORY, group, name, self.clock.now())
