"""YooKassa API v3: https://yookassa.ru/developers/api

Basic authentication with shop id and secret key, JSON, ``Idempotence-Key`` on every
POST. Success is 200 and nothing else. Notifications have no signature: their senders'
networks are known, and nothing in them counts until it is read from the API.
"""

import re
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache, partial
from typing import TypeVar

import structlog
from pydantic import BaseModel, ValidationError

from cinema.contracts.ids import PaymentId, RefundId
from cinema.kit.client import Answer as HttpAnswer
from cinema.kit.client import HttpClient, NoAnswer
from cinema.kit.hosts import is_within
from cinema.payments.domain.capabilities import Capabilities
from cinema.payments.domain.decline import DeclineReason
from cinema.payments.domain.port import (
    Answer,
    BindingAnswer,
    BindingOrder,
    ChargeOrder,
    NotAllowed,
    Notification,
    NotificationInvalid,
    ReceiptAnswer,
    ReceiptOrder,
    RefundAnswer,
    RefundOrder,
    Rejected,
    Sealed,
    Seen,
    SeenBinding,
    SeenReceipt,
    SeenRefund,
    TooBusy,
    Unknown,
)
from cinema.payments.providers.yookassa.answers import (
    BindingBody,
    ErrorBody,
    ListBody,
    NotificationBody,
    PaymentBody,
    PaymentNotificationBody,
    ReceiptBody,
    RefundBody,
    Untrusted,
    is_closing,
    moment,
    read,
    seen_binding,
    seen_payment,
    seen_receipt,
    seen_refund,
)
from cinema.payments.providers.yookassa.reasons import Meaning, meaning
from cinema.payments.providers.yookassa.requests import binding_body, charge_body, receipt_body, refund_body
from cinema.payments.providers.yookassa.settings import YookassaSettings

PAGE = 100
PAGES_MAX = 200
"""A list that is longer is not read to its end: `NoAnswer`."""

OBJECT_ID = re.compile(r"[!-~]{1,100}")
"""Payments and refunds have 36 characters, receipts 39, others a few more."""

SENDERS = 256
"""Of how many addresses it is remembered whether they may send notifications."""

KEY_HEADER = "Idempotence-Key"

CARD_REFUND_AGE = timedelta(days=450)
"""A refund of an older payment by card may be canceled with ``payment_expired``, which is promised for 15 months."""

CAPABILITIES = Capabilities(
    currencies=frozenset({"RUB", "EUR", "USD", "KZT", "BYN", "UAH", "UZS", "TRY", "INR", "MDL", "AZN", "AMD"}),
    charge_minimum=1,
    charge_maximum=350_000,  # by card; other methods take less or more
    saved_kinds=frozenset({"bank_card", "mir_pay", "sberbank", "sbp", "tinkoff_bank", "yoo_money"}),
    binds_methods=True,
    refunds_partially=True,
    refund_minimum=1,
    refund_rest_above=1,
    refund_age=timedelta(days=3 * 365),
    refund_ages={
        "bank_card": CARD_REFUND_AGE,
        "mir_pay": CARD_REFUND_AGE,
        "sberbank": timedelta(days=365),
        "b2b_sberbank": timedelta(0),
        "cash": timedelta(0),
    },
    sends_receipts=True,
    notifies=True,
    key_lifetime=timedelta(hours=24),
)

B = TypeVar("B", bound=BaseModel)

log = structlog.get_logger()


