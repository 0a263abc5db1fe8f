"""The subscription: to see, cancel, take back, and have renewed by another method."""

from uuid import UUID

from starlette.responses import Response

from cinema.contracts.enums import RenewalReason, SubscriptionStatus
from cinema.contracts.ids import MethodId, SubscriptionId
from cinema.contracts.views.billing import AgreementTerms, SubscriptionView
from cinema.contracts.views.payments import MethodView
from cinema.kit.errors import Refusal
from cinema.web.forms import Form, read_form
from cinema.web.site.checkout import UNSEEN
from cinema.web.site.leaving import leaving
from cinema.web.site.page import Page, Site, intent, refused, see
from cinema.web.site.payment_pages import payment_path, return_url, to_payment
from cinema.web.site.standing import NEWEST, Standing, standing
from cinema.web.visit import Visit

HERE = "/account/subscription"
AGREEMENTS = 20
RENEWS = "subscription-renews"
DONE = {
    "canceled": frozenset({RenewalReason.CANCELED}),
    "resumed": frozenset({RenewalReason.RESUMED}),
    "method": frozenset({RenewalReason.METHOD_CHOSEN}),
}
"""What was just done, if the subscription says so too."""


async def subscription(site: Site, visit: Visit) -> Response:
    """The subscription that runs, and those before it."""
    return await _subscription(site, visit, form=Form())


async def resume(site: Site, visit: Visit) -> Response:
    """Undoes a cancellation; one that is undone already stays so."""
    form = await read_form(visit.request)
    try:
        await site.services.subscribing.resume(
            intent(visit, form, "resume"), user_id=visit.who.user_id, subscription_id=_named(form)
        )
    except Refusal as trouble:
        if trouble.code == RENEWS:
            return see(visit.path(f"{HERE}?done=resumed"))
        return await _subscription(site, visit, form=refused(visit, form, trouble, fields={}), status=trouble.status)
    return see(visit.path(f"{HERE}?done=resumed"))


async def cancel_page(site: Site, visit: Visit) -> Response:
    """What canceling means, before it is done."""
    how = await standing(site, visit)
    return _cancel(site, visit, how, form=Form()) if how.is_running else see(visit.path(HERE))


async def cancel(site: Site, visit: Visit) -> Response:
    """Cancels; doing it twice does no more, so that a form of an old page cancels too."""
    form = await read_form(visit.request)
    try:
        await site.services.subscribing.cancel(
            intent(visit, form, "cancel"), user_id=visit.who.user_id, subscription_id=_named(form)
        )
    except Refusal as trouble:
        wrong = refused(visit, form, trouble, fields={})
        how = await standing(site, visit)
        if not how.is_running:
            return await _subscription(site, visit, form=wrong, status=trouble.status)
        return _cancel(site, visit, how, form=wrong, status=trouble.status)
    return see(visit.path(f"{HERE}?done=canceled"))


async def method_page(site: Site, visit: Visit) -> Response:
    """By what the subscription is to be renewed: the methods, and the text that is agreed to."""
    return await _method(site, visit, form=Form(), wanted=visit.request.query_params.get("method"))


async def choose_method(site: Site, visit: Visit) -> Response:
    """Agrees to a method. Of a form that was sent before, only how it stands now is said."""
    form = await read_form(visit.request)
    try:
        done = await site.services.subscribing.choose_method(
            intent(visit, form, "choose method"),
            user_id=visit.who.user_id,
            subscription_id=_named(form),
            method_id=MethodId(_id(form["method"])),
            version=form["version"] or UNSEEN,
        )
    except Refusal as trouble:
        wrong = refused(visit, form, trouble, fields={"payment-method-not-found": "method"})
        return await _method(site, visit, form=wrong, wanted=form["method"], status=trouble.status)
    return see(visit.path(HERE if done.replayed else f"{HERE}?done=method"))


async def pay_page(site: Site, visit: Visit) -> Response:
    """A renewal that was refused, to be paid by hand."""
    return await _pay(site, visit, form=Form())


