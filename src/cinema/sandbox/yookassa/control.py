"""Controls for the person or the test behind the scenes: switches, plans, and a look inside.

No provider has these routes. There is no authentication: the stand-in listens on this
machine only.
"""

from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cinema.kit.money import Money
from cinema.sandbox.yookassa.domain import (
    PAYMENT_REASONS,
    REFUND_REASONS,
    Cancellation,
    Outcome,
    Payment,
    PaymentStatus,
    RefundStatus,
)
from cinema.sandbox.yookassa.errors import invalid, not_found
from cinema.sandbox.yookassa.faults import ON_WEBHOOKS, OPERATIONS, Fault, FaultKind
from cinema.sandbox.yookassa.http import json_answer, read_body
from cinema.sandbox.yookassa.methods import expire_card, find_method, revoke_method
from cinema.sandbox.yookassa.payments import end_payment, find_payment, finish_payment
from cinema.sandbox.yookassa.refunds import find_refund, settle_refund
from cinema.sandbox.yookassa.requests import ReturnUrl, parse_body
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.store import Delivery, Plan
from cinema.sandbox.yookassa.timers import settle_due
from cinema.sandbox.yookassa.wire import binding_json, moment_json, money_json, payment_json, refund_json

TIMES_MAX = 1_000_000
DELAY_MS_MAX = 120_000
COPIES_MAX = 50
PENDING_S_MAX = 400 * 24 * 3600
EVENTS = (
    "payment.waiting_for_capture",
    "payment.succeeded",
    "payment.canceled",
    "refund.succeeded",
    "payment_method.active",
)