class Yookassa:
    """One shop at YooKassa."""

    name = "yookassa"
    capabilities = CAPABILITIES

    def __init__(self, *, settings: YookassaSettings, client: HttpClient | None = None) -> None:
        self.account = settings.shop_id
        self.is_test = settings.is_test
        self._hosts = settings.confirmation_hosts
        self._admitted = lru_cache(SENDERS)(partial(is_within, settings.networks))
        self._client = client or HttpClient(
            base_url=settings.base_url, auth=(settings.shop_id, settings.secret_key.get_secret_value())
        )

    def write_charge(self, order: ChargeOrder) -> bytes:
        return charge_body(order)

    def write_refund(self, order: RefundOrder) -> bytes:
        return refund_body(order)

    def write_binding(self, order: BindingOrder) -> bytes:
        return binding_body(order)

    async def charge(self, sealed: Sealed) -> Answer:
        return self._payment(await self._post("/payments", key=sealed.key, body=sealed.body))

    async def read(self, provider_payment_id: str) -> Answer:
        answer = self._payment(await self._client.send("GET", f"/payments/{provider_payment_id}"))
        if isinstance(answer, Seen) and answer.provider_payment_id != provider_payment_id:
            return Unknown(detail="the answer is about another payment")
        return answer

    async def look_up(self, *, payment_id: PaymentId, since: datetime, until: datetime) -> Seen | Unknown | None:
        """There is no filter by ``metadata``: the window is read to its end."""
        async for body in self._pages("/payments", ListBody[PaymentBody], since=since, until=until, more={}):
            for item in body.items:
                if (item.metadata or {}).get("payment_id") == str(payment_id):
                    try:
                        return seen_payment(item, hosts=self._hosts)
                    except Untrusted as doubt:
                        return _doubted(doubt)
        return None

    async def capture(self, *, provider_payment_id: str, key: str) -> Answer:
        return self._payment(await self._post(f"/payments/{provider_payment_id}/capture", key=key, body=b"{}"))

    async def cancel(self, *, provider_payment_id: str, key: str) -> Answer:
        return self._payment(await self._post(f"/payments/{provider_payment_id}/cancel", key=key, body=b"{}"))

    async def refund(self, sealed: Sealed) -> RefundAnswer:
        return self._refund(await self._post("/refunds", key=sealed.key, body=sealed.body))

    async def read_refund(self, provider_refund_id: str) -> RefundAnswer:
        answer = self._refund(await self._client.send("GET", f"/refunds/{provider_refund_id}"))
        if isinstance(answer, SeenRefund) and answer.provider_refund_id != provider_refund_id:
            return Unknown(detail="the answer is about another refund")
        return answer

    async def look_up_refund(
        self, *, refund_id: RefundId, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenRefund | Unknown | None:
        more = {"payment_id": provider_payment_id}
        async for body in self._pages("/refunds", ListBody[RefundBody], since=since, until=until, more=more):
            for item in body.items:
                if (item.metadata or {}).get("refund_id") == str(refund_id):
                    try:
                        return seen_refund(item)
                    except Untrusted as doubt:
                        return _doubted(doubt)
        return None

    async def bind(self, sealed: Sealed) -> BindingAnswer:
        return self._binding(await self._post("/payment_methods", key=sealed.key, body=sealed.body))

    async def read_binding(self, provider_method_id: str) -> BindingAnswer:
        answer = self._binding(await self._client.send("GET", f"/payment_methods/{provider_method_id}"))
        if isinstance(answer, SeenBinding) and answer.provider_method_id != provider_method_id:
            return Unknown(detail="the answer is about another method")
        return answer

    def write_receipt(self, order: ReceiptOrder) -> bytes:
        return receipt_body(order)

    async def send_receipt(self, sealed: Sealed) -> ReceiptAnswer:
        return self._receipt(await self._post("/receipts", key=sealed.key, body=sealed.body))

    async def read_receipt(self, provider_receipt_id: str) -> ReceiptAnswer:
        answer = self._receipt(await self._client.send("GET", f"/receipts/{provider_receipt_id}"))
        if isinstance(answer, SeenReceipt) and answer.provider_receipt_id != provider_receipt_id:
            return Unknown(detail="the answer is about another receipt")
        return answer

    async def look_up_receipt(
        self, *, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenReceipt | Unknown | None:
        """Receipts have no ``metadata``: the closing one is known by how it is settled."""
        more = {"payment_id": provider_payment_id}
        async for body in self._pages("/receipts", ListBody[ReceiptBody], since=since, until=until, more=more):
            for item in body.items:
                if is_closing(item):
                    try:
                        return seen_receipt(item)
                    except Untrusted as doubt:
                        return _doubted(doubt)
        return None

    async def list_payments(self, *, since: datetime, until: datetime) -> tuple[Seen, ...]:
        found: list[Seen] = []
        async for body in self._pages("/payments", ListBody[PaymentBody], since=since, until=until, more={}):
            try:
                found += [seen_payment(item, hosts=self._hosts) for item in body.items]
            except Untrusted as doubt:
                raise NoAnswer(str(doubt)) from doubt
        return tuple(found)

    def admits(self, address: str) -> bool:
        return self._admitted(address)

    def parse_notification(self, *, body: bytes, headers: Mapping[str, str]) -> Notification:  # noqa: ARG002 - the port's
        """Reads a notification; those about objects that we do not use have no claim."""
        try:
            return self._of_payment(body) or self._of_anything_else(body)
        except (ValidationError, Untrusted, KeyError) as error:
            raise NotificationInvalid from error

    def _of_payment(self, body: bytes) -> Notification | None:
        """In one pass, as nearly all are about payments; None for what is not a notification of one."""
        try:
            message = PaymentNotificationBody.model_validate_json(body)
        except ValidationError:
            return None
        claim = seen_payment(message.object, hosts=self._hosts)
        return Notification(event=message.event, object_id=message.object.id, claim=claim)

    def _of_anything_else(self, body: bytes) -> Notification:
        message = NotificationBody.model_validate_json(body)
        kind = message.event.partition(".")[0]
        if kind == "payment":
            raise Untrusted("the payment is malformed")
        claim: SeenRefund | SeenBinding | None = None
        if kind == "refund":
            claim = seen_refund(RefundBody.model_validate(message.object))
        elif kind == "payment_method":
            claim = seen_binding(BindingBody.model_validate(message.object), hosts=self._hosts)
        object_id = message.object["id"]
        if not isinstance(object_id, str) or not OBJECT_ID.fullmatch(object_id):
            raise Untrusted("the object has no id")
        return Notification(event=message.event, object_id=object_id, claim=claim)

    async def close(self) -> None:
        await self._client.close()

    async def _post(self, path: str, *, key: str, body: bytes) -> HttpAnswer:
        headers = {KEY_HEADER: key, "Content-Type": "application/json"}
        return await self._client.send("POST", path, content=body, headers=headers)

    def _payment(self, answer: HttpAnswer) -> Answer:
        trouble = _trouble(answer)
        if trouble is not None:
            return trouble
        try:
            return seen_payment(read(PaymentBody, answer.body), hosts=self._hosts)
        except Untrusted as doubt:
            return _doubted(doubt)

    def _refund(self, answer: HttpAnswer) -> RefundAnswer:
        trouble = _trouble(answer)
        if trouble is not None:
            return trouble
        try:
            return seen_refund(read(RefundBody, answer.body))
        except Untrusted as doubt:
            return _doubted(doubt)

    def _receipt(self, answer: HttpAnswer) -> ReceiptAnswer:
        trouble = _trouble(answer)
        if trouble is not None:
            return trouble
        try:
            return seen_receipt(read(ReceiptBody, answer.body))
        except Untrusted as doubt:
            return _doubted(doubt)

    def _binding(self, answer: HttpAnswer) -> BindingAnswer:
        trouble = _trouble(answer)
        if trouble is not None:
            return trouble
        try:
            return seen_binding(read(BindingBody, answer.body), hosts=self._hosts)
        except Untrusted as doubt:
            return _doubted(doubt)

    async def _pages(
        self, path: str, model: type[B], *, since: datetime, until: datetime, more: Mapping[str, str]
    ) -> AsyncIterator[B]:
        """The pages of a list, newest first. Raises `Unavailable` rather than leave one out."""
        query = {"created_at.gte": moment(since), "created_at.lt": moment(until), "limit": str(PAGE), **more}
        for _ in range(PAGES_MAX):
            answer = await self._client.send("GET", path, query=query)
            trouble = _trouble(answer)
            if trouble is not None:
                raise NoAnswer(f"{path}: {trouble}")
            try:
                body = read(model, answer.body)
            except Untrusted as doubt:
                raise NoAnswer(f"{path}: {doubt}") from doubt
            yield body
            cursor = getattr(body, "next_cursor", None)
            if cursor is None:
                return
            query["cursor"] = cursor
        raise NoAnswer(f"{path} has more than {PAGES_MAX} pages")


def _trouble(answer: HttpAnswer) -> Rejected | Unknown | None:
    """What an answer says that is not 200, None for 200. Raises `NotAllowed` or `TooBusy`."""
    match meaning(answer.status):
        case Meaning.DONE:
            return None
        case Meaning.REJECTED:
            return _rejected(answer)
        case Meaning.NOT_ALLOWED:
            raise _not_allowed(answer)
        case Meaning.TOO_BUSY:
            raise TooBusy
        case _:
            return Unknown(detail=f"the answer has status {answer.status}")


def _rejected(answer: HttpAnswer) -> Rejected:
    """A refusal with its code and parameter; the text is for people and not looked at."""
    try:
        error = read(ErrorBody, answer.body)
    except Untrusted:
        return Rejected(code=f"http_{answer.status}")
    is_about_method = error.parameter == "payment_method_id"
    return Rejected(
        code=error.code,
        parameter=error.parameter,
        decline=DeclineReason.METHOD_UNKNOWN if is_about_method else None,
    )


def _not_allowed(answer: HttpAnswer) -> NotAllowed:
    """Wrong credentials or a feature that the shop lacks: somebody has to see to it."""
    rejected = _rejected(answer)
    log.error("yookassa.not_allowed", status=answer.status, code=rejected.code, parameter=rejected.parameter)
    return NotAllowed(f"status {answer.status}, code {rejected.code}")


def _doubted(doubt: Untrusted) -> Unknown:
    log.error("yookassa.answer_untrusted", detail=str(doubt))
    return Unknown(detail=str(doubt))
