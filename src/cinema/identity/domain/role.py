"""Roles: what people may do. Each grant has a source, so that two reasons for one role do not undo each other."""

from enum import StrEnum

from cinema.contracts.views.identity import Role, RoleGrant
from cinema.kit.errors import Conflict, NotFound

VIEWER = "viewer"
"""The role that everybody has; it is never granted."""

BY_ADMIN = "admin"
"""The source of grants that a person made; any other source is the id of a subscription."""

NAME_FORM = r"[a-z][a-z0-9_]{2,39}"

MADE_MAX = 100
"""Roles that admins may make."""


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


def built_in() -> tuple[Role, ...]:
    """The roles of the product."""
    return tuple(Role(role=role.value, description=DESCRIPTIONS[role], is_built_in=True) for role in BuiltIn)


def names(grants: tuple[RoleGrant, ...]) -> tuple[str, ...]:
    """The roles that follow from ``grants``, each once, with the one that everybody has."""
    return tuple(sorted({VIEWER, *(grant.role for grant in grants)}))


def with_sources(grants: tuple[RoleGrant, ...]) -> list[str]:
    """Grants as the audit shows them: ``role:source``."""
    return sorted(f"{grant.role}:{grant.source}" for grant in grants)
