"""Money that comes after its payment had ended, through all contexts: it buys its period or goes back (I2)."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from cinema.kit.money import Money
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.port import Canceled
from cinema.payments.providers.fake import Fault
from cinema.payments.service.crash_points import CrashPoint
from scenarios.house import House, Viewer
from scenarios.test_scenario_crashes import Killer, run_until_killed

OF_THE_RETURN = [
    CrashPoint.RECORD_CHANGED,
    CrashPoint.RECORD_PUBLISHED,
    *(step for step in CrashPoint if step.name.startswith("REFUND")),
]


async def tried_twice(house: House) -> tuple[Viewer, Any, str, str]:
    """A viewer whose card was refused and who is on the provider's page again: the order, both ids at the provider."""
    viewer = await house.sign_up("anna")
    checkout = await house.order(viewer)
    first = await house.provider_id(checkout["payment_id"])
    house.provider.confirm(first, decline=DeclineReason.INSUFFICIENT_FUNDS)
    await house.notify("payment.canceled", first)
    await house.drain()
    path = f"/v1/orders/{checkout['order']['id']}/payment"
    again = await house.ok(viewer, "POST", path, json={"save_method": True})
    await house.drain()
    return viewer, checkout["order"], first, await house.provider_id(again["payment_id"])


async def assert_paid_once(house: House, viewer: Viewer, order: Any) -> None:
    """One period, one sum kept, the other returned, and everybody was told the truth."""
    await house.refresh(viewer)
    found = await house.ok(viewer, "GET", f"/v1/orders/{order['id']}")
    charges = await house.rows("SELECT status, is_surplus FROM billing.charges ORDER BY is_surplus")
    assert (found["order"]["status"], found["order"]["refunded"]["minor"]) == ("paid", 0)
    assert [(one["status"], one["is_surplus"]) for one in charges] == [("succeeded", False), ("succeeded", True)]
    assert [(one["status"], one["access_effect"]) for one in found["refunds"]] == [("succeeded", "keep")]
    assert sorted(house.provider.returned.values()) == [1]
    assert "subscriber" in (await house.ok(viewer, "GET", "/v1/me"))["roles"]
    receipts = await house.rows("SELECT kind, count(*) AS times FROM billing.receipts GROUP BY kind")
    assert {row["kind"]: row["times"] for row in receipts} == {"payment": 2, "refund": 1}
    assert await house.rows("SELECT name FROM kit.inbox JOIN kit.outbox USING (position) WHERE status <> 'done'") == []
    assert await house.violations() == []


@pytest.mark.parametrize("second_is_told", ["by the provider", "by asking"])
async def test_of_two_payments_of_an_order_one_buys_and_one_goes_back(house: House, second_is_told: str) -> None:
    viewer, order, first, second = await tried_twice(house)

    house.provider.confirm(first)
    await house.notify("payment.succeeded", first)
    await house.drain()
    house.provider.confirm(second)
    if second_is_told == "by the provider":
        await house.notify("payment.succeeded", second)
    await house.pass_time(timedelta(hours=3))

    await assert_paid_once(house, viewer, order)
    mails = Counter(mail.subject.partition(":")[0] for mail in house.mailer.mails)
    assert (mails["Payment received"], mails["Refund"]) == (1, 1)
    assert (await house.events()).count("billing.PaymentWithdrawn") == 1
    assert await house.cinema.payments.comparison.differences(days=1) == []


async def test_late_news_after_the_second_payment_is_returned_and_the_subscription_goes_on(house: House) -> None:
    viewer, order, first, second = await tried_twice(house)
    house.provider.confirm(second)
    await house.notify("payment.succeeded", second)
    await house.drain()

    house.provider.confirm(first)
    for _ in range(3):
        await house.notify("payment.succeeded", first)
    await house.pass_time(timedelta(hours=3))
    await assert_paid_once(house, viewer, order)
    await house.pass_time(timedelta(days=31))

    rows = await house.rows("SELECT period_no, status FROM billing.orders ORDER BY period_no")
    assert [(row["period_no"], row["status"]) for row in rows] == [(0, "paid"), (1, "paid")]
    assert await house.violations() == []


@pytest.mark.parametrize("step", OF_THE_RETURN)
async def test_the_return_survives_a_kill_at_every_step(house: House, step: CrashPoint) -> None:
    viewer, order, first, second = await tried_twice(house)
    house.provider.confirm(second)
    await house.notify("payment.succeeded", second)
    await house.drain()
    house.provider.confirm(first)
    await house.notify("payment.succeeded", first)

    has_struck = await run_until_killed(house, Killer(step), timedelta(hours=2))

    assert has_struck is True
    await assert_paid_once(house, viewer, order)


