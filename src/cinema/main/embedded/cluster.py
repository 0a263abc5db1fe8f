"""The data directory: made once, started with settings for a small machine."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cinema.main.embedded.account import IS_LINUX, Account, data_argument, give, maker
from cinema.main.embedded.errors import FolderUnusable, VersionDiffers, failure
from cinema.main.embedded.layout import Layout
from cinema.main.embedded.programs import Programs
from cinema.main.embedded.store import SUPERUSER

INITDB_LIMIT_S = 300
BUILTIN_LOCALE_SINCE = 17
IO_METHOD_SINCE = 18
SCRAM_ITERATIONS_SINCE = 16
CTYPE = "C.UTF-8" if IS_LINUX else "en_US.UTF-8"

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "shared_buffers": "64MB",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "max_worker_processes": "2",
    "max_logical_replication_workers": "0",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "jit": "off",
    "huge_pages": "off",
    "log_checkpoints": "off",
    "log_timezone": "UTC",
    "log_error_verbosity": "terse",  # the detail of a broken constraint shows values: people's data
    "log_min_error_statement": "panic",  # so does the statement
}
VOLATILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
}
"""For tests: many processes at once, and a crash of the machine (not of the server) may lose the data."""

ENVIRONMENT_KEPT = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")


def command(*, programs: Programs, account: Account | None, layout: Layout, port: int, volatile: bool) -> list[str]:
    """How to start the server, inside its data directory."""
    settings = SETTINGS | (VOLATILE if volatile else {})
    if programs.major >= IO_METHOD_SINCE:
        settings |= {"io_method": "sync"}  # saves three idle processes
    if volatile and programs.major >= SCRAM_ITERATIONS_SINCE:
        settings |= {"scram_iterations": "1"}  # tests connect thousands of times, from this machine alone
    place = data_argument(account=account, data=layout.data, major=programs.major)
    words = [programs.path("postgres"), "-D", place, "-p", str(port)]
    for name, value in settings.items():
        words += ["-c", f"{name}={value}"]
    return words


def environment() -> dict[str, str]:
    """The little that PostgreSQL's programs need of ours; no setting and no secret."""
    return {name: os.environ[name] for name in ENVIRONMENT_KEPT if name in os.environ} | {"LC_ALL": "C"}


def initialise(*, programs: Programs, account: Account | None, layout: Layout, volatile: bool) -> None:
    """Makes the data directory, whole or not at all, with passwords from the first moment."""
    for leftover in layout.folder.glob("initialising-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    fresh = Path(tempfile.mkdtemp(dir=layout.folder, prefix="initialising-"))
    try:
        give(fresh, maker(account))
        ended = run_initdb(programs=programs, account=maker(account), layout=layout, fresh=fresh, volatile=volatile)
        if ended.returncode:
            raise failure(
                what="PostgreSQL could not make its data", lines=ended.stdout.splitlines(), folder=layout.folder
            )
        give(fresh, account)
        fresh.rename(layout.data)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def run_initdb(
    *, programs: Programs, account: Account | None, layout: Layout, fresh: Path, volatile: bool
) -> "subprocess.CompletedProcess[str]":
    """Fills the empty directory ``fresh``."""
    place = data_argument(account=account, data=fresh, major=programs.major)
    words = [programs.path("initdb"), "-D", place, "-U", SUPERUSER, "-A", "scram-sha-256"]
    words += ["--encoding=UTF8", "--locale=C", f"--lc-ctype={CTYPE}"]
    if programs.major >= BUILTIN_LOCALE_SINCE:
        words += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if volatile:
        words += ["--no-sync"]
    with readable_password(layout, account) as (number, path):
        return subprocess.run(  # noqa: S603 - PostgreSQL's own program
            [*words, f"--pwfile={path}"],
            cwd=fresh,
            env=environment(),
            pass_fds=(number,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=INITDB_LIMIT_S,
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


@contextmanager
def readable_password(layout: Layout, account: Account | None) -> Iterator[tuple[int, str]]:
    """The superuser's password in a nameless file that the account may read: its descriptor and its path."""
    with tempfile.TemporaryFile(dir=layout.folder) as file:
        file.write(layout.superuser_password.read_bytes())
        file.flush()
        file.seek(0)
        if account:
            os.fchown(file.fileno(), account.uid, account.gid)
        yield file.fileno(), f"/dev/fd/{file.fileno()}"


def ensure_passwords(layout: Layout) -> bool:
    """Makes the password files that do not exist; returns whether the role's password is new.

    Raises `FolderUnusable` if data exist but nobody knows the superuser's password.
    """
    if layout.data.exists() and not layout.superuser_password.exists():
        detail = f"{layout.superuser_password} is missing, without which {layout.data} cannot be opened; put it back."
        raise FolderUnusable(detail)
    if not layout.superuser_password.exists():
        write_secret(layout.superuser_password)
    if layout.password.exists():
        return False
    write_secret(layout.password)
    return True


def write_secret(path: Path) -> None:
    """A new random password in a file that only we may read, whole or not at all."""
    number, fresh = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mode 0600
    with os.fdopen(number, "w") as file:
        file.write(secrets.token_urlsafe(24))
        file.flush()
        os.fsync(number)
    Path(fresh).rename(path)


def check_version(*, programs: Programs, layout: Layout) -> None:
    """Raises `VersionDiffers` if the data were written by another major version."""
    mark = layout.data / "PG_VERSION"
    if not layout.data.exists():
        return
    if not mark.exists():
        detail = f"{layout.data} exists but is not PostgreSQL's: move it away and start again."
        raise FolderUnusable(detail)
    written_by = mark.read_text().strip()
    if written_by == str(programs.major):
        return
    moved = layout.folder.with_name(f"{layout.folder.name}-{written_by}")
    detail = (
        f"{layout.data} was written by PostgreSQL {written_by} and the programs here are {programs.version}, "
        "so dump it with the old programs and restore it with the new: "
        f"CINEMA_POSTGRES_BIN_DIRECTORY=/path/to/postgresql-{written_by}/bin cinema dump cinema.dump && "
        f"mv {layout.folder} {moved} && cinema restore cinema.dump"
    )
    raise VersionDiffers(detail)


def clear_stale_note(layout: Layout) -> None:
    """Removes the note of a server that was killed.

    The caller knows that no server of ours runs. PostgreSQL itself would trust the
    note if the process id in it were in use again, or a zombie's. Raises
    `FolderUnusable` if it belongs to a live server that somebody else started.
    """
    try:
        first_line = layout.postmaster.read_text().partition("\n")[0]
    except FileNotFoundError:
        return
    if first_line.isdecimal() and is_server(int(first_line), layout.data):
        detail = f"A PostgreSQL that we did not start (process {first_line}) uses {layout.data}; stop it first."
        raise FolderUnusable(detail)
    layout.postmaster.unlink()


def is_server(pid: int, data: Path) -> bool:
    """Whether a live process ``pid`` is a PostgreSQL that works in ``data``."""
    if IS_LINUX:
        process = Path("/proc", str(pid))
        try:
            is_zombie = process.joinpath("stat").read_text().rpartition(")")[2].split()[0] == "Z"
            return not is_zombie and process.joinpath("cwd").samefile(data)
        except OSError:
            return False  # gone, or another user's: the data's user and root may look
    answer = subprocess.run(["ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return "postgres" in answer.stdout and not answer.stdout.startswith("Z")
