"""Recognition: when what viewers paid is earned."""

from dataclasses import replace
from datetime import datetime, timedelta

from cinema.billing.domain.changes import NO_CHANGES, Changes, NewId
from cinema.billing.domain.ledger import Entry, Kind, recognition_postings
from cinema.billing.domain.whole import Whole
from cinema.contracts.enums import RefundState

AGAIN = timedelta(hours=1)
"""When an order is looked at again whose refund is on its way."""


def recognize(whole: Whole, *, new_id: NewId, now: datetime) -> Changes:
    """The order is fulfilled: what was not returned of its money is earned."""
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
    return done + Changes(entries=(entry,))
