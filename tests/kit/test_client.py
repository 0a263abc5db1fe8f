"""Outgoing HTTP: what was never sent and what was never answered are different kinds of trouble."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cinema.kit.client import BODY_BYTES_MAX, HttpClient, NoAnswer, NotSent


@asynccontextmanager
async def served(raw: bytes, *, wait: bool = False) -> AsyncIterator[HttpClient]:
    """A client of a server that answers everything with ``raw``, or takes its time for ever."""
    done = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if wait:
            await done.wait()
        writer.write(raw)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    client = HttpClient(base_url=f"http://{host}:{port}", read_timeout_s=0.2, connect_timeout_s=2)
    try:
        yield client
    finally:
        done.set()
        await client.close()
        server.close()
        await server.wait_closed()


async def test_an_answer_of_any_status_is_an_answer() -> None:
    async with served(b"HTTP/1.1 503 No\r\nX-Kind: busy\r\nContent-Length: 4\r\n\r\nlate") as client:
        answer = await client.send("POST", "/v3/payments", content=b"{}", query={"a": "1"})

    assert (answer.status, answer.headers["x-kind"], answer.body) == (503, "busy", b"late")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async with served(b"HTTP/1.1 302 There\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as client:
        answer = await client.send("GET", "/")

    assert (answer.status, answer.headers["location"]) == (302, "http://127.0.0.1:1/")


async def test_nobody_there_means_not_sent() -> None:
    client = HttpClient(base_url="http://127.0.0.1:1", connect_timeout_s=2)

    with pytest.raises(NotSent, match="GET /: ConnectError"):
        await client.send("GET", "/")

    await client.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    ],
)
async def test_a_broken_answer_leaves_open_what_happened(raw: bytes) -> None:
    async with served(raw) as client:
        with pytest.raises(NoAnswer, match="POST /v3/payments: "):
            await client.send("POST", "/v3/payments", content=b"{}")


async def test_silence_leaves_open_what_happened() -> None:
    async with served(b"", wait=True) as client:
        with pytest.raises(NoAnswer, match="ReadTimeout"):
            await client.send("GET", "/")


@pytest.mark.parametrize(("size", "raises"), [(BODY_BYTES_MAX, False), (BODY_BYTES_MAX + 1, True)])
async def test_an_endless_answer_is_cut_off(size: int, *, raises: bool) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, content=b"x" * size))
    client = HttpClient(base_url="http://bank.test", transport=transport)

    if raises:
        with pytest.raises(NoAnswer, match="longer than 1000000 bytes"):
            await client.send("GET", "/")
    else:
        assert len((await client.send("GET", "/")).body) == size
    await client.close()


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx2.ConnectTimeout, NotSent),
        (httpx2.PoolTimeout, NotSent),
        (httpx2.WriteTimeout, NoAnswer),
        (httpx2.ReadError, NoAnswer),
        (httpx2.WriteError, NoAnswer),
        (httpx2.RemoteProtocolError, NoAnswer),
    ],
)
async def test_only_what_failed_before_sending_counts_as_not_sent(
    error: Callable[[str], Exception], expected: type[Exception]
) -> None:
    async def fail(_: httpx2.Request) -> httpx2.Response:
        raise error("broken")

    client = HttpClient(base_url="http://bank.test", transport=httpx2.MockTransport(fail))

    with pytest.raises(expected):
        await client.send("GET", "/")
    await client.close()


def write_own_certificate(path: Path) -> None:
    """A key, and a certificate for this machine that nobody but itself has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bank.test")])
    since = datetime(2020, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, since, since + timedelta(days=36_500))
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    certificate = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(pem))


@pytest.mark.parametrize("scheme", ["https", "http"])
async def test_a_certificate_that_no_authority_has_signed_is_trusted_by_no_client(tmp_path: Path, scheme: str) -> None:
    heard: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))
        writer.close()

    write_own_certificate(tmp_path / "own.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    client = HttpClient(base_url=f"{scheme}://127.0.0.1:{port}")

    with pytest.raises(NotSent, match="ConnectError"):
        await client.send("GET", f"https://127.0.0.1:{port}/")

    assert heard == []
    await client.close()
    server.close()
    await server.wait_closed()
