"""PostgreSQL: pools, and the two kinds of transaction that the type checker tells apart."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, ClassVar, TypeAlias, TypeVar

import asyncpg
import structlog

from cinema.kit.address import read_address
from cinema.kit.clock import Clock, SystemClock, stopwatch_s
from cinema.kit.errors import Unavailable
from cinema.kit.guard import forbid_transaction, held
from cinema.kit.wake import Waker

Row: TypeAlias = asyncpg.Record
Line: TypeAlias = asyncpg.pool.PoolConnectionProxy
T = TypeVar("T")

ATTEMPTS_MAX = 5
"""How often `Database.transact` runs a unit of work before it gives up."""

ACQUIRE_S = 10.0
"""How long one waits for a connection of the pool."""

REFUSED_S = 10.0
"""For how long a service to which a write was refused says that it cannot work; then it tries again."""

HURRY_S = 2.0
"""How long whoever committed waits for what is to happen right after the commit."""

log = structlog.get_logger()


class DatabaseUnavailable(Unavailable):
    """The database does not answer; try again later."""

    code = "database-unavailable"


class StatementTimeout(Unavailable):
    """The database took too long for this and was stopped; try again later."""

    code = "statement-timeout"


class DatabaseBusy(Unavailable):
    """Others hold what this needs for too long; try again later."""

    code = "database-busy"


class DatabaseFull(Unavailable):
    """The database has no room left to write; try again later."""

    code = "database-full"


class DatabaseReadOnly(Unavailable):
    """The database takes no changes at present; try again later."""

    code = "database-read-only"


class DatabaseExhausted(Unavailable):
    """The database has no memory or no connection left for this; try again later."""

    code = "database-exhausted"


CANNOT_WRITE = (DatabaseFull, DatabaseReadOnly, DatabaseExhausted)


def is_general(error: Exception) -> bool:
    """Whether trouble meets whatever is tried next, so that it is no use to go on one by one.

    That others hold a lock meets only what needs that lock; what takes too long together
    may be quick alone, or be the one thing that is slow.
    """
    return isinstance(error, Unavailable) and not isinstance(error, DatabaseBusy | StatementTimeout)


class ReadTx:
    """Reads. On the reader's connections the database itself refuses writes.

    ``now`` is the moment of the whole transaction: all that it says happened, happened then.
    """

    __slots__ = ("_connection", "now")
    writes: ClassVar[bool] = False

    def __init__(self, connection: Line, *, now: datetime) -> None:
        self._connection = connection
        self.now = now

    async def all(self, sql: str, *values: object) -> list[Row]:
        """Every row of the answer; the query itself carries the limit."""
        with translated(self._connection, writes=self.writes):
            return await self._connection.fetch(sql, *values)

    async def one(self, sql: str, *values: object) -> Row | None:
        """The first row, or None."""
        with translated(self._connection, writes=self.writes):
            return await self._connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        with translated(self._connection, writes=self.writes):
            return await self._connection.fetchval(sql, *values)


class Tx(ReadTx):
    """Reads and writes, and remembers what is to happen once it is committed."""

    __slots__ = ("_afterwards", "woken")
    writes = True

    def __init__(self, connection: Line, *, now: datetime) -> None:
        super().__init__(connection, now=now)
        self.woken: set[str] = set()
        self._afterwards: list[Callable[[], Awaitable[object]]] = []

    async def execute(self, sql: str, *values: object) -> int:
        """Runs one statement and returns the number of rows it touched."""
        with translated(self._connection, writes=self.writes):
            status = await self._connection.execute(sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement for each row of values, in one round trip; without rows, none."""
        if rows := list(rows):
            with translated(self._connection, writes=self.writes):
                await self._connection.executemany(sql, rows)

    async def write_rows(self, sql: str, rows: Sequence[Sequence[object]], *values: object) -> int:
        """Runs one statement over all ``rows`` at once; without rows, none.

        The statement takes them as columns, ``unnest($1::uuid[], $2::text[], …)``, and
        ``values`` after those. Returns the number of rows it touched.
        """
        return await self.execute(sql, *columns(rows), *values) if rows else 0

    async def copy(self, table: str, *, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """COPY into ``schema.table``."""
        schema, _, name = table.partition(".")
        with translated(self._connection, writes=self.writes):
            await self._connection.copy_records_to_table(name, schema_name=schema, columns=columns, records=rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what happens inside if it raises; the transaction goes on."""
        async with _committed(self._connection, self._connection.transaction(), writes=True):
            yield

    def wake(self, name: str) -> None:
        """Wakes the loop ``name`` after the commit."""
        self.woken.add(name)

    def after_commit(self, work: Callable[[], Awaitable[object]]) -> None:
        """Has ``work`` done right after the commit, with no transaction open.

        It only hurries what happens anyway: trouble in it is logged, and nobody is told.
        Whoever made the commit waits for it a moment (`HURRY_S`), then it goes on by itself.
        """
        self._afterwards.append(work)

    async def run_afterwards(self, *, wait_s: float) -> None:
        """Does what was put off until the commit, in this order; returns when it is done, or after ``wait_s``."""
        if not self._afterwards:
            return
        task = asyncio.create_task(self._do_afterwards(), name="after commit")
        _going_on.add(task)
        task.add_done_callback(_going_on.discard)
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), wait_s)

    async def _do_afterwards(self) -> None:
        for work in self._afterwards:
            try:
                await work()
            except Unavailable as trouble:
                log.warning("commit.not_hurried", detail=trouble.detail, cause=repr(trouble.__cause__))
            except Exception:  # the commit stands, whoever made it must hear that it does
                log.exception("commit.not_hurried")


_going_on: set["asyncio.Task[None]"] = set()
"""What goes on after its commit; the event loop itself would forget it."""


def columns(rows: Sequence[Sequence[object]]) -> list[list[object]]:
    """Rows as columns, the form in which one statement takes many of them."""
    return [list(column) for column in zip(*rows, strict=True)]


class Pools:
    """The connections of one process; opened and closed once. Raises ValueError where ``dsn`` is no address.

    What each connection is limited to is set by statements, not in the packet by which it begins:
    a pooler in between would refuse or forget that.
    """

    def __init__(
        self,
        dsn: str,
        *,
        size_max: int = 10,
        statement_timeout_ms: int = 15_000,
        lock_timeout_ms: int = 5_000,
        refused_s: float = REFUSED_S,
    ) -> None:
        self.dsn = dsn
        self.address = read_address(dsn)
        self.waker = Waker()
        self._size_max = size_max
        self._limits = {
            "statement_timeout": str(statement_timeout_ms),
            "lock_timeout": str(lock_timeout_ms),
            "idle_in_transaction_session_timeout": "60000",
            "timezone": "UTC",
            "jit": "off",
            "random_page_cost": "1.1",  # of memory and flash; nor are rows that an index has in order sorted instead
        }
        self._refused_s = refused_s
        self._refused: tuple[type[Unavailable], float] | None = None
        self._writer: asyncpg.Pool[Row] | None = None
        self._reader: asyncpg.Pool[Row] | None = None

    async def open(self) -> None:
        """Connects; raises `DatabaseUnavailable` when nobody answers."""
        with translated():
            self._writer = await self._pool({})
            self._reader = await self._pool({"default_transaction_read_only": "on"})

    async def close(self) -> None:
        for pool in (self._writer, self._reader):
            if pool is not None:
                await pool.close()
        self._writer = self._reader = None

    async def connect(self) -> "asyncpg.Connection[Row]":
        """A connection outside the pools, for LISTEN; the caller closes it."""
        with translated():
            return await asyncpg.connect(**self.address.arguments(application="cinema-listen"))

    def refuse(self, why: type[Unavailable]) -> None:
        """Notes that a write was refused, and why."""
        self._refused = (why, stopwatch_s())

    def refused(self) -> type[Unavailable] | None:
        """Why a write was refused in the last moments (`REFUSED_S`)."""
        is_fresh = self._refused is not None and stopwatch_s() - self._refused[1] < self._refused_s
        return self._refused[0] if self._refused and is_fresh else None

    @property
    def writer(self) -> "asyncpg.Pool[Row]":
        if self._writer is None:
            raise DatabaseUnavailable("the database is not connected")
        return self._writer

    @property
    def reader(self) -> "asyncpg.Pool[Row]":
        if self._reader is None:
            raise DatabaseUnavailable("the database is not connected")
        return self._reader

    async def _pool(self, more: dict[str, str]) -> "asyncpg.Pool[Row]":
        limits = "; ".join(f"SET {name} = '{value}'" for name, value in (self._limits | more).items())

        async def prepare(connection: "asyncpg.Connection[Row]") -> None:
            await connection.execute(limits)
            await _codecs(connection)

        return await asyncpg.create_pool(
            **self.address.arguments(application="cinema"),
            init_size=1,
            min_size=0,  # a floor would be kept up with a traceback for each second that the database is away
            max_size=self._size_max,
            command_timeout=60,
            init=prepare,
            reset=_keep,
        )


class Database:
    """One context's door to PostgreSQL. ``owner`` names it when something is nested; ``clock`` dates transactions."""

    def __init__(self, pools: Pools, *, owner: str, clock: Clock | None = None, hurry_s: float = HURRY_S) -> None:
        self.pools = pools
        self.owner = owner
        self.clock = clock or SystemClock()
        self._hurry_s = hurry_s

    def bound(self, owner: str) -> "Database":
        """The same database as another context sees it."""
        return Database(self.pools, owner=owner, clock=self.clock, hurry_s=self._hurry_s)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTx]:
        """Statement by statement, read-only; no call to others inside."""
        forbid_transaction(f"a read by {self.owner}")
        with held(self.owner):
            async with _leased(self.pools.reader) as connection:
                yield ReadTx(connection, now=self.clock.now())

    async def require_writable(self) -> None:
        """Raises what a write would be told now: that the database is away, full, read-only or exhausted.

        What others were told a moment ago counts too. Room is tried by spilling a megabyte,
        which leaves nothing behind.
        """
        if why := self.pools.refused():
            raise why
        async with self.write() as tx:
            if await tx.value("SELECT current_setting('transaction_read_only') = 'on'"):
                raise DatabaseReadOnly
            await tx.execute("SET LOCAL work_mem = '64kB'")
            await tx.value("SELECT count(*) FROM generate_series(1, 65536)")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadTx]:
        """All statements see one moment (REPEATABLE READ, read-only)."""
        with held(self.owner):
            async with _leased(self.pools.reader) as connection:
                transaction = connection.transaction(isolation="repeatable_read", readonly=True)
                async with _committed(connection, transaction):
                    yield ReadTx(connection, now=self.clock.now())

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """One transaction (READ COMMITTED: rows that a rule rests on are locked by name)."""
        with held(self.owner):
            try:
                async with _leased(self.pools.writer) as connection:
                    tx = Tx(connection, now=self.clock.now())
                    async with _committed(connection, connection.transaction(), writes=True):
                        yield tx
            except CANNOT_WRITE as error:
                self.pools.refuse(type(error))
                raise
        self.pools.waker.wake(tx.woken)
        await tx.run_afterwards(wait_s=self._hurry_s)

    async def transact(self, work: Callable[[Tx], Awaitable[T]]) -> T:
        """Runs ``work`` in a transaction, again after a deadlock or serialization failure.

        ``work`` therefore has no effect but through its transaction.
        """
        for attempt in range(1, ATTEMPTS_MAX + 1):
            try:
                async with self.write() as tx:
                    return await work(tx)
            except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                if attempt == ATTEMPTS_MAX:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads rivals, guards nothing
        raise AssertionError("unreachable")


