"""Tables with many rows, and how many blocks a query of a store reads of them, however often it was asked before."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from cinema.kit.db import Row, Tx

EXECUTIONS = 7
"""After five PostgreSQL may settle on a plan that does not look at the values."""


class Blocks(Tx):
    """Runs each query of a store `EXECUTIONS` times as a prepared statement; keeps the most blocks that a run read."""

    __slots__ = ("_tx", "most", "plan")

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.now = tx.now
        self.most = 0
        self.plan = ""

    async def all(self, sql: str, *values: object) -> list[Row]:
        await self._tx.execute(f"PREPARE asked AS {sql}")
        for _ in range(EXECUTIONS):
            ((told,),) = await self._tx.all(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE asked {_literals(values)}"
            )
            whole = told[0]["Plan"]
            if (blocks := whole["Shared Hit Blocks"] + whole["Shared Read Blocks"]) >= self.most:
                self.most, self.plan = blocks, json.dumps(whole, indent=1)
        await self._tx.execute("DEALLOCATE asked")
        return []


async def copies(tx: Tx, table: str, count: int, changed: Mapping[str, str]) -> None:
    """Stores ``count`` copies of the table's first row; ``changed`` are columns with SQL over the number ``n``.

    Triggers do not run, so that nothing but this table grows.
    """
    pairs = ", ".join(f"'{name}', {value}" for name, value in changed.items())
    await tx.execute("SET LOCAL session_replication_role = replica")
    await tx.execute(
        f"""INSERT INTO {table} OVERRIDING SYSTEM VALUE
            SELECT (jsonb_populate_record(o.whole, jsonb_build_object({pairs}))).*
            FROM (SELECT t AS whole FROM {table} AS t LIMIT 1) AS o, generate_series(1, {count}) AS n"""  # noqa: S608 - a test's own text
    )


def _literals(values: Sequence[object]) -> str:
    return f"({', '.join(map(_literal, values))})" if values else ""


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, list):
        return "ARRAY[" + ", ".join(map(_literal, value)) + f"]::{_type(value[0])}[]"
    if isinstance(value, int):
        return str(value)
    return f"'{value}'::{_type(value)}"


def _type(value: Any) -> str:
    kinds = {UUID: "uuid", StrEnum: "text", str: "text", datetime: "timestamptz"}
    return next(name for kind, name in kinds.items() if isinstance(value, kind))
