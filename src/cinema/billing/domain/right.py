"""Rights: who may watch what from when to when. Half-open, to one film or (``film_id`` None) to all."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cinema.contracts.billing import EntitlementGranted, EntitlementRevoked
from cinema.contracts.enums import GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, SubscriptionId, UserId
from cinema.contracts.views.billing import FOR_GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A right as stored. A paid one rests on an order; a grace on a renewal that is awaited.

    ``used_at``: when a film was first played by it. ``revoked_at``: when it was taken back.
    ``stood_still``: for how long it was taken back for refunds that did not come about; its
    end is later by that.
    """

    entitlement_id: EntitlementId
    user_id: UserId
    kind: GrantKind
    film_id: FilmId | None
    subscription_id: SubscriptionId | None
    order_id: OrderId | None
    starts_at: datetime
    ends_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None
    stood_still: timedelta = timedelta(0)

    def given_back(self, *, now: datetime) -> "Right":
        """The right as if time had stood still since it was taken back: what was left of it then is left of it now."""
        if self.revoked_at is None or self.ends_at == FOR_GOOD:
            return replace(self, revoked_at=None)
        lost = max(now - max(self.revoked_at, self.starts_at), timedelta(0))
        return replace(self, ends_at=self.ends_at + lost, stood_still=self.stood_still + lost, revoked_at=None)

    def granted(self) -> EntitlementGranted:
        return EntitlementGranted(
            entitlement_id=self.entitlement_id,
            user_id=self.user_id,
            subscription_id=self.subscription_id,
            film_id=self.film_id,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
        )

    def revoked(self, *, now: datetime) -> EntitlementRevoked:
        return EntitlementRevoked(
            entitlement_id=self.entitlement_id,
            user_id=self.user_id,
            subscription_id=self.subscription_id,
            film_id=self.film_id,
            revoked_at=now,
        )
