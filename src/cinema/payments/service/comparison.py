"""Comparing our payments with the provider's own list: nothing may be unexplained (I8)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cinema.contracts.enums import PaymentStatus
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.payments.domain.payment import Payment
from cinema.payments.domain.port import Provider, Seen, Succeeded
from cinema.payments.store import payments

UNDER_WAY = timedelta(hours=1)
"""What is younger may still be on its way between the provider and us."""

SLICE = timedelta(days=1)
"""How much is held at once. A payment that the two sides date on both sides of an edge is found in the piece beside."""


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
        found: list[str] = []
        for name in self._providers:
            found += await self._differences(name, since=now - timedelta(days=days), now=now)
        return found

    async def _differences(self, name: str, *, since: datetime, now: datetime) -> list[str]:
        found: list[str] = []
        missing: dict[str, Payment] = {}
        before: frozenset[str] = frozenset()
        for start, end in slices(since, now):
            listed = await self._providers[name].list_payments(since=start, until=end)
            theirs = {seen.provider_payment_id: seen for seen in listed}
            async with self._db.read() as tx:
                ours = await payments.known_to(tx, provider=name, ids=list(theirs), since=start, until=end)
            found += compared(ours, theirs, until=now - UNDER_WAY)
            missing |= settled(ours, until=now - UNDER_WAY)
            for provider_id in before | theirs.keys():
                missing.pop(provider_id, None)
            before = frozenset(theirs)
        return found + [
            f"We count {payment.amount} of {provider_id} as paid; the provider does not list it."
            for provider_id, payment in missing.items()
        ]


def slices(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """``[since, until)`` in pieces of a `SLICE`, oldest first."""
    while since < until:
        end = min(since + SLICE, until)
        yield since, end
        since = end


def compared(ours: Mapping[str, Payment], theirs: Mapping[str, Seen], *, until: datetime) -> list[str]:
    """What differs in what the provider shows; only of what is older. Both are by the provider's ids."""
    found = []
    for provider_id, seen in theirs.items():
        if seen.created_at < until:
            found += _of_one(ours.get(provider_id), seen)
    return found


def settled(ours: Mapping[str, Payment], *, until: datetime) -> dict[str, Payment]:
    """Those that the provider has to list, as they were paid before."""
    return {
        provider_id: payment
        for provider_id, payment in ours.items()
        if payment.status is PaymentStatus.SUCCEEDED and payment.updated_at < until
    }


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
