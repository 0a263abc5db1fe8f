"""Billing, built: routes, consumers, jobs, invariants, and the answers it gives to others."""

from dataclasses import dataclass

from cinema.billing.consumers import consumers
from cinema.billing.domain.order import ORDERS, REFUNDS
from cinema.billing.domain.subscription import SUBSCRIPTIONS
from cinema.billing.http.admin import admin_routes
from cinema.billing.http.viewer import viewer_routes
from cinema.billing.invariants import invariants
from cinema.billing.jobs import jobs
from cinema.billing.service.books import Books
from cinema.billing.service.catalogue import ShopWindow
from cinema.billing.service.changes import Changes
from cinema.billing.service.checkout import Checkout
from cinema.billing.service.entitlements import EntitlementService
from cinema.billing.service.outcomes import Outcomes
from cinema.billing.service.refunds import Refunds
from cinema.billing.service.renewals import Renewals
from cinema.billing.settings import BillingSettings
from cinema.contracts.identity import Contacts
from cinema.contracts.payments import Payments
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Module


@dataclass(frozen=True, slots=True, kw_only=True)
class Billing:
    """The context and its facade."""

    module: Module
    entitlements: EntitlementService
    window: ShopWindow


def build(
    *,
    db: Database,
    clock: Clock,
    settings: BillingSettings,
    payments: Payments,
    contacts: Contacts,
    return_hosts: frozenset[str],
) -> Billing:
    """``return_hosts`` (``host`` or ``host:port``) are the only places that payers are sent back to."""
    own = db.bound("billing")
    window = ShopWindow(db=own, clock=clock, payments=payments, settings=settings)
    checkout = Checkout(
        db=own, clock=clock, payments=payments, contacts=contacts, settings=settings, return_hosts=return_hosts
    )
    changes = Changes(db=own, clock=clock, settings=settings)
    refunds = Refunds(db=own, clock=clock, payments=payments, settings=settings)
    renewals = Renewals(db=own, clock=clock, payments=payments, contacts=contacts, settings=settings)
    books = Books(db=own, clock=clock, settings=settings)
    entitlements = EntitlementService(db=own, currency=settings.currency)
    viewer = viewer_routes(
        db=own, window=window, checkout=checkout, changes=changes, refunds=refunds, entitlements=entitlements
    )
    module = Module(
        name="billing",
        routes=(viewer, admin_routes(window=window, refunds=refunds, books=books)),
        consumers=consumers(outcomes=Outcomes(clock=clock, settings=settings), refunds=refunds),
        jobs=jobs(checkout=checkout, renewals=renewals, books=books),
        invariants=invariants(clock=clock),
        machines=(ORDERS, REFUNDS, SUBSCRIPTIONS),  # type: ignore[arg-type] # a machine of one enum is a machine of enums
    )
    return Billing(module=module, entitlements=entitlements, window=window)
