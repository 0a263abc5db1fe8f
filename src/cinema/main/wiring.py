"""The composition root: contexts are built in order, so that a circle of calls cannot be made."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import getpid
from socket import gethostname
from typing import TypedDict

from fastapi import FastAPI

from cinema.billing.module import BillingFacades
from cinema.billing.module import build as build_billing
from cinema.billing.settings import BillingSettings
from cinema.catalog.module import CatalogFacades
from cinema.catalog.module import build as build_catalog
from cinema.identity.module import IdentityFacades
from cinema.identity.module import build as build_identity
from cinema.identity.settings import IdentitySettings
from cinema.kit.app import build_app
from cinema.kit.clock import Clock, SystemClock
from cinema.kit.db import Database, Pools
from cinema.kit.heartbeat import Worker, beat
from cinema.kit.ids import uuid7
from cinema.kit.invariants import kit_invariants
from cinema.kit.jobs import Job
from cinema.kit.module import Module
from cinema.kit.retention import Retention
from cinema.kit.texts import Texts
from cinema.kit.worker import jobs_of, tell, work
from cinema.main.about import about
from cinema.main.contexts import WITH_WORK
from cinema.main.front import front_routes
from cinema.main.handbook import handbook_routes
from cinema.main.health import health_routes
from cinema.main.invariants import cross_invariants
from cinema.main.settings import AllSettings
from cinema.main.speech import Spoken
from cinema.main.website import LOCALE, build_website
from cinema.notifications.mailers import Mailer
from cinema.notifications.module import NotificationsFacades
from cinema.notifications.module import build as build_notifications
from cinema.notifications.settings import NotificationsSettings
from cinema.payments.domain.port import Provider
from cinema.payments.module import PaymentsFacades
from cinema.payments.module import build as build_payments
from cinema.payments.providers.registry import build_providers
from cinema.payments.service.crash_points import Passes, no_crash
from cinema.payments.settings import PaymentsSettings
from cinema.playback.module import PlaybackFacades
from cinema.playback.module import build as build_playback
from cinema.playback.settings import PlaybackSettings
from cinema.web.app import Website


class Facades(TypedDict):
    """What each context is to others."""

    payments: PaymentsFacades
    catalog: CatalogFacades
    identity: IdentityFacades
    billing: BillingFacades
    playback: PlaybackFacades
    notifications: NotificationsFacades


@dataclass(frozen=True, slots=True, kw_only=True)
class Cinema:
    """The whole product, built; nothing runs yet."""

    db: Database
    clock: Clock
    modules: tuple[Module, ...]
    app: FastAPI
    payments: PaymentsFacades
    catalog: CatalogFacades
    identity: IdentityFacades
    billing: BillingFacades
    playback: PlaybackFacades
    notifications: NotificationsFacades
    retention: Retention

    def jobs(self, *, only: frozenset[str] | None = None) -> list[Job]:
        """All background work, or that of the contexts named in ``only``."""
        chosen = [module for module in self.modules if only is None or module.name in only]
        return jobs_of(chosen, db=self.db, clock=self.clock, retention=self.retention)

    async def work(self, *, only: frozenset[str] | None = None) -> None:
        """Does the `jobs` until canceled, and leaves a heartbeat all the while."""
        started_at = SystemClock().now()
        worker = Worker(
            worker_id=uuid7(started_at),
            host=gethostname(),
            pid=getpid(),
            contexts=only or WITH_WORK,
            started_at=started_at,
        )
        async with asyncio.TaskGroup() as group:
            group.create_task(beat(self.db.bound("kit"), worker), name="heartbeat")
            group.create_task(work(self.jobs(only=only), self.db), name="work")

    async def tell(self) -> None:
        """Until canceled, leaves all work to other processes and tells them of it."""
        await tell(self.db)

    async def start(self) -> None:
        """Starts every module; the database is connected."""
        for module in self.modules:
            await module.start()

    async def stop(self) -> None:
        """Stops every module, the last first."""
        for module in reversed(self.modules):
            await module.stop()


def build_cinema(
    settings: AllSettings,
    *,
    pools: Pools,
    clock: Clock,
    providers: Mapping[str, Provider] | None = None,
    mailer: Mailer | None = None,
    passes: Passes = no_crash,
) -> Cinema:
    """Builds all contexts on the database that ``pools`` lead to.

    ``providers`` and ``mailer`` take the place of those that the settings name;
    ``passes`` is told of each point of a call to a provider where the process may die.
    """
    db = Database(pools, owner="main", clock=clock)
    texts = Texts(LOCALE)
    identity = build_identity(db=db, clock=clock, settings=settings.of(IdentitySettings))
    payments = build_payments(
        db=db,
        clock=clock,
        settings=settings.of(PaymentsSettings),
        providers=build_providers(settings.parts) if providers is None else providers,
        contacts=identity.facades.contacts,
        public_url=settings.process.url,
        passes=passes,
    )
    catalog = build_catalog(db=db, clock=clock, pictures_folder=settings.process.data_folder / "pictures")
    billing = build_billing(
        db=db,
        clock=clock,
        settings=settings.of(BillingSettings),
        payments=payments.facades.payments,
        contacts=identity.facades.contacts,
        catalog=catalog.facades.catalog,
        public_url=settings.process.url,
    )
    playback = build_playback(
        db=db,
        clock=clock,
        settings=settings.of(PlaybackSettings),
        entitlements=billing.facades.entitlements,
        catalog=catalog.facades.catalog,
    )
    notifications = build_notifications(
        db=db,
        clock=clock,
        contacts=identity.facades.contacts,
        texts=texts,
        settings=settings.of(NotificationsSettings),
        mailer=mailer,
    )
    contexts = (payments, catalog, identity, billing, playback, notifications)
    modules = (*(context.module for context in contexts), _whole(db, clock))
    facades: Facades = {
        "payments": payments.facades,
        "catalog": catalog.facades,
        "identity": identity.facades,
        "billing": billing.facades,
        "playback": playback.facades,
        "notifications": notifications.facades,
    }
    website = build_website(settings, texts=texts, clock=clock, **facades)
    app = _app(modules, identity.facades, settings=settings, clock=clock, texts=texts, website=website)
    return Cinema(db=db, clock=clock, modules=modules, app=app, retention=settings.keep.retention, **facades)


def _whole(db: Database, clock: Clock) -> Module:
    """What belongs to no context."""
    return Module(
        name="main",
        routes=(front_routes(), handbook_routes(), health_routes(db=db, contexts=WITH_WORK)),
        invariants=(*kit_invariants(clock=clock), *cross_invariants()),
    )


def _app(
    modules: Sequence[Module],
    identity: IdentityFacades,
    *,
    settings: AllSettings,
    clock: Clock,
    texts: Texts,
    website: Website,
) -> FastAPI:
    return build_app(
        modules=modules,
        authenticator=identity.authenticator,
        clock=clock,
        origins=settings.web.allowed,
        about=about(keys_kept=settings.keep.retention.keys),
        languages=Spoken(texts),
        site=website,
    )
