"""When money is earned, and what the cash register is told then of what was paid ahead (54-FZ)."""

from dataclasses import replace
from typing import Any

import pytest

from billing.domain.wholes import (
    END,
    FISCAL,
    NOON,
    make_charge,
    make_line,
    make_paid_film,
    make_paid_whole,
    make_refund,
    new_ids,
    rub,
)
from cinema.billing.domain.charging import send_back
from cinema.billing.domain.order import PAID_AHEAD, PAID_FOR, Line
from cinema.billing.domain.recognition import AGAIN, recognize
from cinema.billing.domain.whole import Whole
from cinema.contracts.billing import ReceiptRequested
from cinema.contracts.enums import OrderStatus, RefundState

AHEAD = make_line(fiscal=replace(FISCAL, payment_mode=PAID_AHEAD))


def paid_ahead(*lines: Line, kept: int = 39_900, **changed: Any) -> Whole:
    """The first month, paid ahead, of which ``kept`` kopecks did not go back."""
    whole = make_paid_whole(lines=lines or (AHEAD,), **changed)
    status = OrderStatus.PAID if kept == whole.order.total.minor else OrderStatus.PARTIALLY_REFUNDED
    return replace(whole, order=replace(whole.order, status=status, refunded=whole.order.total - rub(kept)))


def test_what_was_paid_ahead_is_closed_when_its_period_is_over() -> None:
    whole = paid_ahead()

    changes = recognize(whole, new_id=new_ids(), now=END)

    (receipt,) = changes.receipts
    assert (receipt.kind, receipt.source_id, receipt.amount) == ("closing", whole.order.order_id, rub(39_900))
    assert [(one.mode, one.quantity, one.unit) for one in receipt.lines] == [(PAID_FOR, 1, rub(39_900))]
    assert [one.recognize_at for one in changes.orders] == [None]
    assert len(changes.entries) == 1
    (asked,) = changes.events
    assert isinstance(asked, ReceiptRequested)
    assert (asked.request.receipt_id, asked.request.amount) == (receipt.receipt_id, receipt.amount)
    assert (asked.request.payment_id, asked.request.receipt.lines) == (make_charge().payment_id, receipt.lines)
    assert asked.request.receipt.email == whole.order.email


def test_what_is_paid_for_as_it_is_given_has_no_second_receipt() -> None:
    changes = recognize(paid_ahead(make_line()), new_id=new_ids(), now=END)

    assert (changes.receipts, changes.events, len(changes.entries)) == ((), (), 1)


def test_of_what_went_back_in_part_the_rest_is_closed_line_by_line() -> None:
    lines = (replace(AHEAD, unit=rub(30_000)), replace(AHEAD, unit=rub(9_900)))

    (receipt,) = recognize(paid_ahead(*lines, kept=13_300), new_id=new_ids(), now=END).receipts

    assert receipt.amount == rub(13_300)
    assert [one.unit for one in receipt.lines] == [rub(10_000), rub(3_300)]


def test_what_went_back_whole_is_never_closed() -> None:
    whole = paid_ahead()
    back = replace(whole.order, status=OrderStatus.REFUNDED, refunded=whole.order.total, recognize_at=None)

    changes = recognize(replace(whole, order=back), new_id=new_ids(), now=END)

    assert (changes.receipts, changes.entries) == ((), ())


def test_what_is_on_its_way_back_is_closed_later() -> None:
    changes = recognize(paid_ahead(refunds=(make_refund(),)), new_id=new_ids(), now=END)

    assert (changes.receipts, changes.entries) == ((), ())
    assert [one.recognize_at for one in changes.orders] == [END + AGAIN]


def test_a_second_look_closes_nothing() -> None:
    whole = paid_ahead()
    (order,) = recognize(whole, new_id=new_ids(), now=END).orders

    changes = recognize(replace(whole, order=order), new_id=new_ids(), now=END)

    assert (changes.receipts, changes.orders) == ((), ())


def test_a_film_is_closed_when_it_is_delivered() -> None:
    film = make_paid_film(lines=(AHEAD,))
    due = replace(film, order=replace(film.order, recognize_at=NOON))

    (receipt,) = recognize(due, new_id=new_ids(), now=NOON).receipts

    assert (receipt.kind, receipt.issued_at) == ("closing", NOON)


@pytest.mark.parametrize(
    ("is_over", "is_surplus", "mode"),
    [(False, False, PAID_AHEAD), (True, False, PAID_FOR), (True, True, PAID_AHEAD)],
)
def test_a_refund_says_advance_until_what_was_sold_is_given(*, is_over: bool, is_surplus: bool, mode: str) -> None:
    whole = paid_ahead()
    order = replace(whole.order, recognize_at=None) if is_over else whole.order

    asked = send_back(order, whole.lines, make_refund(status=RefundState.REQUESTED), is_surplus=is_surplus)

    assert [one.mode for one in asked.request.receipt.lines] == [mode]
    assert make_charge().amount == asked.request.amount
