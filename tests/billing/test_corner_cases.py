"""Corners of billing: gaps, late workers, notices, methods that change, sick subscriptions, zones that go."""

import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from billing.corners import HOUR, MONTH, another_card, charging, choose, job, may_watch, post, remove_card, told
from billing.stage import Stage
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import PaymentId
from make import count

# Access has no gap.


async def test_access_goes_on_while_the_charge_is_under_way_past_the_end(stage: Stage) -> None:
    user, _, renewal = await charging(stage)

    seen = []
    for _ in range(8):
        await stage.pass_time(timedelta(minutes=15))
        seen.append(await may_watch(stage, user))
    await stage.payments.succeed(renewal)
    await stage.drain()

    subscription = await stage.subscription(user)
    assert seen == [True] * 8
    assert await may_watch(stage, user) is True
    assert subscription["period_start"] == "2026-02-15T09:00:00Z"
    assert subscription["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


async def test_a_first_refusal_after_the_end_finds_the_grace_begun(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.pass_time(timedelta(hours=3))

    await stage.payments.decline(renewal)
    await stage.drain()

    (failed,) = await told(stage, "RenewalFailed")
    assert await may_watch(stage, user) is True
    assert failed["access_until"] == "2026-02-22T09:00:00Z"
    assert (await stage.subscription(user))["status"] == "past_due"
    assert await stage.violations() == []


async def test_a_charge_that_stays_unknown_ends_with_the_grace_and_its_money_goes_back(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.pass_time(timedelta(days=7, hours=2), step=timedelta(hours=12))

    ended = await stage.subscription(user)
    await stage.payments.succeed(renewal)
    await stage.drain()

    assert (ended["status"], ended["ended_reason"]) == ("ended", "payment_failed")
    assert stage.payments.given_up == [renewal.payment_id]
    assert [one.payment_id for one in stage.payments.refunds.values()] == [renewal.payment_id]
    assert await may_watch(stage, user) is False
    assert await stage.violations() == []


async def test_a_renewal_that_payments_give_up_at_the_end_of_the_grace_is_one_end_and_no_failure(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    stage.clock.advance(timedelta(days=7, hours=1))

    await stage.payments.cancel(renewal, reason="provider_unavailable")
    await stage.drain()

    assert len(await told(stage, "RenewalFailed")) == 0
    assert len(await told(stage, "SubscriptionEnded")) == 1
    assert (await stage.subscription(user))["status"] == "ended"
    assert await stage.violations() == []


# Nobody is charged without notice, and nobody for time without access.


@pytest.mark.parametrize("plan", ["day", "month"])
@pytest.mark.parametrize("slept_from", [timedelta(0), timedelta(hours=23, minutes=30)])
async def test_after_forty_days_without_workers_one_charge_comes_with_notice(
    stage: Stage, plan: str, slept_from: timedelta
) -> None:
    user = stage.new_user()
    await stage.subscribed(user, plan=plan)
    if plan == "month":
        await stage.pass_time(timedelta(days=29))
    if slept_from and plan == "day":
        await stage.pass_time(timedelta(hours=12))

    stage.clock.advance(timedelta(days=40))
    await stage.drain()
    woken = stage.clock.now()
    asked_at_once = len(stage.payments.requests)
    access_meanwhile = await may_watch(stage, user)
    while len(stage.payments.requests) == 1:
        await stage.pass_time(HOUR)
    charged_after = stage.clock.now() - woken
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    (notice,) = [one for one in await told(stage, "RenewalUpcoming") if one["occurred_at"] == woken]
    (renewed,) = await told(stage, "SubscriptionRenewed")
    subscription = await stage.subscription(user)
    assert asked_at_once == 1
    assert charged_after <= timedelta(days=2)
    assert access_meanwhile is True
    assert woken < datetime.fromisoformat(notice["charge_at"]) <= woken + charged_after
    assert datetime.fromisoformat(renewed["period_start"]) <= stage.clock.now()
    assert datetime.fromisoformat(renewed["period_end"]) > stage.clock.now()
    assert await may_watch(stage, user) is True
    assert datetime.fromisoformat(str(subscription["renews_at"])) > stage.clock.now()
    assert len(stage.payments.requests) == 2
    assert await stage.violations() == []


async def test_an_outage_of_an_hour_moves_no_period(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await stage.pass_time(timedelta(days=30))

    stage.clock.advance(timedelta(days=1, hours=1))
    await stage.drain()
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    assert (await stage.subscription(user))["period_start"] == "2026-02-15T09:00:00Z"
    assert await stage.violations() == []


async def test_whatever_time_does_a_charge_follows_its_notice(stage: Stage) -> None:
    dice = random.Random(11)  # noqa: S311 - the same steps each time
    users = [stage.new_user() for _ in range(3)]
    for user, plan in zip(users, ("day", "day", "month"), strict=True):
        await stage.subscribed(user, plan=plan)
    answered = set(stage.payments.requests)

    for _ in range(count(reduced=60, full=600)):
        stage.clock.advance(timedelta(minutes=dice.choice([5, 60, 350, 700, 1500, 3000, 60000])))
        await stage.drain()
        for request in [one for one in stage.payments.requests.values() if one.payment_id not in answered]:
            if dice.random() < 0.8:
                answered.add(request.payment_id)
                await stage.payments.succeed(request)
        await stage.drain()
        assert await stage.violations() == []

    async with stage.db.read() as tx:
        rows = await tx.all(
            """SELECT name, coalesce(payload ->> 'subscription_id', payload ->> 'order_id') AS id, occurred_at,
                      payload ->> 'charge_at' AS charge_at
               FROM kit.outbox WHERE name IN ('billing.RenewalUpcoming', 'billing.PaymentRequested')
               ORDER BY position"""
        )
        renewals = await tx.all("SELECT id::text, subscription_id::text FROM billing.orders WHERE period_no > 0")
    of_order: dict[str, str] = {row["id"]: row["subscription_id"] for row in renewals}
    notices: dict[str, datetime] = {}
    charged = 0
    for row in rows:
        if row["name"] == "billing.RenewalUpcoming":
            notices[row["id"]] = datetime.fromisoformat(row["charge_at"])
        elif row["id"] in of_order:
            charged += 1
            assert row["occurred_at"] >= notices.pop(of_order[row["id"]])
    assert charged > len(users)


async def test_a_reminder_that_is_late_moves_the_charge(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    stage.clock.advance(timedelta(days=30, hours=22))
    await stage.drain()

    (notice,) = await told(stage, "RenewalUpcoming")
    assert datetime.fromisoformat(notice["charge_at"]) == stage.clock.now() + timedelta(days=1, hours=12)
    assert (await stage.subscription(user))["renews_at"] == notice["charge_at"]
    assert len(stage.payments.requests) == 1


async def test_who_resumes_in_the_last_hour_is_told_before_the_charge(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await stage.pass_time(timedelta(days=30))
    subscription = await stage.subscription(user)
    await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")
    await stage.pass_time(timedelta(hours=23, minutes=30))

    resumed = await post(stage, user, f"/v1/subscriptions/{subscription['id']}/resumption")
    await stage.drain()
    asked_at_once = len(stage.payments.requests)
    await stage.pass_time(timedelta(days=2), step=HOUR)

    notices = await told(stage, "RenewalUpcoming")
    (undone,) = await told(stage, "CancellationUndone")
    assert (asked_at_once, len(stage.payments.requests)) == (1, 2)
    assert len(notices) == 2
    assert resumed.json()["renews_at"] == undone["renews_at"] == notices[1]["charge_at"]
    assert await may_watch(stage, user) is True


async def test_an_old_card_is_not_charged_for_a_subscription_that_was_bought_without_one(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    await stage.payments.succeed(stage.request_for(user), is_saved=False)
    await stage.drain()

    another_card(stage, user)
    subscription = await stage.subscription(user)
    await stage.pass_time(MONTH + HOUR)

    assert subscription["renews_at"] is None
    assert len(stage.payments.requests) == 1
    assert (await stage.subscription(user))["ended_reason"] == "no_method"


# Methods change while a renewal waits.


async def test_after_a_refusal_for_good_the_card_that_the_viewer_chooses_is_charged_at_once(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal, reason="card_expired", how=DeclineClass.HARD)
    await stage.drain()
    await stage.pass_time(timedelta(days=2), step=HOUR)
    tries = len(stage.payments.requests)
    method = another_card(stage, user)
    await stage.pass_time(HOUR, step=HOUR)
    unchosen = len(stage.payments.requests)

    answer = await choose(stage, user, method)
    await stage.drain()

    again = stage.request_for(user)
    (agreed,) = await told(stage, "MethodAgreed")
    assert (tries, unchosen, answer.status_code) == (2, 2, 200)
    assert (again.order_id, again.method_id) == (renewal.order_id, method.id)
    assert agreed["method_title"] == "Bank card *1111"
    assert len(stage.payments.requests) == 3
    assert await stage.violations() == []


async def test_a_refused_renewal_is_paid_by_hand_with_another_card(stage: Stage) -> None:
    user, first, renewal = await charging(stage)
    await stage.payments.decline(renewal, reason="card_expired", how=DeclineClass.HARD)
    await stage.drain()
    del stage.payments.saved[user]

    answer = await post(stage, user, f"/v1/orders/{renewal.order_id}/payment", {"save_method": True})
    by_hand = stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]
    await stage.payments.succeed(by_hand)
    await stage.drain()

    assert answer.status_code == 201
    assert (by_hand.return_url, by_hand.method_id, by_hand.save_method) == (first.return_url, None, True)
    assert (await stage.subscription(user))["period_end"] == "2026-03-15T09:00:00Z"
    assert len(stage.payments.requests) == 3
    assert await stage.violations() == []


async def test_a_payment_page_that_was_left_is_no_failed_renewal(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()
    answer = await post(stage, user, f"/v1/orders/{renewal.order_id}/payment")

    await stage.payments.cancel(stage.request_for(user), reason="not_confirmed")
    await stage.drain()
    await stage.pass_time(timedelta(days=1), step=HOUR)

    assert answer.status_code == 201
    assert len(await told(stage, "RenewalFailed")) == 1
    assert stage.request_for(user).method_id is not None
    assert len(stage.payments.requests) == 4


@pytest.mark.parametrize("state", ["canceled", "charging", "late"])
async def test_a_renewal_is_not_paid_by_hand_when_nothing_is_to_be_paid(stage: Stage, state: str) -> None:
    user, _, renewal = await charging(stage)
    if state == "canceled":
        subscription = await stage.subscription(user)
        await post(stage, user, f"/v1/subscriptions/{subscription['id']}/cancellation")
        await stage.payments.decline(renewal)
        await stage.drain()
    elif state == "late":
        await stage.payments.decline(renewal, how=DeclineClass.HARD)
        await stage.drain()
        stage.clock.advance(timedelta(days=8))
    asked = len(stage.payments.requests)

    answer = await post(stage, user, f"/v1/orders/{renewal.order_id}/payment")
    gone = await post(stage, user, f"/v1/orders/{renewal.order_id}/cancellation")

    assert answer.json()["code"] == ("order-being-paid" if state == "charging" else "order-not-open")
    assert gone.json()["code"] == "order-not-open"
    assert len(stage.payments.requests) == asked


async def test_who_removed_the_card_is_told_at_once_and_before_the_end_and_nothing_is_charged(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)

    await remove_card(stage, user)
    subscription = await stage.subscription(user)
    another_card(stage, user)
    await stage.pass_time(timedelta(days=30))
    ending = await told(stage, "SubscriptionEnding")
    await stage.pass_time(timedelta(days=2), step=HOUR)

    (stopped,) = await told(stage, "RenewalStopped")
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("no_method", "method_removed")
    assert (subscription["renews_at"], subscription["agreement"]) == (None, None)
    assert (stopped["method_title"], stopped["access_until"]) == ("Bank card *4444", "2026-02-15T09:00:00Z")
    assert [one["access_until"] for one in ending] == ["2026-02-15T09:00:00Z"]
    assert len(stage.payments.requests) == 1
    assert (await stage.subscription(user))["ended_reason"] == "no_method"
    assert await stage.violations() == []


async def test_who_removed_the_card_chooses_another_and_is_told_of_it_before_it_is_charged(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await stage.pass_time(timedelta(days=28, hours=1))
    await remove_card(stage, user)
    method = another_card(stage, user)

    answer = await choose(stage, user, method)
    await stage.pass_time(timedelta(days=5), step=HOUR)

    notices = await told(stage, "RenewalUpcoming")
    assert (answer.status_code, answer.json()["renewal"]) == (200, "on")
    assert [one["method_title"] for one in notices] == ["Bank card *4444", "Bank card *1111"]
    assert stage.request_for(user).method_id == method.id
    assert await stage.violations() == []


# One sick subscription holds up nobody.


async def test_a_user_who_is_gone_is_not_charged_and_the_others_are(stage: Stage) -> None:
    gone, there = stage.new_user(), stage.new_user()
    for user in (gone, there):
        await stage.subscribed(user)
    del stage.people.known[gone]

    await stage.pass_time(timedelta(days=30, hours=23))
    asked = [one.user_id for one in stage.payments.requests.values() if one.method_id]
    await stage.pass_time(timedelta(hours=2))

    assert asked == [there]
    assert (await stage.subscription(gone))["ended_reason"] == "no_method"


async def test_a_subscription_that_cannot_be_handled_holds_up_nobody(stage: Stage) -> None:
    sick, well = stage.new_user(), stage.new_user()
    for user in (sick, well):
        await stage.subscribed(user, plan="day")
    stage.clock.advance(timedelta(hours=18))
    await stage.drain()
    stage.people.broken.add(sick)
    stage.clock.advance(timedelta(hours=5))

    with pytest.raises(ExceptionGroup):
        await job(stage, "billing.renew").run()
    due_at_once = await job(stage, "billing.renew").run()
    stage.people.broken.clear()
    stage.clock.advance(timedelta(seconds=60))
    await stage.drain()

    assert due_at_once == 0
    assert [one.user_id for one in stage.payments.requests.values() if one.method_id] == [well, sick]


# Zones.


@pytest.mark.parametrize("zone", ["Mars/Phobos", "", "../../etc/passwd", "Europe"])
async def test_a_zone_that_nobody_knows_counts_as_utc(stage: Stage, zone: str) -> None:
    user = stage.new_user(time_zone=zone)

    await stage.subscribed(user)

    assert (await stage.subscription(user))["period_end"] == "2026-02-15T09:00:00Z"
    assert await may_watch(stage, user) is True


async def test_a_zone_whose_rules_change_causes_neither_gap_nor_overlap(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    async with stage.db.write() as tx:
        await tx.execute(
            """UPDATE billing.subscriptions
               SET time_zone = 'Asia/Vladivostok', anchor_at = anchor_at - interval '1 hour'"""
        )

    await stage.payments.succeed(renewal)
    await stage.drain()

    subscription = await stage.subscription(user)
    assert subscription["period_start"] == "2026-02-15T09:00:00Z"
    assert subscription["period_end"] == "2026-03-15T08:00:00Z"
    assert await stage.violations() == []
