"""Asking payments to move money: the request is an event of the decision that makes it due."""

from collections.abc import Sequence
from datetime import datetime

from cinema.billing.domain.changes import Changes, NewId
from cinema.billing.domain.order import Charge, ChargeStatus, Line, Order, Refund, receipt_lines, refund_lines
from cinema.contracts.billing import PaymentRequested, RefundRequested
from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import PaymentRequest, ReceiptData, RefundRequest

DESCRIPTION_MAX = 128
"""Characters of a description, as providers take them."""


def charge(
    order: Order,
    lines: Sequence[Line],
    earlier: Sequence[Charge],
    *,
    method_id: MethodId | None,
    new_id: NewId,
    now: datetime,
    return_url: str | None = None,
) -> Changes:
    """Begins the next try to get ``order`` paid.

    With a ``method_id`` it is charged off-session; without, the payer confirms by hand,
    comes back to ``return_url`` (the order's own where none is given), and the method is
    kept for renewals.
    """
    charge = Charge(
        payment_id=PaymentId(new_id()),
        order_id=order.order_id,
        attempt=len(earlier) + 1,
        status=ChargeStatus.OPEN,
        amount=order.total,
        method_id=method_id,
        reason=None,
        decline_class=None,
        is_surplus=False,
        requested_at=now,
        ended_at=None,
    )
    request = PaymentRequest(
        payment_id=charge.payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=order.total,
        description=order.title.in_(order.language)[:DESCRIPTION_MAX],
        language=order.language,
        receipt=ReceiptData(email=order.email, lines=receipt_lines(lines, language=order.language)),
        method_id=method_id,
        save_method=method_id is None,
        return_url=(return_url or order.return_url) if method_id is None else None,
        expires_at=order.expires_at,
    )
    return Changes(new_charges=(charge,), events=(PaymentRequested(order_id=order.order_id, request=request),))


def send_back(order: Order, lines: Sequence[Line], refund: Refund) -> RefundRequested:
    """Asks payments to return the refund's money."""
    request = RefundRequest(
        refund_id=refund.refund_id,
        payment_id=refund.payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=refund.amount,
        description=order.title.in_(order.language)[:DESCRIPTION_MAX],
        receipt=ReceiptData(
            email=order.email, lines=refund_lines(lines, amount=refund.amount, language=order.language)
        ),
    )
    return RefundRequested(order_id=order.order_id, request=request)
