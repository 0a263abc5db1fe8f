"""What a provider can do and between which limits, told before anything is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cinema.contracts.methods import method_kind
from cinema.contracts.payments import ChargeLimits, RefundLimits
from cinema.kit.money import EXPONENTS, Money, parse_money


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a provider can do.

    Sums are whole units of any of its ``currencies``. What stays after a refund in part is
    nothing or more than ``refund_rest_above``. ``refund_ages`` are those of kinds of method
    that differ from ``refund_age``, counted from when the payment was made; zero: never
    refunded. ``saved_kinds`` can be charged off-session, ``binds_methods``: one is saved
    without a purchase. ``key_lifetime`` is how long a repeat with the same key leads to the
    same result.
    """

    currencies: frozenset[str]
    charge_minimum: int
    charge_maximum: int
    saved_kinds: frozenset[str]
    binds_methods: bool
    refunds_partially: bool
    refund_minimum: int
    refund_rest_above: int
    refund_age: timedelta
    refund_ages: Mapping[str, timedelta] = field(default_factory=dict)
    sends_receipts: bool
    notifies: bool
    key_lifetime: timedelta

    def charge_limits(self, currency: str) -> ChargeLimits | None:
        """What a payment by hand may take; None: this currency is not taken."""
        if currency not in self.currencies & EXPONENTS.keys():
            return None
        return ChargeLimits(
            minimum=_whole(self.charge_minimum, currency),
            maximum=_whole(self.charge_maximum, currency),
            saves_methods=bool(self.saved_kinds),
        )

    def refund_limits(self, *, currency: str, method_title: str | None, made_at: datetime) -> RefundLimits:
        """What may be returned of a payment by the method of this title; where that tells no kind, the worst counts."""
        kind = method_kind(method_title)
        worst = min((age for age in self.refund_ages.values() if age), default=self.refund_age)
        age = self.refund_ages.get(kind, self.refund_age) if kind else min(worst, self.refund_age)
        rest_above = _whole(self.refund_rest_above, currency)
        return RefundLimits(
            minimum=_whole(self.refund_minimum, currency),
            rest_minimum=Money(minor=rest_above.minor + 1, currency=currency),
            is_partial=self.refunds_partially,
            until=made_at + age,
        )


def _whole(units: int, currency: str) -> Money:
    return parse_money(str(units), currency)
