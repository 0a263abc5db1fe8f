"""What is shown of identity: the own account, its devices and sign-ins, users and their roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.contracts.ids import UserId
from cinema.contracts.text import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A user as the user sees the own account, and as an admin sees it."""

    id: UserId
    login: str
    email: str
    language: Language
    time_zone: str
    roles: tuple[str, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A signed-in device. ``last_used_at`` is exact to a minute; ``is_current`` marks the one that asks."""

    id: UUID
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInView:
    """One attempt to sign in, as the user is shown it."""

    id: UUID
    at: datetime
    succeeded: bool
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that can be granted."""

    role: str
    description: str
    is_built_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGrant:
    """One reason why a user has a role."""

    role: str
    source: str
    granted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRoles:
    """The roles of a user, and what each of them rests on."""

    user_id: UserId
    roles: tuple[str, ...]
    grants: tuple[RoleGrant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDetails:
    """A user, and what each role rests on: ``admin``, or the id of a subscription."""

    user: Profile
    grants: tuple[RoleGrant, ...]
