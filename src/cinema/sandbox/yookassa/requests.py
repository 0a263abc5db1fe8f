"""Bodies and queries that the API takes, checked as the provider's reference documents them.

Fields that the provider knows and this shop does not need are ignored when empty (the
official SDK always sends empty ``transfers`` and ``statements``) and refused with 403
when filled. Unknown fields are ignored, as the provider does.
"""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, IPvAnyAddress, StringConstraints, ValidationError

from cinema.kit.money import EXPONENTS, Money, parse_money
from cinema.sandbox.yookassa.errors import ApiError, forbidden, invalid

AMOUNT_MIN_MINOR = 100
METADATA_KEYS_MAX = 16
REFUND_DESCRIPTION_MAX = 250
RETURN_URL_MAX = 2048

Metadata = Annotated[
    dict[
        Annotated[str, StringConstraints(min_length=1, max_length=32)],
        Annotated[str, StringConstraints(max_length=512)] | None,
    ],
    Field(max_length=METADATA_KEYS_MAX),
]
Locale = Literal["ru_RU", "en_US"]
MethodTypeName = Literal[
    "bank_card",
    "yoo_money",
    "sbp",
    "sberbank",
    "tinkoff_bank",
    "mobile_balance",
    "cash",
    "b2b_sberbank",
    "sber_loan",
    "sber_bnpl",
    "alfa_pay",
    "electronic_certificate",
]
ReturnUrl = Annotated[str, StringConstraints(max_length=RETURN_URL_MAX, pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]


class Body(BaseModel):
    """Strict about types, silent about what it does not know."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class AmountBody(Body):
    """Money in the provider's form."""

    value: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,12}(\.[0-9]{1,2})?$")]
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class ConfirmationBody(Body):
    """How the payer shall confirm."""

    type: Literal["redirect", "embedded", "qr", "external", "mobile_application"]
    return_url: ReturnUrl | None = None
    enforce: bool | None = None
    locale: Locale | None = None


class MethodBody(Body):
    """The method that the merchant chose for the payer."""

    type: MethodTypeName
    card: dict[str, Any] | None = None


class RecipientBody(Body):
    """A flow inside the shop."""

    gateway_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]


class CustomerBody(Body):
    """Who gets the fiscal receipt."""

    full_name: Annotated[str, StringConstraints(max_length=256)] | None = None
    inn: Annotated[str, StringConstraints(pattern=r"^([0-9]{10}|[0-9]{12})$")] | None = None
    email: Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9]{4,15}$")] | None = None


class ReceiptItemBody(Body):
    """One line of a fiscal receipt; ``amount`` is the price of one unit."""

    description: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    quantity: Annotated[Decimal, Field(gt=0, le=Decimal("99999.999"), decimal_places=3, strict=False)]
    amount: AmountBody
    vat_code: Annotated[int, Field(ge=1, le=12)]
    payment_subject: Annotated[str, StringConstraints(pattern=r"^[a-z_0-9]{1,64}$")] | None = None
    payment_mode: (
        Literal[
            "full_prepayment",
            "partial_prepayment",
            "advance",
            "full_payment",
            "partial_payment",
            "credit",
            "credit_payment",
        ]
        | None
    ) = None
    measure: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}$")] | None = None


class ReceiptBody(Body):
    """Fiscal receipt data inside a payment, a capture or a refund (law 54-FZ)."""

    customer: CustomerBody = CustomerBody()
    items: Annotated[list[ReceiptItemBody], Field(min_length=1, max_length=80)]
    tax_system_code: Annotated[int, Field(ge=1, le=6)] | None = None
    internet: bool | None = None
    timezone: Annotated[int, Field(ge=1, le=11)] | None = None


class UnusedBody(Body):
    """What other scenarios send."""

    transfers: list[Any] | None = None
    statements: list[Any] | None = None
    deal: Any = None
    airline: Any = None
    payment_order: Any = None
    receiver: Any = None
    sources: list[Any] | None = None


class PaymentBody(UnusedBody):
    """``POST /payments``."""

    amount: AmountBody
    description: Annotated[str, StringConstraints(max_length=128)] | None = None
    capture: bool | None = None
    confirmation: ConfirmationBody | None = None
    payment_method_data: MethodBody | None = None
    payment_method_id: str | None = None
    payment_token: str | None = None
    save_payment_method: bool | None = None
    receipt: ReceiptBody | None = None
    recipient: RecipientBody | None = None
    metadata: Metadata | None = None
    client_ip: IPvAnyAddress | None = None
    merchant_customer_id: Annotated[str, StringConstraints(max_length=200)] | None = None


class CaptureBody(UnusedBody):
    """``POST /payments/{id}/capture``."""

    amount: AmountBody | None = None
    receipt: ReceiptBody | None = None


class CancelBody(Body):
    """``POST /payments/{id}/cancel``: nothing."""


class RefundBody(UnusedBody):
    """``POST /refunds``."""

    payment_id: Annotated[str, StringConstraints(min_length=36, max_length=36)]
    amount: AmountBody
    description: Annotated[str, StringConstraints(max_length=REFUND_DESCRIPTION_MAX)] | None = None
    receipt: ReceiptBody | None = None
    metadata: Metadata | None = None


