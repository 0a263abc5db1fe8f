"""Comparing our payments with the provider's own list: nothing may be unexplained (I8)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from cinema.contracts.enums import PaymentStatus
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.payments.domain.payment import Payment
from cinema.payments.domain.port import Provider, Seen, Succeeded
from cinema.payments.store import payments

UNDER_WAY = timedelta(hours=1)
"""What is younger may still be on its way between the provider and us."""


class Comparison:
    """Reads both sides and tells every difference in a plain sentence. Changes nothing."""

    def __init__(self, *, db: Database, clock: Clock, providers: Mapping[str, Provider]) -> None:
        self._db = db
        self._clock = clock
        self._providers = providers

    async def differences(self, *, days: int) -> list[str]:
        """What differs among payments made in the last ``days``, but for the last hour.

        Raises `Unavailable` when a provider does not answer: then nothing is known.
        """
        now = self._clock.now()
        since = now - timedelta(days=days)
        found: list[str] = []
        for name, provider in self._providers.items():
            theirs = await provider.list_payments(since=since, until=now)
            ids = [seen.provider_payment_id for seen in theirs]
            async with self._db.read() as tx:
                ours = await payments.known_to(tx, provider=name, ids=ids, since=since)
            found += compared(ours, theirs, until=now - UNDER_WAY)
        return found


def compared(ours: Mapping[str, Payment], theirs: Sequence[Seen], *, until: datetime) -> list[str]:
    """The differences between our payments, by the provider's ids, and what it shows; only of what is older."""
    shown = {seen.provider_payment_id: seen for seen in theirs}
    found = []
    for provider_id, seen in shown.items():
        if seen.created_at < until:
            found += _of_one(ours.get(provider_id), seen)
    for provider_id, payment in ours.items():
        is_settled = payment.status is PaymentStatus.SUCCEEDED and payment.updated_at < until
        if is_settled and provider_id not in shown:
            found.append(f"We count {payment.amount} of {provider_id} as paid; the provider does not list it.")
    return found


def _of_one(payment: Payment | None, seen: Seen) -> list[str]:
    is_taken = isinstance(seen.state, Succeeded)
    if payment is None:
        unknown = f"The provider took {seen.amount} in {seen.provider_payment_id}, of which we know nothing."
        return [unknown] if is_taken else []
    found = []
    if payment.amount != seen.amount:
        found.append(f"Payment {seen.provider_payment_id} is {payment.amount} here and {seen.amount} there.")
    if is_taken != (payment.status is PaymentStatus.SUCCEEDED):
        kind = type(seen.state).__name__.lower()
        found.append(f"Payment {seen.provider_payment_id} is {payment.status} here and {kind} there.")
    return found
