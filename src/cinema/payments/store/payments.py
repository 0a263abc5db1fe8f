"""SQL of payments."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter

from cinema.contracts.enums import PaymentStatus
from cinema.contracts.ids import MethodId, OrderId, PaymentId, UserId
from cinema.contracts.payments import PaymentRequest
from cinema.kit.db import ReadTx, Row, Tx, columns
from cinema.kit.listing import Listing
from cinema.kit.money import Money
from cinema.payments.domain.payment import Payment

_REQUEST: TypeAdapter[PaymentRequest] = TypeAdapter(PaymentRequest)

COLUMNS = """
  id, order_id, user_id, amount_minor, currency, (request->>'method_id')::uuid AS wanted_method_id,
  (request->>'save_method')::boolean AS save_method, (request->>'expires_at')::timestamptz AS expires_at,
  provider, provider_payment_id, status, reason, confirmation_url, fee_minor, method_id, method_title,
  given_up, tries, next_attempt_at, captured_at, created_at, updated_at
"""
"""A payment without the rest of its request, which is read where a charge is written and nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFilter:
    """Which payments an operator wants to see; None: all."""

    status: PaymentStatus | None
    user_id: UserId | None
    order_id: OrderId | None


async def insert(
    tx: Tx, payments: Sequence[Payment], *, requests: Mapping[PaymentId, PaymentRequest]
) -> set[PaymentId]:
    """Stores new payments with what was asked for.

    Returns the ids of those that are stored; the others' ids are known, or their orders
    have another payment under way.
    """
    if not payments:
        return set()
    rows = [
        (
            one.payment_id,
            one.order_id,
            one.user_id,
            one.amount.minor,
            one.amount.currency,
            _REQUEST.dump_json(requests[one.payment_id]).decode(),
            one.provider,
            one.status,
            one.next_attempt_at,
            one.created_at,
        )
        for one in payments
    ]
    return {PaymentId(row["id"]) for row in await tx.all(INSERT, *columns(rows))}


async def requests(tx: ReadTx, payment_ids: Sequence[PaymentId]) -> dict[PaymentId, PaymentRequest]:
    """What was asked for, of those payments that are known."""
    if not payment_ids:
        return {}
    rows = await tx.all(
        "SELECT id, request::text AS request FROM payments.payments WHERE id = ANY($1)", list(payment_ids)
    )
    return {PaymentId(row["id"]): _REQUEST.validate_json(row["request"]) for row in rows}


async def find(tx: ReadTx, payment_id: PaymentId) -> Payment | None:
    """The payment as it stands, unlocked."""
    row = await tx.one(f"SELECT {COLUMNS} FROM payments.payments WHERE id = $1", payment_id)  # noqa: S608 - our own columns
    return _payment(row) if row else None


async def find_all(tx: ReadTx, payment_ids: Collection[PaymentId]) -> list[Payment]:
    """Those of these payments that we know, unlocked."""
    rows = await tx.all(f"SELECT {COLUMNS} FROM payments.payments WHERE id = ANY($1)", list(payment_ids))  # noqa: S608 - our own columns
    return [_payment(row) for row in rows]


async def lock(tx: Tx, payment_id: PaymentId) -> Payment | None:
    """The payment, locked until the commit."""
    return (await lock_all(tx, [payment_id])).get(payment_id)


async def lock_all(tx: Tx, payment_ids: Sequence[PaymentId]) -> dict[PaymentId, Payment]:
    """Those of the payments that are known, locked until the commit, in one order for everybody."""
    rows = await tx.all(
        f"SELECT {COLUMNS} FROM payments.payments WHERE id = ANY($1) ORDER BY id FOR UPDATE",  # noqa: S608 - our own columns
        list(payment_ids),
    )
    return {PaymentId(row["id"]): _payment(row) for row in rows}


async def due_to_charge(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Payment]:
    """Payments that are to be charged now, oldest due first, locked; those that others hold are passed over.

    One whose order another payment has paid counts as given up: nobody wants it any more.
    """
    return await _due(tx, TO_CHARGE, providers=providers, now=now, limit=limit)


async def due_to_ask_about(tx: Tx, *, providers: Iterable[str], now: datetime, limit: int) -> list[Payment]:
    """Payments about which the provider is to be asked now: open ones, and those that are looked for again.

    As `due_to_charge` otherwise.
    """
    return await _due(tx, TO_ASK_ABOUT, providers=providers, now=now, limit=limit)


