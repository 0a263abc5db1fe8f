"""Each provider with the outside world that it stands before: a payer, a network, an operator's hand."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, TypedDict
from uuid import UUID

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.contracts.ids import BindingId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import ReceiptData, ReceiptLine
from cinema.contracts.text import Language
from cinema.kit.client import HttpClient
from cinema.kit.clock import ManualClock
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.kit.settings import load
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import BindingOrder, ChargeOrder, Declined, Provider, RefundOrder, Sealed
from cinema.payments.providers.fake import FakeProvider, Fault
from cinema.payments.providers.yookassa.adapter import Yookassa
from cinema.payments.providers.yookassa.settings import YookassaSettings
from cinema.sandbox.yookassa import build_yookassa
from sandbox.yookassa.driver import GOOD_CARD, SECRET_KEY, SHOP_ID, Driver

PRICE = Money(minor=39900, currency="RUB")
NO_FUNDS_CARD = "5555555555554600"


class Rig(Protocol):
    """What the contract suite needs beside a provider. Operations are named as in the port."""

    clock: ManualClock
    provider: Provider

    async def pay(self, provider_payment_id: str) -> None: ...

    async def decline(self, provider_payment_id: str) -> None:
        """The payer tries a card without money."""

    async def decline_next_charge(self) -> None:
        """The next charge of a saved method finds no money."""

    async def revoke(self, token: str) -> None: ...

    async def bind(self, provider_method_id: str, *, declines: bool) -> None:
        """The owner of a card gives it on the provider's page; the bank takes it or ``declines``."""

    async def forbid_binding(self) -> None:
        """The shop may not bind methods."""

    async def lose(self, operation: str, *, after: bool) -> None:
        """The next answer gets lost, before or after the effect."""

    async def refuse(self, operation: str) -> None:
        """The next call comes when there are too many."""

    async def hold_next_refund(self) -> None: ...

    async def settle_refund(self, provider_refund_id: str, *, fails: bool) -> None: ...

    async def notification(self, event: str, provider_id: str) -> bytes: ...

    async def taken(self, payment_id: PaymentId) -> int:
        """How often money was taken for our payment."""

    def elsewhere(self) -> Provider:
        """The same provider where nobody listens."""


class FakeRig:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.fake = FakeProvider(clock=clock)
        self.provider: Provider = self.fake

    async def pay(self, provider_payment_id: str) -> None:
        self.fake.confirm(provider_payment_id)

    async def decline(self, provider_payment_id: str) -> None:
        self.fake.confirm(provider_payment_id, decline=DeclineReason.INSUFFICIENT_FUNDS)

    async def decline_next_charge(self) -> None:
        self.fake.next_states.append(Declined(reason=DeclineReason.INSUFFICIENT_FUNDS))

    async def revoke(self, token: str) -> None:
        self.fake.revoke(token)

    async def bind(self, provider_method_id: str, *, declines: bool) -> None:
        self.fake.confirm_binding(provider_method_id, declines=declines)

    async def forbid_binding(self) -> None:
        self.fake.fail("bind", Fault.NOT_ALLOWED)

    async def lose(self, operation: str, *, after: bool) -> None:
        self.fake.fail(operation, Fault.LOST_AFTER if after else Fault.LOST_BEFORE)

    async def refuse(self, operation: str) -> None:
        self.fake.fail(operation, Fault.TOO_BUSY)

    async def hold_next_refund(self) -> None:
        self.fake.next_refunds.append(RefundStatus.PENDING)

    async def settle_refund(self, provider_refund_id: str, *, fails: bool) -> None:
        self.fake.settle_refund(provider_refund_id, failure=RefundFailure.SHOP_BALANCE_TOO_LOW if fails else None)

    async def notification(self, event: str, provider_id: str) -> bytes:
        return self.fake.notification(event, provider_id)

    async def taken(self, payment_id: PaymentId) -> int:
        return self.fake.charges[str(payment_id)]

    def elsewhere(self) -> Provider:
        other = FakeProvider(clock=self.clock)
        other.fail("charge", Fault.NOT_SENT)
        return other


OPERATIONS = {
    "charge": "create_payment",
    "read": "get_payment",
    "refund": "create_refund",
    "look_up": "list_payments",
    "bind": "create_payment_method",
    "send_receipt": "create_receipt",
}


