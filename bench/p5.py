"""P5: checkout to activation, against pgbench doing the same writes.

Ours: 16 viewers at a time create a subscription, are sent to the payment page, pay there,
the provider notifies us over HTTP, and the right to watch appears: all through one web
process and one worker. The peer: pgbench with as many clients writes the rows that one
such checkout writes, with the same commits, into equal tables with equal triggers on
the same server. Before the last line: how long one checkout takes when nothing else runs.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

import writes
from checkout import Checkouts, lookout
from cinema.kit.clock import stopwatch_s
from cinema.main.embedded import Server
from harness import Options, Run, Target, compare, expect, ms, quantile, run, say
from machine import cpu_s
from repeat import PgBench
from shop import Shop, open_shop
from stage import Service, check_invariants, copy_database, fresh_place, postgres, ready_database, serving
from viewers import CURRENCY, Mint, Viewer, minting

CLIENTS = 16
CHECKOUTS = 320
QUIET_CHECKOUTS = 100
WARM_UP = 48
RECORDED = 3
"""The last of so many checkouts is the one whose writes the peer repeats."""

CONTEXTS = ("payments", "billing", "identity")
"""The worker's contexts: what stands between the money and the right. Mails are another worker's."""

BY_BATCH = ("billing.ledger_seals", "billing.ledger_sealed", "billing.ledger_unsealed", "billing.ledger_balances")
"""Written once in two seconds for all checkouts together; left out of the peer's script, to its advantage."""

ADDED_P50_S, P99_TO_P50 = 0.025, 4.0
SETTLED_WITHIN_S = 30.0
BUSY_LOOK_S, QUIET_LOOK_S = 0.01, 0.001


@dataclass(slots=True, kw_only=True)
class Seller:
    """The service, and viewers who buy from it."""

    server: Server
    service: Service
    shop: Shop
    mint: Mint
    sold: int = 0
    lasted_s: list[float] = field(default_factory=list)

    async def run(self) -> Run:
        """One run under load."""
        viewers = await self.mint.viewers(CHECKOUTS)
        await self._checkpoint()
        before = self._cpu_s()
        lasted_s, each_s = await self.sell(viewers, clients=CLIENTS, look_s=BUSY_LOOK_S)
        spent = {name: after_s - before[name] for name, after_s in self._cpu_s().items()}
        self.lasted_s += each_s
        parts = ", ".join(f"{name} {one / CHECKOUTS * 1000:.1f}" for name, one in spent.items())
        return Run(
            value=CHECKOUTS / lasted_s,
            unit="checkouts/s",
            operations=CHECKOUTS,
            cpu_s=sum(spent.values()) if spent else None,
            remark=parts,
        )

    async def sell(self, viewers: list[Viewer], *, clients: int, look_s: float) -> tuple[float, list[float]]:
        """Lets them buy; returns the seconds of all and of each. Raises `Broken` unless everything is there."""
        dsn = self.server.dsn(self.service.database)
        async with lookout(dsn, every_s=look_s) as watch:
            checkouts = Checkouts(service_port=self.service.port, shop=self.shop, lookout=watch)
            lasted_s = await checkouts.run(viewers, clients=clients)
        await self.shop.settle()
        self.sold += len(viewers)
        await check_sold(dsn, self.sold)
        return lasted_s, checkouts.lasted_s

    async def _checkpoint(self) -> None:
        """Each run begins with the same work behind it, ours and the peer's."""
        connection = await asyncpg.connect(self.server.superuser_dsn(self.service.database))
        await connection.execute("CHECKPOINT")
        await connection.close()

    def _cpu_s(self) -> dict[str, float]:
        """What web, worker and PostgreSQL have used so far."""
        pid = self.server.pid
        assert pid is not None
        names = {"web": self.service.processes[0].pid, "worker": self.service.processes[1].pid, "PostgreSQL": pid}
        used = {name: cpu_s([one]) for name, one in names.items()}
        return {name: one for name, one in used.items() if one is not None}


async def bench(options: Options) -> str:
    async with fresh_place("p5") as place, postgres(place) as server, open_shop() as shop:
        await prepare(server, place)
        peer = await record(server, place, shop)
        async with selling(server, place, shop, database="cinema") as seller:
            await seller.sell(await seller.mint.viewers(WARM_UP), clients=CLIENTS, look_s=BUSY_LOOK_S)
            quiet = await time_alone(seller)
            last = await compare(
                target=Target(name="P5", sign=">=", value=0.2), ours=seller.run, peer=peer.run, pairs=options.pairs
            )
            p50, p99 = quantile(seller.lasted_s, 0.5), quantile(seller.lasted_s, 0.99)
            say(f"{CLIENTS} at a time: p50 {ms(p50)}, p99 {ms(p99)}")
        await check_invariants(server, place, database="cinema")
    say(quiet)
    return last


async def prepare(server: Server, place: Path) -> None:
    """Three equal databases: ours, the peer's, and one on which the writes are recorded."""
    await ready_database(server, place, name="cinema")
    for name in ("recorded", "peer"):
        await copy_database(server, source="cinema", name=name)


