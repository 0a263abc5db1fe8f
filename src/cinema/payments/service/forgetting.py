"""Forgetting what nobody needs any more: what was sent to providers, and the addresses that receipts went to."""

from datetime import timedelta

from cinema.kit.db import Database, Tx
from cinema.payments.store import attempts, bindings, payments, receipts, refunds

BATCH = 1_000
"""Rows of each kind that one transaction forgets."""


class Forgetting:
    """What is over for long is kept without the payer's address: sums, states and times stay."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def forget(self, *, older_than: timedelta, limit: int = BATCH) -> int:
        """Deletes attempts and bindings that ended long ago, and takes the addresses out of what is as long at rest.

        Their keys go with them: no provider has known them for months. Returns of how many.
        """

        async def work(tx: Tx) -> int:
            before = tx.now - older_than
            count = await attempts.forget(tx, before=before, limit=limit)
            count += await bindings.forget(tx, before=before, limit=limit)
            count += await payments.forget_addresses(tx, before=before, limit=limit)
            count += await receipts.forget_addresses(tx, before=before, limit=limit)
            return count + await refunds.forget_addresses(tx, before=before, limit=limit)

        return await self._db.transact(work)
