"""What can keep the PostgreSQL that comes with us from running, in plain sentences.

::

    Unavailable
    └── PostgresUnavailable
        ├── ProgramsMissing   no PostgreSQL of a usable version was found
        ├── FolderUnusable    the folder cannot be written, entered or shared
        ├── PortTaken         another program listens where we want to
        ├── VersionDiffers    the data were written by another major version
        ├── DiskFull          no space is left
        ├── StartFailed       initdb or the server ended; its last lines are in the message
        └── BackupFailed      pg_dump or pg_restore ended; as above

They come up at start, before anything is served, and are meant for an operator's eyes.
"""

import errno
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cinema.kit.errors import Unavailable

LINES_MAX = 4
SAID_WHEN_FULL = ("No space left on device", "Check free disk space")


class PostgresUnavailable(Unavailable):
    """The PostgreSQL that comes with us does not run."""

    code = "postgres-unavailable"


class ProgramsMissing(PostgresUnavailable):
    """No PostgreSQL of version 15 or later was found."""

    code = "postgres-programs-missing"


class FolderUnusable(PostgresUnavailable):
    """PostgreSQL's folder cannot be used."""

    code = "postgres-folder-unusable"


class PortTaken(PostgresUnavailable):
    """PostgreSQL's port is in use by another program."""

    code = "postgres-port-taken"


class VersionDiffers(PostgresUnavailable):
    """PostgreSQL's data were written by another major version."""

    code = "postgres-version-differs"


class DiskFull(PostgresUnavailable):
    """There is no space left for PostgreSQL's data."""

    code = "postgres-disk-full"


class StartFailed(PostgresUnavailable):
    """PostgreSQL could not start."""

    code = "postgres-start-failed"


class BackupFailed(PostgresUnavailable):
    """The database could not be dumped or restored."""

    code = "postgres-backup-failed"


@contextmanager
def told_plainly(folder: Path) -> Iterator[None]:
    """Translates what the system says about our files into a sentence about ``folder``."""
    try:
        yield
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(folder) from error
        detail = f"PostgreSQL's folder {folder} cannot be used: {error.strerror} ({error.filename or folder})."
        raise FolderUnusable(detail) from error


def failure(*, what: str, lines: Sequence[str], folder: Path) -> PostgresUnavailable:
    """The error for a program that ended, told by the last of its ``lines``."""
    if any(words in line for words in SAID_WHEN_FULL for line in lines):
        return disk_full(folder)
    said = " / ".join([line.strip() for line in lines if line.strip()][-LINES_MAX:])
    return StartFailed(f"{what}: {said or 'it gave no reason'}.")


def disk_full(folder: Path) -> DiskFull:
    """The error for a file system without space."""
    return DiskFull(f"There is no space left for PostgreSQL's data in {folder}: free at least 100 MB and start again.")
