"""The books: earning what was paid for, and sealing the ledger."""

from datetime import timedelta

from cinema.billing.domain.ledger import Entry, Kind, recognition_postings
from cinema.billing.domain.order import RefundState
from cinema.billing.domain.view import BalanceView
from cinema.billing.service.pair import known_pair
from cinema.billing.settings import BillingSettings
from cinema.billing.store import ledger, orders
from cinema.contracts.ids import OrderId
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.ids import uuid7
from cinema.kit.jobs import work_off
from cinema.kit.money import Money


class Books:
    """Due work on the ledger."""

    def __init__(self, *, db: Database, clock: Clock, settings: BillingSettings) -> None:
        self._db = db
        self._clock = clock
        self._settings = settings

    async def recognize(self) -> int:
        """Books the money of a batch of periods that are over as earned; returns how many."""

        async def over() -> list[OrderId]:
            async with self._db.read() as tx:
                return await orders.to_recognize(tx, now=self._clock.now(), limit=self._settings.batch)

        return await work_off(over, self._recognize, concurrency=1)

    async def seal(self) -> int:
        """Seals a batch of entries; returns how many."""
        async with self._db.write() as tx:
            return await ledger.seal(tx, now=self._clock.now())

    async def balances(self) -> list[BalanceView]:
        """Every account with its balance."""
        async with self._db.read() as tx:
            rows = await ledger.balances(tx)
        return [
            BalanceView(account=row["account"], balance=Money(minor=row["minor"], currency=row["currency"]))
            for row in rows
        ]

    async def _recognize(self, order_id: OrderId) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            order, _ = await known_pair(tx, order_id=order_id)
            refunds = await orders.refunds(tx, order_id=order_id)
            if any(one.status is RefundState.REQUESTED for one in refunds):
                await orders.set_recognition(tx, order_id=order_id, at=now + timedelta(hours=1), now=now)
                return
            left = order.total - order.refunded
            if left.minor:
                entry = Entry(
                    entry_id=uuid7(now),
                    kind=Kind.RECOGNITION,
                    source_id=order_id,
                    order_id=order_id,
                    posted_at=now,
                    postings=recognition_postings(left),
                )
                await ledger.post(tx, entry)
            await orders.set_recognition(tx, order_id=order_id, at=None, now=now)
