"""SQL of bindings."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from cinema.contracts.enums import BindingFailure, BindingStatus
from cinema.contracts.ids import BindingId, MethodId, UserId
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.ids import lowest_id
from cinema.payments.domain.binding import Binding
from cinema.payments.domain.port import Sealed


async def insert(tx: Tx, binding: Binding) -> None:
    """Stores a new binding, before anything is sent."""
    await tx.execute(
        """INSERT INTO payments.bindings
             (id, user_id, provider, key, body, status, tries, next_attempt_at, expires_at, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        binding.binding_id,
        binding.user_id,
        binding.provider,
        binding.sealed.key,
        binding.sealed.body,
        binding.status,
        binding.tries,
        binding.next_attempt_at,
        binding.expires_at,
        binding.created_at,
        binding.updated_at,
    )


async def find(tx: ReadTx, binding_id: BindingId) -> Binding | None:
    """The binding as it stands, unlocked."""
    row = await tx.one("SELECT * FROM payments.bindings WHERE id = $1", binding_id)
    return _binding(row) if row else None


async def lock(tx: Tx, binding_id: BindingId) -> Binding | None:
    """The binding, locked until the commit."""
    row = await tx.one("SELECT * FROM payments.bindings WHERE id = $1 FOR UPDATE", binding_id)
    return _binding(row) if row else None


async def due(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Binding]:
    """Open bindings to be sent or asked about now, oldest due first, locked; those that others hold are passed over."""
    rows = await tx.all(
        """SELECT * FROM payments.bindings
           WHERE status IN ('created', 'pending') AND next_attempt_at <= $1 AND provider = ANY($3)
           ORDER BY next_attempt_at LIMIT $2 FOR UPDATE SKIP LOCKED""",
        now,
        limit,
        list(providers),
    )
    return [_binding(row) for row in rows]


async def save(tx: Tx, bindings: Sequence[Binding]) -> None:
    """Writes everything that may change."""
    rows = [
        (
            one.binding_id,
            one.status,
            one.provider_method_id,
            one.confirmation_url,
            one.reason,
            one.method_id,
            one.tries,
            one.next_attempt_at,
            one.expires_at,
            one.updated_at,
        )
        for one in bindings
    ]
    await tx.write_rows(
        """UPDATE payments.bindings AS b SET
             status = t.status, provider_method_id = t.provider_method_id, confirmation_url = t.confirmation_url,
             reason = t.reason, method_id = t.method_id, tries = t.tries, next_attempt_at = t.next_attempt_at,
             expires_at = t.expires_at, updated_at = t.updated_at
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::integer[],
                       $8::timestamptz[], $9::timestamptz[], $10::timestamptz[])
             AS t (id, status, provider_method_id, confirmation_url, reason, method_id, tries, next_attempt_at,
                   expires_at, updated_at)
           WHERE b.id = t.id""",
        rows,
    )


async def begun_since(tx: ReadTx, user_id: UserId, *, since: datetime, limit: int) -> list[datetime]:
    """When the user's bindings were begun after ``since``, newest first, at most ``limit``."""
    rows = await tx.all(
        """SELECT created_at FROM payments.bindings WHERE user_id = $1 AND created_at > $2
           ORDER BY created_at DESC LIMIT $3""",
        user_id,
        since,
        limit,
    )
    return [row["created_at"] for row in rows]


async def id_at_provider(tx: ReadTx, *, provider: str, provider_method_id: str) -> BindingId | None:
    """The binding that stands for the provider's method."""
    found = await tx.value(
        "SELECT id FROM payments.bindings WHERE provider = $1 AND provider_method_id = $2", provider, provider_method_id
    )
    return BindingId(found) if found else None


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes bindings that were begun before ``before`` and are over; returns how many. Their ids carry the time."""
    return await tx.execute(
        """DELETE FROM payments.bindings WHERE id IN (
             SELECT id FROM payments.bindings WHERE id < $1 AND next_attempt_at IS NULL ORDER BY id LIMIT $2)""",
        lowest_id(before),
        limit,
    )


def _binding(row: Row) -> Binding:
    return Binding(
        binding_id=BindingId(row["id"]),
        user_id=UserId(row["user_id"]),
        provider=row["provider"],
        sealed=Sealed(key=row["key"], body=row["body"]),
        status=BindingStatus(row["status"]),
        provider_method_id=row["provider_method_id"],
        confirmation_url=row["confirmation_url"],
        reason=BindingFailure(row["reason"]) if row["reason"] else None,
        method_id=MethodId(row["method_id"]) if row["method_id"] else None,
        tries=row["tries"],
        next_attempt_at=row["next_attempt_at"],
        expires_at=row["expires_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
