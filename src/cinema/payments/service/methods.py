"""Saved methods: shown, removed and chosen by their owner."""

from collections.abc import Collection
from dataclasses import replace

from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.contracts.payments import MethodNotFound, MethodRemoved
from cinema.contracts.views.payments import MethodView
from cinema.kit.db import Database, Tx
from cinema.kit.outbox import publish
from cinema.payments.domain.method import Method, MethodEnd
from cinema.payments.store import methods


class Methods:
    """What an owner may do with saved methods."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def active(self, method_ids: Collection[MethodId]) -> dict[MethodId, MethodView]:
        """Those of these methods that may be charged."""
        if not method_ids:
            return {}
        async with self._db.read() as tx:
            return {method.method_id: method.view() for method in await methods.active(tx, method_ids)}

    async def own(self, *, user_id: UserId, method_id: MethodId) -> MethodView:
        """A user's own method that may be charged. Raises `MethodNotFound`."""
        async with self._db.read() as tx:
            found = await methods.active(tx, [method_id])
        if not found or found[0].user_id != user_id:
            raise MethodNotFound
        return found[0].view()

    async def remove(self, tx: Tx, *, user_id: UserId, method_id: MethodId) -> MethodView:
        """Ends a method at once and for good. The newest one that is left becomes the default.

        A charge that has been claimed may still arrive; none leaves afterwards. The
        answer is the method as it was. Raises `MethodNotFound`.
        """
        await methods.lock_users(tx, user_id)
        method = await methods.lock_one(tx, method_id, user_id=user_id)
        if method is None:
            raise MethodNotFound
        await _end(tx, method, reason=MethodEnd.REMOVED)
        return method.view()

    async def forget(self, tx: Tx, *, user_id: UserId, method_id: MethodId, payment_id: PaymentId) -> None:
        """Ends a method that was kept with just this payment; one that another had kept, or a binding, stays."""
        await methods.lock_users(tx, user_id)
        method = await methods.lock_one(tx, method_id, user_id=user_id)
        if method is not None and method.kept_by == payment_id:
            await _end(tx, method, reason=MethodEnd.UNWANTED)

    async def tell_removed(self, tx: Tx, method_ids: Collection[MethodId]) -> None:
        """Tells once more of those of the methods that have ended: somebody relied on them meanwhile."""
        ended = await methods.lock_ended(tx, method_ids)
        await publish(tx, *(_removed(method, reason=reason) for method, reason in ended))

    async def make_default(self, tx: Tx, *, user_id: UserId, method_id: MethodId) -> MethodView:
        """Makes a method the one that later charges use. Raises `MethodNotFound`."""
        await methods.lock_users(tx, user_id)
        method = await methods.lock_one(tx, method_id, user_id=user_id)
        if method is None:
            raise MethodNotFound
        await methods.make_default(tx, method_id, user_id=user_id)
        return replace(method, is_default=True).view()


async def _end(tx: Tx, method: Method, *, reason: MethodEnd) -> None:
    await methods.end(tx, method.method_id, reason=reason, now=tx.now)
    await methods.promote_newest(tx, method.user_id)
    await publish(tx, _removed(method, reason=reason))


def _removed(method: Method, *, reason: MethodEnd) -> MethodRemoved:
    return MethodRemoved(method_id=method.method_id, user_id=method.user_id, reason=reason)
