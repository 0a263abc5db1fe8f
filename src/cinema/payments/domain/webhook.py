"""A notification that was stored, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

TRIES_MAX = 30
"""How often a notification is looked into while the provider does not answer: more than a day."""


class WebhookOutcome(StrEnum):
    """What a notification led to."""

    APPLIED = "applied"
    """It was true and moved a payment or refund."""

    IGNORED = "ignored"
    """It was true and told nothing new, or of a thing that we do not use."""

    DUPLICATE = "duplicate"
    """The same bytes had been handled."""

    REFUSED = "refused"
    """It does not fit what the provider itself says, or what we asked for; nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RawWebhook:
    """A notification as it came."""

    webhook_id: UUID
    provider: str
    address: str
    received_at: datetime
    event: str
    object_id: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The end of a notification. ``reason`` names what was wrong, or why it was ignored."""

    outcome: WebhookOutcome
    reason: str | None = None
