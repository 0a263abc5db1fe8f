"""The writes of one operation, taken from a real run and made into a pgbench script.

`watch` puts a trigger on every table of a copy of the database. It notes each row that
the product itself inserts, updates or deletes, transaction by transaction; rows that
the product's own triggers write (such as histories of states) are not noted, because
the same triggers stand on the peer's tables and write them there too. `script` turns
the notes into SQL: the same rows into the same tables, with the same commits, and
ids that are new for each operation. So the peer does all of the database's work and
nothing else: no HTTP, no Python, no reads, no provider.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeAlias

import asyncpg

from harness import expect

SCHEMAS = ("kit", "identity", "catalog", "payments", "billing", "playback", "notifications")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
IDS_MAX = 64
"""Ids that one operation may make."""

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One row's change. ``old`` is empty for an insert, ``new`` for a delete."""

    transaction: int
    table: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What one has to know of a table to write its rows again."""

    types: Mapping[str, str]
    made: frozenset[str]
    """Columns that the table fills by itself."""
    key: Sequence[str]
    """The columns that name a row, none of them made by the table."""


async def watch(connection: Connection) -> None:
    """Begins to note writes in this database."""
    await connection.execute(WATCH)
    for row in await connection.fetch(TABLES, SCHEMAS):
        await connection.execute(
            f"""CREATE TRIGGER zz_watched AFTER INSERT OR UPDATE OR DELETE ON {row["name"]}
                FOR EACH ROW EXECUTE FUNCTION watched.note()"""
        )


async def take(connection: Connection) -> list[Write]:
    """What was noted since the last time, in order of the commits' beginnings."""
    rows = await connection.fetch("DELETE FROM watched.writes RETURNING *")
    first: dict[int, int] = {}
    for row in rows:
        first[row["transaction"]] = min(row["position"], first.get(row["transaction"], row["position"]))
    rows.sort(key=lambda row: (first[row["transaction"]], row["position"]))
    return [
        Write(
            transaction=row["transaction"],
            table=row["name"],
            old=json.loads(row["old"] or "{}"),
            new=json.loads(row["new"] or "{}"),
        )
        for row in rows
    ]


async def tables(connection: Connection) -> dict[str, Table]:
    """All tables of the product."""
    found: dict[str, Table] = {}
    for row in await connection.fetch(TABLES, SCHEMAS):
        columns = await connection.fetch(COLUMNS, row["name"])
        made = frozenset(one["name"] for one in columns if one["is_made"])
        keys = [one["key"] for one in await connection.fetch(KEYS, row["name"])]
        found[row["name"]] = Table(
            types={one["name"]: one["type"] for one in columns},
            made=made,
            key=next((key for key in keys if made.isdisjoint(key)), ()),
        )
    return found


def script(writes: Iterable[Write], *, tables: Mapping[str, Table], known: Iterable[str], user_id: str) -> str:
    """The pgbench script of one operation.

    ``known`` are ids that all operations share, such as the plan's; every other id is
    made anew from the variable ``n``, the user's always as number 0 (see `id_of`).
    """
    ids = Ids(known=frozenset(known))
    ids.number(user_id)
    positions: dict[str, str] = {}
    lines = ["\\set i :i + 1", "\\set n :base + :client_id * :each + :i"]
    for _, transaction in groupby(writes, key=lambda write: write.transaction):
        statements = _merged([_statement(write, tables[write.table], ids, positions) for write in transaction])
        lines += ["BEGIN;", *statements, "COMMIT;"]
    expect(len(ids.numbers) < IDS_MAX, f"an operation makes fewer than {IDS_MAX} ids")
    return "\n".join([*lines, ""])


def id_of(n: str, number: int) -> str:
    """SQL of the id ``number`` of the operation ``n``; they grow with ``n``, as UUIDv7 grow with time."""
    return f"lpad(to_hex({n}::bigint * {IDS_MAX} + {number}), 32, '0')::uuid"


