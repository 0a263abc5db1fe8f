"""A database that the release before wrote, killed in the middle of its work: this one takes all of it to its end.

The names of the viewers say where they stood; `lives` tells how they came there.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

from cinema.contracts.enums import RefundStatus
from cinema.kit.inbox import replay
from cinema.payments.domain.decline import CancelReason
from cinema.payments.domain.port import Canceled
from scenarios.house import URL, House, Viewer
from upgrade.recording import Before

RENEWING = (
    "renewal-failing",
    "renewal-answered",
    "renewal-lost",
    "renewal-pending",
    "renewal-unheard",
    "renewal-created",
    "request-unrelayed",
    "renewal-due",
)
"""Their renewals are under way, each at another place."""

NOTHING_TO_RENEW = {
    "ended-unpaid": "payment_failed",
    "ended-without-method": "no_method",
    "ended-by-viewer": "canceled",
    "ended-refunded": "refunded",
    "never-paid": "never_paid",
}

KEYS_USED = 100
"""More than any viewer had: a key that is used again answers what it answered then."""

HOURLY = timedelta(hours=1)
"""As often as nothing is late: a renewal is charged an hour before its period ends."""

SOON = timedelta(minutes=15)


async def viewer_of(house: House, name: str) -> Viewer:
    viewer = await house.sign_in(name)
    viewer.keys = KEYS_USED
    return viewer


async def subscriptions(house: House) -> dict[str, dict[str, Any]]:
    """Status, reason and period of each viewer's subscription, by name."""
    rows = await house.rows(
        """SELECT u.login, s.status, s.ended_reason, s.period_no, s.ended_at
           FROM billing.subscriptions AS s JOIN identity.users AS u ON u.id = s.user_id"""
    )
    assert len({row["login"] for row in rows}) == len(rows)
    return {row["login"]: row for row in rows}


async def standing(house: House, *names: str) -> set[tuple[str, str | None, int]]:
    """How these subscriptions stand: status, reason of the end, newest paid period."""
    found = await subscriptions(house)
    return {(found[name]["status"], found[name]["ended_reason"], found[name]["period_no"]) for name in names}


async def payment_of(house: House, name: str, *, status: str = "pending") -> str:
    """The provider's id of the viewer's payment in this status."""
    (row,) = await house.rows(
        """SELECT p.provider_payment_id AS id FROM payments.payments AS p JOIN identity.users AS u ON u.id = p.user_id
           WHERE u.login = $1 AND p.status = $2""",
        name,
        status,
    )
    assert isinstance(row["id"], str)
    return row["id"]


async def act_on_page(house: House, name: str) -> None:
    """The viewer pays on the page that the release before had opened."""
    provider_id = await payment_of(house, name)
    house.provider.confirm(provider_id)
    await house.notify("payment.succeeded", provider_id)


async def let_the_card_be_good(house: House, name: str) -> None:
    (row,) = await house.rows(
        """SELECT m.token FROM payments.methods AS m JOIN identity.users AS u ON u.id = m.user_id
           WHERE u.login = $1 AND m.is_default""",
        name,
    )
    house.provider.revoke(row["token"], reason=None)


async def end_what_is_pending(house: House) -> None:
    """Everybody who is asked for something does it: viewers pay, but for one, and the provider refunds."""
    provider_id = await payment_of(house, "checkout-late")
    house.provider.settle(provider_id, Canceled(reason=CancelReason.NOT_CONFIRMED))
    await house.notify("payment.canceled", provider_id)
    for name in ("checkout-open", "past-due-paying", "renewal-pending"):
        await act_on_page(house, name)
    for provider_refund_id, seen in list(house.provider.refunds.items()):
        if seen.status is RefundStatus.PENDING:
            house.provider.settle_refund(provider_refund_id)
    await let_the_card_be_good(house, "past-due")


async def kept_twice(house: House) -> list[dict[str, Any]]:
    """Periods for which money was taken more than once and is not on its way back."""
    return await house.rows(
        """SELECT o.subscription_id, o.period_no
           FROM payments.payments AS p JOIN billing.orders AS o ON o.id = p.order_id
           WHERE p.status = 'succeeded' AND p.refunds_minor < p.amount_minor
           GROUP BY o.subscription_id, o.period_no HAVING count(*) > 1"""
    )


def mails_to(house: House, name: str) -> list[str]:
    """What the viewer was told: the subjects, as far as the colon."""
    return [mail.subject.partition(":")[0] for mail in house.mailer.mails if mail.to == f"{name}@viewers.example"]


