"""A shop that sells in euros, whole: the product before the stand-in that speaks the provider's protocol over HTTP."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from cinema.kit.clock import ManualClock
from cinema.kit.db import Database
from cinema.main.wiring import build_cinema
from cinema.notifications.mailers import MemoryMailer
from cinema.payments.providers.fake import FakeProvider
from cinema.payments.providers.yookassa.adapter import Yookassa
from cinema.payments.service.crash_points import Passes, no_crash
from providers.rigs import make_yookassa
from sandbox.yookassa.driver import Driver, LoopbackServer
from scenarios.house import House, Viewer, all_settings


@dataclass(slots=True, kw_only=True)
class EuroHouse(House):
    """One installation whose plans are in euros, before the stand-in."""

    yookassa: Yookassa
    shop: Driver

    def restart(self, *, passes: Passes = no_crash) -> None:
        self.cinema = build_cinema(
            all_settings(provider="yookassa", currency="EUR"),
            pools=self.db.pools,
            clock=self.clock,
            providers={"yookassa": self.yookassa},
            mailer=self.mailer,
            passes=passes,
        )

    async def hear(self) -> None:
        """The stand-in's notifications arrive."""
        await self.shop.tick()
        while self.shop.merchant.received:
            body = json.dumps(self.shop.merchant.received.pop(0)).encode()
            answer = await self.call(None, "POST", "/v1/webhooks/yookassa", content=body)
            assert answer.status_code == 200, answer.text
        await self.drain()


@asynccontextmanager
async def euro_shop(loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[Driver]:
    driver = Driver(server=loopback, clock=clock, currency="EUR", receipts_required=True)
    with driver.serving():
        yield driver
    await driver.aclose()


@pytest.fixture
async def house(db: Database, loopback: LoopbackServer, clock: ManualClock) -> AsyncIterator[EuroHouse]:
    async with euro_shop(loopback, clock) as shop:
        yookassa = make_yookassa(loopback.url)
        provider, mailer = FakeProvider(clock=clock), MemoryMailer()
        house = EuroHouse(db=db, clock=clock, provider=provider, mailer=mailer, yookassa=yookassa, shop=shop)
        await house.open()
        yield house
        await yookassa.close()


async def bought(house: EuroHouse) -> tuple[Viewer, str]:
    """A viewer who has paid on the stand-in's page, and the id of their order."""
    viewer = await house.sign_up("anna")
    checkout = await house.order(viewer)
    await house.drain()
    provider_id = await house.provider_id(checkout["payment_id"])
    await house.shop.pay(await house.shop.payment(provider_id))
    await house.hear()
    return viewer, str(checkout["order"]["id"])


async def test_a_plan_is_bought_in_euros(house: EuroHouse) -> None:
    viewer, order_id = await bought(house)

    order = (await house.ok(viewer, "GET", f"/v1/orders/{order_id}"))["order"]
    (subscription,) = (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"]
    (mail,) = [one for one in house.mailer.mails if "Payment received" in one.subject]
    assert (order["status"], order["total"]) == ("paid", {"minor": 39_900, "currency": "EUR"})
    assert (subscription["status"], subscription["price"]) == ("active", {"minor": 39_900, "currency": "EUR"})
    assert "\N{EURO SIGN}399.00" in mail.subject
    assert {row["currency"] for row in await house.rows("SELECT currency FROM billing.ledger_postings")} == {"EUR"}
    assert await house.violations() == []
    house.clock.advance(timedelta(hours=2))
    assert await house.cinema.payments.comparison.differences(days=1) == []


async def test_what_was_paid_in_euros_goes_back_in_euros(house: EuroHouse) -> None:
    viewer, order_id = await bought(house)

    refund = await house.ok(viewer, "POST", f"/v1/orders/{order_id}/refunds", json={"reason": "no"})
    await house.drain()
    await house.hear()

    order = (await house.ok(viewer, "GET", f"/v1/orders/{order_id}"))["order"]
    assert refund["amount"] == {"minor": 39_900, "currency": "EUR"}
    assert (order["status"], order["refunded"]) == ("refunded", {"minor": 39_900, "currency": "EUR"})
    assert await house.violations() == []
