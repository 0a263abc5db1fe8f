"""A payment provider in this process that takes any saved method, at once or after a fixed time.

It keeps nothing: a payment's id there says what was charged, so that asking again brings
the same answer and a million charges need no memory. It counts, so that a run can say
that nobody was charged twice. There is nothing to confirm, hold or refund at a till.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from cinema.contracts.ids import PaymentId, RefundId
from cinema.kit.clock import Clock
from cinema.kit.guard import forbid_transaction
from cinema.kit.money import EXPONENTS, Money
from cinema.payments.domain.capabilities import Capabilities
from cinema.payments.domain.port import (
    Answer,
    BindingAnswer,
    BindingOrder,
    ChargeOrder,
    Instrument,
    Notification,
    NotificationInvalid,
    ReceiptAnswer,
    ReceiptOrder,
    RefundAnswer,
    RefundOrder,
    Rejected,
    Sealed,
    Seen,
    SeenReceipt,
    SeenRefund,
    Succeeded,
    Unknown,
)

FEE_PER_MILLE = 35

_CHARGE: TypeAdapter[ChargeOrder] = TypeAdapter(ChargeOrder)
_REFUND: TypeAdapter[RefundOrder] = TypeAdapter(RefundOrder)


class Till:
    """See the module. ``charged`` counts answers to charges, ``at_once_max`` how many were under way together."""

    account = "till"
    is_test = True
    capabilities = Capabilities(
        currencies=frozenset(EXPONENTS),
        charge_minimum=1,
        charge_maximum=1_000_000,
        saved_kinds=frozenset({"bank_card"}),
        binds_methods=False,
        refunds_partially=False,
        refund_minimum=1,
        refund_rest_above=1,
        refund_age=timedelta(days=365),
        sends_receipts=True,
        notifies=False,
        key_lifetime=timedelta(hours=24),
    )

    def __init__(self, *, clock: Clock, name: str, delay_s: float = 0.0) -> None:
        self.name = name
        self.charged = 0
        self.at_once_max = 0
        self._at_once = 0
        self._clock = clock
        self._delay_s = delay_s

    def write_charge(self, order: ChargeOrder) -> bytes:
        return _CHARGE.dump_json(order)

    def write_refund(self, order: RefundOrder) -> bytes:
        return _REFUND.dump_json(order)

    def write_binding(self, order: BindingOrder) -> bytes:  # noqa: ARG002 - the port's
        return b""

    async def charge(self, sealed: Sealed) -> Answer:
        forbid_transaction(f"{self.name}.charge")
        self._at_once += 1
        self.at_once_max = max(self.at_once_max, self._at_once)
        try:
            if self._delay_s:
                await asyncio.sleep(self._delay_s)
        finally:
            self._at_once -= 1
        order = json.loads(sealed.body)
        if order["method_token"] is None:
            return Rejected(code="nobody_is_here")
        self.charged += 1
        amount = Money(minor=order["amount"]["minor"], currency=order["amount"]["currency"])
        return self._seen(order["payment_id"], amount, order["method_token"])

    async def read(self, provider_payment_id: str) -> Answer:
        forbid_transaction(f"{self.name}.read")
        try:
            payment_id, minor, currency = provider_payment_id.split("/")
            return self._seen(payment_id, Money(minor=int(minor), currency=currency), None)
        except ValueError:
            return Rejected(code="not_found")

    async def look_up(self, *, payment_id: PaymentId, since: datetime, until: datetime) -> Seen | Unknown | None:  # noqa: ARG002 - the port's
        return Unknown(detail="a till keeps nothing")

    async def capture(self, *, provider_payment_id: str, key: str) -> Answer:  # noqa: ARG002 - the port's
        return await self.read(provider_payment_id)

    async def cancel(self, *, provider_payment_id: str, key: str) -> Answer:  # noqa: ARG002 - the port's
        return await self.read(provider_payment_id)

    async def refund(self, sealed: Sealed) -> RefundAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_refundable")

    async def read_refund(self, provider_refund_id: str) -> RefundAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_found")

    async def look_up_refund(
        self,
        *,
        refund_id: RefundId,  # noqa: ARG002 - the port's
        provider_payment_id: str,  # noqa: ARG002 - the port's
        since: datetime,  # noqa: ARG002 - the port's
        until: datetime,  # noqa: ARG002 - the port's
    ) -> SeenRefund | Unknown | None:
        return None

    async def bind(self, sealed: Sealed) -> BindingAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_bindable")

    async def read_binding(self, provider_method_id: str) -> BindingAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_found")

    def write_receipt(self, order: ReceiptOrder) -> bytes:  # noqa: ARG002 - the port's
        return b""

    async def send_receipt(self, sealed: Sealed) -> ReceiptAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_sent")

    async def read_receipt(self, provider_receipt_id: str) -> ReceiptAnswer:  # noqa: ARG002 - the port's
        return Rejected(code="not_found")

    async def look_up_receipt(
        self,
        *,
        provider_payment_id: str,  # noqa: ARG002 - the port's
        since: datetime,  # noqa: ARG002 - the port's
        until: datetime,  # noqa: ARG002 - the port's
    ) -> SeenReceipt | Unknown | None:
        return None

    async def list_payments(self, *, since: datetime, until: datetime) -> tuple[Seen, ...]:  # noqa: ARG002 - the port's
        return ()

    def admits(self, address: str) -> bool:  # noqa: ARG002 - the port's
        return False

    def parse_notification(self, *, body: bytes, headers: Mapping[str, str]) -> Notification:  # noqa: ARG002 - the port's
        raise NotificationInvalid

    async def close(self) -> None:
        return None

    def _seen(self, payment_id: str, amount: Money, token: str | None) -> Seen:
        now = self._clock.now()
        return Seen(
            provider_payment_id=f"{payment_id}/{amount.minor}/{amount.currency}",
            payment_id=payment_id,
            amount=amount,
            account=self.account,
            is_test=self.is_test,
            created_at=now,
            state=Succeeded(
                captured_at=now,
                fee=Money(minor=amount.minor * FEE_PER_MILLE // 1000, currency=amount.currency),
                instrument=_card(token) if token else None,
            ),
        )


def _card(token: str) -> Instrument:
    return Instrument(
        token=token,
        kind="bank_card",
        title="Bank card *4444",
        is_saved=True,
        card_last4="4444",
        card_expiry="2030-12",
    )
