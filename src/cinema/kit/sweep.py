"""Checks that live with growth: rows are gone through in slices, and what was proved for good is not read again.

A check keeps a mark (``kit.proved``) for each way along which it goes. What does not change
any more lies before it; what is new, may still change or has moved since lies behind it and
is looked at every time. A violation holds the mark, so it is told until it is gone. Only the
whole pass sees what was broken before the mark by other means than the product's.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from cinema.kit.db import ReadTx
from cinema.kit.ids import lowest_id

SLICE = 10_000
"""Rows that one statement goes through."""

VIOLATIONS_MAX = 20
"""Sentences of one check."""

SETTLED = timedelta(hours=1)
"""What is older is committed, and heard by whoever had to hear it."""

Key: TypeAlias = Any
"""A UUID, a number or a moment: what a table is in order of."""


class Find(Protocol):
    """Looks at the rows with keys in (``after``, ``until``]."""

    async def __call__(self, tx: ReadTx, *, after: Key, until: Key) -> list[str]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """An order of rows, and up to where they are final."""

    table: str
    key: str
    lowest: Key
    read: Callable[[str], Key]
    """A key from its text."""
    final: Callable[[ReadTx, Key], Awaitable[Key | None]]
    """The key up to which rows behind a mark never change again; None: there are none such."""

    async def until(self, tx: ReadTx, *, after: Key, limit: int) -> Key | None:
        """The last key of the slice behind ``after``, whose rows with that key are in it all; None: it is empty."""
        return await tx.value(
            f"""SELECT key FROM (SELECT {self.key} AS key FROM {self.table} WHERE {self.key} > $1
                                 ORDER BY {self.key} LIMIT $2) AS slice ORDER BY key DESC LIMIT 1""",  # noqa: S608
            after,
            limit,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One way to go through what a check looks at.

    ``find`` is a query whose column ``violation`` holds sentences, or a function for what a
    query cannot say. A query is about rows with keys in ($1, $2]; instead it may name
    ``{these}``, the ids of what such rows are about (column ``thing`` of the table). With
    ``moves`` what has changed its status since the last time is looked at too, wherever it
    stands. With ``age`` the query takes $3, the moment that long ago. ``basis`` is a query
    for what else a proof rests on: when its answer changes, all is looked at anew.
    """

    along: Along
    find: str | Find
    thing: str = ""
    moves: bool = False
    age: timedelta | None = None
    basis: str | None = None
    limit: int = SLICE

    async def found(self, tx: ReadTx, *, after: Key, until: Key) -> list[str]:
        """What is wrong in one slice."""
        key = self.along.key
        these = f"(SELECT DISTINCT {self.thing or key} AS id FROM {self.along.table} WHERE {key} > $1 AND {key} <= $2)"  # noqa: S608
        return await self._asked(tx, these, after, until)

    async def found_moved(self, tx: ReadTx, *, after: Key, until: Key) -> list[str]:
        """What is wrong with what has changed its status, by the positions of `kit.state_history`."""
        table, key = self.along.table, self.along.key
        these = f"""(SELECT DISTINCT moved.{self.thing or key} AS id
           FROM kit.state_history AS h JOIN {table} AS moved ON moved.{key} = h.entity_id
           WHERE h.position > $1 AND h.position <= $2 AND h.entity = '{table}')"""  # noqa: S608
        return await self._asked(tx, these, after, until)

    async def _asked(self, tx: ReadTx, these: str, after: Key, until: Key) -> list[str]:
        if not isinstance(self.find, str):
            return await self.find(tx, after=after, until=until)
        values = (after, until) if self.age is None else (after, until, tx.now - self.age)
        rows = await tx.all(f"{self.find.replace('{these}', these)} LIMIT {VIOLATIONS_MAX}", *values)
        return [row["violation"] for row in rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """A query that must return nothing. ``number`` is its place in the published list (I1 …)."""

    number: str
    name: str
    find: Callable[[ReadTx], Awaitable[list[str]]]
    """Looks at everything; returns one plain sentence for each violation, at most 20."""
    sweeps: tuple[Sweep, ...] = ()
    """How it looks at what is not proved yet, where there may be much (`kit.sweep`); made by `kit.proving.swept`."""


def by_id(table: str, *, key: str = "id", open_while: str | None = None) -> Along:
    """In the order of ids that carry the time at which their rows are written.

    Rows with ``open_while`` may still change; its $3 is the moment `SETTLED` ago.
    """

    async def final(tx: ReadTx, mark: Key) -> Key | None:
        moment = tx.now - SETTLED
        first = lowest_id(moment)
        if open_while is not None:
            still_open = await tx.value(
                f"""SELECT {key} FROM {table} WHERE {key} > $1 AND {key} < $2 AND ({open_while})
                    ORDER BY {key} LIMIT 1""",  # noqa: S608 - our own text
                mark,
                first,
                moment,
            )
            first = still_open or first
        return UUID(int=first.int - 1)

    return Along(table=table, key=key, lowest=UUID(int=0), read=UUID, final=final)


def by_position(table: str, *, at: str) -> Along:
    """In the order of a number that the database gives, of rows that never change; ``at`` dates them."""

    async def final(tx: ReadTx, mark: Key) -> Key | None:
        return await tx.value(
            f"SELECT position FROM {table} WHERE position > $1 AND {at} < $2 ORDER BY position DESC LIMIT 1",  # noqa: S608
            mark,
            tx.now - SETTLED,
        )

    return Along(table=table, key="position", lowest=0, read=int, final=final)


def by_number(table: str, *, key: str) -> Along:
    """In the order of a number without gaps, of rows that never change and are written one after the other."""

    async def final(_tx: ReadTx, _mark: Key) -> Key | None:
        return 2**63 - 1

    return Along(table=table, key=key, lowest=0, read=int, final=final)


def by_moment(table: str, *, key: str) -> Along:
    """In the order of the moments at which rows are written that never change."""

    async def final(tx: ReadTx, _mark: Key) -> Key | None:
        return tx.now - SETTLED

    lowest = datetime.min.replace(tzinfo=UTC)
    return Along(table=table, key=key, lowest=lowest, read=datetime.fromisoformat, final=final)


def always(table: str, *, key: str = "id") -> Along:
    """All rows, every time: what may change without a trace."""

    async def final(_tx: ReadTx, _mark: Key) -> Key | None:
        return None

    return Along(table=table, key=key, lowest=UUID(int=0), read=UUID, final=final)


MOVES = by_position("kit.state_history", at="at")
"""The changes of all guarded statuses."""
