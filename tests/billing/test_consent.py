"""Consent: what viewers agree to, by which method, and that nothing else is charged."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from billing.corners import (
    HOUR,
    MONTH,
    another_card,
    charging,
    choose,
    give_all_back,
    may_watch,
    post,
    remove_card,
    staff_refund,
    told,
)
from billing.stage import RETURN_URL, Stage
from cinema.billing.domain.agreement import VERSION
from cinema.contracts.enums import DeclineClass
from cinema.contracts.ids import PaymentId, UserId


async def terms(stage: Stage, plan: str = "month") -> dict[str, object]:
    async with stage.client(None) as client:
        answer = await client.get(f"/v1/plans/{plan}/terms")
    found: dict[str, object] = answer.json()
    return found


async def test_one_period_is_bought_unless_the_viewer_agrees(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user, save_method=False)
    request = stage.request_for(user)
    await stage.payments.succeed(request)
    await stage.drain()
    subscription = await stage.subscription(user)

    await stage.pass_time(MONTH + HOUR)

    ended = await stage.subscription(user)
    assert request.save_method is False
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("off", "not_agreed")
    assert (subscription["renews_at"], subscription["agreement"]) == (None, None)
    assert len(await told(stage, "SubscriptionEnding")) == 1
    assert (ended["status"], ended["ended_reason"]) == ("ended", "not_renewed")
    assert len(stage.payments.requests) == 1
    assert await stage.violations() == []


async def test_what_was_agreed_to_is_kept_as_it_was_shown(stage: Stage) -> None:
    user = stage.new_user()
    shown = await terms(stage)

    await stage.subscribed(user)

    agreement = (await stage.subscription(user))["agreement"]
    assert isinstance(agreement, dict)
    assert isinstance(shown["text"], dict)
    assert (agreement["version"], agreement["text"]) == (shown["version"], shown["text"]["en"])
    assert agreement["method_title"] == {"ru": "Банковская карта *4444", "en": "Bank card *4444"}
    assert (agreement["agreed_at"], agreement["ended_at"]) == ("2026-01-15T09:00:00Z", None)


@pytest.mark.parametrize(
    "change", ["text = 'x'", "version = 'x'", "agreed_at = now()", "method_id = gen_random_uuid()", "user_id = id"]
)
async def test_nobody_changes_what_was_agreed_to(stage: Stage, change: str) -> None:
    await stage.subscribed(stage.new_user())

    with pytest.raises(asyncpg.RestrictViolationError):
        async with stage.db.write() as tx:
            await tx.execute(f"UPDATE billing.agreements SET {change}")  # noqa: S608 - changes above
    with pytest.raises(asyncpg.RestrictViolationError):
        async with stage.db.write() as tx:
            await tx.execute("DELETE FROM billing.agreements")


async def test_who_agrees_to_an_old_version_is_told_the_new_one(stage: Stage) -> None:
    user = stage.new_user()
    body = {"plan": "month", "return_url": RETURN_URL, "save_method": True}

    old = await post(stage, user, "/v1/subscriptions", body | {"agreement_version": "1999-01"}, key="a")
    new = await post(stage, user, "/v1/subscriptions", body | {"agreement_version": VERSION}, key="b")

    assert (old.status_code, old.json()["code"], old.json()["version"]) == (409, "agreement-outdated", VERSION)
    assert new.status_code == 201
    assert len(stage.payments.requests) == 1


async def test_a_second_click_with_another_wish_is_no_second_click(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user, save_method=True)

    same = await stage.subscribe(user, key="again")
    other = await stage.subscribe(user, key="other", save_method=False)

    assert same.status_code == 201
    assert (other.status_code, other.json()["code"]) == (409, "checkout-open")
    assert len(stage.payments.requests) == 1


async def test_the_payment_that_succeeds_says_whether_it_renews(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user, save_method=True)
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()

    again = await stage.subscribe(user, key="again", save_method=False)
    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    subscription = await stage.subscription(user)
    assert again.json()["order"]["payment_url"] is not None
    assert (subscription["renewal"], subscription["agreement"]) == ("off", None)
    assert await stage.violations() == []


async def test_what_was_paid_with_cannot_be_kept_and_the_viewer_is_told(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribe(user)
    await stage.payments.succeed(stage.request_for(user), is_saved=False)
    await stage.drain()

    subscription = await stage.subscription(user)
    (stopped,) = await told(stage, "RenewalStopped")
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("no_method", "method_not_saved")
    assert stopped["reason"] == "method_not_saved"
    assert subscription["renews_at"] is None


async def test_a_card_kept_with_money_that_bought_nothing_is_forgotten(stage: Stage) -> None:
    user = stage.new_user()
    answer = await stage.subscribe(user)
    await post(stage, user, f"/v1/orders/{answer.json()['order']['id']}/cancellation", key="c")

    await stage.payments.succeed(stage.request_for(user))
    await stage.drain()

    (unwanted,) = await told(stage, "MethodUnwanted")
    assert unwanted["method_id"] == str(stage.payments.saved[user].id)
    assert unwanted["payment_id"] == str(stage.request_for(user).payment_id)


async def test_another_saved_card_is_never_charged_for_a_subscription(stage: Stage) -> None:
    user = stage.new_user()
    first = await stage.subscribed(user)
    agreed = stage.payments.saved[user]
    another_card(stage, user)

    await stage.pass_time(MONTH + timedelta(days=8), step=HOUR * 6)

    assert first.method_id is None
    assert [one.method_id for one in stage.payments.requests.values() if one.method_id] == []
    assert agreed.id != stage.payments.saved[user].id
    assert (await stage.subscription(user))["ended_reason"] == "no_method"
    assert await stage.violations() == []


async def test_nothing_is_charged_before_the_notice_was_handed_over(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    stage.mails.is_working = False
    await stage.pass_time(timedelta(days=31, hours=1), step=HOUR * 6)
    asked = len(stage.payments.requests)
    watches = await may_watch(stage, user)

    stage.mails.is_working = True
    await stage.pass_time(timedelta(days=4), step=HOUR)

    assert (asked, watches) == (1, True)
    assert len(stage.payments.requests) == 2
    assert len(stage.mails.told) > 1
    assert stage.request_for(user).method_id is not None
    assert await stage.violations() == []


async def test_who_cannot_be_told_is_never_charged_and_leaves_after_the_grace(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    stage.mails.is_working = False

    await stage.pass_time(timedelta(days=45), step=HOUR * 6)

    assert len(stage.payments.requests) == 1
    assert (await stage.subscription(user))["ended_reason"] == "not_told"
    assert await may_watch(stage, user) is False
    assert await stage.violations() == []


async def test_a_method_chosen_before_the_notice_is_the_one_that_is_named(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    method = another_card(stage, user)
    await stage.pass_time(HOUR)

    answer = await choose(stage, user, method)
    await stage.pass_time(timedelta(days=31), step=HOUR * 6)

    (notice,) = await told(stage, "RenewalUpcoming")
    (agreed,) = await told(stage, "MethodAgreed")
    assert answer.json()["agreement"]["method_id"] == str(method.id)
    assert (agreed["method_title"], notice["method_title"]) == ("Bank card *1111", "Bank card *1111")
    assert stage.request_for(user).method_id == method.id
    async with stage.client(user) as client:
        path = f"/v1/subscriptions/{answer.json()['id']}/agreements"
        kept = (await client.get(path)).json()["items"]
    assert [(one["method_title"]["en"], one["ended_at"] is None) for one in kept] == [
        ("Bank card *1111", True),
        ("Bank card *4444", False),
    ]
    assert await stage.violations() == []


async def test_choosing_the_same_method_again_changes_nothing(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    before = await stage.subscription(user)

    answer = await choose(stage, user, stage.payments.saved[user])

    assert answer.json() == before
    assert await told(stage, "MethodAgreed") == []


async def test_somebody_else_s_method_or_subscription_is_not_there(stage: Stage) -> None:
    user, other = stage.new_user(), stage.new_user()
    await stage.subscribed(user)
    await stage.subscribed(other)
    its_id = (await stage.subscription(user))["id"]

    async with stage.client(user) as client:
        foreign = await client.put(
            f"/v1/subscriptions/{its_id}/payment-method", json={"method_id": str(stage.payments.saved[other].id)}
        )
    async with stage.client(other) as client:
        mine = {"method_id": str(stage.payments.saved[other].id)}
        strange = await client.put(f"/v1/subscriptions/{its_id}/payment-method", json=mine)
        agreements = await client.get(f"/v1/subscriptions/{its_id}/agreements")

    assert (foreign.status_code, foreign.json()["code"]) == (404, "payment-method-not-found")
    assert (strange.status_code, strange.json()["code"]) == (404, "subscription-not-found")
    assert agreements.status_code == 404


async def test_no_method_is_chosen_while_a_charge_has_no_result(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    method = another_card(stage, user)

    meanwhile = await choose(stage, user, method)
    await stage.payments.decline(renewal, how=DeclineClass.SOFT)
    await stage.drain()
    afterwards = await choose(stage, user, method)
    await stage.drain()

    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "charge-under-way")
    assert afterwards.status_code == 200
    assert stage.request_for(user).method_id == method.id
    assert await stage.violations() == []


async def test_who_removed_the_card_cannot_switch_on_what_has_no_method(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await remove_card(stage, user)
    its_id = (await stage.subscription(user))["id"]

    answer = await post(stage, user, f"/v1/subscriptions/{its_id}/resumption")

    assert (answer.status_code, answer.json()["code"]) == (409, "payment-method-needed")


async def test_a_late_renewal_whose_card_is_removed_is_paid_by_hand(stage: Stage) -> None:
    user, _, renewal = await charging(stage)
    await stage.payments.decline(renewal, how=DeclineClass.SOFT)
    await stage.drain()
    await remove_card(stage, user)
    await stage.pass_time(timedelta(days=3), step=HOUR)
    tries = len(stage.payments.requests)

    answer = await stage.subscribe(user, key="by-hand", save_method=False)
    await stage.payments.succeed(stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))])
    await stage.drain()

    subscription = await stage.subscription(user)
    assert tries == 2
    assert answer.json()["order"]["id"] == str(renewal.order_id)
    assert (subscription["status"], subscription["renewal"]) == ("active", "no_method")
    assert subscription["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


# The next period, bought ahead.


async def ahead(stage: Stage, user: UserId, *, save_method: bool = True) -> PaymentId:
    answer = await stage.subscribe(user, key="ahead", save_method=save_method)
    assert answer.status_code == 201, answer.text
    await stage.payments.succeed(stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))])
    await stage.drain()
    return PaymentId(UUID(answer.json()["payment_id"]))


async def test_the_next_period_is_bought_ahead_and_begins_where_the_running_one_ends(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await remove_card(stage, user)
    await stage.pass_time(timedelta(days=10))

    await ahead(stage, user, save_method=False)
    subscription = await stage.subscription(user)
    again = await stage.subscribe(user, key="once-more", save_method=False)
    await stage.pass_time(timedelta(days=30), step=HOUR * 12)

    async with stage.client(user) as client:
        rights = (await client.get("/v1/entitlements")).json()["items"]
    assert [(one["starts_at"], one["ends_at"]) for one in rights] == [
        ("2026-02-15T09:00:00Z", "2026-03-15T09:00:00Z"),
        ("2026-01-15T09:00:00Z", "2026-02-15T09:00:00Z"),
    ]
    assert (subscription["period_start"], subscription["period_end"]) == (rights[0]["starts_at"], rights[0]["ends_at"])
    assert (again.status_code, again.json()["code"]) == (409, "already-subscribed")
    assert await may_watch(stage, user) is True
    assert await stage.violations() == []


async def test_what_was_bought_ahead_is_not_charged_once_more(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await stage.pass_time(timedelta(days=29))

    await ahead(stage, user, save_method=True)
    await stage.pass_time(timedelta(days=10), step=HOUR)

    subscription = await stage.subscription(user)
    assert len(stage.payments.requests) == 2
    assert (subscription["renewal"], subscription["renews_at"]) == ("on", "2026-03-15T08:00:00Z")
    assert await stage.violations() == []


async def test_an_unpaid_order_ahead_makes_room_for_the_renewal(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    await stage.pass_time(timedelta(days=30, hours=12))
    answer = await stage.subscribe(user, key="ahead", save_method=True)
    page = stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]
    await stage.payments.decline(page)
    await stage.drain()

    await stage.pass_time(timedelta(hours=11), step=HOUR)
    renewal = stage.request_for(user)
    await stage.payments.succeed(renewal)
    await stage.drain()
    await stage.payments.succeed(page)
    await stage.drain()

    assert renewal.method_id is not None
    assert page.payment_id in {one.payment_id for one in stage.payments.refunds.values()}
    assert (await stage.subscription(user))["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


@pytest.mark.parametrize("change", ["cancel", "remove the card", "choose another", "cancel and resume"])
async def test_an_order_ahead_waits_while_the_viewer_changes_the_renewal(stage: Stage, change: str) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    its_id = (await stage.subscription(user))["id"]
    answer = await stage.subscribe(user, key="ahead", save_method=False)
    page = stage.payments.requests[PaymentId(UUID(answer.json()["payment_id"]))]

    if change == "remove the card":
        await remove_card(stage, user)
    elif change == "choose another":
        assert (await choose(stage, user, another_card(stage, user))).status_code == 200
    else:
        assert (await post(stage, user, f"/v1/subscriptions/{its_id}/cancellation", key="c")).status_code == 200
    if change == "cancel and resume":
        assert (await post(stage, user, f"/v1/subscriptions/{its_id}/resumption", key="r")).status_code == 200
    await stage.payments.succeed(page)
    await stage.drain()

    renewal = {"cancel": "off", "remove the card": "no_method"}.get(change, "on")
    subscription = await stage.subscription(user)
    assert (subscription["period_end"], subscription["renewal"]) == ("2026-03-15T09:00:00Z", renewal)
    assert stage.payments.refunds == {}
    assert await stage.violations() == []


async def test_a_period_that_was_bought_ahead_is_taken_back_and_the_running_one_stays(stage: Stage) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    payment_id = await ahead(stage, user)
    order_id = stage.payments.requests[payment_id].order_id

    answer = await post(stage, user, f"/v1/orders/{order_id}/refunds", {"reason": "too much"})
    (refund,) = stage.payments.refunds.values()
    await stage.payments.give_back(refund)
    await stage.drain()

    subscription = await stage.subscription(user)
    assert answer.json()["amount"]["minor"] == 39_900
    assert (subscription["status"], subscription["period_end"]) == ("active", "2026-02-15T09:00:00Z")
    assert (subscription["renewal"], subscription["renewal_reason"]) == ("off", "refund_requested")
    assert await may_watch(stage, user) is True
    assert await stage.violations() == []


@pytest.mark.parametrize("minor", [None, 20_000])
async def test_a_period_that_was_bought_ahead_and_taken_back_can_be_bought_anew(
    stage: Stage, minor: int | None
) -> None:
    user = stage.new_user()
    await stage.subscribed(user)
    payment_id = await ahead(stage, user)
    request = stage.payments.requests[payment_id]
    await staff_refund(stage, request, effect="revoke", minor=minor)
    await give_all_back(stage)

    again = await stage.subscribe(user, key="anew")
    await stage.payments.succeed(stage.payments.requests[PaymentId(UUID(again.json()["payment_id"]))])
    await stage.drain()

    assert again.status_code == 201
    assert (await stage.subscription(user))["period_end"] == "2026-03-15T09:00:00Z"
    assert await stage.violations() == []


async def test_the_running_period_is_not_taken_back_before_the_one_that_is_paid_ahead(stage: Stage) -> None:
    user = stage.new_user()
    first = await stage.subscribed(user)
    await ahead(stage, user)

    answer = await post(stage, user, f"/v1/orders/{first.order_id}/refunds", {"reason": "no"})

    assert (answer.status_code, answer.json()["code"]) == (409, "later-period-paid")
    assert stage.payments.refunds == {}


# Links to the payment page.


async def test_a_browser_follows_the_link_without_signing_in_as_long_as_there_is_a_page(stage: Stage) -> None:
    user = stage.new_user()
    answer = await stage.subscribe(user)
    url = answer.json()["order"]["payment_url"]

    async with stage.client(None) as browser:
        leads = await browser.get(url)
        strange = await browser.get(url[:-1] + ("0" if url[-1] != "0" else "1"))
    await stage.payments.decline(stage.request_for(user))
    await stage.drain()
    async with stage.client(None) as browser:
        over = await browser.get(url)
    async with stage.client(user) as client:
        path = f"/v1/orders/{answer.json()['order']['id']}"
        shown, page = await client.get(path), await client.get(f"{path}/payment")

    assert url.startswith("http://cinema.test/v1/payment-links/")
    assert (leads.status_code, leads.headers["location"][:22]) == (303, "https://provider.test/")
    assert (strange.status_code, over.status_code) == (410, 410)
    assert shown.json()["order"]["payment_url"] is None
    assert (page.status_code, page.json()["code"]) == (409, "payment-declined")


async def test_staff_are_shown_no_link_to_a_viewer_s_payment_page(stage: Stage) -> None:
    user = stage.new_user()
    answer = await stage.subscribe(user)

    async with stage.client(stage.new_user(), role="support") as client:
        order = (await client.get(f"/v1/admin/orders/{answer.json()['order']['id']}")).json()["order"]
        listed = (await client.get("/v1/admin/orders")).json()["items"]

    assert (order["status"], order["payment_url"]) == ("open", None)
    assert [one["payment_url"] for one in listed] == [None]
