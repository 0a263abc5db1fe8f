"""What the supervisor itself says to the server. Each function opens a connection of its own."""

import asyncio
import re
from collections.abc import Callable
from urllib.parse import quote

import asyncpg

from cinema.kit.clock import stopwatch_s
from cinema.main.embedded.errors import StartFailed

HOST = "127.0.0.1"
ROLE = "cinema"
SUPERUSER = "postgres"
CONNECT_LIMIT_S = 10.0
PAUSE_S = 0.02
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


async def wait_for_answer(*, dsn: Callable[[], str | None], is_alive: Callable[[], bool], limit_s: float) -> bool:
    """Whether the server answers; False if it ends before it does.

    ``dsn`` returns None while the server has not said its port yet.
    Raises `StartFailed` after ``limit_s`` seconds or if it does not know our password.
    """
    since_s = stopwatch_s()
    while stopwatch_s() - since_s < limit_s:
        known = dsn()
        if known and await answers(known):
            return True
        if not is_alive():
            return False
        await asyncio.sleep(PAUSE_S)
    detail = f"PostgreSQL has not answered for {limit_s:.0f} s."
    raise StartFailed(detail)


async def answers(dsn: str) -> bool:
    """Whether a server takes this address's connections. SCRAM proves each side to the other."""
    try:
        connection = await connect(dsn)
    except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
        return False
    except asyncpg.TooManyConnectionsError:
        return True
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError) as error:
        detail = "PostgreSQL does not accept the password that lies beside its data; put the right one back."
        raise StartFailed(detail) from error
    await connection.close()
    return True


async def prepare_role(*, dsn: str, password: str, is_password_new: bool, may_empty_tables: bool) -> None:
    """As the superuser, makes the ordinary role that owns our databases, or gives it its new password.

    ``may_empty_tables`` lets it switch triggers off, which tests do to empty append-only tables.
    """
    connection = await connect(dsn)
    try:
        exists = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", ROLE)
        if is_password_new or not exists:
            quoted = password.replace("'", "''")
            verb = "ALTER" if exists else "CREATE"
            await connection.execute(f"{verb} ROLE {ROLE} LOGIN CREATEDB PASSWORD '{quoted}'")
        if may_empty_tables:
            await connection.execute(f"GRANT SET ON PARAMETER session_replication_role TO {ROLE}")
    finally:
        await connection.close()


async def ensure_database(*, dsn: str, name: str) -> bool:
    """Makes the database ``name`` unless it exists; returns whether it is new. Any number may race."""
    if not NAME.fullmatch(name):
        message = f"a database name has lower-case letters, digits and _ only, not {name!r}"
        raise ValueError(message)
    connection = await connect(dsn)
    try:
        if await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            return False
        await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        return False
    else:
        return True
    finally:
        await connection.close()


def address(*, role: str, password: str, port: int, database: str) -> str:
    """A database's address as asyncpg, SQLAlchemy and libpq read it."""
    return f"postgresql://{role}:{quote(password, safe='')}@{HOST}:{port}/{quote(database, safe='')}"


async def connect(dsn: str) -> asyncpg.Connection:
    """One connection; our loopback server speaks no TLS."""
    return await asyncpg.connect(dsn, ssl=False, timeout=CONNECT_LIMIT_S, statement_cache_size=0)
