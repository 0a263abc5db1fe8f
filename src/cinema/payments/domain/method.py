"""A saved method: what may be charged without its owner."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.contracts.ids import MethodId, UserId
from cinema.contracts.methods import method_words
from cinema.contracts.views.payments import MethodView


class MethodEnd(StrEnum):
    """Why a method is not charged any more."""

    REMOVED = "removed"
    """By its owner."""

    REVOKED = "revoked"
    """At the provider, by its owner or by the bank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a provider calls a method."""

    provider: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method as we keep it; the provider's ``token`` is the only thing that it is charged by."""

    method_id: MethodId
    user_id: UserId
    provider: str
    token: str
    kind: str
    title: str
    is_default: bool
    is_active: bool
    saved_at: datetime

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
