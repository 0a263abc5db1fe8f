"""The product in a process of its own, on a given database and at a given time: sells, renews, checks itself.

``renewing.py sell LOGIN PLAN`` plays one checkout, up to the notice of the next charge
with ``--told``; ``settle`` does what is due; ``work`` is a worker that ends when nothing
is due any more; ``check`` runs the invariants. The database and all settings come from the
environment, the time from ``--at``. The last line printed is JSON.
"""

import argparse
import asyncio
import cProfile
import gc
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import httpx2

from cinema.kit.clock import Clock, ManualClock, stopwatch_s
from cinema.kit.db import Pools
from cinema.kit.jobs import Job, drain
from cinema.kit.log import configure_logs
from cinema.kit.proving import check as prove
from cinema.kit.worker import work
from cinema.main.cli.running import GARBAGE
from cinema.main.collector import uncollected
from cinema.main.schema import require_current
from cinema.main.settings import AllSettings, load_all
from cinema.main.wiring import Cinema, build_cinema
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.domain.port import Provider
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.settings import PaymentsSettings
from machine import cpu_s, memory_bytes
from till import Till

URL = "http://cinema.test"
PASSWORD = "a long sentence nobody knows"  # noqa: S105 - of a viewer who does not exist
OFFENCE = 400

CONTEXTS = frozenset({"billing", "payments", "identity", "notifications"})
"""Who has work with a renewal."""

MAILS, SEAL, FORGET = "notifications.send", "billing.seal", ".forget_"
"""Jobs that are left out at times: handing mails over, sealing the ledger, and forgetting what is old."""

UNSENT = "no message is overdue"
"""The invariant that fails because mails are left out."""

LOOK_EVERY_S = 0.05

CHECK_MAX_S = 3_600.0
"""How long one invariant may take over a million subscriptions."""


class RunningClock:
    """Starts at a given time and goes on as the machine's does, so that leases end and ids grow."""

    def __init__(self, start: datetime) -> None:
        self._start = start
        self._since_s = stopwatch_s()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=stopwatch_s() - self._since_s)


@asynccontextmanager
async def product(clock: Clock, provider: Provider, *, settings: AllSettings) -> AsyncIterator[Cinema]:
    """The whole product, connected as a worker is, with another provider and no mail server."""
    process = settings.process
    assert process.database_url is not None
    pools = Pools(process.database_url.get_secret_value(), size_max=process.database_connections)
    with uncollected():
        await pools.open()
        cinema = build_cinema(
            settings, pools=pools, clock=clock, providers={provider.name: provider}, mailer=MemoryMailer()
        )
        await require_current(cinema.db)
        await cinema.start()
    try:
        yield cinema
    finally:
        await cinema.stop()
        await pools.close()


def jobs(cinema: Cinema, *without: str) -> list[Job]:
    """The jobs of a renewal's contexts, but those with ``without`` in their names. Raises LookupError for no job."""
    known = cinema.jobs(only=CONTEXTS)
    for name in without:
        if not any(name in one.name for one in known):
            raise LookupError(f"there is no job {name}")
    return [one for one in known if not any(name in one.name for name in without)]


async def settle(at: datetime, *, without: tuple[str, ...]) -> dict[str, Any]:
    """Does what is due, one thing after the other, until nothing is."""
    settings = load_all(env_file=None)
    clock = ManualClock(at)
    till = Till(clock=clock, name=settings.of(PaymentsSettings).provider)
    async with product(clock, till, settings=settings) as cinema:
        done = await drain(jobs(cinema, *without), waker=cinema.db.pools.waker, rounds_max=1_000_000)
    return {"done": done}


async def check(at: datetime) -> dict[str, Any]:
    """Every violation of the product's own invariants at that time."""
    settings = load_all(env_file=None)
    clock = ManualClock(at)
    violations: list[str] = []
    till = Till(clock=clock, name=settings.of(PaymentsSettings).provider)
    async with product(clock, till, settings=settings) as cinema:
        for module in cinema.modules:
            for one in module.invariants:
                if one.name != UNSENT:
                    checked = await prove(cinema.db, one, seconds=CHECK_MAX_S, is_whole=True)
                    if checked.is_cut_off:
                        raise RuntimeError(f"{one.number} {one.name} was not through after {checked.seconds:.0f} s")
                    violations += [f"{one.number} {one.name}: {text}" for text in checked.found]
    return {"violations": violations}


