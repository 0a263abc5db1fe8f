"""Refunds by policy: what a viewer gets back, what staff may do, and what is told of it."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx2
import pytest

from billing.corners import HOUR, charging, give_all_back, may_watch, post, told
from billing.stage import Stage, set_stage
from cinema.billing.settings import BillingSettings
from cinema.contracts.ids import EntitlementId, FilmId, PlaybackId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.contracts.playback import RightUsed
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.settings import load
from rivals import held_up

DAY = timedelta(days=1)


async def play(stage: Stage, user: UserId) -> None:
    """The viewer plays a film by the right that began last."""
    async with stage.db.read() as tx:
        right = await tx.value(
            """SELECT id FROM billing.entitlements WHERE user_id = $1 AND starts_at <= $2
               ORDER BY starts_at DESC LIMIT 1""",
            user,
            stage.clock.now(),
        )
    now = stage.clock.now()
    some_id = uuid7(now)
    used = RightUsed(
        playback_id=PlaybackId(some_id),
        user_id=user,
        film_id=FilmId(some_id),
        entitlement_id=EntitlementId(right),
        used_at=now,
    )
    await stage.payments.say(used)
    await stage.drain()


async def use(stage: Stage, user: UserId) -> bool:
    """Playback is about to hand out a file by the viewer's right; nothing is heard by anybody yet."""
    async with stage.db.read() as tx:
        right = await tx.value("SELECT id FROM billing.entitlements WHERE user_id = $1", user)
    return await stage.billing.facades.entitlements.use(entitlement_id=EntitlementId(right), now=stage.clock.now())


async def preview(stage: Stage, user: UserId, request: PaymentRequest) -> Any:
    async with stage.client(user) as client:
        return (await client.get(f"/v1/orders/{request.order_id}/refund-preview")).json()


async def take_back(stage: Stage, user: UserId, request: PaymentRequest, key: str = "r", **said: Any) -> Any:
    return await post(stage, user, f"/v1/orders/{request.order_id}/refunds", {"reason": "no"} | said, key=key)


async def staff(stage: Stage, path: str, key: str, *, who: UserId, **body: Any) -> httpx2.Response:
    async with stage.client(who, role="finance") as client:
        headers = {"Idempotency-Key": key}
        return await client.post(f"/v1/admin/{path}", json=body or None, headers=headers)


