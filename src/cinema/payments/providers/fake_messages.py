"""What the fake provider's messages say, and how they are read."""

import json
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, TypeAdapter

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
    SeenRefund,
    State,
    Succeeded,
)

_SEEN: TypeAdapter[Seen] = TypeAdapter(Seen)
_SEEN_REFUND: TypeAdapter[SeenRefund] = TypeAdapter(SeenRefund)
_SEEN_BINDING: TypeAdapter[SeenBinding] = TypeAdapter(SeenBinding)


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


def write(event: str, provider_id: str, seen: Seen | SeenRefund | SeenBinding) -> bytes:
    """The message that tells of a payment, refund or binding as it stands."""
    fields: dict[str, Any]
    match seen:
        case SeenRefund():
            fields = _SEEN_REFUND.dump_python(seen, mode="json")
        case SeenBinding():
            fields = _SEEN_BINDING.dump_python(seen, mode="json") | {"state_kind": type(seen.state).__name__}
        case Seen():
            fields = _SEEN.dump_python(seen, mode="json") | {"state_kind": type(seen.state).__name__}
    return json.dumps({"event": event, "id": provider_id, "object": fields}).encode()


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
