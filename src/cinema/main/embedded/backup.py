"""Dump and restore, by PostgreSQL's own programs and in its custom format.

They are also the way from one major version to the next: the wheels have no pg_upgrade.
"""

import asyncio
import os
from pathlib import Path
from urllib.parse import unquote, urlsplit

from cinema.main.embedded.cluster import environment
from cinema.main.embedded.errors import BackupFailed
from cinema.main.embedded.programs import Programs


async def dump(*, programs: Programs, dsn: str, path: Path) -> None:
    """Writes the database to ``path``, whole or not at all, readable by us only. Raises `BackupFailed`."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.touch(mode=0o600)
        await run(programs=programs, program="pg_dump", dsn=dsn, words=["--format=custom", f"--file={partial}"])
        partial.replace(path)
    except OSError as error:
        detail = f"{path} cannot be written: {error.strerror}."
        raise BackupFailed(detail) from error
    finally:
        partial.unlink(missing_ok=True)


async def restore(*, programs: Programs, dsn: str, path: Path) -> None:
    """Puts a dump in place of what the database holds, in one transaction. Raises `BackupFailed`."""
    words = ["--clean", "--if-exists", "--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"]
    await run(programs=programs, program="pg_restore", dsn=dsn, words=[*words, str(path)])


async def run(*, programs: Programs, program: str, dsn: str, words: list[str]) -> None:
    """Runs a client program on a database; the password travels in its environment, not its command line."""
    if not os.access(programs.path(program), os.X_OK):
        detail = f"There is no program {program} in {programs.bin_directory}."
        raise BackupFailed(detail)
    address = urlsplit(dsn)
    where = [
        f"--host={address.hostname}",
        f"--port={address.port or 5432}",
        f"--username={unquote(address.username or '')}",
    ]
    process = await asyncio.create_subprocess_exec(
        programs.path(program),
        *where,
        "--no-password",
        f"--dbname={unquote(address.path.lstrip('/'))}",
        *words,
        env=environment() | {"PGPASSWORD": unquote(address.password or "")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").strip().splitlines()
        reason = " / ".join(lines[-3:]) or f"exit status {process.returncode}"
        detail = f"{program} ended: {reason}."
        raise BackupFailed(detail)
