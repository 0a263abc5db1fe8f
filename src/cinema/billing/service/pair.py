"""An order and its subscription, locked in the one order that all of billing keeps."""

from cinema.billing.domain.order import Order
from cinema.billing.domain.subscription import Subscription
from cinema.billing.store import orders, subscriptions
from cinema.contracts.ids import OrderId
from cinema.kit.db import Tx


async def locked_pair(tx: Tx, *, order_id: OrderId) -> tuple[Order, Subscription] | None:
    """Subscription first, then order, so that rivals queue up instead of deadlocking; None: no such order."""
    seen = await orders.one(tx, order_id=order_id, user_id=None)
    if seen is None:
        return None
    subscription = await subscriptions.locked(tx, subscription_id=seen.subscription_id)
    order = await orders.locked(tx, order_id=order_id)
    assert order is not None
    assert subscription is not None
    return order, subscription


async def known_pair(tx: Tx, *, order_id: OrderId) -> tuple[Order, Subscription]:
    """The same where the order must exist; an unknown one is a bug."""
    pair = await locked_pair(tx, order_id=order_id)
    if pair is None:
        raise LookupError(f"order {order_id} is not ours")
    return pair
