"""What a finding makes of a payment, and what a claim does with due ones: pure, without a database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.contracts.payments import MethodRemoved, MethodSaved, PaymentDeclined, PaymentSucceeded
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.finding import Changes, Finding, Learned, Whole, decide, sought_method
from cinema.payments.domain.method import Method, Token
from cinema.payments.domain.payment import Absent, NotDone, Payment, claimed, leased
from cinema.payments.domain.port import (
    Declined,
    Instrument,
    Pending,
    Rejected,
    Sealed,
    Seen,
    State,
    Succeeded,
    Unknown,
)
from cinema.payments.domain.sending import plan_charges
from cinema.payments.domain.trust import Identity
from payments.test_payments_domain import NOW, PRICE, REQUEST, make_payment

IDENTITY = Identity(account="shop", is_test=True)
LATER = NOW + timedelta(seconds=2)
STRANGER = UserId(uuid4())
NEW_ID = MethodId(uuid4())
CARD = Instrument(token="t", kind="bank_card", title="Bank card *4444", is_saved=True)
PAID = Succeeded(captured_at=NOW, fee=None, instrument=CARD)

SENT = claimed(make_payment(PaymentStatus.CREATED), now=NOW)
ON_PAGE = replace(SENT, wanted_method_id=None, save_method=True)


def seen(state: State = PAID, *, of: Payment = SENT) -> Seen:
    return Seen(
        provider_payment_id="p",
        payment_id=str(of.payment_id),
        amount=of.amount,
        account="shop",
        is_test=True,
        created_at=NOW,
        state=state,
    )


def make_method(*, user_id: UserId = REQUEST.user_id, is_active: bool = True) -> Method:
    return Method(
        method_id=MethodId(UUID(int=1)),
        user_id=user_id,
        provider="fake",
        token="t",
        kind="bank_card",
        title="The card of last year",
        is_default=is_active,
        is_active=is_active,
        saved_at=NOW,
        kept_by=None,
    )


def found(
    payment: Payment,
    learned: Learned,
    *,
    held: Payment | None = None,
    owner: PaymentId | None = None,
    method: Method | None = None,
) -> Changes:
    whole = Whole(payment=payment, owner=owner, method=method, new_method_id=NEW_ID)
    finding = Finding(payment_id=payment.payment_id, learned=learned, identity=IDENTITY, held=held)
    return decide(whole, finding, now=LATER)


def test_money_that_is_shown_is_told_and_ends_the_attempt() -> None:
    changes = found(SENT, seen())

    after = changes.after
    assert (after.status, after.provider_payment_id, after.captured_at) == (PaymentStatus.SUCCEEDED, "p", NOW)
    assert (after.method_id, after.method_title) == (SENT.wanted_method_id, CARD.title)
    assert (changes.result, changes.refused, changes.keeps, changes.ends) == (Result.ACCEPTED, None, None, None)
    [event] = changes.events
    assert isinstance(event, PaymentSucceeded)
    assert (event.payment_id, event.amount, event.method_id) == (SENT.payment_id, PRICE, SENT.wanted_method_id)


@pytest.mark.parametrize(
    ("lie", "names"),
    [
        (replace(seen(), amount=replace(PRICE, minor=1)), "amount"),
        (replace(seen(), account="other", is_test=False), "account, is_test"),
        (replace(seen(), payment_id=None), "payment_id"),
    ],
)
def test_what_is_not_believed_leaves_everything_open(lie: Seen, names: str) -> None:
    held, unheld = found(SENT, lie, held=SENT), found(SENT, lie)

    assert held.refused == unheld.refused == names
    assert (held.after.status, held.result, held.events) == (PaymentStatus.UNKNOWN, None, ())
    assert held.after.provider_payment_id is None
    assert unheld.after is SENT


def test_an_id_that_is_another_payments_is_not_believed() -> None:
    stranger = PaymentId(uuid4())

    assert found(SENT, seen(), owner=stranger).refused == "provider_payment_id"
    assert found(SENT, seen(), owner=SENT.payment_id).refused is None


@pytest.mark.parametrize("learned", [Rejected(code="x"), Unknown(detail="x"), NotDone(detail="x", keeps_key=True)])
def test_who_does_not_hold_a_payment_any_more_cannot_say_that_nothing_happened(learned: Learned) -> None:
    successor = claimed(make_payment(PaymentStatus.CREATED), now=LATER)

    assert found(successor, learned, held=SENT).after is successor
    assert found(successor, learned, held=successor).moved


@pytest.mark.parametrize(
    ("payment", "learned", "result"),
    [
        (SENT, seen(Pending()), Result.ACCEPTED),
        (SENT, Rejected(code="x"), Result.REJECTED),
        (SENT, NotDone(detail="x", keeps_key=True), None),
        (SENT, NotDone(detail="x", keeps_key=False), Result.REJECTED),
        (SENT, Unknown(detail="x"), None),
        (leased(SENT, now=NOW), Rejected(code="x"), None),
        (leased(SENT, now=NOW), NotDone(detail="x", keeps_key=False), None),
        (leased(SENT, now=NOW), Absent(), Result.ABSENT),
    ],
)
def test_how_the_open_attempt_ends(payment: Payment, learned: Learned, result: Result | None) -> None:
    assert found(payment, learned, held=payment).result is result


def test_a_card_is_kept_where_the_payer_agreed_and_the_provider_saved_it() -> None:
    changes = found(ON_PAGE, seen())

    assert sought_method(ON_PAGE, seen()) == Token(provider="fake", token="t")
    assert (changes.keeps, changes.after.method_id) == (CARD, NEW_ID)
    assert changes.events[1:] == (MethodSaved(method_id=NEW_ID, user_id=ON_PAGE.user_id, title=CARD.title),)
    for payment, card in ((replace(ON_PAGE, save_method=False), CARD), (ON_PAGE, replace(CARD, is_saved=False))):
        learned = seen(replace(PAID, instrument=card))
        unkept = found(payment, learned)
        assert sought_method(payment, learned) is None
        assert (unkept.keeps, unkept.after.method_id, unkept.after.method_title) == (None, None, CARD.title)


def test_a_card_that_was_kept_before_keeps_its_id_and_title() -> None:
    changes = found(ON_PAGE, seen(), method=make_method(is_active=False))

    assert changes.keeps is CARD
    assert (changes.after.method_id, changes.after.method_title) == (MethodId(UUID(int=1)), "The card of last year")


def test_a_card_of_another_user_is_not_kept() -> None:
    changes = found(ON_PAGE, seen(), method=make_method(user_id=STRANGER))

    assert changes.after.status is PaymentStatus.SUCCEEDED
    assert (changes.keeps, changes.after.method_id, len(changes.events)) == (None, None, 1)


@pytest.mark.parametrize(
    ("method", "is_there"),
    [(None, False), (make_method(is_active=False), True), (make_method(user_id=STRANGER), False)],
)
def test_money_of_what_was_never_sent_names_the_wanted_method_only_if_it_is_there(
    method: Method | None, *, is_there: bool
) -> None:
    created = make_payment(PaymentStatus.CREATED)

    assert sought_method(created, seen()) == created.wanted_method_id
    assert found(created, seen(), method=method).after.method_id == (created.wanted_method_id if is_there else None)


@pytest.mark.parametrize(
    "learned",
    [
        seen(Declined(reason=DeclineReason.CARD_EXPIRED)),
        Rejected(code="x", decline=DeclineReason.METHOD_UNKNOWN),
    ],
)
def test_a_refusal_that_ends_the_method_tells_so_once(learned: Learned) -> None:
    ending = found(SENT, learned, held=SENT, method=make_method())
    ended = found(SENT, learned, held=SENT, method=make_method(is_active=False))

    assert sought_method(SENT, learned) == SENT.wanted_method_id
    assert ending.ends == SENT.wanted_method_id
    assert [type(event) for event in ending.events] == [PaymentDeclined, MethodRemoved]
    assert (ended.ends, [type(event) for event in ended.events]) == (None, [PaymentDeclined])


def test_a_refusal_that_may_pass_leaves_the_method_alone() -> None:
    learned = seen(Declined(reason=DeclineReason.INSUFFICIENT_FUNDS))

    assert sought_method(SENT, learned) is None
    assert found(SENT, learned).ends is None


def make_attempt(payment: Payment, *, is_open: bool = True) -> Attempt:
    return Attempt(
        attempt_id=uuid4(),
        payment_id=payment.payment_id,
        refund_id=None,
        sealed=Sealed(key="k", body=b""),
        sends=1,
        first_sent_at=NOW,
        last_sent_at=NOW,
        is_open=is_open,
    )


def test_what_becomes_of_due_payments() -> None:
    def due(**values: Any) -> Payment:
        return replace(make_payment(PaymentStatus.CREATED), payment_id=PaymentId(uuid4()), **values)

    fresh, tried, old, settled = due(), due(tries=1), due(tries=2, expires_at=NOW + timedelta(days=9)), due(tries=1)
    unwanted, late, foreign = due(given_up=True), due(expires_at=NOW, tries=1), due(user_id=STRANGER)
    attempts = {one.payment_id: make_attempt(one) for one in (tried, old, late)}
    attempts[settled.payment_id] = make_attempt(settled, is_open=False)
    attempts[old.payment_id] = replace(attempts[old.payment_id], first_sent_at=NOW - timedelta(days=2))

    plan = plan_charges(
        [fresh, tried, old, settled, unwanted, late, foreign],
        active={MethodId(UUID(int=1)): make_method()},
        latest=attempts,
        key_lifetimes={"fake": timedelta(hours=24)},
        now=NOW,
    )

    assert plan.to_send == [fresh, tried, old, settled]
    assert plan.repeats == {tried.payment_id: attempts[tried.payment_id]}
    assert plan.lost == {old.payment_id: Result.ABSENT}
    assert [(one.before, one.after.reason, one.result) for one in plan.ended] == [
        (unwanted, "given_up", None),
        (late, "provider_unavailable", Result.ABSENT),
        (foreign, "method_removed", None),
    ]
    assert [type(event).__name__ for one in plan.ended for event in one.events] == [
        "PaymentCanceled",
        "PaymentCanceled",
        "PaymentDeclined",
    ]