async def test_an_unused_period_goes_back_whole_within_the_window(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await stage.pass_time(13 * DAY)

    shown = await preview(stage, user, request)
    answer = await take_back(stage, user, request)

    assert shown == {
        "order_id": str(request.order_id),
        "amount": {"minor": 39_900, "currency": "RUB"},
        "kept": {"minor": 0, "currency": "RUB"},
        "basis": "whole",
        "access_effect": "revoke",
        "ends_renewal": True,
    }
    assert (answer.json()["amount"], answer.json()["basis"]) == (shown["amount"], "whole")
    assert await stage.violations() == []


@pytest.mark.parametrize("how", ["played", "after the window"])
async def test_of_a_used_or_older_period_the_time_to_come_goes_back(stage: Stage, how: str) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    if how == "played":
        await play(stage, user)
    await stage.pass_time(15 * DAY + HOUR)

    shown = await preview(stage, user, request)
    answer = await take_back(stage, user, request, expected=shown["amount"])
    await give_all_back(stage)

    # 361 of 744 hours are over: 19,360.08 kopecks, rounded up.
    assert (shown["kept"]["minor"], shown["amount"]["minor"]) == (19_361, 20_539)
    assert (answer.json()["amount"], answer.json()["basis"]) == (shown["amount"], "unused_time")
    assert (await stage.subscription(user))["ended_reason"] == "refunded"
    assert await stage.violations() == []


async def test_what_was_expected_and_has_changed_is_told_and_nothing_happens(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await play(stage, user)
    await stage.pass_time(DAY)
    shown = await preview(stage, user, request)
    await stage.pass_time(HOUR)

    answer = await take_back(stage, user, request, expected=shown["amount"])

    now = await preview(stage, user, request)
    assert (answer.status_code, answer.json()["code"]) == (409, "refund-changed")
    assert answer.json()["amount_minor"] == now["amount"]["minor"] < shown["amount"]["minor"]
    assert stage.payments.refunds == {}


async def test_access_and_renewal_end_with_the_request_and_come_back_when_it_fails(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    answer = await take_back(stage, user, request)
    meanwhile = (await may_watch(stage, user), (await stage.subscription(user))["renewal"])
    await stage.pass_time(2 * DAY)
    found_meanwhile = await stage.violations()
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    subscription = await stage.subscription(user)
    (asked,) = await told(stage, "OrderRefundAsked")
    (failed,) = await told(stage, "OrderRefundFailed")
    (restored,) = await told(stage, "RenewalRestored")
    async with stage.client(user) as client:
        shown = (await client.get(f"/v1/refunds/{answer.json()['id']}")).json()
        (listed,) = (await client.get("/v1/refunds")).json()["items"]
    assert (meanwhile, found_meanwhile) == ((False, "off"), [])
    assert await may_watch(stage, user) is True
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("on", "refund_failed")
    assert restored["renews_at"] == subscription["renews_at"]
    assert (asked["amount"], asked["access_effect"]) == ({"minor": 39_900, "currency": "RUB"}, "revoke")
    assert failed["reason"] == "shop_balance_too_low"
    assert (shown["status"], shown["failure_reason"]) == ("failed", "shop_balance_too_low")
    assert listed == shown
    assert await stage.violations() == []


async def test_the_time_that_a_refused_refund_took_is_added_to_the_period_and_the_next_one_follows(
    stage: Stage,
) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    before = await stage.subscription(user)
    await stage.pass_time(5 * DAY)
    await take_back(stage, user, request)
    await stage.pass_time(2 * DAY + HOUR)
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    after = await stage.subscription(user)
    (failed,) = await told(stage, "OrderRefundFailed")
    found_at_once = await stage.violations()
    ends_at = datetime.fromisoformat(str(before["period_end"])) + 2 * DAY + HOUR
    shown = await preview(stage, user, request)
    await stage.pass_time(ends_at - HOUR - stage.clock.now(), step=6 * HOUR)
    still = await may_watch(stage, user)
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()
    renewed = await stage.subscription(user)

    read = datetime.fromisoformat
    assert after["period_start"] == before["period_start"]
    assert read(str(after["period_end"])) == read(failed["access_until"]) == ends_at
    assert (shown["basis"], still, found_at_once) == ("whole", True, [])
    assert read(str(renewed["period_start"])) == ends_at
    assert read(str(renewed["period_end"])) == ends_at + 28 * DAY
    assert await stage.violations() == []


async def test_a_period_that_ended_while_its_refund_travelled_comes_back_for_what_was_left_of_it(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await stage.pass_time(30 * DAY)
    await staff(
        stage, f"orders/{request.order_id}/refunds", "s", who=stage.new_user(), access_effect="revoke", reason="x"
    )
    await stage.pass_time(3 * DAY)
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    watched = [await may_watch(stage, user)]
    stage.clock.advance(DAY - timedelta(seconds=1))
    watched.append(await may_watch(stage, user))
    stage.clock.advance(timedelta(seconds=1))
    watched.append(await may_watch(stage, user))

    assert watched == [True, True, False]
    assert (await stage.subscription(user))["status"] == "ended"
    assert await stage.violations() == []


async def test_two_refunds_of_an_order_give_access_back_only_when_both_have_failed(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    half = {"minor": 10_000, "currency": "RUB"}
    clerk = stage.new_user()
    path = f"orders/{request.order_id}/refunds"
    for key in ("a", "b"):
        answer = await staff(stage, path, key, who=clerk, amount=half, access_effect="revoke", reason="x")
        assert answer.status_code == 201, answer.text
    first, second = stage.payments.refunds.values()

    await stage.payments.refuse_refund(first)
    await stage.drain()
    after_one = await may_watch(stage, user)
    await stage.payments.refuse_refund(second)
    await stage.drain()

    assert (after_one, await may_watch(stage, user)) == (False, True)
    assert await stage.violations() == []


async def test_a_second_refund_within_the_time_that_is_set_needs_support(stage: Stage) -> None:
    user = stage.new_user()
    first = await stage.subscribed(user)
    await take_back(stage, user, first)
    await give_all_back(stage)
    answer = await stage.subscribe(user, key="again")
    second = stage.request_for(user)
    await stage.payments.succeed(second)
    await stage.drain()

    too_soon = await take_back(stage, user, second, "soon")
    previewed = await preview(stage, user, second)
    by_staff = await staff(
        stage, f"orders/{second.order_id}/refunds", "s", who=stage.new_user(), access_effect="revoke", reason="goodwill"
    )

    assert answer.status_code == 201
    assert (too_soon.status_code, too_soon.json()["code"]) == (409, "refund-needs-staff")
    assert too_soon.json()["again_at"] == "2026-04-15T09:00:00+00:00"
    assert previewed["code"] == "refund-needs-staff"
    assert by_staff.status_code == 201
    assert await stage.violations() == []


async def test_a_refund_that_failed_does_not_count_against_the_next(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await take_back(stage, user, request, "first")
    (refund,) = stage.payments.refunds.values()
    await stage.payments.refuse_refund(refund)
    await stage.drain()

    again = await take_back(stage, user, request, "second")

    assert again.status_code == 201


async def test_staff_do_not_return_money_to_themselves(stage: Stage) -> None:
    clerk = stage.new_user()
    request = await stage.subscribed(clerk)

    answer = await staff(
        stage, f"orders/{request.order_id}/refunds", "s", who=clerk, access_effect="keep", reason="for me"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "own-account")
    assert stage.payments.refunds == {}


@pytest.fixture
async def strict(db: Database, clock: ManualClock) -> Stage:
    """A cinema where a second person decides on more than 100.00."""
    values = {"renewal_spread_minutes": 0, "refund_second_person_minor": 10_000}
    return await set_stage(db, clock, load(BillingSettings, env_file=None, values=values))


async def proposed(stage: Stage, *, minor: int = 20_000) -> tuple[UserId, UserId, Any]:
    user, clerk = stage.new_user(), stage.new_user()
    request = await stage.subscribed(user)
    amount = {"minor": minor, "currency": "RUB"}
    path = f"orders/{request.order_id}/refunds"
    answer = await staff(stage, path, "p", who=clerk, amount=amount, access_effect="revoke", reason="goodwill")
    assert answer.status_code == 201, answer.text
    return user, clerk, answer.json()


async def test_above_an_amount_a_refund_is_only_proposed_and_a_second_person_approves_it(strict: Stage) -> None:
    user, clerk, refund = await proposed(strict)
    meanwhile = (await may_watch(strict, user), dict(strict.payments.refunds))
    path = f"refunds/{refund['id']}/approval"

    alone = await staff(strict, path, "a", who=clerk)
    themselves = await staff(strict, path, "b", who=user)
    together = await staff(strict, path, "c", who=strict.new_user())
    again = await staff(strict, path, "d", who=strict.new_user())
    await give_all_back(strict)

    async with strict.client(user) as client:
        (shown,) = (await client.get("/v1/refunds")).json()["items"]
    assert (refund["status"], meanwhile) == ("proposed", (True, {}))
    assert (alone.status_code, alone.json()["code"]) == (403, "second-person-needed")
    assert (themselves.status_code, themselves.json()["code"]) == (403, "own-account")
    assert (together.status_code, together.json()["status"]) == (200, "requested")
    assert (again.status_code, again.json()["code"]) == (409, "refund-not-proposed")
    assert (shown["status"], shown["amount"]["minor"]) == ("succeeded", 20_000)
    assert await may_watch(strict, user) is False
    assert await strict.violations() == []


async def test_a_second_person_rejects_and_the_viewer_hears_nothing_of_it(strict: Stage) -> None:
    user, _, refund = await proposed(strict)

    answer = await staff(strict, f"refunds/{refund['id']}/rejection", "r", who=strict.new_user(), reason="no ground")

    async with strict.client(user) as client:
        shown = (await client.get("/v1/refunds")).json()["items"]
        alone = await client.get(f"/v1/refunds/{refund['id']}")
    async with strict.client(strict.new_user(), role="support") as client:
        (listed,) = (await client.get("/v1/admin/refunds?status=rejected")).json()["items"]
        notes = (await client.get(f"/v1/admin/history/{refund['id']}")).json()["items"]
    assert (answer.json()["status"], answer.json()["failure_reason"]) == ("rejected", "no ground")
    assert (shown, alone.status_code) == ([], 404)
    assert listed["id"] == refund["id"]
    assert [one["action"] for one in notes] == ["proposed", "rejected"]
    assert await may_watch(strict, user) is True
    assert await told(strict, "OrderRefundAsked") == []
    assert await strict.violations() == []


async def test_small_parts_do_not_get_around_the_second_person(strict: Stage) -> None:
    user, clerk = strict.new_user(), strict.new_user()
    request = await strict.subscribed(user)
    path, answers = f"orders/{request.order_id}/refunds", []
    for number in range(3):
        amount = {"minor": 4_000, "currency": "RUB"}
        answer = await staff(strict, path, f"k{number}", who=clerk, amount=amount, access_effect="keep", reason="x")
        answers.append(answer.json()["status"])

    assert answers == ["requested", "requested", "proposed"]


async def test_a_proposal_that_does_not_fit_any_more_is_not_approved(strict: Stage) -> None:
    _, _, refund = await proposed(strict, minor=39_900)
    path = f"orders/{refund['order_id']}/refunds"
    amount = {"minor": 10_000, "currency": "RUB"}
    await staff(strict, path, "k", who=strict.new_user(), amount=amount, access_effect="keep", reason="x")

    answer = await staff(strict, f"refunds/{refund['id']}/approval", "a", who=strict.new_user())

    assert (answer.status_code, answer.json()["code"]) == (422, "refund-too-large")
    assert await strict.violations() == []


async def test_nobody_but_finance_decides_on_refunds(strict: Stage) -> None:
    user, _, refund = await proposed(strict)
    for role in ("support", "editor", ""):
        async with strict.client(strict.new_user(), role=role) as client:
            for what, body in (("approval", None), ("rejection", {"reason": "x"})):
                answer = await client.post(
                    f"/v1/admin/refunds/{refund['id']}/{what}", json=body, headers={"Idempotency-Key": what}
                )
                assert answer.status_code == 403, (role, what)
    async with strict.client(user) as client:
        assert (await client.get("/v1/admin/refunds")).status_code == 403


async def test_a_renewal_is_taken_back_by_the_same_policy(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.succeed(renewal)
    await stage.drain()
    await stage.pass_time(2 * DAY)
    await play(stage, user)
    await stage.pass_time(DAY)

    shown = await preview(stage, user, renewal)

    # Of 28 days two and 23 hours are over.
    assert (shown["basis"], shown["kept"]["minor"]) == ("unused_time", -(-39_900 * 71 // (28 * 24)))


async def test_what_was_watched_by_the_grace_counts_as_used_of_the_period_that_is_paid_late(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal)
    await stage.drain()
    await stage.pass_time(2 * HOUR)
    await play(stage, user)
    await stage.pass_time(DAY, step=HOUR)
    retry = stage.request_for(user)
    await stage.payments.succeed(retry)
    await stage.drain()

    shown = await preview(stage, user, retry)

    hours = (stage.clock.now() - datetime(2026, 2, 15, 9, tzinfo=UTC)) // HOUR
    assert shown["basis"] == "unused_time"
    assert shown["kept"]["minor"] == -(-39_900 * hours // (28 * 24))
    assert await stage.violations() == []


async def test_what_is_about_to_be_watched_counts_as_used_at_once(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await stage.pass_time(DAY)
    before = await preview(stage, user, request)

    is_noted = await use(stage, user)

    assert before["basis"] == "whole"
    assert (is_noted, (await preview(stage, user, request))["basis"]) == (True, "unused_time")


async def test_by_a_right_whose_money_was_asked_for_nothing_is_watched(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await take_back(stage, user, request)

    assert await use(stage, user) is False
    async with stage.db.read() as tx:
        assert await tx.value("SELECT used_at FROM billing.entitlements WHERE user_id = $1", user) is None


@pytest.mark.parametrize("table", ["subscriptions", "orders"])
async def test_a_use_waits_for_what_is_being_decided_about_its_right(stage: Stage, table: str) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)

    async with held_up(stage.db, f"SELECT FROM billing.{table} FOR UPDATE", rivals=2):
        refund = asyncio.create_task(take_back(stage, user, request))
        playing = asyncio.create_task(use(stage, user))
    answer, is_noted = await refund, await playing

    assert (answer.json()["basis"], is_noted) in {("whole", False), ("unused_time", True)}


async def test_a_grant_that_was_used_twice_counts_from_the_first_time(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await play(stage, user)
    first = stage.clock.now()
    await stage.pass_time(DAY)
    await play(stage, user)

    async with stage.db.read() as tx:
        used_at = await tx.value("SELECT used_at FROM billing.entitlements WHERE user_id = $1", user)
    assert used_at == first


async def test_receipts_of_a_payment_and_of_its_refund_are_read_with_their_lines(stage: Stage) -> None:
    user = stage.new_user()
    request = await stage.subscribed(user)
    await take_back(stage, user, request)
    await give_all_back(stage)

    async with stage.client(user) as client:
        ids = (await client.get(f"/v1/orders/{request.order_id}")).json()["receipt_ids"]
        receipts = [(await client.get(f"/v1/receipts/{one}")).json() for one in ids]

    assert sorted(one["kind"] for one in receipts) == ["payment", "refund"]
    line = {
        "description": "Monthly",
        "quantity": 1,
        "unit": {"minor": 39_900, "currency": "RUB"},
        "vat_code": 1,
        "subject": "service",
        "mode": "full_payment",
    }
    assert [one["lines"] for one in receipts] == [[line], [line]]


async def test_an_unknown_refund_is_not_there(stage: Stage) -> None:
    nothing = UUID(int=1)
    async with stage.client(stage.new_user()) as client:
        mine = await client.get(f"/v1/refunds/{nothing}")
    theirs = await staff(stage, f"refunds/{nothing}/approval", "a", who=stage.new_user())

    assert (mine.status_code, theirs.status_code) == (404, 404)
    assert theirs.json()["code"] == "refund-not-found"