class Ids:
    """Numbers for the ids of one operation, in the order in which they appear."""

    def __init__(self, *, known: frozenset[str]) -> None:
        self._known = known
        self.numbers: dict[str, int] = {}

    def number(self, one: str) -> int | None:
        """None for an id that all operations share."""
        if one in self._known:
            return None
        return self.numbers.setdefault(one, len(self.numbers))

    def sql(self, value: Any, kind: str) -> str:
        """A value as SQL. Ids inside of JSON stay as they were: nothing looks at them, and they are as long."""
        if value is None:
            return f"NULL::{kind}"
        if kind == "uuid":
            number = self.number(value)
            return f"'{value}'::uuid" if number is None else id_of(":n", number)
        if kind in {"jsonb", "json"}:
            return f"{quoted(json.dumps(value, ensure_ascii=False))}::{kind}"
        if isinstance(value, list) and kind.endswith("[]"):
            return f"ARRAY[{', '.join(self.sql(one, kind[:-2]) for one in value)}]::{kind}"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if kind == "text" and UUID.search(text):
            return self._text(text)
        return f"{quoted(text)}::{kind}"

    def _text(self, text: str) -> str:
        """A text with ids in it, such as a key, which has to be new each time."""
        parts: list[str] = []
        end = 0
        for found in UUID.finditer(text):
            number = self.number(found[0])
            if number is not None:
                parts += [quoted(text[end : found.start()]), f"{id_of(':n', number)}::text"]
                end = found.end()
        parts.append(quoted(text[end:]))
        return "(" + " || ".join(part for part in parts if part != "''") + ")"


def quoted(text: str) -> str:
    """A literal. A colon would be a variable to pgbench, and a line's end the end of nothing."""
    plain = text.replace("'", "''")
    if ":" not in plain and "\n" not in plain and "\\" not in plain:
        return f"'{plain}'"
    escaped = plain.replace("\\", "\\\\").replace(":", "\\x3a").replace("\n", "\\n")
    return f"E'{escaped}'"


PLACED = {"kit.outbox": "event_id", "billing.ledger_entries": "id"}
"""Tables that number their rows, by the columns of the rows' ids."""

PLACED_BY = {"kit.inbox": "kit.outbox", "billing.ledger_unsealed": "billing.ledger_entries"}
"""Tables that repeat such a number."""


def _statement(write: Write, table: Table, ids: Ids, positions: dict[str, str]) -> str:
    """One row's change; ``positions`` are the ids of rows by the places that their tables gave them."""
    own_id = PLACED.get(write.table)
    if own_id is not None and not write.old:
        positions[f"{write.table} {write.new['position']}"] = write.new[own_id]

    def sql(column: str, value: Any) -> str:
        if column == "position" and write.table in PLACED_BY:
            placer = PLACED_BY[write.table]
            its_id = ids.sql(positions[f"{placer} {value}"], "uuid")
            return f"(SELECT position FROM {placer} WHERE {PLACED[placer]} = {its_id})"  # noqa: S608 - ids of our own
        return ids.sql(value, table.types[column])

    if not write.old:
        columns = [name for name in write.new if name not in table.made]
        values = ", ".join(sql(name, write.new[name]) for name in columns)
        return f"INSERT INTO {write.table} ({', '.join(columns)}) VALUES ({values});"  # noqa: S608 - literals, quoted
    expect(bool(table.key), f"{write.table} has a key of its own")
    where = " AND ".join(f"{name} = {sql(name, write.old[name])}" for name in table.key)
    if not write.new:
        return f"DELETE FROM {write.table} WHERE {where};"  # noqa: S608 - literals, quoted
    changed = [name for name in write.new if write.new[name] != write.old[name]] or [table.key[0]]
    values = ", ".join(f"{name} = {sql(name, write.new[name])}" for name in changed)
    return f"UPDATE {write.table} SET {values} WHERE {where};"  # noqa: S608 - literals, quoted


def _merged(statements: list[str]) -> list[str]:
    """Inserts into the same table one after the other become one statement, as a careful writer has it."""
    merged: list[str] = []
    for statement in statements:
        head, _, values = statement.partition(" VALUES ")
        if statement.startswith("INSERT") and merged and merged[-1].startswith(f"{head} VALUES "):
            merged[-1] = f"{merged[-1][:-1]}, {values}"
        else:
            merged.append(statement)
    return merged


WATCH = """
CREATE SCHEMA watched;
CREATE TABLE watched.writes (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction bigint NOT NULL,
  name text NOT NULL,
  old text,
  new text
);
CREATE FUNCTION watched.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() = 1 THEN
    INSERT INTO watched.writes (transaction, name, old, new) VALUES (
      txid_current(), TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME,
      CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD)::text END,
      CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW)::text END);
  END IF;
  RETURN NULL;
END $$;
GRANT USAGE ON SCHEMA watched TO PUBLIC;
GRANT INSERT ON watched.writes TO PUBLIC;
"""

TABLES = """
SELECT n.nspname || '.' || c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""

COLUMNS = """
SELECT attname::text AS name, format_type(atttypid, atttypmod) AS type,
       attidentity <> '' OR attgenerated <> '' AS is_made
FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""

KEYS = """
SELECT array(SELECT attname::text FROM pg_attribute AS a
             WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey::int2[])) AS key
FROM pg_index AS i WHERE i.indrelid = $1::text::regclass AND i.indisunique AND i.indpred IS NULL
ORDER BY i.indisprimary DESC
"""
