"""The command line: help, and plain sentences with the right exit status for what cannot be."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from cinema.kit.db import Database, DatabaseUnavailable
from cinema.main.database import connected
from cinema.main.ports import free_port
from cinema.main.schema import SchemaOutdated, require_current
from main.commands import command, ports, refused, told

PRODUCTION = {
    "environment": "production",
    "database_url": "postgresql://cinema:secret@127.0.0.1:1/cinema",
    "public_url": "https://cinema.example.org",
    "yookassa_shop_id": "123456",
    "yookassa_secret_key": "live_0123456789",
    "smtp_url": "smtps://mail.example.org",
    "smtp_from_address": "hello@cinema.example.org",
}


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port: int = other.getsockname()[1]
        yield port


def test_help_lists_the_commands_and_loads_nothing_heavy(tmp_path: Path) -> None:
    listed = told(tmp_path, "--help")
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, cinema.main.cli; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    for name in ("up", "web", "worker", "migrate", "demo", "sandbox", "clock", "admin", "invariants", "doctor"):
        assert f"│ {name} " in listed
    assert {"pydantic", "fastapi", "asyncpg", "alembic", "sqlalchemy", "structlog"}.isdisjoint(loaded)


def test_the_heavy_half_is_not_loaded_before_the_database_starts() -> None:
    program = "import sys, cinema.main.operations, cinema.main.processes; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert "cinema.main.embedded.server" in loaded
    assert {"fastapi", "uvicorn", "alembic", "cinema.main.wiring", "cinema.main.stand_ins"}.isdisjoint(loaded)


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("clock", "advance"),
        ("admin", "create", "--password-file", "absent"),
        ("catalog", "import", "absent"),
        ("restore", "absent"),
        ("events", "replay", "--event", "3"),
    ],
)
def test_a_call_that_cannot_be_is_a_usage_error(tmp_path: Path, words: tuple[str, ...]) -> None:
    status, said = refused(tmp_path, *words)

    assert status == 2
    assert said[0].startswith("Usage: cinema")
    assert not (tmp_path / "var").exists()


def test_virtual_time_moves_forward_only_and_for_every_later_command(tmp_path: Path) -> None:
    moved = told(tmp_path, "clock", "advance", "400d1h").strip()
    shown = told(tmp_path, "clock", "show").strip()
    back = refused(tmp_path, "clock", "advance", "-1d")

    assert moved <= shown
    assert shown[:13] == moved[:13] or shown > moved
    assert back == (2, ["'-1d' is no length of time; write it like 31d, 12h or 1d12h30m."])
    assert (tmp_path / "var" / "clock").read_text() == str(400 * 86_400 + 3_600)


def test_bad_settings_end_every_command_with_a_sentence_each(tmp_path: Path) -> None:
    assert refused(tmp_path, "up", port="http", sandbox_prot=1) == (
        2,
        [
            "CINEMA_SANDBOX_PROT is not a setting; did you mean CINEMA_SANDBOX_PORT?",
            "CINEMA_PORT: Input should be a valid integer, unable to parse string as an integer.",
        ],
    )


def test_stand_ins_and_virtual_time_are_refused_in_production(tmp_path: Path) -> None:
    assert refused(tmp_path, "sandbox", **PRODUCTION) == (1, ["The stand-ins do not run in production."])
    assert refused(tmp_path, "clock", "advance", "1d", **PRODUCTION) == (1, ["Time cannot be moved in production."])
    assert not (tmp_path / "var").exists()


def test_a_service_without_secrets_does_not_start_in_production(tmp_path: Path) -> None:
    status, said = refused(tmp_path, "up", environment="production")

    assert status == 2
    assert "CINEMA_YOOKASSA_SECRET_KEY: is needed." in said
    assert not (tmp_path / "var").exists()


def test_a_worker_for_contexts_that_do_not_exist_is_refused_before_anything_starts(tmp_path: Path) -> None:
    known = "billing, identity, notifications, payments, playback"

    assert refused(tmp_path, "worker", "--only", "billing,biling") == (
        2,
        [f"There is no context 'biling' with work to do; there are {known}."],
    )
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize(
    ("word", "setting"),
    [
        ("web", "port"),
        ("sandbox", "sandbox_port"),
        ("up", "port"),
        ("up", "sandbox_port"),
        ("up", "sandbox_smtp_port"),
    ],
)
def test_a_port_that_is_taken_is_told_before_anything_starts(
    tmp_path: Path, taken_port: int, word: str, setting: str
) -> None:
    sentence = f"Port {taken_port} of 127.0.0.1 cannot be had: Address already in use. "

    assert refused(tmp_path, word, **(ports() | {setting: taken_port})) == (
        1,
        [sentence + f"Set CINEMA_{setting.upper()} to another one."],
    )
    assert not (tmp_path / "var" / "postgres").exists()


def test_an_address_that_this_machine_does_not_have_is_told(tmp_path: Path) -> None:
    status, said = refused(tmp_path, "web", **(ports() | {"host": "192.0.2.1"}))

    assert (status, len(said)) == (1, 1)
    assert said[0].endswith("Cannot assign requested address. Set CINEMA_HOST to an address of this machine.")
    assert not (tmp_path / "var" / "postgres").exists()


def test_documents_go_where_files_may_be_written(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("not a folder")

    assert refused(tmp_path, "docs", "book/docs") == (1, ["book/docs cannot be written to: Not a directory."])


async def test_a_database_that_is_away_absent_or_empty_is_told_without_its_password(server_url: str) -> None:
    away = f"postgresql://cinema:hunter2@127.0.0.1:{free_port()}/cinema"
    absent = server_url.rpartition("/")[0] + "/nonesuch"

    with pytest.raises(
        DatabaseUnavailable, match=r"/cinema does not answer: \[Errno 111\].*CINEMA_DATABASE_URL right"
    ) as refusal:
        async with connected(away, size_max=2):
            pass
    with pytest.raises(DatabaseUnavailable, match=r'/nonesuch does not let us in: database "nonesuch" does not exist'):
        async with connected(absent, size_max=2):
            pass
    async with connected(server_url, size_max=2) as pools:
        with pytest.raises(SchemaOutdated, match="run `cinema migrate`"):
            await require_current(Database(pools, owner="test"))

    assert "hunter2" not in refusal.value.detail


def test_trouble_ends_a_command_with_its_sentence(tmp_path: Path, server_url: str) -> None:
    assert refused(tmp_path, "invariants", database_url=server_url) == (
        1,
        ["The database is not up to date: run `cinema migrate`."],
    )


def test_the_doctor_says_what_needs_attention(tmp_path: Path) -> None:
    away = f"postgresql://cinema:hunter2@127.0.0.1:{free_port()}/cinema"

    done = command(tmp_path, "doctor", database_url=away, smtp_url=f"smtp://127.0.0.1:{free_port()}")

    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line.split()[1] for line in lines if line.startswith("FAIL")] == ["PostgreSQL", "mail"]
    assert lines[-1] == "Needs attention: 2."
    assert "hunter2" not in done.stdout


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert told(tmp_path, "--version") == f"cinema {version('cinema')}\n"
