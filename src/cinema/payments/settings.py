"""Settings of payments, and what those of every provider have; each provider's own stand in its folder."""

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import Field

from cinema.kit.settings import Settings


class PaymentsSettings(Settings):
    """How payments work, whatever the provider."""

    section: ClassVar[str] = "PAYMENTS"

    provider: str = Field(default="yookassa", description="The provider that takes new payments.")
    concurrency: int = Field(default=50, ge=1, le=500, description="How many calls to a provider run at once.")
    webhook_queue: int = Field(
        default=5_000, ge=1, le=100_000, description="How many notifications may wait to be stored; more get 503."
    )
    webhook_days_kept: int = Field(
        default=90, ge=2, le=3650, description="For how many days handled notifications are kept."
    )
    attempt_days_kept: int = Field(
        default=400,
        ge=30,
        le=3650,
        description="For how many days what was sent to a provider is kept, and the addresses of its receipts.",
    )
    refund_days_tried: int = Field(
        default=7,
        ge=1,
        le=60,
        description="For how many days a refund is tried again that the provider refuses for a passing reason.",
    )


class ProviderSettings(Settings, ABC):
    """Base of the settings of a provider; ``account`` is the field without which we have no account there."""

    account: ClassVar[str]
    currencies: ClassVar[frozenset[str]]
    """What may be sold there (ISO 4217)."""

    base_url: str
    """Where its API is."""

    @abstractmethod
    def unfit_for_production(self) -> list[str]:
        """A sentence for each thing that is good for trying out only; it goes on after "In production"."""
