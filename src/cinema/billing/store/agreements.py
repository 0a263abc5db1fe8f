"""What viewers agreed to, and what they were told of charges to come."""

from collections.abc import Collection, Sequence
from typing import Any

from cinema.billing.domain.agreement import Agreement, Notice
from cinema.contracts.ids import AgreementId, MethodId, NoticeId, SubscriptionId, UserId
from cinema.contracts.text import Language
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.listing import Listing
from cinema.kit.money import Money


async def add(tx: Tx, agreements: Sequence[Agreement]) -> None:
    """Stores new agreements."""
    rows = [
        (
            one.agreement_id,
            one.subscription_id,
            one.user_id,
            one.version,
            one.language,
            one.text,
            one.agreed_at,
            one.method_id,
            one.method_title,
            one.bound_at,
        )
        for one in agreements
    ]
    await tx.write_rows(ADD, rows)


async def save(tx: Tx, agreements: Sequence[Agreement]) -> None:
    """Writes what may change: the method, once it is known, and the end."""
    rows = [(one.agreement_id, one.method_id, one.method_title, one.bound_at, one.ended_at) for one in agreements]
    await tx.write_rows(SAVE, rows)


async def some(tx: ReadTx, agreement_ids: Collection[AgreementId]) -> list[Agreement]:
    """These agreements."""
    if not agreement_ids:
        return []
    rows = await tx.all("SELECT * FROM billing.agreements WHERE id = ANY($1)", list(agreement_ids))
    return [agreement(row) for row in rows]


async def page(
    tx: ReadTx, *, subscription_id: SubscriptionId, after: tuple[Any, ...] | None, limit: int
) -> list[Agreement]:
    """All that was agreed to about the subscription, newest first; one row more than ``limit`` when there are more."""
    wanted = {"subscription_id": subscription_id}
    return [agreement(row) for row in await PAGE.page(tx, wanted=wanted, after=after, limit=limit + 1)]


async def save_notices(tx: Tx, notices: Sequence[Notice]) -> None:
    """Stores notices, and when they were handed over."""
    rows = [
        (
            one.notice_id,
            one.subscription_id,
            one.method_id,
            one.amount.minor,
            one.amount.currency,
            one.charge_at,
            one.told_at,
            one.delivered_at,
        )
        for one in notices
    ]
    await tx.write_rows(SAVE_NOTICES, rows)


async def notices(tx: ReadTx, notice_ids: Collection[NoticeId]) -> list[Notice]:
    """These notices."""
    rows = await tx.all("SELECT * FROM billing.notices WHERE id = ANY($1)", list(notice_ids))
    return [notice(row) for row in rows]


def agreement(row: Row, prefix: str = "") -> Agreement:
    """The agreement that a row holds, its columns called with a ``prefix``."""
    method_id = row[f"{prefix}method_id"]
    return Agreement(
        agreement_id=AgreementId(row[f"{prefix}id"]),
        subscription_id=SubscriptionId(row[f"{prefix}subscription_id"]),
        user_id=UserId(row[f"{prefix}user_id"]),
        version=row[f"{prefix}version"],
        language=Language(row[f"{prefix}language"]),
        text=row[f"{prefix}text"],
        agreed_at=row[f"{prefix}agreed_at"],
        method_id=MethodId(method_id) if method_id else None,
        method_title=row[f"{prefix}method_title"],
        bound_at=row[f"{prefix}bound_at"],
        ended_at=row[f"{prefix}ended_at"],
    )


def notice(row: Row, prefix: str = "") -> Notice:
    """The notice that a row holds, its columns called with a ``prefix``."""
    return Notice(
        notice_id=NoticeId(row[f"{prefix}id"]),
        subscription_id=SubscriptionId(row[f"{prefix}subscription_id"]),
        method_id=MethodId(row[f"{prefix}method_id"]),
        amount=Money(minor=row[f"{prefix}amount_minor"], currency=row[f"{prefix}currency"]),
        charge_at=row[f"{prefix}charge_at"],
        told_at=row[f"{prefix}told_at"],
        delivered_at=row[f"{prefix}delivered_at"],
    )


ADD = """
INSERT INTO billing.agreements
  (id, subscription_id, user_id, version, language, text, agreed_at, method_id, method_title, bound_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::uuid[], $9::text[], $10::timestamptz[])
"""

SAVE = """
UPDATE billing.agreements AS a
SET method_id = n.method_id, method_title = n.method_title, bound_at = n.bound_at, ended_at = n.ended_at
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
  AS n (id, method_id, method_title, bound_at, ended_at)
WHERE a.id = n.id
"""

SAVE_NOTICES = """
INSERT INTO billing.notices (id, subscription_id, method_id, amount_minor, currency, charge_at, told_at, delivered_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::timestamptz[],
                     $7::timestamptz[], $8::timestamptz[])
ON CONFLICT (id) DO UPDATE SET delivered_at = excluded.delivered_at
"""

PAGE = Listing(select="SELECT * FROM billing.agreements", columns=("agreed_at", "id"), filters=("subscription_id",))
