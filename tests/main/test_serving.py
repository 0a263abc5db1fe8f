"""Whom the server believes about the caller."""

from ipaddress import ip_network

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from cinema.main.serving import behind

PROXIES = (ip_network("10.0.0.0/24"),)


async def told(request: Request) -> JSONResponse:
    assert request.client is not None
    return JSONResponse([request.client.host, request.url.scheme])


APP = Starlette(routes=[Route("/", told)])


@pytest.mark.parametrize(
    ("peer", "header", "caller"),
    [
        ("10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.7, 192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, 10.0.0.2", "192.0.2.1"),
        ("10.0.0.1", "192.0.2.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.1", "192.0.2.1, unknown", "unknown"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("203.0.113.7", "192.0.2.1", "203.0.113.7"),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("10.0.0.1", "::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:10.0.0.1", "192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
        ("::ffff:203.0.113.7", "192.0.2.1", "203.0.113.7"),
        ("::10.0.0.1", "192.0.2.1", "::10.0.0.1"),
        ("127.0.0.1", "192.0.2.1", "127.0.0.1"),
    ],
)
async def test_only_our_own_proxies_may_tell_the_callers_address(peer: str, header: str, caller: str) -> None:
    transport = httpx2.ASGITransport(app=behind(APP, PROXIES), client=(peer, 4321))

    async with httpx2.AsyncClient(transport=transport, base_url="http://cinema.test") as client:
        answer = await client.get("/", headers={"X-Forwarded-For": header, "X-Forwarded-Proto": "https"})

    assert answer.json() == [caller, "https" if peer in {"10.0.0.1", "::ffff:10.0.0.1"} else "http"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "::ffff:127.0.0.1"])
async def test_without_proxies_nobody_is_believed(peer: str) -> None:
    transport = httpx2.ASGITransport(app=behind(APP, ()), client=(peer, 4321))

    async with httpx2.AsyncClient(transport=transport, base_url="http://cinema.test") as client:
        answer = await client.get("/", headers={"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"})

    assert answer.json() == ["127.0.0.1", "http"]
