"""All SQL of notifications."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from cinema.contracts.enums import MessageKind, MessageStatus, SendingResult
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.contracts.views.notifications import AttemptView, MessageDetail, MessageView, NotificationView
from cinema.kit.db import ReadTx, Row, Tx, columns
from cinema.kit.ids import lowest_id
from cinema.kit.listing import Listing
from cinema.kit.retention import MAY_FORGET
from cinema.notifications.domain.message import Message, Tried
from cinema.notifications.domain.told import BY_KIND, OVERTAKEN_BY, Draft


async def add(tx: Tx, drafts: Sequence[Draft]) -> list[Draft]:
    """Puts messages in line; returns those whose fact had none yet."""
    rows = [
        (
            draft.message_id,
            draft.kind,
            draft.fact_key,
            draft.event_id,
            draft.event_name,
            draft.user_id,
            draft.thing_id,
            draft.facts,
            draft.occurred_at,
            draft.useful_until,
        )
        for draft in drafts
    ]
    added = {row["id"] for row in await tx.all(ADD, *columns(rows), tx.now)}
    return [draft for draft in drafts if draft.message_id in added]


async def overtake(tx: Tx, drafts: Sequence[Draft]) -> int:
    """Skips messages that still wait and that a later one of ``drafts`` makes untrue; returns how many.

    ``drafts`` are in line already. Of those that happened at one moment the later one is
    the one with the larger id; what was in line before is earlier than they.
    """
    rows = [
        (draft.message_id, draft.thing_id, untrue, draft.occurred_at, draft.event_name)
        for draft in drafts
        for untrue in BY_KIND[draft.kind].overtakes
    ]
    return await tx.write_rows(OVERTAKE, rows, tx.now)


async def claim(tx: Tx, *, now: datetime, lease_until: datetime, limit: int) -> list[Message]:
    """Takes up to ``limit`` due messages for one try each, until ``lease_until``.

    Messages whose lease ran out are taken again; their unfinished try is noted as lost.
    Each is told whether it has become untrue: that may be heard while it is being sent,
    and facts may be heard in another order than that in which they happened. Kinds that
    only a newer release knows are left to its workers.
    """
    untrue, truths = ([kind.value for kind in kinds] for kinds in zip(*OVERTAKEN_BY, strict=True))
    rows = await tx.all(CLAIM, now, lease_until, limit, untrue, truths, list(MessageKind))
    return [_message(row) for row in rows]


async def settle(tx: Tx, tried: Sequence[Tried]) -> list[bool]:
    """Records how tries ended; False for a message that was taken by another meanwhile, which changes nothing."""
    rows = [
        (
            one.message.message_id,
            one.message.attempt,
            one.settlement.status,
            one.settlement.next_attempt_at,
            one.outcome.result,
            one.outcome.detail,
            one.outcome.subject,
            one.outcome.language,
            one.outcome.address,
            one.ended_at,
        )
        for one in tried
    ]
    ours = {(row["message_id"], row["number"]) for row in await tx.all(SETTLE, *columns(rows))}
    return [(one.message.message_id, one.message.attempt) in ours for one in tried]


async def forget(tx: Tx, *, before: datetime, limit: int) -> int:
    """Deletes messages that were made ``before`` and that nobody sends any more, with their tries; returns how many."""
    await tx.value(MAY_FORGET, "notifications.attempts")
    return await tx.execute(FORGET, lowest_id(before), limit)


async def page_of(
    tx: ReadTx, *, user_id: UUID | None, status: MessageStatus | None, before: UUID | None, limit: int
) -> list[MessageView]:
    """Messages, newest first."""
    after = (before,) if before else None
    rows = await MESSAGES.page(tx, wanted={"user_id": user_id, "status": status}, after=after, limit=limit)
    return [_view(row) for row in rows]


async def detail(tx: ReadTx, *, message_id: UUID) -> MessageDetail | None:
    """One message with every try, oldest first."""
    row = await tx.one(f"{VIEW} WHERE m.id = $1", message_id)
    if row is None:
        return None
    attempts = await tx.all(
        """SELECT number, result, detail, subject, language, address, ended_at
           FROM notifications.attempts WHERE message_id = $1 ORDER BY number LIMIT 1000""",
        message_id,
    )
    return MessageDetail(message=_view(row), attempts=tuple(_attempt(one) for one in attempts))


async def notifications(tx: ReadTx, *, user_id: UUID, before: UUID | None, limit: int) -> list[NotificationView]:
    """What a user was told, or is about to be, newest first."""
    after = (before,) if before else None
    rows = await NOTIFICATIONS.page(tx, wanted={"user_id": user_id}, after=after, limit=limit)
    return [
        NotificationView(
            id=row["id"],
            kind=MessageKind(row["kind"]),
            status=MessageStatus(row["status"]),
            subject=row["subject"],
            occurred_at=row["occurred_at"],
            sent_at=row["sent_at"],
        )
        for row in rows
    ]


ADD = """
INSERT INTO notifications.messages
  (id, kind, fact_key, event_id, event_name, user_id, thing_id, facts, occurred_at, useful_until,
   status, next_attempt_at, created_at, updated_at)
SELECT id, kind, fact_key, event_id, event_name, user_id, thing_id, facts, occurred_at, useful_until,
       'queued', $11, $11, $11
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::uuid[], $7::uuid[], $8::jsonb[],
            $9::timestamptz[], $10::timestamptz[])
  AS d (id, kind, fact_key, event_id, event_name, user_id, thing_id, facts, occurred_at, useful_until)
