"""The inbox: each group handles each event once, in order for each thing.

The effect and the mark that it happened commit together. A failure backs off; after
`ATTEMPTS_MAX` it is parked as a dead letter, so that later events go on, until an
operator replays it.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from cinema.kit.clock import Clock
from cinema.kit.db import Database, Row, Tx
from cinema.kit.events import Event, decode
from cinema.kit.jobs import gather_bounded
from cinema.kit.outbox import INBOX, Subscription

ATTEMPTS_MAX = 12
CONCURRENCY = 4
PAUSE_MAX = timedelta(hours=1)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """``group`` handles every ``event`` with ``handle(tx, event)``, which only writes through ``tx``."""

    group: str
    event: type[Event]
    handle: Callable[[Tx, Any], Awaitable[None]]

    def subscription(self) -> Subscription:
        return Subscription(group=self.group, name=self.event.name())


class Inbox:
    """The work of one group."""

    batch = 100

    def __init__(self, *, group: str, consumers: tuple[Consumer, ...], db: Database, clock: Clock) -> None:
        self.group = group
        self._by_name: Mapping[str, Consumer] = {one.event.name(): one for one in consumers}
        self._db = db
        self._clock = clock

    @property
    def wake_name(self) -> str:
        return f"{INBOX}.{self.group}"

    async def run(self) -> int:
        """Handles one batch of what is due, each thing's events one after the other; returns how many there were."""
        async with self._db.read() as tx:
            due = await tx.all(DUE, self.group, self._clock.now(), self.batch)
        things: dict[UUID, list[UUID]] = defaultdict(list)
        for row in due:
            things[row["aggregate_id"]].append(row["event_id"])
        await gather_bounded([self._follow(event_ids) for event_ids in things.values()], limit=CONCURRENCY)
        return len(due)

    async def _follow(self, event_ids: Sequence[UUID]) -> None:
        """Handles the events of one thing, as far as they come."""
        for event_id in event_ids:
            if not await self._try(event_id):
                return

    async def _try(self, event_id: UUID) -> bool:
        """Whether the event is done, so that the next one of its thing may come."""
        try:
            return await self._db.transact(lambda tx: self._handle(tx, event_id))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is kept with its letter and tried again
            await self._postpone(event_id, error)
            return False

    async def _handle(self, tx: Tx, event_id: UUID) -> bool:
        row = await tx.one(TAKE, self.group, event_id)
        if row is None or row["status"] != "waiting":
            return row is not None
        consumer = self._by_name.get(row["name"])
        if consumer is None:
            raise LookupError(f"{self.group} subscribed to {row['name']} but has no consumer for it")
        tx.cause = event_id
        await consumer.handle(tx, decode(consumer.event, row["payload"]))
        await tx.execute(
            """UPDATE kit.inbox SET status = 'done', handled_at = $3, attempts = attempts + 1
               WHERE group_name = $1 AND event_id = $2""",
            self.group,
            event_id,
            self._clock.now(),
        )
        return True

    async def _postpone(self, event_id: UUID, error: Exception) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            row = await tx.one(TAKE, self.group, event_id)
            if row is None or row["status"] != "waiting":
                return
            attempts = row["attempts"] + 1
            status = "parked" if attempts >= ATTEMPTS_MAX else "waiting"
            await tx.execute(
                """UPDATE kit.inbox SET status = $3, attempts = $4, next_attempt_at = $5, last_error = $6
                   WHERE group_name = $1 AND event_id = $2""",
                self.group,
                event_id,
                status,
                attempts,
                now + pause(attempts),
                f"{type(error).__name__}: {error}"[:2000],
            )
        facts = {"group": self.group, "name": row["name"], "event_id": str(event_id), "status": status}
        log.warning("event.failed", **facts, attempts=attempts, exc_info=error)


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 1, 2, 4 … seconds, an hour at most."""
    return min(timedelta(seconds=2 ** (attempts - 1)), PAUSE_MAX)


async def parked(db: Database, *, limit: int = 100) -> list[Row]:
    """The dead letters, oldest first: group, event id, name, attempts, last error."""
    async with db.read() as tx:
        return await tx.all(
            """SELECT i.group_name, i.event_id, o.name, o.occurred_at, i.attempts, i.last_error
               FROM kit.inbox AS i JOIN kit.outbox AS o USING (position)
               WHERE i.status = 'parked' ORDER BY i.position LIMIT $1""",
            limit,
        )


async def replay(db: Database, *, now: datetime, group: str | None = None, event_id: UUID | None = None) -> int:
    """Puts dead letters back in line; returns how many."""
    async with db.write() as tx:
        rows = await tx.all(
            """UPDATE kit.inbox SET status = 'waiting', attempts = 0, next_attempt_at = $1
               WHERE status = 'parked' AND ($2::text IS NULL OR group_name = $2) AND ($3::uuid IS NULL OR event_id = $3)
               RETURNING group_name""",
            now,
            group,
            event_id,
        )
        for row in rows:
            tx.wake(f"{INBOX}.{row['group_name']}")
    return len(rows)


DUE = """
SELECT i.event_id, i.aggregate_id FROM kit.inbox AS i
WHERE i.group_name = $1 AND i.status = 'waiting' AND i.next_attempt_at <= $2
  AND NOT EXISTS (
    SELECT FROM kit.inbox AS earlier
    WHERE earlier.group_name = i.group_name AND earlier.aggregate_id = i.aggregate_id
      AND earlier.status = 'waiting' AND earlier.position < i.position AND earlier.next_attempt_at > $2)
ORDER BY i.position LIMIT $3
"""
"""What is due, unless something earlier of the same thing is not."""

TAKE = """
SELECT i.status, i.attempts, o.name, o.payload
FROM kit.inbox AS i JOIN kit.outbox AS o USING (position)
WHERE i.group_name = $1 AND i.event_id = $2
FOR UPDATE OF i SKIP LOCKED
"""
"""The event, unless another worker is at it."""
