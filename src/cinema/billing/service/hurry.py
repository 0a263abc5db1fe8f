"""Having payments act right after the commit; without it the event does the same a moment later."""

from functools import partial

from cinema.billing.domain.changes import Changes
from cinema.contracts.billing import PaymentRequested, RefundRequested
from cinema.contracts.payments import PaymentRequest, Payments, RefundRequest
from cinema.kit.db import Tx


def hurry(tx: Tx, payments: Payments, changes: Changes) -> None:
    """Has what ``changes`` ask of payments done as soon as they are committed."""
    for event in changes.events:
        match event:
            case PaymentRequested():
                tx.after_commit(partial(_charge, payments, event.request))
            case RefundRequested():
                tx.after_commit(partial(_refund, payments, event.request))
            case _:
                pass


async def _charge(payments: Payments, request: PaymentRequest) -> None:
    await payments.request(request)


async def _refund(payments: Payments, request: RefundRequest) -> None:
    await payments.refund(request)
