"""The stage: a PostgreSQL of our own as operators run it, databases on it, and processes of the product."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from cinema.kit.clock import stopwatch_s
from cinema.main.embedded import Server, embedded
from cinema.main.ports import free_port
from harness import ROOT, Broken, say
from shop import SECRET_KEY, SHOP_ID, Shop
from wire import HOST, connect, request

PLACE = ROOT / "var" / "bench"
READY_WITHIN_S = 90.0
OK = 200


@dataclass(slots=True, kw_only=True)
class Process:
    """A command of ours that runs."""

    popen: "subprocess.Popen[bytes]"
    log: Path

    @property
    def pid(self) -> int:
        return self.popen.pid

    def stop(self) -> None:
        """Ends it as an operator would; kills what does not listen."""
        self.popen.send_signal(signal.SIGTERM)
        try:
            self.popen.wait(20)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()

    def tail(self) -> str:
        return " | ".join(self.log.read_text(errors="replace").splitlines()[-5:])


@dataclass(slots=True, kw_only=True)
class Service:
    """One web and one worker on a database."""

    port: int
    database: str
    processes: list[Process] = field(default_factory=list)


@asynccontextmanager
async def fresh_place(name: str) -> AsyncIterator[Path]:
    """An empty folder on the disk of the repository (a temporary one may be memory, which never has to sync)."""
    place = PLACE / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@asynccontextmanager
async def postgres(place: Path) -> AsyncIterator[Server]:
    """The server that comes with us, with its usual settings: every commit reaches the disk."""
    async with embedded(folder=place / "postgres") as server:
        yield server


def postmaster(place: Path) -> int:
    """The process id of the server that `cinema up` has started there."""
    return int((place / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


async def ready_database(server: Server, place: Path, *, name: str) -> None:
    """A database with the product's tables, declarations and first plans."""
    await server.ensure_database(name)
    await command(environment(place, dsn=server.dsn(name)), place, "migrate")


async def copy_database(server: Server, *, source: str, name: str) -> None:
    """A database equal to ``source``, which nobody may use meanwhile; on the disk when this returns."""
    async with superuser(server, "postgres") as connection:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}" OWNER cinema STRATEGY FILE_COPY')


async def drop_database(server: Server, name: str) -> None:
    async with superuser(server, "postgres") as connection:
        await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@asynccontextmanager
async def superuser(server: Server, database: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection that may do everything."""
    connection = await asyncpg.connect(server.superuser_dsn(database))
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def serving(
    server: Server, place: Path, *, database: str, shop: Shop | None, worker: bool = True, only: str = ""
) -> AsyncIterator[Service]:
    """A web process that answers and, if wished, a worker."""
    service = Service(port=free_port(), database=database)
    variables = environment(place, dsn=server.dsn(database), port=service.port, shop=shop)
    try:
        service.processes.append(start(variables, place, "web"))
        if worker:
            service.processes.append(start(variables, place, "worker", *(["--only", only] if only else [])))
        await until_ready(service.port, service.processes)
        if shop is not None:
            shop.webhook_port = service.port
        yield service
    finally:
        if shop is not None:
            shop.hang_up()
        for process in service.processes:
            process.stop()


def environment(
    place: Path, *, dsn: str | None = None, port: int | None = None, shop: Shop | None = None
) -> dict[str, str]:
    """Our environment with no settings but these, so that a benchmark is the same for everybody."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("CINEMA_")}
    variables |= {"CINEMA_DATA_FOLDER": str(place), "CINEMA_LOG_FORMAT": "json"}
    if dsn is not None:
        variables["CINEMA_DATABASE_URL"] = dsn
    if port is not None:
        variables["CINEMA_PORT"] = str(port)
    if shop is not None:
        variables |= {
            "CINEMA_YOOKASSA_SHOP_ID": SHOP_ID,
            "CINEMA_YOOKASSA_SECRET_KEY": SECRET_KEY,
            "CINEMA_YOOKASSA_BASE_URL": f"http://{HOST}:{shop.port}/v3",
            "CINEMA_YOOKASSA_IS_TEST": "true",
            "CINEMA_YOOKASSA_CONFIRMATION_HOSTS": HOST,
            "CINEMA_YOOKASSA_NETWORKS": "127.0.0.0/8",
        }
    return variables


def start(variables: dict[str, str], place: Path, *words: str) -> Process:
    """Starts a command of ours; its log is a file, as in production."""
    return start_program(variables, place, "-m", "cinema.main", *words, log=words[0])


def start_program(variables: dict[str, str], place: Path, *words: str, log: str = "peer") -> Process:
    """Starts a program in our Python."""
    path = place / f"{log}.log"
    with path.open("ab") as file:
        popen = subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, *words], env=variables, cwd=place, stdout=file, stderr=file
        )
    return Process(popen=popen, log=path)


async def command(variables: dict[str, str], place: Path, *words: str) -> str:
    """What a short command of ours prints. Raises `Broken` when it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cinema.main", *words,
        env=variables, cwd=place, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    if process.returncode:
        raise Broken(f"`cinema {' '.join(words)}`: {said.decode(errors='replace')[-500:]}")
    return said.decode()


async def until_ready(port: int, processes: list[Process], *, pause_s: float = 0.02) -> None:
    """Returns at the first 200 of ``/health/ready``. Raises `Broken` if a process ends before."""
    raw = request("GET", "/health/ready")
    since_s = stopwatch_s()
    while stopwatch_s() - since_s < READY_WITHIN_S:
        for process in processes:
            if process.popen.poll() is not None:
                raise Broken(f"{process.log.stem} ended: {process.tail()}")
        try:
            wire = await connect(port)
        except OSError:
            await asyncio.sleep(pause_s)
            continue
        answer = await wire.ask(raw)
        wire.close()
        if answer.status == OK:
            return
        await asyncio.sleep(pause_s)
    raise Broken(f"not ready within {READY_WITHIN_S:.0f} s")


async def check_invariants(server: Server, place: Path, *, database: str) -> None:
    """Runs the product's own invariants. Raises `Broken` when one is violated."""
    said = await command(environment(place, dsn=server.dsn(database)), place, "invariants")
    last = said.strip().splitlines()[-1]
    say(f"invariants: {last}")
    if last != "0 violations":
        raise Broken(said)
