"""What news of payments makes of an order: a pure function, tried without a database."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.wholes import (
    AGREEMENT,
    END,
    METHOD,
    NOON,
    POLICIES,
    PRICE,
    START,
    SUBSCRIPTION,
    canceled,
    declined,
    make_charge,
    make_film_order,
    make_grace,
    make_order,
    make_subscription,
    make_whole,
    new_ids,
    succeeded,
    told,
)
from cinema.billing.domain.agreement import Agreement
from cinema.billing.domain.changes import NO_CHANGES, Changes
from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import ChargeStatus
from cinema.billing.domain.period import Interval, Period, Unit
from cinema.billing.domain.settlement import AmountDiffers, PaymentNews, settle
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Grace, Whole
from cinema.contracts.billing import (
    AgreementBound,
    CheckoutFailed,
    EntitlementGranted,
    FilmOrderPaid,
    MethodUnwanted,
    OrderRefundAsked,
    PaymentWithdrawn,
    RefundRequested,
    RenewalFailed,
    RenewalStopped,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
)
from cinema.contracts.enums import (
    DeclineClass,
    EndedReason,
    GrantKind,
    OrderKind,
    OrderStatus,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import AgreementId, MethodId, PaymentId
from cinema.kit.money import Money


def after(whole: Whole, news: PaymentNews, *, at: object = NOON) -> Changes:
    now = at if at is not NOON else NOON
    return settle(whole, news, policies=POLICIES, new_id=new_ids(), now=now)  # type: ignore[arg-type] # a moment


def names(changes: Changes) -> list[str]:
    return [type(event).__name__ for event in changes.events]


def test_money_becomes_the_next_period() -> None:
    charge = make_charge()

    changes = after(make_whole(charge), succeeded(charge), at=END - timedelta(minutes=30))

    (subscription,), (order,), (right,) = changes.subscriptions, changes.orders, changes.rights
    assert (subscription.status, subscription.period_no) == (SubscriptionStatus.ACTIVE, 1)
    assert subscription.paid_period().start == END
    assert (order.status, order.recognize_at) == (OrderStatus.PAID, subscription.paid_period().end)
    assert (right.kind, right.starts_at, right.ends_at) == (GrantKind.PAID, END, subscription.paid_period().end)
    assert [sum(one.minor for one in entry.postings) for entry in changes.entries] == [0]
    assert (len(changes.receipts), len(changes.notes)) == (1, 1)
    assert names(changes) == [EntitlementGranted.__name__, SubscriptionRenewed.__name__]


def test_news_that_is_known_changes_nothing() -> None:
    paid = make_charge(status=ChargeStatus.SUCCEEDED, ended_at=NOON)
    failed = make_charge(status=ChargeStatus.FAILED, reason="expired", ended_at=NOON)

    assert after(make_whole(paid, order=make_order(status=OrderStatus.PAID)), succeeded(paid)) == NO_CHANGES
    assert after(make_whole(failed), declined(failed)) == NO_CHANGES


def test_money_for_a_charge_that_was_said_to_have_failed_counts() -> None:
    failed = make_charge(status=ChargeStatus.FAILED, reason="expired", decline_class=DeclineClass.SOFT, ended_at=NOON)

    (charge,) = after(make_whole(failed), succeeded(failed)).charges

    assert (charge.status, charge.reason, charge.decline_class) == (ChargeStatus.SUCCEEDED, None, None)


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.CANCELED, OrderStatus.REFUNDED])
def test_money_that_buys_nothing_goes_back(status: OrderStatus) -> None:
    charge = make_charge()

    changes = after(make_whole(charge, order=make_order(status=status)), succeeded(charge))

    (refund,) = changes.new_refunds
    assert (refund.amount, refund.payment_id) == (PRICE, charge.payment_id)
    assert [one.is_surplus for one in changes.charges] == [True]
    assert names(changes) == [RefundRequested.__name__, OrderRefundAsked.__name__]
    assert (changes.orders, changes.rights, changes.subscriptions) == ((), (), ())


def test_the_other_charge_of_a_paid_order_is_withdrawn() -> None:
    first = make_charge(1, status=ChargeStatus.FAILED, reason="expired", ended_at=NOON)
    second = make_charge(2)

    changes = after(make_whole(first, second), succeeded(first))

    assert [one.payment_id for one in changes.events if isinstance(one, PaymentWithdrawn)] == [second.payment_id]


def test_another_sum_than_was_asked_for_is_for_a_person_to_see() -> None:
    charge = make_charge()

    with pytest.raises(AmountDiffers):
        after(make_whole(charge), succeeded(charge, amount=Money(minor=1, currency="RUB")))


def test_a_payment_of_nobody_is_a_bug() -> None:
    stranger = replace(make_charge(), payment_id=PaymentId(new_ids()()))

    with pytest.raises(LookupError):
        after(make_whole(), succeeded(stranger))


def test_a_film_is_given_for_good() -> None:
    charge = make_charge(method_id=None)
    order = make_film_order()

    changes = after(make_whole(charge, order=order), succeeded(charge))

    (right,) = changes.rights
    assert (right.film_id, right.subscription_id, right.ends_at.year) == (order.goods.film_id, None, 9000)  # type: ignore[union-attr] # a film's
    assert names(changes) == [EntitlementGranted.__name__, FilmOrderPaid.__name__]
    assert changes.subscriptions == ()


def test_a_declined_renewal_keeps_access_and_is_tried_again() -> None:
    charge = make_charge()

    changes = after(make_whole(charge), declined(charge), at=END - timedelta(minutes=30))

    (subscription,), (grace,), (failed,) = changes.subscriptions, changes.rights, changes.events[1:]
    assert (subscription.status, subscription.dunning_attempt) == (SubscriptionStatus.PAST_DUE, 1)
    assert (grace.kind, grace.starts_at, grace.ends_at) == (GrantKind.GRACE, END, END + timedelta(days=7))
    assert isinstance(failed, RenewalFailed)
    assert failed.next_attempt_at == subscription.next_attempt_at == END + timedelta(hours=23, minutes=30)


def test_a_renewal_that_fails_when_its_grace_is_over_ends() -> None:
    charge = make_charge()

    changes = after(make_whole(charge), declined(charge), at=END + timedelta(days=7))

    assert [one.ended_reason for one in changes.subscriptions] == [EndedReason.PAYMENT_FAILED]
    assert [one.status for one in changes.orders] == [OrderStatus.CANCELED]
    assert names(changes) == [SubscriptionEnded.__name__]  # and no withdrawal of what has just failed


def test_a_page_that_was_left_unused_is_no_failed_try_of_a_renewal() -> None:
    charge = make_charge(method_id=None)

    changes = after(make_whole(charge), canceled(charge))

    assert [one.status for one in changes.charges] == [ChargeStatus.FAILED]
    assert (changes.subscriptions, changes.events) == ((), ())


def test_a_checkout_may_be_tried_again_after_a_decline_and_is_over_after_a_cancel() -> None:
    charge = make_charge(method_id=None)
    order = make_order(kind=OrderKind.CHECKOUT, return_url="http://cinema.test/", give_up_at=END)
    whole = make_whole(charge, order=order, subscription=make_subscription(status=SubscriptionStatus.INCOMPLETE))

    again = after(whole, declined(charge))
    over = after(whole, canceled(charge))

    assert (names(again), again.orders) == ([CheckoutFailed.__name__], ())
    assert [one.status for one in over.orders] == [OrderStatus.CANCELED]
    assert [one.ended_reason for one in over.subscriptions] == [EndedReason.NEVER_PAID]


@given(st.permutations(("succeed", "decline", "cancel")), st.booleans(), st.booleans())
def test_in_every_order_of_news_money_counts_once(order: list[str], is_film: bool, is_by_hand: bool) -> None:  # noqa: FBT001 - cases
    """Whatever comes first, at the end the money is booked once, with its effect or its way back."""
    charge = make_charge(method_id=None) if is_by_hand or is_film else make_charge()
    whole = make_whole(charge, order=make_film_order() if is_film else None)
    news = {"succeed": succeeded(charge), "decline": declined(charge), "cancel": canceled(charge)}
    booked, gave, back = 0, 0, 0

    for one in (*order, *order):
        changes = after(whole, news[one])
        booked += len(changes.entries)
        gave += sum(right.kind is GrantKind.PAID for right in changes.rights)
        back += len(changes.new_refunds)
        whole = applied(whole, changes)

    assert booked == 1
    assert gave + back == 1


def applied(whole: Whole, changes: Changes) -> Whole:
    """The whole as it is loaded once the changes are written."""
    charges = {one.payment_id: one for one in (*whole.charges, *changes.charges)}
    order = changes.orders[-1] if changes.orders else whole.order
    standing = whole.standing
    if standing is not None:
        subscription = changes.subscriptions[-1] if changes.subscriptions else standing.subscription
        is_open = order.status is OrderStatus.OPEN
        standing = replace(
            standing,
            subscription=subscription,
            awaited=order if is_open else None,
            charges=tuple(charges.values()) if is_open else (),
            graces=tuple(Grace(right=one, is_revoked=False) for one in changes.rights if one.kind is GrantKind.GRACE),
        )
    return replace(
        whole,
        order=order,
        charges=tuple(charges.values()),
        refunds=(*whole.refunds, *changes.new_refunds),
        standing=standing,
    )


def test_who_canceled_is_not_charged_for_the_period_after() -> None:
    charge = make_charge()
    canceled_one = told(renewal=RenewalState.OFF, renewal_reason=RenewalReason.CANCELED)

    (subscription,) = after(make_whole(charge, subscription=canceled_one), succeeded(charge)).subscriptions

    assert (subscription.remind_at, subscription.next_attempt_at) == (None, subscription.paid_period().end)


# What the payer agreed to when paying.

WISH = replace(AGREEMENT, agreement_id=AgreementId(UUID(int=60)), method_id=None, method_title=None, bound_at=None)


def checkout(*, subscription: Subscription | None = None, agreement: Agreement | None = WISH) -> Whole:
    """A first purchase whose payer agrees to be charged again."""
    charge = make_charge(method_id=None, notice_id=None, agreement_id=agreement.agreement_id if agreement else None)
    goods = PlanPeriod(subscription_id=SUBSCRIPTION, period_no=0)
    order = make_order(kind=OrderKind.CHECKOUT, goods=goods, return_url="http://cinema.test/", give_up_at=END)
    fresh = make_subscription(
        status=SubscriptionStatus.INCOMPLETE, agreement=None, anchor=None, period=None, remind_at=None
    )
    return make_whole(
        charge, order=order, subscription=subscription or fresh, agreements=(agreement,) if agreement else ()
    )


def test_what_was_agreed_to_when_paying_holds_for_what_was_paid_with() -> None:
    whole = checkout()

    changes = after(whole, succeeded(whole.charges[0]))

    (subscription,), (agreement,) = changes.subscriptions, changes.agreements
    assert agreement == replace(WISH, method_id=METHOD, method_title="Bank card *4444", bound_at=NOON)
    assert (subscription.agreement, subscription.renewal, subscription.renewal_reason) == (
        agreement, RenewalState.ON, RenewalReason.AGREED,
    )  # fmt: skip
    assert subscription.next_attempt_at == subscription.paid_period().end - timedelta(hours=1)
    assert names(changes) == [EntitlementGranted.__name__, SubscriptionActivated.__name__, AgreementBound.__name__]
    assert changes.events[-1] == agreement.told()


def test_what_cannot_be_charged_again_is_told_and_nothing_renews() -> None:
    whole = checkout()

    changes = after(whole, succeeded(whole.charges[0], method_id=None))

    subscription, (agreement,) = changes.subscriptions[-1], changes.agreements
    assert agreement == WISH.ended(now=NOON)
    assert (subscription.agreement, subscription.renewal, subscription.renewal_reason) == (
        None, RenewalState.NO_METHOD, RenewalReason.METHOD_NOT_SAVED,
    )  # fmt: skip
    assert subscription.next_attempt_at == subscription.paid_period().end
    assert sorted(names(changes)) == [
        EntitlementGranted.__name__, RenewalStopped.__name__, SubscriptionActivated.__name__,
    ]  # fmt: skip


def test_what_was_agreed_to_with_a_try_that_failed_ends_and_holds_again_if_its_money_comes() -> None:
    whole = checkout()
    charge = whole.charges[0]

    failed = after(whole, declined(charge))
    whole = replace(applied(whole, failed), agreements=failed.agreements)
    paid = after(whole, succeeded(whole.charges[0]), at=NOON + timedelta(days=1))

    assert [one.ended_at for one in failed.agreements] == [NOON]
    assert [(one.ended_at, one.bound_at) for one in paid.agreements] == [(None, NOON + timedelta(days=1))]
    assert paid.subscriptions[-1].method_id == METHOD


def test_what_was_agreed_to_with_a_failed_try_does_not_hold_against_a_later_wish() -> None:
    """Tried with renewal, then without: the first try's money comes after all."""
    off = make_subscription(
        status=SubscriptionStatus.INCOMPLETE, agreement=None, anchor=None, period=None, remind_at=None,
        renewal=RenewalState.OFF, renewal_reason=RenewalReason.NOT_AGREED,
    )  # fmt: skip
    whole = checkout(subscription=off, agreement=WISH.ended(now=NOON))

    changes = after(whole, succeeded(whole.charges[0]), at=NOON + timedelta(hours=1))

    subscription = changes.subscriptions[-1]
    assert (subscription.agreement, subscription.renewal) == (None, RenewalState.OFF)
    assert changes.agreements == ()


