"""Servers under test, and other processes that use them."""

import subprocess
import sys
from pathlib import Path

import asyncpg

from cinema.main.embedded import Server, keeper

USER = """
import asyncio, sys
from pathlib import Path
from cinema.main.embedded import Server

server = Server(folder=Path(sys.argv[1]))
server.enter()
is_new = asyncio.run(server.ensure_database("cinema"))
print("entered", server.pid, server.port, is_new, flush=True)
sys.stdin.read()
server.leave()
"""


async def value(server: Server, sql: str, *, superuser: bool = False) -> object:
    dsn = server.superuser_dsn("cinema") if superuser else server.dsn("cinema")
    connection = await asyncpg.connect(dsn, ssl=False)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def is_running(folder: Path) -> bool:
    return keeper.is_running(str(folder))


def parent_of(pid: int) -> int:
    return int(subprocess.check_output(["ps", "-o", "ppid=", "-p", str(pid)]))  # noqa: S607


def user_process(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def entered(process: "subprocess.Popen[str]") -> list[str]:
    """The process id, the port and whether the database is new, once the process has entered."""
    assert process.stdout
    for line in process.stdout:
        if line.startswith("entered "):
            return line.split()[1:]
    raise AssertionError("the process ended before it had entered")


def left(process: "subprocess.Popen[str]") -> int:
    process.communicate()
    return process.returncode


def names_in(folder: Path) -> list[str]:
    return sorted(place.name for place in folder.iterdir())
