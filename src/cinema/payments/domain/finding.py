"""What was found out about a payment, and everything that it changes: decided here, without a database.

`decide` is the one place where news becomes a state, its event, the end of an attempt,
and a saved method that comes or goes.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, PaymentId
from cinema.contracts.payments import MethodRemoved, MethodSaved, PaymentCanceled, PaymentDeclined, PaymentSucceeded
from cinema.kit.events import Event
from cinema.payments.domain.attempt import Result, attempt_result
from cinema.payments.domain.decline import DECLINE_CLASSES, METHOD_ENDING, DeclineReason
from cinema.payments.domain.method import Method, MethodEnd, Token
from cinema.payments.domain.payment import Absent, News, NotDone, Payment, after
from cinema.payments.domain.port import Answer, Declined, Instrument, Rejected, Seen, Succeeded, Unknown
from cinema.payments.domain.trust import Identity, differences

Learned: TypeAlias = Answer | NotDone | Absent
"""What came of asking a provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What came of asking a provider, to which we are ``identity``, about a payment.

    What the provider shows of the payment always counts, if it is believed. That nothing
    happened, or that nobody knows, counts only while ``held`` is still held as it was
    claimed: a worker that was asleep must not speak for its successor. ``rebinds``: the
    provider's id was found by our own id and replaces a wrong one; so does the id of
    money that comes late.
    """

    payment_id: PaymentId
    learned: Learned
    identity: Identity
    held: Payment | None = None
    rebinds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A payment under its lock, with all that decides what a finding makes of it.

    ``owner`` is the payment that we know by the provider's id of the finding, ``method``
    the saved one that `sought_method` names; where that names a token, a method that is
    new gets ``new_method_id``.
    """

    payment: Payment
    owner: PaymentId | None
    method: Method | None
    new_method_id: MethodId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be written. ``after`` is ``before`` itself where nothing changes.

    ``refused`` names what in an answer was not believed; ``result`` ends the open
    attempt; ``keeps`` is saved as the method ``after.method_id``; ``ends`` is a method
    that is worth nothing any more.
    """

    before: Payment
    after: Payment
    refused: str | None = None
    result: Result | None = None
    events: tuple[Event, ...] = ()
    keeps: Instrument | None = None
    ends: MethodId | None = None

    @property
    def moved(self) -> bool:
        """Whether the status is another one."""
        return self.after.status is not self.before.status


def sought_method(payment: Payment, learned: Learned) -> MethodId | Token | None:
    """The saved method on which the decision rests: by id, or by the provider's token where it may be new."""
    news = learned.state if isinstance(learned, Seen) else learned
    if isinstance(news, Succeeded):
        if payment.wanted_method_id is not None:
            return None if _was_sent(payment) else payment.wanted_method_id
        kept = _to_keep(payment, news.instrument)
        return Token(provider=payment.provider, token=kept.token) if kept else None
    is_worthless = (isinstance(news, Declined) and news.reason in METHOD_ENDING) or (
        isinstance(news, Rejected) and news.decline in METHOD_ENDING
    )
    return payment.wanted_method_id if is_worthless else None


def decide(whole: Whole, finding: Finding, *, now: datetime) -> Changes:
    """What the finding makes of the payment."""
    payment, learned = whole.payment, finding.learned
    refused = _refused(whole, finding)
    shown = learned if isinstance(learned, Seen) and refused is None else None
    if shown is None and not _is_held(payment, finding.held):
        return Changes(before=payment, after=payment, refused=refused)
    news = _news(learned, refused=refused)
    fresh = after(payment, news, now=now)
    if fresh is None:
        return Changes(before=payment, after=payment, refused=refused)
    provider_payment_id = shown.provider_payment_id if shown else payment.provider_payment_id
    if isinstance(news, Succeeded):
        changes = _paid(whole, fresh, news, provider_payment_id=provider_payment_id, now=now)
    else:
        if provider_payment_id != fresh.provider_payment_id:
            fresh = replace(fresh, provider_payment_id=provider_payment_id)
        has_ended = fresh.is_over and not payment.is_over
        changes = _unpaid(whole, fresh, now=now) if has_ended else Changes(before=payment, after=fresh)
    result = attempt_result(learned, was_sent=payment.status is PaymentStatus.SENT, refused=refused)
    return replace(changes, refused=refused, result=result)


