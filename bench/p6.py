"""P6: taking notifications in, against a handler that does nothing but store them.

Ours: `cinema web` checks where a notification comes from, reads it, stores it and answers
200 once it is on the disk. The peer: Starlette and asyncpg with one INSERT for each
request, under the same server. Both get the same bytes from the same load generator, a
process of its own, over as many connections; and every 200 must have its row.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from cinema.kit.ids import uuid7
from cinema.main.embedded import Server
from cinema.main.ports import free_port
from harness import Broken, Options, Run, Target, compare, expect, ms, run, say
from load import LIMIT_S, Sent
from machine import cpu_s
from shop import SHOP_ID, notification, open_shop, paid
from stage import Process, environment, fresh_place, postgres, ready_database, serving, start_program, until_ready

BENCH = Path(__file__).parent
CONNECTIONS = 32
NOTIFICATIONS = 8_000
WARM_UP = 1_000
HALF = 4
"""Connections that bring about half of the load, for the time that one takes then."""

SLOWEST_S = 0.05

BATCHED = 1.3
"""What the same ratio should be where one commit stores many notifications, as ours does under load."""


@dataclass(slots=True, kw_only=True)
class Door:
    """A server that takes notifications, and the query that counts what it has stored."""

    server: Server
    process: Process
    port: int
    path: str
    count: str
    stored: int = 0

    async def run(self) -> Run:
        """One run under full load."""
        sent, spent_s = await self.take(NOTIFICATIONS, connections=CONNECTIONS)
        return Run(
            value=NOTIFICATIONS / sent.lasted_s,
            unit="notifications/s",
            operations=NOTIFICATIONS,
            cpu_s=spent_s,
            remark=f"p50 {ms(sent.p50_s)}, p99 {ms(sent.p99_s)}",
        )

    async def take(self, count: int, *, connections: int) -> tuple[Sent, float | None]:
        """Sends so many; returns what came back and the CPU that it took. Raises `Broken` when a row is missing."""
        bodies = notifications(count)
        connection = await asyncpg.connect(self.server.superuser_dsn("cinema"))
        try:
            await connection.execute("CHECKPOINT")
            before_s = self._cpu_s()
            sent = await send(bodies, port=self.port, path=self.path, connections=connections)
            after_s = self._cpu_s()
            expect(sent.statuses == {"200": count}, f"{count} answers are 200; they are {sent.statuses}")
            self.stored += count
            rows = await connection.fetchval(self.count)
        finally:
            await connection.close()
        expect(rows == self.stored, f"{self.stored} rows for as many answers; there are {rows}")
        return sent, None if before_s is None or after_s is None else after_s - before_s

    def _cpu_s(self) -> float | None:
        assert self.server.pid is not None
        return cpu_s([self.process.pid, self.server.pid])


async def bench(options: Options) -> str:
    async with (
        fresh_place("p6") as place,
        postgres(place) as server,
        open_shop() as shop,
    ):
        await ready_database(server, place, name="cinema")
        async with (
            serving(server, place, database="cinema", shop=shop, worker=False) as service,
            bare(server, place) as peer,
        ):
            ours = Door(
                server=server,
                process=service.processes[0],
                port=service.port,
                path="/v1/webhooks/yookassa",
                count="SELECT count(*) FROM payments.webhooks",
            )
            for door in (ours, peer):
                await door.take(WARM_UP, connections=CONNECTIONS)
            last = await compare(
                target=Target(name="P6", sign=">=", value=0.8), ours=ours.run, peer=peer.run, pairs=options.pairs
            )
            ratio = float(last.split()[1])
            say(Target(name="its commits take many at once:", sign=">=", value=BATCHED).verdict(ratio))
            sent, _ = await ours.take(NOTIFICATIONS // 4, connections=HALF)
            slow_s = sent.p99_s
            rate = NOTIFICATIONS // 4 / sent.lasted_s
            verdict = "ok" if slow_s <= SLOWEST_S else "short"
            say(f"over {HALF} connections, {rate:,.0f}/s: p99 {ms(slow_s)} target <= {ms(SLOWEST_S)} {verdict}")
    return last


@asynccontextmanager
async def bare(server: Server, place: Path) -> AsyncIterator[Door]:
    """The peer, running."""
    port = free_port()
    variables = environment(place) | {"BARE_DSN": server.dsn("cinema")}
    process = start_program(variables, place, str(BENCH / "bare.py"), str(port))
    try:
        await until_ready(port, [process])
        yield Door(server=server, process=process, port=port, path="/", count="SELECT count(*) FROM bare_webhooks")
    finally:
        process.stop()


async def send(bodies: list[bytes], *, port: int, path: str, connections: int) -> Sent:
    """Has the load generator send them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(BENCH / "load.py"), str(port), path, str(connections),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(LIMIT_S + 30):
        said, _ = await process.communicate(b"\n".join(bodies))
    if process.returncode:
        raise Broken("the load generator failed")
    return Sent(**json.loads(said))


def notifications(count: int) -> list[bytes]:
    """So many, each about a payment of its own."""
    now = datetime.now(UTC)
    made = now.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
    return [
        notification(
            paid(
                {
                    "id": str(uuid7(now)),
                    "amount": {"value": "399.00", "currency": "RUB"},
                    "description": "Month",
                    "recipient": {"account_id": SHOP_ID, "gateway_id": "2000001"},
                    "created_at": made,
                    "test": True,
                    "metadata": {"payment_id": str(uuid7(now))},
                },
                method_id=str(uuid7(now)),
            )
        )
        for _ in range(count)
    ]


if __name__ == "__main__":
    run(bench)
