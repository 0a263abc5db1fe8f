"""What lies where in the folder, and how long things may take."""

from dataclasses import dataclass
from pathlib import Path

START_LIMIT_S = 300.0  # a recovery after kill -9 replays at most max_wal_size, seconds on any disk
STOP_LIMIT_S = 90.0  # the keeper's three stop modes together take at most 75 s
LOG_LIMIT_BYTES = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Names the files of one server's folder, e.g. ``var/postgres``."""

    folder: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "data"

    @property
    def password(self) -> Path:
        """The password of the role ``cinema``."""
        return self.folder / "password"

    @property
    def superuser_password(self) -> Path:
        """The password of the superuser ``postgres``."""
        return self.folder / "superuser-password"

    @property
    def port(self) -> Path:
        """The port of the last start, kept so that addresses stay the same."""
        return self.folder / "port"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.folder / "server.log"

    @property
    def programs(self) -> Path:
        """Copies of programs that the server's user could not reach where they were."""
        return self.folder / "programs"

    @property
    def start_lock(self) -> Path:
        """Exclusive while somebody starts the server or looks whether it runs."""
        return self.folder / "start.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by all processes that use the server, exclusive to the one that stops it."""
        return self.folder / "users.lock"

    @property
    def server_lock(self) -> Path:
        """Exclusive to the server's own processes, as long as one of them lives."""
        return self.folder / "server.lock"

    @property
    def keepers_lock(self) -> Path:
        """Shared by the keepers, see `cinema.main.embedded.keeper`."""
        return self.folder / "keepers.lock"

    @property
    def postmaster(self) -> Path:
        """PostgreSQL's note about its running server: process id, …, port on the fourth line."""
        return self.data / "postmaster.pid"
