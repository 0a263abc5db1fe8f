"""Asking payments to move money: the request is an event of the decision that makes it due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.billing.domain.agreement import Agreement, Notice
from cinema.billing.domain.changes import Changes, NewId
from cinema.billing.domain.order import (
    DESCRIPTION_MAX,
    Charge,
    ChargeStatus,
    Line,
    Order,
    Refund,
    part_lines,
    receipt_lines,
)
from cinema.contracts.billing import PaymentRequested, RefundRequested
from cinema.contracts.ids import PaymentId
from cinema.contracts.payments import PaymentRequest, ReceiptData, RefundRequest

ORDER_ID = "{order_id}"
"""What stands for the order in an address to come back to, since that is chosen before there is an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """The payer confirms on the provider's page, to which the ``link`` leads, and comes back to ``return_url``.

    Where that has `ORDER_ID`, the order's id stands in its place. With an ``agreement`` what
    they pay with is kept for renewals.
    """

    link: UUID
    return_url: str | None
    agreement: Agreement | None = None


def charge_by_notice(
    order: Order, lines: Sequence[Line], earlier: Sequence[Charge], notice: Notice, *, new_id: NewId, now: datetime
) -> Changes:
    """Begins an off-session try to get ``order`` paid, just as the ``notice`` told that was handed over."""
    assert notice.delivered_at is not None, "nobody was told"
    assert notice.amount == order.total, "another amount was told"
    assert now >= notice.charge_at, "a later time was told"
    return _charge(order, lines, earlier, notice, new_id=new_id, now=now)


def charge_by_hand(
    order: Order, lines: Sequence[Line], earlier: Sequence[Charge], how: ByHand, *, new_id: NewId, now: datetime
) -> Changes:
    """Begins a try to get ``order`` paid that the payer confirms."""
    made = (how.agreement,) if how.agreement is not None else ()
    return Changes(new_agreements=made) + _charge(order, lines, earlier, how, new_id=new_id, now=now)


def _charge(
    order: Order,
    lines: Sequence[Line],
    earlier: Sequence[Charge],
    how: Notice | ByHand,
    *,
    new_id: NewId,
    now: datetime,
) -> Changes:
    notice = how if isinstance(how, Notice) else None
    by_hand = how if isinstance(how, ByHand) else None
    agreement = by_hand.agreement if by_hand else None
    charge = Charge(
        payment_id=PaymentId(new_id()),
        order_id=order.order_id,
        attempt=len(earlier) + 1,
        status=ChargeStatus.OPEN,
        amount=order.total,
        method_id=notice.method_id if notice else None,
        notice_id=notice.notice_id if notice else None,
        agreement_id=agreement.agreement_id if agreement else None,
        link=by_hand.link if by_hand else None,
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
        method_id=charge.method_id,
        save_method=agreement is not None,
        return_url=_of_order(by_hand.return_url, order) if by_hand else None,
        expires_at=order.expires_at,
    )
    return Changes(new_charges=(charge,), events=(PaymentRequested(order_id=order.order_id, request=request),))


def _of_order(return_url: str | None, order: Order) -> str | None:
    return return_url.replace(ORDER_ID, str(order.order_id), 1) if return_url else None


def send_back(order: Order, lines: Sequence[Line], refund: Refund, *, is_surplus: bool) -> RefundRequested:
    """Asks payments to return the refund's money. For a surplus nothing is ever given."""
    request = RefundRequest(
        refund_id=refund.refund_id,
        payment_id=refund.payment_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=refund.amount,
        description=order.title.in_(order.language)[:DESCRIPTION_MAX],
        receipt=ReceiptData(
            email=order.email,
            lines=part_lines(
                lines, amount=refund.amount, language=order.language, is_given=order.is_given and not is_surplus
            ),
        ),
    )
    return RefundRequested(order_id=order.order_id, request=request)
