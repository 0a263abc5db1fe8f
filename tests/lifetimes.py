"""What lives longer than a test, and how nothing of one test comes to the next."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Any

from cinema.kit.db import Pools
from cinema.kit.wake import Waker

LEARN = """
CREATE SCHEMA tests;
CREATE VIEW tests.tables AS
  SELECT oid, oid::regclass::text AS name, relispartition, reltuples FROM pg_class
  WHERE relkind IN ('r', 'p')
    AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'pg_toast', 'information_schema', 'public');
CREATE VIEW tests.counters AS
  SELECT seqrelid, seqstart FROM pg_sequence WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;

-- Gives new files to the tables that are larger than `bytes`, or were analysed.
CREATE FUNCTION tests.renew(bytes bigint) RETURNS void LANGUAGE plpgsql
  SET session_replication_role = replica  -- append-only tables are emptied too
AS $$
DECLARE
  names text := (SELECT string_agg(name, ', ') FROM tests.tables WHERE pg_relation_size(oid) > bytes OR reltuples >= 0);
BEGIN
  IF names IS NOT NULL THEN
    EXECUTE 'TRUNCATE ' || names || ' CASCADE';
  END IF;
END $$;

DO $$
DECLARE
  deletes text := (SELECT string_agg(format('DELETE FROM %s', name), '; ') FROM tests.tables WHERE NOT relispartition);
BEGIN
  EXECUTE 'CREATE FUNCTION tests.empty() RETURNS void LANGUAGE plpgsql
    SET session_replication_role = replica
    AS ' || quote_literal(
      'BEGIN
         PERFORM tests.renew(65536);
         ' || deletes || ';
         PERFORM setval(seqrelid, seqstart, false) FROM tests.counters;
       END');
END $$
"""
"""Makes ``tests.empty()``, which deletes the rows of every table.

TRUNCATE would make new files for each table and each index, which takes ten times as long
for a few rows, and every connection would have to plan its statements again. Only what
has grown gets new files, lest the next tests read past what is dead.
"""


async def learn_tables(pools: Pools) -> None:
    """Once for a migrated database: how it is emptied."""
    async with pools.writer.acquire() as connection:
        await connection.execute(LEARN)


async def begin_anew(pools: Pools) -> None:
    """An empty database, whose numbers begin with one again, and no wake-up call from before."""
    pools.waker = Waker()
    async with pools.writer.acquire() as connection:
        await connection.execute("SELECT tests.empty()")


def in_use(pools: Pools) -> int:
    """How many connections somebody holds."""
    return sum(pool.get_size() - pool.get_idle_size() for pool in (pools.writer, pools.reader))


async def stop_all_but(known: "AbstractSet[asyncio.Task[Any]]") -> list[str]:
    """Cancels the tasks that are not among ``known``; returns what they were."""
    left = [task for task in asyncio.all_tasks() - known if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    return sorted(f"{task.get_name()}: {task.get_coro()}" for task in left)
