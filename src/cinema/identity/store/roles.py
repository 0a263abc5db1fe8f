"""SQL over roles, grants and the audit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cinema.contracts.ids import UserId
from cinema.contracts.views.identity import Role, RoleGrant
from cinema.identity.domain.role import BuiltIn
from cinema.kit.db import ReadTx, Tx


async def add(tx: Tx, *, role: Role, now: datetime) -> bool:
    """Whether the role was added: false when there is one of this name."""
    count = await tx.execute(
        "INSERT INTO identity.roles (name, description, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        role.role,
        role.description,
        now,
    )
    return count == 1


async def made(tx: ReadTx, *, limit: int) -> Sequence[Role]:
    """The roles that admins made, by name."""
    rows = await tx.all("SELECT name, description FROM identity.roles ORDER BY name LIMIT $1", limit)
    return [Role(role=row["name"], description=row["description"], is_built_in=False) for row in rows]


async def lock_made(tx: Tx) -> int:
    """How many roles admins made; nobody makes another until the commit."""
    await tx.execute("LOCK TABLE identity.roles IN SHARE ROW EXCLUSIVE MODE")
    count: int = await tx.value("SELECT count(*) FROM identity.roles")
    return count


async def is_made(tx: ReadTx, *, name: str) -> bool:
    return bool(await tx.value("SELECT EXISTS (SELECT FROM identity.roles WHERE name = $1)", name))


async def grants(tx: ReadTx, *, user_id: UUID) -> tuple[RoleGrant, ...]:
    """What the user's roles rest on."""
    rows = await tx.all(
        """SELECT role, source, granted_at FROM identity.role_grants WHERE user_id = $1
           ORDER BY role, granted_at, source""",
        user_id,
    )
    return tuple(RoleGrant(role=row["role"], source=row["source"], granted_at=row["granted_at"]) for row in rows)


async def roles_of(tx: ReadTx, *, user_ids: Sequence[UserId]) -> dict[UserId, tuple[str, ...]]:
    """The granted roles of each of these users who has any."""
    rows = await tx.all(
        """SELECT user_id, array_agg(DISTINCT role ORDER BY role) AS roles FROM identity.role_grants
           WHERE user_id = ANY($1) GROUP BY user_id""",
        list(user_ids),
    )
    return {UserId(row["user_id"]): tuple(row["roles"]) for row in rows}


async def grant(tx: Tx, *, user_id: UserId, role: str, source: str, now: datetime) -> bool:
    """Whether this is a new reason for the role."""
    count = await tx.execute(
        """INSERT INTO identity.role_grants (user_id, role, source, granted_at) VALUES ($1, $2, $3, $4)
           ON CONFLICT DO NOTHING""",
        user_id,
        role,
        source,
        now,
    )
    return count == 1


async def revoke(tx: Tx, *, user_id: UserId, role: str, source: str) -> bool:
    """Whether there was such a grant."""
    count = await tx.execute(
        "DELETE FROM identity.role_grants WHERE user_id = $1 AND role = $2 AND source = $3", user_id, role, source
    )
    return count == 1


async def end_source(tx: Tx, *, source: str, now: datetime) -> None:
    """Remembers that nothing is granted from this source any more."""
    await tx.execute(
        "INSERT INTO identity.ended_sources (source, ended_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", source, now
    )


async def has_ended(tx: ReadTx, *, source: str) -> bool:
    return bool(await tx.value("SELECT EXISTS (SELECT FROM identity.ended_sources WHERE source = $1)", source))


async def lock_admins(tx: Tx) -> None:
    """Lets one transaction at a time take away the role of an admin."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('cinema.identity.admins'))")


async def has_other_admin(tx: ReadTx, *, user_id: UserId) -> bool:
    """Whether somebody else is admin too."""
    return bool(
        await tx.value(
            f"SELECT EXISTS (SELECT FROM identity.role_grants WHERE role = '{BuiltIn.ADMIN}' AND user_id <> $1)",  # noqa: S608
            user_id,
        )
    )


async def note(
    tx: Tx,
    *,
    actor_id: UserId | None,
    user_id: UserId | None,
    action: str,
    reason: str,
    before: object,
    after: object,
    now: datetime,
) -> None:
    """Writes a line of the audit; ``actor_id`` None means a command or an event, which ``reason`` names."""
    await tx.execute(
        """INSERT INTO identity.audit (at, actor_id, user_id, action, reason, before, after)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        now,
        actor_id,
        user_id,
        action,
        reason,
        before,
        after,
    )
