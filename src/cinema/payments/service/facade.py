"""Payments as other contexts see them: the implementation of `cinema.contracts.payments.Payments`."""

from cinema.contracts.ids import PaymentId, UserId
from cinema.contracts.payments import (
    MethodView,
    PaymentNotFound,
    PaymentRequest,
    PaymentStatus,
    PaymentView,
    RefundRequest,
    RefundStatus,
)
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.payments.domain.payment import Payment, unsendable, with_wish_to_give_up
from cinema.payments.service.charge import Charges
from cinema.payments.service.methods import Methods
from cinema.payments.service.record import RECONCILE_JOB, Recorder
from cinema.payments.service.refund import Refunds
from cinema.payments.store import payments


class PaymentsFacade:
    """Implements the contract; every method is one call into a service."""

    def __init__(
        self,
        *,
        db: Database,
        clock: Clock,
        charges: Charges,
        refunds: Refunds,
        methods: Methods,
        recorder: Recorder,
    ) -> None:
        self._db = db
        self._clock = clock
        self._charges = charges
        self._refunds = refunds
        self._methods = methods
        self._recorder = recorder

    async def request(self, request: PaymentRequest) -> PaymentView:
        """Stores the request unless it is known, tries to carry it out now, and tells how it stands."""
        return (await self._charges.request(request)).view()

    async def payment(self, payment_id: PaymentId) -> PaymentView:
        """How the payment stands. Raises `PaymentNotFound`."""
        async with self._db.read() as tx:
            payment = await payments.find(tx, payment_id)
        if payment is None:
            raise PaymentNotFound
        return payment.view()

    async def give_up(self, payment_id: PaymentId) -> PaymentView:
        """Ends a payment that was never sent; otherwise notes the wish, which lets go of money that is held.

        A payment at the provider's page ends only there: paid, or not confirmed in time.
        Raises `PaymentNotFound`.
        """

        async def work(tx: Tx) -> Payment:
            payment = await payments.lock(tx, payment_id)
            if payment is None:
                raise PaymentNotFound
            if payment.is_over:
                return payment
            now = self._clock.now()
            wished = with_wish_to_give_up(payment, now=now)
            if wished.status is PaymentStatus.CREATED:
                over = unsendable(wished, method_is_active=True, now=now)
                assert over is not None
                await self._recorder.change(tx, payment, over)
                return over
            await payments.save(tx, wished)
            tx.wake(RECONCILE_JOB)
            return wished

        return (await self._db.transact(work)).view()

    async def refund(self, request: RefundRequest) -> RefundStatus:
        """Stores the refund unless it is known, tries to carry it out now, and tells how it stands."""
        return (await self._refunds.request(request)).status

    async def default_method(self, user_id: UserId) -> MethodView | None:
        """The method that later charges use, or None when none is saved."""
        return await self._methods.default_of(user_id)
