"""The policies of billing, together: what the settings say, as the rules want it."""

from dataclasses import dataclass

from cinema.billing.domain.durations import Durations
from cinema.billing.domain.order import Fiscal
from cinema.billing.domain.refund_policy import RefundPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """What the rules go by."""

    durations: Durations
    refunds: RefundPolicy
    fiscal: Fiscal
