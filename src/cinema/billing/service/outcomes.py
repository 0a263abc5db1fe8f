"""What payments tell us, and what follows. Each piece of news is handled once, in any order."""

from cinema.billing.domain.dunning import after_failure
from cinema.billing.domain.ledger import Entry, Kind, payment_postings
from cinema.billing.domain.order import Order, OrderKind
from cinema.billing.domain.period import Period
from cinema.billing.domain.subscription import Subscription
from cinema.billing.service import periods
from cinema.billing.service.pair import known_pair
from cinema.billing.service.receipts import issue_payment_receipt
from cinema.billing.service.refunds import return_money
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, ledger, orders, subscriptions
from cinema.contracts.billing import (
    AccessEffect,
    CheckoutFailed,
    EndedReason,
    GrantKind,
    OrderStatus,
    RenewalFailed,
    SubscriptionStatus,
)
from cinema.contracts.ids import OrderId, PaymentId
from cinema.contracts.payments import (
    DeclineClass,
    MethodSaved,
    PaymentCanceled,
    PaymentDeclined,
    PaymentSucceeded,
)
from cinema.kit.clock import Clock
from cinema.kit.db import Tx
from cinema.kit.ids import uuid7
from cinema.kit.outbox import publish


class AmountDiffers(RuntimeError):
    """A payment came with another amount than its order: a person has to look."""


class Outcomes:
    """Consumers of payments' events."""

    def __init__(self, *, clock: Clock, settings: BillingSettings) -> None:
        self._clock = clock
        self._settings = settings

    async def payment_succeeded(self, tx: Tx, event: PaymentSucceeded) -> None:
        """Books the money and gives what it bought; money that buys nothing goes back at once."""
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=event.order_id)
        if event.amount != order.total:
            raise AmountDiffers(f"order {order.order_id} is {order.total}, payment {event.payment_id} {event.amount}")
        if not await orders.end_charge(tx, payment_id=event.payment_id, status="succeeded", reason=None, now=now):
            return
        await ledger.post(
            tx,
            Entry(
                entry_id=uuid7(now),
                kind=Kind.PAYMENT,
                source_id=event.payment_id,
                order_id=order.order_id,
                posted_at=now,
                postings=payment_postings(event.amount, event.fee, provider=event.provider),
            ),
        )
        await issue_payment_receipt(tx, order=order, payment_id=event.payment_id, now=now)
        if order.status is not OrderStatus.OPEN:
            await return_money(
                tx,
                order=order,
                payment_id=event.payment_id,
                amount=event.amount,
                effect=AccessEffect.KEEP,
                reason=f"paid when the order was {order.status}",
                actor=history.SYSTEM,
                now=now,
            )
            return
        await orders.set_status(tx, order_id=order.order_id, status=OrderStatus.PAID, now=now, paid_at=now)
        await periods.start_period(
            tx, subscription=subscription, order=order, payment=event, policy=self._settings.renewal, now=now
        )

    async def payment_declined(self, tx: Tx, event: PaymentDeclined) -> None:
        """A charge was refused: the viewer tries again by hand, a renewal goes into dunning."""
        await self._failed(tx, event.order_id, event.payment_id, event.reason, event.decline_class)

    async def payment_canceled(self, tx: Tx, event: PaymentCanceled) -> None:
        """A payment ended unpaid: a checkout is over, a renewal goes into dunning."""
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=event.order_id)
        if order.kind is OrderKind.RENEWAL:
            await self._failed(tx, event.order_id, event.payment_id, event.reason, DeclineClass.SOFT)
            return
        if not await orders.end_charge(tx, payment_id=event.payment_id, status="failed", reason=event.reason, now=now):
            return
        if order.status is OrderStatus.OPEN:
            await periods.drop_open_order(tx, subscription=subscription, reason=event.reason, now=now)
            await subscriptions.set_ended(
                tx, subscription_id=subscription.subscription_id, reason=EndedReason.NEVER_PAID, now=now
            )

    async def method_saved(self, tx: Tx, event: MethodSaved) -> None:
        """A new method: a renewal that waits for one is tried at once."""
        now = self._clock.now()
        subscription = await subscriptions.locked_running(tx, user_id=event.user_id)
        if subscription is None or subscription.status is not SubscriptionStatus.PAST_DUE:
            return
        if not subscription.cancel_at_period_end:
            await subscriptions.set_next_attempt(tx, subscription_id=subscription.subscription_id, at=now, now=now)
            tx.wake("billing.renew")

    async def _failed(
        self, tx: Tx, order_id: OrderId, payment_id: PaymentId, reason: str, decline_class: DeclineClass
    ) -> None:
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=order_id)
        if not await orders.end_charge(tx, payment_id=payment_id, status="failed", reason=reason, now=now):
            return
        if order.status is not OrderStatus.OPEN:
            return
        if order.kind is OrderKind.CHECKOUT:
            failed = CheckoutFailed(
                order_id=order_id,
                user_id=order.user_id,
                payment_id=payment_id,
                title=order.title,
                amount=order.total,
                reason=reason,
            )
            await publish(tx, failed, now=now)
            return
        await self._dun(tx, order, subscription, reason=reason, decline_class=decline_class)

    async def _dun(
        self, tx: Tx, order: Order, subscription: Subscription, *, reason: str, decline_class: DeclineClass
    ) -> None:
        now = self._clock.now()
        attempt = subscription.dunning_attempt + 1
        first_failed_at = subscription.first_failed_at or now
        end = subscription.paid_period().end
        step = after_failure(
            self._settings.dunning,
            attempt=attempt,
            decline_class=decline_class,
            first_failed_at=first_failed_at,
            period_end=end,
            now=now,
        )
        await subscriptions.set_past_due(
            tx,
            subscription_id=subscription.subscription_id,
            attempt=attempt,
            first_failed_at=first_failed_at,
            next_attempt_at=step.retry_at or step.access_until,
            now=now,
        )
        if attempt == 1 and end < step.access_until:
            grace = Period(start=end, end=step.access_until)
            await periods.grant(
                tx, subscription=subscription, kind=GrantKind.GRACE, order_id=None, period=grace, now=now
            )
        await history.note(
            tx,
            actor=history.SYSTEM,
            entity="subscription",
            entity_id=subscription.subscription_id,
            action="renewal failed",
            now=now,
            before={"status": subscription.status, "attempt": subscription.dunning_attempt},
            after={"status": SubscriptionStatus.PAST_DUE, "attempt": attempt},
            reason=reason,
        )
        failed = RenewalFailed(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            order_id=order.order_id,
            title=subscription.title,
            amount=order.total,
            reason=reason,
            decline_class=decline_class,
            attempt=attempt,
            next_attempt_at=step.retry_at,
            access_until=step.access_until,
        )
        await publish(tx, failed, now=now)
