"""P7: renewing subscriptions that are all due at once, against one set-based transaction that writes the same rows.

Ours: a worker of the product, with a provider that answers at once, until every
subscription is renewed and everybody who listens has heard of it. The peer: SQL made of
what one renewal writes, for all of them together. Both on equal copies of one database.
Before the last line: how many statements and commits a renewal takes, and its rate with a
provider that takes 50 ms.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg

import counted
import wholesale
from cinema.kit.clock import stopwatch_s
from cinema.main.embedded import Server
from copies import row_counts
from due import DUE, Due, prepare, put_off, renewing
from harness import Options, Run, Switch, Target, compare, expect, run, say
from machine import cpu_s
from stage import copy_database, drop_database, fresh_place, postgres, superuser

SUBSCRIPTIONS, COUNTED, MOST = 20_000, 1_000, 1_000_000

CHECKED_AFTER = timedelta(hours=1, minutes=1)
"""What one context says and another has to have heard is compared an hour later."""

DELAY_S, IN_FLIGHT, SHARE = 0.05, 200, 0.8
SPARE_S, EACH_WITHIN_S = 120.0, 0.2


@dataclass(slots=True, kw_only=True)
class Renewals:
    """Runs of ours and of the peer, each on a database of its own."""

    server: Server
    place: Path
    due: Due
    runs: int = 0
    rates: list[float] = field(default_factory=list)
    costs_s: dict[str, float] = field(default_factory=dict)
    """CPU time of the last run of either side."""

    async def ours(self) -> Run:
        count = self.due.count
        async with self._fresh() as name:
            found = await self._work(name, count)
            await self._check(name, count)
        self.rates.append(count / found["seconds"])
        self._noted("ours", found["own_cpu_s"] + found["server_cpu_s"])
        own_ms, server_ms = (found[part] / count * 1000 for part in ("own_cpu_s", "server_cpu_s"))
        return Run(
            value=found["seconds"],
            unit="s",
            operations=count,
            cpu_s=found["own_cpu_s"] + found["server_cpu_s"],
            remark=f"worker {own_ms:.2f}, PostgreSQL {server_ms:.2f}, {self.rates[-1]:,.0f} renewals/s, "
            f"memory {mb(found['rss_before'])} to {mb(found['rss_after'])}",
        )

    async def peer(self, *, merged: bool = True) -> Run:
        """The SQL; unless ``merged``, with every change of a row that ours makes."""
        due, pid = self.due, self.server.pid
        assert pid is not None
        script = wholesale.script(
            due.renewal.noted, stencil=due.stencil, guarded=due.guarded, count=due.count, merged=merged
        )
        async with self._fresh() as name:
            connection = await asyncpg.connect(self.server.dsn(name))
            before_s, since_s = cpu_s([pid]), stopwatch_s()
            async with connection.transaction():
                for statement in script:
                    await connection.execute(statement)
            seconds, after_s = stopwatch_s() - since_s, cpu_s([pid])
            await connection.close()
            await self._check_rows(name, due.count)
        if before_s is not None and after_s is not None:
            self._noted("the peer", after_s - before_s)
        return Run(
            value=seconds,
            unit="s",
            operations=due.count,
            cpu_s=None if before_s is None or after_s is None else after_s - before_s,
            remark=f"{len(script)} statements, {due.count / seconds:,.0f} renewals/s",
        )

    async def slowly(self) -> str:
        """Ours with a provider that takes its time, against what that and the database allow."""
        more = {"CINEMA_PAYMENTS_CONCURRENCY": str(IN_FLIGHT)}
        async with self._fresh() as name:
            found = await self._work(name, self.due.count, "--delay-s", str(DELAY_S), more=more)
            await self._check(name, self.due.count)
        rate, bound, quick = self.due.count / found["seconds"], IN_FLIGHT / DELAY_S, max(self.rates)
        share = rate / min(bound, quick)
        return (
            f"provider at {DELAY_S * 1000:.0f} ms, {found['at_once_max']} in flight: {rate:,.0f} renewals/s, "
            f"{rate / bound:.2f} of the bound of {bound:,.0f}/s and {rate / quick:.2f} of the rate without; "
            f"of the lesser {share:.2f} target >= {SHARE:.2f} {'ok' if share >= SHARE else 'short'}"
        )

    async def count_statements(self, count: int, *, is_profiled: bool) -> None:
        """A run of some, on a server that counts; with a profile of the worker and the dearest statements."""
        path = self.place / "worker.profile"
        words = ["--profile", str(path)] if is_profiled else []
        async with self._fresh() as name:
            await put_off(self.server, name, at=self.due.at, but=count)
            await counted.count(
                self.server, name, lambda: self._work(name, count, *words), renewals=count, shown=is_profiled
            )
            await self._check(name, count)
        if is_profiled:
            counted.show(path)

    def _noted(self, side: str, cost_s: float) -> None:
        """Raises `Broken` when the peer costs more than ours: then a trigger or a plan in it does not scale."""
        self.costs_s[side] = cost_s
        ours_s, peer_s = (self.costs_s.get(one, 0.0) for one in ("ours", "the peer"))
        expect(
            not ours_s or peer_s <= ours_s,
            f"the peer costs less than ours; it takes {peer_s:.1f} s of CPU, ours {ours_s:.1f} s",
        )

    async def _work(self, name: str, count: int, *words: str, more: dict[str, str] | None = None) -> dict[str, Any]:
        """Lets a worker renew what is due. Raises `Broken` unless the provider is asked once for each."""
        due = self.due
        found = await renewing(
            self.server, self.place, name, due.at, "work", *words,
            "--rows", json.dumps(due.renewal.wanted(due.rows, count)),
            "--server-pid", str(self.server.pid),
            "--within-s", str(SPARE_S + EACH_WITHIN_S * count),
            more=more,
        )  # fmt: skip
        expect(found["charged"] == count, f"{count} charges; there were {found['charged']}")
        return found

    async def _check(self, name: str, count: int) -> None:
        """Every trace of so many renewals, each once, and the product's invariants. Raises `Broken`."""
        await self._check_rows(name, count)
        async with superuser(self.server, name) as connection:
            found = await connection.fetchrow(TRACES)
        assert found is not None
        for trace, number in found.items():
            wanted = count if trace in {"renewed_subscriptions", "paid_orders"} else 0
            expect(number == wanted, f"{wanted} {trace.replace('_', ' ')}; there are {number}")
        said = await renewing(self.server, self.place, name, self.due.at + CHECKED_AFTER, "check")
        expect(not said["violations"], f"no violation; there are {said['violations'][:5]}")

    async def _check_rows(self, name: str, count: int) -> None:
        """As many rows in each table as so many single renewals leave."""
        async with superuser(self.server, name) as connection:
            found = await row_counts(connection, self.due.rows)
        for table, wanted in self.due.renewal.wanted(self.due.rows, count).items():
            expect(found[table] == wanted, f"{wanted} rows in {table}; there are {found[table]}")

    @asynccontextmanager
    async def _fresh(self) -> AsyncIterator[str]:
        """A database where all are due; a checkpoint lies right behind it."""
        self.runs += 1
        name = f"run{self.runs}"
        await copy_database(self.server, source=DUE, name=name)
        try:
            yield name
        finally:
            await drop_database(self.server, name)


