"""Refunds: asked for by viewers and staff, and what came of it."""

from collections.abc import Callable

from cinema.billing.domain import refunding as rules
from cinema.billing.domain import returning
from cinema.billing.domain.changes import Changes, viewer
from cinema.billing.domain.order import ChargeStatus, OrderNotFound, Refund, RefundNotFound
from cinema.billing.domain.refunding import Limits, Offered
from cinema.billing.domain.view import refund_preview, refund_view
from cinema.billing.domain.whole import Whole
from cinema.billing.service.hurry import hurry
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import ledger, orders, refunds
from cinema.billing.store.wholes import known, whole
from cinema.billing.store.writing import write
from cinema.contracts.enums import AccessEffect
from cinema.contracts.ids import OrderId, RefundId, UserId
from cinema.contracts.payments import Payments, RefundFailed, RefundSucceeded
from cinema.contracts.views.billing import RefundPreview, RefundView
from cinema.kit.db import Database, Tx
from cinema.kit.money import Money


class Refunds:
    """Returns money, and records what came of it."""

    def __init__(self, *, db: Database, payments: Payments, settings: BillingSettings) -> None:
        self._db = db
        self._payments = payments
        self._settings = settings

    async def limits(self, order_id: OrderId) -> Limits:
        """What the provider can return of the order's payments; nothing of an unknown order."""
        async with self._db.read() as tx:
            charges = (await orders.charges(tx, [order_id]))[order_id]
        paid = [one.payment_id for one in charges if one.status is ChargeStatus.SUCCEEDED]
        return await self._payments.refund_limits(paid) if paid else {}

    async def limits_of(self, refund_id: RefundId) -> Limits:
        """The same of the refund's order."""
        async with self._db.read() as tx:
            order_id = await refunds.order_of(tx, refund_id)
        return await self.limits(order_id) if order_id else {}

    async def preview(self, *, user_id: UserId, order_id: OrderId) -> RefundPreview:
        """What `refund_own` would return now; raises what that would."""
        limits = await self.limits(order_id)
        async with self._db.write() as tx:
            its, offered = await self._offered(tx, user_id=user_id, order_id=order_id, limits=limits)
            return refund_preview(its.order, offered)

    async def refund_own(
        self,
        tx: Tx,
        *,
        user_id: UserId,
        order_id: OrderId,
        expected: Money | None,
        reason: str,
        limits: Limits,
    ) -> RefundView:
        """A viewer takes an order back.

        Raises `OrderNotFound`, `RefundChanged` where not ``expected`` would go back, and as
        `cinema.billing.domain.refunding.offer`.
        """
        its, offered = await self._offered(tx, user_id=user_id, order_id=order_id, limits=limits)
        changes = rules.refund_own(
            its,
            offered,
            expected=expected,
            reason=reason,
            actor=viewer(user_id),
            policies=self._settings.policies,
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        return await self._done(tx, changes)

    async def refund_any(
        self,
        tx: Tx,
        *,
        staff_id: UserId,
        order_id: OrderId,
        amount: Money | None,
        effect: AccessEffect,
        reason: str,
        limits: Limits,
    ) -> RefundView:
        """Staff returns all or a part of an order, or proposes it.

        Raises `OrderNotFound`, `OwnAccount`, `NothingToRefund`, `RefundTooLarge`, `RefundNotPossible`.
        """
        its = await whole(tx, order_id)
        if its is None:
            raise OrderNotFound
        changes = rules.refund_any(
            its,
            amount=amount,
            effect=effect,
            reason=reason,
            staff_id=staff_id,
            limits=limits,
            policies=self._settings.policies,
            new_id=ids_at(tx.now),
            now=tx.now,
        )
        return await self._done(tx, changes)

    async def approve(self, tx: Tx, *, staff_id: UserId, refund_id: RefundId, limits: Limits) -> RefundView:
        """A second person has a proposed refund carried out.

        Raises `RefundNotFound`, `RefundNotProposed`, `OwnAccount`, `SecondPersonNeeded`, and as `refund_any`.
        """
        return await self._decided(
            tx,
            refund_id,
            lambda its, refund: rules.approve(
                its,
                refund,
                staff_id=staff_id,
                limits=limits,
                policies=self._settings.policies,
                now=tx.now,
            ),
        )

    async def reject(self, tx: Tx, *, staff_id: UserId, refund_id: RefundId, reason: str) -> RefundView:
        """A second person says no. Raises `RefundNotFound`, `RefundNotProposed`, `OwnAccount`, `SecondPersonNeeded`."""
        return await self._decided(
            tx,
            refund_id,
            lambda its, refund: rules.reject(its, refund, staff_id=staff_id, reason=reason, now=tx.now),
        )

    async def returned(self, tx: Tx, event: RefundSucceeded) -> None:
        """The money is back, because we asked for it or because somebody at the provider gave it."""
        its = (await known(tx, [event.order_id]))[event.order_id]
        is_earned = await ledger.is_earned(tx, order_id=event.order_id)
        durations = self._settings.policies.durations
        changes = returning.returned(
            its, event, is_earned=is_earned, durations=durations, new_id=ids_at(tx.now), now=tx.now
        )
        await write(tx, changes)

    async def refused(self, tx: Tx, event: RefundFailed) -> None:
        """The provider will not return it."""
        its = (await known(tx, [event.order_id]))[event.order_id]
        durations = self._settings.policies.durations
        await write(tx, returning.refused(its, event, durations=durations, new_id=ids_at(tx.now), now=tx.now))

    async def _offered(self, tx: Tx, *, user_id: UserId, order_id: OrderId, limits: Limits) -> tuple[Whole, Offered]:
        await refunds.lock_refunder(tx, user_id=user_id)
        its = await whole(tx, order_id)
        if its is None or its.order.user_id != user_id:
            raise OrderNotFound
        policies = self._settings.policies
        since = tx.now - policies.refunds.again_after
        earlier = await refunds.own(tx, actor=viewer(user_id), since=since)
        return its, rules.offer(its, limits=limits, earlier=earlier, policies=policies, now=tx.now)

    async def _decided(self, tx: Tx, refund_id: RefundId, decide: Callable[[Whole, Refund], Changes]) -> RefundView:
        order_id = await refunds.order_of(tx, refund_id)
        its = await whole(tx, order_id) if order_id else None
        refund = next((one for one in its.refunds if one.refund_id == refund_id), None) if its else None
        if its is None or refund is None:
            raise RefundNotFound
        return await self._done(tx, decide(its, refund))

    async def _done(self, tx: Tx, changes: Changes) -> RefundView:
        (refund,) = (*changes.new_refunds, *changes.refunds)
        await write(tx, changes)
        hurry(tx, self._payments, changes)
        return refund_view(refund)
