"""Saved methods and an operator's lists over HTTP."""

from datetime import datetime, timedelta

import pytest

from cinema.contracts.enums import RefundFailure
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.kit.idempotency import HEADER, REPLAY_HEADER
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import STRANGER, VIEWER, Stage

LEAP = timedelta(seconds=1)


async def test_methods_are_shown_to_their_owner_newest_first(stage: Stage, fake: FakeProvider) -> None:
    older = await stage.save_method(fake)
    newer = await stage.save_method(fake)
    await stage.save_method(fake, user_id=STRANGER)

    async with stage.browser("viewer") as browser:
        answer = await browser.get("/v1/payment-methods")

    assert answer.status_code == 200
    body = answer.json()
    assert [(one["id"], one["is_default"]) for one in body["items"]] == [(str(newer), True), (str(older), False)]
    assert set(body["items"][0]) == {"id", "title", "label", "kind", "is_default", "saved_at"}
    assert body["next_cursor"] is None


async def test_a_removed_method_is_gone_and_the_newest_left_is_the_default(stage: Stage, fake: FakeProvider) -> None:
    older = await stage.save_method(fake)
    newer = await stage.save_method(fake)

    async with stage.browser("viewer") as browser:
        removed = await browser.delete(f"/v1/payment-methods/{newer}")
        again = await browser.delete(f"/v1/payment-methods/{newer}")
        left = await browser.get("/v1/payment-methods")

    assert (removed.status_code, removed.json()["id"]) == (200, str(newer))
    assert (again.status_code, again.json()["code"]) == (404, "payment-method-not-found")
    assert [(one["id"], one["is_default"]) for one in left.json()["items"]] == [(str(older), True)]
    removals = await stage.events("MethodRemoved")
    assert [(one["method_id"], one["reason"]) for one in removals] == [(str(newer), "removed")]


async def test_a_removal_with_a_key_is_answered_again_the_same_way(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)

    async with stage.browser("viewer") as browser:
        first = await browser.delete(f"/v1/payment-methods/{method_id}", headers={HEADER: "a-key"})
        second = await browser.delete(f"/v1/payment-methods/{method_id}", headers={HEADER: "a-key"})

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert second.headers[REPLAY_HEADER] == "true"
    assert len(await stage.events("MethodRemoved")) == 1


async def test_the_owner_chooses_the_default(stage: Stage, fake: FakeProvider) -> None:
    older = await stage.save_method(fake)
    await stage.save_method(fake)

    async with stage.browser("viewer") as browser:
        answer = await browser.post(f"/v1/payment-methods/{older}/default")

    assert (answer.status_code, answer.json()["is_default"]) == (200, True)
    default = await stage.default_method(VIEWER)
    assert default is not None
    assert default.id == older


async def test_nobody_touches_the_methods_of_others(stage: Stage, fake: FakeProvider) -> None:
    method_id = await stage.save_method(fake)
    before = await stage.snapshot()

    async with stage.browser("stranger") as browser:
        answers = [
            await browser.delete(f"/v1/payment-methods/{method_id}"),
            await browser.post(f"/v1/payment-methods/{method_id}/default"),
        ]
        seen = await browser.get("/v1/payment-methods")

    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "payment-method-not-found")] * 2
    assert seen.json()["items"] == []
    assert await stage.snapshot() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/payment-methods"),
        ("DELETE", "/v1/payment-methods/0190a000-0000-7000-8000-00000000ffff"),
        ("POST", "/v1/payment-methods/0190a000-0000-7000-8000-00000000ffff/default"),
        ("GET", "/v1/admin/payments"),
        ("GET", "/v1/admin/payments/refunds"),
        ("GET", "/v1/admin/webhooks"),
    ],
)
async def test_who_is_not_signed_in_gets_nothing(stage: Stage, method: str, path: str) -> None:
    async with stage.browser() as browser:
        answer = await browser.request(method, path)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/v1/admin/payments", "/v1/admin/payments/refunds", "/v1/admin/webhooks"])
async def test_a_viewer_is_no_operator(stage: Stage, path: str) -> None:
    async with stage.browser("viewer") as browser:
        answer = await browser.get(path)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/admin/payments?limit=0", 422),
        ("/v1/admin/payments?limit=101", 422),
        ("/v1/admin/payments?status=paid", 422),
        ("/v1/admin/payments?user_id=me", 422),
        ("/v1/admin/payments?cursor=nonsense", 400),
        ("/v1/admin/payments/refunds?status=paid", 422),
        ("/v1/admin/payments/refunds?order_id=mine", 422),
        ("/v1/admin/payments/refunds?cursor=nonsense", 400),
        ("/v1/admin/webhooks?outcome=lost", 422),
        ("/v1/admin/webhooks?cursor=W10", 400),
    ],
)
async def test_a_question_that_cannot_be_right_is_refused(stage: Stage, path: str, status: int) -> None:
    async with stage.browser("admin") as browser:
        answer = await browser.get(path)

    assert answer.status_code == status


