"""Checkout: what is bought, how it is paid, and how much, on one page; its button makes the order."""

from starlette.responses import Response

from cinema.contracts.enums import GoodsKind
from cinema.contracts.views.billing import CheckoutView
from cinema.kit.errors import Invalid, NotFound, Refusal
from cinema.kit.intent import Done
from cinema.web.forms import Form, read_form
from cinema.web.site.choosing import Choice, Wanted, choice, wanted
from cinema.web.site.leaving import leaving
from cinema.web.site.obstacles import Obstacle, obstacle
from cinema.web.site.page import Page, Site, intent, see, told
from cinema.web.site.payment_pages import next_of, payment_path, return_url, to_payment
from cinema.web.site.plans import film_count, posters
from cinema.web.visit import Visit

RENEW = "renew"
"""The box by which a buyer agrees that a subscription renews."""

UNSEEN = "unseen"
"""The version of terms that somebody agrees to whose form does not say which: none that holds."""

SHOWN_AGAIN = frozenset({"agreement-outdated", "payment-method-not-savable", "idempotency-key-reused"})
"""Refusals after which the same page may be sent once more."""


async def show(site: Site, visit: Visit) -> Response:
    """What would be bought; an order of it that waits for its payment is gone on with."""
    found = await wanted(site, visit, choice(visit))
    if isinstance(found, Obstacle):
        return _obstacle_page(site, visit, found, status=200)
    if found.order_id is not None:
        return see(payment_path(visit, found.order_id))
    return await _page(site, visit, found, Form())


async def act(site: Site, visit: Visit) -> Response:
    """Makes the order, once however often the form is sent, and leads to where it is paid."""
    form, chosen = await read_form(visit.request), choice(visit)
    try:
        done = await _order(site, visit, chosen, form)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _refused(site, visit, chosen, refusal)
    return await to_payment(site, visit, done.value.order)


async def _order(site: Site, visit: Visit, chosen: Choice, form: Form) -> Done[CheckoutView]:
    purchases, user_id = site.services.purchases, visit.who.user_id
    if chosen.goods is GoodsKind.PLAN_PERIOD:
        renews = form.has(RENEW)
        return await purchases.subscribe(
            intent(visit, form, f"buy plan {chosen.plan} {renews}"),
            user_id=user_id,
            plan=chosen.plan,
            return_url=return_url(site, visit),
            save_method=renews,
            version=(form["version"] or UNSEEN) if renews else None,
        )
    card = await site.services.catalog.card(film=chosen.film, language=visit.language)
    return await purchases.order_film(
        intent(visit, form, f"buy film {chosen.film} {chosen.goods}"),
        user_id=user_id,
        film_id=card.id,
        goods=chosen.goods,
        return_url=return_url(site, visit),
    )


async def _refused(site: Site, visit: Visit, chosen: Choice, refusal: Refusal) -> Response:
    if refusal.code not in SHOWN_AGAIN:
        return _obstacle_page(site, visit, await obstacle(site, visit, refusal), status=refusal.status)
    found = await wanted(site, visit, chosen)
    if isinstance(found, Obstacle):
        return _obstacle_page(site, visit, found, status=refusal.status)
    return await _page(site, visit, found, Form(problem=told(visit, refusal)), status=Invalid.status)


async def _page(site: Site, visit: Visit, found: Wanted, form: Form, *, status: int = 200) -> Response:
    return site.page(
        visit,
        "checkout.html",
        status=status,
        policy=leaving(site),
        form=form,
        wanted=found,
        film_count=0 if found.film else await film_count(site),
        posters=() if found.film else await posters(site, visit),
        back=next_of(visit) or visit.path("/plans"),
    )


def _obstacle_page(site: Site, visit: Visit, found: Obstacle, *, status: int) -> Response:
    back = next_of(visit) or visit.path("/plans")
    return site.page(visit, "obstacle.html", status=status, policy=leaving(site), obstacle=found, back=back)


PAGES = (Page(path="/checkout", show=show, act=act, is_personal=True),)
