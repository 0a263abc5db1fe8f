"""Ways to a payment and back: the provider's page, and ours that waits for what came of it."""

from urllib.parse import quote, urlencode

from starlette.responses import Response

from cinema.contracts.enums import OrderStatus
from cinema.contracts.ids import OrderId
from cinema.contracts.views.billing import OrderView
from cinema.kit.errors import Trouble
from cinema.web.site.page import Site, see
from cinema.web.visit import Visit, leads_inside

RETURN_URL_MAX = 2_000
"""Characters of an address to come back to; with a longer one the way back to a film is left out."""

GO = "go"
"""Asks the page that waits to lead on to the provider's page as soon as there is one."""


def next_of(visit: Visit) -> str:
    """Where the viewer came from and wants to go on, if that is on the site; else nothing."""
    path = visit.request.query_params.get("next", "")
    return path if leads_inside(path) else ""


def payment_path(visit: Visit, order_id: OrderId, *, goes: bool = False) -> str:
    """The page that waits for what becomes of an order's payment."""
    query = {name: value for name, value in (("next", next_of(visit)), (GO, "1" if goes else "")) if value}
    return visit.path(f"/orders/{order_id}/return") + (f"?{urlencode(query)}" if query else "")


def return_url(site: Site, visit: Visit) -> str:
    """Where the provider sends the payer back to, of an order that is yet to be made."""
    address = site.about.public_url + visit.path("/orders/{order_id}/return")
    whole = f"{address}?next={quote(next_of(visit), safe='')}" if next_of(visit) else address
    return whole if len(whole) <= RETURN_URL_MAX else address


async def to_payment(site: Site, visit: Visit, order: OrderView) -> Response:
    """Leads to the provider's page; where that is not ready, or there is nothing to pay, to the page that waits."""
    if order.status is not OrderStatus.OPEN:
        return see(payment_path(visit, order.id))
    try:
        return see(await site.services.purchases.payment_page(user_id=visit.who.user_id, order_id=order.id))
    except Trouble:
        return see(payment_path(visit, order.id, goes=True))
