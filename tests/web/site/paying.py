"""What a buyer and a provider do in the tests of buying."""

from dataclasses import replace

from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.port import ActionRequired, Canceled, Succeeded
from cinema.payments.providers.fake_messages import card
from scenarios.house import House
from web.stage import Browser, Shown

MONTH = "/ru/checkout?plan=month&next=/ru/films/metropolis"
RENTAL = "/ru/checkout?film=metropolis&goods=film_rental&next=/ru/films/metropolis"
PURCHASE = "/ru/checkout?film=metropolis&goods=film_purchase"
BACK = "?next=%2Fru%2Ffilms%2Fmetropolis"


async def buy(browser: Browser, place: str = MONTH, **typed: str) -> Shown:
    """Sends the form of checkout."""
    page = await browser.get(place)
    assert page.status == 200
    return await browser.submit(page.form("/ru/checkout"), **typed)


async def order_id(house: House) -> str:
    (row,) = await house.rows("SELECT id FROM billing.orders")
    return str(row["id"])


async def orders(house: House) -> list[tuple[str, int]]:
    # of one moment, those that are paid come before those that are open
    rows = await house.rows("SELECT status, total_minor FROM billing.orders ORDER BY created_at, status DESC, id")
    return [(row["status"], row["total_minor"]) for row in rows]


def provider_page(house: House) -> str:
    """The page of the newest payment."""
    state = list(house.provider.payments.values())[-1].state
    assert isinstance(state, ActionRequired)
    return state.url


async def pay(house: House, *, decline: DeclineReason | None = None, is_saved: bool = True) -> None:
    """The newest payment is made, or refused, on the provider's page; everybody hears of it."""
    provider_id = list(house.provider.payments)[-1]
    seen = house.provider.confirm(provider_id, decline=decline)
    if not is_saved and isinstance(seen.state, Succeeded):
        house.provider.settle(provider_id, replace(seen.state, instrument=card(provider_id, is_saved=False)))
    await house.notify("payment.canceled" if decline else "payment.succeeded", provider_id)
    await house.drain()


async def run_out(house: House) -> None:
    """Nobody pays on the provider's page, and its time is over."""
    provider_id = list(house.provider.payments)[-1]
    house.provider.settle(provider_id, Canceled(reason=CancelReason.EXPIRED))
    await house.notify("payment.canceled", provider_id)
    await house.drain()


async def returned(browser: Browser, house: House, *, query: str = BACK) -> Shown:
    """The page that the provider sends the payer back to."""
    return await browser.get(f"/ru/orders/{await order_id(house)}/return{query}")