async def sell(at: datetime, *, login: str, plan: str, is_told: bool) -> dict[str, Any]:
    """A viewer signs up, buys and pays; with ``is_told`` time goes on until the next charge is announced."""
    settings = load_all(env_file=None)
    clock = ManualClock(at)
    provider = FakeProvider(clock=clock, name=settings.of(PaymentsSettings).provider)
    async with product(clock, provider, settings=settings) as cinema:

        async def settled() -> None:
            await drain(jobs(cinema, *([SEAL] if is_told else [])), waker=cinema.db.pools.waker)

        user_id = await _buy(cinema, provider, login=login, plan=plan, back=f"{settings.process.url}/back")
        await settled()
        if not is_told:
            return {}
        async with cinema.db.read() as tx:
            clock.advance(await tx.value(REMINDED, user_id) - clock.now())
        await settled()
        async with cinema.db.read() as tx:
            due: datetime = await tx.value(TOLD, user_id)
    return {"due": due.isoformat()}


async def _buy(cinema: Cinema, provider: FakeProvider, *, login: str, plan: str, back: str) -> str:
    """Over the product's own routes, from the registration to the notification of the payment."""
    transport = httpx2.ASGITransport(app=cinema.app)
    async with httpx2.AsyncClient(transport=transport, base_url=URL) as client:

        async def call(method: str, path: str, **options: Any) -> Any:
            answer = await client.request(method, path, **options)
            if answer.status_code >= OFFENCE:
                raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
            return answer.json() if answer.content else None

        account = {"login": login, "password": PASSWORD}
        more = {"email": f"{login}@viewers.example", "language": "en", "time_zone": "Europe/Moscow"}
        await call("POST", "/v1/auth/register", json=account | more)
        token = (await call("POST", "/v1/auth/login", json=account))["access_token"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"bench-{login}"}
        user_id = str((await call("GET", "/v1/me", headers=headers))["id"])
        order = {"plan": plan, "return_url": back, "save_method": True}
        await call("POST", "/v1/subscriptions", json=order, headers=headers)
        await drain(jobs(cinema, SEAL), waker=cinema.db.pools.waker)
        (provider_id,) = provider.payments
        provider.confirm(provider_id)
        message = provider.notification("payment.succeeded", provider_id)
        await call("POST", f"/v1/webhooks/{provider.name}", content=message)
    return user_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a worker is asked for: ``rows`` is how many rows each table has when all is renewed."""

    at: datetime
    rows: dict[str, int]
    server_pid: int
    within_s: float
    delay_s: float
    profile: str | None


async def renew(task: Task) -> dict[str, Any]:
    """A worker, until everything that was due is done; what it took. Raises RuntimeError when it takes too long."""
    settings = load_all(env_file=None)
    clock = RunningClock(task.at)
    till = Till(clock=clock, name=settings.of(PaymentsSettings).provider, delay_s=task.delay_s)
    async with product(clock, till, settings=settings) as cinema:
        look = await asyncpg.connect(cinema.db.pools.dsn, server_settings={"enable_seqscan": "off"})
        rss, own_s, server_s = memory_bytes(os.getpid())["rss"], time.process_time(), cpu_s([task.server_pid])
        with cProfile.Profile() if task.profile else nullcontext() as profile:
            worker = asyncio.create_task(work(jobs(cinema, MAILS), cinema.db))
            seconds = await _until_done(look, worker, task)
            worker.cancel()
        spent_s = time.process_time() - own_s, (cpu_s([task.server_pid]) or 0.0) - (server_s or 0.0)
        rss_after = memory_bytes(os.getpid())["rss"]
        if profile is not None and task.profile is not None:
            profile.dump_stats(task.profile)
        await look.close()
    return {
        "seconds": seconds,
        "own_cpu_s": spent_s[0],
        "server_cpu_s": spent_s[1],
        "rss_before": rss,
        "rss_after": rss_after,
        "charged": till.charged,
        "at_once_max": till.at_once_max,
    }


async def _until_done(look: "asyncpg.Connection[asyncpg.Record]", worker: "asyncio.Task[None]", task: Task) -> float:
    """The seconds until nothing was under way any more and all rows were there."""
    started_s = stopwatch_s()
    while True:
        await asyncio.wait({worker}, timeout=LOOK_EVERY_S)
        if worker.done():
            raise RuntimeError(f"the worker ended: {worker.exception()!r}")
        seconds = stopwatch_s() - started_s
        waits_for = await look.fetchval(UNDER_WAY, task.at)
        if waits_for is None and not (missing := await _missing(look, task.rows)):
            return seconds
        if seconds > task.within_s:
            raise RuntimeError(f"not done within {task.within_s:.0f} s: {waits_for or missing}")


async def _missing(look: "asyncpg.Connection[asyncpg.Record]", rows: dict[str, int]) -> str:
    for table, wanted in rows.items():
        found = await look.fetchval(f"SELECT count(*) AS bench_look FROM {table}")  # noqa: S608 - tables of our own
        if found < wanted:
            return f"{table} has {found} rows of {wanted}"
    return ""


REMINDED = "SELECT remind_at FROM billing.subscriptions WHERE user_id = $1"
TOLD = "SELECT told_charge_at FROM billing.subscriptions WHERE user_id = $1"

UNDER_WAY = """
SELECT what AS bench_look FROM (
  SELECT 'an event to handle' AS what WHERE EXISTS (SELECT FROM kit.inbox WHERE status = 'waiting')
  UNION ALL
  SELECT 'an event that failed' WHERE EXISTS (SELECT FROM kit.inbox WHERE status = 'postponed')
  UNION ALL
  SELECT 'a payment under way'
  WHERE EXISTS (SELECT FROM payments.payments WHERE status NOT IN ('succeeded', 'declined', 'canceled'))
  UNION ALL
  SELECT 'a subscription to act on'
  WHERE EXISTS (SELECT FROM billing.subscriptions WHERE status <> 'ended' AND next_attempt_at <= $1)
) AS found LIMIT 1
"""
"""Where something is, what is nearly always found comes first, so that looking costs little."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at", required=True, type=datetime.fromisoformat)
    verbs = parser.add_subparsers(dest="verb", required=True)
    selling = verbs.add_parser("sell")
    selling.add_argument("login")
    selling.add_argument("plan")
    selling.add_argument("--told", action="store_true")
    settling = verbs.add_parser("settle")
    settling.add_argument("--without", action="append", default=[])
    verbs.add_parser("check")
    working = verbs.add_parser("work")
    working.add_argument("--rows", required=True, type=json.loads)
    working.add_argument("--server-pid", required=True, type=int)
    working.add_argument("--within-s", required=True, type=float)
    working.add_argument("--delay-s", default=0.0, type=float)
    working.add_argument("--profile")
    chosen = parser.parse_args()
    configure_logs(level="warning")
    verb: dict[str, Callable[[], Awaitable[dict[str, Any]]]] = {
        "sell": lambda: sell(chosen.at, login=chosen.login, plan=chosen.plan, is_told=chosen.told),
        "settle": lambda: settle(chosen.at, without=tuple(chosen.without)),
        "check": lambda: check(chosen.at),
        "work": lambda: renew(
            Task(
                at=chosen.at,
                rows=chosen.rows,
                server_pid=chosen.server_pid,
                within_s=chosen.within_s,
                delay_s=chosen.delay_s,
                profile=chosen.profile,
            )
        ),
    }
    gc.set_threshold(GARBAGE, *gc.get_threshold()[1:])
    print(json.dumps(_run(verb[chosen.verb])), flush=True)
    sys.exit(0)


def _run(verb: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    async def whole() -> dict[str, Any]:
        return await verb()

    loop = None
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not there on Windows

        loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(whole())


if __name__ == "__main__":
    main()
