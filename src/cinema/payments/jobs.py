"""Due work of payments."""

from datetime import timedelta

from cinema.kit.jobs import Job, work_through
from cinema.payments.service.binding import Bindings
from cinema.payments.service.charge import Charges
from cinema.payments.service.forgetting import Forgetting
from cinema.payments.service.intake import WEBHOOK_JOB
from cinema.payments.service.receipts import RECEIPT_JOB, Receipts
from cinema.payments.service.reconcile import Reconciler
from cinema.payments.service.record import CHARGE_JOB, RECONCILE_JOB
from cinema.payments.service.refund import REFUND_JOB, Refunds
from cinema.payments.service.webhooks import Webhooks
from cinema.payments.settings import PaymentsSettings


def build_jobs(
    *,
    charges: Charges,
    reconciler: Reconciler,
    refunds: Refunds,
    receipts: Receipts,
    bindings: Bindings,
    webhooks: Webhooks,
    forgetting: Forgetting,
    settings: PaymentsSettings,
) -> tuple[Job, ...]:
    """The jobs of payments; any number of workers may run them."""
    size = settings.concurrency

    async def charge() -> int:
        """Sends due payments to their provider, some at a time, until there are none; returns how many."""
        return await work_through(charges.claim_due, charges.carry_out, size=size)

    async def reconcile() -> int:
        """Asks the provider how open payments stand, some at a time, until none is due; returns how many."""
        return await work_through(reconciler.claim_due, reconciler.carry_out, size=size)

    async def refund() -> int:
        """Sends due refunds to their provider, some at a time, until there are none; returns how many."""
        return await work_through(refunds.claim_due, refunds.carry_out, size=size)

    async def reconcile_refunds() -> int:
        """Asks the provider how open refunds stand, some at a time, until none is due; returns how many."""
        return await work_through(refunds.claim_open, refunds.reconcile, size=size)

    async def send_receipts() -> int:
        """Has due receipts filed and asks how open ones stand, some at a time, until none is due; returns how many."""
        return await work_through(receipts.claim_due, receipts.carry_out, size=size)

    async def bind() -> int:
        """Sends due bindings to their provider and asks how open ones stand, until none is due; returns how many."""
        return await work_through(bindings.claim_due, bindings.carry_out, size=size)

    async def handle_webhooks() -> int:
        """Handles stored notifications, some at a time, until there are none; returns how many."""
        return await work_through(webhooks.claim_due, webhooks.handle, size=size)

    async def forget_webhooks() -> int:
        """Deletes notifications that were handled long ago; returns how many."""
        return await webhooks.forget(older_than=timedelta(days=settings.webhook_days_kept))

    async def forget_attempts() -> int:
        """Deletes what was sent to providers long ago, with the addresses of its receipts; returns of how many."""
        return await forgetting.forget(older_than=timedelta(days=settings.attempt_days_kept))

    return (
        Job(name=CHARGE_JOB, run=charge, batch=size),
        Job(name=RECONCILE_JOB, run=reconcile, batch=size),
        Job(name=REFUND_JOB, run=refund, batch=size),
        Job(name="payments.reconcile_refunds", run=reconcile_refunds, batch=size),
        Job(name=RECEIPT_JOB, run=send_receipts, batch=size),
        Job(name="payments.bind", run=bind, batch=size),
        Job(name=WEBHOOK_JOB, run=handle_webhooks, batch=size),
        Job(name="payments.forget_webhooks", run=forget_webhooks, every_s=60.0),
        Job(name="payments.forget_attempts", run=forget_attempts, every_s=60.0),
    )
