"""What a client may send and hold, over real sockets."""

import asyncio
import contextlib
import json
import resource
from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from cinema.kit.clock import stopwatch_s
from cinema.main import connections
from cinema.main.connections import HEAD_BYTES_MAX, Connection, Patience, end_overdue
from cinema.main.ports import bound, free_port
from cinema.main.serving import served

LIMIT_S = 5
HEAD = b"GET / HTTP/1.1\r\nHost: cinema.test\r\n"
LAST = HEAD + b"Connection: close\r\n\r\n"
POST = b"POST /whole HTTP/1.1\r\nHost: cinema.test\r\n"
GET_LATER = b"GET /later HTTP/1.1\r\nHost: cinema.test\r\nConnection: close\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class Door:
    """A server with nothing behind it: it can wait until told, and read a whole body."""

    port: int = 0
    state: ServerState = field(default_factory=ServerState)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    heard: list[str] = field(default_factory=list)
    clients: "list[Client]" = field(default_factory=list)

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.heard.append(scope["path"])
        if scope["path"] == "/later":
            await self.goes_on.wait()
        if scope["path"] == "/whole" and not await self.is_whole(receive):
            self.heard.append("gone")
            return
        body = b"x" * 50_000_000 if scope["path"] == "/much" else b"ok"
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    async def is_whole(self, receive: Receive) -> bool:
        message: Message = {"more_body": True}
        while message.get("more_body"):
            message = await receive()
        return bool(message["type"] == "http.request")

    def pass_time(self, seconds: float) -> None:
        """What the server does each second, so much later."""
        end_overdue(self.state.connections, stopwatch_s() + seconds)

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not is_so():  # noqa: ASYNC110 - what is looked at is uvicorn's and ours
                await asyncio.sleep(0)

    async def came(self, bytes_count: int) -> None:
        """Until so many bytes of a head have come."""
        await self.until(lambda: any(one._head_bytes >= bytes_count for one in self.all()))  # noqa: SLF001 - there is no other sign

    def all(self) -> list[Connection]:
        return [one for one in self.state.connections if isinstance(one, Connection)]

    async def open(self, sent: bytes = b"") -> "Client":
        before = len(self.state.connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(sent)
        if not sent:
            await self.until(lambda: len(self.state.connections) > before)
        self.clients.append(Client(reader=reader, writer=writer))
        return self.clients[-1]

    async def say(self, sent: bytes) -> bytes:
        """The whole answer to bytes that are sent at once."""
        client = await self.open(sent or b"\r\n")
        return await client.answer()


@dataclass(slots=True, kw_only=True)
class Client:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bytes:
        """All that comes until the other side has closed."""
        async with asyncio.timeout(LIMIT_S):
            return await self.reader.read()

    async def write(self, parts: list[bytes]) -> None:
        """One after the other, as far as the other side takes them."""
        async with asyncio.timeout(LIMIT_S):
            for part in parts:
                self.writer.write(part)
                await self.writer.drain()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


@asynccontextmanager
async def opened(patience: Patience) -> AsyncIterator[Door]:
    door = Door()
    config = uvicorn.Config(
        door.app, ws="none", interface="asgi3", log_config=None, lifespan="off", timeout_keep_alive=75
    )
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Connection(config, door.state, {}, patience=patience), host="127.0.0.1", port=0
    )
    door.port = server.sockets[0].getsockname()[1]
    try:
        yield door
    finally:
        door.goes_on.set()
        for client in door.clients:
            await client.close()
        await door.until(lambda: not door.state.connections and not door.state.tasks)
        server.close()
        await server.wait_closed()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened(Patience(connections_max=5)) as door:
        yield door


def told(answer: bytes) -> tuple[int, str]:
    """Status and code of a problem, which says all that every answer says."""
    head, _, body = answer.partition(b"\r\n\r\n")
    headers = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:])
    problem = json.loads(body)
    assert headers[b"content-type"] == b"application/problem+json"
    assert headers[b"cache-control"] == b"private, no-store"
    assert headers[b"x-content-type-options"] == b"nosniff"
    assert headers[b"referrer-policy"] == b"no-referrer"
    assert headers[b"connection"] == b"close"
    assert headers[b"x-request-id"].decode() == problem["request_id"]
    assert int(head.split()[1]) == problem["status"]
    return problem["status"], problem["code"]


