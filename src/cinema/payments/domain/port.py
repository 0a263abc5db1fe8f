"""The port to payment providers: what we ask of each, in words that belong to none of them.

Results are values. A provider raises only when certainly nothing has happened::

    Unavailable
    ├── NotSent     (kit) it never reached the provider
    ├── TooBusy     the provider takes no more requests now
    └── NotAllowed  the provider does not let us: credentials, or a feature that is off
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeAlias

from cinema.contracts.enums import ReceiptStatus, RefundFailure, RefundStatus
from cinema.contracts.ids import BindingId, OrderId, PaymentId, RefundId, UserId
from cinema.contracts.payments import ReceiptData
from cinema.contracts.text import Language
from cinema.kit.errors import BadRequest, Unavailable
from cinema.kit.money import Money
from cinema.payments.domain.capabilities import Capabilities
from cinema.payments.domain.decline import CancelReason, DeclineReason


class TooBusy(Unavailable):
    """The payment provider takes no more requests now; nothing has happened."""

    code = "payment-provider-busy"


class NotAllowed(Unavailable):
    """The payment provider does not let us do this; nothing has happened."""

    code = "payment-provider-not-allowed"


class NotificationInvalid(BadRequest):
    """This is not a notification that the provider documents."""

    code = "webhook-invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """Money to be taken, as a provider needs to know it. ``method_token`` charges a saved method off-session."""

    payment_id: PaymentId
    order_id: OrderId
    user_id: UserId
    amount: Money
    description: str
    language: Language
    receipt: ReceiptData
    method_token: str | None
    save_method: bool
    return_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to be given back."""

    refund_id: RefundId
    provider_payment_id: str
    amount: Money
    description: str
    receipt: ReceiptData


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptOrder:
    """A fiscal receipt that closes ``amount`` of what a payment paid ahead."""

    provider_payment_id: str
    amount: Money
    receipt: ReceiptData


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingOrder:
    """A card to be saved without a charge; its owner acts on the provider's page and comes back to ``return_url``.

    The page speaks ``language``, where the provider can be told.
    """

    binding_id: BindingId
    return_url: str
    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A request as it goes out: these bytes under this key, the first time and every time after."""

    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What was paid with. ``token`` charges it again if ``is_saved``; ``card_expiry`` reads ``2027-12``."""

    token: str
    kind: str
    title: str
    is_saved: bool
    card_last4: str | None = None
    card_expiry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded:
    """The money is taken. ``fee`` is what the provider keeps, where it tells."""

    captured_at: datetime
    fee: Money | None
    instrument: Instrument | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The charge was refused for good."""

    reason: DeclineReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceled:
    """It ended without money, and not because a card was refused."""

    reason: CancelReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The money is held and waits to be captured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRequired:
    """The payer has to act on the provider's page."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Not finished; nobody has to act."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The request itself was refused as wrong. ``decline`` is set where that tells about the method."""

    code: str
    parameter: str | None = None
    decline: DeclineReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """No answer that can be believed: what happened is open."""

    detail: str


State: TypeAlias = Succeeded | Declined | Canceled | Held | ActionRequired | Pending
"""How a payment stands at its provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A payment as a provider shows it: claims, which `cinema.payments.domain.trust` compares with ours."""

    provider_payment_id: str
    payment_id: str | None
    amount: Money
    account: str
    is_test: bool
    created_at: datetime
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRefund:
    """A refund as a provider shows it; ``status`` is ``pending``, ``succeeded`` or ``failed``."""

    provider_refund_id: str
    refund_id: str | None
    provider_payment_id: str
    amount: Money
    created_at: datetime
    status: RefundStatus
    failure: RefundFailure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenReceipt:
    """A receipt of a payment as a provider shows it; ``status`` is ``pending``, ``succeeded`` or ``failed``.

    ``is_closing``: it settles what was paid ahead.
    """

    provider_receipt_id: str
    provider_payment_id: str
    amount: Money
    is_closing: bool
    status: ReceiptStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The method is saved and may be charged."""

    instrument: Instrument


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBound:
    """It came to nothing: refused, not confirmed in time, or revoked since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBinding:
    """A method that is bound by itself, as a provider shows it: claims, like `Seen`."""

    provider_method_id: str
    binding_id: str | None
    account: str
    state: Bound | NotBound | ActionRequired | Pending


