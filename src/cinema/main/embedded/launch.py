"""Brings a server to answer: joins the one that runs, or starts it. The caller holds ``start.lock``."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import sys
from contextlib import suppress

from cinema.main.embedded import keeper, store
from cinema.main.embedded.account import Account, give
from cinema.main.embedded.cluster import (
    check_version,
    clear_stale_note,
    command,
    ensure_passwords,
    environment,
    initialise,
)
from cinema.main.embedded.errors import FolderUnusable, PortTaken, failure
from cinema.main.embedded.layout import LOG_LIMIT_BYTES, START_LIMIT_S, Layout
from cinema.main.embedded.locks import FileLock
from cinema.main.embedded.programs import Programs, forget_other_copies, reachable
from cinema.main.embedded.store import HOST

KEEPER_LIMIT_S = 30
LINGER_LIMIT_S = 30.0
PORT_TRIES_MAX = 5
PORT_LINE = 3


def ensure_running(
    *, layout: Layout, programs: Programs, account: Account | None, port: int | None, volatile: bool
) -> bool:
    """Returns once a server of ours answers: True if we started it, False if it ran already."""
    check_version(programs=programs, layout=layout)
    is_password_new = ensure_passwords(layout)
    started = not wait_until_ready(layout)
    if started:
        start(layout=layout, programs=programs, account=account, port=port, volatile=volatile)
    elif port not in {None, running_port(layout)}:
        detail = f"The PostgreSQL of {layout.folder} already runs on port {running_port(layout)}, not {port}; stop it."
        raise FolderUnusable(detail)
    elif not has_keeper(layout):
        adopt(layout)
    dsn = superuser_address(layout)
    if dsn is None:
        raise failure(what="PostgreSQL ended again", lines=log_since(layout, 0), folder=layout.folder)
    preparing = store.prepare_role(
        dsn=dsn,
        password=layout.password.read_text().strip(),
        is_password_new=is_password_new,
        may_empty_tables=volatile,
    )
    asyncio.run(preparing)
    return started


def start(*, layout: Layout, programs: Programs, account: Account | None, port: int | None, volatile: bool) -> None:
    """Starts the server, on a new data directory if there is none, and waits until it answers."""
    if not keeper.has_ended(folder=str(layout.folder), limit_s=LINGER_LIMIT_S):
        detail = f"Processes of the killed PostgreSQL still run on {layout.data}; wait until they have ended."
        raise FolderUnusable(detail)
    if port and not is_free(port):
        raise port_taken(port)
    clear_stale_note(layout)
    ours = reachable(programs=programs, account=account, place=layout.programs)
    forget_other_copies(place=layout.programs, kept=ours)
    if layout.data.exists():
        give(layout.data, account)
    else:
        initialise(programs=ours, account=account, layout=layout, volatile=volatile)
    rotate_log(layout)
    for attempt in range(1, PORT_TRIES_MAX + 1):
        chosen = port or remembered_port(layout)
        if chosen is None or not (port or is_free(chosen)):
            chosen = free_port()
        layout.port.write_text(f"{chosen}\n")
        log_size = layout.log.stat().st_size if layout.log.exists() else 0
        words = command(programs=ours, account=account, layout=layout, port=chosen, volatile=volatile)
        keep(layout=layout, command=words, account=account)
        if wait_until_ready(layout):
            return
        if is_free(chosen):
            raise failure(what="PostgreSQL could not start", lines=log_since(layout, log_size), folder=layout.folder)
        if port or attempt == PORT_TRIES_MAX:  # somebody took it between our look and the server's
            raise port_taken(chosen)


def wait_until_ready(layout: Layout) -> bool:
    """Whether the server that runs answers, sooner or later; False if none runs."""
    folder = str(layout.folder)
    if not keeper.is_running(folder):
        return False

    waiting = store.wait_for_answer(
        dsn=lambda: superuser_address(layout), is_alive=lambda: keeper.is_running(folder), limit_s=START_LIMIT_S
    )
    return asyncio.run(waiting)


def keep(*, layout: Layout, command: list[str], account: Account | None) -> None:
    """Starts a keeper, which starts the server."""
    order: dict[str, object] = {
        "pid": None,
        "command": command,
        "directory": str(layout.data),
        "environment": environment(),
        "log": str(layout.log),
        "uid": account.uid if account else None,
        "gid": account.gid if account else None,
    }
    run_keeper(layout, order)


def adopt(layout: Layout) -> None:
    """Starts a keeper for a server that has lost its own."""
    if pid := keeper.running_pid(str(layout.folder)):
        run_keeper(layout, {"pid": pid})


def run_keeper(layout: Layout, order: dict[str, object]) -> None:
    """Returns when the keeper has started or found its server."""
    words = [sys.executable, "-I", "-S", keeper.__file__, json.dumps({"folder": str(layout.folder)} | order)]
    ended = subprocess.run(  # noqa: S603 - our own program
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,
        timeout=KEEPER_LIMIT_S,
        check=False,
    )
    if not ended.stdout.strip():
        raise failure(what="PostgreSQL could not be run", lines=ended.stderr.splitlines()[-1:], folder=layout.folder)


def has_keeper(layout: Layout) -> bool:
    """Whether some process will stop the server after its last user."""
    lock = FileLock(layout.keepers_lock)
    try:
        return not lock.try_acquire(shared=False)
    finally:
        lock.release()


def superuser_address(layout: Layout) -> str | None:
    """The address of the running server for its superuser, once it has noted its port."""
    port = running_port(layout)
    if port is None:
        return None
    password = layout.superuser_password.read_text().strip()
    return store.address(role=store.SUPERUSER, password=password, port=port, database=store.SUPERUSER)


def running_port(layout: Layout) -> int | None:
    """The port that the running server has noted, if it has come so far."""
    with suppress(FileNotFoundError, IndexError, ValueError):
        return int(layout.postmaster.read_text().splitlines()[PORT_LINE])
    return None


def remembered_port(layout: Layout) -> int | None:
    """The port of the last start."""
    with suppress(FileNotFoundError, ValueError):
        return int(layout.port.read_text())
    return None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        port: int = one.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind((HOST, port))
        except OSError:
            return False
        return True


def port_taken(port: int) -> PortTaken:
    """The error for a port that somebody else uses."""
    way_out = "stop it, or set CINEMA_POSTGRES_PORT to another one"
    return PortTaken(f"Port {port} of {HOST} is in use by another program: {way_out}.")


def rotate_log(layout: Layout) -> None:
    """Keeps one old log beside one of at most `LOG_LIMIT_BYTES`; the server may be writing."""
    if not layout.log.exists() or layout.log.stat().st_size <= LOG_LIMIT_BYTES:
        return
    old = layout.log.with_name(f"{layout.log.name}.1")
    shutil.copyfile(layout.log, old)
    old.chmod(0o600)
    with layout.log.open("r+b") as file:
        file.truncate(0)


def log_since(layout: Layout, offset: int) -> list[str]:
    """What the server wrote after ``offset``; only the fatal lines if there are any."""
    if not layout.log.exists():
        return []
    lines = layout.log.read_bytes()[offset:].decode(errors="replace").splitlines()
    fatal = [line for line in lines if re.search(r"(FATAL|PANIC): (?!.*is starting up)", line)]
    return [re.sub(r"^.*? (FATAL|PANIC): +", "", line) for line in fatal] or lines
