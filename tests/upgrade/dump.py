"""Writes the rows of a database as text: one INSERT for each table, one row a line, in the order of the key."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SCHEMAS = ("kit", "identity", "catalog", "playback", "payments", "billing", "notifications")

LEFT_OUT = frozenset(
    {
        "identity.signing_keys",
        "identity.sessions",
        "identity.refresh_tokens",
        "identity.logins",
        "playback.secrets",
    }
)
"""Secrets, and what rests on them: who was signed in signs in again."""

TEXT_IN_BYTES = frozenset({"payments.attempts.body", "payments.webhooks.body"})
"""Bytes that are JSON, and are shown so."""

ASKED = """(
  SELECT format('(SELECT payload -> ''request'' FROM kit.outbox WHERE position = %s)', position) FROM kit.outbox
  WHERE name IN ('billing.PaymentRequested', 'billing.RefundRequested') AND payload -> 'request' = request LIMIT 1)"""

TOLD = """(
  SELECT format('(SELECT payload FROM kit.outbox WHERE position = %s)', position) FROM kit.outbox AS o
  WHERE o.event_id = messages.event_id AND o.payload = facts)"""

HEARD = {
    "payments.payments.request": ASKED,
    "payments.refunds.request": ASKED,
    "notifications.messages.facts": TOLD,
}
"""What stands in an event, and is read from there."""

ID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4})-7000-8000-([0-9a-f]{12})")
"""An id of the recording: its milliseconds and its number."""

TABLES = """
SELECT c.oid::regclass::text AS name FROM pg_class AS c
WHERE c.relnamespace::regnamespace::text = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY 1
"""

COLUMNS = """
SELECT a.attname AS name, a.atttypid::regtype::text AS kind, a.attidentity = 'a' AS is_numbered
FROM pg_attribute AS a
WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
"""

KEY = """
SELECT array_agg(a.attname ORDER BY k.place) FROM pg_index AS i
CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
WHERE i.indrelid = $1::regclass AND i.indisprimary
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """``is_numbered``: PostgreSQL draws its values from a sequence."""

    name: str
    kind: str
    is_numbered: bool

    def literal(self, table: str) -> str:
        """An expression that is the column's value as SQL text."""
        name, full_name = self.name, f"{table}.{self.name}"
        text = f"quote_nullable({name}::text)"
        if full_name in TEXT_IN_BYTES:
            return f"'convert_to(' || quote_literal(convert_from({name}, 'UTF8')) || ', ''UTF8'')'"
        if full_name in HEARD:
            return f"coalesce({HEARD[full_name]}, {text})"
        if self.kind in {"smallint", "integer", "bigint", "boolean"}:
            return f"coalesce({name}::text, 'NULL')"
        if self.kind == "timestamp with time zone":
            return f"coalesce(quote_literal(regexp_replace({name}::text, '(:00)?\\+00$', 'Z')), 'NULL')"
        return f"'{JSON}' || {name}::text" if self.kind == "jsonb" else text


JSON = "json "
"""Begins the text of a jsonb value, which is quoted here, without the spaces that PostgreSQL puts in."""


def quoted(literal: str | None) -> str:
    """A literal as it is written down."""
    if literal is None or not literal.startswith(JSON):
        return literal or "NULL"
    value = json.dumps(json.loads(literal.removeprefix(JSON)), ensure_ascii=False, separators=(",", ":"))
    return "'" + value.replace("'", "''") + "'"


def shortened(text: str) -> str:
    """The text with ``#7`` for the seventh id."""
    assert "#" not in text
    return ID.sub(lambda found: f"#{int(found[2], 16)}", text)


def numbers(texts: Iterable[str]) -> str:
    """The milliseconds of each id, by number: one line for each run of ids of one moment."""
    moments = {int(number, 16): moment for text in texts for moment, number in ID.findall(text)}
    lines: dict[str, list[int]] = {}
    for number, moment in sorted(moments.items()):
        lines.setdefault(moment, []).append(number)
    return "".join(f"{moment} {min(of)} {max(of)}\n" for moment, of in lines.items())


async def dumped(connection: Connection, schema: str) -> str:
    """The rows of one schema; empty when it has none."""
    await connection.execute("SET timezone = 'UTC'")
    names = [row["name"] for row in await connection.fetch(TABLES, schema)]
    texts = [await _table(connection, name) for name in names if name not in LEFT_OUT]
    return "\n".join(text for text in texts if text)


async def _table(connection: Connection, name: str) -> str:
    columns = [Column(**row) for row in await connection.fetch(COLUMNS, name)]
    key: Sequence[str] = await connection.fetchval(KEY, name) or [columns[0].name]
    values = ", ".join(column.literal(name) for column in columns)
    rows = await connection.fetch(f"SELECT {values} FROM {name} ORDER BY {', '.join(key)}")  # noqa: S608 - names of the schema
    if not rows:
        return ""
    names = ", ".join(column.name for column in columns)
    numbered = [column.name for column in columns if column.is_numbered]
    overriding = " OVERRIDING SYSTEM VALUE" if numbered else ""
    lines = ",\n".join("(" + ", ".join(quoted(value) for value in row) + ")" for row in rows)
    text = f"INSERT INTO {name} ({names}){overriding} VALUES\n{lines};\n"
    for column in numbered:
        sequence = await connection.fetchval("SELECT pg_get_serial_sequence($1, $2)", name, column)
        last = await connection.fetchval(f"SELECT last_value FROM {sequence}")  # noqa: S608 - as above
        text += f"SELECT setval('{sequence}', {last});\n"
    return text
