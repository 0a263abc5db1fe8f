"""What staff see and do."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from cinema.billing.domain.order import OrderNotFound, RefundNotFound
from cinema.billing.domain.refund_policy import NothingToRefund, RefundNotPossible
from cinema.billing.domain.refunding import RefundNotProposed, RefundTooLarge, SecondPersonNeeded
from cinema.billing.domain.subscription import SubscriptionNotFound
from cinema.billing.http.amount import AmountBody
from cinema.billing.service.reading import Reader
from cinema.billing.service.refunds import Refunds
from cinema.contracts.enums import AccessEffect, OrderStatus, RefundState, SubscriptionStatus
from cinema.contracts.identity import OwnAccount
from cinema.contracts.ids import OrderId, RefundId, SubscriptionId, UserId
from cinema.contracts.views.billing import (
    AgreementView,
    BalanceView,
    HistoryView,
    OrderDetails,
    OrderView,
    RefundView,
    SubscriptionView,
)
from cinema.kit.auth import Actor, actor_with
from cinema.kit.db import Database
from cinema.kit.http import FREE_TEXT, Strict
from cinema.kit.idempotency import MaybeOnce, RequiredOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses

Staff = Annotated[Actor, Depends(actor_with("admin", "finance", "support"))]
Finance = Annotated[Actor, Depends(actor_with("admin", "finance"))]


class StaffRefundBody(Strict):
    """How much goes back (all that is left when absent), what it does to access, and why."""

    amount: AmountBody | None = None
    access_effect: AccessEffect
    reason: Annotated[str, Field(min_length=1, max_length=500), FREE_TEXT]


class RejectionBody(Strict):
    """Why the refund is not made."""

    reason: Annotated[str, Field(min_length=1, max_length=500), FREE_TEXT]


def admin_routes(*, db: Database, reader: Reader, refunds: Refunds) -> APIRouter:
    router = APIRouter(prefix="/v1/admin", tags=["billing, staff"])
    _reading(router, reader)
    _decisions(router, db, refunds)

    @router.post(
        "/orders/{order_id}/refunds",
        status_code=201,
        response_model=RefundView,
        name="admin.refunds.create",
        responses=created("admin.refunds.get", refund_id="/id")
        | refuses(OrderNotFound, OwnAccount, NothingToRefund, RefundNotPossible, amount=RefundTooLarge),
    )
    async def refund(order_id: UUID, body: StaffRefundBody, actor: Finance, once: RequiredOnce) -> Response:
        """Return all or a part of an order's money; not of your own account.

        Above an amount that the cinema sets it is only proposed: a second person approves it.
        """
        its_id = OrderId(order_id)
        work = partial(
            refunds.refund_any,
            staff_id=UserId(actor.user_id),
            order_id=its_id,
            amount=body.amount.money() if body.amount else None,
            effect=body.access_effect,
            reason=body.reason,
            limits=await refunds.limits(its_id),
        )
        return once.response(await once.run(db, RefundView, work))

    @router.get("/ledger", name="admin.ledger.list")
    async def balances(_: Finance) -> Page[BalanceView]:
        """The balances of the ledger."""
        return await reader.balances()

    return router


def _decisions(router: APIRouter, db: Database, refunds: Refunds) -> None:
    @router.post(
        "/refunds/{refund_id}/approval",
        response_model=RefundView,
        name="admin.refunds.approve",
        responses=refuses(
            RefundNotFound,
            RefundNotProposed,
            OwnAccount,
            SecondPersonNeeded,
            OrderNotFound,
            NothingToRefund,
            RefundNotPossible,
            RefundTooLarge,
        ),
    )
    async def approve(refund_id: UUID, actor: Finance, once: RequiredOnce) -> Response:
        """Have a refund carried out that a colleague proposed."""
        its_id = RefundId(refund_id)
        work = partial(
            refunds.approve,
            staff_id=UserId(actor.user_id),
            refund_id=its_id,
            limits=await refunds.limits_of(its_id),
        )
        return once.response(await once.run(db, RefundView, work))

    @router.post(
        "/refunds/{refund_id}/rejection",
        response_model=RefundView,
        name="admin.refunds.reject",
        responses=refuses(RefundNotFound, RefundNotProposed, OwnAccount, SecondPersonNeeded),
    )
    async def reject(refund_id: UUID, body: RejectionBody, actor: Finance, once: MaybeOnce) -> Response:
        """Say no to a refund that a colleague proposed."""
        work = partial(
            refunds.reject, staff_id=UserId(actor.user_id), refund_id=RefundId(refund_id), reason=body.reason
        )
        return once.response(await once.run(db, RefundView, work))


def _reading(router: APIRouter, reader: Reader) -> None:
    @router.get("/subscriptions", name="admin.subscriptions.list")
    async def list_subscriptions(
        _: Staff,
        user_id: UUID | None = None,
        status: Annotated[SubscriptionStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[SubscriptionView]:
        """Subscriptions of everybody or of one user, newest first."""
        whose = UserId(user_id) if user_id else None
        return await reader.subscriptions(user_id=whose, status=status, cursor=cursor, limit=limit)

    @router.get("/orders", name="admin.orders.list")
    async def list_orders(
        _: Staff,
        user_id: UUID | None = None,
        status: Annotated[OrderStatus | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[OrderView]:
        """Orders of everybody or of one user, newest first."""
        whose = UserId(user_id) if user_id else None
        return await reader.orders(user_id=whose, status=status, cursor=cursor, limit=limit)

    @router.get("/orders/{order_id}", name="admin.orders.get", responses=refuses(OrderNotFound))
    async def get_order(order_id: UUID, _: Staff) -> OrderDetails:
        """Any order, with its payment, refunds and receipts."""
        return await reader.order(order_id=OrderId(order_id), user_id=None)

    @router.get(
        "/subscriptions/{subscription_id}", name="admin.subscriptions.get", responses=refuses(SubscriptionNotFound)
    )
    async def get_subscription(subscription_id: UUID, _: Staff) -> SubscriptionView:
        """Any subscription."""
        return await reader.subscription(subscription_id=SubscriptionId(subscription_id), user_id=None)

    @router.get(
        "/subscriptions/{subscription_id}/agreements",
        name="admin.subscriptions.agreements",
        responses=refuses(SubscriptionNotFound),
    )
    async def list_agreements(
        subscription_id: UUID, _: Staff, cursor: CursorText = None, limit: Limit = 50
    ) -> Page[AgreementView]:
        """What was agreed to about a subscription, newest first."""
        its_id = SubscriptionId(subscription_id)
        return await reader.agreements(subscription_id=its_id, user_id=None, cursor=cursor, limit=limit)

    @router.get("/refunds", name="admin.refunds.list")
    async def list_refunds(
        _: Staff,
        user_id: UUID | None = None,
        status: Annotated[RefundState | None, Query()] = None,
        cursor: CursorText = None,
        limit: Limit = 50,
    ) -> Page[RefundView]:
        """Refunds of everybody or of one user, newest first; with the status ``proposed`` those that wait for you."""
        whose = UserId(user_id) if user_id else None
        return await reader.refunds(user_id=whose, status=status, is_staff=True, cursor=cursor, limit=limit)

    @router.get("/refunds/{refund_id}", name="admin.refunds.get", responses=refuses(RefundNotFound))
    async def get_refund(refund_id: UUID, _: Staff) -> RefundView:
        """Any refund."""
        return await reader.refund(refund_id=RefundId(refund_id), user_id=None)

    @router.get("/history/{entity_id}", name="admin.history.list")
    async def history(entity_id: UUID, _: Staff, cursor: CursorText = None, limit: Limit = 50) -> Page[HistoryView]:
        """Every change of one subscription, order or refund, oldest first: who, when, why, before and after."""
        return await reader.history(entity_id=entity_id, cursor=cursor, limit=limit)
