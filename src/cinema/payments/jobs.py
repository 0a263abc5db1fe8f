"""Due work of payments."""

from datetime import timedelta

from cinema.kit.jobs import Job, work_off
from cinema.payments.service.charge import Charges, Claim
from cinema.payments.service.inbox import WebhookInbox
from cinema.payments.service.intake import WEBHOOK_JOB
from cinema.payments.service.reconcile import Reconciler
from cinema.payments.service.record import BATCH, CHARGE_JOB, RECONCILE_JOB
from cinema.payments.service.refund import REFUND_JOB, RefundClaim, Refunds
from cinema.payments.settings import PaymentsSettings


def build_jobs(
    *,
    charges: Charges,
    reconciler: Reconciler,
    refunds: Refunds,
    inbox: WebhookInbox,
    settings: PaymentsSettings,
) -> tuple[Job, ...]:
    """The jobs of payments; any number of workers may run them."""
    concurrency = settings.concurrency

    async def send_charge(claim: Claim) -> None:
        await charges.carry_out(claim)

    async def send_refund(claim: RefundClaim) -> None:
        await refunds.carry_out(claim)

    async def charge() -> int:
        """Sends a batch of due payments to their provider; returns how many."""
        return await work_off(charges.claim_due, send_charge, concurrency=concurrency)

    async def reconcile() -> int:
        """Asks the provider how a batch of open payments stands; returns how many."""
        return await work_off(reconciler.claim_due, reconciler.carry_out, concurrency=concurrency)

    async def refund() -> int:
        """Sends a batch of due refunds to their provider; returns how many."""
        return await work_off(refunds.claim_due, send_refund, concurrency=concurrency)

    async def reconcile_refunds() -> int:
        """Asks the provider how a batch of open refunds stands; returns how many."""
        return await work_off(refunds.claim_open, refunds.reconcile, concurrency=concurrency)

    async def handle_webhooks() -> int:
        """Handles a batch of stored notifications; returns how many."""
        return await work_off(inbox.claim_due, inbox.handle, concurrency=concurrency)

    async def forget_webhooks() -> int:
        """Deletes notifications that were handled long ago; returns how many."""
        return await inbox.forget(older_than=timedelta(days=settings.webhook_days_kept))

    return (
        Job(name=CHARGE_JOB, run=charge, batch=BATCH),
        Job(name=RECONCILE_JOB, run=reconcile, batch=BATCH),
        Job(name=REFUND_JOB, run=refund, batch=BATCH),
        Job(name="payments.reconcile_refunds", run=reconcile_refunds, batch=BATCH),
        Job(name=WEBHOOK_JOB, run=handle_webhooks, batch=BATCH),
        Job(name="payments.forget_webhooks", run=forget_webhooks, every_s=60.0),
    )
