"""The refund policy: how much of an order its buyer may take back, and from when on staff decide.

Nothing of it was used and it is new: all of it. Otherwise the time of the period that is
still to come, counted exactly and rounded in favour of what was used, so that what is kept
is never less than the value of what was used (the Consumer Protection Act, article 32,
lets the cinema keep that much). A film has no unused part once it was played.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Order
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import RefundUnderWay
from cinema.billing.domain.whole import Whole
from cinema.contracts.enums import RefundBasis
from cinema.contracts.payments import RefundLimits
from cinema.kit.errors import Conflict, Invalid
from cinema.kit.money import Money


class NothingToRefund(Conflict):
    """This order has no money left that could be returned."""

    code = "nothing-to-refund"


class RefundTooLate(Conflict):
    """The time in which you can take this payment back yourself is over; write to support."""

    code = "refund-too-late"


class FilmPlayed(Conflict):
    """This film was played, so that you cannot take it back yourself; write to support."""

    code = "film-played"


class LaterPeriodPaid(Conflict):
    """The period after this one is paid already; take that one back first."""

    code = "later-period-paid"


class RefundNeedsStaff(Conflict):
    """You took a payment back not long ago, so that support has to look at this one; write to support.

    ``again_at`` is when you can do it yourself again.
    """

    code = "refund-needs-staff"
    members: ClassVar[Mapping[str, Any]] = {
        "again_at": Annotated[datetime, "When you can do it yourself again."],
    }


class RefundNotPossible(Invalid):
    """The payment provider cannot return this amount.

    ``minimum_minor`` is the smallest that can go back, ``rest_minimum_minor`` the smallest
    that may stay if not all goes back; ``until`` is how long anything can.
    """

    code = "refund-not-possible"
    members: ClassVar[Mapping[str, Any]] = {
        "minimum_minor": Annotated[int, "The smallest amount that can go back, in minor units."],
        "rest_minimum_minor": Annotated[int, "The smallest amount that may stay, in minor units."],
        "is_partial": Annotated[bool, "Whether a part can go back at all."],
        "until": Annotated[datetime, "How long anything can go back."],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPolicy:
    """``window``: how long after paying an unused order goes back whole.

    Who took a payment back themselves needs staff for the next one within ``again_after``.
    What staff return of an order above ``second_person_minor`` in all needs a second person.
    """

    window: timedelta
    again_after: timedelta
    second_person_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """How much goes back, what decided it, and what is ``kept`` for what was used."""

    amount: Money
    kept: Money
    basis: RefundBasis


def quote(whole: Whole, left: Money, policy: RefundPolicy, *, now: datetime) -> Quote:
    """What the buyer gets back of an order of whose price ``left`` is neither back nor on its way.

    Raises `RefundUnderWay`, `RefundTooLate`, `FilmPlayed`, `LaterPeriodPaid`, `NothingToRefund`.
    """
    order = whole.order
    if whole.suspended:
        raise RefundUnderWay
    right = next(iter(whole.rights), None)
    if right is None:  # what it gave is over
        raise RefundTooLate
    is_unused = right.used_at is None or right.starts_at > now
    is_new = order.paid_at is not None and now <= order.paid_at + policy.window
    if not isinstance(order.goods, PlanPeriod):
        if not is_unused:
            raise FilmPlayed
        if not is_new:
            raise RefundTooLate
        return Quote(amount=left, kept=order.total - order.refunded - left, basis=RefundBasis.WHOLE)
    if whole.standing is not None and whole.standing.subscription.period_no > order.goods.period_no:
        raise LaterPeriodPaid
    if is_unused and is_new:
        return Quote(amount=left, kept=order.total - order.refunded - left, basis=RefundBasis.WHOLE)
    kept = used_value(order.total, right, now=now)
    amount = left - kept
    if amount.minor <= 0:
        raise NothingToRefund
    return Quote(amount=amount, kept=kept, basis=RefundBasis.UNUSED_TIME)


def used_value(total: Money, right: Right, *, now: datetime) -> Money:
    """The value of the time of a period that is over, rounded up to the next minor unit.

    The time in which the right stood still is none of it.
    """
    unit, lost = timedelta(microseconds=1), right.stood_still
    used = max(min(now, right.ends_at) - right.starts_at - lost, timedelta(0)) // unit
    length = (right.ends_at - right.starts_at - lost) // unit
    return Money(minor=-(-total.minor * used // length), currency=total.currency)


def may_ask(earlier: Sequence[datetime], policy: RefundPolicy, *, now: datetime) -> None:
    """Whether a buyer may take back money themselves who did so at these times; raises `RefundNeedsStaff`."""
    recent = [at for at in earlier if now < at + policy.again_after]
    if recent:
        raise RefundNeedsStaff(again_at=(max(recent) + policy.again_after).isoformat())


def fitted(amount: Money, left: Money, limits: RefundLimits | None, *, now: datetime) -> Money:
    """The largest sum up to ``amount`` that the provider can return of ``left``; raises `RefundNotPossible`."""
    if limits is None:
        return amount
    rest = left - amount
    if rest.minor and rest < limits.rest_minimum:
        amount = left - limits.rest_minimum
    demand_possible(amount, left, limits, now=now)
    return amount


def demand_possible(amount: Money, left: Money, limits: RefundLimits | None, *, now: datetime) -> None:
    """Whether the provider can return just that of ``left``; raises `RefundNotPossible`."""
    if limits is None:
        return
    rest = left - amount
    is_part = bool(rest.minor)
    if (
        now >= limits.until
        or amount < limits.minimum
        or (is_part and (not limits.is_partial or rest < limits.rest_minimum))
    ):
        raise RefundNotPossible(
            minimum_minor=limits.minimum.minor,
            rest_minimum_minor=limits.rest_minimum.minor,
            is_partial=limits.is_partial,
            until=limits.until.isoformat(),
            left_minor=left.minor,
            currency=left.currency,
        )


def needs_second_person(order: Order, amount: Money, policy: RefundPolicy) -> bool:
    """Whether what staff return of the order comes to more than one person may decide."""
    return order.refunded.minor + amount.minor > policy.second_person_minor
