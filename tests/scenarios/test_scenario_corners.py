"""Corners of the main job with real payments: outages, changed minds, changed cards; the provider counts charges."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Any

from cinema.payments.domain.decline import DeclineReason
from cinema.payments.providers.fake import Fault
from make import count
from rivals import WAITING, held_up
from scenarios.house import URL, House, Viewer

MONTH = timedelta(days=31)
FAULTS = [fault for fault in Fault if fault is not Fault.REJECTED]
BEFORE_THE_CHARGE = timedelta(days=30, hours=22, minutes=59)


async def subscription(house: House, viewer: Viewer) -> Any:
    await house.refresh(viewer)
    return (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"][0]


async def change(house: House, viewer: Viewer, what: str) -> None:
    found = await subscription(house, viewer)
    await house.ok(viewer, "POST", f"/v1/subscriptions/{found['id']}/{what}")


async def another_card(house: House, viewer: Viewer) -> str:
    """A card that the viewer saves without buying anything; the method's id."""
    binding = await house.ok(viewer, "POST", "/v1/payment-methods", json={"return_url": URL + "/back"})
    (row,) = await house.rows("SELECT provider_method_id FROM payments.bindings")
    house.provider.confirm_binding(row["provider_method_id"])
    await house.pass_time(timedelta(minutes=5))
    bound = await house.ok(viewer, "GET", f"/v1/payment-method-bindings/{binding['id']}")
    return str(bound["method_id"])


async def stands_at_a_lock(house: House) -> None:
    """Returns when somebody waits for a lock."""
    waiting = 0
    while not waiting:
        async with house.db.read() as tx:
            waiting = await tx.value(WAITING)


async def paid_twice(house: House) -> list[dict[str, Any]]:
    """Periods for which money was taken more than once and did not go back."""
    return await house.rows(
        """SELECT o.subscription_id, o.period_no
           FROM payments.payments AS p JOIN billing.orders AS o ON o.id = p.order_id
           WHERE p.status = 'succeeded' AND p.refunds_minor < p.amount_minor
           GROUP BY o.subscription_id, o.period_no HAVING count(*) > 1"""
    )


async def test_who_cancels_while_the_provider_is_away_is_never_charged(house: House) -> None:
    viewer = await house.subscribed()
    await house.pass_time(BEFORE_THE_CHARGE)
    house.provider.fail("charge", Fault.NOT_SENT, times=7)
    await house.pass_time(timedelta(minutes=2))

    await change(house, viewer, "cancellation")
    await house.pass_time(timedelta(days=10))

    assert len(house.provider.charges) == 1
    assert (await subscription(house, viewer))["ended_reason"] == "canceled"
    assert house.provider.returned == {}
    assert await house.violations() == []


async def test_who_cancels_while_the_answer_is_lost_gets_the_money_back_and_may_resume(house: House) -> None:
    viewer = await house.subscribed()
    await house.pass_time(BEFORE_THE_CHARGE)
    house.provider.fail("charge", Fault.LOST_AFTER, times=3)
    house.provider.fail("look_up", Fault.LOST_BEFORE, times=3)
    await house.pass_time(timedelta(minutes=1, seconds=1))

    await change(house, viewer, "cancellation")
    path = f"/v1/subscriptions/{(await subscription(house, viewer))['id']}/resumption"
    refused = await house.call(viewer, "POST", path)
    await house.pass_time(timedelta(minutes=30))
    await change(house, viewer, "resumption")
    await house.pass_time(timedelta(days=2))

    assert refused.json()["code"] == "charge-under-way"
    assert (await subscription(house, viewer))["period_start"] == "2026-02-15T09:00:00Z"
    assert sorted(house.provider.charges.values()) == [1, 1, 1]
    assert sorted(house.provider.returned.values()) == [1]
    assert await paid_twice(house) == []
    assert await house.violations() == []


async def test_a_provider_that_is_away_past_the_end_takes_nobodys_access(house: House) -> None:
    viewer = await house.subscribed()
    await house.pass_time(BEFORE_THE_CHARGE)
    house.provider.fail("charge", Fault.NOT_SENT, times=40)

    await house.pass_time(timedelta(hours=3))
    rights = await house.rows(
        "SELECT kind FROM billing.entitlements WHERE revoked_at IS NULL AND starts_at <= $1 AND ends_at > $1",
        house.clock.now(),
    )
    await house.pass_time(timedelta(days=1))

    assert [row["kind"] for row in rights] == ["grace"]
    assert (await subscription(house, viewer))["period_start"] == "2026-02-15T09:00:00Z"
    assert "billing.RenewalFailed" not in await house.events()
    assert await house.violations() == []


