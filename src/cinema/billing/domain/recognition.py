"""Recognition: when what viewers paid is earned, and told so to the cash register where it was paid ahead."""

from dataclasses import replace
from datetime import datetime, timedelta

from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId, Receipt
from cinema.billing.domain.ledger import Entry, Kind, recognition_postings
from cinema.billing.domain.order import PAID_AHEAD, part_lines
from cinema.billing.domain.whole import Whole
from cinema.contracts.billing import ReceiptRequested
from cinema.contracts.enums import ReceiptKind, RefundState
from cinema.contracts.payments import ReceiptData, ReceiptRequest
from cinema.kit.money import Money

AGAIN = timedelta(hours=1)
"""When an order is looked at again whose refund is on its way."""


def recognize(whole: Whole, *, new_id: NewId, now: datetime) -> Changes:
    """The order is fulfilled: what was not returned of its money is earned, and closed where it was paid ahead."""
    order = whole.order
    if order.recognize_at is None:
        return NO_CHANGES
    if any(one.status is RefundState.REQUESTED for one in whole.refunds):
        return Changes(orders=(replace(order, recognize_at=now + AGAIN),))
    done = Changes(orders=(replace(order, recognize_at=None),))
    left = order.total - order.refunded
    if not left.minor:
        return done
    entry = Entry(
        entry_id=new_id(),
        kind=Kind.RECOGNITION,
        source_id=order.order_id,
        order_id=order.order_id,
        posted_at=now,
        postings=recognition_postings(left),
    )
    return done + Changes(entries=(entry,)) + _closed(whole, left, new_id=new_id, now=now)


def _closed(whole: Whole, kept: Money, *, new_id: NewId, now: datetime) -> Changes:
    """The closing receipt (54-FZ, articles 1.1 and 1.2: a settlement against an advance has one of its own)."""
    order = whole.order
    if not any(line.fiscal.payment_mode == PAID_AHEAD for line in whole.lines):
        return NO_CHANGES
    lines = part_lines(whole.lines, amount=kept, language=order.language, is_given=True)
    receipt = Receipt(
        receipt_id=new_id(),
        kind=ReceiptKind.CLOSING,
        source_id=order.order_id,
        order_id=order.order_id,
        user_id=order.user_id,
        amount=kept,
        lines=lines,
        issued_at=now,
    )
    (paid,) = (one for one in whole.refundable() if not one.is_surplus)
    request = ReceiptRequest(
        receipt_id=receipt.receipt_id,
        payment_id=paid.payment_id,
        order_id=order.order_id,
        amount=kept,
        receipt=ReceiptData(email=order.email, lines=lines),
    )
    return Changes(receipts=(receipt,), events=(ReceiptRequested(order_id=order.order_id, request=request),))
