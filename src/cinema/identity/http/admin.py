"""Routes for admins: users and roles."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from cinema.contracts.identity import OwnAccount, UserNotFound
from cinema.contracts.ids import UserId
from cinema.contracts.views.identity import Profile, Role, UserDetails, UserRoles
from cinema.identity.domain.role import NAME_FORM, LastAdmin, RoleExists, RoleHeldOtherwise, RoleUnknown
from cinema.identity.service.reading import Reader
from cinema.identity.service.roles import Roles, RolesFull
from cinema.kit.auth import Admin
from cinema.kit.db import Database
from cinema.kit.http import FREE_TEXT, Strict
from cinema.kit.idempotency import MaybeOnce, created
from cinema.kit.keyset import CursorText, Limit
from cinema.kit.page import Page
from cinema.kit.refusing import refuses

REASON_MAX = 500

Reason = Annotated[str, Field(min_length=3, max_length=REASON_MAX), FREE_TEXT]
RoleName = Annotated[str, Path(pattern=f"^{NAME_FORM}$")]


class NewRole(Strict):
    """A role to make, and why; the reason stands in the audit."""

    role: Annotated[str, Field(pattern=f"^{NAME_FORM}$")]
    description: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class GrantWish(Strict):
    """Why a user gets a role; it stands in the audit."""

    reason: Reason


def routes(*, db: Database, reader: Reader, roles: Roles) -> APIRouter:
    router = APIRouter(prefix="/v1/admin", tags=["identity, staff"])

    @router.get("/users", name="admin.users.list")
    async def users(
        _: Admin,
        cursor: CursorText = None,
        limit: Limit = 20,
        login: Annotated[str | None, Query(max_length=32, pattern=r"^[^\x00]*$")] = None,
        email: Annotated[str | None, Query(max_length=254, pattern=r"^[^\x00]*$")] = None,
    ) -> Page[Profile]:
        """Users, the newest first; one by exact login or e-mail address."""
        return await reader.users(login=login, email=email, cursor=cursor, limit=limit)

    @router.get("/users/{user_id}", name="admin.users.get", responses=refuses(UserNotFound))
    async def user(user_id: UUID, _: Admin) -> UserDetails:
        """One user, with what each role rests on."""
        return await reader.user(user_id=UserId(user_id))

    _roles(router, db=db, reader=reader, roles=roles)
    return router


def _roles(router: APIRouter, *, db: Database, reader: Reader, roles: Roles) -> None:
    @router.get("/roles", name="admin.roles.list")
    async def every_role(_: Admin) -> Page[Role]:
        """All roles that can be granted."""
        return await reader.roles()

    @router.get("/roles/{role}", name="admin.roles.get", responses=refuses(RoleUnknown))
    async def one_role(role: RoleName, _: Admin) -> Role:
        """One role."""
        return await reader.role(role)

    @router.post(
        "/roles",
        status_code=201,
        response_model=Role,
        name="admin.roles.create",
        responses=created("admin.roles.get", role="/role") | refuses(RoleExists, RolesFull),
    )
    async def make_role(body: NewRole, actor: Admin, once: MaybeOnce) -> Response:
        """Make a role of your own."""
        role = Role(role=body.role, description=body.description, is_built_in=False)
        work = partial(roles.make, role=role, actor_id=UserId(actor.user_id), reason=body.reason)
        return once.response(await once.run(db, Role, work))

    @router.put(
        "/users/{user_id}/roles/{role}",
        response_model=UserRoles,
        name="admin.users.grant_role",
        responses=refuses(RoleUnknown, UserNotFound, OwnAccount),
    )
    async def grant(user_id: UUID, role: RoleName, body: GrantWish, actor: Admin, once: MaybeOnce) -> Response:
        """Give a user a role. It holds from the user's next request on."""
        whom, by = UserId(user_id), UserId(actor.user_id)
        work = partial(roles.grant_by_admin, user_id=whom, role=role, actor_id=by, reason=body.reason)
        return once.response(await once.run(db, UserRoles, work))

    @router.delete(
        "/users/{user_id}/roles/{role}",
        response_model=UserRoles,
        name="admin.users.revoke_role",
        responses=refuses(RoleUnknown, UserNotFound, LastAdmin, RoleHeldOtherwise, OwnAccount),
    )
    async def revoke(
        user_id: UUID,
        role: RoleName,
        reason: Annotated[str, Query(min_length=3, max_length=REASON_MAX, pattern=r"^[^\x00]*$")],
        actor: Admin,
        once: MaybeOnce,
    ) -> Response:
        """Take back a role that an admin gave. It is gone from the user's next request on."""
        whom, by = UserId(user_id), UserId(actor.user_id)
        work = partial(roles.revoke_by_admin, user_id=whom, role=role, actor_id=by, reason=reason)
        return once.response(await once.run(db, UserRoles, work))
