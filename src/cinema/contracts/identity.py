"""Identity: who people are, what they may do, how to reach them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from cinema.contracts.ids import SessionId, UserId
from cinema.contracts.text import Language
from cinema.contracts.views.identity import Profile, Role, SessionView, SignInView, UserDetails
from cinema.kit.errors import Forbidden, NotFound
from cinema.kit.events import Event
from cinema.kit.page import Page

SUBSCRIBER = "subscriber"
"""The role that a running subscription gives."""

ADDRESS_MAX = 64
USER_AGENT_MAX = 300
"""Characters that are kept of where a request came from."""


class UserNotFound(NotFound):
    """There is no such user."""

    code = "user-not-found"


class OwnAccount(Forbidden):
    """Staff do not act on their own account; ask a colleague."""

    code = "own-account"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Where a request came from, in a form that can be stored."""

    address: str
    user_agent: str


def caller(*, address: str | None, user_agent: str | None) -> Caller:
    """A caller cut to size, without what a log line or a table would choke on."""
    return Caller(address=_line(address, ADDRESS_MAX) or "unknown", user_agent=_line(user_agent, USER_AGENT_MAX))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCookie:
    """What a browser is given that signed in. ``token`` is known to nobody else: only its hash is stored."""

    name: str
    token: str = field(repr=False)
    expires_at: datetime
    is_secure: bool


class Doors(Protocol):
    """Coming and going, and the own account, for pages. What is wrong is refused as the routes say."""

    async def register(
        self, *, login: str, email: str, password: str, language: Language, time_zone: str, caller: Caller
    ) -> None:
        """Makes an account, unless the address has one: then its owner is told, and nobody else."""
        ...

    async def sign_in(self, *, name: str, password: str, caller: Caller) -> SessionCookie:
        """Begins a session for whoever knows the password of the login or e-mail address ``name``."""
        ...

    async def sign_out(self, *, session_id: SessionId) -> None:
        """Ends the session that asks for it."""
        ...

    async def change(
        self, *, user_id: UserId, login: str | None, language: Language | None, time_zone: str | None
    ) -> Profile:
        """Changes the own account; None stays as it is."""
        ...

    async def change_password(
        self, *, user_id: UserId, session_id: SessionId, old: str, new: str, caller: Caller
    ) -> None:
        """Sets a new password; every other session ends."""
        ...

    async def end_session(self, *, user_id: UserId, session_id: SessionId) -> None:
        """Signs one of the user's devices out."""
        ...

    async def end_other_sessions(self, *, user_id: UserId, kept: SessionId) -> int:
        """Signs all of the user's devices out but the one that asks; returns how many."""
        ...


class Contacts(Protocol):
    """Answers how to reach people, so that nobody else keeps copies of addresses."""

    async def contact(self, user_id: UserId) -> Contact:
        """Raises `UserNotFound`."""
        ...

    async def contacts(self, user_ids: Collection[UserId]) -> Mapping[UserId, Contact]:
        """How to reach each of them, asked once for all; who is gone is left out."""
        ...


class IdentityReader(Protocol):
    """Shows people the own account, and admins everybody's. Nothing changes by reading.

    For somebody who is not there it raises `UserNotFound`, for a wrong cursor a `BadRequest`.
    """

    async def profile(self, *, user_id: UserId) -> Profile:
        """An account, with the roles that hold now."""
        ...

    async def sessions(
        self, *, user_id: UserId, current: SessionId | None, cursor: str | None, limit: int
    ) -> Page[SessionView]:
        """The user's devices that are signed in, the newest first; ``current`` is the session that asks."""
        ...

    async def sign_ins(self, *, user_id: UserId, cursor: str | None, limit: int) -> Page[SignInView]:
        """Attempts to sign in to the account, the newest first."""
        ...

    async def users(self, *, login: str | None, email: str | None, cursor: str | None, limit: int) -> Page[Profile]:
        """For admins: users, the newest first, or the one with exactly this login or e-mail address."""
        ...

    async def user(self, *, user_id: UserId) -> UserDetails:
        """For admins: one user, with what each role rests on."""
        ...

    async def roles(self) -> Page[Role]:
        """For admins: all roles that can be granted, on one page."""
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


def _line(text: str | None, length_max: int) -> str:
    return "".join(character for character in text or "" if character.isprintable())[:length_max]
