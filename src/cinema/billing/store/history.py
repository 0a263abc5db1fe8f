"""History: who changed what, when, why, with what was before and after."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cinema.kit.db import ReadTx, Row, Tx

SYSTEM = "system"


def user(user_id: UUID) -> str:
    """How a signed-in person stands in the history."""
    return f"user:{user_id}"


async def note(
    tx: Tx,
    *,
    actor: str,
    entity: str,
    entity_id: UUID,
    action: str,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Notes a change in the transaction that makes it."""
    await tx.execute(
        """INSERT INTO billing.history (at, actor, entity, entity_id, action, before, after, reason)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        now,
        actor,
        entity,
        entity_id,
        action,
        dict(before) if before is not None else None,
        dict(after) if after is not None else None,
        reason,
    )


async def of_entity(tx: ReadTx, *, entity_id: UUID, limit: int = 200) -> list[Row]:
    """All notes on one thing, oldest first."""
    return await tx.all(
        "SELECT * FROM billing.history WHERE entity_id = $1 ORDER BY position LIMIT $2", entity_id, limit
    )
