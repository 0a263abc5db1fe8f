"""Refunds: who may take money back, how much, and what it does to access."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from cinema.billing.domain.ledger import Entry, Kind, refund_postings
from cinema.billing.domain.order import Order, OrderNotFound, Refund, RefundState
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.view import RefundView, refund_view
from cinema.billing.service import periods
from cinema.billing.service.adoption import adopt, readmit
from cinema.billing.service.pair import known_pair, locked_pair
from cinema.billing.service.receipts import issue_refund_receipt
from cinema.billing.service.requests import request_refund
from cinema.billing.service.taken import Taken, returned, returns_surplus, taken_for, to_return
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, ledger, orders, subscriptions
from cinema.contracts.billing import AccessEffect, EndedReason, OrderRefunded, OrderStatus, SubscriptionStatus
from cinema.contracts.ids import OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import Payments, RefundFailed, RefundOrigin, RefundRequest, RefundSucceeded
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.errors import Conflict, Invalid, Trouble
from cinema.kit.idempotency import Done, Once
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.kit.outbox import publish

log = structlog.get_logger()


class RefundTooLate(Conflict):
    """The time in which you can take this payment back yourself is over; write to support."""

    code = "refund-too-late"


class RefundTooLarge(Invalid):
    """More than is left of the payment cannot be returned; ``left_minor`` says how much is."""

    code = "refund-too-large"


class Refunds:
    """Returns money, by request of viewers and staff, and records what came of it."""

    def __init__(self, *, db: Database, clock: Clock, payments: Payments, settings: BillingSettings) -> None:
        self._db = db
        self._clock = clock
        self._payments = payments
        self._settings = settings

    async def refund_own(self, *, user_id: UserId, order_id: OrderId, reason: str, once: Once) -> Done[RefundView]:
        """A viewer takes back all that is left of an order, which ends what it gave. Answers a `RefundView`.

        Possible while its period runs, for so many days after paying. Raises
        `OrderNotFound`, `NothingToRefund`, `RefundTooLate`.
        """
        requests: list[RefundRequest] = []

        async def work(tx: Tx) -> RefundView:
            requests.clear()
            pair = await locked_pair(tx, order_id=order_id)
            if pair is None or pair[0].user_id != user_id:
                raise OrderNotFound
            order, subscription = pair
            taken = await to_return(tx, order, effect=AccessEffect.REVOKE)
            if order.paid_at is not None and not taken.is_surplus and not self._in_time(order, subscription):
                raise RefundTooLate
            return await self._refund(
                tx,
                order,
                taken,
                amount=taken.left,
                effect=AccessEffect.REVOKE,
                reason=reason,
                actor=history.user(user_id),
                requests=requests,
            )

        return await self._run(once, work, requests)

    async def refund_any(
        self,
        *,
        staff_id: UserId,
        order_id: OrderId,
        amount: Money | None,
        effect: AccessEffect,
        reason: str,
        once: Once,
    ) -> Done[RefundView]:
        """Staff returns all (``amount`` None) or a part of an order. Answers a `RefundView`.

        Money that bought nothing, and could not be returned by itself, goes first unless
        access is to be revoked. Raises `OrderNotFound`, `NothingToRefund`, `RefundTooLarge`.
        """
        requests: list[RefundRequest] = []

        async def work(tx: Tx) -> RefundView:
            requests.clear()
            pair = await locked_pair(tx, order_id=order_id)
            if pair is None:
                raise OrderNotFound
            order = pair[0]
            taken = await to_return(tx, order, effect=effect)
            left = taken.left
            if amount is not None and (amount.currency != left.currency or left < amount):
                raise RefundTooLarge(left_minor=left.minor, currency=left.currency)
            return await self._refund(
                tx,
                order,
                taken,
                amount=amount or left,
                effect=effect,
                reason=reason,
                actor=history.user(staff_id),
                requests=requests,
            )

        return await self._run(once, work, requests)

    async def refund_succeeded(self, tx: Tx, event: RefundSucceeded) -> None:
        """The money is back: book it, and apply the effect on access. Somebody at the provider may have returned it."""
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=event.order_id)
        refund = await orders.locked_refund(tx, refund_id=event.refund_id)
        if refund is None:
            if event.origin is RefundOrigin.OURS:
                raise LookupError(f"refund {event.refund_id} of order {event.order_id} is not ours")
            refund = await adopt(tx, order=order, event=event, now=now)
        if refund.status is RefundState.SUCCEEDED:
            return
        if event.amount != refund.amount:
            raise ValueError(f"refund {refund.refund_id} is {refund.amount}, the provider returned {event.amount}")
        if refund.status is RefundState.FAILED:
            await readmit(tx, order=order, refund=refund, now=now)
        await orders.set_refund_status(tx, refund_id=refund.refund_id, status=RefundState.SUCCEEDED, now=now)
        is_surplus = await returns_surplus(tx, refund)
        await self._book(tx, order, refund, provider=event.provider, is_surplus=is_surplus, now=now)
        if not is_surplus and order.status in {OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED}:
            done = await returned(tx, refund) == order.total
            status = OrderStatus.REFUNDED if done else OrderStatus.PARTIALLY_REFUNDED
            await orders.set_status(tx, order_id=order.order_id, status=status, now=now)
            if done:
                await orders.set_recognition(tx, order_id=order.order_id, at=None, now=now)
        if is_surplus:
            await _return_rest(tx, order, refund, now, has_failed=False)
        if refund.access_effect is AccessEffect.REVOKE:
            await self._take_back(tx, order, subscription, now)
        refunded = OrderRefunded(
            order_id=order.order_id,
            user_id=order.user_id,
            refund_id=refund.refund_id,
            title=order.title,
            amount=refund.amount,
            access_effect=refund.access_effect,
        )
        await publish(tx, refunded, now=now)

    async def refund_failed(self, tx: Tx, event: RefundFailed) -> None:
        """The provider will not return it: the money counts as ours again until a person acts.

        Of a surplus another sum is tried, where a part of it went back another way.
        """
        now = self._clock.now()
        order, _ = await known_pair(tx, order_id=event.order_id)
        refund = await orders.locked_refund(tx, refund_id=event.refund_id)
        if refund is None:
            raise LookupError(f"refund {event.refund_id} of order {event.order_id} is not ours")
        if refund.status is RefundState.FAILED:
            return
        await orders.set_refund_status(tx, refund_id=refund.refund_id, status=RefundState.FAILED, now=now)
        if await returns_surplus(tx, refund):
            await _return_rest(tx, order, refund, now, has_failed=True)
        else:
            await orders.add_refunded(tx, order_id=order.order_id, minor=-refund.amount.minor, now=now)
        await history.note(
            tx,
            actor=history.SYSTEM,
            entity="refund",
            entity_id=refund.refund_id,
            action="failed",
            now=now,
            reason=event.reason,
        )

    async def _refund(
        self,
        tx: Tx,
        order: Order,
        taken: Taken,
        *,
        amount: Money,
        effect: AccessEffect,
        reason: str,
        actor: str,
        requests: list[RefundRequest],
    ) -> RefundView:
        now = self._clock.now()
        effect = AccessEffect.KEEP if taken.is_surplus else effect
        refund, request = await return_money(
            tx,
            order=order,
            payment_id=taken.payment_id,
            amount=amount,
            is_surplus=taken.is_surplus,
            effect=effect,
            reason=reason,
            actor=actor,
            now=now,
        )
        requests.append(request)
        if effect is AccessEffect.REVOKE:
            await self._stop_renewing(tx, order, actor, now)
        return refund_view(refund)

    async def _stop_renewing(self, tx: Tx, order: Order, actor: str, now: datetime) -> None:
        """Who takes the newest period back is not charged again while the money travels, nor if it does not arrive."""
        subscription = await subscriptions.locked(tx, subscription_id=order.subscription_id)
        assert subscription is not None
        if not _is_newest(order, subscription) or subscription.cancel_at_period_end:
            return
        await periods.drop_open_order(tx, subscription=subscription, reason="refund requested", now=now)
        await subscriptions.set_cancellation(
            tx,
            subscription_id=subscription.subscription_id,
            cancel=True,
            next_attempt_at=max(subscription.paid_period().end, now),
            now=now,
        )
        await history.note(
            tx,
            actor=actor,
            entity="subscription",
            entity_id=subscription.subscription_id,
            action="cancellation scheduled",
            now=now,
            before={"cancel_at_period_end": False},
            after={"cancel_at_period_end": True},
            reason="refund requested",
        )

    def _in_time(self, order: Order, subscription: Subscription) -> bool:
        """Whether a viewer may still take the order back: its period is the newest, and runs, and it is new enough."""
        now = self._clock.now()
        period = subscription.period
        assert order.paid_at is not None
        return (
            period is not None
            and subscription.period_no == order.period_no
            and now < period.end
            and now <= order.paid_at + timedelta(days=self._settings.refund_days)
        )

    async def _take_back(self, tx: Tx, order: Order, subscription: Subscription, now: datetime) -> None:
        await periods.revoke_order(tx, order_id=order.order_id, reason="refunded", now=now)
        if _is_newest(order, subscription):
            await periods.end(tx, subscription=subscription, reason=EndedReason.REFUNDED, actor=history.SYSTEM, now=now)

    async def _book(
        self, tx: Tx, order: Order, refund: Refund, *, provider: str, is_surplus: bool, now: datetime
    ) -> None:
        """A surplus is never earned: it is owed until it goes back."""
        is_earned = not is_surplus and await ledger.has_recognition(tx, order_id=order.order_id)
        await ledger.post(
            tx,
            Entry(
                entry_id=uuid7(now),
                kind=Kind.REFUND,
                source_id=refund.refund_id,
                order_id=order.order_id,
                posted_at=now,
                postings=refund_postings(refund.amount, provider=provider, is_earned=is_earned),
            ),
        )
        await issue_refund_receipt(tx, order=order, refund=refund, now=now)

    async def _run(
        self, once: Once, work: Callable[[Tx], Awaitable[RefundView]], requests: list[RefundRequest]
    ) -> Done[RefundView]:
        reply = await once.run(self._db, RefundView, work)
        for request in requests:
            try:
                await self._payments.refund(request)
            except Trouble as trouble:
                log.warning("refund.hurry_failed", refund_id=str(request.refund_id), detail=trouble.detail)
        return reply


async def return_money(
    tx: Tx,
    *,
    order: Order,
    payment_id: PaymentId,
    amount: Money,
    is_surplus: bool,
    effect: AccessEffect,
    reason: str,
    actor: str,
    now: datetime,
) -> tuple[Refund, RefundRequest]:
    """Stores a refund, counts it against the order unless its money was surplus, and asks payments for it."""
    refund = Refund(
        refund_id=RefundId(uuid7(now)),
        order_id=order.order_id,
        payment_id=payment_id,
        amount=amount,
        status=RefundState.REQUESTED,
        access_effect=effect,
        reason=reason,
        created_at=now,
    )
    if not is_surplus:
        await orders.add_refunded(tx, order_id=order.order_id, minor=amount.minor, now=now)
    await orders.add_refund(tx, refund)
    await history.note(
        tx,
        actor=actor,
        entity="refund",
        entity_id=refund.refund_id,
        action="requested",
        now=now,
        after={"order_id": str(order.order_id), "amount": str(amount), "access_effect": effect},
        reason=reason,
    )
    return refund, await request_refund(tx, order=order, refund=refund, now=now)


async def _return_rest(tx: Tx, order: Order, refund: Refund, now: datetime, *, has_failed: bool) -> None:
    """Sends back what is left of a surplus after ``refund`` has ended, but not the sum that has just failed."""
    (taken,) = [one for one in await taken_for(tx, order) if one.payment_id == refund.payment_id]
    is_asked = any(
        one.status is RefundState.REQUESTED and one.payment_id == refund.payment_id
        for one in await orders.refunds(tx, order_id=order.order_id)
    )
    if is_asked or not taken.left.minor or (has_failed and taken.left == refund.amount):
        return
    await return_money(
        tx,
        order=order,
        payment_id=refund.payment_id,
        amount=taken.left,
        is_surplus=True,
        effect=AccessEffect.KEEP,
        reason="the rest of what bought nothing",
        actor=history.SYSTEM,
        now=now,
    )


def _is_newest(order: Order, subscription: Subscription) -> bool:
    """Whether the order paid for the newest period of a subscription that runs; an older one changes nothing in it."""
    is_paid = order.status not in {OrderStatus.OPEN, OrderStatus.CANCELED}
    is_over = subscription.status is SubscriptionStatus.ENDED
    return is_paid and not is_over and subscription.period_no == order.period_no