Answer: TypeAlias = Seen | Rejected | Unknown
BindingAnswer: TypeAlias = SeenBinding | Rejected | Unknown
RefundAnswer: TypeAlias = SeenRefund | Rejected | Unknown
ReceiptAnswer: TypeAlias = SeenReceipt | Rejected | Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What a provider's message claims. ``claim`` is None for objects that we do not use."""

    event: str
    object_id: str
    claim: Seen | SeenRefund | SeenBinding | None


class Provider(Protocol):
    """A payment provider. Each passes the contract suite in ``tests/providers``."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str:
        """Our account there; a payment of another one is not ours."""
        ...

    @property
    def is_test(self) -> bool:
        """Whether the account moves no real money."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    def write_charge(self, order: ChargeOrder) -> bytes:
        """The body of a charge, to be stored before it is sent."""
        ...

    def write_refund(self, order: RefundOrder) -> bytes:
        """The body of a refund, to be stored before it is sent."""
        ...

    def write_binding(self, order: BindingOrder) -> bytes:
        """The body of a binding, to be stored before it is sent."""
        ...

    async def charge(self, sealed: Sealed) -> Answer:
        """Carries out a charge, or tells the result of the one that was first sent under this key."""
        ...

    async def read(self, provider_payment_id: str) -> Answer:
        """The payment as it stands now; `Rejected` when there is none of that id."""
        ...

    async def look_up(self, *, payment_id: PaymentId, since: datetime, until: datetime) -> Seen | Unknown | None:
        """The payment that was created in ``[since, until)`` for our ``payment_id``; None: there is none."""
        ...

    async def capture(self, *, provider_payment_id: str, key: str) -> Answer:
        """Takes the whole of what is held."""
        ...

    async def cancel(self, *, provider_payment_id: str, key: str) -> Answer:
        """Lets go of what is held."""
        ...

    async def refund(self, sealed: Sealed) -> RefundAnswer:
        """Gives money back, or tells the result of the refund first sent under this key."""
        ...

    async def read_refund(self, provider_refund_id: str) -> RefundAnswer:
        """The refund as it stands now; `Rejected` when there is none of that id."""
        ...

    async def look_up_refund(
        self, *, refund_id: RefundId, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenRefund | Unknown | None:
        """The refund that was created in ``[since, until)`` for our ``refund_id``; None: there is none."""
        ...

    async def bind(self, sealed: Sealed) -> BindingAnswer:
        """Begins to save a method without a charge, or tells how that stands which was first sent under this key."""
        ...

    async def read_binding(self, provider_method_id: str) -> BindingAnswer:
        """The method as it stands now; `Rejected` when there is none of that id."""
        ...

    def write_receipt(self, order: ReceiptOrder) -> bytes:
        """The body of a receipt by itself, to be stored before it is sent."""
        ...

    async def send_receipt(self, sealed: Sealed) -> ReceiptAnswer:
        """Has a receipt filed, or tells how that one stands which was first sent under this key."""
        ...

    async def read_receipt(self, provider_receipt_id: str) -> ReceiptAnswer:
        """The receipt as it stands now; `Rejected` when there is none of that id."""
        ...

    async def look_up_receipt(
        self, *, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenReceipt | Unknown | None:
        """The closing receipt of a payment that was made in ``[since, until)``; None: there is none."""
        ...

    async def list_payments(self, *, since: datetime, until: datetime) -> tuple[Seen, ...]:
        """Every payment created in ``[since, until)``, newest first. Raises `Unavailable` rather than leave one out."""
        ...

    def admits(self, address: str) -> bool:
        """Whether notifications may come from this network address."""
        ...

    def parse_notification(self, *, body: bytes, headers: Mapping[str, str]) -> Notification:
        """Reads a notification without believing it. Raises `NotificationInvalid`."""
        ...

    async def close(self) -> None:
        """Lets go of connections."""
        ...
