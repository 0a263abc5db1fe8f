import asyncio
import errno
import subprocess
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from cinema.main.embedded import BackupFailed, Server, embedded_blocking
from main.servers import names_in, value


@pytest.fixture(scope="module")
def shared(made_postgres: Path) -> Iterator[Server]:
    """One running server for the tests that do it no harm."""
    with embedded_blocking(folder=made_postgres, volatile=True) as server:
        yield server


async def test_a_volatile_server_does_not_wait_for_the_disk(shared: Server) -> None:
    settings = [await value(shared, f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")]

    assert settings == ["off", "off", "off"]


async def test_russian_letters_have_case_and_code_point_order(shared: Server) -> None:
    lowered = await value(shared, "SELECT lower('ЁЛКА')")
    ordered = await value(shared, "SELECT string_agg(l, '' ORDER BY l) FROM unnest('{я,Б,щ,ё}'::text[]) AS l")

    assert lowered == "ёлка"
    assert ordered == "Бщяё"


async def test_nobody_enters_without_the_password(shared: Server) -> None:
    address = f"127.0.0.1:{shared.port}/cinema"

    for login in ("cinema", "cinema:wrong", "postgres", "postgres:wrong"):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(f"postgresql://{login}@{address}", ssl=False, passfile="/nonexistent")

    methods = "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"
    assert await value(shared, methods, superuser=True) == "scram-sha-256"


async def test_the_server_listens_on_loopback_only(shared: Server) -> None:
    for other in ("127.0.0.2", "::1"):  # would answer if it listened everywhere
        with pytest.raises(OSError) as refused:  # noqa: PT011 - its number is what counts
            await asyncio.open_connection(other, shared.port)
        assert refused.value.errno in {errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}

    assert await value(shared, "SHOW unix_socket_directories", superuser=True) == ""


def test_passwords_are_in_closed_files_and_nowhere_else(shared: Server) -> None:
    commands = subprocess.check_output(["ps", "-e", "-o", "args"], text=True)  # noqa: S607

    for file in (shared.layout.password, shared.layout.superuser_password):
        secret = file.read_text()
        assert file.stat().st_mode & 0o777 == 0o600
        assert len(secret) == 32
        assert secret not in shared.layout.log.read_text() + commands + repr(shared)
        assert not any(secret.encode() in one.read_bytes() for one in shared.layout.data.rglob("*") if one.is_file())
    assert shared.layout.password.read_text() != shared.layout.superuser_password.read_text()


async def test_the_product_s_role_makes_databases_and_extensions_but_is_no_superuser(shared: Server) -> None:
    await value(shared, "CREATE EXTENSION citext")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await value(shared, "SELECT pg_read_file('/etc/passwd')")
    with pytest.raises(ValueError, match="a database name has"):
        await shared.ensure_database('x"; DROP ROLE cinema')

    made = await asyncio.gather(*(shared.ensure_database("twin") for _ in range(4)))

    assert sorted(made) == [False, False, False, True]


async def test_a_dump_is_restored_into_another_database_in_place_of_what_it_held(
    shared: Server, tmp_path: Path
) -> None:
    dump = tmp_path / "cinema.dump"
    await value(shared, "CREATE TABLE films AS SELECT n, 'Фильм ' || n AS title FROM generate_series(1, 100) AS n")
    await shared.dump(database="cinema", path=dump)
    await value(shared, "TRUNCATE films")

    await shared.restore(database="cinema", path=dump)
    await shared.restore(database="copy", path=dump)

    copied = await asyncpg.connect(shared.dsn("copy"), ssl=False)
    assert await value(shared, "SELECT count(*) FROM films") == 100
    assert await copied.fetchval("SELECT count(*) FROM films") == 100
    assert dump.stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path) == ["cinema.dump"]
    await copied.close()


async def test_a_dump_or_restore_that_fails_says_why_and_changes_nothing(shared: Server, tmp_path: Path) -> None:
    broken = tmp_path / "broken.dump"
    broken.write_bytes(b"no dump")
    before = await value(shared, "SELECT count(*) FROM pg_class")

    with pytest.raises(BackupFailed, match=r"pg_restore ended: .*does not appear to be a valid archive"):
        await shared.restore(database="cinema", path=broken)
    with pytest.raises(BackupFailed, match=r'pg_dump ended: .*database "nowhere" does not exist'):
        await shared.dump(database="nowhere", path=tmp_path / "nowhere.dump")
    with pytest.raises(BackupFailed, match="cannot be written: No such file or directory"):
        await shared.dump(database="cinema", path=tmp_path / "no" / "folder.dump")

    assert await value(shared, "SELECT count(*) FROM pg_class") == before
    assert names_in(tmp_path) == ["broken.dump"]
