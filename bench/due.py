"""A database with many subscriptions that are due, and what one renewal writes into it."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import writes
from cinema.main.embedded import Server
from copies import Copier, added, counted_up, everything, ids_in, row_counts
from harness import ROOT, Broken, expect
from renewing import FORGET, MAILS
from stage import copy_database, drop_database, environment, ready_database, superuser
from stencil import DIGITS, LOGIN, Stencil, tables

OPENING = datetime(2026, 3, 1, 9, tzinfo=UTC)
"""When the cinema of this benchmark begins."""

SEED, DUE, NOTED = "seed", "due", "noted"
"""Databases: where one viewer's rows come from; many viewers, all due; the same with one, whose renewal is noted."""

PUT_OFF = timedelta(days=10)
SHORTLY = timedelta(minutes=1)
"""So long before the charges all else is done: the ledger is sealed, the month's partitions are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """What one renewal writes. ``rows`` are the rows that each table has more afterwards."""

    noted: Sequence[writes.Write]
    rows: Mapping[str, int]
    by_batch: frozenset[str]
    """Tables with rows that are nobody's own, and so are written once for many."""

    def wanted(self, before: Mapping[str, int], count: int) -> dict[str, int]:
        """How many rows the tables have after ``count`` renewals."""
        return {name: before[name] + more * count for name, more in self.rows.items() if name not in self.by_batch}

    def sentence(self) -> str:
        rows = ", ".join(f"{name} {more}" for name, more in self.rows.items() if more)
        changes = Counter(one.table for one in self.noted if one.old and one.new)
        changed = ", ".join(f"{name} {count}" for name, count in sorted(changes.items()))
        commits = len({one.transaction for one in self.noted})
        return f"one renewal alone takes {commits} commits, adds rows: {rows}; changes rows: {changed}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The database `DUE`: its viewers, when they are due, and how many rows each table has before that."""

    count: int
    at: datetime
    rows: Mapping[str, int]
    stencil: Stencil
    renewal: Renewal
    guarded: frozenset[str]


async def prepare(server: Server, place: Path, *, count: int) -> Due:
    """Plays one checkout, copies what it left, and notes one renewal."""
    await ready_database(server, place, name=SEED)
    await renewing(server, place, SEED, OPENING, "sell", "first", "year")
    await copy_database(server, source=SEED, name=DUE)
    async with superuser(server, SEED) as connection:
        before = await everything(connection)
        stencil = Stencil(shared=ids_in(before), tables=await tables(connection))
    told = await renewing(server, place, SEED, OPENING, "sell", f"{LOGIN}{'0' * DIGITS}", "month", "--told")
    at = datetime.fromisoformat(told["due"])
    async with superuser(server, SEED) as connection:
        rows = added(before, await everything(connection), stencil=stencil)
    async with superuser(server, DUE) as connection:
        base = await counted_up(connection, stencil.tables)
        await Copier(rows=rows, stencil=stencil, count=count, base=base).write(connection)
    await renewing(server, place, DUE, at - SHORTLY, "settle")
    said = await renewing(server, place, DUE, at - SHORTLY, "check")
    expect(not said["violations"], f"copies without a violation; there are {said['violations'][:5]}")
    async with superuser(server, DUE) as connection:
        await connection.execute("VACUUM ANALYZE")
        counts = await row_counts(connection, stencil.tables)
        guarded = {row["entity"] for row in await connection.fetch("SELECT DISTINCT entity FROM kit.moves")}
    renewal = await _noted(server, place, at, counts, stencil)
    return Due(count=count, at=at, rows=counts, stencil=stencil, renewal=renewal, guarded=frozenset(guarded))


async def _noted(server: Server, place: Path, at: datetime, before: Mapping[str, int], stencil: Stencil) -> Renewal:
    """Lets one viewer's subscription be renewed, everything one after the other."""
    await copy_database(server, source=DUE, name=NOTED)
    await put_off(server, NOTED, at=at, but=1)
    async with superuser(server, NOTED) as connection:
        await writes.watch(connection)
        await renewing(server, place, NOTED, at, "settle", "--without", MAILS, "--without", FORGET)
        noted = await writes.take(connection)
        after = await row_counts(connection, before)
    await drop_database(server, NOTED)
    nobodys = {one.table for one in noted if not stencil.is_own(one.old or one.new)}
    rows = {name: after[name] - before[name] for name in before}
    return Renewal(noted=noted, rows=rows, by_batch=frozenset(nobodys))


async def put_off(server: Server, name: str, *, at: datetime, but: int) -> None:
    """Lets all but the first so many viewers be due some days later."""
    async with superuser(server, name) as connection:
        await connection.execute(PUT_OFF_OTHERS, at, PUT_OFF, DIGITS, f"{but:0{DIGITS}x}")


async def renewing(
    server: Server, place: Path, name: str, at: datetime, *words: str, more: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What `renewing.py` says at the end. Raises `Broken` when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "bench" / "renewing.py"), "--at", at.isoformat(), *words,
        env=environment(place, dsn=server.dsn(name)) | dict(more or {}), cwd=place,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate()
    said = output.decode(errors="replace")
    if process.returncode:
        raise Broken(f"`renewing.py {' '.join(words)[:80]}`: {said[-1500:]}")
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    return found


PUT_OFF_OTHERS = """
UPDATE billing.subscriptions SET next_attempt_at = next_attempt_at + $2
WHERE status <> 'ended' AND next_attempt_at <= $1 AND right(id::text, $3) > $4
"""