def test_without_an_agreement_nothing_renews_whatever_was_wished_with_a_later_try() -> None:
    """Tried without renewal, then with: the first try's money comes after all."""
    whole = checkout(agreement=None)

    changes = after(whole, succeeded(whole.charges[0]))

    (subscription,), (note, _) = changes.subscriptions, changes.notes[::-1]
    assert (subscription.agreement, subscription.renewal, subscription.renewal_reason) == (
        None, RenewalState.OFF, RenewalReason.NOT_AGREED,
    )  # fmt: skip
    assert subscription.next_attempt_at == subscription.paid_period().end
    assert [event.renews for event in changes.events if isinstance(event, SubscriptionActivated)] == [False]
    assert note.action == "renewal off"


def test_with_a_payment_that_buys_nothing_nothing_is_agreed_to_and_its_method_is_not_kept() -> None:
    whole = checkout()
    dropped = replace(whole, order=replace(whole.order, status=OrderStatus.CANCELED))

    changes = after(dropped, succeeded(whole.charges[0]))

    assert changes.agreements == (WISH.ended(now=NOON),)
    assert [(one.method_id, one.payment_id) for one in changes.events if isinstance(one, MethodUnwanted)] == [
        (METHOD, whole.charges[0].payment_id)
    ]


def test_one_more_agreement_takes_the_place_of_the_one_that_held() -> None:
    """The next period is bought ahead by another card, which is agreed to."""
    whole = checkout(subscription=make_subscription())
    ahead = replace(whole, order=replace(whole.order, goods=PlanPeriod(subscription_id=SUBSCRIPTION, period_no=1)))
    other = MethodId(UUID(int=61))

    changes = after(ahead, succeeded(whole.charges[0], method_id=other))

    subscription = changes.subscriptions[-1]
    assert [(one.agreement_id, one.ended_at) for one in changes.agreements] == [
        (AGREEMENT.agreement_id, NOON), (WISH.agreement_id, None),
    ]  # fmt: skip
    assert (subscription.method_id, subscription.period_no, subscription.paid_period().start) == (other, 1, END)


