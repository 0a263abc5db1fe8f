"""PostgreSQL: pools, and the two kinds of transaction that the type checker tells apart."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

import asyncpg

from cinema.kit.errors import Unavailable
from cinema.kit.guard import forbid_transaction, held
from cinema.kit.wake import Waker

Row: TypeAlias = asyncpg.Record
T = TypeVar("T")

ATTEMPTS_MAX = 5
"""How often `Database.transact` runs a unit of work before it gives up."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer; try again later."""

    code = "database-unavailable"


class ReadTx:
    """Reads. On the reader's connections the database itself refuses writes."""

    __slots__ = ("_connection",)

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[Row]") -> None:
        self._connection = connection

    async def all(self, sql: str, *values: object) -> list[Row]:
        """Every row of the answer; the query itself carries the limit."""
        return await self._connection.fetch(sql, *values)

    async def one(self, sql: str, *values: object) -> Row | None:
        """The first row, or None."""
        return await self._connection.fetchrow(sql, *values)

    async def value(self, sql: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        return await self._connection.fetchval(sql, *values)


class Tx(ReadTx):
    """Reads and writes, and remembers which loops to wake once it is committed.

    ``cause`` is the id of the event that is being handled, where one is.
    """

    __slots__ = ("cause", "woken")

    def __init__(self, connection: "asyncpg.pool.PoolConnectionProxy[Row]") -> None:
        super().__init__(connection)
        self.cause: UUID | None = None
        self.woken: set[str] = set()

    async def execute(self, sql: str, *values: object) -> int:
        """Runs one statement and returns the number of rows it touched."""
        status = await self._connection.execute(sql, *values)
        count = status.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0

    async def execute_many(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Runs one statement for each row of values, in one round trip; without rows, none."""
        if rows := list(rows):
            await self._connection.executemany(sql, rows)

    async def copy(self, table: str, *, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """COPY into ``schema.table``."""
        schema, _, name = table.partition(".")
        await self._connection.copy_records_to_table(name, schema_name=schema, columns=columns, records=rows)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Undoes what happens inside if it raises; the transaction goes on."""
        async with self._connection.transaction():
            yield

    def wake(self, name: str) -> None:
        """Wakes the loop ``name`` after the commit."""
        self.woken.add(name)


class Pools:
    """The connections of one process; opened and closed once."""

    def __init__(
        self, dsn: str, *, size_max: int = 10, statement_timeout_ms: int = 15_000, lock_timeout_ms: int = 5_000
    ) -> None:
        self.dsn = dsn
        self.waker = Waker()
        self._size_max = size_max
        self._limits = {
            "statement_timeout": str(statement_timeout_ms),
            "lock_timeout": str(lock_timeout_ms),
            "idle_in_transaction_session_timeout": "60000",
            "application_name": "cinema",
            "timezone": "UTC",
            "jit": "off",
        }
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
            return await asyncpg.connect(self.dsn, server_settings={"application_name": "cinema-listen"}, timeout=5)

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
        return await asyncpg.create_pool(
            self.dsn,
            init_size=1,
            min_size=0,  # a floor would be kept up with a traceback for each second that the database is away
            max_size=self._size_max,
            timeout=10,
            command_timeout=60,
            server_settings=self._limits | more,
            init=_codecs,
            reset=_keep,
        )


class Database:
    """One context's door to PostgreSQL. ``owner`` names it when something is nested."""

    def __init__(self, pools: Pools, *, owner: str) -> None:
        self.pools = pools
        self.owner = owner

    def bound(self, owner: str) -> "Database":
        """The same database as another context sees it."""
        return Database(self.pools, owner=owner)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[ReadTx]:
        """Statement by statement, read-only; no call to others inside."""
        forbid_transaction(f"a read by {self.owner}")
        with translated(), held(self.owner):
            async with self.pools.reader.acquire(timeout=10) as connection:
                yield ReadTx(connection)

    async def ping(self) -> None:
        """Raises `DatabaseUnavailable` when the database does not answer."""
        async with self.read() as tx:
            await tx.value("SELECT 1")

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[ReadTx]:
        """All statements see one moment (REPEATABLE READ, read-only)."""
        with translated(), held(self.owner):
            async with (
                self.pools.reader.acquire(timeout=10) as connection,
                connection.transaction(isolation="repeatable_read", readonly=True),
            ):
                yield ReadTx(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """One transaction (READ COMMITTED: rows that a rule rests on are locked by name)."""
        with translated(), held(self.owner):
            async with self.pools.writer.acquire(timeout=10) as connection:
                tx = Tx(connection)
                async with connection.transaction():
                    yield tx
        self.pools.waker.wake(tx.woken)

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


class translated:  # noqa: N801 - reads as a statement: ``with translated():``
    """Turns the driver's ways of saying "not now" into `DatabaseUnavailable`."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, NOT_NOW) and not isinstance(error, Unavailable):
            raise DatabaseUnavailable from error


NOT_NOW = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the server has said goodbye, and the driver has not yet read that the line is cut
)


async def _codecs(connection: "asyncpg.Connection[Row]") -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=_dump, decoder=json.loads)


async def _keep(connection: "asyncpg.Connection[Row]") -> None:
    """No reset between uses: we leave no session state behind, and it would cost a round trip."""


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