class ControlBody(BaseModel):
    """Strict, so that a mistyped switch is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FaultBody(ControlBody):
    """``POST /control/faults``; the fields are those of `Fault`."""

    kind: FaultKind
    times: Annotated[int, Field(ge=1, le=TIMES_MAX)] | None = 1
    operation: str | None = None
    delay_ms: Annotated[int, Field(ge=0, le=DELAY_MS_MAX)] = 0
    copies: Annotated[int, Field(ge=1, le=COPIES_MAX)] = 1
    value: Annotated[str, StringConstraints(max_length=200)] | None = None
    probability_percent: Annotated[int, Field(ge=1, le=100)] = 100
    seed: int = 0


class OutcomeBody(ControlBody):
    """How the next ``times`` operations end: without a ``reason`` they succeed."""

    times: Annotated[int, Field(ge=1, le=TIMES_MAX)] = 1
    reason: str | None = None
    party: str | None = None
    pending_s: Annotated[int, Field(ge=0, le=PENDING_S_MAX)] = 0
    held: bool = False
    payment_method_id: str | None = None


class ResolutionBody(ControlBody):
    """The end of something that is held pending."""

    status: Literal["succeeded", "canceled"]
    reason: str = "general_decline"
    party: str | None = None


class WebhookUrlBody(ControlBody):
    """Where notifications go from now on; null for nowhere."""

    url: ReturnUrl | None


class ReceiptsBody(ControlBody):
    """Whether payments, part refunds and part captures are refused without a receipt from now on."""

    required: bool


class ReleaseBody(ControlBody):
    """Which withheld notifications leave now: those named, in this order, or all of them."""

    order: Literal["forward", "reverse"] = "forward"
    ids: list[str] | None = None


class Control:
    """Everything under ``/control``."""

    def __init__(self, shop: Shop, *, wake: Callable[[], None]) -> None:
        self._shop = shop
        self._wake = wake

    def routes(self) -> list[Route]:
        """Method and path of each control."""
        return [
            Route("/control/faults", self._get_faults, methods=["GET"]),
            Route("/control/faults", self._set_fault, methods=["POST"]),
            Route("/control/faults", self._clear_faults, methods=["DELETE"]),
            Route("/control/payments", self._get_payments, methods=["GET"]),
            Route("/control/payments/{id}/resolution", self._resolve_payment, methods=["POST"]),
            Route("/control/refunds", self._get_refunds, methods=["GET"]),
            *self._outcome_routes("refund", "/control/refunds/outcomes", self._plan_refunds),
            Route("/control/refunds/{id}/resolution", self._resolve_refund, methods=["POST"]),
            *self._outcome_routes("autopayment", "/control/autopayments/outcomes", self._plan_autopayments),
            Route("/control/payment-methods", self._get_methods, methods=["GET"]),
            Route("/control/payment-methods/{id}/revocation", self._revoke, methods=["POST"]),
            Route("/control/payment-methods/{id}/card-expiry", self._expire_card, methods=["POST"]),
            Route("/control/receipts", self._get_receipts, methods=["GET"]),
            Route("/control/receipts", self._set_receipts, methods=["PUT"]),
            Route("/control/webhooks", self._get_webhooks, methods=["GET"]),
            Route("/control/webhooks/url", self._set_webhook_url, methods=["PUT"]),
            Route("/control/webhooks/release", self._release, methods=["POST"]),
            Route("/control/webhooks/{id}/redelivery", self._redeliver, methods=["POST"]),
            Route("/control/state", self._forget, methods=["DELETE"]),
        ]

    def _outcome_routes(
        self, operation: str, path: str, plan: Callable[[Request], Awaitable[Response]]
    ) -> Iterator[Route]:
        """How the next operations of one kind end: planned, listed in the order they are used, and cleared."""

        async def get_planned(_request: Request) -> Response:
            return json_answer({"items": [_plan_json(each) for each in self._shop.store.plans(operation=operation)]})

        async def clear(_request: Request) -> Response:
            with self._shop.store.transaction():
                self._shop.store.clear_plans(operation=operation)
            return json_answer({})

        yield Route(path, get_planned, methods=["GET"])
        yield Route(path, plan, methods=["POST"])
        yield Route(path, clear, methods=["DELETE"])

    async def _get_faults(self, _request: Request) -> Response:
        return json_answer({"items": [_fault_json(fault) for fault in self._shop.switches.all()]})

    async def _set_fault(self, request: Request) -> Response:
        body = parse_body(FaultBody, await read_body(request))
        known = EVENTS if body.kind in ON_WEBHOOKS else OPERATIONS
        if body.operation is not None and body.operation not in known:
            raise invalid(f"One of {', '.join(known)}", parameter="operation")
        if body.kind is FaultKind.WEBHOOK_REORDER and (body.times is None or body.times == 1):
            raise invalid("Two or more notifications are needed for another order", parameter="times")
        return json_answer(_fault_json(self._shop.switches.set(**body.model_dump())))

    async def _clear_faults(self, _request: Request) -> Response:
        self._shop.switches.clear()
        return json_answer({})

    async def _get_payments(self, request: Request) -> Response:
        """All payments, the oldest first, counted by each value of each metadata key.

        ``?metadata.order_id=42`` narrows the list. ``captured`` is the sum of the succeeded ones.
        """
        settle_due(self._shop)
        wanted = {
            name.removeprefix("metadata."): value
            for name, value in request.query_params.items()
            if name.startswith("metadata.")
        }
        payments = [
            payment
            for payment in self._shop.store.payments.all()
            if all(payment.metadata.get(name) == value for name, value in wanted.items())
        ]
        by_metadata: dict[str, dict[str, list[Payment]]] = {}
        for payment in payments:
            for name, value in payment.metadata.items():
                by_metadata.setdefault(name, {}).setdefault(str(value), []).append(payment)
        return json_answer(
            {
                **self._count(payments),
                "by_metadata": {
                    name: {value: self._count(group) for value, group in groups.items()}
                    for name, groups in by_metadata.items()
                },
                "items": [payment_json(payment, shop_id=self._shop.settings.shop_id) for payment in payments],
            },
        )

    async def _resolve_payment(self, request: Request) -> Response:
        body = parse_body(ResolutionBody, await read_body(request))
        payment = find_payment(self._shop, request.path_params["id"])
        if payment.status is not PaymentStatus.PENDING or payment.attempt is None:
            raise invalid("The payment does not wait for its bank", parameter="status")
        with self._shop.store.transaction():
            if body.status == "succeeded":
                settled = finish_payment(self._shop, payment, payment.attempt)
            else:
                settled = end_payment(self._shop, payment, _cancellation(body.reason, body.party, refund=False))
        self._wake()
        return json_answer(payment_json(settled, shop_id=self._shop.settings.shop_id))

    async def _get_refunds(self, _request: Request) -> Response:
        settle_due(self._shop)
        items = [refund_json(refund) for refund in self._shop.store.refunds.all()]
        return json_answer({"total": len(items), "items": items})

    async def _plan_refunds(self, request: Request) -> Response:
        body = parse_body(OutcomeBody, await read_body(request))
        if body.payment_method_id is not None:
            raise invalid("A refund has no method to choose", parameter="payment_method_id")
        with self._shop.store.transaction():
            self._shop.store.plan_outcome(_outcome(body, refund=True), operation="refund", times=body.times)
        return json_answer({})

    async def _resolve_refund(self, request: Request) -> Response:
        body = parse_body(ResolutionBody, await read_body(request))
        refund = find_refund(self._shop, request.path_params["id"])
        if refund.status is not RefundStatus.PENDING:
            raise invalid("The refund is final", parameter="status")
        end = None if body.status == "succeeded" else _cancellation(body.reason, body.party, refund=True)
        with self._shop.store.transaction():
            settled = settle_refund(self._shop, refund, end)
        self._wake()
        return json_answer(refund_json(settled))

    async def _plan_autopayments(self, request: Request) -> Response:
        body = parse_body(OutcomeBody, await read_body(request))
        if body.payment_method_id is not None:
            find_method(self._shop, body.payment_method_id)
        with self._shop.store.transaction():
            self._shop.store.plan_outcome(
                _outcome(body, refund=False),
                operation="autopayment",
                times=body.times,
                method_id=body.payment_method_id,
            )
        return json_answer({})

    async def _get_methods(self, _request: Request) -> Response:
        items = [binding_json(each, shop_id=self._shop.settings.shop_id) for each in self._shop.store.methods.all()]
        return json_answer({"total": len(items), "items": items})

    async def _revoke(self, request: Request) -> Response:
        stored = find_method(self._shop, request.path_params["id"])
        with self._shop.store.transaction():
            revoked = revoke_method(self._shop, stored)
        return json_answer(binding_json(revoked, shop_id=self._shop.settings.shop_id))

    async def _expire_card(self, request: Request) -> Response:
        stored = find_method(self._shop, request.path_params["id"])
        with self._shop.store.transaction():
            expired = expire_card(self._shop, stored)
        return json_answer(binding_json(expired, shop_id=self._shop.settings.shop_id))

    async def _get_receipts(self, _request: Request) -> Response:
        return json_answer({"required": self._shop.receipts_required})

    async def _set_receipts(self, request: Request) -> Response:
        self._shop.receipts_required = parse_body(ReceiptsBody, await read_body(request)).required
        return json_answer({"required": self._shop.receipts_required})

    async def _get_webhooks(self, _request: Request) -> Response:
        items = [_delivery_json(delivery) for delivery in self._shop.store.deliveries()]
        return json_answer({"url": self._shop.webhook_url, "total": len(items), "items": items})

    async def _set_webhook_url(self, request: Request) -> Response:
        self._shop.webhook_url = parse_body(WebhookUrlBody, await read_body(request)).url
        return json_answer({"url": self._shop.webhook_url})

    async def _release(self, request: Request) -> Response:
        body = parse_body(ReleaseBody, await read_body(request))
        held = [
            delivery.id for delivery in self._shop.store.deliveries() if delivery.state in {"withheld", "reordered"}
        ]
        chosen = held if body.ids is None else body.ids
        if not set(chosen) <= set(held):
            raise invalid("Not a withheld notification", parameter="ids")
        with self._shop.store.transaction():
            self._shop.release(chosen if body.order == "forward" else chosen[::-1])
        self._wake()
        return json_answer({"released": len(chosen)})

    async def _redeliver(self, request: Request) -> Response:
        delivery = self._shop.store.delivery(request.path_params["id"])
        if delivery is None:
            raise not_found("There is no such notification")
        with self._shop.store.transaction():
            twin = self._shop.send_again(delivery)
        self._wake()
        return json_answer(_delivery_json(twin))

    async def _forget(self, _request: Request) -> Response:
        self._shop.store.forget_everything()
        self._shop.switches.clear()
        self._shop.receipts_required = self._shop.settings.receipts_required
        return json_answer({})

    def _count(self, payments: list[Payment]) -> dict[str, Any]:
        succeeded = [payment for payment in payments if payment.status is PaymentStatus.SUCCEEDED]
        captured = Money(minor=sum(each.amount.minor for each in succeeded), currency=self._shop.settings.currency)
        return {"total": len(payments), "succeeded": len(succeeded), "captured": money_json(captured)}


def _outcome(body: OutcomeBody, *, refund: bool) -> Outcome:
    return Outcome(
        cancellation=_cancellation(body.reason, body.party, refund=refund) if body.reason else None,
        pending_s=body.pending_s,
        held=body.held,
    )


def _cancellation(reason: str, party: str | None, *, refund: bool) -> Cancellation:
    if reason not in (REFUND_REASONS if refund else PAYMENT_REASONS):
        raise invalid("Not a documented reason", parameter="reason")
    usual = "refund_network" if refund else "payment_network"
    return Cancellation(party=party or ("yoo_money" if reason == "permission_revoked" else usual), reason=reason)


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "id": fault.id,
        "kind": fault.kind.value,
        "times": fault.times,
        "taken": fault.taken,
        "operation": fault.operation,
        "delay_ms": fault.delay_ms,
        "copies": fault.copies,
        "value": fault.value,
        "probability_percent": fault.probability_percent,
        "seed": fault.seed,
    }


def _plan_json(plan: Plan) -> dict[str, Any]:
    cancellation = plan.outcome.cancellation
    return {
        "times": plan.times_left,
        "reason": cancellation.reason if cancellation else None,
        "party": cancellation.party if cancellation else None,
        "pending_s": plan.outcome.pending_s,
        "held": plan.outcome.held,
        "payment_method_id": plan.method_id,
    }


def _delivery_json(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "event": delivery.event,
        "object_id": delivery.object_id,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "last_answer": delivery.last_answer,
        "created_at": moment_json(delivery.created_at),
        "due_at": moment_json(delivery.due_at),
    }
