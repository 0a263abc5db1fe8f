"""One address of the database for all commands, TLS included; and a pooler that shares sessions."""

import asyncio
import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cinema.kit.address import read_address
from cinema.kit.clock import ManualClock, SystemClock
from cinema.kit.db import Database
from cinema.kit.server import clock_lead, require_usable
from cinema.kit.settings import BadSetting
from cinema.main.ports import free_port
from main.commands import command, refused


def make_certificate(folder: Path, host: str) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    files = folder / "server.crt", folder / "server.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return files


class Tls:
    """A door of ``localhost`` that speaks TLS where it is asked to, before a server that does not."""

    def __init__(self, url: str, folder: Path) -> None:
        self.certificate, key = make_certificate(folder, "localhost")
        self.encrypted = 0
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, key)
        self._inside = urlsplit(url)
        self.port = 0

    def url(self, host: str, query: str) -> str:
        who = f"{self._inside.username}:{self._inside.password}"
        return f"postgres://{who}@{host}:{self.port}{self._inside.path}?{query}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers one connection: eight bytes that ask for TLS are answered with S, all else is passed on."""
        outside = None
        try:
            first = await reader.readexactly(8)
            if first == ASKS_FOR_TLS:
                writer.write(b"S")
                await writer.start_tls(self._context)
                self.encrypted += 1
                first = b""
            inside, outside = await asyncio.open_connection(self._inside.hostname, self._inside.port)
            outside.write(first)
            await asyncio.gather(pump(reader, outside), pump(inside, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            for one in filter(None, (writer, outside)):
                one.transport.abort()


ASKS_FOR_TLS = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""SSLRequest (PostgreSQL's manual, 54.7)."""


async def pump(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            drain.write(data)
    drain.close()


@pytest.fixture
def door(database_url: str, tmp_path: Path) -> Iterator[Tls]:
    """That door, in a thread of its own, so that commands may be waited for."""
    tls, is_open, loop = Tls(database_url, tmp_path), threading.Event(), asyncio.SelectorEventLoop()

    is_closed = asyncio.Event()

    async def stand_open() -> None:
        server = await asyncio.start_server(tls.serve, "127.0.0.1", 0)
        tls.port = server.sockets[0].getsockname()[1]
        is_open.set()
        await is_closed.wait()
        server.close()
        await stop_all()

    def run() -> None:
        loop.run_until_complete(stand_open())

    thread = threading.Thread(target=run)
    thread.start()
    assert is_open.wait(10)
    yield tls
    loop.call_soon_threadsafe(is_closed.set)
    thread.join()
    loop.close()


async def stop_all() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@pytest.mark.parametrize(
    ("query", "is_encrypted"),
    [
        ("sslmode=disable", False),
        ("sslmode=prefer", True),
        ("sslmode=require&application_name=shop", True),
        ("sslmode=verify-full&sslrootcert={ca}", True),
    ],
)
def test_doctor_and_migrate_take_the_same_address(door: Tls, tmp_path: Path, query: str, *, is_encrypted: bool) -> None:
    url = door.url("localhost", query.format(ca=door.certificate))

    migrated = command(tmp_path, "migrate", database_url=url)
    seen = door.encrypted
    examined = command(tmp_path, "doctor", database_url=url)

    failed = [line for line in examined.stdout.splitlines() if line.startswith("FAIL") and "workers" not in line]
    assert (migrated.returncode, migrated.stderr, failed) == (0, "", []), examined.stdout
    assert (seen > 0, door.encrypted > seen) == (is_encrypted, is_encrypted)


@pytest.mark.parametrize("word", ["doctor", "migrate"])
def test_a_certificate_of_another_host_is_one_sentence_from_all(door: Tls, tmp_path: Path, word: str) -> None:
    url = door.url("127.0.0.1", f"sslmode=verify-full&sslrootcert={door.certificate}")

    done = command(tmp_path, word, database_url=url)

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "does not answer: [SSL: CERTIFICATE_VERIFY_FAILED]" in done.stdout + done.stderr


@pytest.mark.parametrize("word", ["doctor", "migrate"])
def test_a_server_without_tls_where_it_is_demanded_is_one_sentence_from_all(
    database_url: str, tmp_path: Path, word: str
) -> None:
    done = command(tmp_path, word, database_url=f"{database_url}?sslmode=require")

    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "does not answer: PostgreSQL server" in done.stdout + done.stderr
    assert "rejected SSL upgrade" in done.stdout + done.stderr


@pytest.mark.parametrize("word", ["doctor", "migrate", "up"])
def test_an_address_that_cannot_be_used_is_one_sentence_from_all(tmp_path: Path, word: str) -> None:
    assert refused(tmp_path, word, database_url="postgres://anna:hunter2@db/shop?sslmode=yes") == (
        2,
        [
            "CINEMA_DATABASE_URL: takes for sslmode one of disable, allow, prefer, require, verify-ca, verify-full.",
        ],
    )


async def test_a_server_of_ones_own_has_sessions(server_url: str) -> None:
    await require_usable(read_address(server_url))


async def test_the_letters_of_the_database_are_unicode(server_url: str) -> None:
    connection = await asyncpg.connect(server_url)
    await connection.execute("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")

    with pytest.raises(BadSetting, match="the database keeps its texts in LATIN1; UTF8 is needed"):
        await require_usable(read_address(re.sub(r"/[^/?]+(?=$|\?)", "/latin", server_url)))

    await connection.execute("DROP DATABASE latin WITH (FORCE)")
    await connection.close()


async def test_this_machines_clock_is_compared_with_the_databases(db: Database) -> None:
    slow = ManualClock(datetime.now(UTC) - timedelta(hours=3))

    assert abs(await clock_lead(db, clock=SystemClock())) < timedelta(seconds=5)
    assert abs(await clock_lead(db, clock=slow) + timedelta(hours=3)) < timedelta(seconds=5)


POOLER = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")


@contextmanager
def pooled(url: str, mode: str) -> Iterator[str]:
    """The address of a PgBouncer before ``url``, with nothing set but the mode."""
    parts, port = urlsplit(url), free_port()
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        ini = Path(name) / "pgbouncer.ini"
        ini.write_text(
            f"[databases]\n* = host={parts.hostname} port={parts.port} user={parts.username} "
            f"password={parts.password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
            f"pool_mode = {mode}\ndefault_pool_size = 30\n"
        )
        who = {"user": "nobody"} if os.geteuid() == 0 else {}
        assert POOLER
        with subprocess.Popen([POOLER, str(ini)], stderr=subprocess.PIPE, text=True, **who) as process:  # type: ignore[call-overload]  # keywords of either kind of system
            try:
                assert process.stderr
                assert any("process up" in line for line in process.stderr)
                yield f"postgresql://{parts.username}@127.0.0.1:{port}{parts.path}"
            finally:
                process.kill()


@pytest.mark.skipif(POOLER is None, reason="needs the program pgbouncer")
def test_a_pooler_in_session_mode_is_as_good_as_the_server(database_url: str, tmp_path: Path) -> None:
    with pooled(database_url, "session") as url:
        migrated = command(tmp_path, "migrate", database_url=url)
        examined = command(tmp_path, "doctor", database_url=url)

    failed = [line for line in examined.stdout.splitlines() if line.startswith("FAIL") and "workers" not in line]
    assert (migrated.returncode, migrated.stderr, failed) == (0, "", []), examined.stdout


@pytest.mark.skipif(POOLER is None, reason="needs the program pgbouncer")
@pytest.mark.parametrize("word", ["doctor", "migrate", "up"])
def test_a_pooler_in_transaction_mode_is_one_sentence_from_all(database_url: str, tmp_path: Path, word: str) -> None:
    with pooled(database_url, "transaction") as url:
        done = command(tmp_path, word, database_url=url, port=free_port(), sandbox_port=0, sandbox_smtp_port=0)

    assert (done.returncode, "Traceback" in done.stderr) == (1 if word == "doctor" else 2, False)
    assert "CINEMA_DATABASE_URL: leads to a pooler that shares sessions" in done.stdout + done.stderr