@asynccontextmanager
async def _leased(pool: "asyncpg.Pool[Row]") -> AsyncIterator[Line]:
    """A connection of the pool. Raises `DatabaseUnavailable` when there is none in time."""
    with translated():
        connection = await pool.acquire(timeout=ACQUIRE_S)
    try:
        yield connection
    finally:
        await pool.release(connection)


@asynccontextmanager
async def _committed(connection: Line, transaction: Any, *, writes: bool = False) -> AsyncIterator[None]:
    """Begins the transaction and commits it, or undoes it when the block raises."""
    with translated(connection, writes=writes):
        await transaction.start()
    try:
        yield
    except BaseException:
        with suppress(*NOT_NOW):  # what went wrong first is what is told
            await transaction.rollback()
        raise
    with translated(connection, writes=writes):
        await transaction.commit()


class translated:  # noqa: N801 - reads as a statement: ``with translated():``
    """Turns the driver's ways of saying "not now" into our own; bugs stay bugs.

    It stands around the driver's calls only, never around anybody else's code. Raises
    `DatabaseUnavailable`, `StatementTimeout`, `DatabaseBusy`, `DatabaseFull`, `DatabaseExhausted`
    and, for who may write, `DatabaseReadOnly`, each with its cause.
    """

    __slots__ = ("_connection", "_writes")

    def __init__(self, connection: Line | None = None, *, writes: bool = False) -> None:
        self._connection = connection
        self._writes = writes

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or not isinstance(error, NOT_NOW):
            return
        if isinstance(error, TOO_SLOW) and self._connection is not None:
            raise StatementTimeout from error
        if isinstance(error, asyncpg.InterfaceError) and not _is_cut(self._connection):
            return  # the driver was used wrongly
        if isinstance(error, asyncpg.ReadOnlySQLTransactionError) and not self._writes:
            return  # so was the reader
        for kinds, told in TOLD_AS:
            if isinstance(error, kinds):
                raise told from error
        raise DatabaseUnavailable from error


