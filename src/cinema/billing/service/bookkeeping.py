"""Bookkeeping: earning what was paid for, and sealing the ledger."""

from datetime import timedelta

from cinema.billing.domain.changes import Changes, together
from cinema.billing.domain.recognition import recognize
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import history, ledger, orders
from cinema.billing.store.wholes import known
from cinema.billing.store.writing import write
from cinema.contracts.ids import OrderId
from cinema.kit.db import Database, Tx
from cinema.kit.jobs import work_off

LEASE = timedelta(minutes=10)
"""How long an order whose money could not be booked is left alone."""

FORGET_MAX = 1_000


class Bookkeeping:
    """Due work on the ledger."""

    def __init__(self, *, db: Database, settings: BillingSettings) -> None:
        self._db = db
        self._settings = settings

    async def recognize(self) -> int:
        """Books the money of a batch of orders that are fulfilled as earned; returns how many."""

        async def over() -> list[OrderId]:
            async with self._db.write() as tx:
                lease_until = tx.now + LEASE
                return await orders.claim_to_recognize(tx, lease_until=lease_until, limit=self._settings.batch)

        return await work_off(over, self._recognize, concurrency=1)

    async def seal(self) -> int:
        """Seals a batch of entries; returns how many."""
        async with self._db.write() as tx:
            return await ledger.seal(tx, now=tx.now)

    async def forget(self) -> int:
        """Deletes old notes of the history; returns how many."""
        async with self._db.write() as tx:
            older_than = timedelta(days=self._settings.history_days_kept)
            return await history.forget(tx, older_than=older_than, limit=FORGET_MAX)

    async def _recognize(self, order_id: OrderId) -> None:
        async def work(tx: Tx) -> None:
            wholes = await known(tx, [order_id])
            decided: list[Changes] = [recognize(one, new_id=ids_at(tx.now), now=tx.now) for one in wholes.values()]
            await write(tx, together(decided))

        await self._db.transact(work)
