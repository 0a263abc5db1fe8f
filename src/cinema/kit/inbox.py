"""The inbox: each group handles each event once, in order for each thing.

The effect and the mark that it happened commit together, many in one commit. One worker
at a time has a group's turn, for one transaction; which one does not matter. When a
batch fails, its events are handled one by one, so that only the failing one waits: it is
postponed, holds up what comes later of the same thing and nothing else, and is parked as
a dead letter after a day (`ATTEMPTS_MAX`), until an operator replays it.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

import structlog

from cinema.kit.clock import Clock
from cinema.kit.db import Database, Row, Tx, is_general
from cinema.kit.events import Event, Heard, decode
from cinema.kit.outbox import INBOX, Listening, Since

ATTEMPTS_MAX = 36
"""Tries before a letter is parked: the pauses between them add up to a day."""

PAUSE_MAX = timedelta(hours=1)

log = structlog.get_logger()

Handler: TypeAlias = Callable[[Tx, Any], Awaitable[None]]
BatchHandler: TypeAlias = Callable[[Tx, Sequence[Heard[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """``group`` handles every ``event`` with ``handle(tx, event)``, which only writes through ``tx``.

    ``handle_many`` takes its place where many are handled with few statements; should a
    batch fail, it gets its events one by one. ``since`` says from when on a group that is
    new wants to hear.
    """

    group: str
    event: type[Event]
    handle: Handler | None = None
    handle_many: BatchHandler | None = None
    since: Since = Since.BEGINNING

    def __post_init__(self) -> None:
        if (self.handle is None) is (self.handle_many is None):
            raise ValueError(f"{self.group} handles {self.event.name()} in one way")

    def subscription(self) -> Listening:
        return Listening(group=self.group, name=self.event.name(), since=self.since)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event in line for a group."""

    event_id: UUID
    aggregate_id: UUID
    name: str
    payload: dict[str, Any]
    occurred_at: datetime
    attempts: int


class Inbox:
    """The work of one group."""

    batch = 200

    def __init__(self, *, group: str, consumers: tuple[Consumer, ...], db: Database, clock: Clock) -> None:
        self.group = group
        self._by_name: Mapping[str, Consumer] = {one.event.name(): one for one in consumers}
        self._db = db
        self._clock = clock

    @property
    def wake_name(self) -> str:
        return f"{INBOX}.{self.group}"

    async def run(self) -> int:
        """Handles one batch of what is due, each thing's events in order; returns how many there were.

        Zero also means that another worker has the turn.
        """
        return await self._handle_postponed() + await self._handle_waiting()

    async def _handle_postponed(self) -> int:
        """Tries what failed before and is due again, each by itself."""
        async with self._db.read() as tx:
            due = await tx.all(POSTPONED, self.group, self._clock.now(), self.batch)
        for number, row in enumerate(due):
            if await self._try(row["event_id"]) is None:
                return number
        return len(due)

    async def _handle_waiting(self) -> int:
        letters: list[Letter] = []

        async def work(tx: Tx) -> None:
            letters.clear()
            if await self._has_turn(tx):
                letters.extend(await waiting(tx, self.group, limit=self.batch))
                await self._handle(tx, letters)

        try:
            await self._db.transact(work)
        except Exception as error:  # whatever a handler raises, the others of its batch do not suffer
            if is_general(error) or not letters:
                raise
            if len(letters) == 1:
                await self._postpone(letters[0].event_id, error)
            else:
                await self._handle_singly(letters)
        return len(letters)

    async def _handle_singly(self, letters: Sequence[Letter]) -> None:
        """Handles the events of a batch that failed, of each thing as far as they come."""
        held_up: set[UUID] = set()
        for letter in letters:
            if letter.aggregate_id not in held_up and not await self._try(letter.event_id):
                held_up.add(letter.aggregate_id)

    async def _try(self, event_id: UUID) -> bool | None:
        """Whether the event is done, so that the next one of its thing may come; None: another worker has the turn."""

        async def work(tx: Tx) -> bool | None:
            if not await self._has_turn(tx):
                return None
            letter = await taken(tx, self.group, event_id)
            if letter is not None:
                await self._handle(tx, [letter])
            return True

        try:
            return await self._db.transact(work)
        except Exception as error:  # whatever a handler raises is kept with its letter and tried again
            if is_general(error):
                raise
            await self._postpone(event_id, error)
            return False

    async def _has_turn(self, tx: Tx) -> bool:
        """Whether nobody else handles letters of this group until the commit."""
        return bool(
            await tx.value("SELECT pg_try_advisory_xact_lock(hashtext('cinema.inbox'), hashtext($1))", self.group)
        )

    async def _handle(self, tx: Tx, letters: Sequence[Letter]) -> None:
        for name, of_one_kind in _rounds(letters):
            consumer = self._by_name.get(name)
            if consumer is None:
                raise LookupError(f"{self.group} subscribed to {name} but has no consumer for it")
            heard = [_heard(consumer, letter) for letter in of_one_kind]
            if consumer.handle_many is not None:
                await consumer.handle_many(tx, heard)
                continue
            assert consumer.handle is not None
            for one in heard:
                await consumer.handle(tx, one.event)
        if letters:
            await tx.execute(DONE, self.group, [letter.event_id for letter in letters], self._clock.now())

    async def _postpone(self, event_id: UUID, error: Exception) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            letter = await taken(tx, self.group, event_id)
            if letter is None:
                return
            attempts = letter.attempts + 1
            status = "parked" if attempts >= ATTEMPTS_MAX else "postponed"
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
        facts = {"group": self.group, "name": letter.name, "event_id": str(event_id), "status": status}
        log.warning("event.failed", **facts, attempts=attempts, exc_info=error)


