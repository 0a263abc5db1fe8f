"""Wholes: what decisions rest on, loaded with few statements and locked in the one order that all of billing keeps.

Subscriptions come first, then orders, each in order of their ids, so that rivals queue up
instead of deadlocking.
"""

from collections.abc import Collection, Mapping, Sequence

from cinema.billing.domain.goods import PlanPeriod
from cinema.billing.domain.order import Charge, Line, Order
from cinema.billing.domain.subscription import Subscription
from cinema.billing.domain.whole import Standing, Whole
from cinema.billing.store import agreements, orders, refunds, rights, subscriptions
from cinema.contracts.ids import OrderId, SubscriptionId
from cinema.kit.db import Tx


async def wholes(tx: Tx, order_ids: Collection[OrderId]) -> dict[OrderId, Whole]:
    """These orders with all that belongs to them, locked; one that there is not is left out."""
    behind = await subscriptions.locked_of_orders(tx, order_ids)
    awaited = await orders.locked_awaited(tx, [one.subscription_id for one in behind]) if behind else {}
    asked = await orders.locked(tx, order_ids)
    every = {*order_ids, *(one.order_id for one in awaited.values())}
    lines, charges = await orders.lines(tx, every), await orders.charges(tx, every)
    back = await refunds.of_orders(tx, order_ids)
    given = await rights.of_orders(tx, order_ids)
    made = await agreements.some(
        tx, {one.agreement_id for order_id in asked for one in charges[order_id] if one.agreement_id}
    )
    found = await _standings(tx, behind, awaited, lines, charges)
    return {
        order_id: Whole(
            order=order,
            lines=lines[order_id],
            charges=charges[order_id],
            refunds=back[order_id],
            rights=given[order_id].rights,
            suspended=given[order_id].suspended,
            agreements=tuple(made),
            standing=found[order.goods.subscription_id] if isinstance(order.goods, PlanPeriod) else None,
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
    if not locked:
        return []
    awaited = await orders.locked_awaited(tx, [one.subscription_id for one in locked])
    waiting = [one.order_id for one in awaited.values()]
    lines = await orders.lines(tx, waiting) if waiting else {}
    charges = await orders.charges(tx, waiting) if waiting else {}
    found = await _standings(tx, locked, awaited, lines, charges)
    return [found[one.subscription_id] for one in locked]


async def _standings(
    tx: Tx,
    locked: Sequence[Subscription],
    awaited: Mapping[SubscriptionId, Order],
    lines: Mapping[OrderId, tuple[Line, ...]],
    charges: Mapping[OrderId, tuple[Charge, ...]],
) -> dict[SubscriptionId, Standing]:
    ids = [one.subscription_id for one in locked]
    if not ids:
        return {}
    opened = await orders.open_about(tx, ids)
    around = await rights.around_now(tx, ids)

    def standing(subscription: Subscription) -> Standing:
        its_id = subscription.subscription_id
        order, its_open = awaited.get(its_id), opened.get(its_id)
        return Standing(
            subscription=subscription,
            awaited=order,
            lines=lines[order.order_id] if order else (),
            charges=charges[order.order_id] if order else (),
            is_under_way=its_open is not None and its_open.is_under_way,
            is_refunding=its_open is not None and its_open.is_refunding,
            graces=around.graces.get(its_id, ()),
            paid=around.paid.get(its_id, ()),
        )

    return {one.subscription_id: standing(one) for one in locked}
