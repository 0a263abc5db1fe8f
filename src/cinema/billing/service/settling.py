"""What payments tell us, and what follows. News come in batches; each counts once, in any order."""

from collections.abc import Sequence

from cinema.billing.domain.changes import together
from cinema.billing.domain.settlement import PaymentNews, settle
from cinema.billing.domain.whole import Whole
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import subscriptions
from cinema.billing.store.wholes import known
from cinema.billing.store.writing import write
from cinema.contracts.enums import SubscriptionStatus
from cinema.contracts.ids import OrderId, SubscriptionId
from cinema.contracts.payments import MethodSaved
from cinema.kit.db import Tx
from cinema.kit.events import Heard

RENEW_JOB = "billing.renew"


class Settling:
    """Consumers of payments' news."""

    def __init__(self, *, settings: BillingSettings) -> None:
        self._settings = settings

    async def settle(self, tx: Tx, heard: Sequence[Heard[PaymentNews]]) -> None:
        """Money that came buys its order; a charge that failed is tried again, or its order is given up."""
        left = [one.event for one in heard]
        while left:
            wholes = await known(tx, {one.order_id for one in left})
            first, left = _apart(left, wholes)
            new_id = ids_at(tx.now)
            decided = [
                settle(wholes[one.order_id], one, policies=self._settings.policies, new_id=new_id, now=tx.now)
                for one in first
            ]
            await write(tx, together(decided))

    async def method_saved(self, tx: Tx, event: MethodSaved) -> None:
        """A new method: a renewal that waits for one is tried at once."""
        subscription = await subscriptions.locked_running(tx, user_id=event.user_id)
        if subscription is None or subscription.status is not SubscriptionStatus.PAST_DUE:
            return
        if not subscription.cancel_at_period_end:
            await subscriptions.set_due(tx, subscription_id=subscription.subscription_id)
            tx.wake(RENEW_JOB)


def _apart(news: Sequence[PaymentNews], wholes: dict[OrderId, Whole]) -> tuple[list[PaymentNews], list[PaymentNews]]:
    """The first news of each order and subscription, and the rest, which is decided on what those make."""
    first: list[PaymentNews] = []
    rest: list[PaymentNews] = []
    seen: set[OrderId | SubscriptionId] = set()
    for one in news:
        standing = wholes[one.order_id].standing
        subject = standing.subscription.subscription_id if standing else one.order_id
        (rest if subject in seen else first).append(one)
        seen.add(subject)
    return first, rest
