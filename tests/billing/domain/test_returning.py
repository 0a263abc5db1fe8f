"""What becomes of refunds: the money is back, or it is not, by our doing or at the provider."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from billing.domain.wholes import (
    DURATIONS,
    END,
    NOON,
    PRICE,
    START,
    SUBSCRIPTION,
    VIEWER,
    asked,
    make_charge,
    make_film_right,
    make_grace,
    make_order,
    make_paid_film,
    make_paid_whole,
    make_refund,
    make_right,
    make_subscription,
    new_ids,
    rub,
)
from cinema.billing.domain.changes import NO_CHANGES, PROVIDER, SYSTEM, Changes
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import ChargeStatus, Refund
from cinema.billing.domain.period import Period, period
from cinema.billing.domain.returning import refused, returned
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import (
    EntitlementGranted,
    OrderRefunded,
    OrderRefundFailed,
    RenewalRestored,
    SubscriptionEnded,
)
from cinema.contracts.enums import (
    AccessEffect,
    EndedReason,
    OrderStatus,
    RefundBasis,
    RefundFailure,
    RefundOrigin,
    RefundState,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import PaymentId, RefundId
from cinema.contracts.payments import RefundFailed, RefundSucceeded
from cinema.contracts.views.billing import FOR_GOOD

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEEP, REVOKE = AccessEffect.KEEP, AccessEffect.REVOKE
OFF = {"renewal": RenewalState.OFF, "renewal_reason": RenewalReason.REFUND_REQUESTED}


def names(changes: Changes) -> list[str]:
    return [type(event).__name__ for event in changes.events]


def failures(changes: Changes) -> list[tuple[RefundId, str, bool]]:
    """What is told of refunds that did not come about: which, why, and whether access is back."""
    told = [event for event in changes.events if isinstance(event, OrderRefundFailed)]
    return [(one.refund_id, one.reason, one.is_access_back) for one in told]


def back(refund: Refund, **changed: object) -> RefundSucceeded:
    usual = RefundSucceeded(
        refund_id=refund.refund_id, payment_id=refund.payment_id, order_id=refund.order_id, user_id=VIEWER,
        amount=refund.amount, provider="fake", refunded_at=NOON,
    )  # fmt: skip
    return replace(usual, **changed)  # type: ignore[arg-type] # a case


def came(whole: Whole, news: RefundSucceeded, *, is_earned: bool = False) -> Changes:
    return returned(whole, news, is_earned=is_earned, durations=DURATIONS, new_id=new_ids(), now=NOON)


def failed(whole: Whole, refund: Refund) -> Changes:
    news = RefundFailed(
        refund_id=refund.refund_id, payment_id=refund.payment_id, order_id=refund.order_id, user_id=VIEWER,
        amount=refund.amount, reason=RefundFailure.SHOP_BALANCE_TOO_LOW, failed_at=NOON,
    )  # fmt: skip
    return refused(whole, news, durations=DURATIONS, new_id=new_ids(), now=NOON)


def test_money_that_is_back_ends_the_subscription_in_its_newest_period() -> None:
    refund = make_refund()

    changes = came(asked(refund), back(refund))

    assert [one.status for one in changes.refunds] == [RefundState.SUCCEEDED]
    assert [(one.status, one.recognize_at) for one in changes.orders] == [(OrderStatus.REFUNDED, None)]
    assert [one.ended_reason for one in changes.subscriptions] == [EndedReason.REFUNDED]
    assert names(changes) == [SubscriptionEnded.__name__, OrderRefunded.__name__]
    assert [sum(one.minor for one in entry.postings) for entry in changes.entries] == [0]


def test_a_part_that_is_back_leaves_the_order_partially_refunded() -> None:
    refund = make_refund(amount=rub(10_000), access_effect=KEEP)
    whole = replace(make_paid_whole(refunds=(refund,)), order=replace(make_paid_whole().order, refunded=rub(10_000)))

    changes = came(whole, back(refund))

    assert [(one.status, one.recognize_at) for one in changes.orders] == [(OrderStatus.PARTIALLY_REFUNDED, END)]
    assert (changes.subscriptions, changes.revocations) == ((), ())


@pytest.mark.parametrize(
    ("changed", "trouble"), [({"refund_id": RefundId(UUID(int=99))}, LookupError), ({"amount": rub(1)}, ValueError)]
)
def test_what_was_not_asked_for_in_our_name_is_a_bug(changed: dict[str, object], trouble: type[Exception]) -> None:
    refund = make_refund()

    with pytest.raises(trouble):
        came(asked(refund), back(refund, **changed))


def test_news_that_is_known_changes_nothing() -> None:
    done, lost = make_refund(status=RefundState.SUCCEEDED), make_refund(status=RefundState.FAILED)

    assert came(asked(done), back(done)) == NO_CHANGES
    assert failed(asked(lost), lost) == NO_CHANGES


def test_what_a_request_had_ended_goes_on_when_it_fails() -> None:
    refund = make_refund()

    changes = failed(asked(refund), refund)

    subscription = changes.subscriptions[-1]
    assert [(one.status, one.failure_reason) for one in changes.refunds] == [
        (RefundState.FAILED, RefundFailure.SHOP_BALANCE_TOO_LOW)
    ]
    assert [one.refunded for one in changes.orders] == [rub(0)]
    assert changes.restored == (make_right(),)
    assert (subscription.renewal, subscription.renewal_reason) == (RenewalState.ON, RenewalReason.REFUND_FAILED)
    assert names(changes) == [OrderRefundFailed.__name__, EntitlementGranted.__name__, RenewalRestored.__name__]
    assert failures(changes) == [(refund.refund_id, RefundFailure.SHOP_BALANCE_TOO_LOW, True)]


def test_what_a_request_had_ended_stays_so_while_another_one_is_under_way() -> None:
    first, second = make_refund(amount=rub(10_000)), make_refund(2, amount=rub(29_900))

    changes = failed(asked(first, second), first)

    assert (changes.restored, changes.subscriptions) == ((), ())
    assert [one.refunded for one in changes.orders] == [rub(29_900)]
    assert failures(changes) == [(first.refund_id, RefundFailure.SHOP_BALANCE_TOO_LOW, False)]


@pytest.mark.parametrize(
    ("revoked_at", "until"), [(NOON - 2 * DAY, END + 2 * DAY), (START - DAY, END + (NOON - START)), (NOON, END)]
)
def test_the_time_that_was_lost_is_added_to_the_period_and_the_next_charge(
    revoked_at: datetime, until: datetime
) -> None:
    refund = make_refund()

    changes = failed(asked(refund, suspended=(make_right(revoked_at=revoked_at),)), refund)

    (right,), subscription = changes.restored, changes.subscriptions[-1]
    (told,) = [event for event in changes.events if isinstance(event, OrderRefundFailed)]
    assert (right.starts_at, right.ends_at, right.stood_still) == (START, until, until - END)
    assert subscription.paid_period() == Period(start=START, end=until)
    assert changes.orders[-1].recognize_at == until
    assert told.access_until == until
    assert subscription.next_attempt_at is not None
    assert until - DAY < subscription.next_attempt_at < until
    assert changes.entries == ()


def test_the_period_after_one_that_was_prolonged_begins_where_it_ends_and_is_a_month_too() -> None:
    refund = make_refund()

    later = failed(asked(refund, suspended=(make_right(revoked_at=NOON - 2 * DAY),)), refund).subscriptions[-1]

    assert later.anchor is not None
    following = period(anchor=later.anchor, zone=later.time_zone, interval=later.interval, number=later.period_no + 1)
    assert following.start == later.paid_period().end
    assert following.end - following.start >= 28 * DAY


def test_what_would_have_been_over_meanwhile_comes_back_for_what_was_left_of_it() -> None:
    refund = make_refund()
    suspended = make_right(ends_at=NOON - HOUR, revoked_at=NOON - 3 * HOUR)
    standing = Standing(subscription=make_subscription(status=SubscriptionStatus.ENDED, **OFF))

    changes = failed(asked(refund, suspended=(suspended,), standing=standing), refund)

    assert [one.ends_at for one in changes.restored] == [NOON + 2 * HOUR]
    assert changes.subscriptions == ()


def test_a_period_that_another_paid_one_follows_comes_back_as_it_was() -> None:
    refund = make_refund()
    running = make_right(revoked_at=NOON - DAY)
    standing = Standing(subscription=make_subscription(period_no=1, **OFF))

    changes = failed(asked(refund, suspended=(running,), standing=standing), refund)

    assert changes.restored == (make_right(),)
    assert changes.subscriptions == ()


def test_a_film_that_is_owned_comes_back_for_good_and_a_rented_one_for_what_was_left() -> None:
    refund = make_refund()
    rented = make_film_right(ends_at=NOON + DAY, revoked_at=NOON - HOUR)
    owned = make_film_right(revoked_at=NOON - HOUR)

    back = [
        failed(replace(make_paid_film(refunds=(refund,), rights=()), suspended=(one,)), refund).restored[0].ends_at
        for one in (rented, owned)
    ]

    assert back == [NOON + DAY + HOUR, FOR_GOOD]


def test_money_that_comes_back_late_counts_again() -> None:
    refund = make_refund(status=RefundState.FAILED, failure_reason="insufficient_funds")
    whole = make_paid_whole(refunds=(refund,))

    changes = came(whole, back(refund))

    assert [(one.status, one.failure_reason) for one in changes.refunds] == [(RefundState.SUCCEEDED, None)]
    assert [(one.status, one.refunded) for one in changes.orders][-1] == (OrderStatus.REFUNDED, PRICE)
    assert [one.reason for one in changes.revocations] == ["refunded"]
    assert changes.notes[0].action == "returned late"


@pytest.mark.parametrize(
    ("minor", "effect", "status"),
    [(39_900, REVOKE, OrderStatus.REFUNDED), (39_899, KEEP, OrderStatus.PARTIALLY_REFUNDED)],
)
def test_what_somebody_returned_at_the_provider_is_taken_over(
    minor: int, effect: AccessEffect, status: OrderStatus
) -> None:
    news = back(make_refund(), amount=rub(minor), origin=RefundOrigin.PROVIDER)

    changes = came(make_paid_whole(), news)

    (refund,) = changes.new_refunds
    assert (refund.basis, refund.actor, refund.access_effect) == (RefundBasis.PROVIDER, PROVIDER, effect)
    assert (changes.orders[-1].status, changes.orders[-1].refunded) == (status, rub(minor))
    assert len(changes.revocations) == (effect is REVOKE)


def test_what_we_asked_for_gives_way_to_what_went_back_at_the_provider() -> None:
    """A part went back by hand while all of it was on its way: access is theirs again for the rest."""
    ours = make_refund()
    news = back(make_refund(2), amount=rub(10_000), origin=RefundOrigin.PROVIDER)

    changes = came(asked(ours), news)

    assert [(one.refund_id, one.status) for one in changes.refunds] == [
        (ours.refund_id, RefundState.FAILED), (news.refund_id, RefundState.SUCCEEDED),
    ]  # fmt: skip
    assert (changes.orders[-1].refunded, changes.orders[-1].status) == (rub(10_000), OrderStatus.PARTIALLY_REFUNDED)
    assert changes.restored == (make_right(),)
    assert changes.subscriptions[-1].is_renewing
    assert failures(changes) == [(ours.refund_id, RefundFailure.RETURNED_OTHERWISE, True)]


def test_what_gives_way_to_all_of_it_is_told_without_a_promise_of_access() -> None:
    ours = make_refund()
    news = back(make_refund(2), origin=RefundOrigin.PROVIDER)

    changes = came(asked(ours), news)

    assert failures(changes) == [(ours.refund_id, RefundFailure.RETURNED_OTHERWISE, False)]
    assert (names(changes)[0], names(changes)[-1]) == (OrderRefundFailed.__name__, OrderRefunded.__name__)


def test_what_is_left_of_a_surplus_goes_back_but_not_the_sum_that_failed() -> None:
    surplus = make_charge(status=ChargeStatus.SUCCEEDED, is_surplus=True)
    part = make_refund(amount=rub(10_000), access_effect=KEEP, basis=RefundBasis.SURPLUS)
    all_of_it = make_refund(2, access_effect=KEEP, basis=RefundBasis.SURPLUS)
    whole = make_paid_whole(rights=(), charges=(surplus,))

    rest = came(replace(whole, refunds=(part,)), back(part))
    again = failed(replace(whole, refunds=(all_of_it,)), all_of_it)

    assert [(one.amount, one.actor) for one in rest.new_refunds] == [(rub(29_900), SYSTEM)]
    assert again.new_refunds == ()
    assert (rest.orders, again.orders) == ((), ())


# Back to the period before.

SECOND_MONTH = make_right(1, order_id=make_order().order_id, starts_at=END, ends_at=END + 28 * DAY)
FIRST_MONTH = make_right(0, order_id=None)


def ahead(*paid: object, refund: Refund, subscription: object = None) -> Whole:
    """The second month was bought ahead, and its money is on its way back."""
    goods = PlanPeriod(subscription_id=SUBSCRIPTION, period_no=1)
    standing = Standing(
        subscription=subscription or make_subscription(period_no=1, **OFF),  # type: ignore[arg-type] # a case
        paid=paid,  # type: ignore[arg-type] # a case
    )
    whole = asked(refund, standing=standing, suspended=(SECOND_MONTH,))
    return replace(whole, order=replace(whole.order, goods=goods))


def test_who_takes_back_what_was_bought_ahead_is_in_the_period_before_again() -> None:
    refund = make_refund()

    changes = came(ahead(FIRST_MONTH, refund=refund), back(refund))

    (subscription,) = changes.subscriptions
    assert (subscription.status, subscription.period_no) == (SubscriptionStatus.ACTIVE, 0)
    assert (subscription.paid_period().start, subscription.paid_period().end) == (START, END)
    assert subscription.next_attempt_at == END
    assert [note.action for note in changes.notes] == ["period taken back"]
    assert names(changes) == [OrderRefunded.__name__]


def test_without_a_period_before_the_subscription_ends_with_its_grace() -> None:
    refund = make_refund()
    whole = ahead(refund=refund)
    assert whole.standing is not None
    grace = make_grace(starts_at=START)

    changes = came(replace(whole, standing=replace(whole.standing, graces=(grace,))), back(refund))

    assert [one.ended_reason for one in changes.subscriptions] == [EndedReason.REFUNDED]
    assert [one.right for one in changes.revocations] == [grace.right]


def test_a_payment_that_is_not_known_to_be_paid_returns_nothing() -> None:
    refund = make_refund(payment_id=PaymentId(UUID(int=98)))
    news = back(refund, origin=RefundOrigin.PROVIDER)

    with pytest.raises(LookupError):
        came(make_paid_whole(), news)