class BindingBody(Body):
    """``POST /payment_methods``."""

    type: Literal["bank_card", "sbp"]
    confirmation: ConfirmationBody | None = None
    holder: RecipientBody | None = None
    client_ip: IPvAnyAddress | None = None
    metadata: Metadata | None = None
    card: dict[str, Any] | None = None


class SettlementBody(Body):
    """How a separate receipt's sum was settled."""

    type: Literal["cashless", "prepayment", "postpayment", "consideration"]
    amount: AmountBody


class ReceiptRequestBody(ReceiptBody):
    """``POST /receipts``."""

    type: Literal["payment", "refund"]
    payment_id: str | None = None
    refund_id: str | None = None
    send: Literal[True]
    settlements: Annotated[list[SettlementBody], Field(min_length=1, max_length=10)]


class ListQuery(BaseModel):
    """Filters of every list; each list knows some of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    limit: Annotated[int, Field(ge=1, le=100)] = 10
    cursor: str | None = None
    status: Literal["pending", "waiting_for_capture", "succeeded", "canceled"] | None = None
    payment_method: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    created_at_gte: datetime | None = Field(default=None, alias="created_at.gte")
    created_at_gt: datetime | None = Field(default=None, alias="created_at.gt")
    created_at_lte: datetime | None = Field(default=None, alias="created_at.lte")
    created_at_lt: datetime | None = Field(default=None, alias="created_at.lt")
    captured_at_gte: datetime | None = Field(default=None, alias="captured_at.gte")
    captured_at_gt: datetime | None = Field(default=None, alias="captured_at.gt")
    captured_at_lte: datetime | None = Field(default=None, alias="captured_at.lte")
    captured_at_lt: datetime | None = Field(default=None, alias="captured_at.lt")


B = TypeVar("B", bound=BaseModel)


def parse_body(model: type[B], raw: bytes) -> B:
    """Reads a JSON body; the first thing wrong with it becomes the error's ``parameter``."""
    try:
        body = model.model_validate_json(raw or b"{}")
    except ValidationError as error:
        raise _first(error) from error
    if isinstance(body, UnusedBody):
        _refuse_unused(body)
    return body


def parse_query(query: dict[str, str], *, allowed: frozenset[str]) -> ListQuery:
    """Reads a list's query; a filter that the list does not know is refused."""
    unknown = next((name for name in query if name.partition(".")[0] not in allowed), None)
    if unknown is not None:
        raise invalid("Unknown filter", parameter=unknown)
    try:
        parsed = ListQuery.model_validate(query)
    except ValidationError as error:
        raise _first(error) from error
    for name, moment in parsed.model_dump().items():
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise invalid("A date needs a time zone", parameter=name.replace("_at_", "_at."))
    return parsed


def amount_of(body: AmountBody, *, currency: str, parameter: str = "amount") -> Money:
    """Checks a sum against the shop's currency and the smallest sum, 1.00."""
    if body.currency != currency or body.currency not in EXPONENTS:
        raise invalid("Currency differs from the shop's", parameter=f"{parameter}.currency")
    amount = parse_money(body.value, body.currency)
    if amount.minor < AMOUNT_MIN_MINOR:
        raise invalid("Amount is below the minimum of 1.00", parameter=f"{parameter}.value")
    return amount


def checked_receipt(body: ReceiptBody | None, *, amount: Money, required: bool) -> dict[str, Any] | None:
    """The receipt as it was sent, or 400 ``receipt`` when it is missing or does not add up."""
    if body is None:
        if required:
            raise _bad_receipt()
        return None
    total = sum((_line_total_minor(item) for item in body.items), start=Decimal(0))
    currencies = {item.amount.currency for item in body.items}
    reachable = body.customer.email if required else body.customer.email or body.customer.phone
    complete = all(item.payment_mode in {"full_prepayment", "full_payment"} and item.measure for item in body.items)
    if total != amount.minor or currencies != {amount.currency} or not reachable or (required and not complete):
        raise _bad_receipt()
    return body.model_dump(mode="json", exclude_none=True)


def _line_total_minor(item: ReceiptItemBody) -> Decimal:
    if item.amount.currency not in EXPONENTS:
        raise invalid("Unknown currency", parameter="receipt.items.amount.currency")
    price = parse_money(item.amount.value, item.amount.currency)
    return (price.minor * item.quantity).quantize(Decimal(1))


def _bad_receipt() -> ApiError:
    return invalid("Receipt is missing or illegal", parameter="receipt")


def _first(error: ValidationError) -> ApiError:
    fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
    parameter = ".".join(str(part) for part in fault["loc"])
    return invalid(fault["msg"], parameter=parameter or None)


def _refuse_unused(body: UnusedBody) -> None:
    for name in UnusedBody.model_fields:
        if getattr(body, name):
            raise forbidden("This scenario is not enabled for the shop", parameter=name)
