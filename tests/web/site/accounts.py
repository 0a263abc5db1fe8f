"""Viewers in all the states that an account can be in."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import Declined
from scenarios.house import URL, House, Viewer
from web.stage import Browser, Shown, plain

MONTH = timedelta(days=31)


async def subscribed(house: House, browser: Browser, *, renews: bool = True, login: str = "anna") -> Viewer:
    """A viewer with a month that was paid just now, signed in in the browser."""
    viewer = await browser.sign_up(login)
    checkout = await ordered(house, viewer, renews=renews)
    await house.pay(checkout)
    await house.drain()
    return viewer


async def ordered(house: House, viewer: Viewer, *, renews: bool = True) -> Any:
    body = {"plan": "month", "return_url": f"{URL}/back", "save_method": renews}
    checkout = await house.ok(viewer, "POST", "/v1/subscriptions", json=body)
    await house.drain()
    return checkout


async def bought(house: House, viewer: Viewer, film: str, *, goods: str = "film_purchase") -> Any:
    """A film that was paid for."""
    film_id = (await house.ok(None, "GET", f"/v1/films/{film}"))["id"]
    body = {"goods": goods, "film_id": film_id, "return_url": f"{URL}/back"}
    checkout = await house.ok(viewer, "POST", "/v1/orders", json=body)
    await house.drain()
    await house.pay(checkout)
    await house.drain()
    return checkout


async def late(house: House, browser: Browser, *, reason: DeclineReason = DeclineReason.INSUFFICIENT_FUNDS) -> Viewer:
    """A viewer whose renewal was refused, an hour before the period ended; signed in anew."""
    viewer = await subscribed(house, browser)
    house.provider.next_states = [Declined(reason=reason)]
    await house.pass_time(MONTH - timedelta(minutes=30))
    await again(house, browser, viewer)
    return viewer


async def again(house: House, browser: Browser, viewer: Viewer) -> None:
    """Signs in anew: sessions and tokens end in the long run."""
    await house.refresh(viewer)
    await browser.sign_in(viewer.email.partition("@")[0])


async def the_subscription(house: House, viewer: Viewer) -> Any:
    return (await house.ok(viewer, "GET", "/v1/subscriptions"))["items"][0]


async def the_order(house: House, viewer: Viewer) -> Any:
    """The newest one."""
    return (await house.ok(viewer, "GET", "/v1/orders"))["items"][0]


async def the_methods(house: House, viewer: Viewer) -> list[Any]:
    found: list[Any] = (await house.ok(viewer, "GET", "/v1/payment-methods"))["items"]
    return found


async def another_card(house: House, viewer: Viewer) -> UUID:
    """A second card, saved without a purchase."""
    binding = await house.ok(viewer, "POST", "/v1/payment-methods", json={"return_url": f"{URL}/back"})
    await given_card(house, binding["id"])
    found = await house.ok(viewer, "GET", f"/v1/payment-method-bindings/{binding['id']}")
    return UUID(found["method_id"])


async def given_card(house: House, binding_id: str, *, declines: bool = False) -> None:
    """The owner acts on the provider's page, and we have found out."""
    (row,) = await house.rows("SELECT provider_method_id FROM payments.bindings WHERE id = $1", UUID(binding_id))
    house.provider.confirm_binding(row["provider_method_id"], declines=declines)
    await house.pass_time(timedelta(minutes=1))


def subjects(house: House) -> list[str]:
    return [plain(mail.subject) for mail in house.mailer.mails]


def told(shown: Shown, *sentences: str) -> None:
    """The page says all of these."""
    missing = [one for one in sentences if plain(one) not in shown.text]
    assert missing == [], f"{missing} not in: {shown.text}"
