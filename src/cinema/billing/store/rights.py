"""Entitlements and blocks."""

from datetime import datetime

from cinema.contracts.billing import AccessBlock, AccessGrant, GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, SubscriptionId, UserId
from cinema.kit.db import ReadTx, Row, Tx


async def add(
    tx: Tx,
    *,
    entitlement_id: EntitlementId,
    user_id: UserId,
    kind: GrantKind,
    subscription_id: SubscriptionId,
    order_id: OrderId | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    await tx.execute(
        """INSERT INTO billing.entitlements
             (id, user_id, kind, subscription_id, order_id, starts_at, ends_at, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        entitlement_id,
        user_id,
        kind,
        subscription_id,
        order_id,
        starts_at,
        ends_at,
        now,
    )


async def revoke_grace(tx: Tx, *, subscription_id: SubscriptionId, reason: str, now: datetime) -> list[Row]:
    """Takes back what is left of the grace; returns the rows."""
    return await tx.all(
        """UPDATE billing.entitlements SET revoked_at = $2, revoke_reason = $3
           WHERE subscription_id = $1 AND kind = 'grace' AND revoked_at IS NULL AND ends_at > $2 RETURNING *""",
        subscription_id,
        now,
        reason,
    )


async def has_grace(tx: ReadTx, *, subscription_id: SubscriptionId, now: datetime) -> bool:
    """Whether the subscription has a grace, to come or not over yet."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM billing.entitlements
               WHERE subscription_id = $1 AND kind = 'grace' AND revoked_at IS NULL AND ends_at > $2)""",
            subscription_id,
            now,
        )
    )


async def revoke_of_order(tx: Tx, *, order_id: OrderId, reason: str, now: datetime) -> list[Row]:
    """Takes back what an order gave and is not over; returns the rows."""
    return await tx.all(
        """UPDATE billing.entitlements SET revoked_at = $2, revoke_reason = $3
           WHERE order_id = $1 AND kind = 'paid' AND revoked_at IS NULL AND ends_at > $2 RETURNING *""",
        order_id,
        now,
        reason,
    )


async def grants(tx: ReadTx, *, user_id: UserId, film_id: FilmId, now: datetime) -> tuple[AccessGrant, ...]:
    """What gives the user the film at ``now``, the longest first."""
    rows = await tx.all(
        """SELECT id, kind, subscription_id, ends_at FROM billing.entitlements
           WHERE user_id = $1 AND (film_id IS NULL OR film_id = $2) AND revoked_at IS NULL
             AND starts_at <= $3 AND ends_at > $3
           ORDER BY ends_at DESC LIMIT 20""",
        user_id,
        film_id,
        now,
    )
    return tuple(
        AccessGrant(
            entitlement_id=EntitlementId(row["id"]),
            kind=GrantKind(row["kind"]),
            subscription_id=row["subscription_id"],
            ends_at=row["ends_at"],
        )
        for row in rows
    )


async def blocks(tx: ReadTx, *, user_id: UserId, now: datetime) -> tuple[AccessBlock, ...]:
    """What stands against the user at ``now``."""
    rows = await tx.all(
        """SELECT reason, ends_at FROM billing.blocks
           WHERE user_id = $1 AND starts_at <= $2 AND (ends_at IS NULL OR ends_at > $2) LIMIT 20""",
        user_id,
        now,
    )
    return tuple(AccessBlock(reason=row["reason"], ends_at=row["ends_at"]) for row in rows)


async def of_user(tx: ReadTx, *, user_id: UserId, limit: int = 100) -> list[Row]:
    """The user's rights, newest first, those that are over too."""
    return await tx.all(
        "SELECT * FROM billing.entitlements WHERE user_id = $1 ORDER BY starts_at DESC, id DESC LIMIT $2",
        user_id,
        limit,
    )
