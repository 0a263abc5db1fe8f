"""SQL of notifications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cinema.kit.db import ReadTx, Row, Tx
from cinema.payments.domain.webhook import RawWebhook, Verdict, WebhookOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWebhook:
    """A notification that is to be handled; ``tries`` have not found out whether it is true."""

    raw: RawWebhook
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWebhook:
    """A notification as an operator sees it, without its body."""

    webhook_id: UUID
    provider: str
    address: str
    received_at: datetime
    event: str
    object_id: str
    outcome: WebhookOutcome | None
    reason: str | None
    handled_at: datetime | None


async def insert(tx: Tx, webhooks: Sequence[RawWebhook]) -> None:
    """Stores notifications as they came, in one statement."""
    await tx.copy(
        "payments.webhooks",
        columns=("id", "provider", "address", "received_at", "event", "object_id", "body", "next_attempt_at"),
        rows=[
            (
                one.webhook_id,
                one.provider,
                one.address,
                one.received_at,
                one.event,
                one.object_id,
                one.body,
                one.received_at,
            )
            for one in webhooks
        ],
    )


async def claim_due(
    tx: Tx, *, providers: Iterable[str], now: datetime, lease_until: datetime, limit: int
) -> list[WaitingWebhook]:
    """Due notifications, the oldest of each object only, leased to the caller."""
    rows = await tx.all(
        """UPDATE payments.webhooks AS w SET next_attempt_at = $2, tries = w.tries + 1
           FROM (
             SELECT id FROM payments.webhooks AS due
             WHERE outcome IS NULL AND next_attempt_at <= $1 AND provider = ANY($4) AND NOT EXISTS (
               SELECT FROM payments.webhooks AS earlier
               WHERE earlier.provider = due.provider AND earlier.object_id = due.object_id
                 AND earlier.outcome IS NULL AND earlier.id < due.id)
             ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
           ) AS chosen
           WHERE w.id = chosen.id RETURNING w.*""",
        now,
        lease_until,
        limit,
        list(providers),
    )
    return [WaitingWebhook(raw=_raw(row), tries=row["tries"] - 1) for row in rows]


async def is_handled_twin(tx: ReadTx, webhook: RawWebhook) -> bool:
    """Whether the same bytes about the same object were found true before."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM payments.webhooks
               WHERE provider = $1 AND object_id = $2 AND event = $3 AND body = $4
                 AND outcome IN ('applied', 'ignored'))""",
            webhook.provider,
            webhook.object_id,
            webhook.event,
            webhook.body,
        )
    )


async def finish(tx: Tx, webhook: RawWebhook, *, verdict: Verdict, now: datetime) -> bool:
    """Writes what became of a notification; False when another worker has.

    Where it was true, waiting twins with the same bytes are done too.
    """
    done = await tx.execute(
        """UPDATE payments.webhooks SET outcome = $2, reason = $3, handled_at = $4, next_attempt_at = NULL
           WHERE id = $1 AND outcome IS NULL""",
        webhook.webhook_id,
        verdict.outcome,
        verdict.reason,
        now,
    )
    if done and verdict.outcome in {WebhookOutcome.APPLIED, WebhookOutcome.IGNORED}:
        await tx.execute(
            """UPDATE payments.webhooks SET outcome = 'duplicate', handled_at = $5, next_attempt_at = NULL
               WHERE provider = $1 AND object_id = $2 AND event = $3 AND body = $4 AND outcome IS NULL""",
            webhook.provider,
            webhook.object_id,
            webhook.event,
            webhook.body,
            now,
        )
    return bool(done)


async def postpone(tx: Tx, webhook: RawWebhook, *, until: datetime) -> None:
    """Makes a notification due again later."""
    await tx.execute(
        "UPDATE payments.webhooks SET next_attempt_at = $2 WHERE id = $1 AND outcome IS NULL",
        webhook.webhook_id,
        until,
    )


async def newest(
    tx: ReadTx, *, outcome: WebhookOutcome | None, waiting: bool, before: UUID | None, limit: int
) -> list[StoredWebhook]:
    """Notifications by id, which carries the time, newest first; ``waiting``: only those not handled yet."""
    rows = await tx.all(
        """SELECT id, provider, address, received_at, event, object_id, outcome, reason, handled_at
           FROM payments.webhooks
           WHERE ($1::text IS NULL OR outcome = $1) AND (NOT $2 OR outcome IS NULL) AND ($3::uuid IS NULL OR id < $3)
           ORDER BY id DESC LIMIT $4""",
        outcome,
        waiting,
        before,
        limit,
    )
    return [
        StoredWebhook(
            webhook_id=row["id"],
            provider=row["provider"],
            address=row["address"],
            received_at=row["received_at"],
            event=row["event"],
            object_id=row["object_id"],
            outcome=WebhookOutcome(row["outcome"]) if row["outcome"] else None,
            reason=row["reason"],
            handled_at=row["handled_at"],
        )
        for row in rows
    ]


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes notifications that were handled before ``before``; returns how many."""
    return await tx.execute(
        """DELETE FROM payments.webhooks WHERE id IN (
             SELECT id FROM payments.webhooks WHERE handled_at < $1 ORDER BY handled_at LIMIT $2)""",
        before,
        limit,
    )


def _raw(row: Row) -> RawWebhook:
    return RawWebhook(
        webhook_id=row["id"],
        provider=row["provider"],
        address=row["address"],
        received_at=row["received_at"],
        event=row["event"],
        object_id=row["object_id"],
        body=row["body"],
    )
