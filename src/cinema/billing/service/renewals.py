"""Renewals: due subscriptions, a batch at a time.

Only rows are written here; the charge itself is the work of payments, which hears of it
in the same commit. Any number of workers may run this. A batch asks others once for all
it needs, decides each subscription by itself and writes with few statements; if one of
it fails, each goes by itself, so that a sick one holds up nobody.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

from cinema.billing.domain.changes import together
from cinema.billing.domain.renewing import Decision, Payer, carry_out, decide, decide_notice, delivered
from cinema.billing.domain.subscription import Due, Subscription
from cinema.billing.domain.whole import Standing
from cinema.billing.service.ids import ids_at
from cinema.billing.settings import BillingSettings
from cinema.billing.store import agreements, subscriptions
from cinema.billing.store.wholes import standings
from cinema.billing.store.writing import write
from cinema.contracts.identity import Contacts
from cinema.contracts.ids import NoticeId
from cinema.contracts.notifications import NoticeDelivered
from cinema.contracts.payments import Payments
from cinema.kit.db import Database, Tx, is_general
from cinema.kit.events import Heard
from cinema.kit.jobs import SomeFailed

LEASE = timedelta(seconds=60)
"""How long a worker may take for what it claimed; what it left undone is due again then."""

Lock: TypeAlias = Callable[[Tx, Sequence[Due]], Awaitable[list[Subscription]]]
Decide: TypeAlias = Callable[[Standing, Payer, Tx], Decision]

RENEW_JOB = "billing.renew"


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

    async def notices_delivered(self, tx: Tx, heard: Sequence[Heard[NoticeDelivered]]) -> None:
        """Notices were handed over: what waits for them may be charged."""
        at = {NoticeId(one.event.notice_id): one.event.delivered_at for one in heard}
        found = await agreements.notices(tx, at)
        locked = await subscriptions.locked(tx, {one.subscription_id for one in found})
        of = {one.subscription.subscription_id: one for one in await standings(tx, locked)}
        decided = [delivered(of[one.subscription_id], one, at=at[one.notice_id], now=tx.now) for one in found]
        await write(tx, together(decided))
        tx.wake(RENEW_JOB)

    def _act(self, standing: Standing, payer: Payer, tx: Tx) -> Decision:
        return decide(standing, payer, durations=self._settings.policies.durations, now=tx.now)

    def _notify(self, standing: Standing, payer: Payer, tx: Tx) -> Decision:
        return decide_notice(standing, payer.method, durations=self._settings.policies.durations, now=tx.now)

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
        contacts = await self._contacts.contacts([one.user_id for one in due])
        asked = {one.method_id for one in due if one.method_id is not None}
        methods = await self._payments.methods(asked)
        policies = self._settings.policies

        async def work(tx: Tx) -> None:
            decided = []
            for standing in await standings(tx, await lock(tx, due)):
                subscription = standing.subscription
                if subscription.method_id is not None and subscription.method_id not in asked:
                    continue  # agreed to meanwhile: it is due again when the lease ends
                method = methods.get(subscription.method_id) if subscription.method_id else None
                payer = Payer(contact=contacts.get(subscription.user_id), method=method)
                decision = decide_one(standing, payer, tx)
                decided.append(carry_out(standing, decision, policies=policies, new_id=ids_at(tx.now), now=tx.now))
            await write(tx, together(decided))

        await self._db.transact(work)
