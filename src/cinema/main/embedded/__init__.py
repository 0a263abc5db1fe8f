"""The PostgreSQL that comes with us: our supervisor over a directory of PostgreSQL's programs.

``async with embedded(folder=Path("var/postgres")) as server`` finds the programs, makes
the data on first use, and starts the server or joins the one that runs: on loopback,
with SCRAM passwords, as an unprivileged user if we are root.

Who stops it: the last one out. Each user shares a lock on ``users.lock``; who gets it
exclusively stops the server. When we crash, the server's keeper (see `keeper`) gets it.

What else may happen, and what then:

- The server is killed: users that came by `embedded` start it again within a second;
  in any case the next start does. PostgreSQL recovers what was committed.
- The keeper is killed: the next user to enter starts another for the running server.
- Everything is killed: the note of the dead server is found stale (nobody holds
  ``server.lock``) even if its process id is in use again or a zombie's.
- Several enter an empty folder: one holds ``start.lock``, the others wait and join.
- Killed while making the data: they are made aside and moved into place at the end.

A server of another major version is refused with the commands to dump and restore.
"""

from cinema.main.embedded.backup import dump, restore
from cinema.main.embedded.errors import (
    BackupFailed,
    DiskFull,
    FolderUnusable,
    PortTaken,
    PostgresUnavailable,
    ProgramsMissing,
    StartFailed,
    VersionDiffers,
)
from cinema.main.embedded.programs import Programs, find_programs
from cinema.main.embedded.server import Server, embedded, embedded_blocking

__all__ = [
    "BackupFailed",
    "DiskFull",
    "FolderUnusable",
    "PortTaken",
    "PostgresUnavailable",
    "Programs",
    "ProgramsMissing",
    "Server",
    "StartFailed",
    "VersionDiffers",
    "dump",
    "embedded",
    "embedded_blocking",
    "find_programs",
    "restore",
]
