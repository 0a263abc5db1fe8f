"""What payments hears: others ask for money to move."""

from collections.abc import Sequence

from cinema.contracts.billing import (
    AgreementBound,
    MethodUnwanted,
    PaymentRequested,
    PaymentWithdrawn,
    ReceiptRequested,
    RefundRequested,
)
from cinema.kit.db import Tx
from cinema.kit.events import Heard
from cinema.kit.inbox import Consumer
from cinema.payments.service.charge import Charges
from cinema.payments.service.methods import Methods
from cinema.payments.service.receipts import Receipts
from cinema.payments.service.refund import Refunds

GROUP = "payments"


def build_consumers(
    *, charges: Charges, refunds: Refunds, receipts: Receipts, methods: Methods
) -> tuple[Consumer, ...]:
    """The consumers of payments."""

    async def take_payments(tx: Tx, heard: Sequence[Heard[PaymentRequested]]) -> None:
        await charges.accept(tx, [one.event.request for one in heard])

    async def let_go(tx: Tx, event: PaymentWithdrawn) -> None:
        await charges.give_up(tx, event.payment_id)

    async def take_refund(tx: Tx, event: RefundRequested) -> None:
        await refunds.accept(tx, event.request)

    async def take_receipt(tx: Tx, event: ReceiptRequested) -> None:
        await receipts.accept(tx, event.request)

    async def forget_method(tx: Tx, event: MethodUnwanted) -> None:
        await methods.forget(tx, user_id=event.user_id, method_id=event.method_id, payment_id=event.payment_id)

    async def tell_removed(tx: Tx, heard: Sequence[Heard[AgreementBound]]) -> None:
        await methods.tell_removed(tx, {one.event.method_id for one in heard})

    return (
        Consumer(group=GROUP, event=PaymentRequested, handle_many=take_payments),
        Consumer(group=GROUP, event=PaymentWithdrawn, handle=let_go),
        Consumer(group=GROUP, event=RefundRequested, handle=take_refund),
        Consumer(group=GROUP, event=ReceiptRequested, handle=take_receipt),
        Consumer(group=GROUP, event=MethodUnwanted, handle=forget_method),
        Consumer(group=GROUP, event=AgreementBound, handle_many=tell_removed),
    )
