"""What a worker does with payments whose time to be charged has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cinema.contracts.ids import MethodId, PaymentId
from cinema.payments.domain.attempt import Attempt, Result
from cinema.payments.domain.finding import Changes, ended_unsent
from cinema.payments.domain.method import Method
from cinema.payments.domain.payment import Payment, unsendable


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """``to_send`` are charged now, in this order: those in ``repeats`` under their old keys, the others under new ones.

    ``lost`` are open attempts of theirs that the provider knows no more; ``ended`` are
    payments that may not be sent any more.
    """

    to_send: Sequence[Payment]
    repeats: Mapping[PaymentId, Attempt]
    lost: Mapping[PaymentId, Result]
    ended: Sequence[Changes]


def plan_charges(
    due: Sequence[Payment],
    *,
    active: Mapping[MethodId, Method],
    latest: Mapping[PaymentId, Attempt],
    key_lifetimes: Mapping[str, timedelta],
    now: datetime,
) -> Plan:
    """What becomes of created payments.

    ``active`` are the saved methods that may be charged, ``latest`` the newest attempts of
    payments that were tried before, ``key_lifetimes`` those of the providers by name.
    """
    to_send: list[Payment] = []
    repeats: dict[PaymentId, Attempt] = {}
    lost: dict[PaymentId, Result] = {}
    ended: list[Changes] = []
    for payment in due:
        attempt = latest.get(payment.payment_id)
        left_open = attempt if attempt is not None and attempt.is_open else None
        over = unsendable(payment, method_is_active=may_charge(payment, active), now=now)
        if over is not None:
            result = Result.ABSENT if left_open else None
            ended.append(ended_unsent(payment, over, result=result, now=now))
            continue
        to_send.append(payment)
        if left_open is None:
            continue
        if left_open.may_repeat(key_lifetime=key_lifetimes[payment.provider], now=now):
            repeats[payment.payment_id] = left_open
        else:
            lost[payment.payment_id] = Result.ABSENT
    return Plan(to_send=to_send, repeats=repeats, lost=lost, ended=ended)


def may_charge(payment: Payment, active: Mapping[MethodId, Method]) -> bool:
    """Whether no saved method is wanted, or one that may be charged."""
    return payment.wanted_method_id is None or chargeable(payment, active) is not None


def chargeable(payment: Payment, active: Mapping[MethodId, Method]) -> Method | None:
    """The saved method that this payment may charge: active, the same user's, at the same provider."""
    method = active.get(payment.wanted_method_id) if payment.wanted_method_id else None
    if method is None or method.user_id != payment.user_id or method.provider != payment.provider:
        return None
    return method
