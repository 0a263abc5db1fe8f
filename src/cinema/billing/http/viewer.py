"""What viewers do: choose, buy, cancel, take back."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from cinema.billing.domain.goods import FilmKind
from cinema.billing.service.canceling import Canceling
from cinema.billing.service.checkout import Checkout
from cinema.billing.service.reading import Reader
from cinema.billing.service.refunds import Refunds
from cinema.contracts.enums import OrderStatus, SubscriptionStatus
from cinema.contracts.ids import FilmId, OrderId, SubscriptionId, UserId
from cinema.contracts.views.billing import (
    CheckoutView,
    EntitlementView,
    OrderDetails,
    OrderView,
    PlanView,
    ReceiptView,
    RefundView,
    SubscriptionView,
)
from cinema.kit.auth import CurrentActor
from cinema.kit.db import Database
from cinema.kit.http import Strict
from cinema.kit.idempotency import MaybeOnce, RequiredOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page

CODE = r"^[a-z][a-z0-9-]{0,31}$"


class SubscribeBody(Strict):
    """Which plan, and where the payer comes back to."""

    plan: Annotated[str, Field(pattern=CODE)]
    return_url: Annotated[str, Field(min_length=8, max_length=2048)]


class FilmOrderBody(Strict):
    """Which film, for good or for a time, and where the payer comes back to."""

    goods: FilmKind
    film_id: UUID
    return_url: Annotated[str, Field(min_length=8, max_length=2048)]


TO_THE_PAGE: dict[str, Any] = {
    "description": "The payment provider's page.",
    "headers": {"Location": {"description": "Where the payer goes.", "schema": {"type": "string"}}},
    "content": {},
}


class RefundBody(Strict):
    """Why the money should go back."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


def viewer_routes(
    *,
    db: Database,
    reader: Reader,
    checkout: Checkout,
    canceling: Canceling,
    refunds: Refunds,
) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["billing"])
    _plans(router, db, reader, checkout)
    _subscriptions(router, db, reader, canceling)
    _orders(router, db, reader, checkout)
    _payments(router, db, checkout, refunds)
    _rights(router, reader)
    return router


