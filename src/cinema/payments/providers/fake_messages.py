"""What the fake provider's messages say, and how they are read."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

from cinema.payments.domain.port import (
    ActionRequired,
    BindingOrder,
    Bound,
    Canceled,
    ChargeOrder,
    Declined,
    Held,
    Instrument,
    NotBound,
    Pending,
    RefundOrder,
    Seen,
    SeenBinding,
    SeenRefund,
    State,
    Succeeded,
)

FEE_PER_MILLE = 35
KEY_LIFETIME = timedelta(hours=24)
PAGE_LIFETIME = timedelta(hours=1)

_CHARGE: TypeAdapter[ChargeOrder] = TypeAdapter(ChargeOrder)
_REFUND: TypeAdapter[RefundOrder] = TypeAdapter(RefundOrder)
_BINDING: TypeAdapter[BindingOrder] = TypeAdapter(BindingOrder)
_SEEN: TypeAdapter[Seen] = TypeAdapter(Seen)
_SEEN_REFUND: TypeAdapter[SeenRefund] = TypeAdapter(SeenRefund)
_SEEN_BINDING: TypeAdapter[SeenBinding] = TypeAdapter(SeenBinding)

A = TypeVar("A")


class Message(BaseModel):
    """A notification: the object as it was, and which kind of state it was in, because some states have no field."""

    model_config = ConfigDict(strict=True)

    event: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,32}\.[a-z_]{1,32}$")]
    id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,100}$")]
    object: dict[str, Any]


_STATES: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind)
    for kind in (Succeeded, Declined, Canceled, Held, ActionRequired, Pending, Bound, NotBound)
}


class Kind(BaseModel):
    state_kind: Literal["Succeeded", "Declined", "Canceled", "Held", "ActionRequired", "Pending"]
    state: dict[str, Any]


def read_seen(fields: dict[str, Any]) -> Seen:
    kind = Kind.model_validate(fields)
    state: State = _STATES[kind.state_kind].validate_python(kind.state)
    return replace(_SEEN.validate_python({**fields, "state": {}}), state=state)


class BindingKind(BaseModel):
    state_kind: Literal["Bound", "NotBound", "ActionRequired", "Pending"]
    state: dict[str, Any]


def read_binding(fields: dict[str, Any]) -> SeenBinding:
    kind = BindingKind.model_validate(fields)
    state: Bound | NotBound | ActionRequired | Pending = _STATES[kind.state_kind].validate_python(kind.state)
    return replace(_SEEN_BINDING.validate_python({**fields, "state": {}}), state=state)


def card(token: str, *, is_saved: bool) -> Instrument:
    return Instrument(
        token=token,
        kind="bank_card",
        title="Bank card *4444",
        is_saved=is_saved,
        card_last4="4444",
        card_expiry="2030-12",
    )
