"""What viewers do: choose, buy, cancel, take back."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import RedirectResponse, Response
from pydantic import Field

from cinema.billing.domain.agreement import AgreementOutdated
from cinema.billing.domain.checkout import AmountNotPayable, MethodNotSavable
from cinema.billing.domain.goods import FilmNotForSale, FilmOwned, FilmRented
from cinema.billing.domain.order import (
    OrderBeingPaid,
    OrderNotFound,
    OrderNotOpen,
    PaymentNotReady,
    PaymentWasDeclined,
    RefundNotFound,
)
from cinema.billing.domain.plan import PlanNotFound
from cinema.billing.domain.refund_policy import (
    FilmPlayed,
    LaterPeriodPaid,
    NothingToRefund,
    RefundNeedsStaff,
    RefundNotPossible,
    RefundTooLate,
)
from cinema.billing.domain.refunding import RefundChanged
from cinema.billing.domain.subscription import (
    AlreadyRenewing,
    AlreadySubscribed,
    ChargeUnderWay,
    CheckoutOpen,
    MethodNeeded,
    NotRunning,
    RefundUnderWay,
    SubscriptionNotFound,
)
from cinema.billing.http.amount import AmountBody
from cinema.billing.service.checkout import PaymentLinkOver
from cinema.billing.service.links import PATH
from cinema.billing.service.purchases import PurchaseService, SubscribingService
from cinema.billing.service.reading import Reader, ReceiptNotFound
from cinema.contracts.billing import FilmGoods
from cinema.contracts.catalog import FilmNotFound
from cinema.contracts.enums import OrderStatus, RefundState, SubscriptionStatus
from cinema.contracts.identity import UserNotFound
from cinema.contracts.ids import FilmId, MethodId, OrderId, RefundId, SubscriptionId, UserId
from cinema.contracts.payments import MethodNotFound
from cinema.contracts.views.billing import (
    AgreementTerms,
    AgreementView,
    CheckoutView,
    EntitlementView,
    OrderDetails,
    OrderView,
    PlanView,
    ReceiptView,
    RefundPreview,
    RefundView,
    SubscriptionView,
)
from cinema.kit.auth import CurrentActor
from cinema.kit.http import FREE_TEXT, Strict
from cinema.kit.idempotency import MaybeOnce, RequiredOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses
from cinema.kit.returning import ReturnUrl, ReturnUrlForbidden

CODE = r"^[a-z][a-z0-9-]{0,31}$"


Version = Annotated[str, Field(min_length=1, max_length=40)]


class SubscribeBody(Strict):
    """Which plan, where the payer comes back to, and whether it renews.

    With ``save_method`` the viewer agrees to the terms of the plan (`GET
    /v1/plans/{plan}/terms`): what they pay with is kept, and charged for each next period.
    ``agreement_version`` is the version that they were shown. Without, one period is bought.
    """

    plan: Annotated[str, Field(pattern=CODE)]
    return_url: ReturnUrl
    save_method: bool = False
    agreement_version: Version | None = None


class PayAgainBody(Strict):
    """Whether the subscription is to be renewed by what is paid with now, and where the payer comes back to."""

    save_method: bool = False
    agreement_version: Version | None = None
    return_url: ReturnUrl | None = None


class MethodBody(Strict):
    """By which saved method a subscription renews from now on; ``agreement_version`` of the terms that were shown."""

    method_id: UUID
    agreement_version: Version | None = None


class FilmOrderBody(Strict):
    """Which film, for good or for a time, and where the payer comes back to."""

    goods: FilmGoods
    film_id: UUID
    return_url: ReturnUrl


TO_THE_PAGE: dict[int | str, dict[str, Any]] = {
    303: {
        "description": "The payment provider's page.",
        "headers": {"Location": {"description": "Where the payer goes.", "schema": {"type": "string"}}},
    }
}


class RefundBody(Strict):
    """Why the money should go back, and how much is ``expected``: another amount is refused, and told."""

    reason: Annotated[str, Field(min_length=1, max_length=500), FREE_TEXT]
    expected: AmountBody | None = None


def viewer_routes(*, reader: Reader, purchases: PurchaseService, subscribing: SubscribingService) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["billing"])
    _plans(router, reader, purchases)
    _subscriptions(router, reader, subscribing)
    _consent(router, reader, subscribing)
    _orders(router, reader, purchases)
    _payments(router, purchases)
    _refunds(router, reader, purchases)
    _rights(router, reader)
    return router


def _plans(router: APIRouter, reader: Reader, purchases: PurchaseService) -> None:
    @router.get("/plans", name="plans.list")
    async def list_plans() -> Page[PlanView]:
        """The plans on sale."""
        return await reader.plans()

    @router.get("/plans/{plan}/terms", name="plans.terms", responses=refuses(plan=PlanNotFound))
    async def plan_terms(plan: Annotated[str, Path(pattern=CODE)]) -> AgreementTerms:
        """What a viewer agrees to who has the plan renewed."""
        return await reader.terms(plan=plan)

    @router.post(
        "/subscriptions",
        status_code=201,
        response_model=CheckoutView,
        name="subscriptions.create",
        responses=created("subscriptions.get", subscription_id="/subscription/id")
        | refuses(
            AgreementOutdated,
            AlreadySubscribed,
            CheckoutOpen,
            RefundUnderWay,
            ChargeUnderWay,
            AmountNotPayable,
            UserNotFound,
            plan=PlanNotFound,
            return_url=ReturnUrlForbidden,
            save_method=MethodNotSavable,
        ),
    )
    async def subscribe(body: SubscribeBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Buy a plan, or the next period of the one that runs: answers the order and where to pay it."""
        done = await purchases.subscribe(
            once.intent,
            user_id=UserId(actor.user_id),
            plan=body.plan,
            return_url=body.return_url,
            save_method=body.save_method,
            version=body.agreement_version,
        )
        return once.response(done)


