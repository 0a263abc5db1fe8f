"""Everything that the stand-in remembers, in one SQLite file or in memory.

Objects are kept whole as JSON beside the few columns that are searched. All calls
come from one event loop and none waits inside a transaction, so each request is
carried out alone: two twins of one request cannot meet.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from cinema.sandbox.yookassa.domain import Outcome, Payment, Receipt, Refund, StoredMethod
from cinema.sandbox.yookassa.errors import invalid
from cinema.sandbox.yookassa.requests import ListQuery

LIST_REACHES_BACK = timedelta(days=3 * 365)
_LAST = "~"  # sorts after every moment

_SCHEMA = """
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, status TEXT NOT NULL,
    method_type TEXT, payment_id TEXT, refund_id TEXT, created_at TEXT NOT NULL, captured_at TEXT, due_at TEXT,
    body TEXT NOT NULL, UNIQUE (kind, id));
CREATE INDEX IF NOT EXISTS objects_due ON objects (kind, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, seq);
CREATE INDEX IF NOT EXISTS objects_payment ON objects (kind, payment_id) WHERE payment_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, created_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS keys_age ON keys (created_at);
CREATE TABLE IF NOT EXISTS outcomes (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, method_id TEXT, times_left INTEGER NOT NULL,
    body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS deliveries (
    position INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, chain TEXT NOT NULL, event TEXT NOT NULL,
    object_id TEXT NOT NULL, state TEXT NOT NULL, created_at TEXT NOT NULL, due_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, last_answer TEXT, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (state, due_at);
CREATE INDEX IF NOT EXISTS deliveries_chain ON deliveries (chain, state, position);
"""

_PAYMENTS = TypeAdapter(Payment)
_REFUNDS = TypeAdapter(Refund)
_METHODS = TypeAdapter(StoredMethod)
_RECEIPTS = TypeAdapter(Receipt)
_OUTCOMES = TypeAdapter(Outcome)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What of an object is searched."""

    id: str
    status: str
    created_at: datetime
    method_type: str | None = None
    payment_id: str | None = None
    refund_id: str | None = None
    captured_at: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One notification on its way; those of one ``chain`` go one after another.

    ``state`` is ``waiting``, ``withheld``, ``delivered`` or ``abandoned``.
    """

    id: str
    chain: str
    event: str
    object_id: str
    created_at: datetime
    due_at: datetime
    body: str
    state: str = "waiting"
    attempts: int = 0
    last_answer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered under an idempotence key, and to which request."""

    fingerprint: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the next ``times_left`` operations end, of one method or of any."""

    outcome: Outcome
    times_left: int
    method_id: str | None


class Objects(Generic[T]):
    """All objects of one kind."""

    def __init__(
        self, db: sqlite3.Connection, *, kind: str, adapter: TypeAdapter[T], columns: Callable[[T], Columns]
    ) -> None:
        self._db = db
        self._kind = kind
        self._adapter = adapter
        self._columns = columns

    def put(self, value: T) -> None:
        """Inserts, or replaces the one with the same id."""
        columns = self._columns(value)
        self._db.execute(
            "INSERT INTO objects (kind, id, status, method_type, payment_id, refund_id, created_at, captured_at,"
            " due_at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET"
            " status = excluded.status, method_type = excluded.method_type, captured_at = excluded.captured_at,"
            " due_at = excluded.due_at, body = excluded.body",
            (
                self._kind,
                columns.id,
                columns.status,
                columns.method_type,
                columns.payment_id,
                columns.refund_id,
                _stamp(columns.created_at),
                columns.captured_at and _stamp(columns.captured_at),
                columns.due_at and _stamp(columns.due_at),
                self._adapter.dump_json(value).decode(),
            ),
        )

    def get(self, object_id: str) -> T | None:
        """The object, or None."""
        rows = self._read("SELECT body FROM objects WHERE kind = ? AND id = ?", object_id)
        return next(rows, None)

    def due(self, now: datetime) -> list[T]:
        """Those whose time has come, the earliest first."""
        return list(
            self._read("SELECT body FROM objects WHERE kind = ? AND due_at <= ? ORDER BY due_at, seq", _stamp(now))
        )

    def of_payment(self, payment_id: str) -> list[T]:
        """Those that belong to one payment, the oldest first."""
        return list(self._read("SELECT body FROM objects WHERE kind = ? AND payment_id = ? ORDER BY seq", payment_id))

    def all(self) -> Iterator[T]:
        """Every object, the oldest first."""
        return self._read("SELECT body FROM objects WHERE kind = ? ORDER BY seq")

    def page(self, query: ListQuery, *, now: datetime) -> tuple[list[T], str | None]:
        """One page, the newest first, and the cursor of the next one, if any."""
        rows = self._db.execute(
            "SELECT id, body FROM objects WHERE kind = :kind AND seq < :before AND created_at >= :oldest"
            " AND (:status IS NULL OR status = :status) AND (:method IS NULL OR method_type = :method)"
            " AND (:payment_id IS NULL OR payment_id = :payment_id)"
            " AND (:refund_id IS NULL OR refund_id = :refund_id)"
            " AND created_at >= :created_gte AND created_at > :created_gt"
            " AND created_at <= :created_lte AND created_at < :created_lt"
            " AND (NOT :by_capture OR captured_at >= :captured_gte AND captured_at > :captured_gt"
            " AND captured_at <= :captured_lte AND captured_at < :captured_lt)"
            " ORDER BY seq DESC LIMIT :limit",
            {
                "kind": self._kind,
                "before": self._before(query.cursor),
                "oldest": _stamp(now - LIST_REACHES_BACK),
                "status": query.status,
                "method": query.payment_method,
                "payment_id": query.payment_id,
                "refund_id": query.refund_id,
                "by_capture": any(
                    (query.captured_at_gte, query.captured_at_gt, query.captured_at_lte, query.captured_at_lt),
                ),
                "created_gte": _stamp_or(query.created_at_gte, ""),
                "created_gt": _stamp_or(query.created_at_gt, ""),
                "created_lte": _stamp_or(query.created_at_lte, _LAST),
                "created_lt": _stamp_or(query.created_at_lt, _LAST),
                "captured_gte": _stamp_or(query.captured_at_gte, ""),
                "captured_gt": _stamp_or(query.captured_at_gt, ""),
                "captured_lte": _stamp_or(query.captured_at_lte, _LAST),
                "captured_lt": _stamp_or(query.captured_at_lt, _LAST),
                "limit": query.limit + 1,
            },
        ).fetchall()
        page = [self._adapter.validate_json(row["body"]) for row in rows[: query.limit]]
        return page, str(rows[query.limit - 1]["id"]) if len(rows) > query.limit else None

    def _before(self, cursor: str | None) -> int:
        if cursor is None:
            return 2**62
        row = self._db.execute("SELECT seq FROM objects WHERE kind = ? AND id = ?", (self._kind, cursor)).fetchone()
        if row is None:
            raise invalid("Unknown cursor", parameter="cursor")
        return int(row["seq"])

    def _read(self, statement: str, *values: str) -> Iterator[T]:
        for row in self._db.execute(statement, (self._kind, *values)).fetchall():
            yield self._adapter.validate_json(row["body"])


class Store:
    """The whole memory. Call `transaction` around every change."""

    def __init__(self, *, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)
        self.payments = Objects(self._db, kind="payment", adapter=_PAYMENTS, columns=_payment_columns)
        self.refunds = Objects(self._db, kind="refund", adapter=_REFUNDS, columns=_refund_columns)
        self.methods = Objects(self._db, kind="method", adapter=_METHODS, columns=_method_columns)
        self.receipts = Objects(self._db, kind="receipt", adapter=_RECEIPTS, columns=_receipt_columns)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. A nested one joins the outer one."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def forget_everything(self) -> None:
        """Empties the shop."""
        with self.transaction():
            self._db.execute("DELETE FROM objects")
            self._db.execute("DELETE FROM keys")
            self._db.execute("DELETE FROM outcomes")
            self._db.execute("DELETE FROM deliveries")

    def kept_answer(self, key: str, *, since: datetime) -> KeptAnswer | None:
        """What was answered under ``key``, unless that was before ``since``."""
        row = self._db.execute(
            "SELECT fingerprint, answer FROM keys WHERE key = ? AND created_at > ?", (key, _stamp(since))
        ).fetchone()
        return KeptAnswer(**row) if row else None

    def keep_answer(self, key: str, kept: KeptAnswer, *, now: datetime) -> None:
        """Remembers an answer in place of an outlived one."""
        self._db.execute(
            "INSERT OR REPLACE INTO keys (key, fingerprint, answer, created_at) VALUES (?, ?, ?, ?)",
            (key, kept.fingerprint, kept.answer, _stamp(now)),
        )

    def forget_answers(self, *, before: datetime) -> None:
        """Drops outlived keys."""
        self._db.execute("DELETE FROM keys WHERE created_at <= ?", (_stamp(before),))

    def plan_outcome(self, outcome: Outcome, *, operation: str, times: int, method_id: str | None = None) -> None:
        """The next ``times`` operations (of one method, or of any) shall end so."""
        self._db.execute(
            "INSERT INTO outcomes (operation, method_id, times_left, body) VALUES (?, ?, ?, ?)",
            (operation, method_id, times, _OUTCOMES.dump_json(outcome).decode()),
        )

    def plans(self, *, operation: str) -> list[Plan]:
        """What is planned for an operation, in the order in which it is used."""
        rows = self._db.execute(
            "SELECT method_id, times_left, body FROM outcomes WHERE operation = ? ORDER BY seq", (operation,)
        ).fetchall()
        return [
            Plan(outcome=_OUTCOMES.validate_json(row["body"]), times_left=row["times_left"], method_id=row["method_id"])
            for row in rows
        ]

    def clear_plans(self, *, operation: str) -> None:
        """Nothing is planned for an operation any more."""
        self._db.execute("DELETE FROM outcomes WHERE operation = ?", (operation,))

    def take_outcome(self, *, operation: str, method_id: str | None = None) -> Outcome | None:
        """The oldest plan that fits, counted down; None when nothing is planned."""
        row = self._db.execute(
            "SELECT seq, body FROM outcomes WHERE operation = ? AND (method_id IS NULL OR method_id = ?)"
            " ORDER BY seq LIMIT 1",
            (operation, method_id),
        ).fetchone()
        if row is None:
            return None
        self._db.execute("UPDATE outcomes SET times_left = times_left - 1 WHERE seq = ?", (row["seq"],))
        self._db.execute("DELETE FROM outcomes WHERE times_left <= 0")
        return _OUTCOMES.validate_json(row["body"])

    def add_delivery(self, delivery: Delivery) -> None:
        """Puts a notification at the end of its chain."""
        self._db.execute(
            "INSERT INTO deliveries (id, chain, event, object_id, state, created_at, due_at, attempts, last_answer,"
            " body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                delivery.id,
                delivery.chain,
                delivery.event,
                delivery.object_id,
                delivery.state,
                _stamp(delivery.created_at),
                _stamp(delivery.due_at),
                delivery.attempts,
                delivery.last_answer,
                delivery.body,
            ),
        )

    def update_delivery(self, delivery: Delivery) -> None:
        """Writes what changes: state, time, attempts and the last answer."""
        self._db.execute(
            "UPDATE deliveries SET state = ?, due_at = ?, attempts = ?, last_answer = ? WHERE id = ?",
            (delivery.state, _stamp(delivery.due_at), delivery.attempts, delivery.last_answer, delivery.id),
        )

    def remove_delivery(self, delivery_id: str) -> None:
        """Takes a notification out, to be put elsewhere."""
        self._db.execute("DELETE FROM deliveries WHERE id = ?", (delivery_id,))

    def due_deliveries(self, now: datetime, *, limit: int) -> list[Delivery]:
        """The first waiting notification of each chain, where it is due."""
        return self._deliveries(
            "SELECT * FROM deliveries AS due WHERE state = 'waiting' AND due_at <= ? AND NOT EXISTS (SELECT 1"
            " FROM deliveries AS earlier WHERE earlier.chain = due.chain AND earlier.state = 'waiting'"
            " AND earlier.position < due.position) ORDER BY position LIMIT ?",
            (_stamp(now), limit),
        )

    def deliveries(self, *, state: str | None = None) -> list[Delivery]:
        """Every notification in order, or those in one state."""
        return self._deliveries(
            "SELECT * FROM deliveries WHERE :state IS NULL OR state = :state ORDER BY position", {"state": state}
        )

    def delivery(self, delivery_id: str) -> Delivery | None:
        """The notification, or None."""
        return next(iter(self._deliveries("SELECT * FROM deliveries WHERE id = ?", (delivery_id,))), None)

    def _deliveries(self, statement: str, values: tuple[str | int, ...] | dict[str, str | None]) -> list[Delivery]:
        return [
            Delivery(
                id=row["id"],
                chain=row["chain"],
                event=row["event"],
                object_id=row["object_id"],
                state=row["state"],
                created_at=datetime.fromisoformat(row["created_at"]),
                due_at=datetime.fromisoformat(row["due_at"]),
                attempts=row["attempts"],
                last_answer=row["last_answer"],
                body=row["body"],
            )
            for row in self._db.execute(statement, values)
        ]


def _payment_columns(payment: Payment) -> Columns:
    return Columns(
        id=payment.id,
        status=payment.status,
        created_at=payment.created_at,
        method_type=payment.method.type if payment.method else None,
        captured_at=payment.captured_at,
        due_at=payment.due_at,
    )


def _refund_columns(refund: Refund) -> Columns:
    return Columns(
        id=refund.id,
        status=refund.status,
        created_at=refund.created_at,
        payment_id=refund.payment_id,
        due_at=refund.due_at,
    )


def _method_columns(stored: StoredMethod) -> Columns:
    return Columns(
        id=stored.method.id,
        status=stored.method.status,
        created_at=stored.created_at,
        method_type=stored.method.type,
        due_at=stored.due_at,
    )


def _receipt_columns(receipt: Receipt) -> Columns:
    return Columns(
        id=receipt.id,
        status=receipt.status,
        created_at=receipt.created_at,
        payment_id=receipt.payment_id,
        refund_id=receipt.refund_id,
    )


def _stamp(moment: datetime) -> str:
    """A moment as text that sorts like time."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _stamp_or(moment: datetime | None, otherwise: str) -> str:
    return _stamp(moment) if moment else otherwise
