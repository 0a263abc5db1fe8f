"""Between which limits money moves, asked before anything is stored."""

from collections.abc import Collection, Mapping

from cinema.contracts.ids import PaymentId
from cinema.contracts.payments import ChargeLimits, RefundLimits
from cinema.kit.db import Database
from cinema.payments.domain.port import Provider
from cinema.payments.store import payments


class Limits:
    """The limits of the providers."""

    def __init__(self, *, db: Database, providers: Mapping[str, Provider], default_provider: str) -> None:
        self._db = db
        self._providers = providers
        self._default = providers[default_provider]

    def of_charges(self, currency: str) -> ChargeLimits | None:
        """Those of new payments by hand; None: nobody takes this currency."""
        return self._default.capabilities.charge_limits(currency)

    async def of_refunds(self, payment_ids: Collection[PaymentId]) -> dict[PaymentId, RefundLimits]:
        """Those of refunds of each payment that we know, where its provider is there."""
        if not payment_ids:
            return {}
        async with self._db.read() as tx:
            known = await payments.find_all(tx, payment_ids)
        return {
            one.payment_id: self._providers[one.provider].capabilities.refund_limits(
                currency=one.amount.currency, method_title=one.method_title, made_at=one.created_at
            )
            for one in known
            if one.provider in self._providers
        }