def _subscriptions(router: APIRouter, reader: Reader, subscribing: SubscribingService) -> None:
    @router.get("/subscriptions", name="subscriptions.list")
    async def list_subscriptions(
        actor: CurrentActor,
        status: Annotated[SubscriptionStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 20,
    ) -> Page[SubscriptionView]:
        """Your subscriptions, newest first."""
        return await reader.subscriptions(user_id=UserId(actor.user_id), status=status, cursor=cursor, limit=limit)

    @router.get("/subscriptions/{subscription_id}", name="subscriptions.get", responses=refuses(SubscriptionNotFound))
    async def get_subscription(subscription_id: UUID, actor: CurrentActor) -> SubscriptionView:
        """One of your subscriptions."""
        return await reader.subscription(subscription_id=SubscriptionId(subscription_id), user_id=UserId(actor.user_id))

    @router.post(
        "/subscriptions/{subscription_id}/cancellation",
        response_model=SubscriptionView,
        name="subscriptions.cancel",
        responses=refuses(SubscriptionNotFound, NotRunning),
    )
    async def cancel(subscription_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Cancel at the end of the paid period."""
        done = await subscribing.cancel(
            once.intent, user_id=UserId(actor.user_id), subscription_id=SubscriptionId(subscription_id)
        )
        return once.response(done)

    @router.post(
        "/subscriptions/{subscription_id}/resumption",
        response_model=SubscriptionView,
        name="subscriptions.resume",
        responses=refuses(
            SubscriptionNotFound, NotRunning, AlreadyRenewing, RefundUnderWay, MethodNeeded, ChargeUnderWay
        ),
    )
    async def resume(subscription_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Undo a cancellation."""
        done = await subscribing.resume(
            once.intent, user_id=UserId(actor.user_id), subscription_id=SubscriptionId(subscription_id)
        )
        return once.response(done)


def _consent(router: APIRouter, reader: Reader, subscribing: SubscribingService) -> None:
    @router.put(
        "/subscriptions/{subscription_id}/payment-method",
        response_model=SubscriptionView,
        name="subscriptions.choose_method",
        responses=refuses(
            SubscriptionNotFound,
            AgreementOutdated,
            NotRunning,
            RefundUnderWay,
            ChargeUnderWay,
            UserNotFound,
            method_id=MethodNotFound,
        ),
    )
    async def choose_method(subscription_id: UUID, body: MethodBody, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Agree that the subscription renews by one of your saved payment methods."""
        done = await subscribing.choose_method(
            once.intent,
            user_id=UserId(actor.user_id),
            subscription_id=SubscriptionId(subscription_id),
            method_id=MethodId(body.method_id),
            version=body.agreement_version,
        )
        return once.response(done)

    @router.get(
        "/subscriptions/{subscription_id}/agreements",
        name="subscriptions.agreements",
        responses=refuses(SubscriptionNotFound),
    )
    async def list_agreements(
        subscription_id: UUID, actor: CurrentActor, cursor: CursorText = None, limit: Limit = 20
    ) -> Page[AgreementView]:
        """What you agreed to about one of your subscriptions, newest first."""
        return await reader.agreements(
            subscription_id=SubscriptionId(subscription_id),
            user_id=UserId(actor.user_id),
            cursor=cursor,
            limit=limit,
        )


def _orders(router: APIRouter, reader: Reader, purchases: PurchaseService) -> None:
    @router.get("/orders", name="orders.list")
    async def list_orders(
        actor: CurrentActor,
        status: Annotated[OrderStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 20,
    ) -> Page[OrderView]:
        """Your orders, newest first."""
        return await reader.orders(user_id=UserId(actor.user_id), status=status, cursor=cursor, limit=limit)

    @router.get("/orders/{order_id}", name="orders.get", responses=refuses(OrderNotFound))
    async def get_order(order_id: UUID, actor: CurrentActor) -> OrderDetails:
        """One of your orders, with its payment, refunds and receipts."""
        return await reader.order(order_id=OrderId(order_id), user_id=UserId(actor.user_id))

    @router.post(
        "/orders",
        status_code=201,
        response_model=CheckoutView,
        name="orders.create",
        responses=created("orders.get", order_id="/order/id")
        | refuses(
            FilmOwned,
            FilmRented,
            CheckoutOpen,
            AmountNotPayable,
            UserNotFound,
            film_id=FilmNotFound,
            goods=FilmNotForSale,
            return_url=ReturnUrlForbidden,
        ),
    )
    async def order_film(body: FilmOrderBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Buy or rent a film: answers the order and where to pay it."""
        done = await purchases.order_film(
            once.intent,
            user_id=UserId(actor.user_id),
            film_id=FilmId(body.film_id),
            goods=body.goods,
            return_url=body.return_url,
        )
        return once.response(done)


def _payments(router: APIRouter, purchases: PurchaseService) -> None:
    @router.get(
        PATH + "/{link}", name="payment_links.open", status_code=303, response_class=RedirectResponse,
        responses=TO_THE_PAGE
        | refuses(PaymentLinkOver, OrderNotFound, OrderNotOpen, PaymentWasDeclined, PaymentNotReady),
    )  # fmt: skip
    async def open_link(link: UUID) -> RedirectResponse:
        """Leads whoever has the link of an order to the payment provider's page, without signing in."""
        return RedirectResponse(await purchases.payment_page_by_link(link), status_code=303)

    @router.get(
        "/orders/{order_id}/payment", name="orders.payment_page", status_code=303, response_class=RedirectResponse,
        responses=TO_THE_PAGE | refuses(OrderNotFound, OrderNotOpen, PaymentWasDeclined, PaymentNotReady),
    )  # fmt: skip
    async def payment_page(order_id: UUID, actor: CurrentActor) -> RedirectResponse:
        """Leads to the payment provider's page."""
        url = await purchases.payment_page(user_id=UserId(actor.user_id), order_id=OrderId(order_id))
        return RedirectResponse(url, status_code=303)

    @router.post(
        "/orders/{order_id}/payment",
        status_code=201,
        response_model=CheckoutView,
        name="orders.pay",
        responses=created("orders.get", order_id="/order/id")
        | refuses(
            OrderNotFound,
            OrderNotOpen,
            OrderBeingPaid,
            AgreementOutdated,
            FilmOwned,
            FilmRented,
            AmountNotPayable,
            UserNotFound,
            save_method=MethodNotSavable,
            return_url=ReturnUrlForbidden,
        ),
    )
    async def pay_again(
        order_id: UUID, actor: CurrentActor, once: RequiredOnce, body: PayAgainBody | None = None
    ) -> Response:
        """Try again to pay an open order after a payment that failed."""
        wish = body or PayAgainBody()
        done = await purchases.pay_again(
            once.intent,
            user_id=UserId(actor.user_id),
            order_id=OrderId(order_id),
            return_url=wish.return_url,
            save_method=wish.save_method,
            version=wish.agreement_version,
        )
        return once.response(done)

    @router.post(
        "/orders/{order_id}/cancellation",
        response_model=OrderView,
        name="orders.cancel",
        responses=refuses(OrderNotFound, OrderNotOpen),
    )
    async def cancel_order(order_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Give up an unpaid order."""
        done = await purchases.cancel_order(once.intent, user_id=UserId(actor.user_id), order_id=OrderId(order_id))
        return once.response(done)


def _refunds(router: APIRouter, reader: Reader, purchases: PurchaseService) -> None:
    @router.get(
        "/orders/{order_id}/refund-preview",
        name="orders.refund_preview",
        responses=refuses(
            OrderNotFound,
            NothingToRefund,
            RefundTooLate,
            FilmPlayed,
            LaterPeriodPaid,
            RefundUnderWay,
            RefundNeedsStaff,
            RefundNotPossible,
        ),
    )
    async def preview(order_id: UUID, actor: CurrentActor) -> RefundPreview:
        """What you would get back of an order now, and what that does to your access."""
        return await purchases.refund_preview(user_id=UserId(actor.user_id), order_id=OrderId(order_id))

    @router.post(
        "/orders/{order_id}/refunds",
        status_code=201,
        response_model=RefundView,
        name="refunds.create",
        responses=created("refunds.get", refund_id="/id")
        | refuses(
            OrderNotFound,
            NothingToRefund,
            RefundTooLate,
            FilmPlayed,
            LaterPeriodPaid,
            RefundUnderWay,
            RefundNeedsStaff,
            RefundNotPossible,
            expected=RefundChanged,
        ),
    )
    async def refund(order_id: UUID, body: RefundBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Take a payment back, whole or the part that is not used; what it gave ends at once."""
        done = await purchases.refund(
            once.intent,
            user_id=UserId(actor.user_id),
            order_id=OrderId(order_id),
            reason=body.reason,
            expected=body.expected.money() if body.expected else None,
        )
        return once.response(done)

    @router.get("/refunds", name="refunds.list")
    async def list_refunds(
        actor: CurrentActor,
        status: Annotated[RefundState | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 20,
    ) -> Page[RefundView]:
        """Your refunds, newest first."""
        return await reader.refunds(
            user_id=UserId(actor.user_id), status=status, is_staff=False, cursor=cursor, limit=limit
        )

    @router.get("/refunds/{refund_id}", name="refunds.get", responses=refuses(RefundNotFound))
    async def get_refund(refund_id: UUID, actor: CurrentActor) -> RefundView:
        """One of your refunds."""
        return await reader.refund(refund_id=RefundId(refund_id), user_id=UserId(actor.user_id))


def _rights(router: APIRouter, reader: Reader) -> None:
    @router.get("/entitlements", name="entitlements.list")
    async def list_entitlements(
        actor: CurrentActor, cursor: CursorText = None, limit: Limit = 50
    ) -> Page[EntitlementView]:
        """Your rights to watch, newest first, those that are over too."""
        return await reader.entitlements(user_id=UserId(actor.user_id), cursor=cursor, limit=limit)

    @router.get("/receipts/{receipt_id}", name="receipts.get", responses=refuses(ReceiptNotFound))
    async def get_receipt(receipt_id: UUID, actor: CurrentActor) -> ReceiptView:
        """One of your fiscal receipts."""
        return await reader.receipt(receipt_id=receipt_id, user_id=UserId(actor.user_id))
