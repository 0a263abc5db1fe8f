"""SQL over the sign-in history."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from cinema.contracts.identity import Caller
from cinema.contracts.ids import UserId
from cinema.contracts.views.identity import SignInView
from cinema.kit.db import ReadTx, Tx
from cinema.kit.listing import Listing

PAGE = Listing(
    select="SELECT id, at, succeeded, address, user_agent FROM identity.logins", columns=("id",), filters=("user_id",)
)


async def add(
    tx: Tx, *, attempt_id: UUID, user_id: UserId | None, caller: Caller, succeeded: bool, now: datetime
) -> None:
    """Notes one attempt; ``user_id`` None means that there is no such user."""
    await tx.execute(
        """INSERT INTO identity.logins (id, user_id, at, succeeded, address, user_agent)
           VALUES ($1, $2, $3, $4, $5, $6)""",
        attempt_id,
        user_id,
        now,
        succeeded,
        caller.address,
        caller.user_agent,
    )


async def page(tx: ReadTx, *, user_id: UserId, before: UUID | None, limit: int) -> Sequence[SignInView]:
    """A user's attempts, the newest first, one more than ``limit``."""
    rows = await PAGE.page(tx, wanted={"user_id": user_id}, after=(before,) if before else None, limit=limit + 1)
    return [
        SignInView(
            id=row["id"],
            at=row["at"],
            succeeded=row["succeeded"],
            address=row["address"],
            user_agent=row["user_agent"],
        )
        for row in rows
    ]


async def is_month_open(tx: ReadTx, *, starts_at: datetime) -> bool:
    name = f"identity.logins_{starts_at:%Y_%m}"
    return bool(await tx.value("SELECT to_regclass($1) IS NOT NULL", name))


async def open_month(tx: Tx, *, starts_at: datetime, ends_at: datetime) -> bool:
    """Whether the partition of a month was opened now."""
    return bool(await tx.value("SELECT identity.open_login_month($1, $2)", starts_at, ends_at))


async def has_month_before(tx: ReadTx, *, ended_by: datetime) -> bool:
    """Whether a month is kept that ended at or before ``ended_by``."""
    return bool(
        await tx.value(
            """SELECT EXISTS (
                 SELECT FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
                 WHERE i.inhparent = 'identity.logins'::regclass AND relname ~ '^logins_[0-9]{4}_[0-9]{2}$'
                   AND relname < $1)""",
            f"logins_{ended_by:%Y_%m}",
        )
    )


async def drop_months(tx: Tx, *, ended_by: datetime) -> int:
    """Drops the months that ended at or before ``ended_by``; returns how many."""
    count: int = await tx.value("SELECT identity.drop_login_months($1)", ended_by)
    return count
