"""The server's parent: a small process that stops it when nobody uses it any more.

Each process that uses the server shares a lock on ``users.lock``; the system drops
it however the process ends. The keeper waits for the same lock exclusively. When it
gets it, the last user is gone, and it stops the server. So a crash of ours leaves
no server behind, and no process ends the server under another. Holding the lock
until the server is down, it also makes newcomers wait and start afresh.

The alternative, PR_SET_PDEATHSIG, exists on Linux only, fires when the starting
*thread* ends, and would end the server under the other processes.

It runs as ``python -I -S keeper.py JSON`` and therefore imports nothing but the
standard library. It leaves its parent at once (nobody has to reap it), writes the
server's process id to its output, and reaps the server when that ends. ``JSON`` has:

- ``folder``: where the locks are
- ``pid``: a running server to adopt, or null
- ``command``, ``directory``, ``log``, ``uid``, ``gid``, ``environment``: the server to start
"""

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

if sys.platform != "win32":
    import fcntl

PAUSE_S = 0.01

STOP_MODES = (
    ("SIGINT", 60.0),  # fast: ends transactions, writes a checkpoint
    ("SIGQUIT", 10.0),  # immediate: recovers at the next start
    ("SIGKILL", 5.0),
)


def main(order: dict[str, Any]) -> None:
    """Keeps one server to its end."""
    if os.fork():
        os._exit(0)
    folder = str(order["folder"])
    fcntl.flock(opened(folder, "keepers.lock"), fcntl.LOCK_SH)
    users = opened(folder, "users.lock")
    child = None if order["pid"] else started(order)
    pid = child.pid if child else int(order["pid"])
    for ignored in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    detach(pid)
    if child:
        threading.Thread(target=reap, args=(child,), daemon=True).start()
    fcntl.flock(users, fcntl.LOCK_EX)
    if child or pid == running_pid(folder):
        stop(folder=folder, pid=pid)


def started(order: dict[str, Any]) -> subprocess.Popen[bytes]:
    """The server as our child. It holds ``server.lock`` until the last of its processes has ended."""
    server_lock = opened(str(order["folder"]), "server.lock")
    fcntl.flock(server_lock, fcntl.LOCK_EX)
    log = os.open(order["log"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    child = subprocess.Popen(  # noqa: S603 - our own programs and settings
        order["command"],
        cwd=order["directory"],
        env=order["environment"],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(server_lock,),
        user=order["uid"],
        group=order["gid"],
        extra_groups=None if order["uid"] is None else [],
    )
    os.close(server_lock)
    os.close(log)
    return child


def detach(pid: int) -> None:
    """Tells our starter the process id, then lets go of its pipes and of every folder."""
    os.write(1, f"{pid}\n".encode())
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    os.chdir("/")


def reap(child: subprocess.Popen[bytes]) -> None:
    """Ends this process when the server has ended: whoever starts it again brings a new keeper."""
    child.wait()
    os._exit(0)


def stop(*, folder: str, pid: int) -> None:
    """Stops the server and returns when none of its processes is left (or nothing helps)."""
    for mode, limit_s in STOP_MODES:
        with suppress(ProcessLookupError):  # its children may still be ending
            os.kill(pid, getattr(signal, mode))
        if has_ended(folder=folder, limit_s=limit_s):
            return


def has_ended(*, folder: str, limit_s: float) -> bool:
    """Whether all processes of the server end within ``limit_s`` seconds."""
    for _ in range(int(limit_s / PAUSE_S)):
        if not is_running(folder):
            return True
        threading.Event().wait(PAUSE_S)
    return not is_running(folder)


def is_running(folder: str) -> bool:
    """Whether a process of the server lives. A zombie does not count, nor does a stranger with an old process id."""
    lock = opened(folder, "server.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        return False
    finally:
        os.close(lock)


def running_pid(folder: str) -> int | None:
    """The process id of the server that runs in ``folder``, if one does and has said so."""
    if not is_running(folder):
        return None
    try:
        with open(f"{folder}/data/postmaster.pid", encoding="utf-8") as note:  # noqa: PTH123 - a quick import
            return int(note.readline())
    except (FileNotFoundError, ValueError):
        return None


def opened(folder: str, name: str) -> int:
    """The lock file ``name``, open; not inherited by what we start."""
    return os.open(f"{folder}/{name}", os.O_RDWR | os.O_CREAT, 0o600)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
