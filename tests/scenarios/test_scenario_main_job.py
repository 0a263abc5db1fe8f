"""The main job through all contexts, with exactly the events and mails that it should cause."""

from datetime import timedelta

from scenarios.house import House, Viewer


async def is_subscriber(house: House, viewer: Viewer) -> bool:
    await house.refresh(viewer)
    return "subscriber" in (await house.ok(viewer, "GET", "/v1/me"))["roles"]


async def test_two_months_from_sign_up_to_refund(house: House) -> None:
    viewer = await house.subscribed()
    subscriber_after_payment = await is_subscriber(house, viewer)

    await house.pass_time(timedelta(days=31))
    await house.refresh(viewer)
    (subscription,) = (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"]
    await house.ok(viewer, "POST", f"/v1/subscriptions/{subscription['id']}/cancellation")
    await house.drain()  # else its mail would be overtaken by that of the end
    newest = (await house.ok(viewer, "GET", "/v1/orders"))["items"][0]
    await house.ok(viewer, "POST", f"/v1/orders/{newest['id']}/refunds", json={"reason": "seen it all"})
    await house.drain()

    assert subscriber_after_payment is True
    assert await is_subscriber(house, viewer) is False
    assert await house.events() == [
        "identity.UserRegistered",
        "billing.PaymentRequested",
        "payments.PaymentSucceeded",
        "payments.MethodSaved",
        "billing.EntitlementGranted",
        "billing.SubscriptionActivated",
        "billing.AgreementBound",
        "identity.RoleGranted",
        "billing.RenewalUpcoming",
        "notifications.NoticeDelivered",
        "billing.PaymentRequested",
        "payments.PaymentSucceeded",
        "billing.EntitlementGranted",
        "billing.SubscriptionRenewed",
        "billing.CancellationScheduled",
        "billing.RefundRequested",
        "billing.OrderRefundAsked",
        "billing.EntitlementRevoked",
        "payments.RefundSucceeded",
        "billing.SubscriptionEnded",
        "billing.OrderRefunded",
        "identity.RoleRevoked",
    ]
    subjects = [mail.subject.partition(":")[0] for mail in house.mailer.mails]
    assert [*subjects[:5], *sorted(subjects[5:])] == [  # the last two are sent at the same time
        "Welcome to Cinema",
        "Payment received",
        "Renewal ahead",
        "Subscription renewed",
        "Subscription canceled",
        "Refund",
        "Subscription ended",
    ]
    assert await house.violations() == []


async def test_thirteen_months_are_charged_thirteen_times_on_the_anchor_day(house: House) -> None:
    viewer = await house.subscribed()

    await house.pass_time(timedelta(days=366 + 30))

    rows = await house.rows("SELECT period_no, status FROM billing.orders ORDER BY period_no")
    starts = await house.rows("SELECT starts_at FROM billing.entitlements ORDER BY starts_at")
    assert [(row["period_no"], row["status"]) for row in rows] == [(number, "paid") for number in range(14)]
    assert {row["starts_at"].strftime("%d %H:%M") for row in starts} == {"15 09:00"}
    assert set(house.provider.charges.values()) == {1}
    assert len(house.provider.charges) == 14
    assert viewer.keys > 0
    assert await house.violations() == []


async def test_a_viewer_with_a_dead_card_is_told_and_loses_access_with_the_grace(house: House) -> None:
    viewer = await house.subscribed()
    (method,) = await house.rows("SELECT token FROM payments.methods")
    house.provider.revoke(method["token"])

    await house.pass_time(timedelta(days=31))
    in_grace = await is_subscriber(house, viewer)
    await house.pass_time(timedelta(days=8), grain=timedelta(hours=6))

    events = await house.events()
    assert in_grace is True
    assert await is_subscriber(house, viewer) is False
    assert events.count("payments.PaymentDeclined") == 1
    assert "billing.SubscriptionRenewed" not in events
    assert [mail.subject for mail in house.mailer.mails if "renewed" in mail.subject.lower()] == []
    assert await house.violations() == []


async def test_the_front_door_leads_to_what_is_there(house: House) -> None:
    door = await house.ok(None, "GET", "/v1")

    for name in ("description", "films", "plans", "health"):
        assert (await house.call(None, "GET", door[name])).status_code == 200
