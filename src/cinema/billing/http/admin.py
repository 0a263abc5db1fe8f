"""What staff see and do."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import Field

from cinema.billing.service.reading import Reader
from cinema.billing.service.refunds import Refunds
from cinema.contracts.enums import AccessEffect, OrderStatus, SubscriptionStatus
from cinema.contracts.ids import OrderId, UserId
from cinema.contracts.views.billing import (
    BalanceView,
    HistoryView,
    OrderDetails,
    OrderView,
    RefundView,
    SubscriptionView,
)
from cinema.kit.auth import Actor, actor_with
from cinema.kit.db import Database
from cinema.kit.http import Strict
from cinema.kit.idempotency import RequiredOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.money import EXPONENTS, Money
from cinema.kit.page import Page

Staff = Annotated[Actor, Depends(actor_with("admin", "finance", "support"))]
Finance = Annotated[Actor, Depends(actor_with("admin", "finance"))]

Currency = Annotated[str, Field(pattern="^(" + "|".join(EXPONENTS) + ")$")]


class AmountBody(Strict):
    """An amount in minor units."""

    minor: Annotated[int, Field(ge=1, le=10**12, strict=True)]
    currency: Currency


class StaffRefundBody(Strict):
    """How much goes back (all that is left when absent), what it does to access, and why."""

    amount: AmountBody | None = None
    access_effect: AccessEffect
    reason: Annotated[str, Field(min_length=1, max_length=500)]


def admin_routes(*, db: Database, reader: Reader, refunds: Refunds) -> APIRouter:
    router = APIRouter(prefix="/v1/admin", tags=["billing, staff"])
    _reading(router, reader)

    @router.post(
        "/orders/{order_id}/refunds",
        status_code=201,
        response_model=RefundView,
        name="admin.refunds.create",
        responses=created("admin.orders.get", order_id="/order_id"),
    )
    async def refund(order_id: UUID, body: StaffRefundBody, actor: Finance, once: RequiredOnce) -> Response:
        """Return all or a part of an order's money."""
        amount = Money(minor=body.amount.minor, currency=body.amount.currency) if body.amount else None
        work = partial(
            refunds.refund_any,
            staff_id=UserId(actor.user_id),
            order_id=OrderId(order_id),
            amount=amount,
            effect=body.access_effect,
            reason=body.reason,
        )
        return (await once.run(db, RefundView, work)).response()

    @router.get("/ledger", name="admin.ledger.list")
    async def balances(_: Finance) -> Page[BalanceView]:
        """The balances of the ledger."""
        return await reader.balances()

    return router


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

    @router.get("/orders/{order_id}", name="admin.orders.get")
    async def get_order(order_id: UUID, _: Staff) -> OrderDetails:
        """Any order, with its payment, refunds and receipts."""
        return await reader.order(order_id=OrderId(order_id), user_id=None)

    @router.get("/history/{entity_id}", name="admin.history.list")
    async def history(entity_id: UUID, _: Staff, cursor: CursorText = None, limit: Limit = 50) -> Page[HistoryView]:
        """Every change of one subscription, order or refund, oldest first: who, when, why, before and after."""
        return await reader.history(entity_id=entity_id, cursor=cursor, limit=limit)