async def bench(options: Options) -> str:
    async with fresh_place("p7") as place:
        async with postgres(place) as server:
            since_s = stopwatch_s()
            due = await prepare(server, place, count=options.more["subscriptions"])
            is_counted = await counted.is_known(server)
        say(f"{due.count:,} subscriptions are due; made in {stopwatch_s() - since_s:.0f} s")
        say(due.renewal.sentence())
        if is_counted:
            async with postgres(place) as server:
                renewals = Renewals(server=server, place=place, due=due)
                count = min(options.more["counted"], due.count)
                await renewals.count_statements(count, is_profiled=bool(options.more["profile"]))
                await counted.no_more(server)
        async with postgres(place) as server:
            renewals = Renewals(server=server, place=place, due=due)
            target = Target(name="P7", sign="<=", value=3.0)
            last = await compare(target=target, ours=renewals.ours, peer=renewals.peer, pairs=options.pairs)
            say(f"the peer with every change of a row that ours makes: {await renewals.peer(merged=False)}")
            say(await renewals.slowly())
    return last


def mb(size: int) -> str:
    return f"{size / 1024 / 1024:.0f} MB"


TRACES = """
SELECT (SELECT count(*) FROM billing.subscriptions WHERE status = 'active' AND period_no = 1) AS renewed_subscriptions,
       (SELECT count(*) FROM billing.orders WHERE status = 'paid' AND period_no = 1) AS paid_orders,
       (SELECT count(*) FROM (SELECT FROM billing.orders WHERE status <> 'canceled'
                              GROUP BY subscription_id, period_no HAVING count(*) > 1) AS twice) AS orders_beside,
       (SELECT count(*) FROM payments.attempts WHERE sends > 1 OR settled_at IS NULL) AS charges_sent_again,
       (SELECT count(*) FROM payments.payments WHERE status <> 'succeeded') AS payments_under_way,
       (SELECT count(*) FROM kit.inbox WHERE status <> 'done') AS events_not_handled,
       (SELECT coalesce(sum(minor), 0) FROM billing.ledger_postings) AS kopecks_off_balance
"""

if __name__ == "__main__":
    run(
        bench,
        Switch(name="subscriptions", usual=SUBSCRIPTIONS, most=MOST, text="how many are due"),
        Switch(
            name="counted", usual=COUNTED, most=MOST, text="how many of them are renewed while statements are counted"
        ),
        Switch(name="profile", usual=0, most=1, text="1: show the dearest statements and functions"),
    )