ON CONFLICT DO NOTHING RETURNING id
"""

OVERTAKE = """
UPDATE notifications.messages AS m
SET status = 'skipped', next_attempt_at = NULL, reason = 'overtaken by ' || d.event_name, updated_at = $6
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[])
  AS d (id, thing_id, untrue, occurred_at, event_name)
WHERE m.status = 'queued' AND m.thing_id = ANY ($2) AND m.thing_id = d.thing_id AND m.kind = d.untrue
  AND m.occurred_at <= d.occurred_at AND (m.id < d.id OR m.id <> ALL ($1))
"""

CLAIM = """
WITH due AS (
  SELECT id, status FROM notifications.messages
  WHERE status IN ('queued', 'sending') AND next_attempt_at <= $1 AND kind = ANY ($6)
  ORDER BY next_attempt_at, id LIMIT $3
  FOR UPDATE SKIP LOCKED
), lost AS (
  INSERT INTO notifications.attempts (message_id, number, result, detail, ended_at)
  SELECT m.id, m.attempts, 'lost', 'the lease ended before the try did', $1
  FROM notifications.messages AS m JOIN due ON due.id = m.id
  WHERE due.status = 'sending'
)
UPDATE notifications.messages AS m
SET status = 'sending', attempts = m.attempts + 1, next_attempt_at = $2, updated_at = $1
FROM due WHERE m.id = due.id
RETURNING m.id, m.kind, m.event_name, m.user_id, m.facts, m.occurred_at, m.useful_until, m.attempts, m.created_at,
  (SELECT later.event_name
   FROM notifications.messages AS later JOIN unnest($4::text[], $5::text[]) AS pair (untrue, truth)
     ON pair.untrue = m.kind AND pair.truth = later.kind
   WHERE later.user_id = m.user_id AND later.occurred_at > m.occurred_at
     AND m.thing_id::text IN (later.thing_id::text, later.facts ->> 'order_id')
   LIMIT 1) AS overtaken_by
"""

SETTLE = """
WITH tried AS (
  SELECT * FROM unnest($1::uuid[], $2::integer[], $3::text[], $4::timestamptz[], $5::text[], $6::text[], $7::text[],
                       $8::text[], $9::text[], $10::timestamptz[])
    AS t (id, number, status, next_attempt_at, result, detail, subject, language, address, ended_at)
), ours AS (
  UPDATE notifications.messages AS m
  SET status = t.status, next_attempt_at = t.next_attempt_at, updated_at = t.ended_at,
      reason = CASE WHEN t.status <> 'sent' THEN t.detail END,
      sent_at = CASE WHEN t.status = 'sent' THEN t.ended_at END
  FROM tried AS t
  WHERE m.id = t.id AND m.attempts = t.number AND m.status = 'sending'
  RETURNING m.id, m.attempts AS number
)
INSERT INTO notifications.attempts (message_id, number, result, detail, subject, language, address, ended_at)
SELECT id, number, result, detail, subject, language, address, ended_at FROM tried JOIN ours USING (id, number)
RETURNING message_id, number
"""

FORGET = """
WITH old AS (
  SELECT id FROM notifications.messages
  WHERE id < $1 AND status NOT IN ('queued', 'sending')
  ORDER BY id LIMIT $2
  FOR UPDATE SKIP LOCKED
), tries AS (
  DELETE FROM notifications.attempts AS a USING old WHERE a.message_id = old.id
)
DELETE FROM notifications.messages AS m USING old WHERE m.id = old.id
"""

VIEW = """
SELECT m.id, m.kind, m.event_id, m.event_name, m.user_id, m.status, m.reason, m.occurred_at, m.created_at,
       m.next_attempt_at, m.sent_at, m.attempts, a.subject, a.language, a.address
FROM notifications.messages AS m
LEFT JOIN LATERAL (
  SELECT subject, language, address FROM notifications.attempts
  WHERE message_id = m.id AND subject IS NOT NULL ORDER BY number DESC LIMIT 1
) AS a ON true
"""

MESSAGES = Listing(
    select="SELECT id FROM notifications.messages",
    columns=("id",),
    filters=("user_id", "status"),
    around=VIEW + "WHERE m.id = ANY(ARRAY({page})) ORDER BY m.id DESC",
)
NOTIFICATIONS = replace(MESSAGES, where="status <> 'skipped'")


def _message(row: Row) -> Message:
    return Message(
        message_id=row["id"],
        kind=MessageKind(row["kind"]),
        event_name=row["event_name"],
        user_id=UserId(row["user_id"]),
        facts=row["facts"],
        occurred_at=row["occurred_at"],
        useful_until=row["useful_until"],
        overtaken_by=row["overtaken_by"],
        attempt=row["attempts"],
        created_at=row["created_at"],
    )


def _view(row: Row) -> MessageView:
    return MessageView(
        id=row["id"],
        user_id=UserId(row["user_id"]),
        kind=MessageKind(row["kind"]),
        event=row["event_name"],
        event_id=row["event_id"],
        status=MessageStatus(row["status"]),
        reason=row["reason"],
        attempts=row["attempts"],
        subject=row["subject"],
        language=_language(row),
        address=row["address"],
        occurred_at=row["occurred_at"],
        created_at=row["created_at"],
        next_attempt_at=row["next_attempt_at"],
        sent_at=row["sent_at"],
    )


def _attempt(row: Row) -> AttemptView:
    return AttemptView(
        number=row["number"],
        result=SendingResult(row["result"]),
        detail=row["detail"],
        subject=row["subject"],
        language=_language(row),
        address=row["address"],
        ended_at=row["ended_at"],
    )


def _language(row: Row) -> Language | None:
    return Language(row["language"]) if row["language"] else None
