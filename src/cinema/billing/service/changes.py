"""Changes that viewers make to a running subscription."""

from datetime import datetime

from cinema.billing.domain.subscription import (
    ChargeUnderWay,
    NotCancelled,
    NotRunning,
    Subscription,
    SubscriptionNotFound,
    charge_at,
    charge_if_told,
    remind_at,
)
from cinema.billing.domain.view import SubscriptionView, subscription_view
from cinema.billing.service import periods
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, orders, subscriptions
from cinema.contracts.billing import CancellationScheduled, CancellationUndone, EndedReason, SubscriptionStatus
from cinema.contracts.ids import SubscriptionId, UserId
from cinema.kit.clock import Clock
from cinema.kit.db import Database, Tx
from cinema.kit.idempotency import Done, Once
from cinema.kit.outbox import publish


class Changes:
    """Cancelling, and changing one's mind."""

    def __init__(self, *, db: Database, clock: Clock, settings: BillingSettings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings

    async def cancel(self, *, user_id: UserId, subscription_id: SubscriptionId, once: Once) -> Done[SubscriptionView]:
        """Cancels at the period's end: what is paid stays, nothing more is charged. Answers a `SubscriptionView`.

        A charge that is already under way is withdrawn, and its money, should it still
        come, goes back. With the paid period over (in the grace), access ends now.
        Raises `SubscriptionNotFound`, `NotRunning`.
        """

        async def work(tx: Tx) -> SubscriptionView:
            now = self._clock.now()
            subscription = await _own(tx, user_id, subscription_id)
            if not subscription.is_running:
                raise NotRunning(subscription_status=subscription.status)
            if not subscription.cancel_at_period_end:
                await self._cancel(tx, subscription, now)
            return await self._view(tx, subscription_id)

        return await once.run(self._db, SubscriptionView, work)

    async def resume(self, *, user_id: UserId, subscription_id: SubscriptionId, once: Once) -> Done[SubscriptionView]:
        """Undoes a cancellation while the period runs. Answers a `SubscriptionView`.

        Raises `SubscriptionNotFound`, `NotRunning`, `NotCancelled`, and `ChargeUnderWay` while the
        charge that the cancellation dropped has no result: nobody is charged twice for a period.
        """

        async def work(tx: Tx) -> SubscriptionView:
            now = self._clock.now()
            subscription = await _own(tx, user_id, subscription_id)
            if subscription.status is not SubscriptionStatus.ACTIVE or now >= subscription.paid_period().end:
                raise NotRunning(subscription_status=subscription.status)
            if not subscription.cancel_at_period_end:
                raise NotCancelled
            if await orders.is_under_way(tx, subscription_id=subscription_id):
                raise ChargeUnderWay
            await self._resume(tx, subscription, now)
            return await self._view(tx, subscription_id)

        return await once.run(self._db, SubscriptionView, work)

    async def _cancel(self, tx: Tx, subscription: Subscription, now: datetime) -> None:
        actor = history.user(subscription.user_id)
        end = subscription.paid_period().end
        if now >= end:
            await periods.end(tx, subscription=subscription, reason=EndedReason.CANCELED, actor=actor, now=now)
            return
        await periods.drop_open_order(tx, subscription=subscription, reason="canceled by the viewer", now=now)
        await periods.end_grace(tx, subscription=subscription, reason="canceled", now=now)
        await subscriptions.set_cancellation(
            tx, subscription_id=subscription.subscription_id, cancel=True, next_attempt_at=end, now=now
        )
        await _note(tx, subscription, "cancellation scheduled", now)
        scheduled = CancellationScheduled(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            title=subscription.title,
            access_until=end,
        )
        await publish(tx, scheduled, now=now)

    async def _resume(self, tx: Tx, subscription: Subscription, now: datetime) -> None:
        period, policy = subscription.paid_period(), self._settings.renewal
        remind = max(remind_at(period, policy), now)
        await subscriptions.set_cancellation(
            tx,
            subscription_id=subscription.subscription_id,
            cancel=False,
            next_attempt_at=max(charge_at(period, policy), now),
            remind_at=remind,
            now=now,
        )
        await _note(tx, subscription, "cancellation undone", now)
        undone = CancellationUndone(
            subscription_id=subscription.subscription_id,
            user_id=subscription.user_id,
            title=subscription.title,
            renews_at=charge_if_told(period, policy, now=remind),
        )
        await publish(tx, undone, now=now)

    async def _view(self, tx: Tx, subscription_id: SubscriptionId) -> SubscriptionView:
        subscription = await subscriptions.one(tx, subscription_id=subscription_id, user_id=None)
        assert subscription is not None
        return subscription_view(subscription, policy=self._settings.renewal)


async def _own(tx: Tx, user_id: UserId, subscription_id: SubscriptionId) -> Subscription:
    subscription = await subscriptions.locked(tx, subscription_id=subscription_id)
    if subscription is None or subscription.user_id != user_id:
        raise SubscriptionNotFound
    return subscription


async def _note(tx: Tx, subscription: Subscription, action: str, now: datetime) -> None:
    await history.note(
        tx,
        actor=history.user(subscription.user_id),
        entity="subscription",
        entity_id=subscription.subscription_id,
        action=action,
        now=now,
        before={"cancel_at_period_end": subscription.cancel_at_period_end},
        after={"cancel_at_period_end": not subscription.cancel_at_period_end},
    )
