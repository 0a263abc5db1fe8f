"""SQL of notifications."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cinema.contracts.enums import WebhookOutcome
from cinema.contracts.views.payments import WebhookView
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.payments.domain.webhook import RawWebhook, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingWebhook:
    """A notification that is to be handled; ``tries`` have not found out whether it is true.

    ``is_twin``: the same bytes about the same object were found true before. ``has_next``:
    another one about the object waits behind it.
    """

    raw: RawWebhook
    tries: int
    is_twin: bool
    has_next: bool


async def insert(tx: Tx, webhooks: Sequence[RawWebhook]) -> None:
    """Stores notifications as they came, in one statement."""
    await tx.execute(
        """INSERT INTO payments.webhooks
             (id, provider, address, received_at, event, object_id, body, next_attempt_at)
           SELECT id, provider, address, received_at, event, object_id, body, received_at
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::bytea[])
             AS t (id, provider, address, received_at, event, object_id, body)""",
        [one.webhook_id for one in webhooks],
        [one.provider for one in webhooks],
        [one.address for one in webhooks],
        [one.received_at for one in webhooks],
        [one.event for one in webhooks],
        [one.object_id for one in webhooks],
        [one.body for one in webhooks],
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
           WHERE w.id = chosen.id
           RETURNING w.*,
             EXISTS (SELECT FROM payments.webhooks AS twin
                     WHERE twin.provider = w.provider AND twin.object_id = w.object_id AND twin.event = w.event
                       AND twin.body = w.body AND twin.outcome IN ('applied', 'ignored')) AS is_twin,
             EXISTS (SELECT FROM payments.webhooks AS next
                     WHERE next.provider = w.provider AND next.object_id = w.object_id AND next.outcome IS NULL
                       AND next.id > w.id) AS has_next""",
        now,
        lease_until,
        limit,
        list(providers),
    )
    return [
        WaitingWebhook(raw=_raw(row), tries=row["tries"] - 1, is_twin=row["is_twin"], has_next=row["has_next"])
        for row in rows
    ]


async def finish(tx: Tx, webhook: RawWebhook, *, verdict: Verdict, now: datetime) -> None:
    """Writes what became of a notification, unless another worker has.

    Where it was true, waiting twins with the same bytes are done too.
    """
    is_true = verdict.outcome in {WebhookOutcome.APPLIED, WebhookOutcome.IGNORED}
    await tx.execute(
        """UPDATE payments.webhooks SET
             outcome = CASE WHEN id = $1 THEN $2 ELSE 'duplicate' END, reason = CASE WHEN id = $1 THEN $3 END,
             handled_at = $4, next_attempt_at = NULL
           WHERE provider = $5 AND object_id = $6 AND outcome IS NULL
             AND (id = $1 OR ($9 AND event = $7 AND body = $8))""",
        webhook.webhook_id,
        verdict.outcome,
        verdict.reason,
        now,
        webhook.provider,
        webhook.object_id,
        webhook.event,
        webhook.body,
        is_true,
    )


async def postpone(tx: Tx, webhook: RawWebhook, *, until: datetime) -> None:
    """Makes a notification due again later."""
    await tx.execute(
        "UPDATE payments.webhooks SET next_attempt_at = $2 WHERE id = $1 AND outcome IS NULL",
        webhook.webhook_id,
        until,
    )


async def newest(
    tx: ReadTx, *, outcome: WebhookOutcome | None, waiting: bool, before: UUID | None, limit: int
) -> list[WebhookView]:
    """Notifications by id, which carries the time, newest first; ``waiting``: only those not handled yet."""
    if waiting and outcome is not None:
        return []
    listing, wanted = (WAITING, {}) if waiting else (NEWEST, {"outcome": outcome})
    rows = await listing.page(tx, wanted=wanted, after=(before,) if before else None, limit=limit)
    return [
        WebhookView(
            id=row["id"],
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


NEWEST = Listing(
    select="""SELECT id, provider, address, received_at, event, object_id, outcome, reason, handled_at
              FROM payments.webhooks""",
    columns=("id",),
    filters=("outcome",),
)
WAITING = replace(NEWEST, filters=(), is_absent="outcome")
