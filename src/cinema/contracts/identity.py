"""Identity: who people are, what they may do, how to reach them."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.kit.errors import NotFound
from cinema.kit.events import Event

SUBSCRIBER = "subscriber"
"""The role that a running subscription gives."""


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user-not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach a user, in which language, and in which (IANA) time zone the user's days begin."""

    user_id: UserId
    login: str
    email: str
    language: Language
    time_zone: str


class Contacts(Protocol):
    """Answers how to reach people, so that nobody else keeps copies of addresses."""

    async def contact(self, user_id: UserId) -> Contact:
        """Raises `UserNotFound`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    """Someone signed up."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanged(Event):
    """A user changed login, e-mail, language or time zone; ``fields`` names which."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Event):
    """A user has a role that the user had not."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    role: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(Event):
    """A user has lost a role: the last reason for it is gone."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    role: str
