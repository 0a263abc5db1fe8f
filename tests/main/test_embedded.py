import asyncio
import os
import signal
import subprocess
from pathlib import Path

import pytest

from cinema.main.embedded import FolderUnusable, ProgramsMissing, Server, embedded, embedded_blocking, keeper
from cinema.main.embedded.store import answers
from main.servers import entered, is_running, left, parent_of, user_process, value


async def test_the_first_start_makes_a_server_whose_port_and_rows_are_there_after_a_restart(tmp_path: Path) -> None:
    place = tmp_path / "var" / "postgres"

    async with embedded(folder=place) as first:
        assert [await first.ensure_database("cinema"), await first.ensure_database("cinema")] == [True, False]
        await value(first, "CREATE TABLE films AS SELECT 'Путь' AS title")
        settings = [
            await value(first, f"SHOW {name}") for name in ("fsync", "full_page_writes", "jit", "server_encoding")
        ]
    stopped = not is_running(place)
    async with embedded(folder=place) as second:
        title = await value(second, "SELECT title FROM films")

    assert stopped
    assert title == "Путь"
    assert second.port == first.port
    assert settings == ["on", "on", "off", "UTF8"]


async def test_a_server_that_was_begun_is_there_with_its_database_when_it_is_wanted(postgres_folder: Path) -> None:
    server = Server(folder=postgres_folder)

    server.begin(database="begun")
    await server.start()

    assert await server.ensure_database("begun") is False
    await server.stop()
    assert not is_running(postgres_folder)


async def test_a_server_that_was_begun_and_is_wanted_no_more_is_stopped(postgres_folder: Path) -> None:
    server = Server(folder=postgres_folder)

    server.begin()
    await server.stop()

    assert (postgres_folder / "port").exists()
    assert not is_running(postgres_folder)


async def test_why_a_server_could_not_begin_is_told_when_it_is_wanted(tmp_path: Path) -> None:
    server = Server(folder=tmp_path / "postgres", bin_directory=tmp_path)

    server.begin()

    with pytest.raises(ProgramsMissing, match="is no PostgreSQL 15 or later"):
        await server.start()
    await server.stop()
    assert not (tmp_path / "postgres" / "data").exists()


async def test_the_server_is_started_again_after_a_kill_with_every_committed_row(postgres_folder: Path) -> None:
    async with embedded(folder=postgres_folder) as server:
        await value(server, "CREATE TABLE revived AS SELECT n FROM generate_series(1, 20000) AS n")
        killed = server.pid
        assert killed

        os.kill(killed, signal.SIGKILL)

        async with asyncio.timeout(20):
            while not await answers(server.dsn("cinema")):
                pass
        assert server.pid not in {None, killed}
        assert await value(server, "SELECT count(*) FROM revived") == 20000


def test_a_process_that_is_killed_leaves_no_server_behind_and_no_row_is_lost(postgres_folder: Path) -> None:
    user = user_process(postgres_folder)
    entered(user)
    with embedded_blocking(folder=postgres_folder) as server:
        asyncio.run(value(server, "CREATE TABLE orphaned AS SELECT n FROM generate_series(1, 500) AS n"))
        user.kill()
        left(user)
        assert asyncio.run(value(server, "SELECT count(*) FROM orphaned")) == 500
    second = user_process(postgres_folder)
    entered(second)

    second.kill()

    left(second)
    assert keeper.has_ended(folder=str(postgres_folder), limit_s=20)
    with embedded_blocking(folder=postgres_folder) as server:
        assert asyncio.run(value(server, "SELECT count(*) FROM orphaned")) == 500


def test_after_a_kill_of_server_and_keeper_the_next_start_has_every_row(postgres_folder: Path) -> None:
    server = Server(folder=postgres_folder)
    server.enter()
    asyncio.run(value(server, "CREATE TABLE recovered AS SELECT n FROM generate_series(1, 500) AS n"))
    killed = server.pid
    assert killed

    for victim in (parent_of(killed), killed):
        os.kill(victim, signal.SIGKILL)
    server.leave()

    assert keeper.has_ended(folder=str(postgres_folder), limit_s=20)
    assert (postgres_folder / "data" / "postmaster.pid").exists()
    with embedded_blocking(folder=postgres_folder):
        assert asyncio.run(value(server, "SELECT count(*) FROM recovered")) == 500


