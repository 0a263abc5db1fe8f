"""Refunds: what would go back, asking for it, and what became of it."""

from starlette.responses import Response

from cinema.contracts.ids import OrderId
from cinema.contracts.views.billing import OrderView
from cinema.kit.errors import Refusal
from cinema.kit.money import EXPONENTS, Money
from cinema.web.forms import Form, FormUnreadable, read_form
from cinema.web.site.page import Page, Site, intent, refused, see, told
from cinema.web.visit import Visit

HERE = "/account/refunds"
REFUNDS = 20
REASON_MAX = 500
NEWEST = 100
DIGITS_MAX = 15


async def refunds(site: Site, visit: Visit) -> Response:
    """All refunds, page by page, each with what it is of."""
    billing, user_id = site.services.billing, visit.who.user_id
    cursor = visit.request.query_params.get("cursor")
    found = await billing.refunds(user_id=user_id, status=None, is_staff=False, cursor=cursor, limit=REFUNDS)
    orders = await _orders(site, visit, {one.order_id for one in found.items})
    return site.page(visit, "account/refunds.html", refunds=found, orders=orders, is_first=cursor is None)


async def refund_page(site: Site, visit: Visit) -> Response:
    """How much would go back, and what that does to access."""
    return await _refund(site, visit, form=Form())


async def refund(site: Site, visit: Visit) -> Response:
    """Takes the money back."""
    form = await read_form(visit.request)
    order_id = OrderId(visit.request.path_params["order_id"])
    reason = form.line("reason")
    if not reason or len(reason) > REASON_MAX:
        word = visit.words("refund-reason-wrong", n=REASON_MAX)
        return await _refund(site, visit, form=Form(values=form.values, errors={"reason": word}), status=422)
    try:
        await site.services.purchases.refund(
            intent(visit, form, f"refund {order_id}"),
            user_id=visit.who.user_id,
            order_id=order_id,
            reason=reason,
            expected=_expected(form),
        )
    except Refusal as trouble:
        return await _refund(site, visit, form=refused(visit, form, trouble, fields={}), status=trouble.status)
    return see(visit.path(f"/account/orders/{order_id}?done=refund"))


async def _refund(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    order_id = OrderId(visit.request.path_params["order_id"])
    user_id = visit.who.user_id
    details = await site.services.billing.order(order_id=order_id, user_id=user_id)
    try:
        preview = await site.services.purchases.refund_preview(user_id=user_id, order_id=order_id)
        why_not = None
    except Refusal as trouble:
        preview, why_not = None, told(visit, trouble)
    return site.page(
        visit,
        "account/refund.html",
        status=status,
        form=form,
        order=details.order,
        preview=preview,
        why_not=why_not,
        reason_max=REASON_MAX,
    )


async def _orders(site: Site, visit: Visit, order_ids: set[OrderId]) -> dict[OrderId, OrderView]:
    """These orders: most are among the newest, so that one question finds them."""
    billing, user_id = site.services.billing, visit.who.user_id
    if not order_ids:
        return {}
    newest = (await billing.orders(user_id=user_id, status=None, cursor=None, limit=NEWEST)).items
    found = {one.id: one for one in newest if one.id in order_ids}
    for order_id in order_ids - found.keys():
        found[order_id] = (await billing.order(order_id=order_id, user_id=user_id)).order
    return found


def _expected(form: Form) -> Money:
    """What the page had shown. Raises `FormUnreadable` for what is no sum."""
    minor, currency = form["minor"], form["currency"]
    if not (minor.isascii() and minor.isdigit() and len(minor) <= DIGITS_MAX and currency in EXPONENTS):
        raise FormUnreadable
    return Money(minor=int(minor), currency=currency)


PAGES = (
    Page(path=HERE, show=refunds, is_personal=True),
    Page(path="/account/orders/{order_id:uuid}/refund", show=refund_page, act=refund, is_personal=True),
)