async def test_after_forty_days_without_workers_viewers_are_told_and_charged_once(house: House) -> None:
    viewer = await house.subscribed()
    await house.pass_time(timedelta(days=20))

    house.clock.advance(timedelta(days=40))
    await house.drain()
    charged_at_once = len(house.provider.charges)
    await house.pass_time(timedelta(days=3))

    mails = [mail.subject.partition(":")[0] for mail in house.mailer.mails]
    found = await subscription(house, viewer)
    assert charged_at_once == 1
    assert len(house.provider.charges) == 2
    assert mails.count("Renewal ahead") == 1
    assert found["period_start"] == "2026-03-15T09:00:00Z"
    assert datetime.fromisoformat(found["period_end"]) > house.clock.now()
    assert await house.violations() == []


async def test_a_dead_card_is_replaced_on_the_payment_page(house: House) -> None:
    viewer = await house.subscribed()
    (method,) = await house.rows("SELECT token FROM payments.methods")
    house.provider.revoke(method["token"], reason=DeclineReason.CARD_EXPIRED)
    await house.pass_time(MONTH)
    await house.refresh(viewer)
    order = (await house.ok(viewer, "GET", "/v1/orders"))["items"][0]

    checkout = await house.ok(viewer, "POST", f"/v1/orders/{order['id']}/payment", json={"save_method": True})
    await house.pay(checkout)
    await house.pass_time(timedelta(days=29))

    rows = await house.rows("SELECT period_no, status FROM billing.orders ORDER BY period_no")
    assert [(row["period_no"], row["status"]) for row in rows] == [(0, "paid"), (1, "paid"), (2, "paid")]
    assert set(house.provider.charges.values()) == {1}
    assert await paid_twice(house) == []
    assert await house.violations() == []


async def test_a_card_that_is_removed_while_it_is_chosen_renews_nothing(house: House) -> None:
    viewer = await house.subscribed()
    card = await another_card(house, viewer)
    path = f"/v1/subscriptions/{(await subscription(house, viewer))['id']}/payment-method"

    async with held_up(house.db, "SELECT FROM billing.subscriptions FOR UPDATE", rivals=1):
        choosing = asyncio.create_task(house.call(viewer, "PUT", path, json={"method_id": card}))
        await stands_at_a_lock(house)
        await house.ok(viewer, "DELETE", f"/v1/payment-methods/{card}")
        await house.drain()
    chosen = await choosing
    await house.drain()

    found = await subscription(house, viewer)
    assert (chosen.status_code, chosen.json()["renewal"]) == (200, "on")
    assert (found["renewal"], found["renewal_reason"], found["renews_at"]) == ("no_method", "method_removed", None)
    assert found["agreement"] is None
    assert [mail.subject for mail in house.mailer.mails][-1] == "Subscription will not renew: Monthly"
    assert await house.violations() == []


async def test_whatever_viewers_and_the_provider_do_a_period_is_paid_once(house: House) -> None:
    dice = random.Random(20260116)  # noqa: S311 - the same bad luck each time
    viewers = [await house.subscribed(f"viewer{number}") for number in range(count(reduced=3, full=20))]
    await house.pass_time(BEFORE_THE_CHARGE)

    for _ in range(count(reduced=4, full=20)):
        for operation in ("charge", "look_up", "read"):
            house.provider.fail(operation, dice.choice(FAULTS), times=dice.randrange(4))
        for viewer in viewers:
            await house.refresh(viewer)
            for found in (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"][:1]:
                what = dice.choice(["cancellation", "resumption", "nothing"])
                if what != "nothing":
                    await house.call(viewer, "POST", f"/v1/subscriptions/{found['id']}/{what}")
            newest = (await house.ok(viewer, "GET", "/v1/orders"))["items"][0]
            if dice.random() < 0.1:
                await house.call(viewer, "POST", f"/v1/orders/{newest['id']}/refunds", json={"reason": "no"})
        await house.pass_time(timedelta(minutes=dice.choice([1, 20, 70, 900, 40000])))
        assert await house.violations() == []

    await house.pass_time(timedelta(days=2))
    assert max(house.provider.charges.values()) == 1
    assert await paid_twice(house) == []
    assert await house.violations() == []
