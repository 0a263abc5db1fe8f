"""Payments as other contexts see them: the implementation of `cinema.contracts.payments.Payments`."""

from collections.abc import Collection, Mapping

from cinema.contracts.enums import RefundStatus
from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.contracts.payments import (
    ChargeLimits,
    PaymentConflict,
    PaymentNotFound,
    PaymentRequest,
    RefundLimits,
    RefundRequest,
)
from cinema.contracts.views.payments import MethodView, PaymentView
from cinema.kit.db import Database
from cinema.payments.service.charge import Charges
from cinema.payments.service.limits import Limits
from cinema.payments.service.methods import Methods
from cinema.payments.service.refund import Refunds
from cinema.payments.store import payments


class PaymentsFacade:
    """Implements the contract: calls into the services, and what one read answers."""

    def __init__(
        self,
        *,
        db: Database,
        charges: Charges,
        refunds: Refunds,
        methods: Methods,
        limits: Limits,
    ) -> None:
        self._db = db
        self._charges = charges
        self._refunds = refunds
        self._methods = methods
        self._limits = limits

    async def request(self, request: PaymentRequest) -> PaymentView:
        """Stores the request unless it is known, tries to carry it out now, and tells how it stands.

        What is asked for by an event after the order was paid is stored and canceled instead,
        unsent, so that whoever asked hears of its end. Raises `PaymentConflict` when the id
        stands for another request or the order has another payment that is under way or paid.
        """
        async with self._db.read() as tx:
            is_paid = await payments.has_paid(tx, request.order_id, but=request.payment_id)
        if is_paid:
            raise PaymentConflict("This order has another payment that is under way or paid.")
        return (await self._charges.request(request)).view()

    async def payment(self, payment_id: PaymentId) -> PaymentView:
        """How the payment stands. Raises `PaymentNotFound`."""
        async with self._db.read() as tx:
            payment = await payments.find(tx, payment_id)
        if payment is None:
            raise PaymentNotFound
        return payment.view()

    async def refund(self, request: RefundRequest) -> RefundStatus:
        """Stores the refund unless it is known, tries to carry it out now, and tells how it stands."""
        return (await self._refunds.request(request)).status

    async def charge_limits(self, *, currency: str) -> ChargeLimits | None:
        """The limits of new payments by hand; None: nobody takes this currency."""
        return self._limits.of_charges(currency)

    async def refund_limits(self, payment_ids: Collection[PaymentId]) -> Mapping[PaymentId, RefundLimits]:
        """The limits of refunds of those of these payments that are known."""
        return await self._limits.of_refunds(payment_ids)

    async def methods(self, method_ids: Collection[MethodId]) -> Mapping[MethodId, MethodView]:
        """Those of these methods that may be charged."""
        return await self._methods.active(method_ids)

    async def method_of(self, *, user_id: UserId, method_id: MethodId) -> MethodView:
        """A user's own method that may be charged. Raises `MethodNotFound`."""
        return await self._methods.own(user_id=user_id, method_id=method_id)