def ended_unsent(before: Payment, over: Payment, *, result: Result | None = None, now: datetime) -> Changes:
    """A payment that ends without having been sent; ``result`` ends what is left of an earlier try."""
    return Changes(before=before, after=over, result=result, events=(_event(over, now=now),))


def _paid(whole: Whole, fresh: Payment, state: Succeeded, *, provider_payment_id: str | None, now: datetime) -> Changes:
    """With the method that paid, which may be worth keeping; a token of another user is left alone."""
    method, instrument = whole.method, state.instrument
    is_theirs = method is None or method.user_id == fresh.user_id
    method_id, title = None, instrument.title if instrument else None
    kept = _to_keep(fresh, instrument) if fresh.wanted_method_id is None and is_theirs else None
    if fresh.wanted_method_id is not None and (_was_sent(whole.payment) or (method is not None and is_theirs)):
        method_id = fresh.wanted_method_id
    elif kept is not None:
        method_id, title = (method.method_id, method.title) if method else (whole.new_method_id, kept.title)
    paid = replace(fresh, provider_payment_id=provider_payment_id, method_id=method_id, method_title=title)
    events: list[Event] = [_event(paid, now=now)]
    if kept is not None and method_id is not None:
        events.append(MethodSaved(method_id=method_id, user_id=fresh.user_id, title=title or ""))
    return Changes(before=whole.payment, after=paid, events=tuple(events), keeps=kept)


def _unpaid(whole: Whole, over: Payment, *, now: datetime) -> Changes:
    """Without money; a refusal may say that the saved method is worth nothing any more."""
    is_worthless = over.reason in METHOD_ENDING and whole.method is not None and whole.method.is_active
    ends = over.wanted_method_id if is_worthless else None
    events: list[Event] = [_event(over, now=now)]
    if ends is not None:
        events.append(MethodRemoved(method_id=ends, user_id=over.user_id, reason=MethodEnd.REVOKED))
    return Changes(before=whole.payment, after=over, events=tuple(events), ends=ends)


def _was_sent(payment: Payment) -> bool:
    """Whether it certainly went out on the wanted method; what was never sent may name one that nobody has."""
    return not payment.is_over and payment.status is not PaymentStatus.CREATED


def _to_keep(payment: Payment, instrument: Instrument | None) -> Instrument | None:
    """The instrument if the payer agreed to keep it and the provider saved it."""
    return instrument if instrument is not None and payment.save_method and instrument.is_saved else None


def _refused(whole: Whole, finding: Finding) -> str | None:
    """The names of what in the answer is not believed."""
    payment, learned = whole.payment, finding.learned
    if not isinstance(learned, Seen):
        return None
    is_late = payment.is_unpaid and isinstance(learned.state, Succeeded)
    known = replace(payment, provider_payment_id=None) if finding.rebinds or is_late else payment
    names = differences(learned, payment=known, identity=finding.identity)
    if names:
        return ", ".join(names)
    return None if whole.owner in {None, payment.payment_id} else "provider_payment_id"


def _is_held(payment: Payment, held: Payment | None) -> bool:
    if held is None:
        return False
    return (payment.status, payment.next_attempt_at) == (held.status, held.next_attempt_at)


def _news(learned: Learned, *, refused: str | None) -> News:
    if refused is not None:
        return Unknown(detail=f"the answer differs in {refused}")
    return learned.state if isinstance(learned, Seen) else learned


def _event(payment: Payment, *, now: datetime) -> Event:
    if payment.status is PaymentStatus.SUCCEEDED:
        return PaymentSucceeded(
            payment_id=payment.payment_id,
            order_id=payment.order_id,
            user_id=payment.user_id,
            amount=payment.amount,
            fee=payment.fee,
            provider=payment.provider,
            method_id=payment.method_id,
            method_title=payment.method_title,
            captured_at=payment.captured_at or now,
        )
    assert payment.reason is not None
    if payment.status is PaymentStatus.DECLINED:
        return PaymentDeclined(
            payment_id=payment.payment_id,
            order_id=payment.order_id,
            user_id=payment.user_id,
            amount=payment.amount,
            reason=payment.reason,
            decline_class=DECLINE_CLASSES[DeclineReason(payment.reason)],
            method_id=payment.wanted_method_id,
            declined_at=now,
        )
    return PaymentCanceled(
        payment_id=payment.payment_id,
        order_id=payment.order_id,
        user_id=payment.user_id,
        amount=payment.amount,
        reason=payment.reason,
        canceled_at=now,
    )
