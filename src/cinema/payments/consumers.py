"""What payments hears: others ask for money to move."""

from cinema.contracts.billing import PaymentRequested, PaymentWithdrawn, RefundRequested
from cinema.kit.db import Tx
from cinema.kit.inbox import Consumer
from cinema.payments.service.charge import Charges
from cinema.payments.service.refund import Refunds

GROUP = "payments"


def build_consumers(*, charges: Charges, refunds: Refunds) -> tuple[Consumer, ...]:
    """The consumers of payments."""

    async def take_payment(tx: Tx, event: PaymentRequested) -> None:
        await charges.accept(tx, event.request)

    async def let_go(tx: Tx, event: PaymentWithdrawn) -> None:
        await charges.give_up(tx, event.payment_id)

    async def take_refund(tx: Tx, event: RefundRequested) -> None:
        await refunds.accept(tx, event.request)

    return (
        Consumer(group=GROUP, event=PaymentRequested, handle=take_payment),
        Consumer(group=GROUP, event=PaymentWithdrawn, handle=let_go),
        Consumer(group=GROUP, event=RefundRequested, handle=take_refund),
    )
