"""The policies of billing, together: what the settings say, as the rules want it."""

from dataclasses import dataclass
from datetime import timedelta

from cinema.billing.domain.dunning import DunningPolicy
from cinema.billing.domain.subscription import RenewalPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """``refund_window``: how long after paying viewers may take a payment back themselves."""

    renewal: RenewalPolicy
    dunning: DunningPolicy
    refund_window: timedelta
    vat_code: int