def _rounds(letters: Iterable[Letter]) -> Iterator[tuple[str, list[Letter]]]:
    """The letters in groups of one kind, so that those of each thing keep their order.

    A thing's letters form runs of one kind; the first runs of all things come first, by
    kind, then the second ones.
    """
    of_thing: dict[UUID, list[Letter]] = defaultdict(list)
    for letter in letters:
        of_thing[letter.aggregate_id].append(letter)
    rounds: dict[tuple[int, str], list[Letter]] = defaultdict(list)
    for its in of_thing.values():
        for number, (name, run) in enumerate(groupby(its, key=lambda letter: letter.name)):
            rounds[number, name] += run
    for number, name in sorted(rounds):
        yield name, rounds[number, name]


def _heard(consumer: Consumer, letter: Letter) -> Heard[Event]:
    event = decode(consumer.event, letter.payload)
    return Heard(event_id=letter.event_id, occurred_at=letter.occurred_at, event=event)


def pause(attempts: int) -> timedelta:
    """How long to wait after the n-th failure: 1, 2, 4 … seconds, an hour at most."""
    return PAUSE_MAX if attempts > 12 else min(timedelta(seconds=2 ** (attempts - 1)), PAUSE_MAX)  # noqa: PLR2004 - 2**12 s


async def waiting(tx: Tx, group: str, *, limit: int) -> list[Letter]:
    """What waits in line for the group, oldest first, locked; nothing of a thing whose earlier letter is postponed."""
    return [_letter(row) for row in await tx.all(WAITING, group, limit)]


async def taken(tx: Tx, group: str, event_id: UUID) -> Letter | None:
    """The letter, locked, unless it is done or parked."""
    row = await tx.one(TAKE, group, event_id)
    return _letter(row) if row else None


async def parked(db: Database, *, after: tuple[int, str] = (0, ""), limit: int = 100) -> list[Row]:
    """Dead letters, oldest first: group, event id, name, attempts, last error.

    ``after`` is the position and the group of the last one before these.
    """
    async with db.read() as tx:
        return await tx.all(
            """SELECT i.position, i.group_name, i.event_id, o.name, o.occurred_at, i.attempts, i.last_error
               FROM kit.inbox AS i JOIN kit.outbox AS o USING (position)
               WHERE i.status = 'parked' AND (i.position, i.group_name) > ($1, $2)
               ORDER BY i.position, i.group_name LIMIT $3""",
            *after,
            limit,
        )


async def replay(db: Database, *, now: datetime, group: str | None = None, event_id: UUID | None = None) -> int:
    """Puts dead letters back in line; returns how many."""
    async with db.write() as tx:
        filters = {name: value for name, value in (("group_name", group), ("event_id", event_id)) if value is not None}
        conditions = ["status = 'parked'", *(f"{name} = ${number}" for number, name in enumerate(filters, start=2))]
        rows = await tx.all(
            f"""UPDATE kit.inbox SET status = 'waiting', attempts = 0, next_attempt_at = $1
                WHERE {" AND ".join(conditions)} RETURNING group_name""",  # noqa: S608 - our own columns
            now,
            *filters.values(),
        )
        for row in rows:
            tx.wake(f"{INBOX}.{row['group_name']}")
    return len(rows)


def _letter(row: Row) -> Letter:
    return Letter(
        event_id=row["event_id"],
        aggregate_id=row["aggregate_id"],
        name=row["name"],
        payload=row["payload"],
        occurred_at=row["occurred_at"],
        attempts=row["attempts"],
    )


WAITING = """
SELECT i.event_id, i.aggregate_id, i.attempts, o.name, o.payload, o.occurred_at
FROM kit.inbox AS i JOIN kit.outbox AS o ON o.position = i.position
WHERE i.group_name = $1 AND i.status = 'waiting'
  AND i.position <= coalesce(
    (SELECT min(backlog_from) FROM kit.subscriptions WHERE group_name = $1 AND backlog_until IS NOT NULL),
    9223372036854775807)
  AND NOT EXISTS (
    SELECT FROM kit.inbox AS failed
    WHERE failed.group_name = i.group_name AND failed.aggregate_id = i.aggregate_id
      AND failed.status = 'postponed' AND failed.position < i.position)
ORDER BY i.position LIMIT $2
FOR UPDATE OF i
"""
"""What is in line, up to where a backlog is copied."""

POSTPONED = """
SELECT i.event_id FROM kit.inbox AS i
WHERE i.group_name = $1 AND i.status = 'postponed' AND i.next_attempt_at <= $2
  AND NOT EXISTS (
    SELECT FROM kit.inbox AS earlier
    WHERE earlier.group_name = i.group_name AND earlier.aggregate_id = i.aggregate_id
      AND earlier.status = 'postponed' AND earlier.position < i.position)
ORDER BY i.position LIMIT $3
"""

TAKE = """
SELECT i.event_id, i.aggregate_id, i.attempts, o.name, o.payload, o.occurred_at
FROM kit.inbox AS i JOIN kit.outbox AS o ON o.position = i.position
WHERE i.group_name = $1 AND i.event_id = $2 AND i.status IN ('waiting', 'postponed')
FOR UPDATE OF i
"""

DONE = """
UPDATE kit.inbox SET status = 'done', handled_at = $3, attempts = attempts + 1
WHERE group_name = $1 AND event_id = ANY($2)
"""
