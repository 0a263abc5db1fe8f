"""The part of the fake provider that files receipts."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter

from cinema.contracts.enums import ReceiptStatus
from cinema.kit.clock import Clock
from cinema.kit.ids import uuid7
from cinema.payments.domain.port import (
    ReceiptAnswer,
    ReceiptOrder,
    Rejected,
    Sealed,
    Seen,
    SeenReceipt,
    Succeeded,
    Unknown,
)

_RECEIPT: TypeAdapter[ReceiptOrder] = TypeAdapter(ReceiptOrder)

A = TypeVar("A")


class FakeReceipts(ABC):
    """What it keeps stands in ``receipts`` by its own ids, in the order in which they were filed."""

    payments: dict[str, Seen]
    sent: dict[str, list[bytes]]
    _clock: Clock
    _keys: dict[str, tuple[datetime, bytes, str]]

    def __init__(self) -> None:
        self.receipts: dict[str, SeenReceipt] = {}
        self.next_receipts: list[ReceiptStatus] = []
        """How the next receipts stand in their first answer; afterwards they succeed."""
        self._filed_at: dict[str, datetime] = {}

    @abstractmethod
    def _call(self, operation: str, work: Callable[[], A]) -> A | Rejected: ...

    @abstractmethod
    def _under_key(self, sealed: Sealed) -> str | Rejected | None: ...

    def write_receipt(self, order: ReceiptOrder) -> bytes:
        return _RECEIPT.dump_json(order)

    async def send_receipt(self, sealed: Sealed) -> ReceiptAnswer:
        return self._call("send_receipt", lambda: self._file(sealed))

    async def read_receipt(self, provider_receipt_id: str) -> ReceiptAnswer:
        unknown = Rejected(code="not_found")
        return self._call("read_receipt", lambda: self.receipts.get(provider_receipt_id, unknown))

    async def look_up_receipt(
        self, *, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenReceipt | Unknown | None:
        found = self._call("look_up_receipt", lambda: list(self.receipts.values()))
        if isinstance(found, Rejected):
            return Unknown(detail=found.code)
        for one in found:
            if one.provider_payment_id == provider_payment_id and (
                since <= self._filed_at[one.provider_receipt_id] < until
            ):
                return one
        return None

    def _file(self, sealed: Sealed) -> SeenReceipt | Rejected:
        self.sent[sealed.key].append(sealed.body)
        known = self._under_key(sealed)
        if isinstance(known, Rejected):
            return known
        if known is not None:
            return self.receipts[known]
        order = _RECEIPT.validate_json(sealed.body)
        paid = self.payments.get(order.provider_payment_id)
        lines = sum(line.unit.minor * line.quantity for line in order.receipt.lines)
        if paid is None or not isinstance(paid.state, Succeeded) or lines != order.amount.minor:
            return Rejected(code="receipt_invalid")
        now = self._clock.now()
        provider_receipt_id = f"rt-{uuid7(now)}"
        self._keys[sealed.key] = (now, sealed.body, provider_receipt_id)
        self._filed_at[provider_receipt_id] = now
        self.receipts[provider_receipt_id] = SeenReceipt(
            provider_receipt_id=provider_receipt_id,
            provider_payment_id=order.provider_payment_id,
            amount=order.amount,
            is_closing=True,
            status=self.next_receipts.pop(0) if self.next_receipts else ReceiptStatus.SUCCEEDED,
        )
        return self.receipts[provider_receipt_id]
