"""The address of a database, read once for all who use it: pools, migrations, and whoever says where it is.

It is what libpq calls a connection URI (PostgreSQL's manual, 34.1.1.2): several hosts, sockets, IPv6, and the
parameters that managed servers hand out. What the driver would misunderstand or silently ignore is refused.
"""

import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

SCHEMES = ("postgresql", "postgres", "postgresql+asyncpg")
TIMEOUT_S = 10.0
PORT_MAX = 65_535

PASSED_ON = frozenset(
    {"host", "port", "dbname", "user", "password", "passfile", "service", "options", "target_session_attrs"}
    | {"sslmode", "sslnegotiation", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl"}
    | {"ssl_min_protocol_version", "ssl_max_protocol_version", "krbsrvname", "gsslib"}
)
"""Parameters that the driver knows as libpq does."""

AS_IT_IS = {
    "channel_binding": ("prefer", "disable"),
    "client_encoding": ("utf8", "UTF8", "utf-8", "UTF-8", "auto"),
    "gssencmode": ("prefer", "disable"),
    "load_balance_hosts": ("disable",),
    "sslcompression": ("0",),
}
"""Parameters that ask for what happens anyway, with the values that do."""

ONE_OF = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
}

FILES = ("sslcert", "sslkey", "sslrootcert", "sslcrl", "passfile")


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAddress:
    """Where a database is and how to get in. ``place`` may be shown to anybody."""

    place: str
    dsn: str = field(repr=False)
    application: str | None
    timeout_s: float

    def arguments(self, *, application: str) -> dict[str, Any]:
        """What the driver's ``connect`` takes; ``application`` is the name that PostgreSQL shows unless one is set."""
        settings = {"application_name": self.application or application}
        return {"dsn": self.dsn, "timeout": self.timeout_s, "server_settings": settings}


def read_address(text: str) -> DatabaseAddress:
    """Reads ``postgresql://user:password@host:port/database?sslmode=require``. Raises ValueError with a sentence."""
    text = text.strip()
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("holds a blank or a control character; write it as %20 and the like")
    parts = urlsplit(text)
    if parts.scheme not in SCHEMES:
        raise ValueError("begins with postgresql://")
    if parts.fragment or "#" in text:
        raise ValueError("holds a #, which is written %23")
    asked = dict(_parameters(parts.query))
    hosts = parts.netloc.rpartition("@")[2] or asked.get("host", "")
    for host in filter(None, hosts.split(",")):
        _check_host(host)
    database = unquote(parts.path.removeprefix("/")) or asked.get("dbname", "")
    if not database and "service" not in asked:
        raise ValueError("has to name a database: postgresql://user:password@host/database")
    return DatabaseAddress(
        place=f"{hosts or 'a socket of this machine'}/{database}",
        dsn=_as_the_driver_reads(parts, asked),
        application=asked.get("application_name") or asked.get("fallback_application_name"),
        timeout_s=_seconds(asked.get("connect_timeout")),
    )


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    """Name and value of each parameter; libpq does not take a plus for a blank."""
    seen: set[str] = set()
    for part in filter(None, query.split("&")):
        name, is_there, value = part.partition("=")
        name, value = unquote(name), unquote(value)
        if not is_there:
            raise ValueError(f"gives {name!r} no value")
        if name in seen:
            raise ValueError(f"gives {name} twice")
        seen.add(name)
        if name == "ssl" and value == "true":  # as JDBC's drivers write it, and libpq takes it
            name, value = "sslmode", "require"
        _check_parameter(name, value)
        if name not in AS_IT_IS:
            yield name, value


def _check_parameter(name: str, value: str) -> None:
    known = PASSED_ON | {"application_name", "fallback_application_name", "connect_timeout"}
    if name in AS_IT_IS and value not in AS_IT_IS[name]:
        raise ValueError(f"asks for {name}={value}, which is not possible here")
    if name not in known and name not in AS_IT_IS:
        raise ValueError(
            f"has a parameter {name!r}, which is not known; one of PostgreSQL's own goes in options=-c%20…"
        )
    if name in ONE_OF and value not in ONE_OF[name]:
        raise ValueError(f"takes for {name} one of {', '.join(ONE_OF[name])}")
    if name in FILES and (name, value) != ("sslrootcert", "system") and not Path(value).is_file():
        raise ValueError(f"names a file for {name} that is not there: {value}")


def _check_host(host: str) -> None:
    """A name, an address or a socket's folder, each with a port or without."""
    if unquote(host).startswith("/"):
        return
    found = re.fullmatch(r"(?:\[[0-9A-Fa-f:.%a-z]+\]|[^\[\]:@/]+)(?::([0-9]{1,5}))?", host)
    if found is None or int(found[1] or 1) not in range(1, PORT_MAX + 1):
        raise ValueError("has no host and port that can be read; in a password write @ : / ? as %40 %3A %2F %3F")


def _seconds(text: str | None) -> float:
    """The time to connect in; libpq's 0 means for ever, for which nobody here waits."""
    if text is None:
        return TIMEOUT_S
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise ValueError("takes for connect_timeout whole seconds")
    return float(text) or TIMEOUT_S


def _as_the_driver_reads(parts: SplitResult, asked: dict[str, str]) -> str:
    passed = {name: value for name, value in asked.items() if name in PASSED_ON}
    if passed.get("sslrootcert") == "system":  # the authorities that this machine trusts
        passed["sslrootcert"] = _authorities()
        passed.setdefault("sslmode", "verify-full")
    query = urlencode(passed, quote_via=quote)
    return f"postgresql://{parts.netloc}{parts.path}" + (f"?{query}" if query else "")


def _authorities() -> str:
    found = ssl.get_default_verify_paths().cafile
    if found is None:
        raise ValueError("asks for sslrootcert=system, but this machine has no file of authorities; name one")
    return found
