"""Migrations: any number of processes may start them at once."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

import cinema.migrations
from cinema.kit import migrate as migrations
from cinema.kit.db import Database, DatabaseReadOnly, Pools
from cinema.kit.migrate import migrate
from cinema.kit.settings import BadSetting

SCRIPTS = Path(cinema.migrations.__path__[0])
NEWEST = max(path.name.partition("_")[0] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))

PROGRAM = """
import asyncio, os, sys
from pathlib import Path
import alembic.command
from cinema.kit.migrate import migrate
children = []
for _ in range(int(sys.argv[3])):
    child = os.fork()
    if child == 0:
        asyncio.run(migrate(sys.argv[1], Path(sys.argv[2])))
        os._exit(0)
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""
"""So many processes at once; they share their imports, which take longer than the migration."""


@pytest.fixture
async def empty_database(server_url: str, database_url: str) -> AsyncIterator[str]:
    """The address of a database in which nothing is."""
    name = database_url.rpartition("/")[2].partition("?")[0] + "_empty"
    server = await asyncpg.connect(server_url)
    await server.execute(f'CREATE DATABASE "{name}"')
    yield re.sub(r"/[^/?]+(?=$|\?)", f"/{name}", server_url)
    await server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    await server.close()


async def revision(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT version_num FROM alembic_version")
    await connection.close()
    return [row["version_num"] for row in rows]


async def test_ten_processes_migrate_an_empty_database_at_once(empty_database: str) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, empty_database, str(SCRIPTS), "10", stderr=asyncio.subprocess.PIPE
    )
    _, errors = await parent.communicate()

    assert (parent.returncode, errors.decode()) == (0, "")
    assert await revision(empty_database) == [NEWEST]


async def test_the_revision_is_none_before_the_first_migration(empty_database: str, db: Database) -> None:
    pools = Pools(empty_database, size_max=1)
    await pools.open()

    found = await migrations.revision(Database(pools, owner="test"))
    await pools.close()

    assert found is None
    assert await migrations.revision(db) == NEWEST


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    before = await revision(database_url)

    await migrate(database_url, SCRIPTS)

    assert before == await revision(database_url) == [NEWEST]


async def test_what_keeps_a_migration_from_being_done_is_told_in_sentences(empty_database: str) -> None:
    server = await asyncpg.connect(empty_database)
    name = await server.fetchval("SELECT current_database()")
    await server.execute(f'REVOKE CREATE ON DATABASE "{name}" FROM CURRENT_USER, PUBLIC')
    await server.close()
    read_only = f"{empty_database}{'&' if '?' in empty_database else '?'}options=-cdefault_transaction_read_only%3Don"

    with pytest.raises(BadSetting, match=r"^CINEMA_DATABASE_URL: its role may not make schemas in this database"):
        await migrate(empty_database, SCRIPTS)
    with pytest.raises(DatabaseReadOnly):
        await migrate(read_only, SCRIPTS)
