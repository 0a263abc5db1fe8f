"""API v3 over HTTP, the part that a merchant's server talks to: https://yookassa.ru/developers/api"""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cinema.sandbox.yookassa.errors import ApiError, forbidden, invalid, not_found, unauthorized
from cinema.sandbox.yookassa.http import json_answer, read_body
from cinema.sandbox.yookassa.methods import create_binding, find_method
from cinema.sandbox.yookassa.payments import (
    cancel_payment,
    capture_payment,
    create_payment,
    find_payment,
)
from cinema.sandbox.yookassa.receipts import create_receipt
from cinema.sandbox.yookassa.refunds import create_refund, find_refund
from cinema.sandbox.yookassa.requests import (
    BindingBody,
    CancelBody,
    CaptureBody,
    ListQuery,
    PaymentBody,
    ReceiptRequestBody,
    RefundBody,
    parse_body,
    parse_query,
)
from cinema.sandbox.yookassa.shop import Shop
from cinema.sandbox.yookassa.store import KeptAnswer
from cinema.sandbox.yookassa.timers import KEY_LIFETIME, settle_due
from cinema.sandbox.yookassa.wire import binding_json, payment_json, receipt_json, refund_json

KEY_LENGTH_MAX = 64

Effect = Callable[[Request, bytes], dict[str, Any]]
Read = Callable[[Request], dict[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


class Api:
    """The routes of one shop. ``wake`` tells the courier that there may be something to deliver."""

    def __init__(self, shop: Shop, *, wake: Callable[[], None]) -> None:
        self._shop = shop
        self._wake = wake

    def routes(self) -> list[Route]:
        """Everything under ``/v3``."""
        post, get = self._post, self._get
        return [
            Route("/v3/payments", post(self._create_payment), methods=["POST"]),
            Route("/v3/payments", get(self._list_payments), methods=["GET"]),
            Route("/v3/payments/{id}", get(self._get_payment), methods=["GET"]),
            Route("/v3/payments/{id}/capture", post(self._capture), methods=["POST"]),
            Route("/v3/payments/{id}/cancel", post(self._cancel), methods=["POST"]),
            Route("/v3/refunds", post(self._create_refund), methods=["POST"]),
            Route("/v3/refunds", get(self._list_refunds), methods=["GET"]),
            Route("/v3/refunds/{id}", get(self._get_refund), methods=["GET"]),
            Route("/v3/receipts", post(self._create_receipt), methods=["POST"]),
            Route("/v3/receipts", get(self._list_receipts), methods=["GET"]),
            Route("/v3/receipts/{id}", get(self._get_receipt), methods=["GET"]),
            Route("/v3/payment_methods", post(self._create_method), methods=["POST"]),
            Route("/v3/payment_methods/{id}", get(self._get_method), methods=["GET"]),
            Route("/v3/me", get(self._get_me), methods=["GET"]),
            *(
                Route(path, get(_refuse_product), methods=["GET", "POST", "DELETE"])
                for product in ("invoices", "webhooks", "deals", "payouts", "personal_data", "sbp_banks")
                for path in (f"/v3/{product}", f"/v3/{product}/{{rest:path}}")
            ),
        ]

    def _get(self, read: Read) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            self._authenticate(request)
            settle_due(self._shop)
            self._wake()
            return json_answer(read(request))

        return endpoint

    def _post(self, effect: Effect) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            self._authenticate(request)
            raw = await read_body(request)
            if raw and request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return Response(status_code=415)
            key = _idempotence_key(request)
            settle_due(self._shop)
            answer = self._once(key, request=request, raw=raw, effect=effect)
            self._wake()
            return json_answer(answer)

        return endpoint

    def _once(self, key: str, *, request: Request, raw: bytes, effect: Effect) -> str:
        """Carries out a request once per key: the effect and its answer are kept in one transaction.

        A key belongs to the whole shop and, after a success, to one request; what was
        refused keeps no key.
        """
        shop = self._shop
        fingerprint = _fingerprint(request, raw)
        with shop.store.transaction():
            now = shop.now()
            kept = shop.store.kept_answer(key, since=now - KEY_LIFETIME)
            if kept is not None and kept.fingerprint != fingerprint:
                raise invalid("Idempotence key duplicated", parameter="Idempotence-Key")
            if kept is None:
                kept = KeptAnswer(
                    fingerprint=fingerprint,
                    answer=json.dumps(effect(request, raw), ensure_ascii=False),
                )
                shop.store.keep_answer(key, kept, now=now)
        return kept.answer

    def _authenticate(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            pair = b""
        settings = self._shop.settings
        right = f"{settings.shop_id}:{settings.secret_key}".encode()
        if scheme.lower() != "basic" or not hmac.compare_digest(pair, right):
            raise unauthorized()

    def _create_payment(self, _request: Request, raw: bytes) -> dict[str, Any]:
        return self._payment(create_payment(self._shop, parse_body(PaymentBody, raw)))

    def _list_payments(self, request: Request) -> dict[str, Any]:
        query = _query(request, "created_at", "captured_at", "payment_method", "status")
        page, cursor = self._shop.store.payments.page(query, now=self._shop.now())
        return _list([self._payment(payment) for payment in page], cursor)

    def _get_payment(self, request: Request) -> dict[str, Any]:
        return self._payment(find_payment(self._shop, request.path_params["id"]))

    def _capture(self, request: Request, raw: bytes) -> dict[str, Any]:
        return self._payment(capture_payment(self._shop, request.path_params["id"], parse_body(CaptureBody, raw)))

    def _cancel(self, request: Request, raw: bytes) -> dict[str, Any]:
        parse_body(CancelBody, raw)
        return self._payment(cancel_payment(self._shop, request.path_params["id"]))

    def _create_refund(self, _request: Request, raw: bytes) -> dict[str, Any]:
        return refund_json(create_refund(self._shop, parse_body(RefundBody, raw)))

    def _list_refunds(self, request: Request) -> dict[str, Any]:
        query = _query(request, "created_at", "payment_id", "status")
        page, cursor = self._shop.store.refunds.page(query, now=self._shop.now())
        return _list([refund_json(refund) for refund in page], cursor)

    def _get_refund(self, request: Request) -> dict[str, Any]:
        return refund_json(find_refund(self._shop, request.path_params["id"]))

    def _create_receipt(self, _request: Request, raw: bytes) -> dict[str, Any]:
        return receipt_json(create_receipt(self._shop, parse_body(ReceiptRequestBody, raw)))

    def _list_receipts(self, request: Request) -> dict[str, Any]:
        query = _query(request, "created_at", "payment_id", "refund_id", "status")
        if query.payment_id is not None and query.refund_id is not None:
            raise invalid("Only one of payment_id and refund_id may be given", parameter="refund_id")
        page, cursor = self._shop.store.receipts.page(query, now=self._shop.now())
        return _list([receipt_json(receipt) for receipt in page], cursor)

    def _get_receipt(self, request: Request) -> dict[str, Any]:
        receipt = self._shop.store.receipts.get(request.path_params["id"])
        if receipt is None:
            raise not_found("Receipt doesn't exist or access denied")
        return receipt_json(receipt)

    def _create_method(self, _request: Request, raw: bytes) -> dict[str, Any]:
        stored = create_binding(self._shop, parse_body(BindingBody, raw))
        return binding_json(stored, shop_id=self._shop.settings.shop_id)

    def _get_method(self, request: Request) -> dict[str, Any]:
        stored = find_method(self._shop, request.path_params["id"])
        return binding_json(stored, shop_id=self._shop.settings.shop_id)

    def _get_me(self, _request: Request) -> dict[str, Any]:
        settings = self._shop.settings
        return {
            "account_id": settings.shop_id,
            "status": "enabled",
            "test": True,
            "name": settings.shop_name,
            "fiscalization": {"enabled": self._shop.receipts_required, "provider": "avanpost"},
            "payment_methods": ["bank_card", "yoo_money"],
        }

    def _payment(self, payment: Any) -> dict[str, Any]:
        return payment_json(payment, shop_id=self._shop.settings.shop_id)


def _refuse_product(_request: Request) -> dict[str, Any]:
    raise forbidden("This product is not enabled for the shop, or needs a partner's OAuth token")


def _idempotence_key(request: Request) -> str:
    key = request.headers.get("idempotence-key", "")
    if not key:
        raise invalid("Idempotence key is empty", parameter="Idempotence-Key")
    if len(key) > KEY_LENGTH_MAX:
        raise invalid("Idempotence key is too long", parameter="Idempotence-Key")
    return key


def _fingerprint(request: Request, raw: bytes) -> str:
    """What makes two requests the same: the path and the body's meaning, not its spelling."""
    try:
        meaning = json.dumps(json.loads(raw or b"{}"), sort_keys=True)
    except ValueError as error:
        raise _bad_json() from error
    return hashlib.sha256(f"{request.url.path}\n{meaning}".encode()).hexdigest()


def _bad_json() -> ApiError:
    return invalid("Request body is not valid JSON")


def _query(request: Request, *allowed: str) -> ListQuery:
    return parse_query(dict(request.query_params), allowed=frozenset({"limit", "cursor", *allowed}))


def _list(items: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    return {"type": "list", "items": items, **({"next_cursor": cursor} if cursor else {})}
