"""How PostgreSQL would run the queries of a store, whatever values they are given."""

from cinema.kit.db import Row, Tx


class Plans(Tx):
    """Runs nothing: keeps the plan of each query that a store asks, made without looking at the values.

    Scans of whole tables are forbidden as far as an index will do, so that small tables
    are read like large ones. Tables get new files first, because the planner counts the
    pages of rows that are gone.
    """

    __slots__ = ("_tx", "found")

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.now = tx.now
        self.found: list[str] = []

    async def all(self, sql: str, *values: object) -> list[Row]:
        if not self.found:
            await self._tx.execute("SELECT tests.renew(0)")
        await self._tx.execute("SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_seqscan = off")
        await self._tx.execute(f"PREPARE asked AS {sql}")
        rows = await self._tx.all(f"EXPLAIN (COSTS OFF) EXECUTE asked ({', '.join(['NULL'] * len(values))})")
        await self._tx.execute("DEALLOCATE asked")
        self.found.append("\n".join(row[0] for row in rows))
        return []

    async def one(self, sql: str, *values: object) -> Row | None:
        await self.all(sql, *values)
        return None

    async def value(self, sql: str, *values: object) -> None:
        await self.all(sql, *values)

    async def execute(self, sql: str, *values: object) -> int:
        await self.all(sql, *values)
        return 0

    def slow(self) -> list[str]:
        """The plans that read a whole table, or read rows only to find that an absent filter lets them pass."""
        return [plan for plan in self.found if "Seq Scan" in plan or "IS NULL) OR" in plan]
