"""The door for notifications: who may bring them, what is taken, how many may wait, how long they are kept.

F6 and S22 of the acceptance list.
"""

import asyncio
import json
from collections import Counter
from collections.abc import MutableMapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.payments import PaymentRequest
from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.payments.domain.webhook import TRIES_MAX
from cinema.payments.http import WEBHOOK_BYTES_MAX
from cinema.payments.providers.fake import FakeProvider, Fault
from payments.stage import Stage, make_settings


async def asked(stage: Stage) -> tuple[PaymentRequest, str]:
    """A payment on the provider's page, and its id there."""
    request = stage.make_request()
    await stage.payments.request(request)
    return request, await stage.provider_id(request.payment_id)


@pytest.mark.parametrize(
    ("provider", "address", "body", "status", "code"),
    [
        ("nobody", "127.0.0.1", b"{}", 404, "payment-provider-unknown"),
        ("fake", "203.0.113.7", b"{}", 403, "webhook-sender-forbidden"),
        ("fake", "testclient", b"{}", 403, "webhook-sender-forbidden"),
        ("fake", "127.0.0.1", b"", 400, "webhook-invalid"),
        ("fake", "127.0.0.1", b"{}", 400, "webhook-invalid"),
        ("fake", "127.0.0.1", b"not json", 400, "webhook-invalid"),
        ("fake", "127.0.0.1", b"[" * 60_000, 400, "webhook-invalid"),
        ("fake", "127.0.0.1", b" " * (WEBHOOK_BYTES_MAX + 1), 413, "body-too-large"),
        ("fake", "127.0.0.1", b" " * 10_000_000, 413, "body-too-large"),
    ],
)
async def test_what_is_no_notification_is_refused_at_the_door(  # noqa: PLR0917 - the columns of a table
    stage: Stage, provider: str, address: str, body: bytes, status: int, code: str
) -> None:
    async with stage.browser(address=address) as browser:
        answer = await browser.post(f"/v1/webhooks/{provider}", content=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await stage.rows("SELECT id FROM payments.webhooks") == []


async def test_what_cannot_be_read_is_told_to_the_operator_without_its_content(
    stage: Stage, log_lines: list[MutableMapping[str, Any]]
) -> None:
    status = await stage.notify(b'{"card": "5555555555554444"}')

    told = [line for line in log_lines if line["event"] == "webhook.unreadable"]
    assert status == 400
    assert [(line["log_level"], line["provider"], line["size_bytes"]) for line in told] == [("warning", "fake", 28)]
    assert "5555" not in str(log_lines)


async def test_a_notification_waits_for_a_provider_that_does_not_answer(stage: Stage, fake: FakeProvider) -> None:
    request, provider_id = await asked(stage)
    fake.confirm(provider_id)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    fake.fail("read", Fault.LOST_BEFORE, times=3)

    await stage.drain()
    waiting = await stage.verdicts()
    await stage.pass_time(timedelta(minutes=2))

    assert waiting == [(None, None)]
    assert (await stage.view(request)).status is PaymentStatus.SUCCEEDED
    assert await stage.names() == ["PaymentSucceeded"]
    assert await stage.violations() == []


async def test_a_notification_that_nobody_ever_confirms_is_refused_in_the_end(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    fake.fail("read", Fault.LOST_BEFORE, times=1_000)

    await stage.pass_time(timedelta(hours=6))

    rows = await stage.rows("SELECT outcome, reason, tries FROM payments.webhooks")
    assert [(one["outcome"], one["reason"], one["tries"]) for one in rows] == [("refused", "unconfirmed", TRIES_MAX)]


async def test_a_notification_about_what_we_do_not_use_is_kept_and_ignored(stage: Stage, fake: FakeProvider) -> None:
    body = json.dumps({"event": "payout.succeeded", "id": "po-1", "object": {}}).encode()

    assert await stage.notify(body) == 200
    await stage.drain()

    assert await stage.verdicts() == [("ignored", "not_used")]
    assert fake.calls == {}


async def test_notifications_at_once_are_committed_together(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    bodies = [fake.notification("payment.waiting_for_capture", provider_id) + b" " * one for one in range(100)]
    await stage.built.module.start()
    try:
        commits_before = await _transactions(stage)
        statuses = await asyncio.gather(*(stage.notify(body) for body in bodies))
        commits = await _transactions(stage) - commits_before
    finally:
        await stage.built.module.stop()

    assert set(statuses) == {200}
    assert len(await stage.rows("SELECT id FROM payments.webhooks")) == 100
    assert commits <= 20


async def _transactions(stage: Stage) -> int:
    rows = await stage.rows("SELECT count(DISTINCT xmin::text)::int AS number FROM payments.webhooks")
    number = rows[0]["number"]
    assert isinstance(number, int)
    return number


async def test_when_too_many_wait_the_sender_is_asked_to_come_again(
    db: Database, clock: ManualClock, fake: FakeProvider
) -> None:
    stage = await Stage(db=db, clock=clock, provider=fake, settings=make_settings(webhook_queue=1)).open()
    _, provider_id = await asked(stage)
    body = fake.notification("payment.waiting_for_capture", provider_id)
    await stage.built.module.start()
    try:
        async with stage.browser() as browser:
            answers = await asyncio.gather(
                *(browser.post("/v1/webhooks/fake", content=body + b" " * one) for one in range(30))
            )
    finally:
        await stage.built.module.stop()

    codes = Counter(answer.status_code for answer in answers)
    assert codes[503] == 30 - codes[200] > 0
    assert {answer.json()["code"] for answer in answers if answer.status_code == 503} == {"webhook-queue-full"}
    assert len(await stage.rows("SELECT id FROM payments.webhooks")) == codes[200]


async def test_handled_notifications_are_forgotten_after_a_while(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    await stage.notify(fake.notification("payment.succeeded", provider_id))
    await stage.drain()

    stage.clock.advance(timedelta(days=90))
    await stage.drain()
    kept = len(await stage.rows("SELECT id FROM payments.webhooks"))
    stage.clock.advance(timedelta(seconds=1))
    await stage.drain()

    assert kept == 1
    assert await stage.rows("SELECT id FROM payments.webhooks") == []


async def test_the_same_forged_message_twice_is_refused_twice(stage: Stage, fake: FakeProvider) -> None:
    _, provider_id = await asked(stage)
    fake.confirm(provider_id)
    message = deepcopy(json.loads(fake.notification("payment.succeeded", provider_id)))
    message["object"]["amount"]["minor"] = 1
    forged = json.dumps(message).encode()

    await stage.notify(forged)
    await stage.notify(forged)
    await stage.drain()

    assert await stage.verdicts() == [("refused", "amount")] * 2
