"""What YooKassa sends to us: objects of API v3, read strictly and believed later.

A field that we use must be there and of its type, or the whole object counts for
nothing (`Untrusted`). Fields and method types that we do not know are passed over, as
the documentation demands.
"""

from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from cinema.contracts.enums import ReceiptStatus, RefundStatus
from cinema.contracts.methods import method_title
from cinema.kit.money import Money, parse_money
from cinema.payments.domain.decline import CancelReason
from cinema.payments.domain.port import (
    ActionRequired,
    Bound,
    Canceled,
    Declined,
    Held,
    Instrument,
    NotBound,
    Pending,
    Seen,
    SeenBinding,
    SeenReceipt,
    SeenRefund,
    State,
    Succeeded,
)
from cinema.payments.providers.yookassa.reasons import payment_reason, refund_reason
from cinema.payments.providers.yookassa.requests import BINDING_ID, PAYMENT_ID, PREPAYMENT, REFUND_ID

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
URL_MAX = 2048
MIR_PAY = "mir_pay"
"""The source of a card that is a kind of method by itself."""

Id = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{36}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")]
Moment = Annotated[AwareDatetime, Field(strict=False)]
T = TypeVar("T")


class Untrusted(Exception):
    """An object that cannot be what it claims to be."""


class Body(BaseModel):
    """Strict about what we use, silent about the rest."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class AmountBody(Body):
    value: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class RecipientBody(Body):
    account_id: Word


class ConfirmationBody(Body):
    type: Word
    confirmation_url: Annotated[str, StringConstraints(max_length=URL_MAX)] | None = None


class CardBody(Body):
    last4: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    expiry_year: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    expiry_month: Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])$")]
    source: Word | None = None


class MethodBody(Body):
    """A method. Its ``title`` is not read: it is made here of what it is, in words that we have in both languages."""

    type: Word
    id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,128}$")]
    saved: bool
    card: CardBody | None = None
    account_number: Annotated[str, StringConstraints(pattern=r"^[0-9]{11,33}$")] | None = None


class HolderBody(Body):
    account_id: Word


class BindingBody(MethodBody):
    """A method as ``/payment_methods`` shows it; its id is asked for in an address."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    status: Word
    holder: HolderBody
    metadata: dict[str, str | None] | None = None
    confirmation: ConfirmationBody | None = None


class CancellationBody(Body):
    party: Word
    reason: Word


class PaymentBody(Body):
    id: Id
    status: Word
    paid: bool
    amount: AmountBody
    created_at: Moment
    test: bool
    recipient: RecipientBody
    metadata: dict[str, str | None] | None = None
    confirmation: ConfirmationBody | None = None
    payment_method: MethodBody | None = None
    income_amount: AmountBody | None = None
    captured_at: Moment | None = None
    cancellation_details: CancellationBody | None = None


class RefundBody(Body):
    id: Id
    payment_id: Id
    status: Word
    amount: AmountBody
    created_at: Moment
    metadata: dict[str, str | None] | None = None
    cancellation_details: CancellationBody | None = None


class SettlementBody(Body):
    type: Word
    amount: AmountBody


class ReceiptBody(Body):
    """A receipt. Those that are made with a payment or a refund have other settlements, or none."""

    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    type: Word
    status: Word
    payment_id: Id | None = None
    settlements: Annotated[list[SettlementBody], Field(max_length=100)] = []


class ListBody(Body, Generic[T]):
    items: Annotated[list[T], Field(max_length=100)]
    next_cursor: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = None


class ErrorBody(Body):
    code: Word
    parameter: Annotated[str, StringConstraints(max_length=200)] | None = None


class NotificationBody(Body):
    type: Annotated[str, StringConstraints(pattern=r"^notification$")]
    event: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,32}$")]
    object: dict[str, Any]


class PaymentNotificationBody(Body):
    type: Annotated[str, StringConstraints(pattern=r"^notification$")]
    event: Annotated[str, StringConstraints(pattern=r"^payment\.[a-z_]{1,32}$")]
    object: PaymentBody


B = TypeVar("B", bound=BaseModel)


