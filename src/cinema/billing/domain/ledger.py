"""The ledger: double entry, balanced by construction, append-only.

Amounts are signed minor units: a debit is positive, a credit negative. Accounts are
``assets:…``, ``liabilities:…``, ``income:…`` and ``expenses:…``.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cinema.kit.money import Money

DEFERRED = "liabilities:deferred-revenue"
"""Paid by viewers, not yet earned."""

EARNED = "income:subscriptions"
FEES = "expenses:provider-fees"
RETURNED = "expenses:refunds-of-earned-revenue"


def provider_account(provider: str) -> str:
    """Money that a payment provider holds for us."""
    return f"assets:provider:{provider}"


class Kind(StrEnum):
    """Why something was posted."""

    PAYMENT = "payment"
    REFUND = "refund"
    RECOGNITION = "recognition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """``minor`` units to one account; positive debits, negative credits."""

    account: str
    minor: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One balanced booking. ``kind`` and ``source_id`` together are unique: a fact is booked once."""

    entry_id: UUID
    kind: Kind
    source_id: UUID
    order_id: UUID
    posted_at: datetime
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        for currency in {one.currency for one in self.postings}:
            if sum(one.minor for one in self.postings if one.currency == currency):
                msg = f"{self.kind} does not balance in {currency}"
                raise ValueError(msg)


def move(amount: Money, *, debit: str, credit: str) -> tuple[Posting, Posting]:
    """``amount`` from the credited account to the debited one."""
    return (
        Posting(account=debit, minor=amount.minor, currency=amount.currency),
        Posting(account=credit, minor=-amount.minor, currency=amount.currency),
    )


def payment_postings(amount: Money, fee: Money | None, *, provider: str) -> tuple[Posting, ...]:
    """A captured payment: the provider owes us the money less its fee, we owe the viewer a service."""
    cash = provider_account(provider)
    taken = move(amount, debit=cash, credit=DEFERRED)
    return taken if fee is None or fee.minor == 0 else (*taken, *move(fee, debit=FEES, credit=cash))


def refund_postings(amount: Money, *, provider: str, is_earned: bool) -> tuple[Posting, ...]:
    """A refund: from what is still owed, or, when the period was over, from what was earned."""
    return move(amount, debit=RETURNED if is_earned else DEFERRED, credit=provider_account(provider))


def recognition_postings(amount: Money) -> tuple[Posting, ...]:
    """The period is over: what the viewer paid is earned."""
    return move(amount, debit=DEFERRED, credit=EARNED)


GENESIS = bytes(32)


def chained(previous: bytes, entries: Sequence[Entry]) -> bytes:
    """The next link of the hash chain: SHA-256 over the link before and the entries' plain text."""
    digest = hashlib.sha256(previous)
    for entry in entries:
        postings = [[one.account, one.minor, one.currency] for one in entry.postings]
        facts = [str(entry.entry_id), entry.kind, str(entry.source_id), str(entry.order_id)]
        text = json.dumps([*facts, entry.posted_at.isoformat(), postings], ensure_ascii=False, separators=(",", ":"))
        digest.update(text.encode() + b"\n")
    return digest.digest()