def _is_cut(connection: Line | None) -> bool:
    """Whether the line is gone; the proxy of a connection that was given back is as good as gone."""
    if connection is None:
        return True
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


TOO_SLOW = (asyncpg.QueryCanceledError, TimeoutError)

TOLD_AS: tuple[tuple[type[Exception], type[Unavailable]], ...] = (
    (asyncpg.LockNotAvailableError, DatabaseBusy),
    (asyncpg.DiskFullError, DatabaseFull),
    (asyncpg.ReadOnlySQLTransactionError, DatabaseReadOnly),  # a standby, or a server that protects its last room
    (asyncpg.InsufficientResourcesError, DatabaseExhausted),
)

NOT_NOW = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.DatabaseDroppedError,
    asyncpg.IdleSessionTimeoutError,
    asyncpg.InvalidAuthorizationSpecificationError,  # the password was changed while we run
    asyncpg.InvalidCatalogNameError,
    asyncpg.PostgresIOError,
    asyncpg.QueryCanceledError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said goodbye, and the driver has not yet read that the line is cut
    *(kind for kind, _ in TOLD_AS),
)


async def _codecs(connection: "asyncpg.Connection[Row]") -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_dump, decoder=json.loads)


async def _keep(connection: "asyncpg.Connection[Row]") -> None:
    """No reset between uses: we leave no session state behind, and it would cost a round trip."""


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
