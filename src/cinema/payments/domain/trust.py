"""Belief: a provider's answer counts only if it speaks of our payment, in every field that we know.

Answers come over a network and notifications from anybody, so both are claims. They are
compared here, in one place, for every provider.
"""

from dataclasses import dataclass

from cinema.contracts.enums import RefundStatus
from cinema.payments.domain.payment import Payment
from cinema.payments.domain.port import (
    ActionRequired,
    Answer,
    Canceled,
    Declined,
    Held,
    Pending,
    RefundAnswer,
    Seen,
    SeenRefund,
    State,
    Succeeded,
    Unknown,
)
from cinema.payments.domain.refund import Refund


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Our account at a provider, and whether it moves no real money."""

    account: str
    is_test: bool


def differences(seen: Seen, *, payment: Payment, identity: Identity) -> tuple[str, ...]:
    """The names of the fields in which ``seen`` is not ``payment``; empty when it is believed.

    The provider's id is compared once we know it.
    """
    known = payment.provider_payment_id
    pairs = {
        "provider_payment_id": (seen.provider_payment_id, known or seen.provider_payment_id),
        "payment_id": (seen.payment_id, str(payment.payment_id)),
        "amount": (seen.amount.minor, payment.amount.minor),
        "currency": (seen.amount.currency, payment.amount.currency),
        "account": (seen.account, identity.account),
        "is_test": (seen.is_test, identity.is_test),
    }
    return tuple(name for name, (theirs, ours) in pairs.items() if theirs != ours)


def refund_differences(seen: SeenRefund, *, refund: Refund, provider_payment_id: str | None) -> tuple[str, ...]:
    """The names of the fields in which ``seen`` is not ``refund``."""
    known = refund.provider_refund_id
    pairs = {
        "provider_refund_id": (seen.provider_refund_id, known or seen.provider_refund_id),
        "refund_id": (seen.refund_id, str(refund.refund_id)),
        "provider_payment_id": (seen.provider_payment_id, provider_payment_id),
        "amount": (seen.amount.minor, refund.request.amount.minor),
        "currency": (seen.amount.currency, refund.request.amount.currency),
    }
    return tuple(name for name, (theirs, ours) in pairs.items() if theirs != ours)


def believe(answer: Answer, *, payment: Payment, identity: Identity) -> Answer:
    """The answer, or `Unknown` if it speaks of something else."""
    if isinstance(answer, Seen):
        names = differences(answer, payment=payment, identity=identity)
        if names:
            return Unknown(detail=f"the answer differs in {', '.join(names)}")
    return answer


def believe_refund(answer: RefundAnswer, *, refund: Refund, provider_payment_id: str | None) -> RefundAnswer:
    """The answer, or `Unknown` if it speaks of something else."""
    if isinstance(answer, SeenRefund):
        names = refund_differences(answer, refund=refund, provider_payment_id=provider_payment_id)
        if names:
            return Unknown(detail=f"the answer differs in {', '.join(names)}")
    return answer


def contradictions(claim: Seen, *, truth: Seen) -> tuple[str, ...]:
    """The names of the fields in which a notification does not fit what the provider itself says.

    It may be late (`Pending` where the truth is `Succeeded`) but not ahead, and it may
    not tell of another end.
    """
    names = [
        name
        for name in ("provider_payment_id", "payment_id", "amount", "account", "is_test", "created_at")
        if getattr(claim, name) != getattr(truth, name)
    ]
    if not _fits(claim.state, truth.state):
        names.append("state")
    return tuple(names)


def refund_contradictions(claim: SeenRefund, *, truth: SeenRefund) -> tuple[str, ...]:
    """As `contradictions`, for a refund."""
    names = [
        name
        for name in ("provider_refund_id", "refund_id", "provider_payment_id", "amount", "created_at")
        if getattr(claim, name) != getattr(truth, name)
    ]
    late = claim.status is RefundStatus.PENDING
    if not late and (claim.status, claim.failure) != (truth.status, truth.failure):
        names.append("state")
    return tuple(names)


def _fits(claim: State, truth: State) -> bool:
    match claim:
        case Pending() | ActionRequired():
            return True
        case Held():
            return not isinstance(truth, Pending | ActionRequired)
        case Succeeded():
            return (
                isinstance(truth, Succeeded)
                and claim.captured_at == truth.captured_at
                and (claim.instrument and claim.instrument.token) == (truth.instrument and truth.instrument.token)
            )
        case Declined() | Canceled():
            return claim == truth
