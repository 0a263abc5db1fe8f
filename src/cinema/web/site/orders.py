"""Orders and receipts."""

from starlette.responses import Response

from cinema.contracts.enums import OrderStatus, RefundState
from cinema.contracts.ids import OrderId
from cinema.contracts.views.billing import OrderDetails, RefundPreview
from cinema.kit.errors import Refusal
from cinema.web.forms import Form, read_form
from cinema.web.site.page import Page, Site, intent, refused, see, told
from cinema.web.visit import Visit

HERE = "/account/orders"
ORDERS = 20
WITH_MONEY = frozenset({OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED})


async def orders(site: Site, visit: Visit) -> Response:
    """All orders, page by page."""
    cursor = visit.request.query_params.get("cursor")
    found = await site.services.billing.orders(user_id=visit.who.user_id, status=None, cursor=cursor, limit=ORDERS)
    return site.page(visit, "account/orders.html", orders=found, is_first=cursor is None)


async def order(site: Site, visit: Visit) -> Response:
    """One order with its payment, receipts and refunds."""
    return await show_order(site, visit, form=Form())


async def give_up(site: Site, visit: Visit) -> Response:
    """Gives up an unpaid order."""
    form = await read_form(visit.request)
    order_id = OrderId(visit.request.path_params["order_id"])
    try:
        await site.services.purchases.cancel_order(
            intent(visit, form, f"give up {order_id}"), user_id=visit.who.user_id, order_id=order_id
        )
    except Refusal as trouble:
        return await show_order(site, visit, form=refused(visit, form, trouble, fields={}), status=trouble.status)
    return see(visit.path(f"{HERE}/{order_id}"))


async def receipt(site: Site, visit: Visit) -> Response:
    """One fiscal receipt, to read and to print."""
    found = await site.services.billing.receipt(
        receipt_id=visit.request.path_params["receipt_id"], user_id=visit.who.user_id
    )
    return site.page(visit, "account/receipt.html", receipt=found)


async def show_order(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    """The page of one order. Raises `OrderNotFound`."""
    billing, user_id = site.services.billing, visit.who.user_id
    found = await billing.order(order_id=OrderId(visit.request.path_params["order_id"]), user_id=user_id)
    receipts = [await billing.receipt(receipt_id=one, user_id=user_id) for one in found.receipt_ids]
    preview, why_not = await _preview(site, visit, found)
    film = found.order.film_id
    items = await site.services.catalog.items(film_ids=[film], language=visit.language) if film else {}
    is_back = any(one.status in {RefundState.REQUESTED, RefundState.SUCCEEDED} for one in found.refunds)
    return site.page(
        visit,
        "account/order.html",
        status=status,
        form=form,
        details=found,
        order=found.order,
        film=items.get(film) if film else None,
        receipts=receipts,
        preview=preview,
        why_not=why_not,
        done="refund" if is_back and visit.request.query_params.get("done") == "refund" else None,
    )


async def _preview(site: Site, visit: Visit, found: OrderDetails) -> tuple[RefundPreview | None, str | None]:
    """What a refund would return now, or why there is none."""
    if found.order.status not in WITH_MONEY or any(one.status is RefundState.REQUESTED for one in found.refunds):
        return None, None
    try:
        preview = await site.services.purchases.refund_preview(user_id=visit.who.user_id, order_id=found.order.id)
    except Refusal as trouble:
        return None, told(visit, trouble)
    return preview, None


PAGES = (
    Page(path=HERE, show=orders, is_personal=True),
    Page(path=f"{HERE}/{{order_id:uuid}}", show=order, act=give_up, is_personal=True),
    Page(path="/account/receipts/{receipt_id:uuid}", show=receipt, is_personal=True),
)
