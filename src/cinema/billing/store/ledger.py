"""The ledger: adding, reading, sealing. Nothing here changes a row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from cinema.billing.domain.ledger import GENESIS, Entry, Kind, Posting, chained
from cinema.kit.db import ReadTx, Row, Tx

SEAL_MAX = 1000
"""Entries under one seal, at most."""


async def post(tx: Tx, entries: Sequence[Entry]) -> None:
    """Books entries, each whole; a fact is booked once, or the table refuses it."""
    heads = [(one.entry_id, one.kind, one.source_id, one.order_id, one.posted_at) for one in entries]
    postings = [
        (one.entry_id, n, part.account, part.minor, part.currency)
        for one in entries
        for n, part in enumerate(one.postings, start=1)
    ]
    await tx.write_rows(ADD_ENTRIES, heads)
    await tx.write_rows(ADD_POSTINGS, postings)


async def is_earned(tx: ReadTx, *, order_id: UUID) -> bool:
    """Whether the order's money is booked as earned."""
    return bool(
        await tx.value(
            "SELECT EXISTS (SELECT FROM billing.ledger_entries WHERE kind = 'recognition' AND source_id = $1)", order_id
        )
    )


async def seal(tx: Tx, *, now: datetime) -> int:
    """Seals what is not sealed yet, in order of position; returns how many entries.

    Sealed are only entries that are committed; one that commits late goes under a later
    seal, so that none is left out. One process seals at a time.
    """
    if not await tx.value("SELECT pg_try_advisory_xact_lock(hashtext('billing.ledger.seal'))"):
        return 0
    entries = _entries(
        await tx.all(
            """SELECT e.*, p.account, p.minor, p.currency
               FROM (SELECT entry_id FROM billing.ledger_unsealed ORDER BY position LIMIT $1) AS u
               JOIN billing.ledger_entries AS e ON e.id = u.entry_id
               JOIN billing.ledger_postings AS p ON p.entry_id = e.id ORDER BY e.position, p.number""",
            SEAL_MAX,
        )
    )
    if not entries:
        return 0
    last = await tx.one("SELECT number, hash FROM billing.ledger_seals ORDER BY number DESC LIMIT 1")
    number, previous = (last["number"] + 1, last["hash"]) if last else (1, GENESIS)
    await tx.execute(
        "INSERT INTO billing.ledger_seals (number, hash, entries, sealed_at) VALUES ($1, $2, $3, $4)",
        number,
        chained(previous, entries),
        len(entries),
        now,
    )
    sealed = [entry.entry_id for entry in entries]
    await tx.execute(
        """INSERT INTO billing.ledger_sealed (entry_id, seal, number)
           SELECT t.entry_id, $1, t.number FROM unnest($2::uuid[]) WITH ORDINALITY AS t (entry_id, number)""",
        number,
        sealed,
    )
    await tx.execute("DELETE FROM billing.ledger_unsealed WHERE entry_id = ANY($1)", sealed)
    await tx.execute(
        """INSERT INTO billing.ledger_balances (seal, account, currency, minor)
           SELECT $1, account, currency, sum(minor) FROM (
             SELECT account, currency, minor FROM billing.ledger_balances WHERE seal = $1 - 1
             UNION ALL
             SELECT p.account, p.currency, p.minor FROM billing.ledger_postings AS p
             JOIN billing.ledger_sealed AS s USING (entry_id) WHERE s.seal = $1
           ) AS all_of_them GROUP BY account, currency""",
        number,
    )
    return len(entries)


async def balances(tx: ReadTx) -> list[Row]:
    """account, currency, minor: the last seal's balances and what came since."""
    return await tx.all(
        """SELECT account, currency, sum(minor)::bigint AS minor FROM (
             SELECT account, currency, minor FROM billing.ledger_balances
             WHERE seal = (SELECT max(number) FROM billing.ledger_seals)
             UNION ALL
             SELECT p.account, p.currency, p.minor FROM billing.ledger_unsealed
             JOIN billing.ledger_postings AS p USING (entry_id)
           ) AS all_of_them GROUP BY account, currency ORDER BY account, currency"""
    )


async def broken_seals(tx: ReadTx, *, after: int, until: int) -> list[int]:
    """Walks the chain from behind a seal; returns the numbers of the seals that do not fit their entries."""
    heads = await tx.all("SELECT number, hash FROM billing.ledger_seals WHERE number BETWEEN $1 AND $2", after, until)
    hashes: Mapping[int, bytes] = {row["number"]: row["hash"] for row in heads}
    rows = await tx.all(
        """SELECT s.seal, e.*, p.account, p.minor, p.currency FROM billing.ledger_sealed AS s
           JOIN billing.ledger_entries AS e ON e.id = s.entry_id JOIN billing.ledger_postings AS p USING (entry_id)
           WHERE s.seal > $1 AND s.seal <= $2 ORDER BY s.seal, s.number, p.number""",
        after,
        until,
    )
    sealed = {number: _entries(list(group)) for number, group in groupby(rows, key=lambda row: row["seal"])}
    return [
        number
        for number in sorted(hashes)
        if number > after and chained(hashes.get(number - 1, GENESIS), sealed.get(number, [])) != hashes[number]
    ]


def _entries(rows: Sequence[Row]) -> list[Entry]:
    entries = []
    for _, group in groupby(rows, key=lambda row: row["id"]):
        of_one = list(group)
        head = of_one[0]
        postings = tuple(
            Posting(account=row["account"], minor=row["minor"], currency=row["currency"]) for row in of_one
        )
        entries.append(
            Entry(
                entry_id=head["id"],
                kind=Kind(head["kind"]),
                source_id=head["source_id"],
                order_id=head["order_id"],
                posted_at=head["posted_at"],
                postings=postings,
            )
        )
    return entries


ADD_ENTRIES = """
INSERT INTO billing.ledger_entries (id, kind, source_id, order_id, posted_at)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[])
"""

ADD_POSTINGS = """
INSERT INTO billing.ledger_postings (entry_id, number, account, minor, currency)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::bigint[], $5::text[])
"""
