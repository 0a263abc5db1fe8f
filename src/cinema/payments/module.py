"""Builds payments out of its parts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from cinema.contracts.identity import Contacts
from cinema.contracts.payments import Payments, PaymentsReader, Wallet
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.module import Built, Module
from cinema.kit.returning import home_of
from cinema.payments.consumers import build_consumers
from cinema.payments.domain.binding import BINDINGS
from cinema.payments.domain.payment import PAYMENTS
from cinema.payments.domain.port import Provider
from cinema.payments.domain.receipt import RECEIPTS
from cinema.payments.domain.refund import REFUNDS
from cinema.payments.http import build_routes
from cinema.payments.invariants import build_invariants
from cinema.payments.jobs import build_jobs
from cinema.payments.service.binding import Bindings
from cinema.payments.service.charge import Charges
from cinema.payments.service.comparison import Comparison
from cinema.payments.service.crash_points import Passes, no_crash
from cinema.payments.service.facade import PaymentsFacade
from cinema.payments.service.forgetting import Forgetting
from cinema.payments.service.intake import Intake
from cinema.payments.service.limits import Limits
from cinema.payments.service.methods import Methods
from cinema.payments.service.reading import Reader
from cinema.payments.service.receipts import Receipts
from cinema.payments.service.reconcile import Reconciler
from cinema.payments.service.record import Recorder
from cinema.payments.service.record_refund import RefundRecorder
from cinema.payments.service.refund import Refunds
from cinema.payments.service.wallet import WalletService
from cinema.payments.service.webhooks import Webhooks
from cinema.payments.settings import PaymentsSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsFacades:
    """What payments is to others, and to commands."""

    payments: Payments
    reader: PaymentsReader
    wallet: Wallet
    comparison: Comparison


def build(
    *,
    db: Database,
    clock: Clock,
    settings: PaymentsSettings,
    providers: Mapping[str, Provider],
    contacts: Contacts,
    public_url: str,
    passes: Passes = no_crash,
) -> Built[PaymentsFacades]:
    """Builds payments; ``providers`` by name, of which ``settings.provider`` takes new payments.

    ``public_url`` is where browsers reach the cinema: owners of methods are sent nowhere else.
    Raises ValueError when that provider is missing.
    """
    _demand_default(settings, providers)
    db = db.bound("payments")
    recorder = Recorder(db=db, passes=passes)
    tried_for = timedelta(days=settings.refund_days_tried)
    refund_recorder = RefundRecorder(db=db, tried_for=tried_for, passes=passes)
    charges = Charges(
        db=db, clock=clock, providers=providers, default_provider=settings.provider, recorder=recorder, passes=passes
    )
    reconciler = Reconciler(db=db, clock=clock, providers=providers, recorder=recorder, passes=passes)
    refunds = Refunds(
        db=db, clock=clock, providers=providers, recorder=refund_recorder, tried_for=tried_for, passes=passes
    )
    bindings = Bindings(
        db=db,
        clock=clock,
        providers=providers,
        default_provider=settings.provider,
        return_hosts=home_of(public_url),
        contacts=contacts,
        passes=passes,
    )
    receipts = Receipts(db=db, clock=clock, providers=providers)
    methods = Methods(db=db)
    wallet = WalletService(db=db, methods=methods, bindings=bindings)
    limits = Limits(db=db, providers=providers, default_provider=settings.provider)
    reader = Reader(db=db)
    intake = Intake(db=db, clock=clock, providers=providers, queue_max=settings.webhook_queue)
    webhooks = Webhooks(
        db=db, clock=clock, providers=providers, recorder=recorder, refund_recorder=refund_recorder, bindings=bindings
    )

    module = Module(
        name="payments",
        routes=(build_routes(reader=reader, wallet=wallet, intake=intake),),
        consumers=build_consumers(charges=charges, refunds=refunds, receipts=receipts, methods=methods),
        jobs=build_jobs(
            charges=charges,
            reconciler=reconciler,
            refunds=refunds,
            receipts=receipts,
            bindings=bindings,
            webhooks=webhooks,
            forgetting=Forgetting(db=db),
            settings=settings,
        ),
        invariants=build_invariants(clock=clock),
        machines=(PAYMENTS, REFUNDS, RECEIPTS, BINDINGS),  # type: ignore[arg-type] # a machine of one enum is a machine of enums
        start=intake.start,
        stop=_stopping(intake, providers),
    )
    payments = PaymentsFacade(db=db, charges=charges, refunds=refunds, methods=methods, limits=limits)
    comparison = Comparison(db=db, clock=clock, providers=providers)
    facades = PaymentsFacades(payments=payments, reader=reader, wallet=wallet, comparison=comparison)
    return Built(module=module, facades=facades)


def _demand_default(settings: PaymentsSettings, providers: Mapping[str, Provider]) -> None:
    if settings.provider not in providers:
        raise ValueError(f"there is no payment provider {settings.provider!r}; known are {sorted(providers)}")


def _stopping(intake: Intake, providers: Mapping[str, Provider]) -> Callable[[], Awaitable[None]]:
    async def stop() -> None:
        await intake.stop()
        for provider in providers.values():
            await provider.close()

    return stop
