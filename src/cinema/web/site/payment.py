"""The page that one comes back to from a payment: it waits for the truth, says it, and shows the way on.

While nobody knows what became of the money it neither says that it failed nor offers to pay once more.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cinema.contracts.enums import (
    GoodsKind,
    OrderKind,
    OrderStatus,
    PaymentStatus,
    RenewalReason,
    RenewalState,
    SubscriptionStatus,
)
from cinema.contracts.ids import OrderId
from cinema.contracts.views.billing import AgreementTerms, OrderDetails, OrderView, SubscriptionView
from cinema.contracts.views.catalog import FilmItem
from cinema.contracts.views.payments import PaymentView
from cinema.kit.errors import NotFound, Refusal
from cinema.web.forms import Form, read_form
from cinema.web.site.checkout import RENEW, SHOWN_AGAIN, UNSEEN
from cinema.web.site.leaving import leaving
from cinema.web.site.page import Page, Site, intent, see, told
from cinema.web.site.payment_pages import GO, next_of, payment_path, return_url, to_payment
from cinema.web.site.plans import RUNNING
from cinema.web.site.ways import Button
from cinema.web.visit import Visit, leads_inside

FILM_PAGE = re.compile(r"/films/([a-z0-9-]+)$")


class State(StrEnum):
    """What is known of a payment, as its payer reads it."""

    GOING = "going"
    """The provider's page is being prepared, and the payer will be led there."""

    WAITING = "waiting"
    """Nobody knows yet, or the payer has not finished."""

    OPENING = "opening"
    """The money is ours; what it bought opens in a moment."""

    DECLINED = "declined"
    PAID = "paid"
    REFUNDED = "refunded"
    CANCELED = "canceled"


WAITS = frozenset({State.GOING, State.WAITING, State.OPENING})
"""States that pass by themselves: the page asks again."""