async def test_a_page_that_is_paid_after_the_order_was_given_up_is_paid_back(house: House) -> None:
    viewer = await house.sign_up("anna")
    checkout = await house.order(viewer)
    provider_id = await house.provider_id(checkout["payment_id"])
    house.provider.settle(provider_id, Canceled(reason=CancelReason.NOT_CONFIRMED))
    await house.notify("payment.canceled", provider_id)
    await house.drain()

    house.provider.confirm(provider_id)
    await house.notify("payment.succeeded", provider_id)
    await house.pass_time(timedelta(hours=3))

    await house.refresh(viewer)
    found = await house.ok(viewer, "GET", f"/v1/orders/{checkout['order']['id']}")
    assert found["order"]["status"] == "canceled"
    assert [one["status"] for one in found["refunds"]] == ["succeeded"]
    assert sorted(house.provider.returned.values()) == [1]
    assert "subscriber" not in (await house.ok(viewer, "GET", "/v1/me"))["roles"]
    assert await house.violations() == []
    assert await house.cinema.payments.comparison.differences(days=1) == []


async def test_a_refused_renewal_that_was_taken_after_all_renews(house: House) -> None:
    viewer = await house.subscribed()
    (method,) = await house.rows("SELECT token FROM payments.methods")
    house.provider.revoke(method["token"], reason=DeclineReason.INSUFFICIENT_FUNDS)
    await house.pass_time(timedelta(days=31))
    (renewal,) = await house.rows(
        """SELECT p.provider_payment_id AS id FROM payments.payments AS p
           JOIN billing.orders AS o ON o.id = p.order_id WHERE o.kind = 'renewal'"""
    )
    house.provider.revoke(method["token"], reason=None)

    house.provider.confirm(renewal["id"])
    await house.notify("payment.succeeded", renewal["id"])
    await house.pass_time(timedelta(days=5))

    await house.refresh(viewer)
    (subscription,) = (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"]
    assert (subscription["status"], subscription["period_start"]) == ("active", "2026-02-15T09:00:00Z")
    assert sorted(house.provider.charges.values()) == [1, 1]
    assert house.provider.returned == {}
    assert await house.violations() == []


# Money that goes back without our asking.


async def test_a_refund_made_at_the_provider_ends_the_access_and_is_told_once(house: House) -> None:
    viewer = await house.subscribed()
    (payment,) = await house.rows("SELECT provider_payment_id AS id, amount_minor AS minor FROM payments.payments")
    seen = house.provider.refund_by_hand(payment["id"], Money(minor=payment["minor"], currency="RUB"))

    for _ in range(3):
        await house.notify("refund.succeeded", seen.provider_refund_id)
    await house.pass_time(timedelta(hours=3))

    await house.refresh(viewer)
    (order,) = (await house.ok(viewer, "GET", "/v1/orders"))["items"]
    mails = Counter(mail.subject.partition(":")[0] for mail in house.mailer.mails)
    assert (order["status"], order["refunded"]["minor"]) == ("refunded", payment["minor"])
    assert "subscriber" not in (await house.ok(viewer, "GET", "/v1/me"))["roles"]
    assert (mails["Refund"], mails["Subscription ended"]) == (1, 1)
    assert sorted(house.provider.returned.values()) == [1]
    assert await house.rows("SELECT name FROM kit.inbox JOIN kit.outbox USING (position) WHERE status <> 'done'") == []
    assert await house.violations() == []


async def test_a_viewer_and_a_hand_at_the_provider_return_the_same_money_once(house: House) -> None:
    viewer = await house.subscribed()
    (payment,) = await house.rows("SELECT provider_payment_id AS id, amount_minor AS minor FROM payments.payments")
    (order,) = (await house.ok(viewer, "GET", "/v1/orders"))["items"]
    house.provider.fail("refund", Fault.NOT_SENT, times=1)
    await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/refunds", json={"reason": "no"})
    seen = house.provider.refund_by_hand(payment["id"], Money(minor=payment["minor"], currency="RUB"))

    await house.notify("refund.succeeded", seen.provider_refund_id)
    await house.pass_time(timedelta(hours=3))

    await house.refresh(viewer)
    (order,) = (await house.ok(viewer, "GET", "/v1/orders"))["items"]
    refunds = await house.rows("SELECT origin, status FROM payments.refunds ORDER BY origin")
    assert [(one["origin"], one["status"]) for one in refunds] == [("ours", "failed"), ("provider", "succeeded")]
    assert (order["status"], order["refunded"]["minor"]) == ("refunded", payment["minor"])
    assert sum(house.provider.returned.values()) == 1
    assert await house.rows("SELECT name FROM kit.inbox JOIN kit.outbox USING (position) WHERE status <> 'done'") == []
    assert await house.violations() == []
