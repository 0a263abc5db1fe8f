"""Sends prepared requests as fast as they are answered; a process of its own, so that it costs both sides the same.

``load.py PORT PATH CONNECTIONS`` reads bodies from its input, one a line, sends each
once over connections that stay open, and prints what came back as one line of JSON.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import cast

from cinema.kit.clock import stopwatch_s
from harness import quantile
from wire import HOST, request, take_message

LIMIT_S = 60.0
"""Longer no run takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a run of load brought: how many answers of each status, the seconds, and what one request took."""

    statuses: dict[str, int]
    lasted_s: float
    p50_s: float
    p99_s: float


class Sender(asyncio.Protocol):
    """One connection: the next request leaves as soon as the answer to the last one is whole."""

    def __init__(self, waiting: Iterator[bytes], statuses: Counter[str], each_s: list[float]) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting = waiting
        self._statuses = statuses
        self._each_s = each_s
        self._buffer = bytearray()
        self._sent_s = 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if (taken := take_message(self._buffer)) is not None:
            self._each_s.append(stopwatch_s() - self._sent_s)
            self._statuses[taken[0][9:12].decode()] += 1
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(ConnectionError(f"the server hung up: {exc}"))

    def _send(self) -> None:
        assert self._transport is not None
        raw = next(self._waiting, None)
        if raw is not None:
            self._sent_s = stopwatch_s()
            self._transport.write(raw)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()


async def send(requests: list[bytes], *, port: int, connections: int) -> Sent:
    """Sends all requests, ``connections`` at a time."""
    statuses: Counter[str] = Counter()
    each_s: list[float] = []
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    started_s = stopwatch_s()
    async with asyncio.timeout(LIMIT_S):
        opened = [
            await loop.create_connection(lambda: Sender(waiting, statuses, each_s), HOST, port)
            for _ in range(connections)
        ]
        await asyncio.gather(*(sender.done for _, sender in opened))
    return Sent(
        statuses=dict(statuses),
        lasted_s=stopwatch_s() - started_s,
        p50_s=quantile(each_s, 0.5),
        p99_s=quantile(each_s, 0.99),
    )


def main() -> None:
    port, path, connections = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    requests = [request("POST", path, body=line.rstrip(b"\n")) for line in sys.stdin.buffer]
    loop = None
    if sys.platform != "win32":
        import uvloop  # noqa: PLC0415 - not there on Windows

        loop = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=loop) as runner:
        sent = runner.run(send(requests, port=port, connections=connections))
    print(json.dumps(asdict(sent)))


if __name__ == "__main__":
    main()
