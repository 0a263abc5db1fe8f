"""Roles: granted and revoked by people and by what billing tells, in force at once."""

import structlog

from cinema.contracts.identity import SUBSCRIBER, OwnAccount, RoleGranted, RoleRevoked
from cinema.contracts.ids import SubscriptionId, UserId
from cinema.contracts.views.identity import Role, RoleGrant, UserRoles
from cinema.identity.domain import role as domain
from cinema.identity.domain.role import BY_ADMIN, BuiltIn, LastAdmin, RoleExists, RoleHeldOtherwise, RoleUnknown
from cinema.identity.store import accounts
from cinema.identity.store import roles as store
from cinema.kit.db import Database, ReadTx, Tx
from cinema.kit.errors import Conflict
from cinema.kit.outbox import publish

log = structlog.get_logger()


class RolesFull(Conflict):
    """There are as many roles as there may be."""

    code = "roles-full"


class Roles:
    """All that is done with roles."""

    def __init__(self, *, db: Database) -> None:
        self._db = db

    async def make(self, tx: Tx, *, role: Role, actor_id: UserId, reason: str) -> Role:
        """Adds a role; raises `RoleExists` and `RolesFull`."""
        if await store.lock_made(tx) >= domain.MADE_MAX:
            raise RolesFull
        if role.role in {domain.VIEWER, *BuiltIn} or not await store.add(tx, role=role, now=tx.now):
            raise RoleExists
        await store.note(
            tx,
            actor_id=actor_id,
            user_id=None,
            action="role_made",
            reason=reason,
            before=[],
            after=[role.role],
            now=tx.now,
        )
        return role

    async def grant_by_admin(self, tx: Tx, *, user_id: UserId, role: str, actor_id: UserId, reason: str) -> UserRoles:
        """Gives a role, again and again without harm; raises `OwnAccount`, `RoleUnknown` and `UserNotFound`."""
        if user_id == actor_id:
            raise OwnAccount
        await _must_exist(tx, role)
        await grant(tx, user_id=user_id, role=role, source=BY_ADMIN, actor_id=actor_id, reason=reason)
        return await _user_roles(tx, user_id)

    async def revoke_by_admin(self, tx: Tx, *, user_id: UserId, role: str, actor_id: UserId, reason: str) -> UserRoles:
        """Takes back what an admin gave; raises `RoleUnknown`, `UserNotFound`, `LastAdmin`, `RoleHeldOtherwise`."""
        await _must_exist(tx, role)
        if role == BuiltIn.ADMIN:
            await store.lock_admins(tx)
        was_given = await revoke(tx, user_id=user_id, role=role, source=BY_ADMIN, actor_id=actor_id, reason=reason)
        after = await _user_roles(tx, user_id)
        if role in after.roles and not was_given:
            raise RoleHeldOtherwise
        if role == BuiltIn.ADMIN and was_given and not await store.has_other_admin(tx, user_id=user_id):
            raise LastAdmin
        return after

    async def subscription_begun(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> None:
        """Makes a subscriber, unless the end of this subscription was heard of before its beginning."""
        source = str(subscription_id)
        await accounts.lock(tx, user_id=user_id)
        if not await store.has_ended(tx, source=source):
            reason = f"subscription {source} began"
            await grant(tx, user_id=user_id, role=SUBSCRIBER, source=source, actor_id=None, reason=reason)

    async def subscription_ended(self, tx: Tx, *, user_id: UserId, subscription_id: SubscriptionId) -> None:
        """Takes back what this subscription gave, and nothing that another one gives."""
        source = str(subscription_id)
        await accounts.lock(tx, user_id=user_id)
        await store.end_source(tx, source=source, now=tx.now)
        reason = f"subscription {source} ended"
        await revoke(tx, user_id=user_id, role=SUBSCRIBER, source=source, actor_id=None, reason=reason)


async def grant(tx: Tx, *, user_id: UserId, role: str, source: str, actor_id: UserId | None, reason: str) -> bool:
    """Adds a reason for a role; whether it is new. Tells others when the user did not have the role."""
    await accounts.lock(tx, user_id=user_id)
    before = await store.grants(tx, user_id=user_id)
    if not await store.grant(tx, user_id=user_id, role=role, source=source, now=tx.now):
        return False
    await _note(tx, user_id=user_id, role=role, action="role_granted", actor_id=actor_id, reason=reason, before=before)
    if role not in domain.names(before):
        await publish(tx, RoleGranted(user_id=user_id, role=role))
    return True


async def revoke(tx: Tx, *, user_id: UserId, role: str, source: str, actor_id: UserId | None, reason: str) -> bool:
    """Takes a reason for a role away; whether there was one. Tells others when it was the last one."""
    await accounts.lock(tx, user_id=user_id)
    before = await store.grants(tx, user_id=user_id)
    if not await store.revoke(tx, user_id=user_id, role=role, source=source):
        return False
    after = await _note(
        tx, user_id=user_id, role=role, action="role_revoked", actor_id=actor_id, reason=reason, before=before
    )
    if role not in domain.names(after):
        await publish(tx, RoleRevoked(user_id=user_id, role=role))
    return True


async def _note(
    tx: Tx,
    *,
    user_id: UserId,
    role: str,
    action: str,
    actor_id: UserId | None,
    reason: str,
    before: tuple[RoleGrant, ...],
) -> tuple[RoleGrant, ...]:
    """Writes the change of a user's grants to the audit; returns them as they are now."""
    after = await store.grants(tx, user_id=user_id)
    await store.note(
        tx,
        actor_id=actor_id,
        user_id=user_id,
        action=action,
        reason=reason,
        before=domain.with_sources(before),
        after=domain.with_sources(after),
        now=tx.now,
    )
    event = f"identity.{action}"
    log.info(event, user_id=str(user_id), role=role, actor_id=str(actor_id) if actor_id else None)
    return after


async def _must_exist(tx: ReadTx, role: str) -> None:
    if role not in {*BuiltIn} and not await store.is_made(tx, name=role):
        raise RoleUnknown


async def _user_roles(tx: ReadTx, user_id: UserId) -> UserRoles:
    grants = await store.grants(tx, user_id=user_id)
    return UserRoles(user_id=user_id, roles=domain.names(grants), grants=grants)