async def record(server: Server, place: Path, shop: Shop) -> PgBench:
    """Lets a few viewers buy, one after the other, and makes the last one's writes into the peer's script."""
    noted: list[writes.Write] = []
    superuser = await asyncpg.connect(server.superuser_dsn("recorded"))
    await writes.watch(superuser)
    tables = await writes.tables(superuser)
    shared = await superuser.fetch("SELECT id FROM billing.plans UNION SELECT id FROM billing.prices")
    async with selling(server, place, shop, database="recorded") as seller:
        viewers = await seller.mint.viewers(RECORDED)
        for viewer in viewers:
            await writes.take(superuser)
            await seller.sell([viewer], clients=1, look_s=QUIET_LOOK_S)
            noted = [one for one in await writes.take(superuser) if one.table not in BY_BATCH]
    await superuser.close()
    path = place / "checkout.sql"
    path.write_text(
        writes.script(noted, tables=tables, known=[str(row["id"]) for row in shared], user_id=str(viewers[-1].user_id))
    )
    commits = len({one.transaction for one in noted})
    names = ", ".join(sorted({one.table for one in noted}))
    say(f"one checkout writes {len(noted)} rows in {commits} commits: {names}")
    return PgBench(server=server, database="peer", script=path, clients=CLIENTS)


@asynccontextmanager
async def selling(server: Server, place: Path, shop: Shop, *, database: str) -> AsyncIterator[Seller]:
    """The service on ``database``, with viewers."""
    shop.forget()
    only = ",".join(CONTEXTS)
    async with (
        serving(server, place, database=database, shop=shop, only=only) as service,
        minting(server.dsn(database), issuer=f"http://127.0.0.1:{service.port}") as mint,
    ):
        yield Seller(server=server, service=service, shop=shop, mint=mint)


async def time_alone(seller: Seller) -> str:
    """How long a checkout takes that has the machine for itself."""
    viewers = await seller.mint.viewers(QUIET_CHECKOUTS)
    _, each_s = await seller.sell(viewers, clients=1, look_s=QUIET_LOOK_S)
    p50, p99 = quantile(each_s, 0.5), quantile(each_s, 0.99)
    is_quick = "ok" if p50 <= ADDED_P50_S else "short"
    is_even = "ok" if p99 <= P99_TO_P50 * p50 else "short"
    return (
        f"one at a time: p50 {ms(p50)} target <= {ms(ADDED_P50_S)} {is_quick}; "
        f"p99 {ms(p99)}, {p99 / p50:.1f} times p50, target <= {P99_TO_P50:.1f} {is_even}"
    )


async def check_sold(dsn: str, count: int) -> None:
    """Waits until nothing is under way and expects every trace of ``count`` checkouts. Raises `Broken`."""
    connection = await asyncpg.connect(dsn)
    try:
        since_s = stopwatch_s()
        while waiting := await connection.fetchval(UNDER_WAY, list(CONTEXTS)):
            expect(stopwatch_s() - since_s < SETTLED_WITHIN_S, f"nothing is under way; it was: {waiting}")
            await asyncio.sleep(0.02)
        found = await connection.fetchrow(TRACES, CURRENCY)
    finally:
        await connection.close()
    assert found is not None
    for name, number in found.items():
        wanted = 0 if name in {"balance", "parked"} else count
        expect(number == wanted, f"{wanted} {name.replace('_', ' ')}; there are {number}")


UNDER_WAY = """
SELECT string_agg(what, ', ') FROM (
  SELECT 'an event to handle' AS what
  WHERE EXISTS (SELECT FROM kit.inbox WHERE status IN ('waiting', 'postponed') AND group_name = ANY($1))
  UNION ALL
  SELECT 'a notification to handle' WHERE EXISTS (SELECT FROM payments.webhooks WHERE outcome IS NULL)
) AS found
"""

TRACES = """
SELECT (SELECT count(*) FROM billing.orders WHERE status = 'paid') AS paid_orders,
       (SELECT count(*) FROM billing.subscriptions WHERE status = 'active') AS active_subscriptions,
       (SELECT count(DISTINCT user_id) FROM billing.entitlements WHERE revoked_at IS NULL) AS viewers_with_a_right,
       (SELECT count(*) FROM billing.entitlements) AS rights,
       (SELECT count(*) FROM billing.charges WHERE status = 'succeeded') AS charges,
       (SELECT count(*) FROM billing.receipts) AS receipts,
       (SELECT count(*) FROM payments.payments WHERE status = 'succeeded') AS payments,
       (SELECT count(*) FROM payments.attempts WHERE result = 'accepted') AS attempts,
       (SELECT count(*) FROM payments.methods) AS saved_methods,
       (SELECT count(*) FROM payments.webhooks) AS notifications,
       (SELECT count(DISTINCT user_id) FROM identity.role_grants WHERE role = 'subscriber') AS subscribers,
       (SELECT count(*) FROM billing.ledger_entries WHERE kind = 'payment') AS ledger_entries,
       (SELECT sum(minor) FROM billing.ledger_postings WHERE currency = $1) AS balance,
       (SELECT count(*) FROM kit.inbox WHERE status = 'parked') AS parked
"""


if __name__ == "__main__":
    run(bench)
