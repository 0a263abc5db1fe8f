import os
import shutil
from pathlib import Path

import pytest

from cinema.main.embedded import FolderUnusable, Programs, embedded_blocking, find_programs
from cinema.main.embedded.account import Account, data_argument
from cinema.main.embedded.programs import put_in_place, reachable
from main.servers import names_in

needs_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="the system lets only root give files away and start a server as another user"
)

NOBODY = Account(uid=65534, gid=65534)


def owners(place: Path) -> list[tuple[int, int, int]]:
    return [(one.stat().st_uid, one.stat().st_gid, one.stat().st_mode) for one in place.parents]


@needs_root
def test_the_server_runs_as_an_unprivileged_user_whose_own_is_the_data_only(postgres_folder: Path) -> None:
    for place in (postgres_folder / "data").rglob("*"):
        os.chown(place, 0, 0)  # as after a restore from a backup
    os.chown(postgres_folder / "data", 0, 0)
    above = owners(postgres_folder / "data")

    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        uid = Path(f"/proc/{server.pid}").stat().st_uid

    assert uid not in {0, None}
    assert {one.stat().st_uid for one in (postgres_folder / "data", *server.layout.data.rglob("*"))} == {uid}
    assert owners(postgres_folder / "data") == above
    assert server.layout.password.stat().st_uid == 0


@needs_root
def test_data_below_a_directory_that_only_root_may_enter_are_used_where_they_are(postgres_folder: Path) -> None:
    above = postgres_folder.parent
    above.chmod(0o700)

    with embedded_blocking(folder=postgres_folder, volatile=True) as server:
        works_in = Path(f"/proc/{server.pid}/cwd").readlink()

    assert works_in == postgres_folder / "data"
    assert above.stat().st_mode & 0o777 == 0o700


def test_before_version_16_such_a_place_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)

    assert data_argument(account=NOBODY, data=tmp_path / "data", major=16) == "/proc/self/cwd"
    with pytest.raises(FolderUnusable, match=f"Only root may enter a directory above {tmp_path},"):
        data_argument(account=NOBODY, data=tmp_path / "data", major=15)


@needs_root
def test_the_owner_of_the_folder_runs_the_server_and_owns_its_files(open_place: Path) -> None:
    folder = open_place / "postgres"
    folder.mkdir()
    os.chown(folder, 12345, 12346)  # a user without a name, as of a directory mounted into a container

    with embedded_blocking(folder=folder, volatile=True) as server:
        assert Path(f"/proc/{server.pid}").stat().st_uid == 12345

    assert {(one.stat().st_uid, one.stat().st_gid) for one in folder.rglob("*")} == {(12345, 12346)}
    assert open_place.stat().st_uid == 0


@needs_root
def test_programs_out_of_the_server_s_reach_are_copied_once_beside_the_data(open_place: Path, tmp_path: Path) -> None:
    folder = open_place / "postgres"
    closed = linked_programs(tmp_path)
    (folder / "programs" / "18.5-earlier").mkdir(parents=True)

    with embedded_blocking(folder=folder, bin_directory=closed.bin_directory, volatile=True) as server:
        executable = Path(f"/proc/{server.pid}/exe").readlink()
    made_at = executable.stat().st_ctime_ns
    with embedded_blocking(folder=folder, bin_directory=closed.bin_directory, volatile=True):
        pass

    assert executable.is_relative_to(folder / "programs")
    assert executable.stat().st_ctime_ns == made_at
    assert names_in(folder / "programs") == [executable.relative_to(folder / "programs").parts[0]]
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@needs_root
def test_programs_are_copied_to_a_shared_place_where_the_folder_too_is_out_of_reach(
    open_place: Path, tmp_path: Path
) -> None:
    closed = written_programs(tmp_path)
    everybody_s = open_place / "writable"
    everybody_s.mkdir()
    everybody_s.chmod(0o777)
    shared = open_place / "cache"

    copy = reachable(programs=closed, account=NOBODY, place=tmp_path / "programs", shared_places=[everybody_s, shared])

    assert copy.bin_directory.is_relative_to(shared)
    assert copy.version == closed.version
    assert len(names_in(shared)) == 1
    assert names_in(everybody_s) == []
    with pytest.raises(FolderUnusable, match=r"cannot reach .* nor any place for a copy"):
        reachable(programs=closed, account=NOBODY, place=tmp_path / "programs", shared_places=[everybody_s])


def test_of_two_copies_made_at_once_the_first_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "maker").write_text(name)

    put_in_place(tmp_path / "first", home)
    put_in_place(tmp_path / "second", home)

    assert (home / "maker").read_text() == "first"
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "third", tmp_path / "nowhere" / "home")


def linked_programs(closed: Path) -> Programs:
    """The real PostgreSQL in a directory that only root may enter, as in a virtual environment under /root."""
    closed.chmod(0o700)
    prefix = find_programs().bin_directory.parent
    copy = closed / prefix.parent.name / prefix.name
    shutil.copytree(prefix, copy, symlinks=True, copy_function=link, ignore=shutil.ignore_patterns("include"))
    libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, closed / libraries.name, copy_function=link)
    return find_programs(copy / "bin")


def link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def written_programs(closed: Path) -> Programs:
    """Programs that only tell their version, in such a directory."""
    closed.chmod(0o700)
    place = closed / "wheel" / "installed" / "bin"
    place.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (place / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 18.6'\n")
        (place / name).chmod(0o700)
    return find_programs(place)
