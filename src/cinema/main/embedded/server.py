"""A process's use of the server: enter, leave, and what it offers in between."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import structlog

from cinema.kit.clock import stopwatch_s
from cinema.main.embedded import backup, keeper, store
from cinema.main.embedded.account import leave_to_owner, server_account
from cinema.main.embedded.errors import PostgresUnavailable, told_plainly
from cinema.main.embedded.launch import ensure_running, rotate_log, running_port
from cinema.main.embedded.layout import START_LIMIT_S, STOP_LIMIT_S, Layout
from cinema.main.embedded.locks import FileLock, held
from cinema.main.embedded.programs import Programs, find_programs
from cinema.main.embedded.store import ROLE, SUPERUSER

log = structlog.get_logger()

WATCH_INTERVAL_S = 0.5
REVIVAL_PAUSE_S = 5.0


@asynccontextmanager
async def embedded(
    *, folder: Path, port: int | None = None, bin_directory: Path | None = None, volatile: bool = False
) -> AsyncIterator["Server"]:
    """A running server for the length of a block; see `Server`."""
    async with Server(folder=folder, port=port, bin_directory=bin_directory, volatile=volatile).running() as server:
        yield server


@contextmanager
def embedded_blocking(
    *, folder: Path, port: int | None = None, bin_directory: Path | None = None, volatile: bool = False
) -> Iterator["Server"]:
    """As `embedded` without an event loop, e.g. for a session of tests; nobody revives the server meanwhile."""
    server = Server(folder=folder, port=port, bin_directory=bin_directory, volatile=volatile)
    server.enter()
    try:
        yield server
    finally:
        server.leave()


class Server:
    """One user of the server in ``folder``.

    ``port`` None means: chosen free once, then kept. ``volatile`` is for tests: a crash
    of the machine may lose data. Several users share a server, in one process or in
    many; the first starts it with its settings, the last stops it.
    """

    def __init__(
        self, *, folder: Path, port: int | None = None, bin_directory: Path | None = None, volatile: bool = False
    ) -> None:
        self.layout = Layout(folder=folder.absolute())
        self.port = port or 0
        self._port_wanted = port
        self._bin_directory = bin_directory
        self._volatile = volatile
        self._programs: Programs | None = None
        self._passwords: dict[str, str] = {}
        self._users: FileLock | None = None
        self._entering: asyncio.Future[None] | None = None
        self._watch: asyncio.Task[None] | None = None

    def begin(self, *, database: str | None = None) -> None:
        """Enters in a thread while the caller does other things, up to `start`; who begins has to `stop`.

        The thread also makes ``database`` unless it exists.
        """

        def enter() -> None:
            self.enter()
            if database is not None:
                asyncio.run(self.ensure_database(database))

        self._entering = asyncio.get_running_loop().run_in_executor(None, enter)

    async def start(self) -> None:
        """Enters, and from then on starts the server again whenever it is gone. Raises `PostgresUnavailable`."""
        if self._entering is None:
            self.begin()
        assert self._entering is not None
        await asyncio.shield(self._entering)
        self._watch = asyncio.create_task(self._revive_when_gone())

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Server"]:
        """From `start` to `stop`."""
        try:
            await self.start()
            yield self
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Leaves; the last user stops the server and returns when it has ended."""
        if self._entering is not None:
            await asyncio.wait({self._entering})  # a thread cannot be called back
            self._entering.exception()  # it is for `start` to tell
            self._entering = None
        if self._watch:
            self._watch.cancel()
            with suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        await asyncio.to_thread(self.leave)

    def enter(self) -> None:
        """Joins the running server or starts one, and returns when it answers. Raises `PostgresUnavailable`."""
        if sys.platform == "win32":
            detail = "The PostgreSQL that comes with us runs on Linux and macOS: set CINEMA_DATABASE_URL to your own."
            raise PostgresUnavailable(detail)
        since_s = stopwatch_s()
        with told_plainly(self.layout.folder):
            self._make_folder()
            self._programs = find_programs(self._bin_directory)
            users = FileLock(self.layout.users_lock)
            users.acquire(shared=True, limit_s=STOP_LIMIT_S)
            self._users = users
            try:
                started = self._ensure_running(self._port_wanted)
                self.port = running_port(self.layout) or 0
                self._passwords = {
                    ROLE: self.layout.password.read_text().strip(),
                    SUPERUSER: self.layout.superuser_password.read_text().strip(),
                }
            except BaseException:
                self.leave()
                raise
        duration_ms = round((stopwatch_s() - since_s) * 1000)
        event = "postgres.started" if started else "postgres.joined"
        log.info(event, port=self.port, version=self._programs.version, duration_ms=duration_ms)

    def leave(self) -> None:
        """Gives the server up; the last user stops it and returns when it has ended."""
        users, self._users = self._users, None
        if users is None:
            return
        try:
            folder = str(self.layout.folder)
            if users.try_acquire(shared=False):
                if pid := keeper.running_pid(folder):
                    keeper.stop(folder=folder, pid=pid)
                    log.info("postgres.stopped", port=self.port)
            else:  # others still use it; or its keeper is stopping it, which takes a moment
                users.acquire(shared=True, limit_s=STOP_LIMIT_S)
        finally:
            users.release()

    def dsn(self, database: str) -> str:
        """The address of a database for our ordinary role, which may make databases and is no superuser."""
        return self._dsn(ROLE, database)

    def superuser_dsn(self, database: str) -> str:
        """As `dsn` for the superuser, whom the product itself never needs."""
        return self._dsn(SUPERUSER, database)

    async def ensure_database(self, name: str) -> bool:
        """Makes the database ``name`` unless it exists; returns whether it is new."""
        return await store.ensure_database(dsn=self.dsn("postgres"), name=name)

    async def dump(self, *, database: str, path: Path) -> None:
        """Writes a database to a file in PostgreSQL's custom format. Raises `BackupFailed`."""
        await backup.dump(programs=self.programs, dsn=self.dsn(database), path=path)

    async def restore(self, *, database: str, path: Path) -> None:
        """Puts a dump in place of what ``database`` (made if need be) holds. Raises `BackupFailed`."""
        await self.ensure_database(database)
        await backup.restore(programs=self.programs, dsn=self.dsn(database), path=path)

    @property
    def programs(self) -> Programs:
        """PostgreSQL's programs, where they were found; for use while the server runs."""
        if self._programs is None:
            message = "enter the server first"
            raise RuntimeError(message)
        return self._programs

    @property
    def pid(self) -> int | None:
        """The process id of the running server."""
        return keeper.running_pid(str(self.layout.folder))

    def revive(self) -> bool:
        """Starts the server again, on the same port, if it is gone; returns whether it had to."""
        with told_plainly(self.layout.folder):
            return self._ensure_running(self.port)

    def _dsn(self, role: str, database: str) -> str:
        if not self._passwords:
            message = "enter the server first"
            raise RuntimeError(message)
        return store.address(role=role, password=self._passwords[role], port=self.port, database=database)

    def _make_folder(self) -> None:
        folder = self.layout.folder
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o711)  # the server's user passes through; what is secret is closed by itself
        self.layout = Layout(folder=folder.resolve())

    def _ensure_running(self, port: int | None) -> bool:
        layout = self.layout
        account = server_account(layout)
        with held(layout.start_lock, limit_s=START_LIMIT_S):
            try:
                return ensure_running(
                    layout=layout, programs=self.programs, account=account, port=port, volatile=self._volatile
                )
            finally:
                leave_to_owner(layout)

    async def _revive_when_gone(self) -> None:
        folder = str(self.layout.folder)
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            try:
                if keeper.is_running(folder):
                    rotate_log(self.layout)
                elif await asyncio.to_thread(self.revive):
                    log.warning("postgres.revived", port=self.port)
            except (PostgresUnavailable, OSError) as error:
                log.warning("postgres.revival_failed", reason=str(error))
                await asyncio.sleep(REVIVAL_PAUSE_S)
