"""Entitlements and blocks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from cinema.billing.domain.changes import Revocation
from cinema.billing.domain.ending import SUSPENDED
from cinema.billing.domain.right import Right
from cinema.billing.domain.whole import Grace
from cinema.contracts.enums import BlockReason, GrantKind
from cinema.contracts.ids import EntitlementId, FilmId, OrderId, SubscriptionId, UserId
from cinema.contracts.views.billing import FOR_GOOD, AccessBlock, AccessGrant
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing


async def add(tx: Tx, rights: Sequence[Right]) -> None:
    rows = [
        (
            one.entitlement_id,
            one.user_id,
            one.kind,
            one.film_id,
            one.subscription_id,
            one.order_id,
            one.starts_at,
            one.ends_at,
            one.used_at,
        )
        for one in rights
    ]
    await tx.write_rows(ADD, rows, tx.now)


async def revoke(tx: Tx, revocations: Sequence[Revocation]) -> None:
    """Takes rights back."""
    rows = [(one.right.entitlement_id, one.reason) for one in revocations]
    await tx.write_rows(REVOKE, rows, tx.now)


async def restore(tx: Tx, rights: Sequence[Right]) -> None:
    """Gives back what was taken for a refund that did not come about, with the time that was lost."""
    await tx.write_rows(RESTORE, [(one.entitlement_id, one.ends_at, one.stood_still) for one in rights])


async def mark_used(tx: Tx, used: Mapping[EntitlementId, datetime]) -> None:
    """Notes when a film was first played by these rights."""
    await tx.write_rows(MARK_USED, sorted(used.items()))


async def use(tx: Tx, *, entitlement_id: EntitlementId, now: datetime) -> bool:
    """Notes that a film is played by the right; False where it does not hold at ``now``.

    What the right belongs to is locked first, as every decision about it does, so that none
    counts it as unused that is under way.
    """
    await tx.execute(LOCK_SUBSCRIPTION, entitlement_id)
    await tx.execute(LOCK_ORDER, entitlement_id)
    return await tx.execute(USE, entitlement_id, now) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AroundNow:
    """The graces after the newest period of subscriptions, and their paid rights that are not over."""

    graces: Mapping[SubscriptionId, tuple[Grace, ...]]
    paid: Mapping[SubscriptionId, tuple[Right, ...]]


async def around_now(tx: ReadTx, subscription_ids: Collection[SubscriptionId]) -> AroundNow:
    """What these subscriptions give and gave of late. A grace that was taken back before it began was none."""
    graces: dict[SubscriptionId, tuple[Grace, ...]] = defaultdict(tuple)
    paid: dict[SubscriptionId, tuple[Right, ...]] = defaultdict(tuple)
    for row in await tx.all(AROUND_NOW, list(subscription_ids), tx.now):
        its_id = SubscriptionId(row["subscription_id"])
        if row["kind"] == GrantKind.GRACE:
            graces[its_id] += (Grace(right=_right(row), is_revoked=row["revoked_at"] is not None),)
        else:
            paid[its_id] += (_right(row),)
    return AroundNow(graces=graces, paid=paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What an order gave and is not over, and what of it is taken back while a refund is under way.

    That would be over without the refund counts too: its time stands still.
    """

    rights: tuple[Right, ...] = ()
    suspended: tuple[Right, ...] = ()


async def of_orders(tx: ReadTx, order_ids: Collection[OrderId]) -> Mapping[OrderId, Given]:
    """What these orders gave and is not over."""
    rows = await tx.all(
        """SELECT * FROM billing.entitlements AS e
           WHERE order_id = ANY($1) AND kind = 'paid'
             AND (ends_at > $2 AND (revoked_at IS NULL OR revoke_reason = $3)
                  OR revoke_reason = $3 AND EXISTS (
                    SELECT FROM billing.refunds AS r
                    WHERE r.order_id = e.order_id AND r.status = 'requested' AND r.access_effect = 'revoke'))""",
        list(order_ids),
        tx.now,
        SUSPENDED,
    )
    found: dict[OrderId, Given] = defaultdict(Given)
    for row in rows:
        order_id, right = OrderId(row["order_id"]), _right(row)
        before = found[order_id]
        if row["revoked_at"] is None:
            found[order_id] = replace(before, rights=(*before.rights, right))
        else:
            found[order_id] = replace(before, suspended=(*before.suspended, right))
    return found


