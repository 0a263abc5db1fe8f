"""What is to be done about a subscription that is due: a table of cases, tried without a database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from billing.domain.wholes import (
    CARD,
    CONTACT,
    END,
    METHOD,
    PAYER,
    POLICIES,
    PRICE,
    make_charge,
    make_line,
    make_order,
    make_subscription,
    new_ids,
    told,
)
from cinema.billing.domain.order import ChargeStatus
from cinema.billing.domain.renewing import (
    Collect,
    Decision,
    OrderNext,
    Payer,
    RunOut,
    Tell,
    Wait,
    carry_out,
    decide,
    decide_notice,
    put_off_notice,
)
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import EntitlementGranted, PaymentRequested, RenewalUpcoming, SubscriptionRenewed
from cinema.contracts.enums import DeclineClass, EndedReason, OrderKind, SubscriptionStatus
from cinema.kit.money import Money

CHARGE = END - timedelta(hours=1)
LATE = SubscriptionStatus.PAST_DUE
NOBODY = Payer(contact=None, method=None)
CARDLESS = Payer(contact=CONTACT, method=None)
WAITING = Standing(subscription=told(), awaited=make_order(), lines=(make_line(),), charges=(make_charge(),))
REFUSED = replace(
    WAITING,
    subscription=told(status=LATE),
    charges=(make_charge(status=ChargeStatus.FAILED, decline_class=DeclineClass.HARD, reason="card_expired"),),
)
FREE = Money(minor=0, currency="RUB")


def choose(standing: Standing, payer: Payer = PAYER, *, now: datetime = CHARGE) -> Decision:
    return decide(standing, payer, policies=POLICIES, now=now)


CASES = {
    "told and due": (Standing(subscription=told()), PAYER, CHARGE, OrderNext),
    "told and not due": (Standing(subscription=told()), PAYER, CHARGE - timedelta(seconds=1), Wait),
    "not told": (Standing(subscription=make_subscription()), PAYER, CHARGE, Tell),
    "told so long ago that it does not count": (
        Standing(subscription=told()), PAYER, END + timedelta(days=7), Tell,
    ),
    "a dropped order's charge has no result": (
        Standing(subscription=told(), is_under_way=True), PAYER, CHARGE, Wait,
    ),
    "canceled": (Standing(subscription=told(cancel_at_period_end=True)), PAYER, CHARGE, RunOut),
    "no card": (Standing(subscription=told()), CARDLESS, CHARGE, RunOut),
    "gone": (Standing(subscription=told()), NOBODY, CHARGE, RunOut),
    "never to renew": (Standing(subscription=make_subscription(remind_at=None)), PAYER, CHARGE, RunOut),
    "an order waits": (WAITING, PAYER, CHARGE, Collect),
    "late, an order waits": (replace(WAITING, subscription=told(status=LATE)), PAYER, END, Collect),
    "late, nothing waits": (Standing(subscription=told(status=LATE)), PAYER, END, RunOut),
    "late and canceled": (
        replace(WAITING, subscription=told(status=LATE, cancel_at_period_end=True)), PAYER, END, RunOut,
    ),
    "unpaid as yet": (
        Standing(subscription=make_subscription(status=SubscriptionStatus.INCOMPLETE)), PAYER, CHARGE, Wait,
    ),
    "free, without a card": (Standing(subscription=make_subscription(price=FREE)), CARDLESS, CHARGE, OrderNext),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_decision(case: str) -> None:
    standing, payer, now, decision = CASES[case]

    assert type(choose(standing, payer, now=now)) is decision


def test_who_is_told_is_charged_on_the_method_that_was_named() -> None:
    standing = Standing(subscription=told())
    decision = choose(standing)

    changes = carry_out(standing, decision, policies=POLICIES, new_id=new_ids(), now=CHARGE)

    (fresh,), (charge,), (asked,) = changes.new_orders, changes.new_charges, changes.events
    assert isinstance(asked, PaymentRequested)
    assert (fresh.order.kind, fresh.order.total, fresh.order.expires_at) == (
        OrderKind.RENEWAL, PRICE, END + timedelta(days=7),
    )  # fmt: skip
    assert charge.method_id == asked.request.method_id == METHOD
    assert asked.request.return_url is None
    assert CHARGE < changes.subscriptions[0].next_attempt_at < END  # type: ignore[operator] # it runs


def test_a_notice_names_amount_time_and_method() -> None:
    standing = Standing(subscription=make_subscription())
    now = END - timedelta(days=3, hours=1)
    decision = decide_notice(standing, CARD, policies=POLICIES, now=now)
    assert decision is not None

    changes = carry_out(standing, decision, policies=POLICIES, new_id=new_ids(), now=now)

    (notice,), (subscription,) = changes.events, changes.subscriptions
    assert isinstance(notice, RenewalUpcoming)
    assert (notice.amount, notice.charge_at, notice.method_title) == (PRICE, CHARGE, CARD.title)
    assert (subscription.told_charge_at, subscription.next_attempt_at, subscription.remind_at) == (
        CHARGE, CHARGE, None,
    )  # fmt: skip


def test_who_is_told_late_is_charged_late_and_keeps_access_meanwhile() -> None:
    standing = Standing(subscription=make_subscription())
    decision = choose(standing, now=END + timedelta(hours=5))

    changes = carry_out(standing, decision, policies=POLICIES, new_id=new_ids(), now=END + timedelta(hours=5))

    (subscription,), (grace,) = changes.subscriptions, changes.rights
    assert subscription.told_charge_at == END + timedelta(days=1, hours=17)
    assert grace.starts_at == END + timedelta(hours=5)
    assert grace.ends_at > subscription.told_charge_at
    assert [note.action for note in changes.notes] == ["charge postponed"]


def test_without_a_method_the_notice_is_put_off_until_the_charge() -> None:
    standing = Standing(subscription=make_subscription())
    now = END - timedelta(days=3, hours=1)

    (subscription,) = put_off_notice(standing, policies=POLICIES, now=now).subscriptions

    assert decide_notice(standing, None, policies=POLICIES, now=now) is None
    assert subscription.remind_at == CHARGE


def test_a_method_that_was_refused_for_good_is_not_tried_again() -> None:
    decision = choose(REFUSED, now=END)
    assert isinstance(decision, Collect)

    changes = carry_out(REFUSED, decision, policies=POLICIES, new_id=new_ids(), now=END)

    assert decision.method is None
    assert changes.new_charges == ()


def test_another_card_is_tried_at_once() -> None:
    other = replace(CARD, id=new_ids()())  # type: ignore[arg-type] # any id
    decision = choose(REFUSED, Payer(contact=CONTACT, method=other), now=END)

    changes = carry_out(REFUSED, decision, policies=POLICIES, new_id=new_ids(), now=END)

    assert [(one.method_id, one.attempt) for one in changes.new_charges] == [(other.id, 2)]


def test_one_charge_is_under_way_at_a_time() -> None:
    decision = choose(WAITING)
    assert isinstance(decision, Collect)

    assert decision.method is None


@pytest.mark.parametrize(
    ("subscription", "now", "reason"),
    [
        (told(cancel_at_period_end=True), END, EndedReason.CANCELED),
        (told(status=LATE), END, EndedReason.PAYMENT_FAILED),
    ],
)
def test_what_is_not_renewed_ends_with_its_period(subscription: object, now: datetime, reason: EndedReason) -> None:
    standing = Standing(subscription=subscription)  # type: ignore[arg-type] # a case
    early, late = choose(standing, now=now - timedelta(seconds=1)), choose(standing, now=now)

    waits = carry_out(standing, early, policies=POLICIES, new_id=new_ids(), now=now - timedelta(seconds=1))
    ends = carry_out(standing, late, policies=POLICIES, new_id=new_ids(), now=now)

    assert [(one.ended_reason, one.next_attempt_at) for one in waits.subscriptions] == [(None, END)]
    assert [(one.ended_reason, one.next_attempt_at) for one in ends.subscriptions] == [(reason, None)]


def test_a_free_period_is_delivered_without_a_payment_and_a_notice() -> None:
    standing = Standing(subscription=make_subscription(price=FREE))
    decision = choose(standing, CARDLESS)

    changes = carry_out(standing, decision, policies=POLICIES, new_id=new_ids(), now=CHARGE)

    assert decide_notice(standing, CARD, policies=POLICIES, now=CHARGE) is None
    assert changes.new_charges == ()
    assert [type(event) for event in changes.events] == [EntitlementGranted, SubscriptionRenewed]
    assert changes.subscriptions[-1].is_renewing
