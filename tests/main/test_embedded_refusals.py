import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cinema.kit.errors import Unavailable
from cinema.main.embedded import (
    DiskFull,
    FolderUnusable,
    PortTaken,
    ProgramsMissing,
    Server,
    StartFailed,
    VersionDiffers,
    embedded_blocking,
    find_programs,
)
from cinema.main.embedded.errors import failure
from cinema.main.embedded.programs import candidates, examined
from main.servers import is_running, names_in

NOBODY = 65534


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 20 MB, which root may mount on a machine of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", place], check=False).returncode:  # noqa: S607
        pytest.skip("mounting a small file system takes root")
    yield place
    subprocess.run(["umount", place], check=True)  # noqa: S607


def make_data(folder: Path, *, files: dict[str, str]) -> Path:
    (folder / "data").mkdir(parents=True)
    for name, text in files.items():
        (folder / "data" / name).write_text(text)
    return folder


def test_a_taken_port_is_named_and_nothing_is_made(tmp_path: Path, busy_port: int) -> None:
    server = Server(folder=tmp_path / "postgres", port=busy_port, volatile=True)

    with pytest.raises(PortTaken, match=f"Port {busy_port} of 127.0.0.1 is in use by another program"):
        server.enter()

    assert not (tmp_path / "postgres" / "data").exists()
    assert not is_running(tmp_path / "postgres")


def test_a_remembered_port_that_somebody_took_is_exchanged_for_another(postgres_folder: Path, busy_port: int) -> None:
    (postgres_folder / "port").write_text(f"{busy_port}\n")

    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        port = server.port

    assert port != busy_port
    assert (postgres_folder / "port").read_text() == f"{port}\n"


def test_who_wants_another_port_than_the_running_server_s_is_refused_and_the_server_goes_on(
    postgres_folder: Path, busy_port: int
) -> None:
    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        pid = server.pid

        with pytest.raises(FolderUnusable, match=f"already runs on port {server.port}, not {busy_port}"):
            Server(folder=postgres_folder, port=busy_port).enter()

        assert server.pid == pid


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FolderUnusable, match=r"PostgreSQL's folder \S+file/postgres cannot be used: Not a directory"):
        Server(folder=tmp_path / "file" / "postgres").enter()

    assert names_in(tmp_path) == ["file"]


@contextmanager
def without_roots_powers() -> Iterator[None]:
    """Root may write anywhere, so for the length of the block root is somebody else."""
    own = os.geteuid()
    os.seteuid(own or NOBODY)
    try:
        yield
    finally:
        os.seteuid(own)


def test_a_folder_that_we_may_not_write_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with without_roots_powers(), pytest.raises(FolderUnusable, match=r"cannot be used: Permission denied"):
        Server(folder=tmp_path / "postgres").enter()

    tmp_path.chmod(0o700)
    assert names_in(tmp_path) == []


def test_data_of_another_major_version_are_left_alone_with_the_commands_to_move_them(tmp_path: Path) -> None:
    folder = make_data(tmp_path / "postgres", files={"PG_VERSION": "14\n"})

    with pytest.raises(VersionDiffers) as refused:
        Server(folder=folder).enter()

    message = str(refused.value)
    assert message.startswith(
        f"{folder}/data was written by PostgreSQL 14 and the programs here are {find_programs().version}"
    )
    assert f"cinema dump cinema.dump && mv {folder} {folder}-14 && cinema restore cinema.dump" in message
    assert (folder / "data" / "PG_VERSION").read_text() == "14\n"
    assert names_in(folder / "data") == ["PG_VERSION"]


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    folder = make_data(tmp_path / "postgres", files={"letters.txt": "dear"})

    with pytest.raises(FolderUnusable, match="data exists but is not PostgreSQL's"):
        Server(folder=folder).enter()

    assert names_in(folder / "data") == ["letters.txt"]


def test_data_whose_password_was_lost_are_refused(tmp_path: Path) -> None:
    folder = make_data(tmp_path / "postgres", files={"PG_VERSION": f"{find_programs().major}\n"})

    with pytest.raises(FolderUnusable, match="superuser-password is missing"):
        Server(folder=folder).enter()

    assert not (folder / "superuser-password").exists()
    assert names_in(folder / "data") == ["PG_VERSION"]


def test_a_wrong_password_is_told_from_a_server_that_does_not_answer(postgres_folder: Path) -> None:
    (postgres_folder / "superuser-password").write_text("wrong")

    with pytest.raises(StartFailed, match="does not accept the password that lies beside its data"):
        Server(folder=postgres_folder, volatile=True).enter()

    assert not is_running(postgres_folder)


def test_a_server_that_ends_at_start_is_quoted(postgres_folder: Path) -> None:
    with (postgres_folder / "data" / "postgresql.conf").open("a") as settings:
        settings.write("flux_capacitor = on\n")

    with pytest.raises(StartFailed, match=r"could not start: .*configuration file .* contains errors"):
        Server(folder=postgres_folder).enter()

    assert not is_running(postgres_folder)


def test_programs_that_cannot_make_data_are_quoted_and_nothing_is_left(open_place: Path) -> None:
    whole = find_programs()
    lone = open_place / "wheel" / "installed" / "bin"
    lone.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        shutil.copy(whole.path(name), lone / name)
    libraries = whole.bin_directory.parents[1].with_name(f"{whole.bin_directory.parents[1].name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, open_place / libraries.name)

    with pytest.raises(StartFailed, match=r"could not make its data: .*postgres\.bki.* does not exist"):
        Server(folder=open_place / "postgres", bin_directory=lone).enter()

    assert [name for name in names_in(open_place / "postgres") if "data" in name or "initialising" in name] == []


def test_a_full_disk_is_named_and_half_made_data_are_removed(small_disk: Path) -> None:
    folder = small_disk / "postgres"

    with pytest.raises(DiskFull, match=f"There is no space left for PostgreSQL's data in {folder}"):
        Server(folder=folder).enter()

    assert [name for name in names_in(folder) if "data" in name or "initialising" in name] == []


def test_a_full_disk_is_recognised_in_what_a_program_says() -> None:
    line = 'FATAL:  could not write lock file "postmaster.pid": No space left on device'

    error = failure(what="PostgreSQL could not start", lines=[line], folder=Path("var/postgres"))

    assert isinstance(error, DiskFull)
    assert isinstance(error, Unavailable)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("postgres (PostgreSQL) 14.9", "it is version 14.9"),
        ("something else", "its postgres says 'something else'"),
        (None, "there is no program postgres that we may run"),
    ],
)
def test_a_directory_without_a_usable_postgresql_is_refused(tmp_path: Path, says: str | None, reason: str) -> None:
    for name in ("postgres", "initdb") if says else ():
        (tmp_path / name).write_text(f"#!/bin/sh\necho '{says}'\n")
        (tmp_path / name).chmod(0o755)

    with pytest.raises(ProgramsMissing, match=f"{tmp_path} is no PostgreSQL 15 or later: {reason}"):
        find_programs(tmp_path)


def test_every_postgresql_of_this_machine_can_be_the_one(open_place: Path) -> None:
    found = [programs for place in candidates() if not isinstance(programs := examined(place), str)]
    assert found[0] == find_programs()

    for programs in {one.major: one for one in found[1:]}.values():
        folder = open_place / str(programs.major)
        with embedded_blocking(folder=folder, bin_directory=programs.bin_directory, volatile=True) as server:
            assert server.programs == programs
            assert (folder / "data" / "PG_VERSION").read_text() == f"{programs.major}\n"
