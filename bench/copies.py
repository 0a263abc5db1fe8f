"""One viewer's rows, found by comparing two states of a database, and as many copies of them as one likes."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness import expect
from stencil import Stencil, Table, viewers
from writes import SCHEMAS, TABLES, UUID, Connection

STRETCH = 50_000
"""Viewers whose rows are written in one transaction."""

LETTERS, EVENTS, PLACE = "kit.inbox", "kit.outbox", "position"
"""The one column that refers to a number which another table has counted, without saying so."""

Rows = dict[str, list[dict[str, Any]]]


async def everything(connection: Connection) -> dict[str, set[str]]:
    """All rows of all tables as JSON texts."""
    names = [row["name"] for row in await connection.fetch(TABLES, SCHEMAS)]
    return {
        name: {row[0] for row in await connection.fetch(f"SELECT to_jsonb(t)::text FROM {name} AS t")}  # noqa: S608 - tables of our own
        for name in names
    }


def ids_in(state: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Every id that stands in some row."""
    return frozenset(one for rows in state.values() for row in rows for one in UUID.findall(row))


def added(before: Mapping[str, set[str]], after: Mapping[str, set[str]], *, stencil: Stencil) -> Rows:
    """The rows of the viewer who came between two states. Raises `Broken` when older rows have changed."""
    for table, rows in before.items():
        expect(rows <= after[table], f"one viewer's checkout leaves {table} of the others as it was")
    found = {table: [json.loads(row) for row in sorted(rows - before[table])] for table, rows in after.items()}
    return {table: own for table, rows in found.items() if (own := [row for row in rows if stencil.is_own(row)])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Copier:
    """Writes ``count`` copies of one viewer's ``rows`` into a database that does not have them."""

    rows: Rows
    stencil: Stencil
    count: int
    base: Mapping[str, int]
    """The highest number in each table that counts its rows."""

    async def write(self, connection: Connection) -> None:
        """All viewers, as superuser: no trigger runs, everything that triggers wrote is among the rows."""
        await connection.execute("SET session_replication_role = replica")
        for since in range(1, self.count + 1, STRETCH):
            stretch = min(STRETCH, self.count + 1 - since)
            async with connection.transaction():
                for table in self.rows:
                    await connection.execute(self._insert(table, stretch, since))
        await connection.execute("SET session_replication_role = origin")
        for table, column in self._numbered():
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence($1, $2), (SELECT max({column}) FROM {table}))",  # noqa: S608 - tables of our own
                table,
                column,
            )

    def _insert(self, table: str, count: int, since: int) -> str:
        known = self.stencil.tables[table]
        names = [name for name in known.types if name not in known.made]
        rows = self._ordered(table)
        source = viewers(count, since=since)
        selects = [
            f"SELECT {', '.join(self._values(table, row, number)[name] for name in names)} FROM {source}"  # noqa: S608 - literals, quoted
            for number, row in enumerate(rows, start=1)
        ]
        return f"INSERT INTO {table} ({', '.join(names)}) OVERRIDING SYSTEM VALUE {' UNION ALL '.join(selects)}"

    def _values(self, table: str, row: Mapping[str, Any], number: int) -> dict[str, str]:
        values = self.stencil.unique_sql(table, row, rows=len(self.rows[table]))
        numbered = self.stencil.tables[table].numbered
        if numbered is not None:
            values[numbered] = self._place(table, number)
        if table == LETTERS:
            places = [event[PLACE] for event in self._ordered(EVENTS)]
            values[PLACE] = self._place(EVENTS, places.index(row[PLACE]) + 1)
        return values

    def _place(self, table: str, number: int) -> str:
        """What happened first to one viewer happened first to all: numbers and times rise together."""
        return f"({self.base[table]} + {(number - 1) * self.count} + n)"

    def _ordered(self, table: str) -> list[dict[str, Any]]:
        numbered = self.stencil.tables[table].numbered
        return sorted(self.rows[table], key=lambda row: row[numbered]) if numbered else self.rows[table]

    def _numbered(self) -> list[tuple[str, str]]:
        pairs = [(table, self.stencil.tables[table].numbered) for table in self.rows]
        return [(table, column) for table, column in pairs if column is not None]


async def counted_up(connection: Connection, tables: Mapping[str, Table]) -> dict[str, int]:
    """The highest number in each table that counts its rows."""
    return {
        name: await connection.fetchval(f"SELECT coalesce(max({table.numbered}), 0) FROM {name}")  # noqa: S608 - tables of our own
        for name, table in tables.items()
        if table.numbered is not None
    }


async def row_counts(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """How many rows each table has."""
    return {name: await connection.fetchval(f"SELECT count(*) FROM {name}") for name in names}  # noqa: S608 - tables of our own