class YookassaRig:
    """The adapter before the stand-in that speaks the provider's protocol over HTTP."""

    def __init__(self, driver: Driver) -> None:
        self.clock = driver.clock
        self.driver = driver
        self.provider: Provider = make_yookassa(driver.server.url)

    async def pay(self, provider_payment_id: str) -> None:
        await self._use_card(provider_payment_id, GOOD_CARD)

    async def decline(self, provider_payment_id: str) -> None:
        await self._use_card(provider_payment_id, NO_FUNDS_CARD)

    async def decline_next_charge(self) -> None:
        await self.driver.control("/autopayments/outcomes", {"reason": "insufficient_funds"})

    async def revoke(self, token: str) -> None:
        await self.driver.control(f"/payment-methods/{token}/revocation")

    async def bind(self, provider_method_id: str, *, declines: bool) -> None:
        await self.driver.bind(provider_method_id, NO_FUNDS_CARD if declines else GOOD_CARD)

    async def forbid_binding(self) -> None:
        settings = replace(self.driver.settings, autopayments_enabled=False)
        self.driver.server.shop = build_yookassa(settings=settings, clock=self.clock).app

    async def lose(self, operation: str, *, after: bool) -> None:
        kind = "drop_after" if after else "drop_before"
        await self.driver.control("/faults", {"kind": kind, "operation": OPERATIONS[operation]})

    async def refuse(self, operation: str) -> None:
        await self.driver.control("/faults", {"kind": "too_many_requests", "operation": OPERATIONS[operation]})

    async def hold_next_refund(self) -> None:
        await self.driver.control("/refunds/outcomes", {"held": True})

    async def settle_refund(self, provider_refund_id: str, *, fails: bool) -> None:
        end = {"status": "canceled", "reason": "insufficient_funds"} if fails else {"status": "succeeded"}
        await self.driver.control(f"/refunds/{provider_refund_id}/resolution", end)

    async def notification(self, event: str, provider_id: str) -> bytes:
        await self.driver.tick()
        told = [
            one for one in self.driver.merchant.received if (one["event"], one["object"]["id"]) == (event, provider_id)
        ]
        return json.dumps(told[-1]).encode()

    async def taken(self, payment_id: PaymentId) -> int:
        found = await self.driver.control(f"/payments?metadata.payment_id={payment_id}", method="GET")
        assert isinstance(found["succeeded"], int)
        return found["succeeded"]

    def elsewhere(self) -> Provider:
        return make_yookassa("http://127.0.0.1:9")

    async def _use_card(self, provider_payment_id: str, card: str) -> None:
        await self.driver.pay(await self.driver.payment(provider_payment_id), card)


def make_yookassa(url: str, *, client: HttpClient | None = None, **values: object) -> Yookassa:
    settings = load(
        YookassaSettings,
        env_file=None,
        values={
            "shop_id": SHOP_ID,
            "secret_key": SECRET_KEY,
            "base_url": f"{url}/v3",
            "is_test": True,
            "confirmation_hosts": "127.0.0.1",
            "networks": "127.0.0.0/8, ::1/128",
            **values,
        },
    )
    return Yookassa(settings=settings, client=client)


def make_order(
    clock: ManualClock, *, method_token: str | None = None, save_method: bool = False, amount: Money = PRICE
) -> ChargeOrder:
    now = clock.now()
    return ChargeOrder(
        payment_id=PaymentId(uuid7(now)),
        order_id=OrderId(uuid7(now)),
        user_id=UserId(UUID("0190a000-0000-7000-8000-000000000001")),
        amount=amount,
        description="Подписка на месяц",
        language=Language.RU,
        receipt=make_receipt(amount),
        method_token=method_token,
        save_method=save_method,
        return_url=None if method_token else "http://cinema.test/account",
    )


def make_binding(clock: ManualClock) -> BindingOrder:
    return BindingOrder(
        binding_id=BindingId(uuid7(clock.now())), return_url="http://cinema.test/account", language=Language.RU
    )


def make_refund(clock: ManualClock, provider_payment_id: str, *, amount: Money = PRICE) -> RefundOrder:
    return RefundOrder(
        refund_id=RefundId(uuid7(clock.now())),
        provider_payment_id=provider_payment_id,
        amount=amount,
        description="Возврат",
        receipt=make_receipt(amount),
    )


def make_receipt(amount: Money) -> ReceiptData:
    line = ReceiptLine(
        description="Подписка на месяц", quantity=1, unit=amount, vat_code=1, subject="service", mode="full_payment"
    )
    return ReceiptData(email="viewer@cinema.test", lines=(line,))


def seal(rig: Rig, body: bytes) -> Sealed:
    return Sealed(key=str(uuid7(rig.clock.now())), body=body)


class Window(TypedDict):
    since: datetime
    until: datetime


def around(rig: Rig) -> Window:
    """A window that the present lies in."""
    now = rig.clock.now()
    return Window(since=now - timedelta(minutes=5), until=now + timedelta(minutes=5))
