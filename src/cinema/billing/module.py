"""Billing, built: routes, consumers, jobs, invariants, and the answers it gives to others."""

from dataclasses import dataclass

from cinema.billing.consumers import consumers
from cinema.billing.domain.order import ORDERS, REFUNDS
from cinema.billing.domain.subscription import RENEWALS, SUBSCRIPTIONS
from cinema.billing.http.admin import admin_routes
from cinema.billing.http.promises import promise_routes
from cinema.billing.http.viewer import viewer_routes
from cinema.billing.invariants import invariants
from cinema.billing.jobs import jobs
from cinema.billing.service.bookkeeping import Bookkeeping
from cinema.billing.service.checkout import Checkout
from cinema.billing.service.choices import Choices
from cinema.billing.service.entitlements import EntitlementService
from cinema.billing.service.links import Links
from cinema.billing.service.plans import Plans
from cinema.billing.service.purchases import PurchaseService, SubscribingService
from cinema.billing.service.reading import Reader
from cinema.billing.service.refunds import Refunds
from cinema.billing.service.renewals import Renewals
from cinema.billing.service.settling import Settling
from cinema.billing.settings import BillingSettings
from cinema.contracts.billing import BillingReader, Entitlements, Purchases, Subscribing
from cinema.contracts.catalog import Catalog
from cinema.contracts.identity import Contacts
from cinema.contracts.payments import Payments
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module
from cinema.kit.returning import home_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingFacades:
    """What billing is to others, and to commands."""

    entitlements: Entitlements
    reader: BillingReader
    purchases: Purchases
    subscribing: Subscribing
    plans: Plans


def build(
    *,
    db: Database,
    clock: Clock,
    settings: BillingSettings,
    payments: Payments,
    contacts: Contacts,
    catalog: Catalog,
    public_url: str,
) -> Built[BillingFacades]:
    """``public_url`` is where browsers reach the cinema: payers are sent nowhere else."""
    own = db.bound("billing")
    links = Links(base_url=public_url)
    reader = Reader(db=own, payments=payments, settings=settings, links=links)
    checkout = Checkout(
        db=own,
        clock=clock,
        payments=payments,
        contacts=contacts,
        catalog=catalog,
        settings=settings,
        return_hosts=home_of(public_url),
        links=links,
    )
    refunds = Refunds(db=own, payments=payments, settings=settings)
    choices = Choices(payments=payments, contacts=contacts, settings=settings)
    renewals = Renewals(db=own, payments=payments, contacts=contacts, settings=settings)
    bookkeeping = Bookkeeping(db=own, settings=settings)
    purchases = PurchaseService(db=own, checkout=checkout, refunds=refunds)
    subscribing = SubscribingService(db=own, choices=choices)
    viewer = viewer_routes(reader=reader, purchases=purchases, subscribing=subscribing)
    staff = admin_routes(db=own, reader=reader, refunds=refunds)
    module = Module(
        name="billing",
        routes=(viewer, promise_routes(reader=reader, purchases=purchases), staff),
        consumers=consumers(settling=Settling(settings=settings), refunds=refunds, renewals=renewals, choices=choices),
        jobs=jobs(checkout=checkout, renewals=renewals, bookkeeping=bookkeeping),
        invariants=invariants(clock=clock),
        machines=(ORDERS, REFUNDS, SUBSCRIPTIONS, RENEWALS),  # type: ignore[arg-type] # a machine of one enum is a machine of enums
    )
    facades = BillingFacades(
        entitlements=EntitlementService(db=own, settings=settings),
        reader=reader,
        purchases=purchases,
        subscribing=subscribing,
        plans=Plans(db=own, clock=clock, currency=settings.currency),
    )
    return Built(module=module, facades=facades)