async def assert_nobody_pays_twice(house: House) -> None:
    assert set(house.provider.charges.values()) == {1}
    assert set(house.provider.created.values()) == {1}
    assert set(house.provider.returned.values()) == {1}
    assert await kept_twice(house) == []
    assert await house.cinema.payments.comparison.differences(days=90) == []


async def test_what_was_written_is_whole_before_and_after_the_first_look_at_it(house: House, before: Before) -> None:
    found_at_start = await house.violations()
    await house.drain()
    done = await house.rows("SELECT status FROM kit.inbox WHERE status = 'done'")

    assert found_at_start == []
    assert await house.violations() == []
    assert before.done < len(done)
    assert {name: (await standing(house, name)).pop() for name in NOTHING_TO_RENEW} == {
        name: ("ended", reason, 0) for name, reason in NOTHING_TO_RENEW.items()
    }


async def test_every_renewal_that_was_under_way_comes_to_its_end_once(house: House) -> None:
    paid_before = len(house.provider.charges)
    await act_on_page(house, "renewal-pending")

    await house.pass_time(timedelta(hours=1), grain=SOON)

    renewed = await house.rows(
        """SELECT u.login, count(*) AS times FROM kit.outbox AS o
           JOIN identity.users AS u ON u.id = (o.payload ->> 'user_id')::uuid
           WHERE o.name = 'billing.SubscriptionRenewed' AND o.occurred_at > '2026-03-20Z' GROUP BY u.login"""
    )
    assert await standing(house, *RENEWING) == {("active", None, 1)}
    assert {row["login"]: row["times"] for row in renewed} == dict.fromkeys(RENEWING, 1)
    assert await standing(house, "renewal-declined") == {("past_due", None, 0)}
    assert len(house.provider.charges) == paid_before + 4, "four of the eight had been charged before"
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_every_event_that_waited_is_heard_once(house: House, before: Before) -> None:
    await house.pass_time(timedelta(hours=2), grain=SOON)

    rows = await house.rows("SELECT group_name, event_id, status, attempts FROM kit.inbox")
    heard = {(row["group_name"], row["event_id"]): row for row in rows}
    assert len(before.unheard) == 10
    assert {one: heard[one]["status"] for one in before.unheard} == dict.fromkeys(before.unheard, "done")
    assert {one: heard[one]["attempts"] for one in before.unheard} == {
        one: failures + 1 for one, failures in before.unheard.items()
    }
    assert Counter(row["status"] for row in rows if row["status"] != "done") == {"parked": 1}
    assert mails_to(house, "newcomer-queued") == ["Welcome to Cinema"]
    assert mails_to(house, "newcomer-unrelayed") == ["Welcome to Cinema"]
    assert mails_to(house, "activated-unheard") == ["Payment received"]
    assert mails_to(house, "checkout-declined") == ["Payment failed"]
    assert mails_to(house, "leaving") == ["Subscription canceled"]
    assert await house.violations() == []


async def test_what_was_parked_can_be_heard_after_all(house: House) -> None:
    await house.drain()
    told_before = mails_to(house, "unwelcomed")

    count = await replay(house.db, now=house.clock.now())
    await house.drain()

    assert (told_before, count) == ([], 1)
    assert mails_to(house, "unwelcomed") == ["Welcome to Cinema"]
    assert await house.violations() == []


async def test_a_key_that_was_used_before_repeats_its_answer(house: House) -> None:
    viewer = await house.sign_in("checkout-open")
    (known,) = await house.rows(
        "SELECT key, body FROM kit.idempotency WHERE scope = $1", f"{viewer.user_id} POST /v1/subscriptions"
    )

    body = {"plan": "month", "return_url": f"{URL}/back"}
    headers = {"Idempotency-Key": known["key"]}
    answer = await house.call(viewer, "POST", "/v1/subscriptions", json=body, headers=headers)

    assert (answer.status_code, answer.json()) == (201, known["body"])
    assert answer.headers["Idempotent-Replayed"] == "true"
    assert len(await house.rows("SELECT id FROM billing.orders WHERE user_id = $1", viewer.user_id)) == 1