def head_of(size: int) -> bytes:
    """A whole head of so many bytes."""
    bare = HEAD + b"X-Long: \r\nConnection: close\r\n\r\n"
    return bare.replace(b"X-Long: ", b"X-Long: " + b"a" * (size - len(bare)))


async def test_a_head_as_large_as_may_be_is_taken(door: Door) -> None:
    answer = await door.say(head_of(HEAD_BYTES_MAX))

    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent",
    [
        head_of(HEAD_BYTES_MAX + 1),
        head_of(2_000_000),
        HEAD + b"".join(b"X-%d: a\r\n" % number for number in range(5_000)) + b"\r\n",
        b"GET /" + b"a" * HEAD_BYTES_MAX + b" HTTP/1.1\r\nHost: cinema.test\r\n\r\n",
        b"\r\n" * HEAD_BYTES_MAX,
        b"G" * (HEAD_BYTES_MAX + 1),
    ],
    ids=["a byte more", "2 MB", "5,000 headers", "a long address", "empty lines", "a long method"],
)
async def test_a_larger_head_is_refused_and_asks_nothing(door: Door, sent: bytes) -> None:
    answer = await door.say(sent)

    assert told(answer) in {(431, "headers-too-large"), (400, "not-http")}
    assert (b"431" in answer) or sent.startswith(b"GG")
    assert door.heard == []


async def test_a_large_head_behind_another_request_is_refused_too(door: Door) -> None:
    body = b"a" * 40_000

    answer = await door.say(POST + b"Content-Length: 40000\r\n\r\n" + body + head_of(HEAD_BYTES_MAX + 100))

    assert b"HTTP/1.1 200 OK" not in answer.partition(b"\r\n\r\n")[2]
    assert "/" not in door.heard


async def test_forty_megabytes_of_header_cost_neither_time_nor_memory(door: Door) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF)
    client = await door.open(HEAD + b"X-Long: ")
    part = b"a" * 1_000_000

    with pytest.raises(ConnectionError):
        await client.write([part] * 40)
    after = resource.getrusage(resource.RUSAGE_SELF)

    assert after.ru_utime - before.ru_utime < 0.5
    assert after.ru_maxrss - before.ru_maxrss < 10_000  # KB


@pytest.mark.parametrize(
    "sent",
    [b"\x16\x03\x01\x02\x00\x01\x00\x01", b"hello\r\n\r\n", HEAD + b"A: \x00\r\n\r\n", HEAD + b"no colon\r\n\r\n"],
    ids=["TLS", "a word", "a NUL", "no colon"],
)
async def test_what_is_no_http_is_refused(door: Door, sent: bytes) -> None:
    assert told(await door.say(sent)) == (400, "not-http")
    assert door.heard == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (HEAD + b"X-Half: ", [(408, "request-too-slow")]),
        (b"\r\n", [(408, "request-too-slow")]),
        (b"", []),
    ],
    ids=["half a head", "an empty line", "nothing"],
)
async def test_a_head_has_to_come_in_time(door: Door, sent: bytes, expected: list[tuple[int, str]]) -> None:
    client = await door.open(sent)
    await door.came(len(sent))

    door.pass_time(29)
    is_open = not any(one.is_leaving for one in door.all())
    door.pass_time(31)
    answer = await client.answer()

    assert is_open
    assert ([told(answer)] if answer else []) == expected
    assert door.heard == []


@pytest.mark.parametrize(
    "sent",
    [
        POST + b"Content-Length: 50\r\n\r\nhalf",
        POST + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        POST + b"Content-Length: 50\r\n\r\n",
    ],
    ids=["half", "a chunk", "nothing"],
)
async def test_a_body_has_to_come_in_time_and_who_reads_it_is_told(door: Door, sent: bytes) -> None:
    client = await door.open(sent)
    await door.until(lambda: door.heard == ["/whole"])

    door.pass_time(29)
    is_open = not any(one.is_leaving for one in door.all())
    door.pass_time(31)
    answer = await client.answer()

    assert is_open
    assert told(answer) == (408, "request-too-slow")
    await door.until(lambda: door.heard == ["/whole", "gone"])


async def test_drops_of_a_body_do_not_gain_time(door: Door) -> None:
    client = await door.open(POST + b"Content-Length: 50\r\n\r\n")
    await door.until(lambda: door.heard == ["/whole"])
    due = [one._due_s for one in door.all()]  # noqa: SLF001 - the time that must not move

    await client.write([b"d"] * 20)
    await door.until(lambda: all(len(one.cycle.body) == 20 or not one.cycle.body for one in door.all()))

    assert [one._due_s for one in door.all()] == due  # noqa: SLF001 - as above


