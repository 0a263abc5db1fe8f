"""What is to be done about a subscription that is due: a table of cases, tried without a database."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from billing.domain.wholes import (
    CARD,
    CONTACT,
    DURATIONS,
    END,
    METHOD,
    NOTICE,
    PAYER,
    POLICIES,
    PRICE,
    make_charge,
    make_grace,
    make_line,
    make_order,
    make_subscription,
    new_ids,
    told,
)
from cinema.billing.domain.agreement import Notice
from cinema.billing.domain.changes import NO_CHANGES, Changes
from cinema.billing.domain.order import Charge, ChargeStatus
from cinema.billing.domain.renewing import (
    LOOK_AGAIN,
    Collect,
    Decision,
    Lose,
    MakeRoom,
    OrderNext,
    Payer,
    RunOut,
    Tell,
    TellOfEnd,
    Wait,
    carry_out,
    decide,
    decide_notice,
    delivered,
)
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import (
    EntitlementGranted,
    PaymentRequested,
    RenewalStopped,
    RenewalUpcoming,
    SubscriptionEnded,
    SubscriptionEnding,
    SubscriptionRenewed,
)
from cinema.contracts.enums import (
    DeclineClass,
    EndedReason,
    OrderKind,
    OrderStatus,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import MethodId, NoticeId
from cinema.kit.money import Money

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
CHARGE = END - HOUR
UNTIL = END + 7 * DAY
LATE = SubscriptionStatus.PAST_DUE
NOBODY = Payer(contact=None, method=None)
CARDLESS = Payer(contact=CONTACT, method=None)
OTHER_CARD = replace(CARD, id=MethodId(UUID(int=99)))
OTHER = Payer(contact=CONTACT, method=OTHER_CARD)
FREE = Money(minor=0, currency="RUB")
OFF = {"renewal": RenewalState.OFF, "renewal_reason": RenewalReason.CANCELED}
UNHEARD = replace(NOTICE, delivered_at=None)

WAITING = Standing(subscription=told(), awaited=make_order(), lines=(make_line(),), charges=(make_charge(),))
HARD = make_charge(status=ChargeStatus.FAILED, decline_class=DeclineClass.HARD, reason="card_expired")
SOFT = replace(HARD, decline_class=DeclineClass.SOFT, reason="insufficient_funds")
AHEAD = make_order(kind=OrderKind.CHECKOUT, return_url="http://cinema.test/", give_up_at=END)


def one(**changed: object) -> Standing:
    return Standing(subscription=make_subscription(**changed))


def informed(**changed: object) -> Standing:
    return Standing(subscription=told(**changed))


def next_by(notice: Notice | None, until: datetime = UNTIL) -> OrderNext:
    return OrderNext(contact=CONTACT, notice=notice, until=until)


CASES: dict[str, tuple[Standing, Payer, datetime, Decision]] = {
    "told and due": (informed(), PAYER, CHARGE, next_by(NOTICE)),
    "told and not due": (informed(), PAYER, CHARGE - SECOND, Wait(until=CHARGE)),
    "told, the worker came after the end": (informed(), PAYER, END + DAY, next_by(NOTICE)),
    "told so long ago that it does not count": (
        informed(), PAYER, UNTIL, Tell(charge_at=UNTIL + 1.5 * DAY, method=CARD),
    ),
    "told just long enough ago": (informed(), PAYER, UNTIL - SECOND, next_by(NOTICE)),
    "not told": (one(), PAYER, CHARGE, Tell(charge_at=CHARGE + 1.5 * DAY, method=CARD)),
    "told of another method": (informed(), OTHER, CHARGE, Tell(charge_at=CHARGE + 1.5 * DAY, method=OTHER_CARD)),
    "told of another amount": (
        informed(price=PRICE + PRICE), PAYER, CHARGE, Tell(charge_at=CHARGE + 1.5 * DAY, method=CARD),
    ),
    "the notice is still on its way": (informed(notice=UNHEARD), PAYER, CHARGE, Wait(until=CHARGE + HOUR)),
    "the notice is still on its way after the end": (
        informed(notice=replace(UNHEARD, charge_at=END + HOUR)), PAYER, END + HOUR,
        Wait(until=END + 2 * HOUR, grace_until=END + 7 * DAY + 2 * HOUR),
    ),
    "the notice was not handed over": (
        informed(notice=UNHEARD), PAYER, CHARGE + HOUR, Tell(charge_at=END + 1.5 * DAY, method=CARD),
    ),
    "nobody could be told until the grace was over": (
        informed(notice=UNHEARD), PAYER, UNTIL, RunOut(reason=EndedReason.NOT_TOLD),
    ),
    "told of a charge past the end": (
        informed(notice=replace(NOTICE, charge_at=END + DAY)), PAYER, END,
        Wait(until=END + DAY, grace_until=END + 8 * DAY + HOUR),
    ),
    "a dropped order's charge has no result": (
        replace(informed(), is_under_way=True), PAYER, CHARGE, Wait(until=CHARGE + HOUR / 2),
    ),
    "a dropped order's charge has no result after the end": (
        replace(informed(), is_under_way=True), PAYER, END, Wait(until=END + LOOK_AGAIN, grace_until=UNTIL),
    ),
    "what was to be bought ahead was not paid": (
        replace(informed(), awaited=AHEAD, is_under_way=True), PAYER, CHARGE, MakeRoom(),
    ),
    "canceled": (informed(**OFF), PAYER, CHARGE, RunOut(reason=EndedReason.CANCELED)),
    "taken back": (
        informed(renewal=RenewalState.OFF, renewal_reason=RenewalReason.REFUND_REQUESTED), PAYER, CHARGE,
        RunOut(reason=EndedReason.REFUNDED),
    ),
    "bought once": (
        one(renewal=RenewalState.OFF, renewal_reason=RenewalReason.NOT_AGREED), CARDLESS, END,
        RunOut(reason=EndedReason.NOT_RENEWED),
    ),
    "the card was removed": (
        one(renewal=RenewalState.NO_METHOD, renewal_reason=RenewalReason.METHOD_REMOVED), CARDLESS, END,
        RunOut(reason=EndedReason.NO_METHOD),
    ),
    "no card": (informed(), CARDLESS, CHARGE, Lose()),
    "gone": (informed(), NOBODY, CHARGE, RunOut(reason=EndedReason.NO_METHOD)),
    "an order waits, its charge is under way": (WAITING, PAYER, CHARGE, Collect(order=make_order(), notice=None)),
    "an order waits, refused": (
        replace(WAITING, charges=(SOFT,)), PAYER, END, Collect(order=make_order(), notice=NOTICE),
    ),
    "refused for good": (
        replace(WAITING, subscription=told(status=LATE), charges=(HARD,)), PAYER, END,
        Collect(order=make_order(), notice=None),
    ),
    "refused, and another card is there that nobody agreed to": (
        replace(WAITING, subscription=told(status=LATE), charges=(SOFT,)), OTHER, END,
        Collect(order=make_order(), notice=None),
    ),
    "refused, and the card is gone": (
        replace(WAITING, subscription=told(status=LATE), charges=(SOFT,)), CARDLESS, END,
        Collect(order=make_order(), notice=None),
    ),
    "late and canceled": (
        replace(WAITING, subscription=told(status=LATE, **OFF), charges=(SOFT,)), PAYER, END,
        Collect(order=make_order(), notice=None),
    ),
    "late, nothing waits": (informed(status=LATE), PAYER, END, RunOut(reason=EndedReason.PAYMENT_FAILED)),
    "late without a method, nothing waits": (
        one(status=LATE, renewal=RenewalState.NO_METHOD, renewal_reason=RenewalReason.METHOD_REMOVED), CARDLESS, END,
        RunOut(reason=EndedReason.NO_METHOD),
    ),
    "unpaid as yet": (one(status=SubscriptionStatus.INCOMPLETE), PAYER, CHARGE, Wait(until=CHARGE + LOOK_AGAIN)),
    "free, without a card": (one(price=FREE), CARDLESS, CHARGE, next_by(None)),
}  # fmt: skip


def choose(standing: Standing, payer: Payer = PAYER, *, now: datetime = CHARGE) -> Decision:
    return decide(standing, payer, durations=DURATIONS, now=now)


def done(standing: Standing, decision: Decision, *, now: datetime = CHARGE) -> Changes:
    return carry_out(standing, decision, policies=POLICIES, new_id=new_ids(), now=now)


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_its_decision(case: str) -> None:
    standing, payer, now, decision = CASES[case]

    assert choose(standing, payer, now=now) == decision


def test_a_charge_is_made_just_as_the_notice_told() -> None:
    changes = done(informed(), next_by(NOTICE))

    (fresh,), (charge,), (asked,), (subscription,) = (
        changes.new_orders, changes.new_charges, changes.events, changes.subscriptions,
    )  # fmt: skip
    assert isinstance(asked, PaymentRequested)
    assert (fresh.order.kind, fresh.order.total, fresh.order.expires_at) == (OrderKind.RENEWAL, PRICE, UNTIL)
    assert (charge.method_id, charge.notice_id, charge.amount) == (METHOD, NOTICE.notice_id, PRICE)
    assert (asked.request.method_id, asked.request.save_method, asked.request.return_url) == (METHOD, False, None)
    assert subscription.next_attempt_at == CHARGE + HOUR / 2
    assert changes.rights == ()


@pytest.mark.parametrize(
    ("notice", "now", "fault"),
    [
        (UNHEARD, CHARGE, "nobody was told"),
        (replace(NOTICE, amount=PRICE + PRICE), CHARGE, "another amount was told"),
        (NOTICE, CHARGE - SECOND, "a later time was told"),
    ],
)
def test_a_charge_that_was_not_told_is_a_bug(notice: Notice, now: datetime, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault):
        done(informed(), next_by(notice), now=now)


def test_a_charge_after_the_end_has_its_grace() -> None:
    changes = done(informed(), next_by(NOTICE), now=END + HOUR)

    assert [(right.starts_at, right.ends_at) for right in changes.rights] == [(END + HOUR, UNTIL)]
    assert changes.subscriptions[-1].next_attempt_at == END + HOUR + LOOK_AGAIN


def test_a_notice_names_amount_time_and_method() -> None:
    standing, now = one(), END - 3 * DAY - HOUR
    decision = decide_notice(standing, CARD, durations=DURATIONS, now=now)

    changes = done(standing, decision, now=now)

    (upcoming,), (subscription,), (notice,) = changes.events, changes.subscriptions, changes.notices
    assert notice == replace(NOTICE, notice_id=NoticeId(UUID(int=100)), told_at=now, delivered_at=None)
    assert isinstance(upcoming, RenewalUpcoming)
    assert (upcoming.amount, upcoming.charge_at, upcoming.method_title, upcoming.notice_id) == (
        PRICE, CHARGE, CARD.title, notice.notice_id,
    )  # fmt: skip
    assert (subscription.notice, subscription.next_attempt_at, subscription.remind_at) == (notice, CHARGE, None)
    assert (changes.notes, changes.rights) == ((), ())


def test_who_is_told_late_is_charged_late_and_keeps_access_meanwhile() -> None:
    standing, now = one(), END + 5 * HOUR

    changes = done(standing, choose(standing, now=now), now=now)

    (subscription,), (notice,), (grace,) = changes.subscriptions, changes.notices, changes.rights
    assert notice.charge_at == subscription.next_attempt_at == END + DAY + 17 * HOUR
    assert (grace.starts_at, grace.ends_at) == (now, now + 7 * DAY)
    assert [note.action for note in changes.notes] == ["charge postponed"]


def test_who_is_told_late_for_the_second_time_has_no_second_grace() -> None:
    standing, now = replace(one(), graces=(make_grace(),)), END + 5 * DAY

    changes = done(standing, choose(standing, now=now), now=now)

    assert [notice.charge_at for notice in changes.notices] == [END + 6.5 * DAY]
    assert changes.rights == ()


@pytest.mark.parametrize(
    ("standing", "method", "decision"),
    [
        (one(), CARD, Tell(charge_at=CHARGE, method=CARD)),
        (one(), None, Lose()),
        (one(price=FREE), CARD, Lose()),
        (one(**OFF), CARD, TellOfEnd()),
        (one(renewal=RenewalState.NO_METHOD, renewal_reason=RenewalReason.METHOD_REVOKED), None, TellOfEnd()),
    ],
)
def test_when_it_is_time_to_tell_the_charge_or_the_end_is_told(
    standing: Standing, method: object, decision: Decision
) -> None:
    now = END - 3 * DAY - HOUR

    assert decide_notice(standing, method, durations=DURATIONS, now=now) == decision  # type: ignore[arg-type] # a case


def test_the_end_is_told_with_what_made_it() -> None:
    standing = one(renewal=RenewalState.NO_METHOD, renewal_reason=RenewalReason.METHOD_REMOVED)

    changes = done(standing, TellOfEnd(), now=END - 3 * DAY)

    (ending,) = changes.events
    assert isinstance(ending, SubscriptionEnding)
    assert (ending.renewal, ending.reason, ending.access_until) == (
        RenewalState.NO_METHOD, RenewalReason.METHOD_REMOVED, END,
    )  # fmt: skip
    assert [found.remind_at for found in changes.subscriptions] == [None]


def test_a_method_that_is_lost_when_it_is_to_be_charged_is_told() -> None:
    changes = done(informed(), Lose())

    (stopped,) = changes.events
    subscription = changes.subscriptions[-1]
    assert isinstance(stopped, RenewalStopped)
    assert (subscription.renewal, subscription.agreement, subscription.notice) == (RenewalState.NO_METHOD, None, None)
    assert subscription.next_attempt_at == END
    assert changes.new_charges == ()


def test_a_refused_renewal_is_charged_once_more_by_the_same_notice() -> None:
    standing = replace(WAITING, charges=(SOFT,))

    changes = done(standing, choose(standing, now=END), now=END)

    assert [(charge.method_id, charge.notice_id, charge.attempt) for charge in changes.new_charges] == [
        (METHOD, NOTICE.notice_id, 2)
    ]
    assert [(right.starts_at, right.ends_at) for right in changes.rights] == [(END, UNTIL)]


def test_while_a_charge_is_under_way_past_the_end_only_the_grace_goes_on() -> None:
    changes = done(WAITING, choose(WAITING, now=END), now=END)

    assert changes.new_charges == ()
    assert [(right.starts_at, right.ends_at) for right in changes.rights] == [(END, UNTIL)]
    assert [found.next_attempt_at for found in changes.subscriptions] == [END + LOOK_AGAIN]


@pytest.mark.parametrize("charges", [(make_charge(),), (HARD,)])
def test_an_order_that_was_not_paid_in_time_ends_the_subscription(charges: tuple[Charge, ...]) -> None:
    standing = replace(WAITING, charges=charges)

    changes = done(standing, choose(standing, now=UNTIL), now=UNTIL)

    assert [found.ended_reason for found in changes.subscriptions] == [EndedReason.PAYMENT_FAILED]
    assert [order.status for order in changes.orders] == [OrderStatus.CANCELED]
    assert isinstance(changes.events[-1], SubscriptionEnded)


def test_what_was_to_be_bought_ahead_makes_room_and_the_renewal_is_ordered_at_once() -> None:
    standing = replace(informed(), awaited=AHEAD, lines=(make_line(),))

    changes = done(standing, MakeRoom())

    assert [(order.order_id, order.status) for order in changes.orders] == [(AHEAD.order_id, OrderStatus.CANCELED)]
    assert [found.next_attempt_at for found in changes.subscriptions] == [CHARGE]


@pytest.mark.parametrize(
    ("standing", "now", "reason"),
    [
        (informed(**OFF), END, EndedReason.CANCELED),
        (informed(status=LATE), END, EndedReason.PAYMENT_FAILED),
    ],
)
def test_what_is_not_renewed_ends_with_its_period(standing: Standing, now: datetime, reason: EndedReason) -> None:
    early, late = choose(standing, now=now - SECOND), choose(standing, now=now)

    waits, ends = done(standing, early, now=now - SECOND), done(standing, late, now=now)

    assert [(found.ended_reason, found.next_attempt_at) for found in waits.subscriptions] == [(None, END)]
    assert [(found.ended_reason, found.next_attempt_at) for found in ends.subscriptions] == [(reason, None)]
    assert [found.agreement for found in ends.subscriptions] == [None]
    assert [found.ended_at for found in ends.agreements] == [now]


def test_a_free_period_is_delivered_without_a_payment_and_a_notice() -> None:
    standing = one(price=FREE)

    changes = done(standing, choose(standing, CARDLESS))

    assert changes.new_charges == ()
    assert [type(event) for event in changes.events] == [EntitlementGranted, SubscriptionRenewed]
    subscription = changes.subscriptions[-1]
    assert (subscription.is_renewing, subscription.period_no, subscription.remind_at) == (True, 1, None)


def test_periods_that_nobody_charged_in_time_are_skipped_and_the_history_says_so() -> None:
    late = END + 40 * DAY
    notice = replace(NOTICE, charge_at=late, delivered_at=late)
    standing = informed(notice=notice)

    changes = done(standing, choose(standing, now=late), now=late)

    assert [note.after["periods_skipped"] for note in changes.notes if note.after] == [1]
    assert [fresh.order.goods.period_no for fresh in changes.new_orders] == [2]  # type: ignore[union-attr] # a period


# A notice is handed over.


@pytest.mark.parametrize(
    ("now", "next_attempt_at", "then"),
    [
        (CHARGE - DAY, CHARGE, CHARGE),
        (CHARGE + HOUR / 2, CHARGE + HOUR, CHARGE + HOUR / 2),
        (CHARGE + HOUR / 2, CHARGE, CHARGE),
        (CHARGE + HOUR / 2, None, None),
    ],
)
def test_what_waits_for_the_notice_is_due_when_it_is_handed_over(
    now: datetime, next_attempt_at: datetime | None, then: datetime | None
) -> None:
    standing = informed(notice=UNHEARD, next_attempt_at=next_attempt_at)

    changes = delivered(standing, UNHEARD, at=now - SECOND, now=now)

    known = replace(UNHEARD, delivered_at=now - SECOND)
    assert changes.notices == (known,)
    assert [(found.notice, found.next_attempt_at) for found in changes.subscriptions] == [(known, then)]


@pytest.mark.parametrize("standing", [one(), informed(notice=replace(NOTICE, notice_id=NoticeId(UUID(int=98))))])
def test_old_news_of_a_notice_that_does_not_count_any_more_changes_only_that(standing: Standing) -> None:
    changes = delivered(standing, UNHEARD, at=CHARGE, now=CHARGE)

    assert changes == Changes(notices=(replace(UNHEARD, delivered_at=CHARGE),))


def test_a_notice_is_handed_over_once() -> None:
    assert delivered(informed(), NOTICE, at=CHARGE, now=CHARGE) == NO_CHANGES
