"""HTTP of payments: saved methods and their binding, notifications of providers, and an operator's lists."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from cinema.contracts.enums import PaymentStatus, RefundStatus, WebhookOutcome
from cinema.contracts.identity import UserNotFound
from cinema.contracts.ids import BindingId, MethodId, OrderId, UserId
from cinema.contracts.payments import MethodNotFound
from cinema.contracts.views.payments import BindingView, MethodView, PaymentRecord, RefundRecord, WebhookView
from cinema.kit.auth import Admin, CurrentActor
from cinema.kit.http import BodyTooLarge, Strict
from cinema.kit.idempotency import MaybeOnce, RequiredOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses
from cinema.kit.returning import ReturnUrl, ReturnUrlForbidden
from cinema.payments.domain.port import NotAllowed, NotificationInvalid
from cinema.payments.service.binding import BindingNotFound, BindingNotOffered, BindingsTooMany
from cinema.payments.service.intake import Intake, IntakeFull, ProviderUnknown, SenderForbidden
from cinema.payments.service.reading import Reader
from cinema.payments.service.wallet import WalletService

WEBHOOK_BYTES_MAX = 64_000
"""A longer notification is refused; the longest documented ones have a few thousand bytes."""

NOTIFICATION: dict[str, Any] = {
    "parameters": [
        {
            "name": "provider", "in": "path", "required": True,
            "description": "Which payment provider tells.", "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "description": "The notification as the provider documents it.", "required": True,
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}  # fmt: skip
"""What the description cannot see in a route that takes the request alone."""

STORED = Response(status_code=200)
"""The answer to a notification, always the same."""


class BindBody(Strict):
    """Where the owner of the card comes back to from the provider's page.

    Where ``{binding_id}`` stands in ``return_url``, the id of the binding is filled in.
    """

    return_url: ReturnUrl


def build_routes(*, reader: Reader, wallet: WalletService, intake: Intake) -> APIRouter:
    """All routes of payments."""
    router = APIRouter(tags=["payments"])
    _add_methods(router, reader, wallet)
    _add_bindings(router, wallet)
    _add_lists(router, reader)
    _add_webhooks(router, intake)
    return router


def _add_methods(router: APIRouter, reader: Reader, wallet: WalletService) -> None:
    @router.get("/v1/payment-methods", name="payment_methods.list")
    async def list_methods(actor: CurrentActor) -> Page[MethodView]:
        """Your saved payment methods, newest first; there is always one page."""
        return await reader.methods(user_id=UserId(actor.user_id))

    @router.delete(
        "/v1/payment-methods/{method_id}",
        response_model=MethodView,
        name="payment_methods.delete",
        responses=refuses(MethodNotFound),
    )
    async def remove_method(method_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Removes a saved method: it is never charged again. Answers with the method as it was."""
        done = await wallet.remove(once.intent, user_id=UserId(actor.user_id), method_id=MethodId(method_id))
        return once.response(done)

    @router.post(
        "/v1/payment-methods/{method_id}/default",
        response_model=MethodView,
        name="payment_methods.make_default",
        responses=refuses(MethodNotFound),
    )
    async def choose_method(method_id: UUID, actor: CurrentActor, once: MaybeOnce) -> Response:
        """Makes a saved method the one that later charges use."""
        done = await wallet.make_default(once.intent, user_id=UserId(actor.user_id), method_id=MethodId(method_id))
        return once.response(done)


def _add_bindings(router: APIRouter, wallet: WalletService) -> None:
    @router.post(
        "/v1/payment-methods",
        status_code=201,
        response_model=BindingView,
        name="payment_methods.bind",
        responses=created("payment_methods.binding", binding_id="/id")
        | refuses(BindingNotOffered, BindingsTooMany, NotAllowed, UserNotFound, return_url=ReturnUrlForbidden),
    )
    async def bind_method(body: BindBody, actor: CurrentActor, once: RequiredOnce) -> Response:
        """Saves a card without a purchase: answers where its owner gives it, within an hour.

        Nothing is agreed to by that; a subscription renews by it only where you choose so. While there is no
        ``confirmation_url``, the provider has not answered: ask for the binding again. A repeat under the same
        key answers how the binding stands by then.
        """
        done = await wallet.bind(once.intent, user_id=UserId(actor.user_id), return_url=body.return_url)
        return once.response(done)

    @router.get(
        "/v1/payment-method-bindings/{binding_id}",
        name="payment_methods.binding",
        responses=refuses(BindingNotFound),
    )
    async def get_binding(binding_id: UUID, actor: CurrentActor) -> BindingView:
        """How the saving of your card stands: who comes back from the provider's page asks here."""
        return await wallet.binding(user_id=UserId(actor.user_id), binding_id=BindingId(binding_id))


def _add_lists(router: APIRouter, reader: Reader) -> None:
    @router.get("/v1/admin/payments", name="admin.payments.list")
    async def list_payments(
        _admin: Admin,
        limit: Limit = 50,
        cursor: CursorText = None,
        status: PaymentStatus | None = None,
        user_id: UUID | None = None,
        order_id: UUID | None = None,
    ) -> Page[PaymentRecord]:
        """All payments, newest first."""
        return await reader.payments(
            status=status,
            user_id=UserId(user_id) if user_id else None,
            order_id=OrderId(order_id) if order_id else None,
            cursor=cursor,
            limit=limit,
        )

    @router.get("/v1/admin/payments/refunds", name="admin.payments.refunds")
    async def list_refunds(
        _admin: Admin,
        limit: Limit = 50,
        cursor: CursorText = None,
        status: RefundStatus | None = None,
        user_id: UUID | None = None,
        order_id: UUID | None = None,
    ) -> Page[RefundRecord]:
        """All money that goes or went back, newest first: how it stands at the provider, and what was refused why."""
        return await reader.refunds(
            status=status,
            user_id=UserId(user_id) if user_id else None,
            order_id=OrderId(order_id) if order_id else None,
            cursor=cursor,
            limit=limit,
        )

    @router.get("/v1/admin/webhooks", name="admin.webhooks.list")
    async def list_webhooks(
        _admin: Admin,
        limit: Limit = 50,
        cursor: CursorText = None,
        outcome: WebhookOutcome | None = None,
        waiting: Annotated[bool, Query(description="only those that are not handled yet")] = False,  # noqa: FBT002 - a query parameter
    ) -> Page[WebhookView]:
        """Notifications of payment providers, newest first, and what became of each."""
        return await reader.webhooks(outcome=outcome, waiting=waiting, cursor=cursor, limit=limit)


def _add_webhooks(router: APIRouter, intake: Intake) -> None:
    @router.post(
        "/v1/webhooks/{provider}",  # noqa: FAST003 - a plain route, the busiest door: FastAPI has nothing to do
        name="webhooks.receive", response_class=Response, openapi_extra=NOTIFICATION,
        responses=refuses(NotificationInvalid, ProviderUnknown, SenderForbidden, IntakeFull),
    )  # fmt: skip
    async def receive_webhook(request: Request) -> Response:
        """Takes a provider's notification: checked, stored raw, answered 200, handled later."""
        provider = request.path_params["provider"]
        address = request.client.host if request.client else ""
        intake.check_sender(provider=provider, address=address)
        body = await _body(request)
        await intake.take(provider=provider, address=address, body=body, headers=request.headers)
        return STORED


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > WEBHOOK_BYTES_MAX:
            raise BodyTooLarge(bytes_max=WEBHOOK_BYTES_MAX)
        parts.append(part)
    return b"".join(parts)