async def test_a_connection_between_requests_is_left_alone(door: Door) -> None:
    client = await door.open(HEAD + b"\r\n")
    first = await client.reader.readuntil(b"ok")

    door.pass_time(74)
    client.writer.write(LAST)
    second = await client.answer()

    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")
    assert connections.KEEP_ALIVE_S == 75


async def test_an_answer_that_takes_long_is_not_the_clients_fault(door: Door) -> None:
    client = await door.open(GET_LATER + HEAD)
    await door.until(lambda: door.heard == ["/later"])

    door.pass_time(600)
    door.goes_on.set()

    assert (await client.answer()).startswith(b"HTTP/1.1 200 ")


async def test_an_answer_that_nobody_reads_is_given_up(door: Door) -> None:
    await door.open(b"GET /much HTTP/1.1\r\nHost: cinema.test\r\n\r\n")
    await door.until(lambda: any(one._stalled_since_s is not None for one in door.all()))  # noqa: SLF001 - there is no other sign

    door.pass_time(59)
    before = len(door.state.connections)
    door.pass_time(61)
    await door.until(lambda: not door.state.connections)

    assert before == 1


async def test_a_body_that_nobody_wants_is_not_read_for_ever(door: Door) -> None:
    client = await door.open(b"POST / HTTP/1.1\r\nHost: cinema.test\r\nTransfer-Encoding: chunked\r\n\r\n")
    answer = await client.reader.readuntil(b"ok")

    with pytest.raises(ConnectionError):
        await client.write([b"186a0\r\n" + b"a" * 100_000 + b"\r\n"] * 100)

    assert answer.startswith(b"HTTP/1.1 200 ")
    await door.until(lambda: not door.state.connections)


async def test_a_wish_for_another_protocol_is_not_met_and_the_next_request_is_answered(door: Door) -> None:
    wish = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n"
    client = await door.open(HEAD + wish)
    first = await client.reader.readuntil(b"ok")

    client.writer.write(LAST)

    assert first.startswith(b"HTTP/1.1 200 ")
    assert (await client.answer()).startswith(b"HTTP/1.1 200 ")


async def test_silent_connections_keep_nobody_out(door: Door) -> None:
    silent = [await door.open(HEAD) for _ in range(12)]

    answer = await door.say(LAST)

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert len(silent) == 12
    assert len([one for one in door.all() if not one.is_leaving]) <= 5


async def test_of_those_that_wait_the_one_that_waits_longest_goes_first(door: Door) -> None:
    resting = [await door.open(HEAD + b"\r\n") for _ in range(5)]
    for one in resting:
        await one.reader.readuntil(b"ok")

    await door.say(LAST)

    assert await resting[0].answer() == b""
    for one in resting[1:]:
        one.writer.write(LAST)
        assert (await one.answer()).startswith(b"HTTP/1.1 200 ")


async def test_when_all_are_at_work_a_new_one_is_told_to_come_later(door: Door) -> None:
    busy = [await door.open(GET_LATER) for _ in range(5)]
    await door.until(lambda: door.heard == ["/later"] * 5)

    refused = [await door.say(LAST) for _ in range(4)]
    door.goes_on.set()

    assert [told(one) for one in refused] == [(503, "connections-full")] * 4
    assert all(b"retry-after: 5\r\n" in one for one in refused)
    for one in busy:
        assert (await one.answer()).startswith(b"HTTP/1.1 200 ")
    assert (await door.say(LAST)).startswith(b"HTTP/1.1 200 ")


async def test_what_a_client_did_wrong_is_told_in_the_log_as_no_fault_of_ours(
    door: Door, log_lines: list[MutableMapping[str, Any]]
) -> None:
    await door.say(head_of(HEAD_BYTES_MAX + 1))

    assert log_lines == [
        {"event": "connection.refused", "code": "headers-too-large", "status": 431, "log_level": "info"}
    ]


async def test_the_server_looks_after_the_time_by_itself() -> None:
    door = Door()
    port = free_port()
    with bound(host="127.0.0.1", port=port, setting="CINEMA_PORT") as listening:
        async with served(door.app, listening, patience=Patience(request_s=0.01)):
            door.port = port
            answer = await door.say(HEAD)
            await door.clients[0].close()

    assert told(answer) == (408, "request-too-slow")
