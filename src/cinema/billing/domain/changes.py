"""What a decision changes: values that one writer stores in one go, for one order or for a thousand.

A decision is a pure function of what was loaded once. It makes new ids by the function
that it is given, so that a test may count them.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import chain
from typing import TypeAlias
from uuid import UUID

from cinema.billing.domain.agreement import Agreement, Notice
from cinema.billing.domain.ledger import Entry
from cinema.billing.domain.order import Charge, NewOrder, Order, Refund
from cinema.billing.domain.right import Right
from cinema.billing.domain.subscription import Subscription
from cinema.contracts.enums import HistoryEntity, ReceiptKind
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.payments import ReceiptLine
from cinema.contracts.views.billing import Fact
from cinema.kit.events import Event
from cinema.kit.money import Money

NewId: TypeAlias = Callable[[], UUID]
"""Makes an id that nobody has."""

SYSTEM = "system"
"""Who acts when nobody does: a time has come."""

PROVIDER = "provider"
"""Somebody at the payment provider."""


def viewer(user_id: UUID) -> str:
    """How a signed-in person stands in the history."""
    return f"user:{user_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A line of the history: who did what to which thing, why, with what was before and after."""

    actor: str
    entity: HistoryEntity
    entity_id: UUID
    action: str
    before: Mapping[str, Fact] | None = None
    after: Mapping[str, Fact] | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A fiscal receipt: one for each captured payment, each refund, and each order to be closed (``source_id``)."""

    receipt_id: UUID
    kind: ReceiptKind
    source_id: UUID
    order_id: OrderId
    user_id: UserId
    amount: Money
    lines: tuple[ReceiptLine, ...]
    issued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A right that is taken back before its time."""

    right: Right
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Everything that is stored at once; of two values of one thing the later counts."""

    new_orders: tuple[NewOrder, ...] = ()
    orders: tuple[Order, ...] = ()
    new_charges: tuple[Charge, ...] = ()
    charges: tuple[Charge, ...] = ()
    new_refunds: tuple[Refund, ...] = ()
    refunds: tuple[Refund, ...] = ()
    new_subscriptions: tuple[Subscription, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    new_agreements: tuple[Agreement, ...] = ()
    agreements: tuple[Agreement, ...] = ()
    notices: tuple[Notice, ...] = ()
    rights: tuple[Right, ...] = ()
    revocations: tuple[Revocation, ...] = ()
    restored: tuple[Right, ...] = ()
    entries: tuple[Entry, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    notes: tuple[Note, ...] = ()
    events: tuple[Event, ...] = ()

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(**{name: getattr(self, name) + getattr(other, name) for name in NAMES})


NAMES = tuple(one.name for one in fields(Changes))
NO_CHANGES = Changes()


def together(changes: Iterable[Changes]) -> Changes:
    """All of them, in their order."""
    every = list(changes)
    return Changes(**{name: tuple(chain.from_iterable(getattr(one, name) for one in every)) for name in NAMES})
