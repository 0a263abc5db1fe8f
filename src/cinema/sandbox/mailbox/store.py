"""Keeps the mails in SQLite: in a file when a restart shall keep them, else in memory.

The calls block for some microseconds, which a stand-in on a developer's machine may.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cinema.kit.clock import aware

SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    received_at TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL,
    raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS mail_message_id ON mail (message_id);
CREATE TABLE IF NOT EXISTS recipient (
    position INTEGER NOT NULL REFERENCES mail ON DELETE CASCADE,
    place INTEGER NOT NULL,
    address TEXT NOT NULL,
    address_folded TEXT NOT NULL,
    PRIMARY KEY (position, place)
);
CREATE INDEX IF NOT EXISTS recipient_address ON recipient (address_folded);
"""

KEEP = "INSERT INTO mail (id, received_at, sender, subject, message_id, raw) VALUES (?, ?, ?, ?, ?, ?)"
KEEP_RECIPIENT = "INSERT INTO recipient (position, place, address, address_folded) VALUES (?, ?, ?, ?)"
DROP_OLDEST = "DELETE FROM mail WHERE position <= (SELECT max(position) FROM mail) - ?"
LIST = """
SELECT position, id, received_at, sender, subject, message_id, length(raw),
    CASE message_id WHEN '' THEN 1 ELSE (SELECT count(*) FROM mail AS twin WHERE twin.message_id = mail.message_id) END
FROM mail
WHERE (:id IS NULL OR id = :id)
  AND (:to IS NULL OR position IN (SELECT position FROM recipient WHERE address_folded = :to))
  AND (:since IS NULL OR received_at >= :since)
  AND (:before IS NULL OR position < (SELECT position FROM mail WHERE id = :before))
ORDER BY position DESC LIMIT :limit
"""
COUNT = """
SELECT count(*) FROM mail
WHERE :to IS NULL OR position IN (SELECT position FROM recipient WHERE address_folded = :to)
"""
RECIPIENTS = "SELECT address FROM recipient WHERE position = ? ORDER BY place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A received mail without its content. ``copies`` counts the mails with the same Message-ID, this one included."""

    id: UUID
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    subject: str
    message_id: str
    size_bytes: int
    copies: int


class MailStore:
    """The mails, newest first, at most ``mails_max`` of them."""

    def __init__(self, *, path: Path | None, mails_max: int) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._mails_max = mails_max
        self._connection = sqlite3.connect(path or ":memory:", check_same_thread=False)
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.executescript(SCHEMA)

    def keep(
        self,
        *,
        id: UUID,  # noqa: A002 (the word that every table here uses)
        received_at: datetime,
        sender: str,
        recipients: Sequence[str],
        subject: str,
        message_id: str,
        raw: bytes,
    ) -> None:
        """Adds a mail and drops the oldest above the limit."""
        with self._connection as transaction:
            row = (str(id), stamp(received_at), sender, subject, message_id, raw)
            position = transaction.execute(KEEP, row).lastrowid
            transaction.executemany(
                KEEP_RECIPIENT,
                [(position, place, address, address.casefold()) for place, address in enumerate(recipients)],
            )
            transaction.execute(DROP_OLDEST, (self._mails_max,))

    def newest(self, *, to: str | None, since: datetime | None, before: UUID | None, limit: int) -> list[Mail]:
        """Mails to ``to``, received at or after ``since``, older than the mail ``before``; newest first."""
        wanted = {
            "id": None,
            "to": to.casefold() if to else None,
            "since": stamp(since) if since else None,
            "before": str(before) if before else None,
            "limit": limit,
        }
        return [self._mail(row) for row in self._connection.execute(LIST, wanted).fetchall()]

    def one(self, mail_id: UUID) -> tuple[Mail, bytes] | None:
        """A mail and its raw source."""
        wanted = {"id": str(mail_id), "to": None, "since": None, "before": None, "limit": 1}
        row = self._connection.execute(LIST, wanted).fetchone()
        if row is None:
            return None
        raw = self._connection.execute("SELECT raw FROM mail WHERE position = ?", (row[0],)).fetchone()
        return self._mail(row), bytes(raw[0])

    def count(self, *, to: str | None) -> int:
        """How many mails there are, or how many to ``to``."""
        return int(self._connection.execute(COUNT, {"to": to.casefold() if to else None}).fetchone()[0])

    def clear(self) -> int:
        """Removes every mail and returns how many there were."""
        with self._connection as transaction:
            return transaction.execute("DELETE FROM mail").rowcount

    def close(self) -> None:
        self._connection.close()

    def _mail(self, row: Sequence[object]) -> Mail:
        position, mail_id, received_at, sender, subject, message_id, size_bytes, copies = row
        recipients = self._connection.execute(RECIPIENTS, (position,)).fetchall()
        return Mail(
            id=UUID(str(mail_id)),
            received_at=datetime.fromisoformat(str(received_at)),
            sender=str(sender),
            recipients=tuple(address for (address,) in recipients),
            subject=str(subject),
            message_id=str(message_id),
            size_bytes=int(str(size_bytes)),
            copies=int(str(copies)),
        )


def stamp(moment: datetime) -> str:
    """A moment as text, in UTC, so that the order of text is the order of time."""
    return aware(moment).isoformat(timespec="microseconds")
