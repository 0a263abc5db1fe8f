"""Wholes: what decisions rest on, loaded with few statements and locked in the one order that all of billing keeps.

Subscriptions come first, then orders, each in order of their ids, so that rivals queue up
instead of deadlocking.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Order
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing, Whole
from cinema.billing.store import orders, rights, subscriptions
from cinema.contracts.ids import OrderId, SubscriptionId
from cinema.kit.db import Tx


async def wholes(tx: Tx, order_ids: Collection[OrderId]) -> dict[OrderId, Whole]:
    """These orders with all that belongs to them, locked; one that there is not is left out."""
    behind = await subscriptions.locked_of_orders(tx, order_ids)
    awaited = await orders.locked_awaited(tx, [one.subscription_id for one in behind]) if behind else {}
    asked = await orders.locked(tx, order_ids)
    every = {*order_ids, *(one.order_id for one in awaited.values())}
    lines, charges = await orders.lines(tx, every), await orders.charges(tx, every)
    refunds = await orders.refunds(tx, order_ids)
    given = _by_order(await rights.of_orders(tx, order_ids))
    graces = _by_subscription(await rights.graces(tx, [one.subscription_id for one in behind])) if behind else {}

    def standing(subscription: Subscription) -> Standing:
        its_id = subscription.subscription_id
        order = awaited.get(its_id)
        return Standing(
            subscription=subscription,
            awaited=order,
            lines=lines[order.order_id] if order else (),
            charges=charges[order.order_id] if order else (),
            is_under_way=order is not None,
            graces=tuple(graces.get(its_id, ())),
        )

    standings = {one.subscription_id: standing(one) for one in behind}
    return {
        order_id: Whole(
            order=order,
            lines=lines[order_id],
            charges=charges[order_id],
            refunds=refunds[order_id],
            rights=tuple(given.get(order_id, ())),
            standing=standings[order.goods.subscription_id] if isinstance(order.goods, PlanPeriod) else None,
        )
        for order_id, order in asked.items()
    }


async def whole(tx: Tx, order_id: OrderId) -> Whole | None:
    """One order with all that belongs to it, locked; None: no such order."""
    return (await wholes(tx, [order_id])).get(order_id)


async def known(tx: Tx, order_ids: Collection[OrderId]) -> dict[OrderId, Whole]:
    """The same where every order must exist; raises LookupError for an unknown one, which is a bug."""
    found = await wholes(tx, order_ids)
    for order_id in order_ids:
        if order_id not in found:
            raise LookupError(f"order {order_id} is not ours")
    return found


async def standings(tx: Tx, locked: Sequence[Subscription]) -> list[Standing]:
    """Locked subscriptions with what is open about them."""
    ids = [one.subscription_id for one in locked]
    if not ids:
        return []
    awaited = await orders.locked_awaited(tx, ids)
    under_way = await orders.under_way(tx, ids)
    waiting = [one.order_id for one in awaited.values()]
    lines = await orders.lines(tx, waiting) if waiting else {}
    charges = await orders.charges(tx, waiting) if waiting else {}
    graces = _by_subscription(await rights.graces(tx, ids))

    def standing(subscription: Subscription) -> Standing:
        its_id = subscription.subscription_id
        order: Order | None = awaited.get(its_id)
        return Standing(
            subscription=subscription,
            awaited=order,
            lines=lines[order.order_id] if order else (),
            charges=charges[order.order_id] if order else (),
            is_under_way=its_id in under_way,
            graces=tuple(graces.get(its_id, ())),
        )

    return [standing(one) for one in locked]


def _by_order(found: Sequence[Right]) -> dict[OrderId, list[Right]]:
    grouped: dict[OrderId, list[Right]] = defaultdict(list)
    for right in found:
        if right.order_id is not None:
            grouped[right.order_id].append(right)
    return grouped


def _by_subscription(found: Sequence[Right]) -> dict[SubscriptionId, list[Right]]:
    grouped: dict[SubscriptionId, list[Right]] = defaultdict(list)
    for right in found:
        if right.subscription_id is not None:
            grouped[right.subscription_id].append(right)
    return grouped