FAILED = frozenset({PaymentStatus.DECLINED, PaymentStatus.CANCELED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """An order, what is known of its payment, and, where it is paid, what that opened."""

    state: State
    order: OrderView
    title: str
    payment_url: str | None
    reason: str
    money: str
    """What is said of the money of an order that is not paid."""
    terms: AgreementTerms | None
    is_renewal: bool
    lines: tuple[str, ...]
    watch: Button | None
    anew: str
    has_receipt: bool

    @property
    def waits(self) -> bool:
        return self.state in WAITS


async def show(site: Site, visit: Visit) -> Response:
    """What is known now; a script asks for the changed part alone."""
    outcome = await _outcome(site, visit, await _details(site, visit))
    if outcome.state is State.GOING and outcome.payment_url and not visit.is_htmx:
        return see(outcome.payment_url)
    return _page(site, visit, outcome, Form())


async def pay(site: Site, visit: Visit) -> Response:
    """Begins another payment of the same order after one that failed, and leads to it."""
    form, details = await read_form(visit.request), await _details(site, visit)
    order_id, renews = details.order.id, form.has(RENEW)
    try:
        done = await site.services.purchases.pay_again(
            intent(visit, form, f"pay {order_id} {renews}"),
            user_id=visit.who.user_id,
            order_id=order_id,
            return_url=return_url(site, visit),
            save_method=renews,
            version=(form["version"] or UNSEEN) if renews else None,
        )
    except NotFound:
        raise
    except Refusal as refusal:
        if refusal.code in SHOWN_AGAIN:
            outcome = await _outcome(site, visit, details)
            return _page(site, visit, outcome, Form(problem=told(visit, refusal)), status=refusal.status)
        return see(payment_path(visit, order_id))
    return await to_payment(site, visit, done.value.order)


async def give_up(site: Site, visit: Visit) -> Response:
    """Gives up an unpaid order, and goes on to where the viewer wanted to; one that was paid meanwhile is shown."""
    form, details = await read_form(visit.request), await _details(site, visit)
    order_id = details.order.id
    try:
        await site.services.purchases.cancel_order(
            intent(visit, form, f"cancel {order_id}"), user_id=visit.who.user_id, order_id=order_id
        )
    except NotFound:
        raise
    except Refusal:
        return see(payment_path(visit, order_id))
    return see(form["then"] if leads_inside(form["then"]) else payment_path(visit, order_id))


async def _details(site: Site, visit: Visit) -> OrderDetails:
    try:
        order_id = OrderId(UUID(visit.request.path_params["order"]))
    except ValueError:
        raise HTTPException(404) from None
    return await site.services.billing.order(order_id=order_id, user_id=visit.who.user_id)


async def _outcome(site: Site, visit: Visit, details: OrderDetails) -> Outcome:
    order, payment = details.order, details.payment
    state = _state(details, goes=GO in visit.request.query_params)
    subscription, film = await _bought(site, visit, order)
    is_paid, name = state is State.PAID, visit.text(order.title)
    return Outcome(
        state=state,
        order=order,
        title=visit.words("checkout-plan", name=name) if subscription else name,
        payment_url=payment.confirmation_url if payment and state in WAITS else None,
        reason=_reason(visit, payment.decline_reason) if payment and payment.decline_reason else "",
        money=_money(visit, payment),
        terms=await _terms(site, visit, subscription) if state is State.DECLINED else None,
        is_renewal=order.kind is OrderKind.RENEWAL,
        lines=await _opened(site, visit, order, subscription) if is_paid else (),
        watch=_watch(visit, film) if is_paid else None,
        anew=_anew(visit, order, subscription, film),
        has_receipt=bool(details.receipt_ids),
    )


def _state(details: OrderDetails, *, goes: bool) -> State:
    match details.order.status:
        case OrderStatus.PAID:
            return State.PAID
        case OrderStatus.PARTIALLY_REFUNDED | OrderStatus.REFUNDED:
            return State.REFUNDED
        case OrderStatus.CANCELED:
            return State.CANCELED
        case OrderStatus.OPEN:
            status = details.payment.status if details.payment else PaymentStatus.CREATED
            if status in FAILED:
                return State.DECLINED
            if status is PaymentStatus.SUCCEEDED:
                return State.OPENING
            return State.GOING if goes else State.WAITING


def _money(visit: Visit, payment: PaymentView | None) -> str:
    """Of an order that is given up: nothing was charged, it may yet be, or it is on its way back."""
    if payment is None or payment.status in FAILED:
        return visit.words("payment-nothing-charged")
    is_paid = payment.status is PaymentStatus.SUCCEEDED
    return visit.words("payment-goes-back") if is_paid else visit.words("payment-may-come")


def _reason(visit: Visit, reason: str) -> str:
    key = f"reason-payment-{reason}"
    return visit.words(key) if key in visit.words else visit.words("reason-unknown")


async def _bought(site: Site, visit: Visit, order: OrderView) -> tuple[SubscriptionView | None, FilmItem | None]:
    if order.subscription_id is not None:
        found = await site.services.billing.subscription(
            subscription_id=order.subscription_id, user_id=visit.who.user_id
        )
        return found, None
    if order.film_id is None:
        return None, None
    films = await site.services.catalog.items(film_ids=(order.film_id,), language=visit.language)
    return None, films.get(order.film_id)


async def _terms(site: Site, visit: Visit, subscription: SubscriptionView | None) -> AgreementTerms | None:
    """What a payer agrees to who wants the subscription renewed; None where that is nothing to ask."""
    if subscription is None or not subscription.price.minor:
        return None
    if subscription.status is SubscriptionStatus.ACTIVE and subscription.renewal is RenewalState.ON:
        return None
    return await site.services.billing.renewal_terms(
        subscription_id=subscription.id, user_id=visit.who.user_id, method_id=None
    )


async def _opened(site: Site, visit: Visit, order: OrderView, subscription: SubscriptionView | None) -> tuple[str, ...]:
    """What is open now, until when, and what is charged next."""
    t = visit.words
    if subscription is None:
        return (await _film_opened(site, visit, order),)
    if subscription.status not in RUNNING or subscription.period_end is None:
        return (t("payment-plan-over"),)
    until = visit.day(subscription.period_end)
    if subscription.period_start is not None and subscription.period_start > visit.now:
        return (t("payment-plan-ahead", start=visit.day(subscription.period_start), end=until),)
    return t("payment-plan-until", day=until), _next_charge(visit, subscription)


async def _film_opened(site: Site, visit: Visit, order: OrderView) -> str:
    t = visit.words
    if order.goods is GoodsKind.FILM_PURCHASE or order.film_id is None:
        return t("payment-film-for-good")
    answer = await site.services.playback.access(film_id=order.film_id, user_id=visit.who.user_id)
    ends = [one.ends_at for one in answer.grants if one.subscription_id is None]
    if not ends:
        return t("payment-film-over")
    return t("payment-film-until", day=visit.day(max(ends)), time=visit.wording.time(max(ends)))


def _next_charge(visit: Visit, subscription: SubscriptionView) -> str:
    t = visit.words
    if subscription.renews_at is None:
        is_lost = subscription.renewal_reason is RenewalReason.METHOD_NOT_SAVED
        return t("payment-not-saved") if is_lost else t("payment-no-charge")
    day, price = visit.day(subscription.renews_at), visit.wording.money(subscription.price)
    method = subscription.agreement.method_title if subscription.agreement else None
    if method is None:
        return t("payment-next-charge", day=day, price=price)
    return t("payment-next-charge-by", day=day, price=price, method=visit.text(method))


def _watch(visit: Visit, film: FilmItem | None) -> Button:
    """Plays what was bought, or the film that one came from; else leads to all films."""
    back = next_of(visit)
    page = FILM_PAGE.search(back)
    slug = film.slug if film else page[1] if page else None
    if slug is not None:
        return Button(text=visit.words("film-watch"), place=visit.path(f"/watch/{slug}"), sign="play")
    return Button(text=visit.words("payment-to-films"), place=back or visit.path("/films"), sign="film")


def _anew(visit: Visit, order: OrderView, subscription: SubscriptionView | None, film: FilmItem | None) -> str:
    """Where the same can be ordered once more."""
    if subscription is not None:
        return visit.path(f"/checkout?plan={subscription.plan}")
    return visit.path(f"/checkout?film={film.slug}&goods={order.goods}") if film else visit.path("/films")


def _page(site: Site, visit: Visit, outcome: Outcome, form: Form, *, status: int = 200) -> Response:
    template = "payment_state.html" if visit.is_htmx else "payment.html"
    return site.page(
        visit, template, status=status, policy=leaving(site), form=form, outcome=outcome, back=next_of(visit)
    )


PAGES = (
    Page(path="/orders/{order}/return", show=show, is_personal=True),
    Page(path="/orders/{order}/pay", act=pay, is_personal=True),
    Page(path="/orders/{order}/cancel", act=give_up, is_personal=True),
)
