"""Identity: who people are, what they may do, how to reach them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedAdmin:
    """What became of the wish for an admin. ``password`` is set when it was made up, and is shown once."""

    user_id: UserId
    login: str
    is_new: bool
    password: str | None = field(repr=False)


class Admins(Protocol):
    """Makes the first admin, for whoever may run commands on the machine."""

    async def create_admin(
        self, *, login: str, email: str, password: str | None, language: Language, time_zone: str
    ) -> CreatedAdmin:
        """Makes the user ``login``, if there is none, an admin; a password is made up where none is given.

        An existing user keeps address and password. Raises refusals: the login, address,
        zone or password is not valid, or the address is another user's.
        """
        ...


class Contacts(Protocol):
    """Answers how to reach people, so that nobody else keeps copies of addresses."""

    async def contact(self, user_id: UserId) -> Contact:
        """Raises `UserNotFound`."""
        ...

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        """How to reach each of them, asked once for all; who is gone is left out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRegistered(Event):
    """Someone signed up."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    registered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationRepeated(Event):
    """Someone tried to sign up with the e-mail address of a user; only the user is told."""

    aggregate: ClassVar[str] = "user_id"
    user_id: UserId
    repeated_at: datetime


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
