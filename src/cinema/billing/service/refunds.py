"""Refunds: asked for by viewers and staff, and what came of it."""

from cinema.billing.domain import refunding as rules
from cinema.billing.domain.changes import Changes, viewer
from cinema.billing.domain.order import OrderNotFound, Refund
from cinema.billing.domain.view import refund_view
from cinema.billing.service.hurry import hurry
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import ledger
from cinema.billing.store.wholes import known, whole
from cinema.billing.store.writing import write
from cinema.contracts.enums import AccessEffect
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.payments import Payments, RefundFailed, RefundSucceeded
from cinema.contracts.views.billing import RefundView
from cinema.kit.db import Tx
from cinema.kit.money import Money


class Refunds:
    """Returns money, and records what came of it."""

    def __init__(self, *, payments: Payments, settings: BillingSettings) -> None:
        self._payments = payments
        self._settings = settings

    async def refund_own(self, tx: Tx, *, user_id: UserId, order_id: OrderId, reason: str) -> RefundView:
        """A viewer takes an order back. Raises `OrderNotFound`, `NothingToRefund`, `RefundTooLate`."""
        its = await whole(tx, order_id)
        if its is None or its.order.user_id != user_id:
            raise OrderNotFound
        refund, changes = rules.refund_own(
            its,
            reason=reason,
            actor=viewer(user_id),
            policies=self._settings.policies,
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        return await self._asked(tx, refund, changes)

    async def refund_any(
        self,
        tx: Tx,
        *,
        staff_id: UserId,
        order_id: OrderId,
        amount: Money | None,
        effect: AccessEffect,
        reason: str,
    ) -> RefundView:
        """Staff returns all or a part of an order. Raises `OrderNotFound`, `NothingToRefund`, `RefundTooLarge`."""
        its = await whole(tx, order_id)
        if its is None:
            raise OrderNotFound
        refund, changes = rules.refund_any(
            its,
            amount=amount,
            effect=effect,
            reason=reason,
            actor=viewer(staff_id),
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        return await self._asked(tx, refund, changes)

    async def returned(self, tx: Tx, event: RefundSucceeded) -> None:
        """The money is back, because we asked for it or because somebody at the provider gave it."""
        its = (await known(tx, [event.order_id]))[event.order_id]
        is_earned = await ledger.is_earned(tx, order_id=event.order_id)
        await write(tx, rules.returned(its, event, is_earned=is_earned, new_id=ids_at(tx.now), now=tx.now))

    async def refused(self, tx: Tx, event: RefundFailed) -> None:
        """The provider will not return it."""
        its = (await known(tx, [event.order_id]))[event.order_id]
        await write(tx, rules.refused(its, event, new_id=ids_at(tx.now), now=tx.now))

    async def _asked(self, tx: Tx, refund: Refund, changes: Changes) -> RefundView:
        await write(tx, changes)
        hurry(tx, self._payments, changes)
        return refund_view(refund)
