"""Events: past facts, frozen dataclasses, written with the change that makes them true."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import TypeAdapter

E = TypeVar("E", bound="Event")
F_co = TypeVar("F_co", bound="Event", covariant=True)


class Event:
    """A fact that other contexts may hear of.

    ``aggregate`` names the field with the id of the thing that it happened to; events
    of one thing are heard in order. ``personal`` names the fields that tell who somebody
    is: they are forgotten once everybody who listens has heard the event.
    """

    __slots__ = ()
    aggregate: ClassVar[str]
    personal: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def name(cls) -> str:
        """``context.Fact``: how the event is called in tables, on brokers and in the docs."""
        return f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"

    @property
    def aggregate_id(self) -> UUID:
        found = getattr(self, self.aggregate)
        assert isinstance(found, UUID)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[F_co]):
    """An event as it comes out of an inbox: with its id, and when it happened."""

    event_id: UUID
    occurred_at: datetime
    event: F_co


def encode(event: Event) -> dict[str, Any]:
    """The event's fields as JSON types."""
    fields: dict[str, Any] = _adapter(type(event)).dump_python(event, mode="json")
    return fields


def decode(kind: type[E], fields: dict[str, Any]) -> E:
    """The event back from JSON types; unknown fields of a newer sender are ignored."""
    event: E = _adapter(kind).validate_python(fields)
    return event


def _adapter(kind: Any) -> TypeAdapter[Any]:
    return _built(kind)


@cache
def _built(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def every_event(kind: type[Event] = Event) -> Iterator[type[Event]]:
    """All events that are defined, for the docs and their test."""
    children = {(child.__module__, child.__qualname__): child for child in kind.__subclasses__()}
    for child in children.values():  # of a slotted dataclass the last one: the first was its draft
        yield child
        yield from every_event(child)
