"""Rows of one viewer as SQL for any number of viewers: the same values with other ids.

The viewers have numbers. In SQL a viewer's number is ``n``, and ``h`` the same as eight
hexadecimal digits, which take the place of the last eight of every id. So the ids of one
viewer belong together whichever rows they stand in, also inside of texts and JSON, and
those of all viewers are known without looking.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness import Broken
from writes import SCHEMAS, TABLES, UUID, Connection

LOGIN = "viewer"
"""A viewer is called so, and by eight hexadecimal digits."""

DIGITS = 8
ID = re.compile(f"{UUID.pattern}|{LOGIN}[0-9a-f]{{{DIGITS}}}")
WHOLE_NUMBERS = frozenset({"smallint", "integer", "bigint"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one has to know of a table to write its rows for others.

    ``numbered`` is the column that the table counts up by itself, ``made`` those it computes.
    """

    types: Mapping[str, str]
    numbered: str | None
    made: frozenset[str]
    keys: Sequence[Sequence[str]]
    """The columns of each unique index, the primary key's first."""
    parents: frozenset[str]
    """The other tables that its rows refer to."""


async def tables(connection: Connection) -> dict[str, Table]:
    """All tables of the product."""
    found: dict[str, Table] = {}
    for row in await connection.fetch(TABLES, SCHEMAS):
        columns = await connection.fetch(COLUMNS, row["name"])
        found[row["name"]] = Table(
            types={one["name"]: one["type"] for one in columns},
            numbered=next((one["name"] for one in columns if one["is_numbered"]), None),
            made=frozenset(one["name"] for one in columns if one["is_made"]),
            keys=[one["key"] for one in await connection.fetch(KEYS, row["name"])],
            parents=frozenset(one["name"] for one in await connection.fetch(PARENTS, row["name"])),
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Stencil:
    """Writes values as SQL. ``shared`` are the ids that all viewers have in common, such as the plan's."""

    shared: Collection[str]
    tables: Mapping[str, Table] = field(repr=False)

    def is_own(self, row: Mapping[str, Any]) -> bool:
        """Whether the row is one viewer's, by an id in it."""
        return any(self._holes(value) for value in row.values())

    def sql(self, table: str, column: str, value: Any) -> str:
        """The value for viewer ``n``."""
        return self._typed(value, self.tables[table].types[column])

    def unique_sql(self, table: str, row: Mapping[str, Any], *, rows: int) -> dict[str, str]:
        """All values of a row; one of ``rows`` rows of each viewer in the table.

        A unique key without an id in it gets a value of the viewer's own: other bytes, or
        a number further on. Raises `Broken` when there is no such column.
        """
        values = {name: self.sql(table, name, value) for name, value in row.items()}
        known = self.tables[table]
        for key in filter(None, known.keys):
            has_id = known.numbered in key or any(self._holes(row[name]) for name in key)
            if not has_id and all(row[name] is not None for name in key):
                name = self._to_vary(table, key)
                values[name] = self._varied(row[name], known.types[name], rows)
        return values

    def _to_vary(self, table: str, key: Iterable[str]) -> str:
        types = self.tables[table].types
        for name in key:
            if types[name] == "bytea":
                return name
        for name in reversed(list(key)):
            if types[name] in WHOLE_NUMBERS:
                return name
        raise Broken(f"{table} has a unique key without an id of its viewer: {', '.join(key)}")

    def _varied(self, value: Any, kind: str, rows: int) -> str:
        if kind == "bytea":
            return f"({quoted(value[:-DIGITS])} || h)::bytea"
        return f"({value} + (n - 1) * {rows})::{kind}"

    def _typed(self, value: Any, kind: str) -> str:
        if value is None:
            return f"NULL::{kind}"
        if isinstance(value, list) and kind.endswith("[]"):
            return f"ARRAY[{', '.join(self._typed(one, kind[:-2]) for one in value)}]::{kind}"
        if kind in {"json", "jsonb"}:
            return f"{self._text(json.dumps(value, ensure_ascii=False))}::{kind}"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return f"{self._text(text)}::{kind}"

    def _text(self, text: str) -> str:
        """A literal, or literals with the viewer's digits between them."""
        parts: list[str] = []
        end = 0
        for hole in self._holes(text):
            parts += [quoted(text[end:hole]), "h"]
            end = hole + DIGITS
        parts.append(quoted(text[end:]))
        kept = [part for part in parts if part != "''"] or ["''"]
        return kept[0] if len(kept) == 1 else f"({' || '.join(kept)})"

    def _holes(self, value: Any) -> list[int]:
        """Where the viewer's digits stand in a value."""
        if value is None or isinstance(value, bool | int | float):
            return []
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return [found.end() - DIGITS for found in ID.finditer(text) if found[0] not in self.shared]


def quoted(text: str) -> str:
    """A literal."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'" if "\\" not in escaped else "E'" + escaped.replace("\\", "\\\\") + "'"


def viewers(count: int, *, since: int = 1) -> str:
    """SQL of the viewers' numbers, with their digits computed once for each."""
    return (
        f"(SELECT n, lpad(to_hex(n), {DIGITS}, '0') AS h"  # noqa: S608 - numbers of our own
        f" FROM generate_series({since}, {since + count - 1}) AS n OFFSET 0) AS viewers"
    )


COLUMNS = """
SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type, attidentity <> '' AS is_numbered,
       attgenerated <> '' AS is_made
FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

KEYS = """
SELECT array(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number ORDER BY k.place) AS key
FROM pg_index AS i WHERE i.indrelid = $1::text::regclass AND i.indisunique
ORDER BY i.indisprimary DESC
"""

PARENTS = """
SELECT DISTINCT n.nspname || '.' || c.relname AS name
FROM pg_constraint AS f JOIN pg_class AS c ON c.oid = f.confrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE f.conrelid = $1::text::regclass AND f.contype = 'f' AND f.confrelid <> f.conrelid
"""
