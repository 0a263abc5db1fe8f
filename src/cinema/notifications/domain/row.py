"""What a row about an event holds: who is told of it, in which message, and until when that is true."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from cinema.contracts.enums import MessageKind
from cinema.contracts.ids import UserId
from cinema.kit.events import Event
from cinema.notifications.domain.wording import Reader, Values

E = TypeVar("E", bound=Event)


class OfUser(Protocol):
    """An event that happened to a user."""

    @property
    def user_id(self) -> UserId: ...


def user(event: OfUser) -> UserId:
    return event.user_id


def never(_: Event) -> bool:
    return False


def for_ever(_: Event) -> None:
    return None


def about(event: Event) -> UUID:
    return event.aggregate_id


def nothing(_event: Event, _to: Reader) -> Values:
    return {}


def tells_nobody(_event: Event, _at: datetime) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told(Generic[E]):
    """An event that somebody is told of.

    ``whom``: who is told, ``unless`` it is nothing to write about. ``values``: what the
    templates of ``kind`` may say, beside what every mail may (`values`).

    ``thing`` is what it is about: the event's aggregate, or what is narrower than that.

    ``fact`` is the natural id of the fact among those of its kind, which is told once
    however often it is published. None: nothing but the event tells it from the one
    before (a viewer who cancels twice is told twice).

    After ``useful_until`` it would be wrong to send it. ``overtakes``: the kinds that it
    makes untrue; earlier messages of these kinds about its thing or its order are not
    sent any more. ``delivered``: what others hear once the mail server took it, and when.
    """

    event: type[E]
    kind: MessageKind
    whom: Callable[[E], UserId]
    thing: Callable[[E], UUID] = about
    unless: Callable[[E], bool] = never
    fact: Callable[[E], str] | None
    useful_until: Callable[[E], datetime | None] = for_ever
    overtakes: frozenset[MessageKind] = frozenset()
    values: Callable[[E, Reader], Values]
    delivered: Callable[[E, datetime], Event | None] = tells_nobody
