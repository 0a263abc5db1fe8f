"""What payments tell us, and what follows. Each piece of news is handled once, in any order."""

from cinema.billing.domain.dunning import after_failure
from cinema.billing.domain.ledger import Entry, Kind, payment_postings
from cinema.billing.domain.order import Charge, Order, OrderKind
from cinema.billing.domain.subscription import Subscription
from cinema.billing.service import periods
from cinema.billing.service.pair import known_pair
from cinema.billing.service.receipts import issue_payment_receipt
from cinema.billing.service.refunds import return_money
from cinema.billing.service.requests import withdraw_payment
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, ledger, orders, subscriptions
from cinema.contracts.billing import (
    AccessEffect,
    CheckoutFailed,
    EndedReason,
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
        """Books the money and gives what it bought; money that buys nothing goes back at once.

        It counts also when the charge was said to have failed. Of two charges of one order
        the first to succeed pays for it: the other is withdrawn, and returned should it succeed.
        """
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=event.order_id)
        if event.amount != order.total:
            raise AmountDiffers(f"order {order.order_id} is {order.total}, payment {event.payment_id} {event.amount}")
        is_surplus = order.status is not OrderStatus.OPEN
        if not await orders.charge_succeeded(tx, payment_id=event.payment_id, is_surplus=is_surplus, now=now):
            await _known_charge(tx, order, event.payment_id)
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
        if is_surplus:
            await return_money(
                tx,
                order=order,
                payment_id=event.payment_id,
                amount=event.amount,
                is_surplus=True,
                effect=AccessEffect.KEEP,
                reason=f"paid when the order was {order.status}",
                actor=history.SYSTEM,
                now=now,
            )
            return
        await withdraw_payment(tx, order=order, now=now)
        await periods.start_period(
            tx, subscription=subscription, order=order, payment=event, policy=self._settings.renewal, now=now
        )

    async def payment_declined(self, tx: Tx, event: PaymentDeclined) -> None:
        """A charge was refused: the viewer tries again by hand, a renewal goes into dunning."""
        await self._failed(tx, event.order_id, event.payment_id, reason=event.reason, decline_class=event.decline_class)

    async def payment_canceled(self, tx: Tx, event: PaymentCanceled) -> None:
        """A payment ended unpaid and unrefused: a checkout is over, a renewal goes into dunning.

        A payment page that the viewer left unused is no failed try of a renewal.
        """
        await self._failed(tx, event.order_id, event.payment_id, reason=event.reason, decline_class=None)

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
        self, tx: Tx, order_id: OrderId, payment_id: PaymentId, *, reason: str, decline_class: DeclineClass | None
    ) -> None:
        now = self._clock.now()
        order, subscription = await known_pair(tx, order_id=order_id)
        if not await orders.charge_failed(
            tx, payment_id=payment_id, reason=reason, decline_class=decline_class, now=now
        ):
            await _known_charge(tx, order, payment_id)
            return
        if order.status is not OrderStatus.OPEN:
            return
        if order.kind is OrderKind.CHECKOUT:
            await self._not_bought(tx, order, subscription, payment_id, reason=reason, is_over=decline_class is None)
        else:
            is_by_hand = (await _known_charge(tx, order, payment_id)).method_id is None
            if decline_class is not None or not is_by_hand:
                how = DeclineClass.PAYER if is_by_hand else decline_class or DeclineClass.SOFT
                await self._dun(tx, order, subscription, reason=reason, decline_class=how)

    async def _not_bought(
        self, tx: Tx, order: Order, subscription: Subscription, payment_id: PaymentId, *, reason: str, is_over: bool
    ) -> None:
        now = self._clock.now()
        if is_over:
            await periods.drop_open_order(tx, subscription=subscription, reason=reason, now=now)
            await subscriptions.set_ended(
                tx, subscription_id=subscription.subscription_id, reason=EndedReason.NEVER_PAID, now=now
            )
            return
        failed = CheckoutFailed(
            order_id=order.order_id,
            user_id=order.user_id,
            payment_id=payment_id,
            title=order.title,
            amount=order.total,
            reason=reason,
        )
        await publish(tx, failed, now=now)

    async def _dun(
        self, tx: Tx, order: Order, subscription: Subscription, *, reason: str, decline_class: DeclineClass
    ) -> None:
        now = self._clock.now()
        access_until = order.expires_at
        if now >= access_until:
            await periods.end(
                tx, subscription=subscription, reason=EndedReason.PAYMENT_FAILED, actor=history.SYSTEM, now=now
            )
            return
        attempt = subscription.dunning_attempt + 1
        first_failed_at = subscription.first_failed_at or now
        step = after_failure(
            self._settings.dunning,
            attempt=attempt,
            decline_class=decline_class,
            first_failed_at=first_failed_at,
            access_until=access_until,
            now=now,
        )
        await subscriptions.set_past_due(
            tx,
            subscription_id=subscription.subscription_id,
            attempt=attempt,
            first_failed_at=first_failed_at,
            next_attempt_at=step.look_at,
            now=now,
        )
        await periods.give_grace(tx, subscription=subscription, until=access_until, now=now)
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
            access_until=access_until,
        )
        await publish(tx, failed, now=now)


async def _known_charge(tx: Tx, order: Order, payment_id: PaymentId) -> Charge:
    """The try that is spoken of; one that we do not know is a bug, not old news."""
    for charge in await orders.charges(tx, order_id=order.order_id):
        if charge.payment_id == payment_id:
            return charge
    raise LookupError(f"payment {payment_id} of order {order.order_id} is not ours")