async def test_refunds_that_were_on_their_way_arrive_once(house: House) -> None:
    returned_before = sum(house.provider.returned.values())
    pending = [one for one, seen in house.provider.refunds.items() if seen.status is RefundStatus.PENDING]
    for provider_refund_id in pending:
        house.provider.settle_refund(provider_refund_id)

    await house.pass_time(timedelta(hours=1), grain=SOON)

    rows = await house.rows(
        """SELECT u.login, r.status, r.amount_minor FROM billing.refunds AS r
           JOIN billing.orders AS o ON o.id = r.order_id JOIN identity.users AS u ON u.id = o.user_id"""
    )
    assert {(row["login"], row["status"], row["amount_minor"]) for row in rows} == {
        ("ended-refunded", "succeeded", 39900),
        ("refunded-in-part", "succeeded", 10000),
        ("refunded-in-part", "failed", 20000),
        ("refund-pending", "succeeded", 39900),
        ("refund-unknown", "succeeded", 39900),
        ("refund-created", "succeeded", 39900),
        ("surplus", "succeeded", 39900),
    }
    assert (len(rows), len(pending)) == (7, 1)
    taken_back = ("refund-pending", "refund-unknown", "refund-created")
    assert await standing(house, *taken_back) == {("ended", "refunded", 0)}
    assert await standing(house, "surplus", "refunded-in-part") == {("active", None, 0)}
    assert sum(house.provider.returned.values()) == returned_before + 3, "one had arrived, unknown to us"
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_what_was_paid_before_can_be_given_back(house: House) -> None:
    await house.drain()
    viewer, staff = await viewer_of(house, "activated-unheard"), await viewer_of(house, "staff")
    (own,) = (await house.ok(viewer, "GET", "/v1/orders"))["items"]
    (other,) = (await house.ok(await viewer_of(house, "refunded-in-part"), "GET", "/v1/orders"))["items"]
    body = {"access_effect": "revoke", "reason": "the rest of it"}

    await house.ok(viewer, "POST", f"/v1/orders/{own['id']}/refunds", json={"reason": "no"})
    rest = await house.ok(staff, "POST", f"/v1/admin/orders/{other['id']}/refunds", json=body)
    await house.pass_time(timedelta(minutes=5))

    assert rest["amount"]["minor"] == 29900
    assert await standing(house, "activated-unheard", "refunded-in-part") == {("ended", "refunded", 0)}
    assert sorted(mails_to(house, "activated-unheard")) == ["Payment received", "Refund", "Subscription ended"]
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_who_was_past_due_recovers_when_the_provider_says_yes(house: House) -> None:
    await end_what_is_pending(house)

    await house.pass_time(timedelta(hours=1), grain=SOON)
    renewed_at_once = await standing(house, "past-due", "past-due-paying")
    await house.pass_time(timedelta(days=1), grain=HOURLY)

    assert renewed_at_once == {("active", None, 1)}
    assert await standing(house, "renewal-declined") == {("active", None, 1)}
    for name in ("past-due", "past-due-paying", "renewal-declined"):
        viewer = await viewer_of(house, name)
        assert "subscriber" in (await house.ok(viewer, "GET", "/v1/me"))["roles"]
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_checkouts_that_were_open_are_paid_or_given_up(house: House) -> None:
    await end_what_is_pending(house)

    await house.pass_time(timedelta(days=1), grain=HOURLY)

    assert await standing(house, "checkout-open", "checkout-told") == {("active", None, 0)}
    assert await standing(house, "checkout-late", "checkout-declined") == {("ended", "never_paid", 0)}
    assert mails_to(house, "checkout-told") == ["Payment received"]
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_who_had_canceled_or_has_no_method_leaves_when_the_period_ends(house: House) -> None:
    await end_what_is_pending(house)

    await house.pass_time(timedelta(days=9), grain=HOURLY)

    found = await subscriptions(house)
    ends = {
        name: (found[name]["ended_reason"], found[name]["ended_at"].isoformat())
        for name in ("leaving", "method-removed")
    }
    assert ends == {
        "leaving": ("canceled", "2026-03-24T10:00:00+00:00"),
        "method-removed": ("no_method", "2026-03-28T10:00:00+00:00"),
    }
    assert await standing(house, "steady", "refunded-in-part") == {("active", None, 2), ("active", None, 1)}
    await assert_nobody_pays_twice(house)
    assert await house.violations() == []


async def test_two_months_later_everything_is_as_it_should_be(house: House) -> None:
    await end_what_is_pending(house)

    for _ in range(5):
        await house.pass_time(timedelta(days=13), grain=HOURLY)
        assert await house.violations() == []

    assert await standing(house, *RENEWING) == {("active", None, 3)}
    assert await standing(house, "checkout-open", "checkout-told", "activated-unheard") == {("active", None, 2)}
    assert await house.rows("SELECT status FROM kit.inbox WHERE status NOT IN ('done', 'parked')") == []
    await assert_nobody_pays_twice(house)