async def _due(tx: Tx, sql: str, *, providers: Iterable[str], now: datetime, limit: int) -> list[Payment]:
    rows = await tx.all(sql, now, limit, list(providers))
    return [replace(_payment(row), given_up=True) if row["has_paid_twin"] else _payment(row) for row in rows]


async def has_paid(tx: ReadTx, order_id: OrderId, *, but: PaymentId) -> bool:
    """Whether another payment than ``but`` has paid for the order."""
    return bool(
        await tx.value(
            """SELECT EXISTS (SELECT FROM payments.payments
                              WHERE order_id = $1 AND status = 'succeeded' AND id <> $2)""",
            order_id,
            but,
        )
    )


async def save(tx: Tx, payments: Sequence[Payment]) -> None:
    """Writes everything that may change."""
    rows = [
        (
            one.payment_id,
            one.status,
            one.provider_payment_id,
            one.reason,
            one.confirmation_url,
            one.fee.minor if one.fee else None,
            one.method_id,
            one.method_title,
            one.given_up,
            one.tries,
            one.next_attempt_at,
            one.captured_at,
            one.updated_at,
        )
        for one in payments
    ]
    await tx.write_rows(SAVE, rows)


async def id_at_provider(tx: ReadTx, *, provider: str, provider_payment_id: str) -> PaymentId | None:
    """Our id of the payment that the provider calls so."""
    return (await owners(tx, {(provider, provider_payment_id)})).get((provider, provider_payment_id))


async def owners(tx: ReadTx, ids: Collection[tuple[str, str]]) -> dict[tuple[str, str], PaymentId]:
    """Our ids of the payments that providers know, by provider and its id."""
    if not ids:
        return {}
    rows = await tx.all(
        """SELECT p.provider, p.provider_payment_id, p.id
           FROM unnest($1::text[], $2::text[]) AS shown (provider, provider_payment_id)
           JOIN payments.payments AS p USING (provider, provider_payment_id)""",
        *columns(list(ids)),
    )
    return {(row["provider"], row["provider_payment_id"]): PaymentId(row["id"]) for row in rows}


async def provider_ids(tx: ReadTx, payment_ids: Sequence[PaymentId]) -> dict[PaymentId, str]:
    """The providers' ids of those payments that have one."""
    if not payment_ids:
        return {}
    rows = await tx.all(
        """SELECT id, provider_payment_id FROM payments.payments
           WHERE id = ANY($1) AND provider_payment_id IS NOT NULL""",
        list(payment_ids),
    )
    return {PaymentId(row["id"]): row["provider_payment_id"] for row in rows}


async def reserve_refund(tx: Tx, payment_id: PaymentId, *, minor: int) -> bool:
    """Sets ``minor`` units aside for a refund; False when that exceeds the payment."""
    return bool(
        await tx.execute(
            """UPDATE payments.payments SET refunds_minor = refunds_minor + $2
               WHERE id = $1 AND status = 'succeeded' AND refunds_minor + $2 <= amount_minor""",
            payment_id,
            minor,
        )
    )


async def release_refunds(tx: Tx, sums: Mapping[PaymentId, int]) -> None:
    """Gives back what was set aside for refunds that failed, in minor units for each payment."""
    await tx.write_rows(
        """UPDATE payments.payments AS p SET refunds_minor = p.refunds_minor - t.minor
           FROM unnest($1::uuid[], $2::bigint[]) AS t (id, minor) WHERE p.id = t.id""",
        list(sums.items()),
    )


async def newest(tx: ReadTx, *, wanted: PaymentFilter, before: UUID | None, limit: int) -> list[Payment]:
    """Payments by id, which carries the time, newest first, from below ``before``."""
    filters = {"order_id": wanted.order_id, "user_id": wanted.user_id, "status": wanted.status}
    rows = await NEWEST.page(tx, wanted=filters, after=(before,) if before else None, limit=limit)
    return [_payment(row) for row in rows]


