"""The one writer of decisions: whatever they change, for one order or for a thousand, each table is written once."""

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

from cinema.billing.domain.changes import Changes
from cinema.billing.store import agreements, history, ledger, orders, refunds, rights, subscriptions
from cinema.kit.db import Tx
from cinema.kit.outbox import publish

T = TypeVar("T")


async def write(tx: Tx, changes: Changes) -> None:
    """Stores ``changes`` and publishes their events."""
    await subscriptions.add(tx, changes.new_subscriptions)
    await agreements.add(tx, changes.new_agreements)
    await agreements.save(tx, _newest(changes.agreements, lambda one: one.agreement_id))
    await agreements.save_notices(tx, _newest(changes.notices, lambda one: one.notice_id))
    await orders.add(tx, changes.new_orders)
    await orders.add_charges(tx, changes.new_charges)
    await orders.save_charges(tx, _newest(changes.charges, lambda one: one.payment_id))
    await refunds.add(tx, changes.new_refunds)
    await refunds.save(tx, _newest(changes.refunds, lambda one: one.refund_id))
    await orders.save(tx, _newest(changes.orders, lambda one: one.order_id))
    await subscriptions.save(tx, _newest(changes.subscriptions, lambda one: one.subscription_id))
    await rights.revoke(tx, changes.revocations)
    await rights.restore(tx, changes.restored)
    await rights.add(tx, changes.rights)
    await ledger.post(tx, changes.entries)
    await orders.add_receipts(tx, changes.receipts)
    await history.add(tx, changes.notes)
    await publish(tx, *changes.events)


def _newest(values: Iterable[T], key: Callable[[T], Hashable]) -> list[T]:
    """The last value of each thing."""
    return list({key(one): one for one in values}.values())
