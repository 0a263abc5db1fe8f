"""What payments tell us, and what follows. News come in batches; each counts once, in any order."""

from collections.abc import Sequence
from datetime import datetime

from cinema.billing.domain.changes import together
from cinema.billing.domain.settlement import PaymentNews, settle
from cinema.billing.domain.whole import Whole
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import rights
from cinema.billing.store.wholes import known
from cinema.billing.store.writing import write
from cinema.contracts.ids import EntitlementId, OrderId, SubscriptionId
from cinema.contracts.playback import RightUsed
from cinema.kit.db import Tx
from cinema.kit.events import Heard


class Settling:
    """Consumers of others' news."""

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

    async def used(self, tx: Tx, heard: Sequence[Heard[RightUsed]]) -> None:
        """Films were played by these rights."""
        first: dict[EntitlementId, datetime] = {}
        for event in (one.event for one in heard):
            first[event.entitlement_id] = min(event.used_at, first.get(event.entitlement_id, event.used_at))
        await rights.mark_used(tx, first)


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