def test_a_server_left_alone_by_killed_processes_is_adopted_by_its_next_user(postgres_folder: Path) -> None:
    first = user_process(postgres_folder)
    pid = int(entered(first)[0])
    for victim in (parent_of(pid), first.pid):
        os.kill(victim, signal.SIGKILL)
    left(first)
    second = user_process(postgres_folder)

    adopted = int(entered(second)[0])
    second.kill()

    left(second)
    assert adopted == pid
    assert keeper.has_ended(folder=str(postgres_folder), limit_s=20)


def test_processes_racing_on_an_empty_folder_share_one_server(tmp_path: Path) -> None:
    place = tmp_path / "postgres"
    users = [user_process(place) for _ in range(2)]

    answers = [entered(user) for user in users]

    assert len({pid for pid, _, _ in answers}) == 1
    assert len({port for _, port, _ in answers}) == 1
    assert sorted(is_new for _, _, is_new in answers) == ["False", "True"]
    assert [left(user) for user in users] == [0, 0]
    assert not is_running(place)
    assert [found.name for found in place.glob("initialising-*")] == []


def test_the_last_one_out_stops_the_server(postgres_folder: Path) -> None:
    first, second = Server(folder=postgres_folder, volatile=True), Server(folder=postgres_folder)
    first.enter()
    second.enter()

    first.leave()

    assert asyncio.run(value(second, "SELECT 1")) == 1
    second.leave()
    assert not is_running(postgres_folder)
    assert not (postgres_folder / "data" / "postmaster.pid").exists()
    second.leave()  # again: nothing


def test_the_note_of_a_dead_server_is_ignored_even_if_its_process_id_is_a_zombie_s(postgres_folder: Path) -> None:
    status = (postgres_folder / "data").stat()
    note = postgres_folder / "data" / "postmaster.pid"
    with subprocess.Popen(["true"], user=status.st_uid or 65534 if os.geteuid() == 0 else None) as zombie:  # noqa: S607
        os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
        note.write_text(f"{zombie.pid}\n{postgres_folder / 'data'}\n1\n1\n\n127.0.0.1\n")

        with embedded_blocking(folder=postgres_folder, volatile=True) as server:
            assert asyncio.run(value(server, "SELECT 1")) == 1

            assert server.pid != zombie.pid


def test_a_server_that_somebody_else_started_on_the_data_is_left_alone(postgres_folder: Path) -> None:
    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        pid = server.pid
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        owner = (postgres_folder / "data").stat()
    foreign = subprocess.Popen(command, cwd=postgres_folder / "data", stderr=subprocess.PIPE, user=owner.st_uid)
    assert foreign.stderr
    while b"ready to accept" not in foreign.stderr.readline():
        assert foreign.poll() is None

    with pytest.raises(FolderUnusable, match=rf"A PostgreSQL that we did not start \(process {foreign.pid}\)"):
        Server(folder=postgres_folder).enter()

    assert asyncio.run(value(server, "SELECT 1")) == 1
    foreign.send_signal(signal.SIGINT)
    foreign.communicate()
    assert foreign.returncode == 0


async def test_a_role_whose_password_file_was_lost_gets_a_new_password(postgres_folder: Path) -> None:
    before = (postgres_folder / "password").read_text()
    (postgres_folder / "password").unlink()

    async with embedded(folder=postgres_folder, volatile=True) as server:
        assert await value(server, "SELECT 1") == 1

    assert (postgres_folder / "password").read_text() != before


def test_a_log_that_grew_too_large_is_put_aside(postgres_folder: Path) -> None:
    (postgres_folder / "server.log").write_bytes(b"x" * 10_000_001)

    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        size = server.layout.log.stat().st_size

    assert 0 < size < 10_000
    assert (postgres_folder / "server.log.1").stat().st_size == 10_000_001