async def pay(site: Site, visit: Visit) -> Response:
    """Leads to the provider's page."""
    form = await read_form(visit.request)
    how = await standing(site, visit)
    if how.unpaid is None:
        return see(visit.path(HERE))
    order_id = how.unpaid.order_id
    try:
        done = await site.services.purchases.pay_again(
            intent(visit, form, "pay renewal"),
            user_id=visit.who.user_id,
            order_id=order_id,
            return_url=return_url(site, visit),
            save_method=form.has("agree"),
            version=(form["version"] or UNSEEN) if form.has("agree") else None,
        )
    except Refusal as trouble:
        if trouble.code == "order-being-paid":
            return see(payment_path(visit, order_id))
        wrong = refused(visit, form, trouble, fields={"payment-method-not-savable": "agree"})
        return await _pay(site, visit, form=wrong, status=trouble.status)
    return await to_payment(site, visit, done.value.order)


async def agreements(site: Site, visit: Visit) -> Response:
    """What was agreed to about one subscription."""
    subscription_id = SubscriptionId(visit.request.path_params["subscription_id"])
    billing, user_id = site.services.billing, visit.who.user_id
    one = await billing.subscription(subscription_id=subscription_id, user_id=user_id)
    found = await billing.agreements(
        subscription_id=subscription_id,
        user_id=user_id,
        cursor=visit.request.query_params.get("cursor"),
        limit=AGREEMENTS,
    )
    return site.page(visit, "account/agreements.html", one=one, agreements=found)


async def _subscription(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    how = await standing(site, visit)
    found = await site.services.billing.subscriptions(user_id=visit.who.user_id, status=None, cursor=None, limit=NEWEST)
    shown = how.subscription.id if how.subscription else None
    done = visit.request.query_params.get("done", "")
    is_done = how.subscription is not None and how.subscription.renewal_reason in DONE.get(done, ())
    return site.page(
        visit,
        "account/subscription.html",
        status=status,
        form=form,
        how=how,
        earlier=[one for one in found.items if one.id != shown and one.status is SubscriptionStatus.ENDED],
        done=done if is_done else None,
    )


def _cancel(site: Site, visit: Visit, how: Standing, *, form: Form, status: int = 200) -> Response:
    return site.page(visit, "account/cancel.html", status=status, form=form, how=how)


async def _method(site: Site, visit: Visit, *, form: Form, wanted: str | None, status: int = 200) -> Response:
    how = await standing(site, visit)
    if how.subscription is None or not how.is_running:
        return see(visit.path(HERE))
    methods = (await site.services.payments.methods(user_id=visit.who.user_id)).items
    chosen = _chosen(methods, wanted, how.subscription)
    terms = await _terms(site, visit, how.subscription, chosen) if chosen else None
    return site.page(
        visit, "account/method.html", status=status, form=form, how=how, methods=methods, chosen=chosen, terms=terms
    )


def _chosen(methods: tuple[MethodView, ...], wanted: str | None, one: SubscriptionView) -> MethodView | None:
    """The method that was asked for, else one that is not agreed to yet, the default first."""
    agreed = one.agreement.method_id if one.agreement else None
    by_hand = next((it for it in methods if str(it.id) == wanted), None)
    others = sorted((it for it in methods if it.id != agreed), key=lambda it: not it.is_default)
    return by_hand or next(iter(others), None) or next(iter(methods), None)


async def _terms(site: Site, visit: Visit, one: SubscriptionView, method: MethodView | None) -> AgreementTerms:
    return await site.services.billing.renewal_terms(
        subscription_id=one.id, user_id=visit.who.user_id, method_id=method.id if method else None
    )


async def _pay(site: Site, visit: Visit, *, form: Form, status: int = 200) -> Response:
    how = await standing(site, visit)
    if how.unpaid is None or how.subscription is None:
        return see(visit.path(HERE))
    terms = await _terms(site, visit, how.subscription, None)
    methods = (await site.services.payments.methods(user_id=visit.who.user_id)).items
    return site.page(
        visit,
        "account/pay.html",
        status=status,
        form=form,
        how=how,
        unpaid=how.unpaid,
        terms=terms,
        methods=methods,
        policy=leaving(site),
    )


def _named(form: Form) -> SubscriptionId:
    return SubscriptionId(_id(form["subscription"]))


def _id(text: str) -> UUID:
    """An id that a form of ours names; no id at all is one that nothing has."""
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


PAGES = (
    Page(path=HERE, show=subscription, act=resume, is_personal=True),
    Page(path=f"{HERE}/cancel", show=cancel_page, act=cancel, is_personal=True),
    Page(path=f"{HERE}/method", show=method_page, act=choose_method, is_personal=True),
    Page(path=f"{HERE}/pay", show=pay_page, act=pay, is_personal=True),
    Page(path="/account/subscriptions/{subscription_id:uuid}/agreements", show=agreements, is_personal=True),
)
