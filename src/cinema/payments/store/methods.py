"""SQL of saved methods."""

from collections.abc import Collection, Iterable
from datetime import datetime

from cinema.contracts.ids import MethodId, PaymentId, UserId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.payments.domain.method import Method, MethodEnd, Token
from cinema.payments.domain.port import Instrument

METHODS_MAX = 100
"""How many methods of one user are shown."""


async def lock_users(tx: Tx, *user_ids: UserId) -> None:
    """Lets one transaction at a time change which methods these users have."""
    await tx.execute(
        """SELECT pg_advisory_xact_lock(hashtextextended('payments.methods ' || user_id, 0))
           FROM unnest($1::text[]) AS user_id""",
        sorted({str(user_id) for user_id in user_ids}),
    )


async def lock_active(tx: Tx, method_ids: Iterable[MethodId]) -> dict[MethodId, Method]:
    """The methods among ``method_ids`` that may be charged, which nobody can end until the commit."""
    wanted = list(method_ids)
    if not wanted:
        return {}
    # Which have ended is seen here: an index of the others would tempt PostgreSQL to read them all.
    rows = await tx.all("SELECT * FROM payments.methods WHERE id = ANY($1) ORDER BY id FOR SHARE", wanted)
    return {MethodId(row["id"]): _method(row) for row in rows if row["ended_at"] is None}


async def lock_ended(tx: Tx, method_ids: Iterable[MethodId]) -> list[tuple[Method, MethodEnd]]:
    """The methods among ``method_ids`` that may not be charged any more, and why; none of them ends or comes back."""
    rows = await tx.all("SELECT * FROM payments.methods WHERE id = ANY($1) ORDER BY id FOR SHARE", list(method_ids))
    return [(_method(row), MethodEnd(row["ended_reason"])) for row in rows if row["ended_at"] is not None]


async def lock_one(tx: Tx, method_id: MethodId, *, user_id: UserId) -> Method | None:
    """The user's method if it may be charged, locked."""
    row = await tx.one(
        "SELECT * FROM payments.methods WHERE id = $1 AND user_id = $2 AND ended_at IS NULL FOR UPDATE",
        method_id,
        user_id,
    )
    return _method(row) if row else None


async def known(
    tx: ReadTx, method_ids: Collection[MethodId], tokens: Collection[Token]
) -> dict[MethodId | Token, Method]:
    """What we have or had of these methods, by their ids and by the providers' tokens."""
    rows = await tx.all(
        """SELECT * FROM payments.methods WHERE id = ANY($1)
           UNION
           SELECT m.* FROM unnest($2::text[], $3::text[]) AS t (provider, token)
           JOIN payments.methods AS m USING (provider, token)""",
        list(method_ids),
        [one.provider for one in tokens],
        [one.token for one in tokens],
    )
    found = [_method(row) for row in rows]
    by_id: dict[MethodId | Token, Method] = {one.method_id: one for one in found}
    return by_id | {Token(provider=one.provider, token=one.token): one for one in found}


async def providers_of(tx: ReadTx, method_ids: Collection[MethodId]) -> dict[MethodId, str]:
    """Where those of the methods were saved that may be charged."""
    if not method_ids:
        return {}
    rows = await tx.all("SELECT id, provider, ended_at FROM payments.methods WHERE id = ANY($1)", list(method_ids))
    return {MethodId(row["id"]): row["provider"] for row in rows if row["ended_at"] is None}


async def keep(
    tx: Tx,
    instrument: Instrument,
    *,
    method_id: MethodId,
    user_id: UserId,
    provider: str,
    kept_by: PaymentId | None,
    now: datetime,
) -> MethodId | None:
    """Stores what may be charged from now on: what a payment keeps becomes the user's default.

    What is bound becomes that by `promote_newest` only. Returns the id under which the
    token is known; None when it is another user's.
    """
    if kept_by is not None:
        await tx.execute("UPDATE payments.methods SET is_default = false WHERE user_id = $1 AND is_default", user_id)
    kept = await tx.value(
        """INSERT INTO payments.methods AS m
             (id, user_id, provider, token, kind, title, card_last4, card_expiry, kept_by, is_default, saved_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::uuid, $9::uuid IS NOT NULL, $10)
           ON CONFLICT (provider, token) DO UPDATE
             SET is_default = m.is_default OR excluded.is_default, ended_at = NULL, ended_reason = NULL,
                 saved_at = excluded.saved_at,
                 kept_by = CASE WHEN m.ended_at IS NOT NULL OR m.kept_by = excluded.kept_by THEN excluded.kept_by END
             WHERE m.user_id = excluded.user_id
           RETURNING id""",
        method_id,
        user_id,
        provider,
        instrument.token,
        instrument.kind,
        instrument.title,
        instrument.card_last4,
        instrument.card_expiry,
        kept_by,
        now,
    )
    return MethodId(kept) if kept else None


async def end(tx: Tx, method_id: MethodId, *, reason: MethodEnd, now: datetime) -> bool:
    """Ends a method; False when it has ended before."""
    return bool(
        await tx.execute(
            """UPDATE payments.methods SET ended_at = $2, ended_reason = $3, is_default = false
               WHERE id = $1 AND ended_at IS NULL""",
            method_id,
            now,
            reason,
        )
    )


async def promote_newest(tx: Tx, user_id: UserId) -> None:
    """Makes the user's newest method the default if there is none."""
    await tx.execute(
        """UPDATE payments.methods SET is_default = true WHERE id = (
             SELECT id FROM payments.methods WHERE user_id = $1 AND ended_at IS NULL
             ORDER BY saved_at DESC, id DESC LIMIT 1)
           AND NOT EXISTS (SELECT FROM payments.methods WHERE user_id = $1 AND is_default)""",
        user_id,
    )


async def make_default(tx: Tx, method_id: MethodId, *, user_id: UserId) -> None:
    """Makes this method the one that later charges use."""
    await tx.execute("UPDATE payments.methods SET is_default = false WHERE user_id = $1 AND is_default", user_id)
    await tx.execute("UPDATE payments.methods SET is_default = true WHERE id = $1", method_id)


async def of_user(tx: ReadTx, user_id: UserId) -> list[Method]:
    """The user's methods that may be charged, newest first."""
    rows = await tx.all(
        """SELECT * FROM payments.methods WHERE user_id = $1 AND ended_at IS NULL
           ORDER BY saved_at DESC, id DESC LIMIT $2""",
        user_id,
        METHODS_MAX,
    )
    return [_method(row) for row in rows]


async def active(tx: ReadTx, method_ids: Collection[MethodId]) -> list[Method]:
    """Those of these methods that may be charged."""
    # Which have ended is seen here: an index of the others would tempt PostgreSQL to read them all.
    rows = await tx.all("SELECT * FROM payments.methods WHERE id = ANY($1)", list(method_ids))
    return [_method(row) for row in rows if row["ended_at"] is None]


def _method(row: Row) -> Method:
    return Method(
        method_id=MethodId(row["id"]),
        user_id=UserId(row["user_id"]),
        provider=row["provider"],
        token=row["token"],
        kind=row["kind"],
        title=row["title"],
        is_default=row["is_default"],
        is_active=row["ended_at"] is None,
        saved_at=row["saved_at"],
        kept_by=PaymentId(row["kept_by"]) if row["kept_by"] else None,
    )
