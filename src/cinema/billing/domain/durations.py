"""Durations of renewing: one policy, each part of it capped by the length of the period that it belongs to.

What is right for a year would be unfair for a day: a week of grace after a day that was
paid. So no duration is ever longer than a quarter of the period.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cinema.billing.domain.period import Period
from cinema.contracts.ids import SubscriptionId

PARTS = 4
"""No duration is longer than the period divided by this."""

SHARES = 1 << 16
"""Into so many parts the spread is cut."""

PAYING = timedelta(hours=1)
"""How long a charge may take before its renewal counts as unpaid; capped as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """When things happen around the end of a period.

    ``lead``: how long before the end the next period is charged, and over how much of that
    charges are ``spread`` evenly, so that those who all began at midnight do not meet the
    provider at once. ``notice``: how long before the charge the viewer is told. ``grace``:
    how long access goes on unpaid, at most. ``retries``: when a refused charge is tried
    again, counted from the first refusal.
    """

    lead: timedelta
    spread: timedelta = timedelta(0)
    notice: timedelta
    grace: timedelta
    retries: tuple[timedelta, ...]
    paying: timedelta = PAYING

    def within(self, period: Period) -> "Durations":
        """The same, none longer than a quarter of the period; retries shrink as the grace does."""
        cap = (period.end - period.start) // PARTS
        lead, grace = min(self.lead, cap), min(self.grace, cap)
        return replace(
            self,
            lead=lead,
            spread=min(self.spread, lead * 3 // 4),
            notice=min(self.notice, cap),
            grace=grace,
            retries=tuple(_scaled(one, grace, self.grace) for one in self.retries) if self.grace else (),
            paying=min(self.paying, cap),
        )


def misfits(durations: Durations) -> list[str]:
    """A sentence for each duration that does not fit the others."""
    found = []
    if durations.spread > durations.lead * 3 // 4:
        found.append(f"Charges are spread over {durations.spread}, which is more than three quarters of the lead.")
    if list(durations.retries) != sorted(set(durations.retries)):
        found.append("Retries have to come one after the other.")
    found += [
        f"A retry after {one} would come when the grace of {durations.grace} is over."
        for one in durations.retries
        if one >= durations.grace
    ]
    if durations.retries and durations.retries[0] <= timedelta(0):
        found.append("The first retry has to come after the refusal.")
    if durations.notice < timedelta(0) or durations.lead < timedelta(0) or durations.grace < timedelta(0):
        found.append("No duration is negative.")
    return found


def charge_at(subscription_id: SubscriptionId, period: Period, durations: Durations) -> datetime:
    """When the next period is charged: ``lead`` before its end and up to ``spread`` later.

    Where in the spread is told by the last bits of the id, which are random.
    """
    fit = durations.within(period)
    return period.end - fit.lead + fit.spread * (subscription_id.int % SHARES) // SHARES


def remind_at(subscription_id: SubscriptionId, period: Period, durations: Durations) -> datetime:
    """When the viewer is told: ``notice`` before the charge, never in the first half of the period."""
    return charge_at(subscription_id, period, durations) - durations.within(period).notice


def charge_if_told(subscription_id: SubscriptionId, period: Period, durations: Durations, *, now: datetime) -> datetime:
    """When the next period is charged if the viewer is told ``now``: who is told late still has half of the notice."""
    charge = charge_at(subscription_id, period, durations)
    return max(charge, now + durations.within(period).notice // 2)


def pay_until(period: Period, durations: Durations, *, charged_at: datetime) -> datetime:
    """Until when a renewal may be paid: ``grace`` past the period, or past a late charge."""
    fit = durations.within(period)
    return max(period.end, charged_at + fit.paying) + fit.grace


def _scaled(duration: timedelta, part: timedelta, whole: timedelta) -> timedelta:
    unit = timedelta(microseconds=1)
    return timedelta(microseconds=(duration // unit) * (part // unit) // (whole // unit))