def test_a_late_renewal_that_is_paid_ends_its_grace() -> None:
    charge, grace = make_charge(), make_grace()
    late = told(status=SubscriptionStatus.PAST_DUE, dunning_attempt=1, first_failed_at=END)
    standing = replace(make_whole(charge, subscription=late).standing, graces=(grace,))  # type: ignore[type-var] # there
    whole = make_whole(charge, standing=standing)

    changes = after(whole, succeeded(charge), at=END + timedelta(days=1))

    (subscription,) = changes.subscriptions
    assert [(one.right, one.reason) for one in changes.revocations] == [(grace.right, "paid")]
    assert (subscription.status, subscription.dunning_attempt, subscription.first_failed_at) == (
        SubscriptionStatus.ACTIVE, 0, None,
    )  # fmt: skip
    assert subscription.paid_period().start == END


def test_a_refusal_in_a_day_s_plan_is_tried_again_within_its_short_grace() -> None:
    day = Interval(unit=Unit.DAY, count=1)
    end = START + timedelta(days=1)
    subscription = told(interval=day, period=Period(start=START, end=end))
    charge = make_charge()
    whole = make_whole(charge, subscription=subscription, order=make_order(expires_at=end + timedelta(hours=6)))

    changes = after(whole, declined(charge), at=end)

    (late,), (grace,) = changes.subscriptions, changes.rights
    assert (grace.starts_at, grace.ends_at) == (end, end + timedelta(hours=6))
    assert late.next_attempt_at == end + timedelta(hours=6) // 7
