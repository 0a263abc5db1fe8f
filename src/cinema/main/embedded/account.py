"""The system user that the server runs as. PostgreSQL refuses to run as root, rightly."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from cinema.main.embedded.errors import FolderUnusable
from cinema.main.embedded.layout import Layout

if sys.platform != "win32":
    import pwd

IS_LINUX: bool = sys.platform == "linux"
NOBODY = 65534
HERE = "/proc/self/cwd"
"""A name for the working directory that Linux resolves without looking at the directories above it."""

HERE_SINCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An unprivileged user, where we ourselves are root."""

    uid: int
    gid: int


def server_account(layout: Layout) -> Account | None:
    """Whom to run the server as: None is ourselves; as root, the folder's owner or else nobody.

    Raises `FolderUnusable` for an ordinary user whose data belong to somebody else.
    """
    if os.geteuid() != 0:
        if layout.data.exists() and (owner := layout.data.stat().st_uid) != os.geteuid():
            detail = (
                f"{layout.data} belongs to the system user {name_of(owner)}, not to you: "
                f"start as root as before, or take it over with: sudo chown -R $USER {layout.folder}"
            )
            raise FolderUnusable(detail)
        return None
    for place in (layout.data, layout.folder):
        if place.exists() and (status := place.stat()).st_uid != 0:
            return Account(uid=status.st_uid, gid=status.st_gid)
    return nobody()


def nobody() -> Account:
    """The system's user without rights."""
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        return Account(uid=NOBODY, gid=NOBODY)
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)


def maker(account: Account | None) -> Account | None:
    """Whom to run initdb as: it refuses a user without a name, e.g. the owner of a mounted directory."""
    is_nameless = account is not None and name_of(account.uid) == str(account.uid)
    return nobody() if is_nameless else account


def name_of(uid: int) -> str:
    """The user's name, or the number of one without a name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def may_enter(account: Account, directory: Path) -> bool:
    """Whether the modes of ``directory`` (resolved) and of all above it let the account through."""
    for place in (directory, *directory.parents):
        status = place.stat()
        bit = stat.S_IXOTH
        if status.st_uid == account.uid:
            bit = stat.S_IXUSR
        elif status.st_gid == account.gid:
            bit = stat.S_IXGRP
        if not status.st_mode & bit:
            return False
    return True


def data_argument(*, account: Account | None, data: Path, major: int) -> str:
    """How to name ``data`` to a program that is started inside it.

    Below a directory that only root may enter, such as ``/root``, the path would be
    refused although the directory itself is the account's own. PostgreSQL uses
    relative paths once it has entered it, so we start it there and call it `HERE`.
    (Before version 16 the programs leave their working directory to find themselves.)
    """
    if account is None or may_enter(account, data.parent):
        return str(data)
    if not IS_LINUX or major < HERE_SINCE:
        detail = (
            f"Only root may enter a directory above {data.parent}, so PostgreSQL, which does not run as root, cannot: "
            "start as an ordinary user or choose another folder."
        )
        raise FolderUnusable(detail)
    return HERE


def give(place: Path, account: Account | None) -> None:
    """Makes ``place`` and all in it the account's own, where we are root; never anything above it."""
    if account is None or (place.stat().st_uid, place.stat().st_gid) == (account.uid, account.gid):
        return
    for root, directories, files in os.walk(place):
        for name in (*directories, *files):
            os.chown(os.path.join(root, name), account.uid, account.gid, follow_symlinks=False)  # noqa: PTH118
    os.chown(place, account.uid, account.gid)


def leave_to_owner(layout: Layout) -> None:
    """Gives what we as root wrote into another user's folder to that user, who may start us next time."""
    if os.geteuid() != 0 or (status := layout.folder.stat()).st_uid == 0:
        return
    for place in layout.folder.iterdir():
        os.chown(place, status.st_uid, status.st_gid, follow_symlinks=False)
