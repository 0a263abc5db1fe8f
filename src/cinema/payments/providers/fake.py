"""A payment provider in memory: complete, and as unreliable as it is told to be.

It keeps keys, payments, refunds, bindings and methods like a real one, charges saved methods at
once, and asks the payer to act otherwise. Its faults are set beforehand, each for a
number of calls. It counts what it took, so that a test can say that nobody was charged
twice. It moves no money and must not be configured in production.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from cinema.contracts.enums import RefundFailure, RefundStatus
from cinema.contracts.ids import PaymentId, RefundId
from cinema.kit.client import NoAnswer, NotSent
from cinema.kit.clock import Clock
from cinema.kit.guard import forbid_transaction
from cinema.kit.ids import uuid7
from cinema.kit.money import Money
from cinema.payments.domain.capabilities import Capabilities
from cinema.payments.domain.decline import CancelReason, DeclineReason
from cinema.payments.domain.port import (
    ActionRequired,
    Answer,
    BindingAnswer,
    BindingOrder,
    Bound,
    Canceled,
    ChargeOrder,
    Declined,
    Held,
    Instrument,
    NotAllowed,
    NotBound,
    Notification,
    NotificationInvalid,
    Pending,
    RefundAnswer,
    RefundOrder,
    Rejected,
    Sealed,
    Seen,
    SeenBinding,
    SeenRefund,
    State,
    Succeeded,
    TooBusy,
    Unknown,
)
from cinema.payments.providers.fake_messages import Message, card, read_binding, read_seen, write
from cinema.payments.providers.fake_receipts import FakeReceipts

FEE_PER_MILLE = 35
KEY_LIFETIME = timedelta(hours=24)
PAGE_LIFETIME = timedelta(hours=1)

_CHARGE: TypeAdapter[ChargeOrder] = TypeAdapter(ChargeOrder)
_REFUND: TypeAdapter[RefundOrder] = TypeAdapter(RefundOrder)
_BINDING: TypeAdapter[BindingOrder] = TypeAdapter(BindingOrder)
_SEEN_REFUND: TypeAdapter[SeenRefund] = TypeAdapter(SeenRefund)

A = TypeVar("A")


class Fault(StrEnum):
    """How a call goes wrong."""

    NOT_SENT = "not_sent"
    """The connection is refused; nothing happens."""
    TOO_BUSY = "too_busy"
    NOT_ALLOWED = "not_allowed"
    REJECTED = "rejected"
    """The request is called wrong; nothing happens."""
    LOST_BEFORE = "lost_before"
    """The request gets lost; nothing happens, and no answer comes."""
    LOST_AFTER = "lost_after"
    """It is carried out, and the answer gets lost."""
    ERROR_AFTER = "error_after"
    """It is carried out, and the answer is an error of the server."""


@dataclass(slots=True, kw_only=True)
class _Method:
    instrument: Instrument
    decline: DeclineReason | None = None


class FakeProvider(FakeReceipts):
    """See the module. What it keeps stands in ``payments``, ``refunds`` and ``bindings`` by its own ids."""

    def __init__(self, *, clock: Clock, name: str = "fake", account: str = "fake-shop", is_test: bool = True) -> None:
        super().__init__()
        self.name = name
        self.account = account
        self.is_test = is_test
        self.capabilities = Capabilities(
            currencies=frozenset({"RUB", "USD"}),
            charge_minimum=1,
            charge_maximum=350_000,
            saved_kinds=frozenset({"bank_card"}),
            binds_methods=True,
            refunds_partially=True,
            refund_minimum=1,
            refund_rest_above=1,
            refund_age=timedelta(days=3 * 365),
            sends_receipts=True,
            notifies=True,
            key_lifetime=KEY_LIFETIME,
        )
        self.payments: dict[str, Seen] = {}
        self.refunds: dict[str, SeenRefund] = {}
        self.bindings: dict[str, SeenBinding] = {}
        self.charges: Counter[str] = Counter()
        """How often money was taken, by our payment id."""
        self.created: Counter[str] = Counter()
        """How many payments and bindings were made here, by our ids."""
        self.returned: Counter[str] = Counter()
        """How often money was given back, by our refund id."""
        self.calls: Counter[str] = Counter()
        """How often each operation was asked for."""
        self.sent: dict[str, list[bytes]] = defaultdict(list)
        """The bodies that came in under each key."""
        self.twist: Callable[[Seen], Seen] | None = None
        """Changes every payment that is shown, while set: a provider that lies."""
        self.twist_refund: Callable[[SeenRefund], SeenRefund] | None = None
        self.twist_binding: Callable[[SeenBinding], SeenBinding] | None = None
        self.next_states: list[State] = []
        """How the next charges of saved methods end; afterwards they succeed."""
        self.next_refunds: list[RefundStatus | RefundFailure] = []
        """How the next refunds end; afterwards they succeed."""
        self.capture_by_hand = False
        """Whether money is only held until it is captured."""
        self._clock = clock
        self._faults: dict[str, list[Fault]] = defaultdict(list)
        self._keys: dict[str, tuple[datetime, bytes, str]] = {}
        self._methods: dict[str, _Method] = {}
        self._pages_end: dict[str, datetime] = {}
        self._orders: dict[str, ChargeOrder] = {}

    def fail(self, operation: str, fault: Fault, *, times: int = 1) -> None:
        """Lets the next ``times`` calls of a method of this class go wrong."""
        self._faults[operation] += [fault] * times

    def heal(self) -> None:
        """Forgets the faults that are left."""
        self._faults.clear()

    def confirm(self, provider_payment_id: str, *, decline: DeclineReason | None = None) -> Seen:
        """The payer acts on the provider's page: pays, or tries to."""
        order = self._orders[provider_payment_id]
        if decline is not None:
            return self.settle(provider_payment_id, Declined(reason=decline))
        if self.capture_by_hand:
            return self.settle(provider_payment_id, Held())
        return self.settle(provider_payment_id, self._paid(order, token=provider_payment_id))

    def settle(self, provider_payment_id: str, state: State) -> Seen:
        """Moves a payment by the provider's own hand."""
        seen = replace(self.payments[provider_payment_id], state=state)
        self.payments[provider_payment_id] = seen
        if isinstance(state, Succeeded):
            self.charges[str(seen.payment_id)] += 1
            if state.instrument is not None and state.instrument.is_saved:
                self._methods.setdefault(state.instrument.token, _Method(instrument=state.instrument))
        return seen

    def confirm_binding(self, provider_method_id: str, *, declines: bool = False) -> SeenBinding:
        """The owner gives a card on the provider's page; the bank takes it or ``declines``."""
        return self.settle_binding(
            provider_method_id, NotBound() if declines else Bound(instrument=card(provider_method_id, is_saved=True))
        )

    def settle_binding(self, provider_method_id: str, state: Bound | NotBound | Pending) -> SeenBinding:
        """Moves a binding by the provider's own hand."""
        seen = replace(self.bindings[provider_method_id], state=state)
        self.bindings[provider_method_id] = seen
        if isinstance(state, Bound):
            self._methods.setdefault(state.instrument.token, _Method(instrument=state.instrument))
        return seen

    def settle_refund(self, provider_refund_id: str, *, failure: RefundFailure | None = None) -> SeenRefund:
        """Ends a pending refund."""
        status = RefundStatus.FAILED if failure else RefundStatus.SUCCEEDED
        seen = replace(self.refunds[provider_refund_id], status=status, failure=failure)
        self.refunds[provider_refund_id] = seen
        if status is RefundStatus.SUCCEEDED:
            self.returned[str(seen.refund_id)] += 1
        return seen

    def refund_by_hand(self, provider_payment_id: str, amount: Money, *, refund_id: str | None = None) -> SeenRefund:
        """Somebody returns money in the provider's cabinet: it says nothing of a refund of ours, as a rule."""
        provider_refund_id = str(uuid7(self._clock.now()))
        self.refunds[provider_refund_id] = SeenRefund(
            provider_refund_id=provider_refund_id,
            refund_id=refund_id,
            provider_payment_id=provider_payment_id,
            amount=amount,
            created_at=self._clock.now(),
            status=RefundStatus.PENDING,
            failure=None,
        )
        return self.settle_refund(provider_refund_id)

    def revoke(self, token: str, *, reason: DeclineReason | None = DeclineReason.PERMISSION_REVOKED) -> None:
        """Lets every later charge of a saved method be declined; or, without a reason, succeed again."""
        self._methods[token].decline = reason

    def notification(self, event: str, provider_id: str) -> bytes:
        """The message that tells of a payment, refund or binding (``payment_method.…``) as it stands."""
        if event.startswith("payment_method."):
            return write(event, provider_id, self.bindings[provider_id])
        if event.startswith("refund."):
            return write(event, provider_id, self.refunds[provider_id])
        return write(event, provider_id, self.payments[provider_id])

    # The port.

    def write_charge(self, order: ChargeOrder) -> bytes:
        return _CHARGE.dump_json(order)

    def write_refund(self, order: RefundOrder) -> bytes:
        return _REFUND.dump_json(order)

    def write_binding(self, order: BindingOrder) -> bytes:
        return _BINDING.dump_json(order)

    async def charge(self, sealed: Sealed) -> Answer:
        return self._show(self._call("charge", lambda: self._charge(sealed)))

    async def read(self, provider_payment_id: str) -> Answer:
        return self._show(self._call("read", lambda: self._find(provider_payment_id)))

    async def look_up(self, *, payment_id: PaymentId, since: datetime, until: datetime) -> Seen | Unknown | None:
        found = self._call("look_up", lambda: self._listed(since, until))
        if isinstance(found, Rejected):
            return Unknown(detail=found.code)
        shown = [self._twisted(one) for one in found if one.payment_id == str(payment_id)]
        return shown[0] if shown else None

    async def capture(self, *, provider_payment_id: str, key: str) -> Answer:
        return self._show(self._call("capture", lambda: self._capture(provider_payment_id, key)))

    async def cancel(self, *, provider_payment_id: str, key: str) -> Answer:
        return self._show(self._call("cancel", lambda: self._cancel(provider_payment_id, key)))

    async def refund(self, sealed: Sealed) -> RefundAnswer:
        return self._show_refund(self._call("refund", lambda: self._refund(sealed)))

    async def read_refund(self, provider_refund_id: str) -> RefundAnswer:
        unknown = Rejected(code="not_found")
        return self._show_refund(self._call("read_refund", lambda: self.refunds.get(provider_refund_id, unknown)))

    async def look_up_refund(
        self, *, refund_id: RefundId, provider_payment_id: str, since: datetime, until: datetime
    ) -> SeenRefund | Unknown | None:
        found = self._call("look_up_refund", lambda: list(self.refunds.values()))
        if isinstance(found, Rejected):
            return Unknown(detail=found.code)
        for one in found:
            is_ours = (one.refund_id, one.provider_payment_id) == (str(refund_id), provider_payment_id)
            if is_ours and since <= one.created_at < until:
                return self._twisted_refund(one)
        return None

    async def bind(self, sealed: Sealed) -> BindingAnswer:
        return self._show_binding(self._call("bind", lambda: self._bind(sealed)))

    async def read_binding(self, provider_method_id: str) -> BindingAnswer:
        return self._show_binding(self._call("read_binding", lambda: self._find_binding(provider_method_id)))

    async def list_payments(self, *, since: datetime, until: datetime) -> tuple[Seen, ...]:
        found = self._call("list_payments", lambda: self._listed(since, until))
        if isinstance(found, Rejected):
            raise NoAnswer(found.code)
        return tuple(self._twisted(one) for one in found)

    def admits(self, address: str) -> bool:
        return address in {"127.0.0.1", "::1"}

    def parse_notification(self, *, body: bytes, headers: Mapping[str, str]) -> Notification:  # noqa: ARG002 - the port's
        try:
            message = Message.model_validate_json(body)
            claim: Seen | SeenRefund | SeenBinding | None = None
            if message.event.startswith("payment."):
                claim = read_seen(message.object)
            elif message.event.startswith("refund."):
                claim = _SEEN_REFUND.validate_python(message.object)
            elif message.event.startswith("payment_method."):
                claim = read_binding(message.object)
        except ValidationError as error:
            raise NotificationInvalid from error
        return Notification(event=message.event, object_id=message.id, claim=claim)

    async def close(self) -> None:
        return None

    # What happens inside.

    def _call(self, operation: str, work: Callable[[], A]) -> A | Rejected:
        """Does ``work`` unless a fault stops it; a lost answer is raised as one."""
        forbid_transaction(f"{self.name}.{operation}")
        self.calls[operation] += 1
        fault = self._faults[operation].pop(0) if self._faults[operation] else None
        if fault is Fault.NOT_SENT:
            raise NotSent("told to")
        if fault is Fault.TOO_BUSY:
            raise TooBusy
        if fault is Fault.NOT_ALLOWED:
            raise NotAllowed
        if fault is Fault.REJECTED:
            return Rejected(code="told_to")
        if fault is Fault.LOST_BEFORE:
            raise NoAnswer("told to")
        done = work()
        if fault in {Fault.LOST_AFTER, Fault.ERROR_AFTER}:
            raise NoAnswer("told to")
        return done

    def _charge(self, sealed: Sealed) -> Seen | Rejected:
        self.sent[sealed.key].append(sealed.body)
        known = self._under_key(sealed)
        if isinstance(known, Rejected):
            return known
        if known is not None:
            return self.payments[known]
        order = _CHARGE.validate_json(sealed.body)
        limits = self.capabilities.charge_limits(order.amount.currency)
        if limits is None or not limits.minimum <= order.amount <= limits.maximum:
            return Rejected(code="amount_out_of_limits")
        if order.method_token is not None and order.method_token not in self._methods:
            return Rejected(code="method_unknown", decline=DeclineReason.METHOD_UNKNOWN)
        provider_payment_id = str(uuid7(self._clock.now()))
        seen = Seen(
            provider_payment_id=provider_payment_id,
            payment_id=str(order.payment_id),
            amount=order.amount,
            account=self.account,
            is_test=self.is_test,
            created_at=self._clock.now(),
            state=ActionRequired(url=f"https://pay.example/{provider_payment_id}"),
        )
        self._keys[sealed.key] = (self._clock.now(), sealed.body, provider_payment_id)
        self.payments[provider_payment_id] = seen
        self._orders[provider_payment_id] = order
        self.created[str(order.payment_id)] += 1
        if order.method_token is not None:
            return self.settle(provider_payment_id, self._off_session(order, order.method_token))
        return seen

    def _off_session(self, order: ChargeOrder, token: str) -> State:
        method = self._methods[token]
        if method.decline is not None:
            return Declined(reason=method.decline)
        if self.next_states:
            return self.next_states.pop(0)
        return Held() if self.capture_by_hand else self._paid(order, token=token)

    def _paid(self, order: ChargeOrder, *, token: str) -> Succeeded:
        known = self._methods.get(token)
        instrument = card(token, is_saved=order.save_method or known is not None)
        fee = Money(minor=order.amount.minor * FEE_PER_MILLE // 1000, currency=order.amount.currency)
        return Succeeded(captured_at=self._clock.now(), fee=fee, instrument=instrument)

    def _capture(self, provider_payment_id: str, key: str) -> Seen | Rejected:
        seen = self._held(provider_payment_id, key)
        if isinstance(seen, Rejected) or not isinstance(seen.state, Held):
            return seen
        order = self._orders[provider_payment_id]
        token = order.method_token or provider_payment_id
        return self.settle(provider_payment_id, self._paid(order, token=token))

    def _cancel(self, provider_payment_id: str, key: str) -> Seen | Rejected:
        seen = self._held(provider_payment_id, key)
        if isinstance(seen, Rejected) or not isinstance(seen.state, Held):
            return seen
        return self.settle(provider_payment_id, Canceled(reason=CancelReason.GIVEN_UP))

    def _held(self, provider_payment_id: str, key: str) -> Seen | Rejected:
        """The payment to capture or let go; where this key did it before, the payment as it is since."""
        seen = self.payments.get(provider_payment_id)
        if seen is None:
            return Rejected(code="not_found")
        known = self._under_key(Sealed(key=key, body=b""))
        if known is None and isinstance(seen.state, Held):
            self._keys[key] = (self._clock.now(), b"", provider_payment_id)
            return seen
        return seen if known == provider_payment_id else Rejected(code="not_held")

    def _refund(self, sealed: Sealed) -> SeenRefund | Rejected:
        self.sent[sealed.key].append(sealed.body)
        known = self._under_key(sealed)
        if isinstance(known, Rejected):
            return known
        if known is not None:
            return self.refunds[known]
        order = _REFUND.validate_json(sealed.body)
        paid = self.payments.get(order.provider_payment_id)
        if paid is None or not isinstance(paid.state, Succeeded) or not self._takes_back(order, paid, paid.state):
            return Rejected(code="not_refundable")
        provider_refund_id = str(uuid7(self._clock.now()))
        self._keys[sealed.key] = (self._clock.now(), sealed.body, provider_refund_id)
        self.refunds[provider_refund_id] = SeenRefund(
            provider_refund_id=provider_refund_id,
            refund_id=str(order.refund_id),
            provider_payment_id=order.provider_payment_id,
            amount=order.amount,
            created_at=self._clock.now(),
            status=RefundStatus.PENDING,
            failure=None,
        )
        end = self.next_refunds.pop(0) if self.next_refunds else RefundStatus.SUCCEEDED
        if end is RefundStatus.PENDING:
            return self.refunds[provider_refund_id]
        return self.settle_refund(provider_refund_id, failure=end if isinstance(end, RefundFailure) else None)

    def _bind(self, sealed: Sealed) -> SeenBinding | Rejected:
        self.sent[sealed.key].append(sealed.body)
        known = self._under_key(sealed)
        if isinstance(known, Rejected):
            return known
        if known is not None:
            return self._find_binding(known)
        order = _BINDING.validate_json(sealed.body)
        provider_method_id = str(uuid7(self._clock.now()))
        self._keys[sealed.key] = (self._clock.now(), sealed.body, provider_method_id)
        self._pages_end[provider_method_id] = self._clock.now() + PAGE_LIFETIME
        self.created[str(order.binding_id)] += 1
        self.bindings[provider_method_id] = SeenBinding(
            provider_method_id=provider_method_id,
            binding_id=str(order.binding_id),
            account=self.account,
            state=ActionRequired(url=f"https://pay.example/bindings/{provider_method_id}"),
        )
        return self.bindings[provider_method_id]

    def _find_binding(self, provider_method_id: str) -> SeenBinding | Rejected:
        seen = self.bindings.get(provider_method_id)
        if seen is None:
            return Rejected(code="not_found")
        if isinstance(seen.state, ActionRequired) and self._clock.now() >= self._pages_end[provider_method_id]:
            return self.settle_binding(provider_method_id, NotBound())
        return seen

    def _takes_back(self, order: RefundOrder, paid: Seen, state: Succeeded) -> bool:
        if order.amount.currency != paid.amount.currency:
            return False
        title = state.instrument.title if state.instrument else None
        limits = self.capabilities.refund_limits(
            currency=paid.amount.currency, method_title=title, made_at=paid.created_at
        )
        rest = self._remaining(order, paid) - order.amount
        leaves_enough = rest.minor == 0 or limits.rest_minimum <= rest
        return self._clock.now() <= limits.until and limits.minimum <= order.amount and leaves_enough

    def _remaining(self, order: RefundOrder, paid: Seen) -> Money:
        before = sum(
            one.amount.minor
            for one in self.refunds.values()
            if one.provider_payment_id == order.provider_payment_id and one.status is not RefundStatus.FAILED
        )
        return Money(minor=paid.amount.minor - before, currency=paid.amount.currency)

    def _under_key(self, sealed: Sealed) -> str | Rejected | None:
        known = self._keys.get(sealed.key)
        if known is None or self._clock.now() >= known[0] + KEY_LIFETIME:
            return None
        return known[2] if known[1] == sealed.body else Rejected(code="key_reused")

    def _find(self, provider_payment_id: str) -> Seen | Rejected:
        return self.payments.get(provider_payment_id) or Rejected(code="not_found")

    def _listed(self, since: datetime, until: datetime) -> list[Seen]:
        return [one for one in reversed(self.payments.values()) if since <= one.created_at < until]

    def _show(self, answer: Seen | Rejected) -> Answer:
        return self._twisted(answer) if isinstance(answer, Seen) else answer

    def _show_refund(self, answer: SeenRefund | Rejected) -> RefundAnswer:
        return self._twisted_refund(answer) if isinstance(answer, SeenRefund) else answer

    def _show_binding(self, answer: SeenBinding | Rejected) -> BindingAnswer:
        if isinstance(answer, Rejected) or self.twist_binding is None:
            return answer
        return self.twist_binding(answer)

    def _twisted(self, seen: Seen) -> Seen:
        return self.twist(seen) if self.twist else seen

    def _twisted_refund(self, seen: SeenRefund) -> SeenRefund:
        return self.twist_refund(seen) if self.twist_refund else seen
