"""Renewals: due subscriptions, a batch at a time.

Only rows are written here; the charge itself is the work of payments, which hears of it
in the same commit. Any number of workers may run this. A batch asks others once for all
it needs, decides each subscription by itself and writes with few statements; if one of
it fails, each goes by itself, so that a sick one holds up nobody.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

from cinema.billing.domain.changes import Changes, together
from cinema.billing.domain.renewing import Payer, carry_out, decide, decide_notice, put_off_notice
from cinema.billing.domain.subscription import Due, Subscription
from cinema.billing.domain.whole import Standing
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import subscriptions
from cinema.billing.store.wholes import standings
from cinema.billing.store.writing import write
from cinema.contracts.identity import Contacts
from cinema.contracts.ids import UserId
from cinema.contracts.payments import Payments
from cinema.kit.db import Database, Tx, is_general
from cinema.kit.jobs import SomeFailed

LEASE = timedelta(seconds=60)
"""How long a worker may take for what it claimed; what it left undone is due again then."""

Lock: TypeAlias = Callable[[Tx, Sequence[Due]], Awaitable[list[Subscription]]]
Decide: TypeAlias = Callable[[Standing, Payer, Tx], Changes]


class Renewals:
    """Due work on subscriptions."""

    def __init__(self, *, db: Database, payments: Payments, contacts: Contacts, settings: BillingSettings) -> None:
        self._db = db
        self._payments = payments
        self._contacts = contacts
        self._settings = settings

    async def run(self) -> int:
        """Acts on a batch of due subscriptions; returns how many there were."""
        async with self._db.write() as tx:
            due = await subscriptions.claim_due(tx, lease_until=tx.now + LEASE, limit=self._settings.batch)
        return await self._work_off(due, subscriptions.locked_due, self._act)

    async def remind(self) -> int:
        """Announces a batch of charges to come; returns how many."""
        async with self._db.write() as tx:
            due = await subscriptions.claim_notices(tx, lease_until=tx.now + LEASE, limit=self._settings.batch)
        return await self._work_off(due, subscriptions.locked_to_notify, self._notify)

    def _act(self, standing: Standing, payer: Payer, tx: Tx) -> Changes:
        policies = self._settings.policies
        decision = decide(standing, payer, policies=policies, now=tx.now)
        return carry_out(standing, decision, policies=policies, new_id=ids_at(tx.now), now=tx.now)

    def _notify(self, standing: Standing, payer: Payer, tx: Tx) -> Changes:
        policies = self._settings.policies
        decision = decide_notice(standing, payer.method, policies=policies, now=tx.now)
        if decision is None:
            return put_off_notice(standing, policies=policies, now=tx.now)
        return carry_out(standing, decision, policies=policies, new_id=ids_at(tx.now), now=tx.now)

    async def _work_off(self, due: Sequence[Due], lock: Lock, decide_one: Decide) -> int:
        """All at once; if that fails, one by one."""
        if not due:
            return 0
        try:
            await self._do(due, lock, decide_one)
        except Exception as error:
            if is_general(error):
                raise
            if len(due) == 1:
                raise SomeFailed([error], 0) from error
            await self._do_singly(due, lock, decide_one)
        return len(due)

    async def _do_singly(self, due: Sequence[Due], lock: Lock, decide_one: Decide) -> None:
        errors: list[Exception] = []
        for one in due:
            try:
                await self._do([one], lock, decide_one)
            except Exception as error:  # told when the others are done
                if is_general(error):
                    raise
                errors.append(error)
        if errors:
            raise SomeFailed(errors, len(due) - len(errors))

    async def _do(self, due: Sequence[Due], lock: Lock, decide_one: Decide) -> None:
        payers = await self._payers([one.user_id for one in due])

        async def work(tx: Tx) -> None:
            found = await standings(tx, await lock(tx, due))
            nobody = Payer(contact=None, method=None)
            decided = [decide_one(one, payers.get(one.subscription.user_id, nobody), tx) for one in found]
            await write(tx, together(decided))

        await self._db.transact(work)

    async def _payers(self, user_ids: Sequence[UserId]) -> dict[UserId, Payer]:
        """Who pays, and how."""
        contacts = await self._contacts.contacts(user_ids)
        methods = await self._payments.default_methods(user_ids)
        return {one: Payer(contact=contacts.get(one), method=methods.get(one)) for one in contacts}
