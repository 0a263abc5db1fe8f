"""A notification that was stored, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.enums import WebhookOutcome

TRIES_MAX = 30
"""How often a notification is looked into while the provider does not answer: more than a day."""


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
