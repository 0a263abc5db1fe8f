"""Outgoing HTTP: bounded in time and size, and never inside a transaction.

::

    Unavailable
    ├── NotSent   the request never reached the other side: nothing has happened there
    └── NoAnswer  it was sent, and no whole answer came: what happened is unknown
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from cinema.kit.errors import Unavailable
from cinema.kit.guard import forbid_transaction

BODY_BYTES_MAX = 1_000_000
"""A larger answer is cut off and counts as no answer."""


class NotSent(Unavailable):
    """The other service could not be reached; nothing has happened there."""

    code = "not-sent"


class NoAnswer(Unavailable):
    """The other service did not answer; what happened there is unknown."""

    code = "no-answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Talks to one service. Redirects are not followed; proxies of the environment are ignored."""

    def __init__(
        self,
        *,
        base_url: str,
        connect_timeout_s: float = 5.0,
        read_timeout_s: float = 35.0,
        connections_max: int = 100,
        auth: tuple[str, str] | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx2.AsyncClient(
            base_url=base_url,
            auth=auth,
            timeout=httpx2.Timeout(read_timeout_s, connect=connect_timeout_s),
            limits=httpx2.Limits(max_connections=connections_max, max_keepalive_connections=20),
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            verify=_trusted(base_url),
        )

    async def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends one request. Raises `NotSent` or `NoAnswer`; every status is an `Answer`."""
        forbid_transaction(f"{method} {path}")
        try:
            async with self._client.stream(
                method, path, content=content, params=dict(query) if query else None, headers=dict(headers or {})
            ) as response:
                return Answer(status=response.status_code, headers=response.headers, body=await _body(response))
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotSent(f"{method} {path}: {type(error).__name__}") from error
        except (httpx2.TransportError, httpx2.DecodingError) as error:
            raise NoAnswer(f"{method} {path}: {type(error).__name__}") from error

    async def close(self) -> None:
        await self._client.aclose()


def _trusted(base_url: str) -> ssl.SSLContext | bool:
    """Whose certificates count: the well-known authorities', or nobody's where no TLS is spoken.

    To read the well-known ones takes 40 ms of each start.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base_url.startswith("http://") else True


async def _body(response: Any) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > BODY_BYTES_MAX:
            raise NoAnswer(f"the answer is longer than {BODY_BYTES_MAX} bytes")
        parts.append(part)
    return b"".join(parts)
