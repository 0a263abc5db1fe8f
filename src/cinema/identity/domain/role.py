"""Roles: what people may do. Each grant has a source, so that two reasons for one role do not undo each other."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cinema.contracts.ids import UserId
from cinema.kit.errors import Conflict, NotFound

VIEWER = "viewer"
"""The role that everybody has; it is never granted."""

BY_ADMIN = "admin"
"""The source of grants that a person made; any other source is the id of a subscription."""

NAME_FORM = r"[a-z][a-z0-9_]{2,39}"


class BuiltIn(StrEnum):
    """The roles that the product itself asks for."""

    SUBSCRIBER = "subscriber"
    ADMIN = "admin"
    EDITOR = "editor"
    SUPPORT = "support"
    FINANCE = "finance"
    STATISTIC_MANAGER = "statistic_manager"
    MANAGER = "manager"


DESCRIPTIONS: dict[BuiltIn, str] = {
    BuiltIn.SUBSCRIBER: "Has a running subscription",
    BuiltIn.ADMIN: "May do everything",
    BuiltIn.EDITOR: "Keeps the catalogue",
    BuiltIn.SUPPORT: "Helps viewers",
    BuiltIn.FINANCE: "Sees payments and makes refunds",
    BuiltIn.STATISTIC_MANAGER: "Reads statistics",
    BuiltIn.MANAGER: "Keeps plans and mailings",
}


class RoleUnknown(NotFound):
    """There is no such role."""

    code = "role-unknown"


class RoleExists(Conflict):
    """There is a role of this name already."""

    code = "role-exists"


class RoleHeldOtherwise(Conflict):
    """The user has this role from a subscription, not from an admin; it goes with the subscription."""

    code = "role-held-otherwise"


class LastAdmin(Conflict):
    """The last admin stays admin; make another one first."""

    code = "last-admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that can be granted."""

    name: str
    description: str
    is_built_in: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One reason why a user has a role."""

    role: str
    source: str
    granted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRoles:
    """The roles of a user, and what each of them rests on."""

    user_id: UserId
    roles: tuple[str, ...]
    grants: tuple[Grant, ...]


def built_in() -> tuple[Role, ...]:
    """The roles of the product."""
    return tuple(Role(name=role.value, description=DESCRIPTIONS[role], is_built_in=True) for role in BuiltIn)


def names(grants: tuple[Grant, ...]) -> tuple[str, ...]:
    """The roles that follow from ``grants``, each once, with the one that everybody has."""
    return tuple(sorted({VIEWER, *(grant.role for grant in grants)}))


def with_sources(grants: tuple[Grant, ...]) -> list[str]:
    """Grants as the audit shows them: ``role:source``."""
    return sorted(f"{grant.role}:{grant.source}" for grant in grants)
