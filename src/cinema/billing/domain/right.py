"""Rights: who may watch what from when to when. Half-open, to one film or (``film_id`` None) to all."""

from dataclasses import dataclass
from datetime import datetime

from cinema.contracts.billing import EntitlementGranted, EntitlementRevoked
from cinema.contracts.enums import GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, SubscriptionId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Right:
    """A right as stored. A paid one rests on an order; a grace on a renewal that is awaited.

    ``used_at``: when a film was first played by it.
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
