"""What viewers change about a running subscription: whether it renews, and by which method."""

from cinema.billing.domain import renewal as rules
from cinema.billing.domain.agreement import VERSION, AgreementOutdated
from cinema.billing.domain.changes import Changes
from cinema.billing.domain.checkout import agree
from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.domain.view import subscription_view
from cinema.billing.domain.whole import Standing
from cinema.billing.service.ids import ids_at
from cinema.billing.service.renewals import RENEW_JOB
from cinema.billing.settings import BillingSettings
from cinema.billing.store import subscriptions
from cinema.billing.store.wholes import standings
from cinema.billing.store.writing import write
from cinema.contracts.enums import RenewalReason
from cinema.contracts.identity import Contact, Contacts
from cinema.contracts.ids import MethodId, SubscriptionId, UserId
from cinema.contracts.payments import MethodRemoved, Payments
from cinema.contracts.views.billing import SubscriptionView
from cinema.contracts.views.payments import MethodView
from cinema.kit.db import Tx

REVOKED = "revoked"


class Choices:
    """Switches renewals."""

    def __init__(self, *, payments: Payments, contacts: Contacts, settings: BillingSettings) -> None:
        self._payments = payments
        self._contacts = contacts
        self._settings = settings

    async def method(self, *, user_id: UserId, method_id: MethodId) -> tuple[Contact, MethodView]:
        """A viewer and a method of theirs that may be charged. Raises `MethodNotFound` and `UserNotFound`."""
        method = await self._payments.method_of(user_id=user_id, method_id=method_id)
        return await self._contacts.contact(user_id), method

    async def cancel(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> SubscriptionView:
        """Cancels at the period's end. Raises `SubscriptionNotFound` and `NotRunning`."""
        standing = await _own(tx, user_id, subscription_id)
        changes = rules.cancel(standing, durations=self._settings.policies.durations, now=tx.now)
        return await self._changed(tx, standing, changes)

    async def resume(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> SubscriptionView:
        """Undoes a cancellation.

        Raises `SubscriptionNotFound`, `NotRunning`, `AlreadyRenewing`, `RefundUnderWay`,
        `MethodNeeded`, `ChargeUnderWay`.
        """
        standing = await _own(tx, user_id, subscription_id)
        changes = rules.resume(standing, durations=self._settings.policies.durations, now=tx.now)
        return await self._changed(tx, standing, changes)

    async def choose_method(
        self,
        tx: Tx,
        *,
        contact: Contact,
        method: MethodView,
        subscription_id: SubscriptionId,
        version: str | None,
    ) -> SubscriptionView:
        """The viewer agrees that the subscription renews by ``method``; ``version``: of the terms that they were shown.

        Raises `SubscriptionNotFound`, `AgreementOutdated`, `NotRunning`, `RefundUnderWay`, `ChargeUnderWay`.
        """
        demand_current(version)
        standing = await _own(tx, contact.user_id, subscription_id)
        new_id = ids_at(tx.now)
        agreement = agree(standing.subscription, contact, method=method, new_id=new_id, now=tx.now)
        durations = self._settings.policies.durations
        changes = rules.choose_method(standing, agreement, durations=durations, new_id=new_id, now=tx.now)
        tx.wake(RENEW_JOB)
        return await self._changed(tx, standing, changes)

    async def method_removed(self, tx: Tx, event: MethodRemoved) -> None:
        """A method is never charged again: what was to renew by it does not, and its viewer is told."""
        reason = RenewalReason.METHOD_REVOKED if event.reason == REVOKED else RenewalReason.METHOD_REMOVED
        locked = await subscriptions.locked_charged_to(tx, event.method_id)
        for standing in await standings(tx, locked):
            durations = self._settings.policies.durations
            await write(tx, rules.lose_method(standing, reason, durations=durations, now=tx.now))

    async def _changed(self, tx: Tx, standing: Standing, changes: Changes) -> SubscriptionView:
        await write(tx, changes)
        subscription = changes.subscriptions[-1] if changes.subscriptions else standing.subscription
        return subscription_view(subscription, durations=self._settings.policies.durations)


def demand_current(version: str | None) -> None:
    """Whether what a viewer was shown is what they agree to now; raises `AgreementOutdated`."""
    if version is not None and version != VERSION:
        raise AgreementOutdated(version=VERSION)


async def _own(tx: Tx, user_id: UserId, subscription_id: SubscriptionId) -> Standing:
    locked = await subscriptions.locked(tx, [subscription_id])
    if not locked or locked[0].user_id != user_id:
        raise SubscriptionNotFound
    (standing,) = await standings(tx, locked)
    return standing
