"""Whether a subscription goes on by itself: what switches it, what that plans, and what is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from billing.domain.wholes import (
    AGREEMENT,
    DURATIONS,
    END,
    METHOD,
    NOON,
    NOTICE,
    PRICE,
    VIEWER,
    make_charge,
    make_grace,
    make_line,
    make_order,
    make_subscription,
    new_ids,
    told,
)
from cinema.billing.domain.changes import NO_CHANGES, SYSTEM, Changes, viewer
from cinema.billing.domain.order import ChargeStatus
from cinema.billing.domain.renewal import (
    cancel,
    choose_method,
    ended_by,
    lose_method,
    next_charge,
    planned,
    restore,
    resume,
)
from cinema.billing.domain.subscription import (
    RENEWALS,
    AlreadyRenewing,
    ChargeUnderWay,
    MethodNeeded,
    NotRunning,
    RefundUnderWay,
    Subscription,
)
from cinema.billing.domain.whole import Standing
from cinema.contracts.billing import (
    CancellationScheduled,
    CancellationUndone,
    MethodAgreed,
    PaymentWithdrawn,
    RenewalRestored,
    RenewalStopped,
    SubscriptionEnded,
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
from cinema.contracts.ids import AgreementId, MethodId, NoticeId
from cinema.kit.errors import Conflict
from cinema.kit.money import Money

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHARGE = END - HOUR
REMIND = CHARGE - 3 * DAY
LATE = SubscriptionStatus.PAST_DUE
ON, OFF, LOST = RenewalState.ON, RenewalState.OFF, RenewalState.NO_METHOD
REASON = RenewalReason
FREE = Money(minor=0, currency="RUB")
WALLET = MethodId(UUID(int=71))
OTHER = replace(
    AGREEMENT, agreement_id=AgreementId(UUID(int=70)), method_id=WALLET, method_title="Wallet",
    agreed_at=NOON, bound_at=NOON,
)  # fmt: skip

RENEWING = Standing(subscription=told())
CANCELED = Standing(subscription=make_subscription(renewal=OFF, renewal_reason=REASON.CANCELED, remind_at=None))
TAKEN_BACK = Standing(
    subscription=make_subscription(renewal=OFF, renewal_reason=REASON.REFUND_REQUESTED, remind_at=None)
)
REFUSED = make_charge(status=ChargeStatus.FAILED, decline_class=DeclineClass.SOFT, reason="insufficient_funds")
ORDERED = replace(RENEWING, awaited=make_order(), lines=(make_line(),), charges=(make_charge(),), is_under_way=True)
PAST_DUE = replace(
    ORDERED,
    subscription=told(status=LATE, dunning_attempt=1, first_failed_at=CHARGE),
    charges=(REFUSED,),
    graces=(make_grace(),),
)
AHEAD = replace(
    RENEWING,
    awaited=make_order(kind=OrderKind.CHECKOUT, give_up_at=NOON + DAY),
    lines=(make_line(),),
    charges=(make_charge(method_id=None, notice_id=None),),
    is_under_way=True,
)


def word(subscription: Subscription) -> tuple[RenewalState, RenewalReason, datetime]:
    return subscription.renewal, subscription.renewal_reason, subscription.renewal_changed_at


def names(changes: Changes) -> list[str]:
    return [type(event).__name__ for event in changes.events]


def chosen(standing: Standing, *, now: datetime = NOON) -> Changes:
    return choose_method(standing, OTHER, durations=DURATIONS, new_id=new_ids(), now=now)


def removed(standing: Standing, *, now: datetime = NOON) -> Changes:
    return lose_method(standing, REASON.METHOD_REMOVED, durations=DURATIONS, now=now)


MOVES: dict[str, tuple[Callable[[], Changes], RenewalState, RenewalState, RenewalReason, str]] = {
    "the viewer cancels": (
        lambda: cancel(RENEWING, durations=DURATIONS, now=NOON), ON, OFF, REASON.CANCELED, viewer(VIEWER),
    ),
    "the viewer undoes it": (
        lambda: resume(CANCELED, durations=DURATIONS, now=NOON), OFF, ON, REASON.RESUMED, viewer(VIEWER),
    ),
    "the viewer chooses a method instead": (
        lambda: chosen(CANCELED), OFF, ON, REASON.METHOD_CHOSEN, viewer(VIEWER),
    ),
    "the viewer removes the card": (lambda: removed(RENEWING), ON, LOST, REASON.METHOD_REMOVED, SYSTEM),
    "the bank withdraws it": (
        lambda: lose_method(RENEWING, REASON.METHOD_REVOKED, durations=DURATIONS, now=NOON),
        ON, LOST, REASON.METHOD_REVOKED, SYSTEM,
    ),
    "the viewer chooses another one": (
        lambda: chosen(
            Standing(subscription=make_subscription(agreement=None, renewal=LOST, renewal_reason=REASON.METHOD_REMOVED))
        ),
        LOST, ON, REASON.METHOD_CHOSEN, viewer(VIEWER),
    ),
    "the viewer who has no method cancels": (
        lambda: cancel(
            Standing(subscription=make_subscription(renewal=LOST, renewal_reason=REASON.METHOD_REMOVED)),
            durations=DURATIONS, now=NOON,
        ),
        LOST, OFF, REASON.CANCELED, viewer(VIEWER),
    ),
    "the refund fails": (
        lambda: restore(TAKEN_BACK, durations=DURATIONS, now=NOON), OFF, ON, REASON.REFUND_FAILED, SYSTEM,
    ),
    "the refund fails and the card is gone meanwhile": (
        lambda: restore(
            replace(TAKEN_BACK, subscription=replace(TAKEN_BACK.subscription, agreement=None)),
            durations=DURATIONS, now=NOON,
        ),
        OFF, LOST, REASON.METHOD_REMOVED, SYSTEM,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVES)
def test_each_move_has_its_word_its_reason_and_its_line_in_the_history(case: str) -> None:
    switch, before, after, reason, actor = MOVES[case]

    changes = switch()

    (note,) = changes.notes
    assert word(changes.subscriptions[-1]) == (after, reason, NOON)
    assert (note.actor, note.action, note.reason) == (actor, f"renewal {after}", reason)
    assert (note.before, note.after) == ({"renewal": before}, {"renewal": after})


def test_every_declared_move_is_made_by_something() -> None:
    assert {(before, after) for _, before, after, _, _ in MOVES.values()} == set(RENEWALS.moves)


@pytest.mark.parametrize(
    ("reason", "ended"),
    [
        (REASON.NOT_AGREED, EndedReason.NOT_RENEWED),
        (REASON.CANCELED, EndedReason.CANCELED),
        (REASON.REFUND_REQUESTED, EndedReason.REFUNDED),
        (REASON.METHOD_NOT_SAVED, EndedReason.NO_METHOD),
        (REASON.METHOD_REMOVED, EndedReason.NO_METHOD),
        (REASON.METHOD_REVOKED, EndedReason.NO_METHOD),
    ],
)
def test_what_switched_it_off_is_why_it_ends(reason: RenewalReason, ended: EndedReason) -> None:
    assert ended_by(make_subscription(renewal=OFF, renewal_reason=reason)) is ended


# What comes next in the period.

NOT_SOON = END - 3 * DAY

PLANS = {
    "it renews": (make_subscription(), NOON, CHARGE, REMIND),
    "it renews, told late": (make_subscription(), REMIND + DAY, CHARGE, REMIND + DAY),
    "it renews, past its end": (make_subscription(), END + DAY, END + DAY, END + DAY),
    "it renews and is free": (make_subscription(price=FREE), NOON, CHARGE, None),
    "it was bought once": (
        make_subscription(renewal=OFF, renewal_reason=REASON.NOT_AGREED), NOON, END, NOT_SOON,
    ),
    "its card is gone": (
        make_subscription(renewal=LOST, renewal_reason=REASON.METHOD_REMOVED), NOON, END, NOT_SOON,
    ),
    "its card is gone just before the end": (
        make_subscription(renewal=LOST, renewal_reason=REASON.METHOD_REVOKED), NOT_SOON, END, None,
    ),
    "its viewer canceled and knows": (
        make_subscription(renewal=OFF, renewal_reason=REASON.CANCELED), NOON, END, None,
    ),
    "its viewer took it back and knows": (
        make_subscription(renewal=OFF, renewal_reason=REASON.REFUND_REQUESTED), NOON, END, None,
    ),
    "it is off and over": (
        make_subscription(renewal=OFF, renewal_reason=REASON.NOT_AGREED), END + DAY, END + DAY, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", PLANS)
def test_what_comes_next_is_planned_and_told_anew(case: str) -> None:
    subscription, now, due, remind = PLANS[case]

    found = planned(replace(subscription, notice=NOTICE), durations=DURATIONS, now=now)

    assert (found.next_attempt_at, found.remind_at, found.notice) == (due, remind, None)


@pytest.mark.parametrize(
    ("subscription", "at"),
    [
        (make_subscription(), CHARGE),
        (make_subscription(remind_at=END - 2 * DAY), CHARGE),
        (make_subscription(remind_at=END - DAY), END + DAY / 2),
        (make_subscription(remind_at=None), CHARGE),
        (told(), NOTICE.charge_at),
        (told(notice=replace(NOTICE, charge_at=END + DAY)), END + DAY),
        (told(notice=replace(NOTICE, charge_at=END + DAY, delivered_at=None)), END + DAY),
        (make_subscription(price=FREE, remind_at=None), CHARGE),
        (told(renewal=OFF), None),
        (told(renewal=LOST), None),
        (told(status=LATE), None),
        (told(status=SubscriptionStatus.ENDED), None),
        (make_subscription(status=SubscriptionStatus.INCOMPLETE, period=None), None),
    ],
)
def test_the_next_charge_is_the_one_that_is_or_will_be_told(subscription: Subscription, at: datetime | None) -> None:
    assert next_charge(subscription, durations=DURATIONS) == at


# Cancel and resume.


def test_who_cancels_keeps_what_is_paid_and_the_charge_under_way_is_withdrawn() -> None:
    changes = cancel(ORDERED, durations=DURATIONS, now=CHARGE)

    subscription = changes.subscriptions[-1]
    assert [(one.order_id, one.status) for one in changes.orders] == [(make_order().order_id, OrderStatus.CANCELED)]
    assert names(changes) == [PaymentWithdrawn.__name__, CancellationScheduled.__name__]
    assert (subscription.next_attempt_at, subscription.remind_at, subscription.notice) == (END, None, None)
    assert subscription.agreement == AGREEMENT


@pytest.mark.parametrize("standing", [CANCELED, TAKEN_BACK])
def test_who_cancels_twice_changes_nothing(standing: Standing) -> None:
    assert cancel(standing, durations=DURATIONS, now=NOON) == NO_CHANGES


def test_who_cancels_in_the_grace_has_no_access_any_more() -> None:
    changes = cancel(PAST_DUE, durations=DURATIONS, now=END + DAY)

    assert [one.ended_reason for one in changes.subscriptions] == [EndedReason.CANCELED]
    assert [one.right for one in changes.revocations] == [make_grace().right]
    assert SubscriptionEnded.__name__ in names(changes)


@pytest.mark.parametrize("status", [SubscriptionStatus.INCOMPLETE, SubscriptionStatus.ENDED, SubscriptionStatus.PAUSED])
def test_what_does_not_run_is_not_canceled(status: SubscriptionStatus) -> None:
    with pytest.raises(NotRunning):
        cancel(Standing(subscription=told(status=status)), durations=DURATIONS, now=NOON)


def test_who_resumes_is_told_anew_and_when_the_charge_comes() -> None:
    changes = resume(CANCELED, durations=DURATIONS, now=NOON)

    (undone,), (subscription,) = changes.events, changes.subscriptions
    assert isinstance(undone, CancellationUndone)
    assert undone.renews_at == CHARGE
    assert (subscription.next_attempt_at, subscription.remind_at) == (CHARGE, REMIND)


@pytest.mark.parametrize(
    ("standing", "now", "refusal"),
    [
        (CANCELED, END, NotRunning),
        (replace(CANCELED, subscription=replace(CANCELED.subscription, status=LATE)), NOON, NotRunning),
        (RENEWING, NOON, AlreadyRenewing),
        (replace(TAKEN_BACK, is_refunding=True), NOON, RefundUnderWay),
        (replace(CANCELED, subscription=replace(CANCELED.subscription, agreement=None)), NOON, MethodNeeded),
        (replace(CANCELED, is_under_way=True), NOON, ChargeUnderWay),
    ],
)
def test_what_cannot_be_resumed_says_why(standing: Standing, now: datetime, refusal: type[Conflict]) -> None:
    with pytest.raises(refusal):
        resume(standing, durations=DURATIONS, now=now)


def test_an_order_ahead_does_not_hinder_a_resumption() -> None:
    standing = replace(AHEAD, subscription=CANCELED.subscription)

    changes = resume(standing, durations=DURATIONS, now=NOON)

    assert (changes.subscriptions[-1].renewal, changes.orders) == (ON, ())


# Choosing a method.


def test_another_method_takes_the_place_of_the_agreed_one_and_is_told_before_it_is_charged() -> None:
    changes = chosen(RENEWING)

    (bound, agreed), subscription = changes.events, changes.subscriptions[-1]
    assert bound == OTHER.told()
    assert isinstance(agreed, MethodAgreed)
    assert (agreed.method_title, agreed.amount, agreed.renews_at) == ("Wallet", PRICE, CHARGE)
    assert (changes.new_agreements, changes.agreements) == ((OTHER,), (AGREEMENT.ended(now=NOON),))
    assert (subscription.agreement, subscription.notice, subscription.remind_at) == (OTHER, None, REMIND)


def test_who_chooses_just_before_the_charge_is_still_told_half_of_the_notice_before() -> None:
    now = CHARGE - HOUR

    changes = chosen(RENEWING, now=now)

    (_, agreed), subscription = changes.events, changes.subscriptions[-1]
    assert isinstance(agreed, MethodAgreed)
    assert (subscription.remind_at, agreed.renews_at) == (now, now + 1.5 * DAY)


def test_of_a_late_renewal_the_chosen_method_is_charged_at_once() -> None:
    now = END + DAY

    changes = chosen(PAST_DUE, now=now)

    (notice,), subscription, (_, agreed) = changes.notices, changes.subscriptions[-1], changes.events
    assert notice == replace(
        NOTICE, notice_id=NoticeId(UUID(int=100)), method_id=WALLET, charge_at=now, told_at=now,
        delivered_at=now,
    )  # fmt: skip
    assert (subscription.status, subscription.notice, subscription.next_attempt_at, subscription.remind_at) == (
        LATE, notice, now, None,
    )  # fmt: skip
    assert isinstance(agreed, MethodAgreed)
    assert agreed.renews_at == now


def test_the_method_that_holds_already_is_chosen_without_effect() -> None:
    same = replace(OTHER, method_id=METHOD)

    changes = choose_method(RENEWING, same, durations=DURATIONS, new_id=new_ids(), now=NOON)

    assert changes == NO_CHANGES


def test_the_method_that_held_is_agreed_to_anew_by_who_had_canceled() -> None:
    same = replace(OTHER, method_id=METHOD)

    changes = choose_method(CANCELED, same, durations=DURATIONS, new_id=new_ids(), now=NOON)

    assert (changes.new_agreements, changes.agreements) == ((same,), (AGREEMENT.ended(now=NOON),))
    assert changes.subscriptions[-1].is_renewing


@pytest.mark.parametrize(
    ("standing", "refusal"),
    [
        (Standing(subscription=told(status=SubscriptionStatus.INCOMPLETE)), NotRunning),
        (Standing(subscription=told(status=SubscriptionStatus.ENDED)), NotRunning),
        (replace(TAKEN_BACK, is_refunding=True), RefundUnderWay),
        (ORDERED, ChargeUnderWay),
        (replace(PAST_DUE, charges=(REFUSED, make_charge(2))), ChargeUnderWay),
    ],
)
def test_what_cannot_be_chosen_says_why(standing: Standing, refusal: type[Conflict]) -> None:
    with pytest.raises(refusal):
        chosen(standing)


def test_an_order_ahead_does_not_hinder_a_choice() -> None:
    changes = chosen(AHEAD)

    assert (changes.subscriptions[-1].method_id, changes.orders) == (OTHER.method_id, ())


# Losing the method.

LOSSES = {
    "while the period runs": (RENEWING, NOON, REASON.METHOD_REMOVED, [RenewalStopped.__name__], END, END, ()),
    "while the renewal is charged": (
        ORDERED, CHARGE, REASON.METHOD_REMOVED, [RenewalStopped.__name__, PaymentWithdrawn.__name__], END, END,
        (OrderStatus.CANCELED,),
    ),
    "by its charge": (
        ORDERED, CHARGE, REASON.METHOD_REVOKED, [PaymentWithdrawn.__name__], None, CHARGE, (),
    ),
    "in the grace": (
        PAST_DUE, END + DAY, REASON.METHOD_REMOVED, [RenewalStopped.__name__], END + 7 * DAY, CHARGE, (),
    ),
    "refused before the end": (
        replace(PAST_DUE, graces=()), CHARGE, REASON.METHOD_REMOVED, [RenewalStopped.__name__], END, CHARGE, (),
    ),
    "while the next is bought ahead": (
        AHEAD, NOON, REASON.METHOD_REMOVED, [RenewalStopped.__name__], END, END, (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LOSSES)
def test_who_loses_the_method_is_not_charged_and_is_told(case: str) -> None:
    standing, now, reason, said, access_until, due, orders = LOSSES[case]

    changes = lose_method(standing, reason, durations=DURATIONS, now=now)

    subscription = changes.subscriptions[-1]
    assert word(subscription) == (LOST, reason, now)
    assert (subscription.agreement, subscription.notice) == (None, None)
    assert subscription.next_attempt_at == due
    assert changes.agreements == (AGREEMENT.ended(now=now),)
    assert names(changes) == said
    assert [one.access_until for one in changes.events if isinstance(one, RenewalStopped)] == (
        [access_until] if access_until else []
    )
    assert tuple(one.status for one in changes.orders) == orders


@pytest.mark.parametrize("standing", [CANCELED, TAKEN_BACK])
def test_who_had_stopped_the_renewal_is_not_told_of_the_method(standing: Standing) -> None:
    changes = removed(standing)

    assert changes == Changes(
        agreements=(AGREEMENT.ended(now=NOON),), subscriptions=(replace(standing.subscription, agreement=None),)
    )


# A refund that does not come about.


def test_what_a_refund_had_stopped_goes_on_when_it_fails() -> None:
    changes = restore(TAKEN_BACK, durations=DURATIONS, now=NOON)

    (restored,), subscription = changes.events, changes.subscriptions[-1]
    assert isinstance(restored, RenewalRestored)
    assert (restored.renews_at, restored.reason) == (CHARGE, REASON.REFUND_FAILED)
    assert (subscription.next_attempt_at, subscription.remind_at) == (CHARGE, REMIND)


def test_what_a_refund_had_stopped_does_not_go_on_without_a_method() -> None:
    standing = replace(TAKEN_BACK, subscription=replace(TAKEN_BACK.subscription, agreement=None))

    changes = restore(standing, durations=DURATIONS, now=NOON)

    assert names(changes) == [RenewalStopped.__name__]
    assert (changes.subscriptions[-1].next_attempt_at, changes.subscriptions[-1].remind_at) == (END, NOT_SOON)


@pytest.mark.parametrize(
    ("standing", "now"),
    [
        (RENEWING, NOON),
        (CANCELED, NOON),
        (TAKEN_BACK, END),
        (replace(TAKEN_BACK, subscription=replace(TAKEN_BACK.subscription, status=SubscriptionStatus.ENDED)), NOON),
    ],
)
def test_what_no_refund_had_stopped_stays_as_it_is(standing: Standing, now: datetime) -> None:
    assert restore(standing, durations=DURATIONS, now=now) == NO_CHANGES
