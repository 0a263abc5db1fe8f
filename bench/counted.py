"""Statements and commits of a renewal, counted by the server in a run that is not timed."""

import pstats
from collections.abc import Awaitable, Callable
from io import StringIO
from pathlib import Path

from cinema.main.embedded import Server
from harness import say
from stage import superuser

COUNTER = "pg_stat_statements"
SHOWN = 25


async def is_known(server: Server) -> bool:
    """Whether this PostgreSQL has what counts; once it was started again, it does."""
    async with superuser(server, "postgres") as connection:
        found = await connection.fetchval("SELECT count(*) FROM pg_available_extensions WHERE name = $1", COUNTER)
        if found:
            await connection.execute(f"ALTER SYSTEM SET shared_preload_libraries = '{COUNTER}'")
    return bool(found)


async def no_more(server: Server) -> None:
    """From the next start on nothing is counted, since counting costs time."""
    async with superuser(server, "postgres") as connection:
        await connection.execute("ALTER SYSTEM RESET shared_preload_libraries")


async def count(server: Server, name: str, run: Callable[[], Awaitable[object]], *, renewals: int, shown: bool) -> None:
    """Says what ``run`` asks of the database ``name`` for each renewal; the dearest statements if ``shown``."""
    async with superuser(server, name) as connection:
        await connection.execute(f"CREATE EXTENSION {COUNTER}")
        await connection.execute(f"SELECT {COUNTER}_reset()")
        await run()
        totals = await connection.fetchrow(TOTALS)
        dearest = await connection.fetch(DEAREST, SHOWN)
    assert totals is not None
    say(
        f"{renewals} renewals together take {totals['statements'] / renewals:.2f} statements "
        f"and {totals['commits'] / renewals:.2f} commits each, {totals['ms'] / renewals:.2f} ms in the server, "
        f"{totals['wal'] / renewals / 1024:.1f} KB of its log"
    )
    if shown:
        say("   calls       ms   rows   KB of log, each for a renewal")
        for row in dearest:
            each = [row[part] / renewals for part in ("calls", "ms", "rows")]
            text = " ".join(row["query"].split())
            say(f"{each[0]:8.3f} {each[1]:8.3f} {each[2]:6.2f} {row['wal'] / renewals / 1024:6.2f}  {text[:150]}")


def show(path: Path) -> None:
    """The functions that took most, of a profile."""
    for order in ("tottime", "cumulative"):
        text = StringIO()
        pstats.Stats(str(path), stream=text).strip_dirs().sort_stats(order).print_stats(SHOWN)
        say(text.getvalue().strip())


OURS = "dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query NOT LIKE '%bench_look%'"

TOTALS = f"""
SELECT sum(calls)::bigint AS statements, sum(total_exec_time) AS ms, sum(wal_bytes)::bigint AS wal,
       coalesce(sum(calls) FILTER (WHERE query ILIKE 'commit%'), 0)::bigint AS commits
FROM {COUNTER} WHERE {OURS}
"""  # noqa: S608 - names of our own

DEAREST = f"""
SELECT calls, total_exec_time AS ms, rows, wal_bytes::bigint AS wal, query FROM {COUNTER} WHERE {OURS}
ORDER BY total_exec_time DESC LIMIT $1
"""  # noqa: S608 - names of our own
