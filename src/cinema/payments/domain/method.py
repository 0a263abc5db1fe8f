"""A saved method: what may be charged without its owner."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.views.payments import MethodView


class MethodEnd(StrEnum):
    """Why a method is not charged any more."""

    REMOVED = "removed"
    """By its owner."""

    REVOKED = "revoked"
    """At the provider, by its owner or by the bank."""

    UNWANTED = "unwanted"
    """It was kept with a purchase that did not come about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a provider calls a method."""

    provider: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method as we keep it; the provider's ``token`` is the only thing that it is charged by.

    ``kept_by`` is the payment that alone kept it; None: several did, or it was bound by itself.
    """

    method_id: MethodId
    user_id: UserId
    provider: str
    token: str
    kind: str
    title: str
    is_default: bool
    is_active: bool
    saved_at: datetime
    kept_by: PaymentId | None

    def view(self) -> MethodView:
        """What its owner sees."""
        return MethodView(
            id=self.method_id,
            title=self.title,
            label=method_words(self.title),
            kind=self.kind,
            is_default=self.is_default,
            saved_at=self.saved_at,
        )