async def test_an_operator_pages_through_payments(stage: Stage, fake: FakeProvider) -> None:
    requests = []
    for _ in range(5):
        requests.append(stage.make_request())
        await stage.payments.request(requests[-1])
        stage.clock.advance(LEAP)
    fake.fail("charge", Fault.REJECTED)
    rejected = stage.make_request(user_id=STRANGER)
    await stage.payments.request(rejected)

    async with stage.browser("admin") as browser:
        pages = [(await browser.get("/v1/admin/payments?limit=4")).json()]
        pages.append((await browser.get(f"/v1/admin/payments?limit=4&cursor={pages[0]['next_cursor']}")).json())
        by_user = (await browser.get(f"/v1/admin/payments?user_id={STRANGER}")).json()["items"]
        by_status = (await browser.get("/v1/admin/payments?status=canceled")).json()["items"]
        by_order = (await browser.get(f"/v1/admin/payments?order_id={requests[2].order_id}")).json()["items"]

    ids = [one["id"] for page in pages for one in page["items"]]
    assert ids == [str(one.payment_id) for one in reversed([*requests, rejected])]
    assert pages[1]["next_cursor"] is None
    assert [one["id"] for one in by_user] == [str(rejected.payment_id)]
    assert by_user == by_status
    assert by_status[0]["reason"] == "request_rejected"
    assert [one["id"] for one in by_order] == [str(requests[2].payment_id)]
    assert by_order[0]["amount"] == {"minor": 39900, "currency": "RUB"}


async def test_an_operator_sees_how_money_goes_back(stage: Stage, fake: FakeProvider) -> None:
    refunds = [stage.make_refund(await stage.pay(fake)) for _ in range(3)]
    fake.next_refunds = [RefundFailure.SHOP_BALANCE_TOO_LOW]
    for refund in refunds[:2]:
        await stage.payments.refund(refund)
        stage.clock.advance(LEAP)
    fake.next_refunds = [RefundFailure.ACCOUNT_CLOSED]
    await stage.payments.refund(refunds[2])

    async with stage.browser("admin") as browser:
        path = "/v1/admin/payments/refunds"
        pages = [(await browser.get(f"{path}?limit=2")).json()]
        pages.append((await browser.get(f"{path}?limit=2&cursor={pages[0]['next_cursor']}")).json())
        foreign = await browser.get(f"/v1/admin/payments?cursor={pages[0]['next_cursor']}")
        by_user = (await browser.get(f"{path}?user_id={STRANGER}")).json()["items"]
        by_status = (await browser.get(f"{path}?status=created")).json()["items"]
        by_order = (await browser.get(f"{path}?order_id={refunds[2].order_id}")).json()["items"]

    everything = [one for page in pages for one in page["items"]]
    assert [one["id"] for one in everything] == [str(one.refund_id) for one in reversed(refunds)]
    assert (pages[1]["next_cursor"], foreign.status_code, by_user) == (None, 400, [])
    assert by_status == [everything[2]]
    waiting = by_status[0]
    assert (waiting["reason"], waiting["refusals"], waiting["origin"]) == ("shop_balance_too_low", 1, "ours")
    assert datetime.fromisoformat(waiting["next_attempt_at"]) - datetime.fromisoformat(
        waiting["refused_since"]
    ) == timedelta(hours=1)
    assert [(one["status"], one["reason"], one["next_attempt_at"]) for one in by_order] == [
        ("failed", "account_closed", None)
    ]
    assert everything[1]["amount"] == {"minor": 39900, "currency": "RUB"}
    assert all("request" not in one for one in everything)


async def test_an_operator_sees_what_became_of_notifications(stage: Stage, fake: FakeProvider) -> None:
    request = stage.make_request()
    await stage.payments.request(request)
    provider_id = await stage.provider_id(request.payment_id)
    early = fake.notification("payment.succeeded", provider_id)
    fake.confirm(provider_id)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    stage.clock.advance(LEAP)
    await stage.notify(b'{"event": "payout.succeeded", "id": "po", "object": {}}')
    await stage.drain()
    stage.clock.advance(LEAP)
    await stage.notify(early)

    async with stage.browser("admin") as browser:
        everything = (await browser.get("/v1/admin/webhooks")).json()["items"]
        applied = (await browser.get("/v1/admin/webhooks?outcome=applied")).json()["items"]
        waiting = (await browser.get("/v1/admin/webhooks?waiting=true")).json()["items"]
        first = (await browser.get("/v1/admin/webhooks?limit=2")).json()
        rest = (await browser.get(f"/v1/admin/webhooks?limit=2&cursor={first['next_cursor']}")).json()

    assert [one["outcome"] for one in everything] == [None, "ignored", "applied"]
    assert [one["object_id"] for one in applied] == [provider_id]
    assert [one["outcome"] for one in waiting] == [None]
    assert first["items"] + rest["items"] == everything
    assert (everything[2]["address"], everything[2]["event"]) == ("127.0.0.1", "payment.succeeded")
    assert "body" not in everything[0]


async def test_every_described_route_has_a_summary(db: Database, clock: ManualClock, fake: FakeProvider) -> None:
    stage = Stage(db=db, clock=clock, provider=fake)

    described = {
        f"{method.upper()} {path}": operation.get("description", "")
        for path, operations in stage.app.openapi()["paths"].items()
        for method, operation in operations.items()
    }

    assert set(described) == {
        "GET /v1/payment-methods",
        "POST /v1/payment-methods",
        "GET /v1/payment-method-bindings/{binding_id}",
        "DELETE /v1/payment-methods/{method_id}",
        "POST /v1/payment-methods/{method_id}/default",
        "GET /v1/admin/payments",
        "GET /v1/admin/payments/refunds",
        "GET /v1/admin/webhooks",
        "POST /v1/webhooks/{provider}",
    }
    assert all(described.values())
