"""What viewers are told of the rules, and of a renewal that was refused."""

from datetime import timedelta
from typing import Any

import httpx2

from billing.corners import another_card, charging, choose
from billing.stage import Stage, set_stage
from cinema.billing.settings import BillingSettings
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import UserId
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.settings import load


async def unpaid(stage: Stage, user: UserId) -> httpx2.Response:
    subscription = await stage.subscription(user)
    async with stage.client(user) as client:
        return await client.get(f"/v1/subscriptions/{subscription['id']}/unpaid-renewal")


async def body(stage: Stage, user: UserId) -> dict[str, Any]:
    found: dict[str, Any] = (await unpaid(stage, user)).json()
    return found


async def test_everybody_is_told_the_durations_of_the_running_settings(db: Database, clock: ManualClock) -> None:
    others = {"refund_days": 10, "grace_days": 5, "retry_days": (1, 2), "rental_hours": 72, "renewal_notice_days": 4}
    stage = await set_stage(db, clock, settings=load(BillingSettings, env_file=None, values=others))

    async with stage.client(None) as client:
        answer = await client.get("/v1/policies")

    assert answer.json() == {
        "checkout_hours": 24,
        "notice_days": 4,
        "lead_minutes": 60,
        "grace_days": 5,
        "retry_days": [1, 2],
        "period_parts": 4,
        "refund_days": 10,
        "refund_again_days": 90,
        "rental_hours": 72,
    }


async def test_a_subscription_that_is_paid_has_no_unpaid_renewal(stage: Stage) -> None:
    user, _, _ = await charging(stage)

    answer = await unpaid(stage, user)

    assert (answer.status_code, answer.json()["code"]) == (404, "nothing-unpaid")


async def test_a_renewal_that_was_refused_says_why_and_when_it_is_tried_again(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()

    found = await body(stage, user)

    subscription = await stage.subscription(user)
    assert found["order_id"] == str(renewal.order_id)
    assert found["amount"] == {"minor": renewal.amount.minor, "currency": renewal.amount.currency}
    assert (found["reason"], found["attempts"], found["is_under_way"]) == ("insufficient_funds", 1, False)
    assert found["next_attempt_at"] == at(stage, timedelta(days=1))
    assert found["expires_at"] == found["access_until"]
    assert found["access_until"] > subscription["period_end"]


async def test_a_method_that_was_refused_for_good_is_not_tried_again(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal, reason="card_expired", how=DeclineClass.HARD)
    await stage.drain()

    found = await body(stage, user)

    assert (found["reason"], found["next_attempt_at"]) == ("card_expired", None)


async def test_a_charge_that_is_under_way_is_no_refusal_yet(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()
    await choose(stage, user, another_card(stage, user))
    await stage.drain()

    found = await body(stage, user)

    assert (found["is_under_way"], found["next_attempt_at"]) == (True, None)


async def test_the_terms_of_a_subscription_are_those_that_choosing_a_method_keeps(stage: Stage) -> None:
    user, _, _ = await charging(stage)
    subscription = await stage.subscription(user)
    card = another_card(stage, user)

    async with stage.client(user) as client:
        shown = (await client.get(f"/v1/subscriptions/{subscription['id']}/terms?method_id={card.id}")).json()
        open_one = (await client.get(f"/v1/subscriptions/{subscription['id']}/terms")).json()
        strange = await client.get(f"/v1/subscriptions/{subscription['id']}/terms?method_id={uuid7(stage.clock.now())}")

    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    kept = (await choose(stage, user, card)).json()["agreement"]
    assert (kept["version"], kept["text"]) == (shown["version"], shown["text"]["en"])
    assert "Bank card *1111" in shown["text"]["en"]
    assert "with which I pay" in open_one["text"]["en"]
    assert (strange.status_code, strange.json()["code"]) == (404, "payment-method-not-found")


async def test_nobody_reads_of_the_renewal_of_somebody_else(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()
    subscription = await stage.subscription(user)

    async with stage.client(stage.new_user()) as client:
        answer = await client.get(f"/v1/subscriptions/{subscription['id']}/unpaid-renewal")

    assert (answer.status_code, answer.json()["code"]) == (404, "subscription-not-found")


def at(stage: Stage, later: timedelta) -> str:
    return (stage.clock.now() + later).isoformat().replace("+00:00", "Z")
