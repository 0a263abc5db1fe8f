"""SQL over signing keys."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cinema.kit.db import ReadTx, Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key pair as it is stored: the public JWK, and the private one, perhaps sealed."""

    kid: str
    signs_from: datetime
    public_part: dict[str, Any]
    private_part: str = field(repr=False)


async def every(tx: ReadTx) -> Sequence[StoredKey]:
    """The keys that are kept, by the time they begin to sign; there are three at most between two runs of the job."""
    rows = await tx.all(
        "SELECT kid, signs_from, public_part, private_part FROM identity.signing_keys ORDER BY signs_from LIMIT 20"
    )
    return [
        StoredKey(
            kid=row["kid"],
            signs_from=row["signs_from"],
            public_part=row["public_part"],
            private_part=row["private_part"],
        )
        for row in rows
    ]


async def lock(tx: Tx) -> None:
    """Lets one transaction at a time make keys, also before there are any."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtext('cinema.identity.signing_keys'))")


async def add(tx: Tx, *, key: StoredKey, now: datetime) -> None:
    await tx.execute(
        """INSERT INTO identity.signing_keys (kid, signs_from, public_part, private_part, created_at)
           VALUES ($1, $2, $3, $4, $5)""",
        key.kid,
        key.signs_from,
        key.public_part,
        key.private_part,
        now,
    )


async def forget(tx: Tx, *, signs_from: Sequence[datetime]) -> None:
    """Deletes the keys that begin at these instants."""
    await tx.execute("DELETE FROM identity.signing_keys WHERE signs_from = ANY($1)", list(signs_from))