async def known_to(
    tx: ReadTx, *, provider: str, ids: Sequence[str], since: datetime, until: datetime
) -> dict[str, Payment]:
    """Our payments that a provider knows, by its ids: those in ``ids``, and all that we made in ``[since, until)``."""
    rows = await tx.all(
        f"""SELECT {COLUMNS} FROM payments.payments
           WHERE provider = $1 AND (provider_payment_id = ANY($2::text[])
                                    OR (provider_payment_id IS NOT NULL AND created_at >= $3 AND created_at < $4))""",  # noqa: S608 - our own columns
        provider,
        ids,
        since,
        until,
    )
    return {row["provider_payment_id"]: _payment(row) for row in rows}


async def forget_addresses(tx: Tx, *, before: datetime, limit: int) -> int:
    """Takes the receipt's address out of payments that have been at rest since ``before``; returns of how many."""
    return await tx.execute(
        """UPDATE payments.payments SET request = jsonb_set(request, '{receipt,email}', '""')
           WHERE id IN (
             SELECT id FROM payments.payments
             WHERE status IN ('succeeded', 'declined', 'canceled') AND request #>> '{receipt,email}' <> ''
               AND updated_at < $1
             ORDER BY updated_at LIMIT $2 FOR UPDATE SKIP LOCKED)""",
        before,
        limit,
    )


def _payment(row: Row) -> Payment:
    fee = row["fee_minor"]
    return Payment(
        payment_id=PaymentId(row["id"]),
        order_id=OrderId(row["order_id"]),
        user_id=UserId(row["user_id"]),
        amount=Money(minor=row["amount_minor"], currency=row["currency"]),
        wanted_method_id=MethodId(row["wanted_method_id"]) if row["wanted_method_id"] else None,
        save_method=row["save_method"],
        expires_at=row["expires_at"],
        provider=row["provider"],
        status=PaymentStatus(row["status"]),
        provider_payment_id=row["provider_payment_id"],
        reason=row["reason"],
        confirmation_url=row["confirmation_url"],
        fee=None if fee is None else Money(minor=fee, currency=row["currency"]),
        method_id=MethodId(row["method_id"]) if row["method_id"] else None,
        method_title=row["method_title"],
        given_up=row["given_up"],
        tries=row["tries"],
        next_attempt_at=row["next_attempt_at"],
        captured_at=row["captured_at"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


NEWEST = Listing(
    select=f"SELECT {COLUMNS} FROM payments.payments",  # noqa: S608 - our own columns
    columns=("id",),
    filters=("order_id", "user_id", "status"),
)

INSERT = """
INSERT INTO payments.payments
  (id, order_id, user_id, amount_minor, currency, request, provider, status, next_attempt_at, created_at, updated_at)
SELECT id, order_id, user_id, amount_minor, currency, request::jsonb, provider, status, next_attempt_at, created_at,
       created_at
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::timestamptz[])
  AS t (id, order_id, user_id, amount_minor, currency, request, provider, status, next_attempt_at, created_at)
ON CONFLICT DO NOTHING RETURNING id
"""

DUE = f"""
SELECT {COLUMNS}, EXISTS (SELECT FROM payments.payments AS paid
                          WHERE paid.order_id = due.order_id AND paid.status = 'succeeded') AS has_paid_twin
FROM payments.payments AS due
WHERE status IN ({{statuses}}) AND next_attempt_at <= $1 AND provider = ANY($3)
ORDER BY next_attempt_at LIMIT $2 FOR UPDATE OF due SKIP LOCKED
"""  # noqa: S608 - made of constants of this file

TO_CHARGE = DUE.format(statuses="'created'")
TO_ASK_ABOUT = DUE.format(statuses="'sent', 'unknown', 'pending', 'waiting_for_capture', 'declined', 'canceled'")
"""The statuses stand in the text, so that the partial indexes of what is due always serve."""

SAVE = """
UPDATE payments.payments AS p SET
  status = t.status, provider_payment_id = t.provider_payment_id, reason = t.reason,
  confirmation_url = t.confirmation_url, fee_minor = t.fee_minor, method_id = t.method_id,
  method_title = t.method_title, given_up = t.given_up, tries = t.tries, next_attempt_at = t.next_attempt_at,
  captured_at = t.captured_at, updated_at = t.updated_at
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::uuid[], $8::text[],
            $9::boolean[], $10::integer[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[])
  AS t (id, status, provider_payment_id, reason, confirmation_url, fee_minor, method_id, method_title, given_up,
        tries, next_attempt_at, captured_at, updated_at)
WHERE p.id = t.id
"""
