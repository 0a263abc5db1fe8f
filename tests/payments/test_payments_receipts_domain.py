"""What news of a receipt makes of it: the rules, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from cinema.contracts.enums import ReceiptFailure, ReceiptStatus
from cinema.contracts.ids import OrderId, PaymentId
from cinema.contracts.payments import ReceiptRequest
from cinema.payments.domain.payment import PAUSE_FIRST, Absent, NotDone
from cinema.payments.domain.port import Rejected, Sealed, SeenReceipt, Unknown
from cinema.payments.domain.receipt import RECEIPTS, TRIED_FOR, after, claimed, new_receipt, receipt_differences
from payments.stage import PRICE, make_receipt

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
REQUEST = ReceiptRequest(
    receipt_id=UUID(int=1),
    payment_id=PaymentId(UUID(int=2)),
    order_id=OrderId(UUID(int=3)),
    amount=PRICE,
    receipt=make_receipt(),
)
SENT = claimed(
    new_receipt(REQUEST, provider="fake", provider_payment_id="p", now=NOW), Sealed(key="k", body=b"{}"), now=NOW
)
SEEN = SeenReceipt(
    provider_receipt_id="rt-1",
    provider_payment_id="p",
    amount=PRICE,
    is_closing=True,
    status=ReceiptStatus.PENDING,
)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({}, ()),
        ({"provider_payment_id": "q"}, ("provider_payment_id",)),
        ({"amount": replace(PRICE, minor=1)}, ("amount",)),
        ({"amount": replace(PRICE, currency="USD")}, ("currency",)),
        ({"is_closing": False}, ("is_closing",)),
    ],
)
def test_an_answer_about_something_else_is_not_believed(change: dict[str, Any], names: tuple[str, ...]) -> None:
    assert receipt_differences(replace(SEEN, **change), receipt=SENT) == names


def test_an_answer_about_another_receipt_is_not_believed() -> None:
    known = replace(SENT, provider_receipt_id="rt-0")

    assert receipt_differences(SEEN, receipt=known) == ("provider_receipt_id",)


@pytest.mark.parametrize("status", [ReceiptStatus.SENT, ReceiptStatus.PENDING])
@pytest.mark.parametrize(
    "news",
    [
        *(replace(SEEN, status=one) for one in (ReceiptStatus.PENDING, ReceiptStatus.SUCCEEDED, ReceiptStatus.FAILED)),
        Rejected(code="no"),
        Unknown(detail="lost"),
        NotDone(detail="no", keeps_key=True),
    ],
)
def test_all_news_of_a_receipt_keeps_to_its_table(status: ReceiptStatus, news: Any) -> None:
    receipt = replace(SENT, status=status)

    fresh = after(receipt, news, now=NOW)

    assert fresh.status is status or RECEIPTS.allows(status, fresh.status)
    assert (fresh.next_attempt_at is None) is fresh.is_over
    assert (fresh.reason is not None) is (fresh.status is ReceiptStatus.FAILED)


def test_what_is_absent_waits_to_be_sent_under_a_new_key() -> None:
    fresh = after(SENT, Absent(), now=NOW)

    assert (fresh.status, fresh.sealed, fresh.first_sent_at) == (ReceiptStatus.CREATED, None, None)


def test_a_receipt_that_is_not_filed_for_weeks_has_failed() -> None:
    pending = after(SENT, SEEN, now=NOW)
    late = pending.created_at + TRIED_FOR

    assert pending.next_attempt_at == NOW + PAUSE_FIRST
    assert after(pending, SEEN, now=late).reason is ReceiptFailure.NOT_REGISTERED
    assert after(pending, SEEN, now=late - timedelta(seconds=1)).status is ReceiptStatus.PENDING
