"""Refunds: who may ask for one, and what that does at once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from billing.domain.wholes import (
    AGREEMENT,
    END,
    NOON,
    POLICIES,
    PRICE,
    START,
    VIEWER,
    asked,
    make_charge,
    make_line,
    make_order,
    make_paid_film,
    make_paid_whole,
    make_refund,
    make_right,
    make_subscription,
    new_ids,
    rub,
)
from cinema.billing.domain.changes import Changes, viewer
from cinema.billing.domain.ending import SUSPENDED
from cinema.billing.domain.order import ChargeStatus, Refund
from cinema.billing.domain.policies import Policies
from cinema.billing.domain.refund_policy import NothingToRefund, RefundNeedsStaff, RefundNotPossible
from cinema.billing.domain.refunding import (
    Offered,
    RefundChanged,
    RefundNotProposed,
    RefundTooLarge,
    SecondPersonNeeded,
    approve,
    offer,
    refund_any,
    refund_own,
    reject,
)
from cinema.billing.domain.whole import Standing, Whole
from cinema.contracts.billing import (
    EntitlementRevoked,
    OrderRefundAsked,
    PaymentWithdrawn,
    RefundRequested,
)
from cinema.contracts.enums import (
    AccessEffect,
    OrderKind,
    OrderStatus,
    RefundBasis,
    RefundState,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.identity import OwnAccount
from cinema.contracts.ids import RefundId, UserId
from cinema.contracts.payments import RefundLimits
from cinema.kit.errors import Trouble
from cinema.kit.money import Money

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ANNA, BORIS = UserId(UUID(int=80)), UserId(UUID(int=81))
STRICT = replace(POLICIES, refunds=replace(POLICIES.refunds, second_person_minor=20_000))
KEEP, REVOKE = AccessEffect.KEEP, AccessEffect.REVOKE
RENEWING = make_subscription()
OFF = {"renewal": RenewalState.OFF, "renewal_reason": RenewalReason.REFUND_REQUESTED}


def names(changes: Changes) -> list[str]:
    return [type(event).__name__ for event in changes.events]


def offered(whole: Whole, *, earlier: tuple[datetime, ...] = (), limits: RefundLimits | None = None) -> Offered:
    found = {whole.charges[0].payment_id: limits} if limits else {}
    return offer(whole, limits=found, earlier=earlier, policies=POLICIES, now=NOON)


def own(whole: Whole, *, expected: Money | None = None) -> Changes:
    return refund_own(
        whole, offered(whole), expected=expected, reason="no", actor=viewer(VIEWER), policies=POLICIES,
        new_id=new_ids(), now=NOON,
    )  # fmt: skip


def by_staff(
    whole: Whole,
    *,
    amount: Money | None = None,
    effect: AccessEffect = KEEP,
    staff_id: UserId = ANNA,
    policies: Policies = POLICIES,
    limits: RefundLimits | None = None,
) -> Changes:
    found = {whole.charges[0].payment_id: limits} if limits else {}
    return refund_any(
        whole, amount=amount, effect=effect, reason="a gift", staff_id=staff_id, limits=found, policies=policies,
        new_id=new_ids(), now=NOON,
    )  # fmt: skip


# A viewer asks.


def test_what_a_viewer_takes_back_ends_at_once_with_its_renewal() -> None:
    whole = make_paid_whole()

    changes = own(whole)

    (refund,), (order,), subscription = changes.new_refunds, changes.orders, changes.subscriptions[-1]
    assert refund == make_refund(refund_id=RefundId(UUID(int=100)))
    assert (order.refunded, order.status) == (PRICE, OrderStatus.PAID)
    assert [(one.right, one.reason) for one in changes.revocations] == [(make_right(), SUSPENDED)]
    assert (subscription.renewal, subscription.renewal_reason) == (RenewalState.OFF, RenewalReason.REFUND_REQUESTED)
    assert (subscription.status, subscription.agreement) == (SubscriptionStatus.ACTIVE, AGREEMENT)
    assert (subscription.next_attempt_at, subscription.remind_at) == (END, None)
    assert names(changes) == [RefundRequested.__name__, OrderRefundAsked.__name__, EntitlementRevoked.__name__]


@pytest.mark.parametrize("kind", [OrderKind.RENEWAL, OrderKind.CHECKOUT])
def test_what_waits_to_be_paid_is_dropped_when_the_newest_period_is_taken_back(kind: OrderKind) -> None:
    waiting = make_order(kind=kind, order_id=make_refund().refund_id)
    standing = Standing(subscription=RENEWING, awaited=waiting, lines=(make_line(),), charges=(make_charge(2),))

    changes = own(make_paid_whole(standing=standing))

    dropped = [one for one in changes.orders if one.order_id == waiting.order_id]
    assert [one.status for one in dropped] == [OrderStatus.CANCELED]
    assert names(changes).count(PaymentWithdrawn.__name__) == 1


def test_a_film_that_is_taken_back_touches_no_subscription() -> None:
    changes = own(make_paid_film())

    assert (changes.subscriptions, len(changes.revocations)) == ((), 1)


def test_the_preview_says_what_happens() -> None:
    whole = make_paid_whole(rights=(make_right(used_at=START),))

    found, changes = offered(whole), own(whole)

    (refund,) = changes.new_refunds
    assert (found.quote.amount, found.quote.kept, found.ends_renewal) == (rub(27_029), rub(12_871), True)
    assert (refund.amount, refund.basis, refund.access_effect) == (
        found.quote.amount, found.quote.basis, found.effect,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("subscription", "ends"),
    [(RENEWING, True), (make_subscription(**OFF), False), (make_subscription(renewal=RenewalState.NO_METHOD), False)],
)
def test_the_preview_says_whether_it_ends_a_renewal(subscription: object, *, ends: bool) -> None:
    assert offered(make_paid_whole(subscription=subscription)).ends_renewal is ends  # type: ignore[arg-type] # a case


def test_what_the_provider_has_to_keep_is_shown_as_kept() -> None:
    limits = RefundLimits(minimum=rub(1), rest_minimum=rub(20_000), is_partial=True, until=END)
    whole = make_paid_whole(rights=(make_right(used_at=START),))

    found = offered(whole, limits=limits).quote

    assert (found.amount, found.kept) == (rub(19_900), rub(20_000))


def test_what_was_expected_and_has_changed_is_refused() -> None:
    with pytest.raises(RefundChanged) as refusal:
        own(make_paid_whole(), expected=rub(39_899))

    assert refusal.value.facts == {"amount_minor": 39_900, "currency": "RUB"}


def test_a_second_refund_needs_a_person_but_money_that_bought_nothing_does_not() -> None:
    surplus = make_charge(2, status=ChargeStatus.SUCCEEDED, is_surplus=True)
    paid = make_paid_whole()
    both = replace(paid, charges=(*paid.charges, surplus), refunds=(make_refund(),))

    with pytest.raises(RefundNeedsStaff):
        offered(paid, earlier=(NOON - DAY,))
    found = offered(both, earlier=(NOON - DAY,))

    assert (found.source.payment_id, found.quote.basis, found.effect) == (
        surplus.payment_id, RefundBasis.SURPLUS, KEEP,
    )  # fmt: skip
    assert (found.quote.amount, found.quote.kept, found.ends_renewal) == (PRICE, rub(0), False)


def test_nothing_is_offered_of_an_order_that_is_back() -> None:
    with pytest.raises(NothingToRefund):
        offered(asked(make_refund(status=RefundState.SUCCEEDED)))


# Staff decide.


def test_staff_return_a_part_and_access_stays() -> None:
    changes = by_staff(make_paid_whole(), amount=rub(10_000))

    (refund,), (order,) = changes.new_refunds, changes.orders
    assert (refund.status, refund.basis, refund.access_effect, refund.actor) == (
        RefundState.REQUESTED, RefundBasis.STAFF, KEEP, viewer(ANNA),
    )  # fmt: skip
    assert order.refunded == rub(10_000)
    assert (changes.revocations, changes.subscriptions) == ((), ())


def test_staff_return_what_was_played_and_access_ends() -> None:
    whole = make_paid_whole(rights=(make_right(used_at=START),))

    changes = by_staff(whole, effect=REVOKE)

    assert [one.amount for one in changes.new_refunds] == [PRICE]
    assert len(changes.revocations) == 1
    assert changes.subscriptions[-1].renewal is RenewalState.OFF


STAFF_REFUSALS: dict[str, tuple[Callable[[], Changes], type[Trouble]]] = {
    "their own account": (lambda: by_staff(make_paid_whole(), staff_id=VIEWER), OwnAccount),
    "a kopeck too much": (lambda: by_staff(make_paid_whole(), amount=rub(39_901)), RefundTooLarge),
    "another currency": (
        lambda: by_staff(make_paid_whole(), amount=Money(minor=1, currency="EUR")), RefundTooLarge,
    ),
    "all is back": (lambda: by_staff(asked(make_refund())), NothingToRefund),
    "the provider cannot": (
        lambda: by_staff(
            make_paid_whole(), amount=rub(39_899),
            limits=RefundLimits(minimum=rub(1), rest_minimum=rub(100), is_partial=True, until=END),
        ),
        RefundNotPossible,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STAFF_REFUSALS)
def test_what_staff_may_not_do_says_why(case: str) -> None:
    act, refusal = STAFF_REFUSALS[case]

    with pytest.raises(refusal):
        act()


def test_above_an_amount_a_refund_is_proposed_and_nothing_else_happens() -> None:
    changes = by_staff(make_paid_whole(), amount=rub(20_001), effect=REVOKE, policies=STRICT)

    (refund,) = changes.new_refunds
    assert (refund.status, refund.amount) == (RefundState.PROPOSED, rub(20_001))
    assert changes == Changes(new_refunds=(refund,), notes=changes.notes)
    assert [note.action for note in changes.notes] == ["proposed"]


PROPOSED = make_refund(status=RefundState.PROPOSED, basis=RefundBasis.STAFF, actor=viewer(ANNA))


def test_a_second_person_has_it_carried_out() -> None:
    whole = make_paid_whole(refunds=(PROPOSED,))

    changes = approve(whole, PROPOSED, staff_id=BORIS, limits={}, policies=STRICT, now=NOON)

    assert [one.status for one in changes.refunds] == [RefundState.REQUESTED]
    assert [one.refunded for one in changes.orders] == [PRICE]
    assert names(changes) == [RefundRequested.__name__, OrderRefundAsked.__name__, EntitlementRevoked.__name__]
    assert changes.notes[0].actor == viewer(BORIS)


def test_a_second_person_says_no_and_nothing_else_happens() -> None:
    whole = make_paid_whole(refunds=(PROPOSED,))

    changes = reject(whole, PROPOSED, staff_id=BORIS, reason="too much", now=NOON)

    assert [(one.status, one.failure_reason) for one in changes.refunds] == [(RefundState.REJECTED, "too much")]
    assert changes == Changes(refunds=changes.refunds, notes=changes.notes)


@pytest.mark.parametrize(
    "decide",
    [partial(approve, limits={}, policies=STRICT), partial(reject, reason="no")],
    ids=["approve", "reject"],
)
@pytest.mark.parametrize(
    ("refund", "staff_id", "refusal"),
    [
        (PROPOSED, ANNA, SecondPersonNeeded),
        (PROPOSED, VIEWER, OwnAccount),
        (replace(PROPOSED, status=RefundState.REQUESTED), BORIS, RefundNotProposed),
        (replace(PROPOSED, status=RefundState.REJECTED), BORIS, RefundNotProposed),
    ],
)
def test_who_may_not_decide_is_told_why(
    decide: Callable[..., Changes], refund: Refund, staff_id: UserId, refusal: type[Trouble]
) -> None:
    with pytest.raises(refusal):
        decide(make_paid_whole(refunds=(refund,)), refund, staff_id=staff_id, now=NOON)


def test_what_does_not_fit_any_more_is_not_approved() -> None:
    other = make_refund(2, amount=rub(1))
    whole = asked(PROPOSED, other)

    with pytest.raises(RefundTooLarge):
        approve(whole, PROPOSED, staff_id=BORIS, limits={}, policies=STRICT, now=NOON)