async def grants(tx: ReadTx, *, user_id: UserId, film_id: FilmId, now: datetime) -> tuple[AccessGrant, ...]:
    """What gives the user the film at ``now``, the longest first."""
    rows = await tx.all(
        """SELECT id, kind, subscription_id, ends_at, used_at FROM billing.entitlements
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
            is_used=row["used_at"] is not None,
        )
        for row in rows
    )


async def owns(tx: ReadTx, *, user_id: UserId, film_id: FilmId) -> bool:
    """Whether the film is the user's for good."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM billing.entitlements
                              WHERE user_id = $1 AND film_id = $2 AND ends_at = $3 AND revoked_at IS NULL)""",
            user_id,
            film_id,
            FOR_GOOD,
        )
    )


async def rented_until(tx: ReadTx, *, user_id: UserId, film_id: FilmId) -> datetime | None:
    """When what the user has rented of the film is over; None where nothing is."""
    until: datetime | None = await tx.value(
        """SELECT max(ends_at) FROM billing.entitlements
           WHERE user_id = $1 AND film_id = $2 AND ends_at > $3 AND revoked_at IS NULL""",
        user_id,
        film_id,
        tx.now,
    )
    return until


async def blocks(tx: ReadTx, *, user_id: UserId, now: datetime) -> tuple[AccessBlock, ...]:
    """What stands against the user at ``now``."""
    rows = await tx.all(
        """SELECT reason, ends_at FROM billing.blocks
           WHERE user_id = $1 AND starts_at <= $2 AND (ends_at IS NULL OR ends_at > $2) LIMIT 20""",
        user_id,
        now,
    )
    return tuple(AccessBlock(reason=BlockReason(row["reason"]), ends_at=row["ends_at"]) for row in rows)


async def of_user(tx: ReadTx, *, user_id: UserId, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
    """The user's rights, newest first, those that are over too; one row more than ``limit`` when there are more."""
    return await OF_USER.page(tx, wanted={"user_id": user_id}, after=after, limit=limit + 1)


def _right(row: Row) -> Right:
    return Right(
        entitlement_id=EntitlementId(row["id"]),
        user_id=UserId(row["user_id"]),
        kind=GrantKind(row["kind"]),
        film_id=FilmId(row["film_id"]) if row["film_id"] else None,
        subscription_id=SubscriptionId(row["subscription_id"]) if row["subscription_id"] else None,
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        used_at=row["used_at"],
        revoked_at=row["revoked_at"],
        stood_still=row["stood_still"],
    )


OF_USER = Listing(select="SELECT * FROM billing.entitlements", columns=("starts_at", "id"), filters=("user_id",))

ADD = """
INSERT INTO billing.entitlements
  (id, user_id, kind, film_id, subscription_id, order_id, starts_at, ends_at, used_at, created_at)
SELECT id, user_id, kind, film_id, subscription_id, order_id, starts_at, ends_at, used_at, $10
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[])
  AS r (id, user_id, kind, film_id, subscription_id, order_id, starts_at, ends_at, used_at)
"""

REVOKE = """
UPDATE billing.entitlements AS e SET revoked_at = $3, revoke_reason = n.reason
FROM unnest($1::uuid[], $2::text[]) AS n (id, reason) WHERE e.id = n.id
"""

RESTORE = """
UPDATE billing.entitlements AS e
SET revoked_at = NULL, revoke_reason = NULL, ends_at = n.ends_at, stood_still = n.stood_still
FROM unnest($1::uuid[], $2::timestamptz[], $3::interval[]) AS n (id, ends_at, stood_still) WHERE e.id = n.id
"""

MARK_USED = """
UPDATE billing.entitlements AS e SET used_at = n.used_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, used_at)
WHERE e.id = n.id AND (e.used_at IS NULL OR e.used_at > n.used_at)
"""

LOCK_SUBSCRIPTION = """
SELECT FROM billing.subscriptions WHERE id = (SELECT subscription_id FROM billing.entitlements WHERE id = $1) FOR SHARE
"""
LOCK_ORDER = """
SELECT FROM billing.orders WHERE id = (SELECT order_id FROM billing.entitlements WHERE id = $1) FOR SHARE
"""
USE = """
UPDATE billing.entitlements SET used_at = least(used_at, $2)
WHERE id = $1 AND revoked_at IS NULL AND starts_at <= $2 AND ends_at > $2
"""

AROUND_NOW = """
SELECT e.* FROM unnest($1::uuid[]) AS w (id)
JOIN billing.subscriptions AS s ON s.id = w.id
JOIN billing.entitlements AS e ON e.subscription_id = s.id
WHERE (e.kind = 'grace' AND e.starts_at >= s.period_end AND (e.revoked_at IS NULL OR e.revoked_at > e.starts_at))
   OR (e.kind = 'paid' AND e.revoked_at IS NULL AND e.ends_at > $2)
ORDER BY e.subscription_id, e.starts_at
"""
