"""What viewers change about a running subscription."""

from cinema.billing.domain import canceling as rules
from cinema.billing.domain.changes import Changes
from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.domain.view import subscription_view
from cinema.billing.domain.whole import Standing
from cinema.billing.settings import BillingSettings
from cinema.billing.store import subscriptions
from cinema.billing.store.wholes import standings
from cinema.billing.store.writing import write
from cinema.contracts.ids import SubscriptionId, UserId
from cinema.contracts.views.billing import SubscriptionView
from cinema.kit.db import Tx


class Canceling:
    """Canceling, and changing one's mind."""

    def __init__(self, *, settings: BillingSettings) -> None:
        self._settings = settings

    async def cancel(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> SubscriptionView:
        """Cancels at the period's end. Raises `SubscriptionNotFound` and `NotRunning`."""
        standing = await _own(tx, user_id, subscription_id)
        return await self._changed(tx, standing, rules.cancel(standing, now=tx.now))

    async def resume(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> SubscriptionView:
        """Undoes a cancellation. Raises `SubscriptionNotFound`, `NotRunning`, `NotCanceled`, `ChargeUnderWay`."""
        standing = await _own(tx, user_id, subscription_id)
        changes = rules.resume(standing, policies=self._settings.policies, now=tx.now)
        return await self._changed(tx, standing, changes)

    async def _changed(self, tx: Tx, standing: Standing, changes: Changes) -> SubscriptionView:
        await write(tx, changes)
        subscription = changes.subscriptions[-1] if changes.subscriptions else standing.subscription
        return subscription_view(subscription, policy=self._settings.renewal)


async def _own(tx: Tx, user_id: UserId, subscription_id: SubscriptionId) -> Standing:
    locked = await subscriptions.locked(tx, [subscription_id])
    if not locked or locked[0].user_id != user_id:
        raise SubscriptionNotFound
    (standing,) = await standings(tx, locked)
    return standing
