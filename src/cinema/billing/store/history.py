"""History: who changed what, when, why, with what was before and after."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from cinema.billing.domain.changes import Note
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.retention import MAY_FORGET


async def add(tx: Tx, notes: Sequence[Note]) -> None:
    """Writes notes in the transaction that makes them true."""
    rows = [
        (
            n,
            one.actor,
            one.entity,
            one.entity_id,
            one.action,
            dict(one.before) if one.before is not None else None,
            dict(one.after) if one.after is not None else None,
            one.reason,
        )
        for n, one in enumerate(notes)
    ]
    await tx.write_rows(ADD, rows, tx.now)


async def of_entity(tx: ReadTx, *, entity_id: UUID, after: tuple[Any, ...] | None, limit: int) -> list[Row]:
    """Notes on one thing, oldest first; one row more than ``limit`` when there are more."""
    return await OF_ENTITY.page(tx, wanted={"entity_id": entity_id}, after=after, limit=limit + 1)


async def forget(tx: Tx, *, older_than: timedelta, limit: int) -> int:
    """Deletes old notes; returns how many."""
    await tx.value(MAY_FORGET, "billing.history")
    return await tx.execute(FORGET, tx.now - older_than, limit)


OF_ENTITY = Listing(
    select="SELECT * FROM billing.history", columns=("position",), filters=("entity_id",), is_ascending=True
)

ADD = """
INSERT INTO billing.history (at, actor, entity, entity_id, action, before, after, reason)
SELECT $9, actor, entity, entity_id, action, before, after, reason
FROM unnest($1::int[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::jsonb[], $7::jsonb[], $8::text[])
  AS n (number, actor, entity, entity_id, action, before, after, reason)
ORDER BY number
"""

FORGET = """
DELETE FROM billing.history AS h
USING (SELECT position, at FROM billing.history ORDER BY position LIMIT $2) AS oldest
WHERE h.position = oldest.position AND oldest.at < $1
"""
