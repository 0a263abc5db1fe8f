"""Switches that make the provider misbehave, and the layer around the API that obeys them.

A switch acts before the effect (nothing has happened), after it (everything has), or
on notifications. Each acts ``times`` times, on one operation or on all, surely or by
seeded chance. Switches live in memory: a restart clears them.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

OPERATIONS = (
    "create_payment",
    "get_payment",
    "list_payments",
    "capture",
    "cancel",
    "create_refund",
    "get_refund",
    "list_refunds",
    "create_payment_method",
    "get_payment_method",
    "create_receipt",
    "get_receipt",
    "list_receipts",
    "get_me",
)
"""What a switch can be narrowed to; switches on notifications take an event's name instead."""


class FaultKind(StrEnum):
    """What goes wrong."""

    DELAY_BEFORE = "delay_before"
    DROP_BEFORE = "drop_before"
    ERROR_BEFORE = "error_before"
    TOO_MANY_REQUESTS = "too_many_requests"
    PROCESSING = "processing"
    DELAY = "delay"
    DROP_AFTER = "drop_after"
    ERROR_AFTER = "error_after"
    WRONG_AMOUNT = "wrong_amount"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_STATUS = "wrong_status"
    WRONG_ID = "wrong_id"
    WRONG_SHOP = "wrong_shop"
    WRONG_METADATA = "wrong_metadata"
    MALFORMED_JSON = "malformed_json"
    OVERSIZED_BODY = "oversized_body"
    MISSING_AS_400 = "missing_as_400"
    WEBHOOK_DUPLICATE = "webhook_duplicate"
    WEBHOOK_WITHHOLD = "webhook_withhold"
    WEBHOOK_REORDER = "webhook_reorder"


BEFORE = (
    FaultKind.DELAY_BEFORE,
    FaultKind.DROP_BEFORE,
    FaultKind.ERROR_BEFORE,
    FaultKind.TOO_MANY_REQUESTS,
    FaultKind.PROCESSING,
)
LIES = (
    FaultKind.WRONG_AMOUNT,
    FaultKind.WRONG_CURRENCY,
    FaultKind.WRONG_STATUS,
    FaultKind.WRONG_ID,
    FaultKind.WRONG_SHOP,
    FaultKind.WRONG_METADATA,
    FaultKind.MALFORMED_JSON,
    FaultKind.OVERSIZED_BODY,
)
AFTER = (FaultKind.DELAY, FaultKind.DROP_AFTER, FaultKind.ERROR_AFTER, FaultKind.MISSING_AS_400)
ON_WEBHOOKS = (FaultKind.WEBHOOK_DUPLICATE, FaultKind.WEBHOOK_WITHHOLD, FaultKind.WEBHOOK_REORDER)


@dataclass(slots=True, kw_only=True)
class Fault:
    """One switch.

    ``times`` None acts until it is cleared. ``delay_ms`` is real time. ``copies`` is how
    many more times a notification is sent. ``value`` is what a lie says instead of its
    default. ``probability_percent`` is drawn from ``seed``.
    """

    id: int
    kind: FaultKind
    times: int | None = 1
    operation: str | None = None
    delay_ms: int = 0
    copies: int = 1
    value: str | None = None
    probability_percent: int = 100
    seed: int = 0
    taken: int = 0
    chance: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311 - repeatable chance, not a secret

    @property
    def is_spent(self) -> bool:
        """True when it will not act again."""
        return self.times is not None and self.taken >= self.times


class Switches:
    """The switches that are on, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._last_id = 0

    def set(
        self,
        *,
        kind: FaultKind,
        times: int | None = 1,
        operation: str | None = None,
        delay_ms: int = 0,
        copies: int = 1,
        value: str | None = None,
        probability_percent: int = 100,
        seed: int = 0,
    ) -> Fault:
        """Turns one on."""
        self._last_id += 1
        fault = Fault(
            id=self._last_id,
            kind=kind,
            times=times,
            operation=operation,
            delay_ms=delay_ms,
            copies=copies,
            value=value,
            probability_percent=probability_percent,
            seed=seed,
        )
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """Every switch since the last clearing, the spent ones too."""
        return list(self._faults)

    def clear(self) -> None:
        """Turns everything off."""
        self._faults.clear()

    def take(self, kinds: Iterable[FaultKind], *, operation: str) -> list[Fault]:
        """Counts down and returns what acts on this ``operation``: at most one switch of each kind."""
        taken: list[Fault] = []
        for kind in kinds:
            fault = next((fault for fault in self._faults if _acts(fault, kind=kind, operation=operation)), None)
            if fault is not None and fault.chance.randrange(100) < fault.probability_percent:
                fault.taken += 1
                taken.append(fault)
        return taken


def _acts(fault: Fault, *, kind: FaultKind, operation: str) -> bool:
    return fault.kind is kind and not fault.is_spent and fault.operation in {None, operation}
