"""Looks at what the product needs and says what is wrong."""

import asyncio
import platform
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cinema.billing.settings import BillingSettings
from cinema.kit.clock import SystemClock
from cinema.kit.db import Database, Pools
from cinema.kit.errors import Unavailable
from cinema.kit.heartbeat import staff
from cinema.kit.migrate import revision
from cinema.kit.server import CLOCK_LEAD_MAX, clock_lead
from cinema.kit.settings import BadSetting
from cinema.main.clocks import build_clock
from cinema.main.contexts import WITH_WORK
from cinema.main.database import connected, database
from cinema.main.progress import Progress
from cinema.main.schema import newest_revision
from cinema.main.settings import AllSettings
from cinema.main.watch import ROOM_MIN, room
from cinema.main.wiring import build_cinema
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.providers.registry import build_providers
from cinema.payments.settings import ProviderSettings

PATIENCE_S = 5.0
WITH_UP = "not running; `cinema up` starts it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was looked at, and how it is."""

    what: str
    state: str
    is_well: bool = True


async def examine(settings: AllSettings, *, progress: Progress) -> int:
    """Prints a line for each finding; 1 when something needs attention."""
    problems = 0
    async for finding in _findings(settings):
        progress(f"{'ok  ' if finding.is_well else 'FAIL'} {finding.what:<12} {finding.state}")
        problems += not finding.is_well
    progress("All is well." if not problems else f"Needs attention: {problems}.")
    return 1 if problems else 0


async def _findings(settings: AllSettings) -> AsyncIterator[Finding]:
    process = settings.process
    yield Finding(what="Python", state=platform.python_version())
    yield Finding(what="environment", state=process.environment)
    yield room_in(process.data_folder, "data folder")
    if process.database_url is None:
        yield room_in(process.data_folder / "postgres", "its database")
    yield Finding(what="time", state=build_clock(process).now().isoformat(timespec="seconds"))
    try:
        async with database(process) as address, connected(await address(), size_max=2) as pools:
            db = Database(pools, owner="doctor")
            yield await _server(db, owner="ours" if process.database_url is None else "yours")
            yield clock_finding(await clock_lead(db, clock=SystemClock()))
            yield (schema := await _schema(db))
            await db.require_writable()
            if schema.is_well:
                yield await _workers(db, is_production=process.is_production)
                yield await _shop(settings, pools)
    except (Unavailable, BadSetting) as trouble:
        yield Finding(what="PostgreSQL", state=str(trouble), is_well=False)
    for provider in settings.providers:
        yield await _provider(settings, provider)
    yield await _mail(settings)


def room_in(folder: Path, what: str, *, room_min: int = ROOM_MIN) -> Finding:
    """The folder, and how much may still be written where it is or will be."""
    free = room(folder)
    wanted = "" if free >= room_min else f": at least {megabytes(room_min)} are needed"
    return Finding(what=what, state=f"{folder.absolute()}, {megabytes(free)} free{wanted}", is_well=free >= room_min)


def megabytes(count: int) -> str:
    return f"{count // 1_000_000:,} MB"


def clock_finding(lead: timedelta) -> Finding:
    """Both clocks are read at once; virtual time is another thing."""
    seconds = round(lead.total_seconds(), 1)
    is_well = abs(lead) <= CLOCK_LEAD_MAX
    state = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the database's"
    wanted = "" if is_well else f": at most {CLOCK_LEAD_MAX.seconds} s are borne; set both by NTP"
    return Finding(what="clock", state=state + wanted, is_well=is_well)


async def _server(db: Database, *, owner: str) -> Finding:
    async with db.read() as tx:
        version: str = await tx.value("SHOW server_version")
    return Finding(what="PostgreSQL", state=f"{version}, {owner}")


async def _schema(db: Database) -> Finding:
    found = await revision(db)
    is_well = (found or "") >= newest_revision()
    state = f"revision {found}" if found else "empty"
    return Finding(what="schema", state=state if is_well else f"{state}: run `cinema migrate`", is_well=is_well)


async def _workers(db: Database, *, is_production: bool) -> Finding:
    """Whether somebody works for every context. In development nobody has to, as long as nothing waits."""
    found = await staff(db, wanted=WITH_WORK, now=SystemClock().now())
    at_work = f"{found.workers} at work" if found.workers else "none at work"
    if not found.without:
        return Finding(what="workers", state=at_work)
    is_well = not (found.workers or found.waiting or is_production)
    line = f", events in line: {found.waiting}" if found.waiting else ""
    way_out = f"; nobody works for {', '.join(found.without)}{line}: start `cinema worker`"
    return Finding(what="workers", state=WITH_UP if is_well else at_work + way_out, is_well=is_well)


async def _shop(settings: AllSettings, pools: Pools) -> Finding:
    providers = build_providers(settings.parts)
    cinema = build_cinema(settings, pools=pools, clock=build_clock(settings.process), providers=providers)
    on_sale = (await cinema.billing.reader.plans()).items
    for provider in providers.values():
        await provider.close()
    return shop_finding(len(on_sale), currency=settings.of(BillingSettings).currency)


def shop_finding(count: int, *, currency: str) -> Finding:
    """Whether there is something to buy: ``count`` plans."""
    if count:
        return Finding(what="shop", state=f"{count} plans on sale in {currency}")
    reasons = "no plan is active, or all have their prices in another currency than CINEMA_BILLING_CURRENCY"
    return Finding(what="shop", state=f"nothing is on sale in {currency}: {reasons}", is_well=False)


async def _provider(settings: AllSettings, one: ProviderSettings) -> Finding:
    """Asks a provider for the payments of the last hour, which shows whether it knows us."""
    now = build_clock(settings.process).now()
    place = one.base_url if settings.has_own_provider else "stand-in"
    [provider] = build_providers([one]).values()
    try:
        await provider.list_payments(since=now - timedelta(hours=1), until=now)
    except Unavailable as trouble:
        state = trouble.detail if settings.has_own_provider else WITH_UP
        return Finding(what="payments", state=f"{place}: {state}", is_well=not settings.has_own_provider)
    finally:
        await provider.close()
    return Finding(what="payments", state=f"{place}, and it knows us")


async def _mail(settings: AllSettings) -> Finding:
    server = settings.of(NotificationsSettings).server
    place = f"{server.host}:{server.port}" if settings.has_own_mail else "stand-in"
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(server.host, server.port)
        writer.close()
    except OSError as error:
        state = f"no answer: {error.strerror or 'too slow'}" if settings.has_own_mail else WITH_UP
        return Finding(what="mail", state=f"{place}: {state}", is_well=not settings.has_own_mail)
    return Finding(what="mail", state=f"{place} answers")