def _plans(router: APIRouter, db: Database, reader: Reader, checkout: Checkout) -> None:
    @router.get("/plans", name="plans.list")
    async def list_plans() -> Page[PlanView]:
        """The plans on sale."""
        return await reader.plans()

    @router.post(
        "/subscriptions",
        status_code=201,
        response_model=CheckoutView,
        name="subscriptions.create",
        responses=created("subscriptions.get", subscription_id="/subscription/id"),
    )
    async def subscribe(body: SubscribeBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Buy a plan: answers the order and where to pay it."""
        buyer = await checkout.buyer(user_id=UserId(actor.user_id), return_url=body.return_url)
        work = partial(checkout.subscribe, buyer=buyer, plan_code=body.plan)
        return (await once.run(db, CheckoutView, work)).response()


def _subscriptions(router: APIRouter, db: Database, reader: Reader, canceling: Canceling) -> None:
    @router.get("/subscriptions", name="subscriptions.list")
    async def list_subscriptions(
        actor: CurrentActor,
        status: Annotated[SubscriptionStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 20,
    ) -> Page[SubscriptionView]:
        """Your subscriptions, newest first."""
        return await reader.subscriptions(user_id=UserId(actor.user_id), status=status, cursor=cursor, limit=limit)

    @router.get("/subscriptions/{subscription_id}", name="subscriptions.get")
    async def get_subscription(subscription_id: UUID, actor: CurrentActor) -> SubscriptionView:
        """One of your subscriptions."""
        return await reader.subscription(subscription_id=SubscriptionId(subscription_id), user_id=UserId(actor.user_id))

    @router.post(
        "/subscriptions/{subscription_id}/cancellation", response_model=SubscriptionView, name="subscriptions.cancel"
    )
    async def cancel(subscription_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Cancel at the end of the paid period."""
        its_id = SubscriptionId(subscription_id)
        work = partial(canceling.cancel, user_id=UserId(actor.user_id), subscription_id=its_id)
        return (await once.run(db, SubscriptionView, work)).response()

    @router.post(
        "/subscriptions/{subscription_id}/resumption", response_model=SubscriptionView, name="subscriptions.resume"
    )
    async def resume(subscription_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Undo a cancellation."""
        its_id = SubscriptionId(subscription_id)
        work = partial(canceling.resume, user_id=UserId(actor.user_id), subscription_id=its_id)
        return (await once.run(db, SubscriptionView, work)).response()


def _orders(router: APIRouter, db: Database, reader: Reader, checkout: Checkout) -> None:
    @router.get("/orders", name="orders.list")
    async def list_orders(
        actor: CurrentActor,
        status: Annotated[OrderStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 20,
    ) -> Page[OrderView]:
        """Your orders, newest first."""
        return await reader.orders(user_id=UserId(actor.user_id), status=status, cursor=cursor, limit=limit)

    @router.get("/orders/{order_id}", name="orders.get")
    async def get_order(order_id: UUID, actor: CurrentActor) -> OrderDetails:
        """One of your orders, with its payment, refunds and receipts."""
        return await reader.order(order_id=OrderId(order_id), user_id=UserId(actor.user_id))

    @router.post(
        "/orders",
        status_code=201,
        response_model=CheckoutView,
        name="orders.create",
        responses=created("orders.get", order_id="/order/id"),
    )
    async def order_film(body: FilmOrderBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Buy or rent a film: answers the order and where to pay it."""
        buyer = await checkout.buyer(user_id=UserId(actor.user_id), return_url=body.return_url)
        film = await checkout.film(FilmId(body.film_id))
        work = partial(checkout.order_film, buyer=buyer, film=film, kind=body.goods)
        return (await once.run(db, CheckoutView, work)).response()


def _payments(router: APIRouter, db: Database, checkout: Checkout, refunds: Refunds) -> None:
    @router.get(
        "/orders/{order_id}/payment", name="orders.payment_page", status_code=303, response_class=RedirectResponse,
        responses={303: TO_THE_PAGE},
    )  # fmt: skip
    async def payment_page(order_id: UUID, actor: CurrentActor) -> RedirectResponse:
        """Leads to the payment provider's page."""
        url = await checkout.payment_page(user_id=UserId(actor.user_id), order_id=OrderId(order_id))
        return RedirectResponse(url, status_code=303, headers={"Cache-Control": "no-store"})

    @router.post(
        "/orders/{order_id}/payment",
        status_code=201,
        response_model=CheckoutView,
        name="orders.pay",
        responses=created("orders.get", order_id="/order/id"),
    )
    async def pay_again(order_id: UUID, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Try again to pay an open order after a payment that failed."""
        work = partial(checkout.pay_again, user_id=UserId(actor.user_id), order_id=OrderId(order_id))
        return (await once.run(db, CheckoutView, work)).response()

    @router.post("/orders/{order_id}/cancellation", response_model=OrderView, name="orders.cancel")
    async def cancel_order(order_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Give up an unpaid order."""
        work = partial(checkout.cancel_order, user_id=UserId(actor.user_id), order_id=OrderId(order_id))
        return (await once.run(db, OrderView, work)).response()

    @router.post(
        "/orders/{order_id}/refunds",
        status_code=201,
        response_model=RefundView,
        name="refunds.create",
        responses=created("orders.get", order_id="/order_id"),
    )
    async def refund(order_id: UUID, body: RefundBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Take back a payment whole; what it gave ends when the money is back."""
        work = partial(
            refunds.refund_own, user_id=UserId(actor.user_id), order_id=OrderId(order_id), reason=body.reason
        )
        return (await once.run(db, RefundView, work)).response()


def _rights(router: APIRouter, reader: Reader) -> None:
    @router.get("/entitlements", name="entitlements.list")
    async def list_entitlements(
        actor: CurrentActor, cursor: CursorText = None, limit: Limit = 50
    ) -> Page[EntitlementView]:
        """Your rights to watch, newest first, those that are over too."""
        return await reader.entitlements(user_id=UserId(actor.user_id), cursor=cursor, limit=limit)

    @router.get("/receipts/{receipt_id}", name="receipts.get")
    async def get_receipt(receipt_id: UUID, actor: CurrentActor) -> ReceiptView:
        """One of your fiscal receipts."""
        return await reader.receipt(receipt_id=receipt_id, user_id=UserId(actor.user_id))