def read(model: type[B], raw: bytes) -> B:
    """The body of an answer. Raises `Untrusted`."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        places = sorted({".".join(str(part) for part in one["loc"]) for one in error.errors(include_input=False)})
        raise Untrusted(f"the answer is malformed at {', '.join(places[:5]) or 'its start'}") from None


def seen_payment(body: PaymentBody, *, hosts: tuple[str, ...]) -> Seen:
    """A payment in our words. ``hosts`` are those to which a payer may be sent. Raises `Untrusted`."""
    amount = _money(body.amount)
    return Seen(
        provider_payment_id=body.id,
        payment_id=(body.metadata or {}).get(PAYMENT_ID),
        amount=amount,
        account=body.recipient.account_id,
        is_test=body.test,
        created_at=body.created_at,
        state=_state(body, amount=amount, hosts=hosts),
    )


def seen_refund(body: RefundBody) -> SeenRefund:
    """A refund in our words. Raises `Untrusted`."""
    statuses = {
        "pending": RefundStatus.PENDING,
        "succeeded": RefundStatus.SUCCEEDED,
        "canceled": RefundStatus.FAILED,
    }
    if body.status not in statuses:
        raise Untrusted(f"the refund's status is {body.status!r}")
    reason = body.cancellation_details.reason if body.cancellation_details else None
    return SeenRefund(
        provider_refund_id=body.id,
        refund_id=(body.metadata or {}).get(REFUND_ID),
        provider_payment_id=body.payment_id,
        amount=_money(body.amount),
        created_at=body.created_at,
        status=statuses[body.status],
        failure=refund_reason(reason) if body.status == "canceled" else None,
    )


def seen_receipt(body: ReceiptBody) -> SeenReceipt:
    """A receipt of a payment in our words. Raises `Untrusted`, also for one of something else."""
    statuses = {
        "pending": ReceiptStatus.PENDING,
        "succeeded": ReceiptStatus.SUCCEEDED,
        "canceled": ReceiptStatus.FAILED,
    }
    if body.status not in statuses:
        raise Untrusted(f"the receipt's status is {body.status!r}")
    if body.type != "payment" or body.payment_id is None or not body.settlements:
        raise Untrusted("the receipt settles no payment")
    sums = [_money(one.amount) for one in body.settlements]
    if any(one.currency != sums[0].currency for one in sums):
        raise Untrusted("the receipt has settlements in several currencies")
    return SeenReceipt(
        provider_receipt_id=body.id,
        provider_payment_id=body.payment_id,
        amount=sum(sums[1:], start=sums[0]),
        is_closing=is_closing(body),
        status=statuses[body.status],
    )


def is_closing(body: ReceiptBody) -> bool:
    """Whether the receipt settles what was paid ahead, and nothing else."""
    return {one.type for one in body.settlements} == {PREPAYMENT}


def seen_binding(body: BindingBody, *, hosts: tuple[str, ...]) -> SeenBinding:
    """A method that is bound by itself, in our words. Raises `Untrusted`."""
    return SeenBinding(
        provider_method_id=body.id,
        binding_id=(body.metadata or {}).get(BINDING_ID),
        account=body.holder.account_id,
        state=_binding_state(body, hosts=hosts),
    )


def is_trusted_url(url: str, *, hosts: tuple[str, ...]) -> bool:
    """Whether a payer may be sent to ``url``: one of ``hosts`` or below, by TLS unless it is this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_known = any(host == known or host.endswith(f".{known}") for known in hosts)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return is_known and is_safe and parts.username is None and url.isascii() and url.isprintable() and "\\" not in url


def _state(body: PaymentBody, *, amount: Money, hosts: tuple[str, ...]) -> State:
    """``paid`` goes with the status (documented for each), so a contradiction shows a false answer."""
    if body.status not in {"pending", "waiting_for_capture", "succeeded", "canceled"}:
        raise Untrusted(f"the payment's status is {body.status!r}")
    if body.paid != (body.status in {"waiting_for_capture", "succeeded"}):
        raise Untrusted(f"the payment is {body.status} and paid is {body.paid}")
    if body.status == "succeeded":
        return _succeeded(body, amount=amount)
    if body.status == "canceled":
        reason = payment_reason(body.cancellation_details.reason if body.cancellation_details else None)
        return Canceled(reason=reason) if isinstance(reason, CancelReason) else Declined(reason=reason)
    if body.status == "waiting_for_capture":
        return Held()
    return _waiting(body.confirmation, hosts=hosts)


def _binding_state(body: BindingBody, *, hosts: tuple[str, ...]) -> Bound | NotBound | ActionRequired | Pending:
    """``saved`` goes with the status (documented), so a contradiction shows a false answer."""
    if body.status not in {"pending", "active", "inactive"}:
        raise Untrusted(f"the method's status is {body.status!r}")
    if body.saved != (body.status == "active"):
        raise Untrusted(f"the method is {body.status} and saved is {body.saved}")
    if body.status == "active":
        return Bound(instrument=_instrument(body))
    return NotBound() if body.status == "inactive" else _waiting(body.confirmation, hosts=hosts)


def _waiting(confirmation: ConfirmationBody | None, *, hosts: tuple[str, ...]) -> ActionRequired | Pending:
    url = confirmation.confirmation_url if confirmation else None
    if url is None:
        return Pending()
    if not is_trusted_url(url, hosts=hosts):
        raise Untrusted("the payment page is on a host that is not allowed")
    return ActionRequired(url=url)


def _succeeded(body: PaymentBody, *, amount: Money) -> Succeeded:
    if body.captured_at is None:
        raise Untrusted("the payment succeeded and was never captured")
    fee: Money | None = None
    if body.income_amount is not None:
        income = _money(body.income_amount)
        if income.currency != amount.currency or income.minor > amount.minor:
            raise Untrusted("the income is more than was paid")
        fee = amount - income
    instrument = _instrument(body.payment_method) if body.payment_method else None
    return Succeeded(captured_at=body.captured_at, fee=fee, instrument=instrument)


def _instrument(method: MethodBody) -> Instrument:
    card = method.card
    kind = MIR_PAY if card and card.source == MIR_PAY else method.type
    last4 = card.last4 if card else (method.account_number or "")[-4:] or None
    return Instrument(
        token=method.id,
        kind=kind,
        title=method_title(kind, last4),
        is_saved=method.saved,
        card_last4=card.last4 if card else None,
        card_expiry=f"{card.expiry_year}-{card.expiry_month}" if card else None,
    )


def _money(body: AmountBody) -> Money:
    try:
        return parse_money(body.value, body.currency)
    except ValueError as error:
        raise Untrusted(str(error)) from None


def moment(text: datetime) -> str:
    """A time for a query: ISO 8601 in UTC with milliseconds."""
    return text.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
